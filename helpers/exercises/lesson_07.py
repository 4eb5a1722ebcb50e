"""Checks of lesson 07: dying ReLU units."""

import numpy as np


def check_width(answer):
    """07.1: a function of (layers, share): the least width with a smaller probability of being born dead."""
    if not callable(answer):
        return "Hand in the function itself, without calling it."
    for layers, share in ((1, 0.3), (10, 0.1), (30, 0.01), (5, 0.5), (100, 0.001)):
        got = np.asarray(answer(layers, share))
        if got.size != 1 or got.dtype.kind not in "fiu" or not np.isfinite(got).all():
            return "Return one number of units."
        got = float(got.reshape(()))
        if got != round(got):
            return "Part of a unit cannot be had: return a whole number."
        if got < 1:
            return "A layer has at least one unit."
        if _born_dead(got, layers) >= share:
            return f"For {layers} layers and a share of {share} that is too narrow: put your width into the formula."
        if got > 1 and _born_dead(got - 1, layers) < share:
            return f"For {layers} layers and a share of {share} a narrower net would do."
    return None


def check_slope(answer):
    """07.2: a function of (share, steps, std, width): the slope that leaves that share."""
    if not callable(answer):
        return "Hand in the function itself, without calling it."
    settings = ((0.001, 4, 1.0, 3), (0.1, 1, 0.5, 16), (0.01, 2, 0.2, 5), (0.5, 10, 0.1, 100))
    got = np.array([float(answer(*setting)) for setting in settings])

    def matches(function):
        return np.allclose(got, [function(*setting) for setting in settings], rtol=0.02, atol=0)

    if matches(lambda share, steps, std, width: share ** (1 / steps) / std):
        return "That holds for layers of one unit: the signal of a unit is a sum over several others."
    if matches(lambda share, steps, std, width: share ** (1 / steps) / (std * width)):
        return "Independent terms add their squares, not their sizes."
    if matches(lambda share, steps, std, width: share ** (1 / steps) / (std**2 * width)):
        return "You divide by a squared length; a length is its root."
    if matches(lambda share, steps, std, width: share / (std * np.sqrt(width))):
        return "That is the slope for one layer; here several factors have to multiply to the share."
    if matches(lambda share, steps, std, width: share / (std * np.sqrt(width)) ** steps):
        return "That is what the slopes of all layers have to multiply to; you need the slope of one."
    if not matches(_slope):
        return (
            "Write the share as a product of equal factors, one for each step, and each factor as "
            "slope times the typical length of a row of the kernel."
        )
    return None


def check_revival(answer):
    """07.3: a function of (kernel, bias, points): a bias under which no unit is dead."""
    if not callable(answer):
        return "Hand in the function itself, without calling it."
    generator = np.random.default_rng(7)
    for shift in (0.0, 3.0):  # with data off the centre, a bias of zero revives nobody, or too much
        points = generator.normal(size=(201, 2)) + shift
        kernel = generator.normal(size=(2, 6))
        bias = np.array([0.5, -60.0, 0.0, -45.0, -0.3, -90.0])
        reach = points @ kernel
        bias[[0, 2, 4]] -= np.median(reach[:, [0, 2, 4]], axis=0)  # alive for certain
        given = kernel.copy(), bias.copy(), points.copy()
        new = np.asarray(answer(*given), dtype=float)
        if not all(np.array_equal(a, b) for a, b in zip(given, (kernel, bias, points), strict=True)):
            return "Your function changes the arrays it is given; work on a copy."
        if new.shape != bias.shape:
            return f"Return one bias for each unit, an array of shape {bias.shape}; yours has {new.shape}."
        dead = (reach + bias).max(axis=0) <= 0
        if not np.array_equal(new[~dead], bias[~dead]):
            return "A living unit has got another bias: change only units that are positive at no point."
        positive = (reach + new > 0).mean(axis=0)[dead]
        if (positive == 0).any():
            return "A unit is still dead: look at what its kernel alone gives at the points."
        if (positive == 1).any():
            return "A unit is now positive at every point; it should be so at half of them."
        if (np.abs(positive - 0.5) > 0.02).any():
            return "The units are alive, but not positive at half of the points: which point is in the middle?"
    return None


def _born_dead(width, layers):
    return 1 - (1 - 2.0**-width) ** layers


def _slope(share, steps, std, width):
    return share ** (1 / steps) / (std * np.sqrt(width))


CHECKS = {"07.1": check_width, "07.2": check_slope, "07.3": check_revival}
