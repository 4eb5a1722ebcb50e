"""Checks of lesson 09: a signal through a hundred layers."""

import numbers

import numpy as np

from helpers import theory

_WIDTHS = (100, 300, 1024, 4096)


def _first_lost_layer(answer):
    """A function of the width: the first linear layer with weights of N(0, 1) that float32 cannot hold."""
    if not callable(answer):
        return "Hand in the function itself, without calling it."
    got = np.array([_number(answer(width)) for width in _WIDTHS])
    if not np.isfinite(got).all():
        return "The function should return one whole number for each width."
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


def _gains(answer):
    """The gains of softsign and ELU, in a dictionary."""
    if not hasattr(answer, "keys"):
        return "Give a dictionary with the keys 'softsign' and 'elu'."
    missing = [name for name in ("softsign", "elu") if name not in answer]
    if missing:
        return f"The dictionary has no entry {missing[0]!r}."
    for name in ("softsign", "elu"):
        value, right = _number(answer[name]), theory.exact_gain(name)
        if not np.isfinite(value):
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


def _critical(answer):
    """The critical weight variance of tanh with biases of variance 0.2."""
    value, right = _number(answer), theory.critical_weight_variance("tanh", 0.2)
    if not np.isfinite(value):
        return "Give one number."
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


def _number(value):
    """A float, or nan for what is not one number."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real | np.ndarray) or np.size(value) != 1:
        return np.nan
    return float(np.reshape(value, ()))


CHECKS = {"09.1": _first_lost_layer, "09.2": _gains, "09.3": _critical}
