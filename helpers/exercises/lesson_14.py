"""Checks of lesson 14: inside Glorot's paper."""

import numpy as np

from helpers.exercises.answers import a_function, two_numbers


@a_function
def check_products(products):
    """14.1: a function of (n_in, n_out) that returns n_in Var W and n_out Var W."""
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


def check_singular_values(pair):
    """14.2: mean and root mean square of the singular values of Glorot kernels of 256 by 256."""
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


CHECKS = {"14.1": check_products, "14.2": check_singular_values}
