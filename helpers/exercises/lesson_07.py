"""Checks of lesson 07: training, validation and test points."""

import math

import numpy as np

from helpers.exercises.answers import a_number, hint_of_rule, returns_one_number

# (losses, patience): stops after a plateau, after a rise, on a tie, at once, late, never
_CURVES = (
    ([5.0, 4.0, 4.5, 4.2, 4.4, 1.0], 3),
    ([5.0, 4.0, 4.5, 3.9, 4.4, 4.3, 3.0], 2),
    ([2.0, 1.0, 1.0, 1.0, 0.5], 2),
    ([1.0, 2.0, 0.1], 1),
    ([9.0, 8.0, 8.5, 7.0, 7.5, 6.0, 6.5, 6.2], 2),
    ([4.0, 3.0, 2.0, 1.0], 2),
    ([4.0, 3.0, 3.5, 2.0, 2.5], 4),
)
_TOLERANCE = 0.005  # room for a simulation of a thousand draws


@a_number("how many test points", positive=True)
def check_test_points(n):
    """07.1: the number of test points that gives an accuracy of 0.8 a standard error of 0.01."""
    if math.isclose(n, 0.8 * 0.2 / 0.01**2, rel_tol=1e-6):
        return None
    if math.isclose(n, 0.8 * 0.2 / 0.01, rel_tol=1e-6):
        return "That is the variance of one answer over the standard error. The standard error holds a root."
    if math.isclose(n, math.sqrt(0.8 * 0.2) / 0.01, rel_tol=0.01):
        return "That is the deviation of one answer over the standard error. Square both sides of the formula."
    if math.isclose(n, 0.5 * 0.5 / 0.01**2, rel_tol=0.01):
        return "So many would do for a net that guesses; this one is right on 80 %."
    if math.isclose(n, 0.8 / 0.01**2, rel_tol=0.01) or math.isclose(n, 0.2 / 0.01**2, rel_tol=0.01):
        return "The variance of one answer is p (1 - p), with both factors."
    if n < 1:
        return "That is less than one point: solve the formula for n."
    return "Put your n into the formula for the standard error of an accuracy: does it give 0.01?"


@returns_one_number("that of an epoch")
def check_last_epoch(answer):
    """07.2: a function of (losses, patience): the number of the last epoch before an early stop."""
    found = [answer(list(losses), patience) for losses, patience in _CURVES]
    if any(value != round(value) for value in found):
        return "The result should be one whole number: that of an epoch."
    rules = (
        (_stop, None),
        (
            lambda losses, patience: _stop(losses, patience) + 1,
            "That is how many epochs are trained; their numbers start from 0.",
        ),
        (
            lambda losses, patience: np.argmin(losses[: _stop(losses, patience) + 1]),
            "That is the best epoch up to the stop. Which one is the last to be trained?",
        ),
        (
            lambda losses, patience: np.argmin(losses),
            "That is the lowest loss of the whole list; early stopping does not see what comes after the stop.",
        ),
        (
            lambda losses, patience: _stop(losses, patience + 1),
            "One epoch late: the epoch that completes the patience is the last one.",
        ),
    )
    return hint_of_rule(found, _CURVES, rules, otherwise=_by_list(found), rtol=0)


def _by_list(found):
    right = [_stop(*curve) for curve in _CURVES]
    if any(value > len(losses) - 1 for value, (losses, _) in zip(found, _CURVES, strict=True)):
        return "On losses that keep falling yours names an epoch beyond the end of the list."
    if found[2] != right[2] and found[3] == right[3]:
        return "Look at losses that stay exactly level: is an equal loss a new lowest one?"
    if found[0] != right[0]:
        return "Compare with the lowest loss so far, not with the epoch before."
    return "Right on some lists of losses, not on others: when does the count of idle epochs start anew?"


def _stop(losses, patience):
    lowest = 0
    for epoch, loss in enumerate(losses):
        if loss < losses[lowest]:
            lowest = epoch
        elif epoch - lowest >= patience:
            return epoch
    return len(losses) - 1


@returns_one_number("a difference of accuracies")
def check_flattery(answer):
    """07.3: a function of (k, n, p): how far the expected best of k accuracies lies above p."""
    cases = ((1, 160, 0.8), (2, 160, 0.8), (10, 160, 0.8), (10, 40, 0.7))
    found = [answer(*case) for case in cases]
    right = [_best_of(*case) for case in cases]
    chances = [case[2] for case in cases]
    if np.allclose(found, right, atol=_TOLERANCE):
        return None
    if np.allclose(np.subtract(found, chances), right, atol=_TOLERANCE):
        return "That is the expected best accuracy itself; the task asks how far it lies above p."
    if np.allclose(np.divide(found, 100), right, atol=_TOLERANCE):
        return "Give shares, not percentages."
    if np.allclose(np.divide(found, [case[1] for case in cases]), right, atol=_TOLERANCE):
        return "Those are points of the validation set; divide by how many there are."
    if abs(found[0]) > _TOLERANCE:
        return "Try k = 1: with a single model there is nothing to choose. What is its accuracy on average?"
    if found[2] - found[1] < _TOLERANCE:
        return "The result hardly grows with k, but the best of more models is higher."
    if abs(found[3] - found[2]) < _TOLERANCE:
        return "The result should depend on n and p: fewer points leave more to luck."
    return (
        "k = 1 is right, larger k is not. Draw k numbers of right answers from the binomial distribution many "
        "times and average the largest of each draw."
    )


def _best_of(k, n, p):
    chances = np.array([math.comb(n, j) * p**j * (1 - p) ** (n - j) for j in range(n)])
    return float(np.sum(1 - np.cumsum(chances) ** k) / n - p)


CHECKS = {"07.1": check_test_points, "07.2": check_last_epoch, "07.3": check_flattery}
