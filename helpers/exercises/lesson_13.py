"""Checks of lesson 13: Glorot's rule."""

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit as sigmoid

from helpers import data, theory
from helpers.exercises.answers import a_function, a_number, two_numbers


@a_function
def check_products(products):
    """13.1: a function of (n_in, n_out) that returns n_in Var W and n_out Var W."""
    for n_in, n_out in ((5, 5), (2, 50), (50, 1), (3, 7)):
        pair = two_numbers(products(n_in, n_out))
        if pair is None:
            return "Return two numbers: the forward product, then the backward one."
        right = 2 * np.array([n_in, n_out]) / (n_in + n_out)
        if np.allclose(pair, right, rtol=1e-3):
            continue
        if np.allclose(pair, right[::-1], rtol=1e-3):
            return "The two are in the wrong order: the forward sum runs over the inputs."
        if np.allclose(pair, 3 * right, rtol=1e-3):
            return "You used the squared limit; the variance of a uniform draw is smaller than that."
        if np.allclose(pair**2, right * np.array([n_in, n_out]), rtol=1e-3):
            return "You used a standard deviation where the variance belongs."
        if np.allclose(pair, 1, rtol=1e-3):
            return "Only one of the two can be 1 unless the widths agree; start from Var W by the rule."
        return f"Not so for n_in={n_in}, n_out={n_out}: multiply Var W by the rule with each width in turn."
    return None


@a_number("a gain")
def check_gain(gain):
    """13.2: the gain at which the factor of the third sigmoid layer is 1."""
    right = _gain_of_factor_one()
    if abs(gain - right) <= 0.1:
        return None
    if abs(gain - right**2) <= 2:
        return "That is the gain squared, which multiplies the variance; the gain multiplies the limit."
    if abs(gain - 4) < 0.2:
        return (
            "That would do if every unit sat where its slope is largest. Larger kernels push units away from there: "
            "compute the factor at that gain."
        )
    if gain <= 0:
        return "A gain is positive."
    near = "below" if gain < right else "above"
    return f"The factor of the third layer is still {near} 1 there; move the gain and compute again."


def check_singular_values(pair):
    """13.3: mean and root mean square of the singular values of Glorot kernels of 256 by 256."""
    values = two_numbers(pair)
    if values is None:
        return "Give two numbers: the mean, then the root of the mean of the squares."
    right = np.array([8 / (3 * np.pi), 1.0])  # the quarter circle's
    if np.all(np.abs(values - right) <= 0.02):
        return None
    if np.all(np.abs(values[::-1] - right) <= 0.02):
        return "The two are in the wrong order: the mean first."
    if np.all(np.abs(values * np.sqrt(3) - right) <= 0.03):
        return "Those are of the standard draw; take the normalised rule's limit."
    if np.any(np.abs(values - 16 * right) <= 0.5) or np.any(np.abs(values - 256 * right) <= 8):
        return (
            "That is larger by the width or its root: divide by the number of singular values before you take the root."
        )
    if abs(values[0] - values[1]) < 0.02:
        return "The two differ by more than that: average the singular values themselves, then their squares."
    which = "mean" if abs(values[0] - right[0]) > 0.02 else "root mean square"
    return f"The {which} comes out otherwise: kernels of 256 by 256, the rule's variance, all singular values."


def _gain_of_factor_one():
    points, _ = data.circles()

    def excess(gain):
        size = np.mean(points**2)
        for n_in in (2, 5, 5):
            variance = n_in * gain**2 * 2 / (n_in + 5) * size
            size = theory.gaussian_mean(lambda x: sigmoid(x) ** 2, variance)
        return theory.backward_factor("sigmoid", variance, gain**2) - 1

    return brentq(excess, 1.0, 30.0)


CHECKS = {"13.1": check_products, "13.2": check_gain, "13.3": check_singular_values}
