"""Checks of lesson 12: a signal through a hundred layers."""

import numpy as np

from helpers import theory
from helpers.exercises.answers import a_dictionary, hint_of_rule, one_number, returns_one_number

_WIDTHS = (300, 1024, 2048, 3000)  # where the largest number, 3 to 5.5 std, decides alike


@returns_one_number("a whole number for each width")
def check_first_lost_layer(answer):
    """12.1: a function of the width: the first linear layer with weights of N(0, 1) that float32 cannot hold."""
    got = np.array([answer(width) for width in _WIDTHS])
    if (got != np.round(got)).any():
        return "Layers come whole: which one is the first that is lost?"
    growth = np.log2(_WIDTHS) / 2
    latest = np.ceil(126 / growth)  # the largest of a layer's numbers is 4 std
    earliest = np.ceil((128 - np.log2(5.5)) / growth)
    if ((got >= earliest) & (got <= latest)).all():
        return None
    if (got == np.ceil(128 / growth)).all():
        return (
            "That is where the std is lost. Some numbers of that layer are larger than the std: are they lost earlier?"
        )
    if ((got >= earliest - 1) & (got <= latest - 1)).all():
        return "One layer too early for every width: count from 1, and the first layer that is *not* finite."
    if ((got >= np.ceil(64 / growth) - 1) & (got <= np.ceil(64 / growth))).all():
        return "That many layers multiply the variance, or its float32 sum, to the end; what of the signal itself?"
    if (np.abs(got - 1024 / growth) <= 2).all():
        return "That is the end of float64."
    if len(set(got)) == 1:
        return "The same layer for every width? A unit of a wider layer is a longer sum."
    return "Start from what one layer does to the std, and ask how often that fits into the range of float32."


@a_dictionary(("softsign", "elu"), "with the keys 'softsign' and 'elu'")
def check_gains(answer):
    """12.2: a dictionary of the gains of softsign and ELU."""
    for name in ("softsign", "elu"):
        value, right = one_number(answer[name]), theory.exact_gain(name)
        if value is None:
            return f"The gain of {name} should be one number."
        if abs(value - right) <= 0.01:
            continue
        if abs(value - right**2) <= 0.01:
            return f"For {name} that is the gain squared, a factor of the variance."
        if abs(value * right - 1) <= 0.01:
            return f"For {name} that is what the activation leaves; the gain undoes it."
        if name == "elu" and abs(value - 1.27) <= 0.01:
            return "For elu that is std in over std out. Does the mean of h drop out of a sum of h W?"
        return f"Not so for {name}: draw a million numbers from N(0, 1), apply it, and look at the mean square."
    return None


_Z = np.linspace(-8, 8, 4000)
_DENSITY = np.exp(-(_Z**2) / 2) / np.exp(-(_Z**2) / 2).sum()


def _mean_square(f, rms):
    return np.sum(_DENSITY * np.square(f(rms * _Z)))


def _rms_at_the_end(f, rms, scale=None, steps=99):
    scale = _mean_square(f, 1.0) ** -0.5 if scale is None else scale
    for _ in range(steps):
        rms = scale * np.sqrt(_mean_square(f, rms))
    return rms


def _relu(z):
    return np.maximum(z, 0)


def _leaky(z):
    return np.where(z > 0, z, 0.5 * z)


def _power(z):
    return np.sign(z) * np.abs(z) ** 1.01


_SHORT = ((np.tanh, 2.0), (_relu, 2.0), (_leaky, 0.5))  # one settles, two keep what they get
_STARTS = (*_SHORT, (_power, 0.1))  # becomes 0.1 to the 1.01 to the number of steps: it counts them
_ENDS = (
    (_rms_at_the_end, None),
    (lambda f, rms: _rms_at_the_end(f, rms) ** 2, "That is the mean square at the end; the task asks for its root."),
    (lambda f, rms: _rms_at_the_end(f, np.sqrt(rms)), "You start from a mean square; the task gives its root."),
    (
        lambda f, rms: np.sqrt(_mean_square(f, _rms_at_the_end(f, rms))),
        "That is what leaves the activations of the last layer; what enters them?",
    ),
    (
        lambda f, rms: _rms_at_the_end(f, rms, scale=1.0),
        "Your kernels have scale 1; each f has a gain of its own to draw them with.",
    ),
    (
        lambda f, rms: _rms_at_the_end(f, rms, scale=1 / _mean_square(f, 1.0)),
        "Gain or its square? One is a factor of the rms, the other of the mean square.",
    ),
    (
        lambda f, rms: _rms_at_the_end(f, rms * _mean_square(f, 1.0) ** -0.5),
        "The rms you are given is that of the first layer's pre-activations, not of the inputs.",
    ),
)


@returns_one_number("the rms of the pre-activations of layer 100")
def check_rms_at_the_end(answer):
    """12.3: a function of (f, rms): rms of the last pre-activations under the gain, from that of the first."""
    found = [answer(f, rms) for f, rms in _STARTS]
    hint = hint_of_rule(
        found,
        _STARTS,
        _ENDS,
        "Take one layer first: by the meaning of a gain, what comes out for an rms of 1, whatever f is?",
        rtol=0.02,
    )
    settled = [_rms_at_the_end(*start) for start in _SHORT]
    if hint and np.allclose(found[:-1], settled, rtol=0.02):
        return (
            "Right where the signal settles or stays, not where it drifts: how many kernels lead from layer 1 to 100?"
        )
    return hint


CHECKS = {"12.1": check_first_lost_layer, "12.2": check_gains, "12.3": check_rms_at_the_end}
