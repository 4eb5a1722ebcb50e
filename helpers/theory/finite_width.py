"""What finite width adds: the spread of a signal's size over nets, dead nets, singular values."""

import numpy as np

from helpers.checks import integer


def log_norm_law(depth, width):
    """Mean and variance of log(||h||^2 / n) after L ReLU layers with He initialisation, over draws of the net.

    For inputs of ||x||^2 / n = 1, the logarithm is about normal with mean -5b/2 and variance 5b, b = L/n:
    a typical net loses its signal as depth grows at fixed width, though the mean over nets stays 1.

    Args:
        depth: L, number of hidden layers, at least 1.
        width: n, units in each; b should be well below 1.

    Returns:
        ``(mean, variance)``: floats.

    Raises:
        TypeError: If an argument is not an integer.
        ValueError: If an argument is below 1, or L > n, where the law fails.

    Source:
        Hanin and Rolnick (2018), "How to start training"; Hanin (2018), "Which neural net architectures give
        rise to exploding and vanishing gradients?"; zero biases, widths to leading order in 1/n.

    Example:
        >>> log_norm_law(20, 100)
        (-0.5, 1.0)
    """
    depth, width = integer("depth", depth), integer("width", width)
    if depth > width:
        raise ValueError(f"depth must be at most width={width} for the law to hold, got {depth}")
    b = depth / width
    return -2.5 * b, 5 * b


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
