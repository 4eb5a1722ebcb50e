import keras
import numpy as np
import pytest
from sklearn.datasets import make_moons

from helpers.exercises.lesson_08 import CHECKS, SUSPECTS


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def leaky(weights, X, y, a, *, slope=None, handed_on=None, below=None, scale=1.0, output=None):
    """The answer to 08.1, with one part of it replaced."""
    W1, b1, W2, b2 = weights
    Z = X @ W1 + b1
    H = np.where(Z > 0, Z, a * Z)
    p = sigmoid(H @ W2 + b2)
    delta = scale * (p - y) / len(X) if output is None else output(p, y) / len(X)
    s = np.where(Z > 0, 1, a) if slope is None else slope(Z, H)
    D = delta @ W2.T * s
    handed = H if handed_on is None else handed_on(Z, H)
    kernel = X.T @ D if below is None else below(X, D)
    return [kernel, D.sum(axis=0), handed.T @ delta, delta.sum(axis=0)]


def point_by_point(weights, X, y, a):
    W1, b1, W2, b2 = weights
    total = [np.zeros_like(w) for w in weights]
    for x, target in zip(X, y, strict=True):
        z = x @ W1 + b1
        h = np.maximum(z, a * z)
        delta = sigmoid(h @ W2 + b2) - target
        hidden = (W2 @ delta) * np.where(z > 0, 1, a)
        for k, part in enumerate((np.outer(x, hidden), hidden, np.outer(h, delta), delta)):
            total[k] += part / len(X)
    return tuple(total)


def by_differences(weights, X, y, a):
    def loss():
        W1, b1, W2, b2 = weights
        Z = X @ W1 + b1
        z = np.where(Z > 0, Z, a * Z) @ W2 + b2
        return np.mean(np.logaddexp(0, z) - y * z)

    gradients = [np.zeros_like(w) for w in weights]
    for weight, gradient in zip(weights, gradients, strict=True):
        for index in np.ndindex(weight.shape):
            kept = weight[index]
            weight[index] = kept + 1e-5
            above = loss()
            weight[index] = kept - 1e-5
            gradient[index] = (above - loss()) / 2e-5
            weight[index] = kept
    return gradients


def on_the_sign_of_the_output(weights, X, y, a):
    return leaky(weights, X, y, a, slope=lambda Z, H: np.where(H > 0, 1, a))


@pytest.mark.parametrize("answer", [leaky, point_by_point, on_the_sign_of_the_output, by_differences])
def test_any_right_backward_pass(answer):
    assert CHECKS["08.1"](answer) is None


@pytest.mark.parametrize(
    ("changed", "hint"),
    [
        ({"slope": lambda Z, H: H * (1 - H)}, "slope of the sigmoid"),
        ({"slope": lambda Z, H: np.ones_like(Z)}, "no effect"),
        ({"slope": lambda Z, H: (Z > 0).astype(float)}, "plain ReLU"),
        ({"slope": lambda Z, H: np.where(Z > 0, 2, 1)}, "look at the slope"),
        ({"handed_on": lambda Z, H: Z}, "W2 is not"),
        ({"below": lambda X, D: (X**2).T @ D}, "kernel below"),
        ({"below": lambda X, D: D.T @ X}, "has shape"),
        ({"output": lambda p, y: 40 * (p - y)}, "mean, not a sum"),
        ({"scale": -1}, "the other way"),
        ({"output": lambda p, y: (p - y) * p * (1 - p)}, "Already b2"),
    ],
)
def test_wrong_backward_passes_get_a_hint(changed, hint):
    assert hint in CHECKS["08.1"](lambda weights, X, y, a: leaky(weights, X, y, a, **changed))


def test_a_sum_over_points_is_too_large_by_their_number():
    def summed(weights, X, y, a):
        return [len(X) * g for g in leaky(weights, X, y, a)]

    assert "mean, not a sum" in CHECKS["08.1"](summed)


def test_answers_of_another_kind_get_a_hint():
    assert "function itself" in CHECKS["08.1"]([1, 2])
    assert "four arrays" in CHECKS["08.1"](lambda weights, X, y, a: leaky(weights, X, y, a)[:3])
    assert "four arrays" in CHECKS["08.1"](lambda weights, X, y, a: dict(zip("abcd", range(4), strict=True)))


RIGHT = {"A": [], "B": ["b1"], "C": ["W1", "b1"], "D": ["W2"]}


@pytest.mark.parametrize(
    "answer",
    [
        RIGHT,
        {name: set(arrays) for name, arrays in RIGHT.items()},
        {**RIGHT, "B": "b1", "C": ("b1", "W1")},
    ],
)
def test_the_suspects_that_are_guilty(answer):
    assert CHECKS["08.2"](answer) is None


def test_the_suspects_are_as_guilty_as_the_check_says():
    generator = np.random.default_rng(3)
    shapes = (2, 5), (5,), (5, 1), (1,)
    weights = [generator.normal(size=shape) for shape in shapes]
    X, y = generator.normal(size=(50, 2)), generator.integers(2, size=(50, 1)).astype(float)

    def loss(parts):
        W1, b1, W2, b2 = parts
        z = sigmoid(X @ W1 + b1) @ W2 + b2
        return np.mean(np.logaddexp(0, z) - y * z)

    found = {name: [] for name in SUSPECTS}
    for k, array in enumerate(("W1", "b1", "W2", "b2")):
        exact = np.zeros(shapes[k])
        for index in np.ndindex(exact.shape):
            ahead, behind = [w.copy() for w in weights], [w.copy() for w in weights]
            ahead[k][index] += 1e-5
            behind[k][index] -= 1e-5
            exact[index] = (loss(ahead) - loss(behind)) / 2e-5
        for name, suspect in SUSPECTS.items():
            if np.abs(suspect(weights, X, y)[k] - exact).max() > 1e-7 * np.abs(exact).max():
                found[name].append(array)
    assert found == RIGHT


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (["B", "C"], "dictionary"),
        ({"A": []}, "no entry 'B'"),
        ({**RIGHT, "B": ["bias"]}, "none of the four"),
        ({**RIGHT, "D": []}, "Suspect D: something escaped"),
        ({**RIGHT, "C": ["b1"]}, "Suspect C: something escaped"),
        ({**RIGHT, "A": ["W1"]}, "Suspect A: you accuse"),
        ({name: ["W1", "b1", "W2", "b2"] for name in "ABCD"}, "you accuse"),
    ],
)
def test_wrong_verdicts_get_a_hint(answer, hint):
    assert hint in CHECKS["08.2"](answer)


NORMS = CHECKS["08.3"]


def started():
    """The points and the untrained weights of the lesson."""
    X, y = make_moons(1000, noise=0.5, random_state=42)
    rows = np.random.default_rng(0).permutation(1000)[:640]
    draw = np.random.default_rng(0).normal
    weights = [draw(size=(2, 5)), np.zeros(5), draw(size=(5, 1)), np.zeros(1)]
    return weights, X[rows], y[rows, None].astype(float)


def gradients():
    weights, X, y = started()
    H = sigmoid(X @ weights[0] + weights[1])
    D2 = (sigmoid(H @ weights[2] + weights[3]) - y) / len(X)
    D1 = D2 @ weights[2].T * H * (1 - H)
    return [X.T @ D1, D1.sum(axis=0), H.T @ D2, D2.sum(axis=0)]


def initialise(net, scale=1.0, mean=0.0, bias=0.0, layers=None, seed=0):
    generator = np.random.default_rng(seed)
    for layer in net.layers[:layers]:
        if isinstance(layer, keras.layers.Dense):
            layer.kernel.assign(generator.normal(mean, scale, size=layer.kernel.shape))
            layer.bias.assign(np.full(layer.bias.shape, bias))


def through_keras(net):
    for layer in net.layers:
        layer.kernel.assign(keras.initializers.RandomNormal(stddev=1.0)(layer.kernel.shape))
        layer.bias.assign(keras.ops.zeros(layer.bias.shape))


def published(net):
    for part in net.trainable_variables:
        if isinstance(part, keras.layers.Dense):
            part.kernel.assign(keras.random.normal(part.kernel.shape))


def on_the_variables(net):
    for part in net.trainable_variables:
        part.assign(
            np.random.default_rng(len(part.shape)).normal(size=part.shape) if len(part.shape) == 2 else 0 * part
        )


def norms(f=np.linalg.norm, of=None):
    return [float(f(g)) for g in (of or gradients())]


@pytest.mark.parametrize("function", [initialise, through_keras])
@pytest.mark.parametrize(
    "given",
    [
        norms(),
        tuple(norms()),
        np.array(norms()),
        [round(n, 4) for n in norms()],
        dict(zip(("W1", "b1", "W2", "b2"), norms(), strict=True)),
    ],
)
def test_both_published_bugs_mended(function, given):
    assert NORMS({"initialise": function, "norms": given}) is None


@pytest.mark.parametrize(
    ("function", "hint"),
    [
        (published, "nothing in the net has changed"),
        (lambda net: None, "nothing in the net has changed"),
        (lambda net: initialise(net, layers=1), "some kernels"),
        (lambda net: initialise(net, bias=1.0), "biases"),
        (lambda net: initialise(net, scale=0.1), "standard deviation"),
        (lambda net: initialise(net, mean=0.5), "mean of the kernels"),
        (on_the_variables, "very same kernel"),
        (3, "function itself"),
    ],
)
def test_a_wrong_initialise_gets_a_hint(function, hint):
    assert hint in NORMS({"initialise": function, "norms": norms()})


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        (norms(of=started()[0]), "those of the weights"),
        (norms(lambda g: np.square(g).sum()), "sums of squares"),
        (norms(lambda g: np.abs(g).sum()), "L1"),
        (norms(lambda g: np.abs(g).max()), "largest entries"),
        (norms(lambda g: np.sqrt(np.square(g).mean())), "roots of means"),
        (norms(np.std), "standard deviations"),
        (norms(lambda g: 640 * np.linalg.norm(g)), "not a sum"),
        (norms()[::-1], "start()"),
        ([0.1, 0.1, 0.2, 0.3], "start()"),
        (norms()[:2], "four numbers"),
        (0.1, "four numbers"),
        ({"W1": 0.1}, "four numbers"),
        ([np.nan] * 4, "four numbers"),
    ],
)
def test_wrong_norms_get_a_hint(given, hint):
    assert hint in NORMS({"initialise": initialise, "norms": given})


def test_half_an_answer_gets_a_hint():
    assert "no entry 'norms'" in NORMS({"initialise": initialise})
    assert "dictionary" in NORMS(norms())


def test_hints_do_not_tell_the_answer():
    for answer in ({"initialise": published, "norms": norms()}, {"initialise": initialise, "norms": [0.1] * 4}):
        hint = NORMS(answer)
        assert "layers" not in hint and not any(f"{n:.2f}" in hint for n in norms()), hint
    for name in "ABCD":
        hint = CHECKS["08.2"]({**RIGHT, name: [] if RIGHT[name] else ["b2"]})
        assert not any(array in hint for array in ("W1", "b1", "W2", "b2")), hint
    hint = CHECKS["08.1"](lambda weights, X, y, a: leaky(weights, X, y, a, slope=lambda Z, H: H * (1 - H)))
    assert "where" not in hint and "> 0" not in hint
