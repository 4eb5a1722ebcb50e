"""Checks of lesson 13: order and chaos."""

import numpy as np

from helpers import theory
from helpers.exercises.answers import a_number, hint_of_rule, returns_one_number

_FADING = ((0.759, 0.01), (0.5, 0.1), (0.9, 0.5), (0.25, 0.3), (0.98, 0.01))  # chi, share
_SPREADS = ((16, 0.5), (5, 1.0), (30, 0.8), (3, 0.3))  # layers, standard deviation


def _layers(chi, share):
    return np.log(share) / np.log(np.sqrt(chi))


def _width(layers, most):
    width = 1
    while theory.log_norm_law(layers, width)[1] > most:
        width += 1
    return width


@returns_one_number("a whole number of layers")
def check_layers_to_forget(answer):
    """13.1: a function of chi and a share: the layers after which a small distance is at most that share."""
    found = np.array([answer(*case) for case in _FADING])
    rules = (
        (lambda chi, share: np.ceil(_layers(chi, share)), None),
        (_layers, "The logarithms are right, but layers come whole: which is the first that is far enough?"),
        (lambda chi, share: np.floor(_layers(chi, share)), "After that many layers it is still more than the share."),
        (
            lambda chi, share: np.ceil(_layers(chi, share) / 2),
            "So soon it is if chi multiplies distances; it does so to their squares.",
        ),
        (
            lambda chi, share: np.ceil(_layers(chi, share) * 2),
            "A root too many: what does a layer multiply a distance by, if chi is for its square?",
        ),
        (lambda chi, share: np.ceil(-2 / np.log(chi)), "The share makes no difference to your layers; should it?"),
    )
    otherwise = (
        "Ask what one layer makes of a distance, and how often that goes into the share. Try chi = 0.25 by hand."
    )
    return hint_of_rule(found, _FADING, rules, otherwise)


@a_number("the critical s squared")
def check_critical(value):
    """13.2: the critical weight variance of tanh with biases of variance 0.2."""
    right = theory.critical_weight_variance("tanh", 0.2)
    if abs(value - right) <= 0.02:
        return None
    if abs(value**2 - right) <= 0.03:
        return "That is s; the task asks for s squared, the weight variance times the width."
    if min(abs(value - theory.critical_weight_variance("tanh", b2)) for b2 in (0.05, 0.1, 0.5)) <= 0.01:
        return "That is a value of the lesson, for other biases."
    if abs(value - theory.fixed_point("tanh", right, 0.2)) <= 0.02:
        return "That is the variance of the pre-activations there, not that of the weights."
    if value <= 0:
        return "A variance is positive."
    side = "vanish" if value < right else "explode"
    return f"There gradients still {side}: compute chi at the fixed point, and move."


@returns_one_number("a whole number of units")
def check_least_width(answer):
    """13.3: a function of depth and spread: the least width for which the log-norm law has that spread."""
    found = np.array([answer(*case) for case in _SPREADS])
    rules = (
        (lambda layers, spread: _width(layers, spread**2), None),
        (_width, "That width keeps the variance, not the standard deviation, at most at the spread."),
        (lambda layers, spread: _width(layers, spread**2) - 1, "One unit too few: there the spread is still above."),
        (lambda layers, spread: _width(layers, spread**2) + 1, "One unit less would do, too."),
        (
            lambda layers, spread: np.ceil(5 * layers / spread**2),
            "That is the rule for wide nets, 5 b; theory.log_norm_law has what it leaves out.",
        ),
        (lambda layers, spread: 5 * layers / spread**2, "Units come whole, and the rule 5 b is for wide nets only."),
    )
    otherwise = "Try widths from 1 on, and stop at the first whose law fits. Which of the law's two numbers counts?"
    return hint_of_rule(found, _SPREADS, rules, otherwise)


CHECKS = {"13.1": check_layers_to_forget, "13.2": check_critical, "13.3": check_least_width}
