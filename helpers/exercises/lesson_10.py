"""Checks of lesson 10: dying ReLU units."""

import numpy as np

from helpers.exercises.answers import CHANGED, a_function, hint_of_rule, returns_one_number, same_arrays


@returns_one_number("a number of units")
def check_count(answer):
    """10.1: a function of outputs, an array (points, units): the number of units that are zero at every point."""
    generator = np.random.default_rng(11)
    layers = []
    for points, units, dead in ((50, 8, 3), (40, 6, 0), (30, 5, 5), (9, 20, 7), (1, 4, 2)):
        outputs = generator.uniform(0.1, 2.0, size=(points, units)) * (generator.random((points, units)) < 0.7)
        outputs[:, units // 2] = 0.0
        outputs[generator.integers(points, size=units), np.arange(units)] = 1.0  # one point is enough
        if points > 1:
            outputs[points // 2] = 0.0  # a point at which all units are zero
        outputs[:, generator.permutation(units)[:dead]] = 0.0
        layers.append((outputs,))
    rules = (
        (lambda h: (h == 0).all(axis=0).sum(), None),
        (lambda h: (h == 0).sum(), "That counts single outputs; a unit has one for each point."),
        (lambda h: (h == 0).any(axis=0).sum(), "A unit that is zero at some points is not dead: it must be so at all."),
        (lambda h: (h == 0).all(axis=1).sum(), "That counts points at which all units are zero: the other axis."),
        (lambda h: (h == 0).any(axis=1).sum(), "That counts points; units are the columns."),
        (lambda h: (h > 0).any(axis=0).sum(), "That counts the units that are alive."),
        (lambda h: (h == 0).all(axis=0).mean(), "That is a share; return how many they are."),
        (lambda h: (h[0] == 0).sum(), "One point does not tell: look at all of them."),
    )
    otherwise = "Ask of each unit, a column of the array, whether it is zero at every point, and count those."
    return hint_of_rule([answer(*(h.copy() for h in layer)) for layer in layers], layers, rules, otherwise)


@returns_one_number("a number of units")
def check_width(answer):
    """10.2: a function of (layers, share): the least width with a smaller probability of being born dead."""
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


CHECKS = {"10.1": check_count, "10.2": check_width, "10.3": check_revival}
