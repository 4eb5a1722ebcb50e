"""Checks of lesson 20: gradients through time and gates."""

import numpy as np
from scipy.special import expit as sigmoid
from scipy.special import logit

from helpers.exercises.answers import hint_of_rule, returns_one_number


@returns_one_number("a bias for each number of steps")
def check_halving(answer):
    """20.1: a function of the number of steps: the forget bias that leaves half."""
    steps = np.array([1, 2, 10, 50, 1000])
    got = np.array([answer(int(s)) for s in steps])
    rules = (
        (lambda s: logit(0.5 ** (1 / s)), None),
        (lambda s: 0.5 ** (1 / s), "That is what the gate lets through; which bias gives the gate that value?"),
        (lambda s: -logit(0.5 ** (1 / s)), "The sign is turned: a number kept for longer needs a gate further open."),
        (lambda s: logit(np.exp(-1 / s)), "That leaves 1/e, not one half."),
        (lambda s: np.log(0.5) / s, "That is a logarithm of the gate's value; undo the whole sigmoid."),
    )
    left = sigmoid(got) ** steps
    if np.allclose(got[1:], np.log(steps[1:] - 1), rtol=1e-6, atol=1e-6):  # no such number for one step
        otherwise = "That leaves about 1/e; and what of a single step?"
    elif np.allclose(left, left[0], rtol=1e-6):
        otherwise = f"A share of {left[0]:.2f} is left each time, which is not one half."
    else:
        otherwise = (
            "Apply the gate as often as there are steps, and ask what one gate must be for the product to be a half."
        )
    return hint_of_rule(got, [(s,) for s in steps], rules, otherwise, atol=1e-3)  # a bisection may stop there


@returns_one_number("the factor of a step")
def check_gru_rate(answer):
    """20.2: a function of the candidate's block and the update gate's bias: the spectral radius of a step."""
    rng = np.random.default_rng(0)
    cases = [(rng.normal(size=(n, n)) * size / np.sqrt(n), b) for n, size, b in _CASES]
    otherwise = "Differentiate keep * h + (1 - keep) * tanh(reset * (h V)) at h = 0, and take the largest |eigenvalue|."
    return hint_of_rule([answer(U.copy(), b) for U, b in cases], cases, _RULES, otherwise, atol=1e-8)


_CASES = ((5, 1.0, 0.0), (8, 0.6, 1.5), (8, 3.0, -1.0), (12, 1.2, -2.0))


def _radius(matrix):
    return np.abs(np.linalg.eigvals(matrix)).max()


def _step(U, keep, reset=0.5):
    return keep * np.eye(len(U)) + (1 - keep) * reset * U


_RULES = (
    (lambda U, b: _radius(_step(U, sigmoid(b))), None),
    (
        lambda U, b: _radius(_step(U, 1 - sigmoid(b))),
        "That is for a gate that says how much to replace; Keras's update gate says how much to keep.",
    ),
    (lambda U, b: _radius(_step(U, sigmoid(b), 1.0)), "There is one more gate on the way through the candidate."),
    (
        lambda U, b: _radius(sigmoid(b) * np.eye(len(U)) + U / 4),
        "The share of the candidate changes with the bias of the update gate too.",
    ),
    (
        lambda U, b: np.linalg.norm(_step(U, sigmoid(b)), 2),
        "That is the largest singular value, the worst first step; the law is about the long run.",
    ),
    (
        lambda U, b: sigmoid(b) + (1 - sigmoid(b)) / 2 * _radius(U),
        "Absolute values do not add: the largest eigenvalue of V need not be a positive number.",
    ),
    (lambda U, b: np.linalg.eigvals(_step(U, sigmoid(b))).real.max(), "Eigenvalues may be complex or negative."),
)


CHECKS = {"20.1": check_halving, "20.2": check_gru_rate}
