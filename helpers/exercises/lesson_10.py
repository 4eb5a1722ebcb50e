"""Checks of lesson 10: dying ReLU units."""

import numpy as np

from helpers.exercises.answers import CHANGED, a_function, hint_of_rule, returns_one_number, same_arrays


@returns_one_number("a number of units")
def check_width(answer):
    """10.1: a function of (layers, share): the least width with a smaller probability of being born dead."""
    for layers, share in ((1, 0.3), (10, 0.1), (30, 0.01), (5, 0.5), (100, 0.001)):
        got = answer(layers, share)
        if got != round(got):
            return "Part of a unit cannot be had: return a whole number."
        if got < 1:
            return "A layer has at least one unit."
        if _born_dead(got, layers) >= share:
            return f"For {layers} layers and a share of {share} that is too narrow: put your width into the formula."
        if got > 1 and _born_dead(got - 1, layers) < share:
            return f"For {layers} layers and a share of {share} a narrower net would do."
    return None


@returns_one_number("a slope")
def check_slope(answer):
    """10.2: a function of (share, steps, std, width): the slope that leaves that share."""
    settings = ((0.001, 4, 1.0, 3), (0.1, 1, 0.5, 16), (0.01, 2, 0.2, 5), (0.5, 10, 0.1, 100))
    rules = (
        (lambda share, steps, std, width: share ** (1 / steps) / (std * np.sqrt(width)), None),
        (
            lambda share, steps, std, width: share ** (1 / steps) / std,
            "That holds for layers of one unit: the signal of a unit is a sum over several others.",
        ),
        (
            lambda share, steps, std, width: share ** (1 / steps) / (std * width),
            "Independent terms add their squares, not their sizes.",
        ),
        (
            lambda share, steps, std, width: share ** (1 / steps) / (std**2 * width),
            "You divide by a squared length; a length is its root.",
        ),
        (
            lambda share, steps, std, width: share / (std * np.sqrt(width)),
            "That is the slope for one layer; here several factors have to multiply to the share.",
        ),
        (
            lambda share, steps, std, width: share / (std * np.sqrt(width)) ** steps,
            "That is what the slopes of all layers have to multiply to; you need the slope of one.",
        ),
    )
    otherwise = (
        "Write the share as a product of equal factors, one for each step, and each factor as "
        "slope times the typical length of a row of the kernel."
    )
    return hint_of_rule([answer(*setting) for setting in settings], settings, rules, otherwise, rtol=0.02)


@a_function
def check_revival(answer):
    """10.3: a function of (kernel, bias, points): a bias under which no unit is dead."""
    generator = np.random.default_rng(7)
    for shift in (0.0, 3.0):  # with data off the centre, a bias of zero revives nobody, or too much
        points = generator.normal(size=(201, 2)) + shift
        kernel = generator.normal(size=(2, 6))
        bias = np.array([0.5, -60.0, 0.0, -45.0, -0.3, -90.0])
        reach = points @ kernel
        bias[[0, 2, 4]] -= np.median(reach[:, [0, 2, 4]], axis=0)  # alive for certain
        given = kernel.copy(), bias.copy(), points.copy()
        new = np.asarray(answer(*given), dtype=float)
        if not same_arrays(given, (kernel, bias, points)):
            return CHANGED
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


CHECKS = {"10.1": check_width, "10.2": check_slope, "10.3": check_revival}
