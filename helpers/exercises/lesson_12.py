"""Checks of lesson 12: a signal through a hundred layers."""

import numpy as np

from helpers import theory
from helpers.exercises.answers import a_dictionary, a_number, one_number, returns_one_number

_WIDTHS = (100, 300, 1024, 4096)


@returns_one_number("a whole number for each width")
def check_first_lost_layer(answer):
    """12.1: a function of the width: the first linear layer with weights of N(0, 1) that float32 cannot hold."""
    got = np.array([answer(width) for width in _WIDTHS])
    if (got != np.round(got)).any():
        return "Layers come whole: which one is the first that is lost?"
    growth = np.log2(_WIDTHS) / 2
    latest = np.ceil(128 / growth)
    earliest = np.ceil((128 - np.log2(4.5)) / growth)  # the largest of thousands of normal numbers
    if ((got >= earliest) & (got <= latest)).all():
        return None
    if ((got >= earliest - 1) & (got <= latest - 1)).all():
        return "One layer too early for every width: count from 1, and the first layer that is *not* finite."
    if ((got >= np.ceil(64 / growth) - 1) & (got <= np.ceil(64 / growth))).all():
        return "That many layers multiply the variance, or its float32 sum, to the end; what of the signal itself?"
    if (np.abs(got - 1024 / growth) <= 2).all():
        return "That is the end of float64."
    if len(set(got)) == 1:
        return "The same layer for every width? A unit of a wider layer is a longer sum."
    return "Start from what one layer does to the std, and ask how often that fits into the range of float32."


@a_dictionary(("softsign", "elu"), "with the keys 'softsign' and 'elu'")
def check_gains(answer):
    """12.2: a dictionary of the gains of softsign and ELU."""
    for name in ("softsign", "elu"):
        value, right = one_number(answer[name]), theory.exact_gain(name)
        if value is None:
            return f"The gain of {name} should be one number."
        if abs(value - right) <= 0.02:
            continue
        if abs(value - right**2) <= 0.02:
            return f"For {name} that is the gain squared, a factor of the variance."
        if abs(value * right - 1) <= 0.02:
            return f"For {name} that is what the activation leaves; the gain undoes it."
        if name == "elu" and abs(value - 1.27) <= 0.01:
            return "For elu that is std in over std out. Does the mean of h drop out of a sum of h W?"
        return (
            f"Not so for {name}: draw many numbers from N(0, 1), apply it, and ask which weights restore the variance."
        )
    return None


@a_number("the critical s squared")
def check_critical(value):
    """12.3: the critical weight variance of tanh with biases of variance 0.2."""
    right = theory.critical_weight_variance("tanh", 0.2)
    if abs(value - right) <= 0.02:
        return None
    if abs(value**2 - right) <= 0.03:
        return "That is s; the task asks for s squared, the weight variance times the width."
    if abs(value - theory.critical_weight_variance("tanh", 0.05)) <= 0.01:
        return "That is the value of the lesson, for smaller biases."
    if abs(value - theory.fixed_point("tanh", right, 0.2)) <= 0.02:
        return "That is the variance of the pre-activations there, not that of the weights."
    if value <= 0:
        return "A variance is positive."
    side = "vanish" if value < right else "explode"
    return f"There gradients still {side}: compute chi at the fixed point, and move."


CHECKS = {"12.1": check_first_lost_layer, "12.2": check_gains, "12.3": check_critical}
