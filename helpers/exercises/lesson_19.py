"""Checks of lesson 19: the slope of a chain with shortcuts, the scale of a branch, a ReLU at the end of a branch."""

import numpy as np

from helpers.exercises.answers import CHANGED, a_number, hint_of_rule, returns_one_number


@returns_one_number("the slope of the whole chain")
def check_chain(answer):
    """19.1: a function of the slopes of the branches: the product of 1 + slope."""
    cases = [(np.array(slopes),) for slopes in ([0.5, 0.2, -0.3], [0.1] * 4, [-0.4, 0.9], [0.7])]
    got = []
    for (slopes,) in cases:
        given = slopes.copy()
        got.append(answer(given))
        if not np.array_equal(given, slopes):
            return CHANGED
    rules = (
        (lambda a: np.prod(1 + a), None),
        (np.prod, "That is the chain without shortcuts: what does a block's own input add to its slope?"),
        (
            lambda a: 1 + np.prod(a),
            "So it is if one shortcut leads around the whole chain; each block has its own.",
        ),
        (lambda a: 1 + np.sum(a), "Those are the ways through one branch at most; there are ways through several."),
        (np.sum, "Slopes of blocks that follow one another multiply."),
        (lambda a: np.sum(1 + a), "The slopes of the blocks are right; slopes that follow one another multiply."),
        (lambda a: np.prod(1 - a), "The branch is added, not subtracted."),
        (lambda a: (1 + a)[0], "That is the slope of one block only."),
        (lambda a: (1 + a)[-1], "That is the slope of one block only."),
        (lambda a: np.log(np.prod(1 + a)), "That is the logarithm of the slope."),
    )
    otherwise = "Write down the slope of one block x + f(x); then use the chain rule."
    return hint_of_rule(got, cases, rules, otherwise)


@a_number("the scale of the branches")
def check_branch_scale(got):
    """19.2: the s with (1 + s^2)^100 = 2."""
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
        return "That doubles more slowly: mean squares are squares already."
    if abs(got - 2**0.01) < 0.01:
        return "That is about the factor of a whole block; what of it is the branch's?"
    return "Write the mean square after one block as a multiple of the one before; then take a hundred of them."


@a_number("a factor per block")
def check_growth(got):
    """19.3: the factor of the mean square per block x + ReLU(x W), after many blocks."""
    right = _relu_before_addition()
    if abs(got - right) < 0.1:
        return None
    if abs(got - 2) < 0.1:
        return "That holds where the branch has mean zero. Has a ReLU?"
    if abs(got - np.sqrt(right)) < 0.05:
        return "That is the growth of the signal; the task asks for its mean square."
    if abs(got - np.log(right)) < 0.05:
        return "That is the logarithm of the factor."
    if abs(got - (2 + 2 / np.sqrt(np.pi))) < 0.05:
        return "So it would be if all of x were mean; follow the mean of x and its mean square together."
    return "Follow two numbers from block to block, the mean square of x and its mean; or measure nets of width 256."


def _relu_before_addition():
    share, growth = 0.0, 2.0  # the mean of x over its root mean square
    for _ in range(200):
        growth = 2 + 2 * share / np.sqrt(np.pi)
        share = (share + 1 / np.sqrt(np.pi)) / np.sqrt(growth)
    return growth


CHECKS = {"19.1": check_chain, "19.2": check_branch_scale, "19.3": check_growth}
