"""Gains: how much wider than 1/sqrt(n) weights must be drawn for a signal to keep its size."""

import numpy as np

from helpers.checks import integer, number
from helpers.theory.quadrature import activation_and_slope, mean


def exact_gain(activation):
    """The factor by which an activation shrinks a standard normal signal, undone: 1 / sqrt(E[f(z)^2]).

    With Var(W) = gain^2 / fan_in and zero biases, pre-activations of variance 1 have variance 1 in
    the next layer too. The mean of f(z) counts: for an f whose mean is not zero, 1 / std(f(z)) would
    be another number. Frameworks tabulate 5/3 for tanh instead.

    Args:
        activation: A Keras name, or a function of tensors that acts on each entry alone.

    Returns:
        The gain, a float.

    Raises:
        ValueError: If the activation is unknown, mixes entries or does not keep shape and precision, or is
            zero everywhere or grows too fast.

    Source:
        The condition is that of He et al. (2015), "Delving deep into rectifiers", equation 10, for any f.

    Example:
        >>> round(exact_gain("tanh"), 4), round(exact_gain("relu"), 12) == round(2**0.5, 12)
        (1.5925, True)
    """
    f, _, kinks = activation_and_slope(activation)
    moment = mean(lambda x: f(x) ** 2, 1.0, kinks)
    if moment == 0:
        raise ValueError(f"activation={activation!r} is zero everywhere; no gain brings a signal back")
    if moment == np.inf:
        raise ValueError(f"activation={activation!r} grows too fast: its mean square is not finite")
    return float(1 / np.sqrt(moment))


def variance_factors(fan_in, fan_out, weight_variance, negative_slope=1.0):
    """What one layer multiplies a signal's and a gradient's second moment by, for linear and rectified units.

    Args:
        fan_in: Inputs of a unit, at least 1.
        fan_out: Units an input goes to, at least 1.
        weight_variance: Var(W), 0 or more.
        negative_slope: a: 1 for linear units, 0 for ReLU, between for leaky ReLU.

    Returns:
        ``(forward, backward)``: (1 + a^2) / 2 times fan_in * Var(W), and times fan_out * Var(W).

    Raises:
        TypeError: If a fan is not an integer, or another argument no number.
        ValueError: If an argument is out of its range.

    Source:
        Glorot and Bengio (2010), equations 5 and 6 (a = 1: units near the origin of tanh); He et al.
        (2015), sections 2.2 and 2.3 (weights symmetric about 0).

    Example:
        >>> variance_factors(100, 100, 2 / 100, negative_slope=0.0)
        (1.0, 1.0)
    """
    fan_in, fan_out = integer("fan_in", fan_in), integer("fan_out", fan_out)
    weight_variance = number("weight_variance", weight_variance, minimum=0)
    negative_slope = number("negative_slope", negative_slope, minimum=0, maximum=1)
    passed = (1 + negative_slope**2) / 2 * weight_variance
    return fan_in * passed, fan_out * passed
