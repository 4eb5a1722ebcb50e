"""Checks of lesson 08: backpropagation by hand."""

import numpy as np
from scipy.special import expit as sigmoid
from sklearn.datasets import make_moons

from helpers.exercises.answers import a_dictionary, a_function, hint_of_rule, one_number
from helpers.models import make_mlp

_ARRAYS = ("W1", "b1", "W2", "b2")


def _suspect_a(weights, X, y):
    W1, b1, W2, b2 = weights
    hidden = sigmoid(X @ W1 + b1)
    delta = np.einsum("bo->bo", sigmoid(hidden @ W2 + b2) - y)
    below = np.einsum("bo,ho,bh,bh->bh", delta, W2, hidden, 1 - hidden)
    return [
        np.einsum("bi,bh->ih", X, below) / len(X),
        below.mean(axis=0),
        np.einsum("bh,bo->ho", hidden, delta) / len(X),
        delta.mean(axis=0),
    ]


def _suspect_b(weights, X, y):
    W1, b1, W2, b2 = weights
    hidden = sigmoid(X @ W1 + b1)
    delta = (sigmoid(hidden @ W2 + b2) - y) / len(X)
    below = delta @ W2.T * hidden * (1 - hidden)
    return [X.T @ below, delta.sum(axis=0) * W2[:, 0], hidden.T @ delta, delta.sum(axis=0)]


def _suspect_c(weights, X, y):
    W1, b1, W2, b2 = weights
    hidden = sigmoid(X @ W1 + b1)
    delta = (sigmoid(hidden @ W2 + b2) - y) / len(X)
    again = sigmoid(hidden)
    below = delta @ W2.T * again * (1 - again)
    return [X.T @ below, below.sum(axis=0), hidden.T @ delta, delta.sum(axis=0)]


def _suspect_d(weights, X, y):
    W1, b1, W2, b2 = weights
    hidden = sigmoid(X @ W1 + b1)
    delta = (sigmoid(hidden @ W2 + b2) - y) / len(X)
    below = delta @ W2.T * hidden * (1 - hidden)
    return [X.T @ below, below.sum(axis=0), hidden.T @ delta + 1e-5 * W2, delta.sum(axis=0)]


SUSPECTS = {"A": _suspect_a, "B": _suspect_b, "C": _suspect_c, "D": _suspect_d}
"""Backward passes of a sigmoid net with one hidden layer, for exercise 08.2: ``f(weights, X, y)``."""

_WRONG = {"A": set(), "B": {"b1"}, "C": {"W1", "b1"}, "D": {"W2"}}


def _leaky(weights, X, y, a):
    W1, b1, W2, b2 = weights
    before = X @ W1 + b1
    hidden = np.where(before > 0, before, a * before)
    delta = (sigmoid(hidden @ W2 + b2) - y) / len(X)
    below = delta @ W2.T * np.where(before > 0, 1, a)
    return [X.T @ below, below.sum(axis=0), hidden.T @ delta, delta.sum(axis=0)], hidden, delta


@a_function
def check_leaky(backward):
    """08.1: a function of (weights, X, y, a): the gradients of a net with leaky ReLU hidden units."""
    generator = np.random.default_rng(0)
    for units, inputs, a in ((5, 2, 0.1), (3, 4, 0.01), (7, 2, 0.5)):
        shapes = (inputs, units), (units,), (units, 1), (1,)
        weights = [generator.normal(size=shape) for shape in shapes]
        X, y = generator.normal(size=(40, inputs)), generator.integers(2, size=(40, 1)).astype(float)
        found = backward([w.copy() for w in weights], X.copy(), y.copy(), a)
        if isinstance(found, dict) or len(found) != len(_ARRAYS):
            return "Return four arrays, in the order of the weights."
        found = [np.asarray(array, dtype=float) for array in found]
        for name, array, weight in zip(_ARRAYS, found, weights, strict=True):
            if array.shape != weight.shape:
                return f"The gradient of {name} has shape {array.shape}, but {name} has shape {weight.shape}."
        right, hidden, delta = _leaky(weights, X, y, a)
        hint = _compare(found, right, weights, hidden, delta, len(X))
        if hint:
            return hint
    return None


def _compare(found, right, weights, hidden, delta, n):
    good = [np.allclose(f, r, rtol=1e-6, atol=1e-9) for f, r in zip(found, right, strict=True)]
    if all(good):
        return None
    if all(np.allclose(f, n * r, rtol=1e-6) for f, r in zip(found, right, strict=True)):
        return "All four are too large by the same factor: the loss is a mean, not a sum."
    if all(np.allclose(f, -r, rtol=1e-6) for f, r in zip(found, right, strict=True)):
        return "All four point the other way: is it prediction minus label, or label minus prediction?"
    if not good[3]:
        return "Already b2 is wrong: start at the output, which is that of the lesson, with this hidden layer below it."
    if not good[2]:
        return "b2 is right, W2 is not: it pairs delta with what the hidden layer hands on. Which array is that here?"
    below = delta @ weights[2].T * hidden * (1 - hidden)
    if np.allclose(found[1], below.sum(axis=0)):
        return "You kept the slope of the sigmoid for the hidden layer."
    if np.allclose(found[1], (delta @ weights[2].T).sum(axis=0)):
        return "The hidden unit has no effect on your delta: on one side of zero it should shrink it."
    if np.allclose(found[1], (delta @ weights[2].T * (hidden > 0)).sum(axis=0)):
        return "That is plain ReLU: below zero nothing comes back. A leaky unit lets something through."
    if good[1]:
        return "b1 is right, so delta of the hidden layer is too: what does the kernel below multiply it with?"
    return "The output layer's two are right, the hidden layer's are not: look at the slope between them."


@a_dictionary(SUSPECTS, "from the name of each suspect to the names of the arrays it gets wrong")
def check_suspects(answer):
    """08.2: a dictionary of the arrays that each suspect gets wrong."""
    given = {}
    for name in SUSPECTS:
        value = [answer[name]] if isinstance(answer[name], str) else answer[name]
        given[name] = set(value)
        unknown = sorted(str(v) for v in given[name] - set(_ARRAYS))
        if unknown:
            return f"Suspect {name}: {unknown[0]!r} is none of the four arrays, {', '.join(_ARRAYS)}."
    for name, wrong in _WRONG.items():
        if given[name] - wrong:
            return (
                f"Suspect {name}: you accuse an array that is right. Compare relative to the largest entry of "
                "the array, and with a step at the bottom of the V."
            )
        if wrong - given[name]:
            return (
                f"Suspect {name}: something escaped you. Look at each array by itself, and ask how small a "
                "difference your step and your tolerance can show."
            )
    return None


@a_dictionary(("initialise", "norms"), "with the keys 'initialise' (a function) and 'norms' (four numbers)")
def check_published_bugs(answer):
    """08.3: a dictionary of the mended function and of the four norms of gradients."""
    if not callable(answer["initialise"]):
        return "Under 'initialise' belongs the function itself, without calling it."
    return _initialises(answer["initialise"]) or _are_norms(answer["norms"])


def _initialises(function):
    net = make_mlp("sigmoid", "glorot_uniform", hidden=(40, 40), inputs=40, bias_initializer="ones", seed=3)
    before = net.get_weights()
    function(net)
    after = net.get_weights()
    same = [np.array_equal(b, a) for b, a in zip(before, after, strict=True)]
    if all(same):
        return "initialise: nothing in the net has changed. What does the loop run over, and what does it ask for?"
    if any(same[::2]):
        return "initialise: some kernels are as they were before."
    if any(a.any() for a in after[1::2]):
        return "initialise: the biases should be zero, whatever they were before."
    spreads = [a.std() for a in after[::2]]
    if not all(0.94 < s < 1.06 for s in spreads[:2]) or not 0.6 < spreads[2] < 1.4:
        return "initialise: the kernels do not have the standard deviation that was meant."
    if abs(after[0].mean()) > 0.1 or abs(after[2].mean()) > 0.1:
        return "initialise: the mean of the kernels is not zero."
    if np.array_equal(after[0], after[2]):
        return "initialise: two layers of one shape got the very same kernel. Each needs numbers of its own."
    return None


def _are_norms(given):
    X, y = make_moons(1000, noise=0.5, random_state=42)  # those of the lesson
    rows = np.random.default_rng(0).permutation(1000)[:640]
    X, y = X[rows], y[rows, None].astype(float)
    draw = np.random.default_rng(0).normal
    weights = [draw(size=(2, 5)), np.zeros(5), draw(size=(5, 1)), np.zeros(1)]
    hidden = sigmoid(X @ weights[0] + weights[1])
    delta = (sigmoid(hidden @ weights[2] + weights[3]) - y) / len(X)
    below = delta @ weights[2].T * hidden * (1 - hidden)
    gradients = [X.T @ below, below.sum(axis=0), hidden.T @ delta, delta.sum(axis=0)]
    if hasattr(given, "keys"):
        given = [given.get(name) for name in _ARRAYS]
    found = [one_number(g) for g in given] if hasattr(given, "__len__") else []
    if len(found) != len(_ARRAYS) or None in found:
        return "norms: give four numbers, for W1, b1, W2, b2."
    rules = (
        (lambda k: np.linalg.norm(gradients[k]), None),
        (lambda k: np.linalg.norm(weights[k]), "norms: these are still those of the weights, which never vanish."),
        (lambda k: np.square(gradients[k]).sum(), "norms: those are sums of squares; the root is missing."),
        (lambda k: np.abs(gradients[k]).sum(), "norms: that is the sum of the sizes, the L1 norm."),
        (lambda k: np.abs(gradients[k]).max(), "norms: those are the largest entries."),
        (
            lambda k: np.sqrt(np.square(gradients[k]).mean()),
            "norms: those are roots of means; the L2 norm takes the root of the sum.",
        ),
        (lambda k: gradients[k].std(), "norms: those are standard deviations."),
        (lambda k: len(X) * np.linalg.norm(gradients[k]), "norms: the loss is a mean over the points, not a sum."),
    )
    otherwise = "norms: take the weights of start() as they are, untrained, and all training points."
    return hint_of_rule(found, [(k,) for k in range(len(_ARRAYS))], rules, otherwise, rtol=5e-3)


CHECKS = {"08.1": check_leaky, "08.2": check_suspects, "08.3": check_published_bugs}
