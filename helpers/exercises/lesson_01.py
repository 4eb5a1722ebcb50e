"""Checks of lesson 01: two circles."""

import numpy as np

from helpers.exercises.answers import a_number, returns_one_number

# Scores with a long tail, in no order: no quantile, and not the first k, gives the expected best.
_SCORES = np.random.default_rng(1).permutation(np.linspace(0.0, 1.0, 200) ** 4)
_TOLERANCE = 0.03  # room for a simulation of a thousand draws


@returns_one_number("the expected best of k")
def check_best_of(answer):
    """01.1: a function of (scores, k): the expected best of k scores drawn with replacement."""
    found = [answer(_SCORES.copy(), k) for k in (1, 3, 10)]
    if abs(found[0] - _SCORES.mean()) > _TOLERANCE:
        return "Try k = 1: with one run drawn there is nothing to choose from. What is it worth on average?"
    if abs(found[2] - _SCORES.max()) < 1e-6:
        return "Ten runs drawn at random need not include the best of all; average over what may be drawn."
    if max(found) - min(found) < _TOLERANCE:
        return "The result does not grow with k, but a larger draw has more to choose from."
    right = [_expected_best(_SCORES, k) for k in (1, 3, 10)]
    if np.abs(np.subtract(found, right)).max() > _TOLERANCE:
        return (
            "k = 1 is right, larger k is not. Draw k runs many times and average the largest of "
            "each draw, or ask how likely all k are at or below a given run."
        )
    return None


def _expected_best(scores, k):
    at_or_below = np.arange(len(scores) + 1) / len(scores)
    return float(np.sum(np.sort(scores) * np.diff(at_or_below**k)))


@a_number("a share of pairs")
def check_share(share):
    """01.2: the share of pairs in which the deep net scores higher, on other points."""
    if not 0 <= share <= 1:
        return "Give a share between 0 and 1, not a percentage or a count."
    if share in (0, 1):
        return "All pairs agree? Compare every deep run with every shallow one: deep[:, None] against shallow."
    if share > 0.55:
        return "That looks like the pairs in which the shallow net scores higher, or like a comparison of losses."
    if share < 0.1:
        return "That is fewer than expected. Are both nets sigmoid ones, trained with Adam for as long as before?"
    return None


@a_number("the larger mean |g| divided by the smaller", positive=True)
def check_factor(factor):
    """01.3: the factor by which two layers more shrink the first kernel's mean |g|."""
    if factor < 1:
        return "The gradient shrinks with depth: divide the other way round."
    if factor < 10:
        return "Too mild for two layers more. Compare five hidden layers with three, first kernel with first kernel."
    if factor > 60:
        return "Too strong for two layers more. Is the net you compare with the one of three hidden layers?"
    return None


CHECKS = {"01.1": check_best_of, "01.2": check_share, "01.3": check_factor}
