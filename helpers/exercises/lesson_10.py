"""Checks of lesson 10: Glorot's rule."""

import numbers

import numpy as np


def check_products(products):
    """10.1: a function of (n_in, n_out) that returns n_in Var W and n_out Var W."""
    if not callable(products):
        return "Hand in the function itself, without calling it."
    for n_in, n_out in ((5, 5), (2, 50), (50, 1), (3, 7)):
        pair = np.asarray(products(n_in, n_out), dtype=float)
        if pair.shape != (2,):
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


def check_gain(gain):
    """10.2: the gain at which the factor of the third sigmoid layer is 1."""
    if isinstance(gain, bool) or not isinstance(gain, numbers.Real | np.ndarray) or np.size(gain) != 1:
        return "Give one number."
    gain = float(np.reshape(gain, ()))
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


def check_tanh_medians(medians):
    """10.3: median accuracy of tanh nets under three draws."""
    labels = ("N(0, 1)", "Glorot", "N(0, 0.1)")
    if not hasattr(medians, "keys"):
        return "Give a dictionary from the name of each draw to a median accuracy."
    missing = [label for label in labels if label not in medians]
    if missing:
        return f"The dictionary has no entry {missing[0]!r}."
    values = {label: np.asarray(medians[label], dtype=float) for label in labels}
    if any(value.size != 1 for value in values.values()):
        return "Each entry is one number: the median over the replicas after the last epoch."
    if any(not 0 <= value <= 1 for value in values.values()):
        return "An accuracy lies between 0 and 1."
    if min(values["N(0, 1)"], values["Glorot"]) < 0.97:
        return "The first two draws are those of the first comparison: take tanh, and the last epoch."
    if values["N(0, 0.1)"] > 0.9:
        return "So small a draw should not learn in 100 epochs: is 0.1 the standard deviation of every kernel?"
    if values["N(0, 0.1)"] > 0.6 or values["N(0, 0.1)"] < 0.4:
        return "The tiny draw ends elsewhere: tanh, 100 epochs, the legacy RMSprop, the median over replicas?"
    return None


def _gain_of_factor_one():
    from scipy.optimize import brentq

    from helpers import theory

    def excess(gain):
        size = 0.3186  # mean square of a coordinate of the circles
        for n_in in (2, 5, 5):
            variance = n_in * gain**2 * 2 / (n_in + 5) * size
            size = theory.gaussian_mean(lambda x: _sigmoid(x) ** 2, variance)
        return theory.backward_factor("sigmoid", variance, gain**2) - 1

    return brentq(excess, 1.0, 30.0)


def _sigmoid(x):
    return 0.5 + 0.5 * np.tanh(x / 2)


CHECKS = {"10.1": check_products, "10.2": check_gain, "10.3": check_tanh_medians}
