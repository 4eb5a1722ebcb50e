import inspect
import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from helpers.exercises import lesson_03
from helpers.exercises.lesson_03 import CHECKS

BOUND, FACTOR, NORMS = (CHECKS[f"03.{k}"] for k in (1, 2, 3))


@pytest.mark.parametrize(
    "answer",
    [
        lambda hidden: 0.25**hidden,
        lambda n: 1 / 4**n,
        lambda n: math.prod([0.25] * n),
        lambda n: np.exp(-n * np.log(4)),
        lambda n: keras.ops.power(0.25, n),
    ],
)
def test_every_form_of_the_bound_is_right(answer):
    assert BOUND(answer) is None


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda n: 0.25 * n, "a sum of slopes"),
        (lambda n: 0.25 / n, "only divides"),
        (lambda n: 0.25 ** (n - 1), "for one layer, but"),
        (lambda n: 0.25 ** (n + 1), "One slope too many"),
        (lambda n: 0.5**n, "value at 0"),
        (lambda n: 1, "tanh or ReLU"),
        (lambda n: 4**n, "grows with depth"),
        (lambda n: 1 / 256, "four layers"),
        (lambda n: 0.25, "for one layer; use"),
        (lambda n: 0.2**n, "largest slope of one layer"),
        (lambda n: np.nan, "one finite number: the bound"),
        (1 / 256, "function itself"),
    ],
)
def test_another_bound_gets_a_hint(answer, hint):
    assert hint in BOUND(answer)


@pytest.mark.parametrize(
    "answer",
    [
        lambda sizes: (sizes[0] / sizes[-1]) ** (1 / (len(sizes) - 1)),
        lambda s: np.exp(np.mean(np.log(s[:-1]) - np.log(s[1:]))),
        lambda s: math.pow(s[0] / s[-1], 1 / len(s[1:])),
        lambda s: np.prod(s[:-1] / s[1:]) ** (1 / len(s[1:])),
    ],
)
def test_every_form_of_the_factor_is_right(answer):
    assert FACTOR(answer) is None


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda s: s[0] / s[-1], "look for the factor of one"),
        (lambda s: s[-1] / s[0], "travels back"),
        (lambda s: (s[-1] / s[0]) ** (1 / (len(s) - 1)), "start from"),
        (lambda s: (s[0] / s[-1]) ** (1 / len(s)), "count the layers"),
        (lambda s: (s[0] / s[-1]) / (len(s) - 1), "dividing by the number of steps"),
        (lambda s: np.mean(s[:-1] / s[1:]), "mean of the factors"),
        (lambda s: np.median(s[:-1] / s[1:]), "median of the factors"),
        (lambda s: 0.4, "go on to the first"),
        (lambda s: s, "one finite number: the factor of one step back"),
        (0.4, "function itself"),
    ],
)
def test_another_factor_gets_a_hint(answer, hint):
    assert hint in FACTOR(answer)


def norms(measure, of=0, every=2):
    """An answer: a measure of each layer's gradient, of its kernel (0) or its bias (1)."""

    def answer(model, loss_fn, x, target):
        with tf.GradientTape() as tape:
            loss = loss_fn(target, model(x))
        gradients = tape.gradient(loss, [v.value for v in model.trainable_variables])
        return {layer.name: measure(g) for layer, g in zip(model.layers, gradients[of::every], strict=True)}

    return answer


def by_keras_variables(model, loss_fn, x, target):
    with tf.GradientTape() as tape:
        loss = loss_fn(target, model(x, training=True))
    gradients = tape.gradient(loss, [layer.kernel for layer in model.layers])
    return {layer.name: keras.ops.norm(g) for layer, g in zip(model.layers, gradients, strict=True)}


@pytest.mark.parametrize("answer", [norms(np.linalg.norm), norms(lambda g: float(tf.norm(g))), by_keras_variables])
def test_every_form_of_the_norms_is_right(answer):
    assert NORMS(answer) is None


def published(model, loss_fn, x, target):
    return {layer.name: float(tf.norm(layer.kernel)) for layer in model.layers}


def with_biases(model, loss_fn, x, target):
    of_kernels, of_biases = (norms(np.linalg.norm, of)(model, loss_fn, x, target) for of in (0, 1))
    return {name: math.hypot(norm, of_biases[name]) for name, norm in of_kernels.items()}


def turned_round(model, loss_fn, x, target):
    found = norms(np.linalg.norm)(model, loss_fn, x, target)
    return dict(zip(found, reversed(found.values()), strict=True))


def summed(model, loss_fn, x, target):
    return {name: len(x) * norm for name, norm in norms(np.linalg.norm)(model, loss_fn, x, target).items()}


def trains_too(model, loss_fn, x, target):
    found = norms(np.linalg.norm)(model, loss_fn, x, target)
    model.layers[0].kernel.assign_add(np.ones(model.layers[0].kernel.shape))
    return found


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (published, "norms of the weights"),
        (norms(np.linalg.norm, of=1), "belong to the biases"),
        (with_biases, "takes in the biases"),
        (norms(lambda g: np.square(g).sum()), "root is missing"),
        (norms(np.std), "standard deviation"),
        (norms(lambda g: np.sqrt(np.square(g).mean())), "mean of squares"),
        (norms(lambda g: np.abs(g).sum()), "L1 norm"),
        (norms(lambda g: np.abs(g).mean()), "mean of |g|"),
        (norms(lambda g: np.abs(g).max()), "largest entry"),
        (norms(lambda g: np.linalg.norm(g, 2)), "singular value"),
        (turned_round, "turned round"),
        (summed, "summed over the samples"),
        (norms(lambda g: 1.0), "squared, summed"),
        (trains_too, "changes the weights"),
        (lambda model, loss_fn, x, target: [1.0, 2.0, 3.0], "return a dictionary"),
        (lambda model, loss_fn, x, target: {"tanh1": 1.0}, "names of the layers, tanh1, tanh2, tanh3"),
        (norms(lambda g: g), "one finite number for each layer"),
        ({"tanh1": 0.5}, "function itself"),
    ],
)
def test_another_norm_gets_a_hint(answer, hint):
    assert hint in NORMS(answer)


def test_no_hint_holds_the_answer():
    hints = "\n".join(line for line in inspect.getsource(lesson_03).splitlines() if line.strip().startswith('"'))
    for answer in ("0.25**", "4**", "1 / 4", "len(", "tape."):
        assert answer not in hints
