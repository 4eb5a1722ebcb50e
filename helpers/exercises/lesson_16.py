"""Checks of lesson 16: batch norm's factor, a ReLU at the end of a branch, the scale of a branch."""

import numpy as np
from scipy.special import expit

from helpers import theory
from helpers.exercises.answers import a_function, a_number, one_number

# E[f], E[f^2] of the activations asked about come from theory, by name; the linear one is a trap: it has factor 1
_FUNCTIONS = {
    "relu": lambda z: np.maximum(z, 0),
    "tanh": np.tanh,
    "softsign": lambda z: z / (1 + np.abs(z)),
    "sigmoid": expit,
    "linear": lambda z: z,
}


@a_function
def check_explosion(answer):
    """16.1: a function of an activation's name: E[f'^2] / Var f."""
    for name, f in _FUNCTIONS.items():
        got = one_number(answer(name))
        if got is None:
            return f"For {name!r} the function should return one number."
        slope = theory.backward_factor(name, 1.0, 1.0)
        square, mean = theory.gaussian_mean(lambda z, f=f: f(z) ** 2, 1.0), theory.gaussian_mean(f, 1.0)
        right = slope / (square - mean**2)
        if abs(got / right - 1) < 0.01:
            continue
        if abs(got * right - 1) < 0.01:
            return f"For {name} that is one over it: a gradient that passes is divided by the spread of the signal."
        if abs(got / np.sqrt(right) - 1) < 0.01:
            return f"For {name} that is the factor of the gradient; the task asks for that of its square."
        if abs(got / (slope / square) - 1) < 0.01:
            return f"For {name} that is layer norm's: what all samples share does not count for batch norm."
        if abs(got - slope) < 0.01:
            return f"For {name} that is only what the activation does to a gradient; and the division by the spread?"
        return f"Not so for {name}. Two expectations over a normal variable: one of the slope, one of the output."
    return None


@a_number("a factor per block")
def check_growth(got):
    """16.2: the factor of the second moment per block h + ReLU(h W), after many blocks."""
    right = _relu_before_addition()
    if abs(got - right) < 0.1:
        return None
    if abs(got - 2) < 0.1:
        return "That holds where the branch has mean zero. Has a ReLU?"
    if abs(got - np.sqrt(right)) < 0.05:
        return "That is the growth of the signal; the task asks for its second moment."
    if abs(got - np.log(right)) < 0.05:
        return "That is the logarithm of the factor."
    if abs(got - (2 + 2 / np.sqrt(np.pi))) < 0.05:
        return "So it would be if all of h were mean; follow the mean of h and its second moment together."
    return (
        "Follow two numbers from block to block, the second moment of h and its mean; or measure, at width 256 or more."
    )


def _relu_before_addition():
    share, growth = 0.0, 2.0  # the mean of h over its root mean square
    for _ in range(200):
        growth = 2 + 2 * share / np.sqrt(np.pi)
        share = (share + 1 / np.sqrt(np.pi)) / np.sqrt(growth)
    return growth


@a_number("the scale of the branches")
def check_branch_scale(got):
    """16.3: the s with (1 + s^2)^100 = 2."""
    right = np.sqrt(2**0.01 - 1)
    if abs(got - right) < 0.0006:
        return None
    if abs(got + right) < 0.0006:
        return "A scale of that size, yes; take the positive one."
    if abs(got - right**2) < 0.0006:
        return "That is s squared."
    if abs(got - 0.1) < 0.0006:
        return "That is the lesson's scale; through all blocks it multiplies by nearly e."
    if abs(got - np.sqrt(2**0.005 - 1)) < 0.0006:
        return "That doubles more slowly: second moments are squares already."
    if abs(got - 2**0.01) < 0.01:
        return "That is about the factor of a whole block; what of it is the branch's?"
    return "Write the second moment after one block as a multiple of the one before; then take a hundred of them."


CHECKS = {"16.1": check_explosion, "16.2": check_growth, "16.3": check_branch_scale}
