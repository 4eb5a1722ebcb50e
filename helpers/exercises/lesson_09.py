"""Checks of lesson 09: sigmoid or ReLU."""

import numpy as np

from helpers.exercises.answers import a_number, returns_one_number, two_numbers


@a_number("a standard deviation", positive=True)
def check_std(std):
    """09.1: the kernels' standard deviation with which the sigmoid gets ReLU's first-layer gradient."""
    slope = np.exp(-1) / (1 + np.exp(-1)) ** 2
    if abs(std * slope / 0.01 - 1) < 0.06:
        return None
    if abs(std / 0.01 - 1) < 0.06:
        return "That is the published value, with which the sigmoid net gets far less."
    if std < 0.01:
        return "The sigmoid passes on less than ReLU, so its kernels have to be larger, not smaller."
    if abs(std * 0.25 / 0.01 - 1) < 0.06:
        return "A quarter is the slope at zero. Where are the pre-activations of this net?"
    if abs(std * slope**4 / 0.01 - 1) < 0.2:
        return "That makes up for the slopes of all layers in each kernel; every layer has a kernel of its own."
    return (
        "What does one layer of sigmoids multiply by, beside its kernel? Every kernel has to make up for its own layer."
    )


@returns_one_number("a gain for each slope")
def check_leaky_gain(answer):
    """09.2: a function of the slope left of zero: the gain at which a leaky ReLU has factor 1."""
    slopes = (0.0, 0.3, 1.0, -1.0, 2.0)
    got = np.array([answer(slope) for slope in slopes])
    mean_square = (1 + np.square(slopes)) / 2
    if np.allclose(np.abs(got), 1 / np.sqrt(mean_square), rtol=1e-3):
        return None if np.all(got > 0) else "A gain is positive."
    if np.allclose(got, 1 / mean_square, rtol=1e-3):
        return "That is the variance of a kernel entry times n; the gain is about its standard deviation."
    if np.allclose(got, np.sqrt(mean_square), rtol=1e-3):
        return "That is what the unit leaves; the gain has to make up for it."
    if not np.isclose(got[2], 1, rtol=1e-3):
        return "With slope 1 the unit is linear. Which gain keeps the size there?"
    if not np.isclose(got[0], np.sqrt(2), rtol=1e-3):
        return "With slope 0 it is a ReLU, whose gain stands in the lesson."
    return "Half of the units have one slope, half the other: what is the mean of the squared slope?"


def check_tanh_factors(answer):
    """09.3: the factors of the tenth tanh layer at gains 1 and 5/3."""
    got = two_numbers(np.ravel(answer))
    if got is None:
        return "Hand in two numbers: the factor at gain 1, then the one at gain 5/3."
    expected, fourth = (np.array([_factor(gain, layers) for gain in (1.0, 5 / 3)]) for layers in (10, 4))
    if np.allclose(got, expected, rtol=0.006):
        return None
    if np.allclose(got, expected[::-1], rtol=0.006):
        return "The two numbers are right, in the other order."
    if np.allclose(got, fourth, rtol=0.006):
        return "Those are of the fourth layer, which `computed` gives unless you ask for another."
    if np.allclose(got, expected**2, rtol=0.006):
        return "Those are factors on the square of delta; take roots."
    if np.allclose(got, expected / [1, 5 / 3], rtol=0.006):
        return "The slopes are right; a layer also multiplies by its gain."
    if got[1] < 1 < got[0] or got[0] < 0.9:
        return "Which layer is that? The first layers, whose inputs are as large as the data, pass on least."
    return "Check the slope, 1 - tanh(z)^2, and take the last of ten layers."


def _factor(gain, layers):
    z = np.linspace(-9, 9, 4001)
    weights = np.exp(-(z**2) / 2)
    weights /= weights.sum()
    size = 1.0
    for _ in range(layers):
        unit = np.tanh(gain * np.sqrt(size) * z)
        factor, size = gain * np.sqrt(weights @ (1 - unit**2) ** 2), weights @ unit**2
    return factor


CHECKS = {"09.1": check_std, "09.2": check_leaky_gain, "09.3": check_tanh_factors}
