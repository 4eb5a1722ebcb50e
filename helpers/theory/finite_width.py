"""What finite width adds: the spread of a signal's size over nets, dead nets, singular values."""

import numpy as np
from scipy.special import digamma, polygamma
from scipy.stats import binom

from helpers.checks import integer


def log_norm_law(depth, width):
    """Mean and variance of log(||h||^2 / n) after L ReLU layers with He initialisation, over draws of the net.

    For one input of ||x||^2 / n = 1. A typical net loses its signal as depth grows at fixed width, though the mean
    of ||h||^2 / n over nets stays 1. Nets in which a whole layer is zero, 1 - (1 - 2^-n)^L of them, have no
    logarithm; both numbers are of the others.

    Both are exact at any depth and width. That the logarithm is normal, too, holds only in the limit of many wide
    layers; its mean and variance are then -5b/2 and 5b with b = L/n, to leading order in 1/n. At n = 100 the exact
    mean and variance are 2 % and 4 % further from zero than that, at n = 20 they are 10 % and 25 %.

    Args:
        depth: L, number of hidden layers, at least 1.
        width: n, units in each.

    Returns:
        ``(mean, variance)``: floats.

    Raises:
        TypeError: If an argument is not an integer.
        ValueError: If an argument is below 1.

    Source:
        Hanin and Rolnick (2018), "How to start training", and Hanin (2018), "Which neural net architectures give
        rise to exploding and vanishing gradients?", have the leading order; zero biases, normal kernels. Exactly:
        given the layer before, a layer's pre-activations are independent normal numbers of mean 0, k of them are
        positive with k binomial, and ||h||^2 changes by a factor of 2/n times a chi-square of k degrees of freedom,
        whose logarithm has mean digamma(k/2) + log 2 and variance trigamma(k/2).

    Example:
        >>> mean, variance = log_norm_law(20, 100)
        >>> round(mean, 3), round(variance, 3)  # leading order: -0.5 and 1.0
        (-0.508, 1.039)
    """
    depth, width = integer("depth", depth), integer("width", width)
    positive = np.arange(1, width + 1)
    share = binom.pmf(positive, width, 0.5)
    share /= share.sum()
    means, variances = digamma(positive / 2) + np.log(4 / width), polygamma(1, positive / 2)
    mean = share @ means
    variance = share @ variances + share @ (means - mean) ** 2
    return float(depth * mean), float(depth * variance)


def preactivation_kurtosis(depth, width):
    """Kurtosis of a pre-activation in layer L of a ReLU net with He initialisation, over draws of the net.

    The kurtosis E[z^4] / E[z^2]^2 of a normal number is 3. In layer 1 a pre-activation is normal over draws; deeper,
    its size differs from net to net, and its tails are heavier: 3 (1 + 5/n)^(L-1). Exact at any width.

    Args:
        depth: L, the layer, at least 1.
        width: n, units in each layer.

    Returns:
        The kurtosis, a float; not the excess over 3.

    Raises:
        TypeError: If an argument is not an integer.
        ValueError: If an argument is below 1.

    Source:
        Follows from the factor in ``log_norm_law``: 2/n times a chi-square of k degrees of freedom has the mean
        square 4 (k^2 + 2k) / n^2, which is 1 + 5/n on average over binomial k. Hanin and Rolnick (2018) bound the
        same moments; zero biases, normal kernels, one input, nets with dead layers among them.

    Example:
        >>> round(preactivation_kurtosis(10, 20), 1)
        22.4
    """
    depth, width = integer("depth", depth), integer("width", width)
    return float(3 * (1 + 5 / width) ** (depth - 1))


def born_dead_probability(depth, width):
    """Probability that a ReLU net with one input is constant from the start, on inputs of one sign.

    A layer is dead if all its units are off; whichever input has this sign, each unit is on with
    probability 1/2, independently of the others: 1 - (1 - 2^-N)^H.

    Args:
        depth: H, number of hidden layers, at least 1.
        width: N, units in each, at least 1.

    Returns:
        The probability, a float.

    Raises:
        TypeError: If an argument is not an integer.
        ValueError: If an argument is below 1.

    Source:
        Lu, Shin, Su and Karniadakis (2019), "Dying ReLU and initialization: theory and numerical examples",
        for weights symmetric about 0 and zero biases. With several inputs, or inputs of both signs, it is
        an upper bound.

    Example:
        >>> round(born_dead_probability(10, 2), 3)
        0.944
    """
    depth, width = integer("depth", depth), integer("width", width)
    return float(-np.expm1(depth * np.log1p(-(2.0**-width))))


def quarter_circle_density(values):
    """Density of the singular values of a large square matrix with independent entries of variance 1/N.

    Args:
        values: Singular values, an array or number; 0 or more.

    Returns:
        sqrt(4 - s^2) / pi up to 2, and 0 beyond; an array of the same shape.

    Raises:
        TypeError: If ``values`` are not numbers.
        ValueError: If a value is negative or nan.

    Source:
        The Marchenko-Pastur law (1967) for square matrices; entries of mean 0, N to infinity.

    Example:
        >>> quarter_circle_density([0.0, 2.0, 3.0]).round(3)
        array([0.637, 0.   , 0.   ])
    """
    s = _singular(values)
    return np.sqrt(np.maximum(4 - s**2, 0)) / np.pi


def quarter_circle_cdf(values):
    """Share of the singular values at or below each value, under ``quarter_circle_density``.

    Args:
        values: As for ``quarter_circle_density``.

    Returns:
        An array of the same shape.

    Raises:
        TypeError: If ``values`` are not numbers.
        ValueError: If a value is negative or nan.

    Source:
        As ``quarter_circle_density``; its integral.

    Example:
        >>> quarter_circle_cdf([0.0, 2.0]).tolist()
        [0.0, 1.0]
    """
    s = np.minimum(_singular(values), 2)
    return (s * np.sqrt(4 - s**2) / 2 + 2 * np.arcsin(s / 2)) / np.pi


def _singular(values):
    try:
        s = np.asarray(values)
    except ValueError:  # rows of several lengths
        s = np.array(None)
    if s.dtype.kind not in "iuf":
        raise TypeError(f"values must be singular values, an array of numbers or one number, got {values!r}")
    if np.any(s < 0) or np.isnan(s).any():
        raise ValueError(f"values must be singular values, 0 or more, got {values!r}")
    return s.astype(float)
