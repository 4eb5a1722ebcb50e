"""Checks of lesson 15: ReLU nets of many layers, and the factor of two."""

import numpy as np

from helpers.exercises.answers import CHANGED, a_function, hint_of_rule, returns_one_number, same_arrays


@returns_one_number("a standard deviation for every slope from 0 to 1")
def check_leaky(answer):
    """15.1: a function of (slope, fan_in): the standard deviation that keeps the mean square."""
    settings = ((0.0, 64), (0.3, 100), (0.5, 7), (1.0, 256), (0.01, 1000))
    rules = (
        (lambda a, n: np.sqrt(2 / (n * (1 + a**2))), None),
        (lambda a, n: 2 / (n * (1 + a**2)), "That is the variance; the question asks for the standard deviation."),
        (
            lambda a, n: np.sqrt(2 / n),
            "Your result does not depend on the slope: what do the negative half's squares add?",
        ),
        (lambda a, n: np.sqrt(2 / (n * (1 + a))), "The mean square adds squares: what is the square of a z?"),
        (
            lambda a, n: np.sqrt(2 / (1 + a**2)),
            "That is the gain; the sum over a layer's inputs is still to be paid for.",
        ),
        (
            lambda a, n: np.sqrt((1 + a**2) / (2 * n)),
            "You multiply by what the unit keeps; the kernel has to make up for what it loses.",
        ),
    )
    got = [answer(*setting) for setting in settings]
    if not np.isclose(got[0], np.sqrt(2 / 64), rtol=1e-3):
        otherwise = "At slope 0 the unit is a ReLU, and your function should return what the lesson uses there."
    elif not np.isclose(got[3], 1 / 16, rtol=1e-3):
        otherwise = "At slope 1 the unit is linear, and nothing is lost: what does your function return there?"
    else:
        otherwise = "Split E[f(z)^2] into the two halves of the line, as the lesson does for ReLU."
    return hint_of_rule(got, settings, rules, otherwise, rtol=1e-3)


@returns_one_number("a number of layers")
def check_depth(answer):
    """15.2: a function of (threshold, s2): the least number of layers whose mean square is below."""
    for threshold, s2 in ((0.3, 1.0), (0.25, 1.0), (1e-7, 1.0), (1e-45, 1.0), (0.01, 1.9), (1e-3, 0.1), (0.2, 1.5)):
        got = answer(threshold, s2)
        if got != round(got) or got < 1:
            return "Return a whole number of layers, at least 1."
        if (s2 / 2) ** got >= threshold:
            if s2 ** (2 * got) < threshold:
                return "Your layers seem to be linear: what does a ReLU keep of the mean square?"
            return f"At threshold {threshold} and s2 = {s2} the mean square is not yet below after so few layers."
        if got > 1 and (s2 / 2) ** (got - 1) < threshold:
            if (s2 / 2) ** (got / 2) < threshold <= (s2 / 2) ** (got / 2 - 0.5):
                return "That many layers bring the root of the mean square there; the question is about its square."
            return f"At threshold {threshold} and s2 = {s2} fewer layers would do."
    return None


@a_function
def check_rescue(answer):
    """15.3: a function of kernels (L, n, n): the same, times the one number that keeps the signal."""
    generator = np.random.default_rng(11)
    for depth, width, size in ((6, 100, 0.01), (4, 160, 0.5), (5, 60, 0.13)):
        kernels = generator.uniform(-size, size, (depth, width, width))
        given = kernels.copy()
        new = np.asarray(answer(given), dtype=float)
        if not same_arrays([given], [kernels]):
            return CHANGED
        if new.shape != kernels.shape:
            return f"Return kernels of the shape you were given, {kernels.shape}; yours is {new.shape}."
        factors = new / kernels
        if np.ptp(factors) > 1e-6 * np.abs(factors).max():
            return "Multiply all kernels by one and the same number."
        factor = float(factors.mean())
        if factor <= 0:
            return "The number should be positive: with a sign the signal does not grow."
        kept = factor**2 * width * kernels.var()
        if np.isclose(kept, 1, rtol=0.03):
            return "Now linear layers keep their signal; ReLU layers lose a share of theirs."
        if np.isclose(factor, np.sqrt(2), rtol=1e-3):
            return "That number rescues Glorot's draw; these kernels have another variance. Measure it."
        if not np.isclose(kept, 2, rtol=0.03):
            return f"After it a layer multiplies the mean square by {kept / 2:.2g}; it should keep it."
    return None


CHECKS = {"15.1": check_leaky, "15.2": check_depth, "15.3": check_rescue}
