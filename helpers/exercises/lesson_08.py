"""Checks of lesson 08: backpropagation by hand."""

import numpy as np
from scipy.special import expit as sigmoid

from helpers.exercises.answers import a_dictionary, a_function, a_number

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


@a_number("the step at the bottom")
def check_step(step):
    """08.3: the best step of a central difference in float32."""
    if step <= 0:
        return "A step is a positive number."
    if step < 1e-4:
        return "There the loss hardly changes before it is rounded. Did everything run in float32, data too?"
    if step < 2e-3:
        return "Still on the arm of rounding, which is higher in float32. That would suit a forward difference."
    if step > 4e-2:
        return "There truncation has taken over: the error falls when the step gets smaller."
    return None


CHECKS = {"08.1": check_leaky, "08.2": check_suspects, "08.3": check_step}
