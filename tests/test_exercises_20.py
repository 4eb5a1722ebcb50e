"""The checks of lesson 20 accept what is right, and hint at what is not without giving it away."""

import numpy as np
import pytest

from helpers.exercises.lesson_20 import CHECKS


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def halving(steps, halvings=100):
    """By bisection: no formula."""
    low, high = -20.0, 20.0
    for _ in range(halvings):
        middle = (low + high) / 2
        low, high = (middle, high) if sigmoid(middle) ** steps < 0.5 else (low, middle)
    return low


@pytest.mark.parametrize(
    "answer",
    [
        halving,
        lambda steps: halving(steps, 16),
        lambda steps: -np.log(2 ** (1 / steps) - 1),
        lambda steps: np.array([-np.log(np.expm1(np.log(2) / steps))]),
    ],
)
def test_20_1_accepts_the_bias(answer):
    assert CHECKS["20.1"](answer) is None


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (2.6, "the function itself"),
        (lambda steps: 0.5 ** (1 / steps), "lets through"),
        (lambda steps: np.log(2 ** (1 / steps) - 1), "sign"),
        (lambda steps: np.log(0.5) / steps, "whole sigmoid"),
        (lambda steps: -np.log(np.expm1(1 / steps)), "1/e, not one half"),
        (lambda steps: np.log(max(steps - 1, 0.5)), "about 1/e"),
        (lambda steps: -np.log(4 ** (1 / steps) - 1), "0.25 is left"),
        (lambda steps: np.log(steps), "as often as there are steps"),
        (lambda steps: 1.0, "as often as there are steps"),
        (lambda steps: float("nan"), "one finite number: a bias for each number of steps"),
        (lambda steps: (1.0, 2.0), "one finite number"),
    ],
)
def test_20_1_hints(answer, hint):
    assert hint in CHECKS["20.1"](answer)


def slope_at_zero(U, b):
    """The step's derivative by central differences, as nobody would write it."""

    def step(h):
        keep = sigmoid(b)
        return keep * h + (1 - keep) * np.tanh(0.5 * (h @ U))

    eye = np.eye(len(U)) * 1e-5
    return np.array([(step(e) - step(-e)) / 2e-5 for e in eye])


def gru_rate(U, b):
    return np.abs(np.linalg.eigvals(slope_at_zero(U, b))).max()


@pytest.mark.parametrize(
    "answer",
    [
        gru_rate,
        lambda U, b: np.abs(sigmoid(b) + (1 - sigmoid(b)) / 2 * np.linalg.eigvals(U)).max(),
        lambda U, b: np.abs(np.linalg.eigvals((sigmoid(b) * np.eye(len(U)) + sigmoid(-b) * U / 2).T)).max(),
    ],
)
def test_20_2_accepts_the_rate(answer):
    assert CHECKS["20.2"](answer) is None


def with_step(function):
    return lambda U, b: np.abs(np.linalg.eigvals(function(U, sigmoid(b)))).max()


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (0.63, "the function itself"),
        (with_step(lambda U, k: (1 - k) * np.eye(len(U)) + k * U / 2), "how much to keep"),
        (with_step(lambda U, k: k * np.eye(len(U)) + (1 - k) * U), "one more gate"),
        (with_step(lambda U, k: k * np.eye(len(U)) + U / 4), "share of the candidate"),
        (lambda U, b: np.linalg.norm(slope_at_zero(U, b), 2), "singular value"),
        (lambda U, b: sigmoid(b) + sigmoid(-b) / 2 * np.abs(np.linalg.eigvals(U)).max(), "do not add"),
        (lambda U, b: np.linalg.eigvals(slope_at_zero(U, b)).real.max(), "complex or negative"),
        (lambda U, b: sigmoid(b), "Differentiate"),
        (lambda U, b: np.linalg.eigvals(U), "one finite number: the factor of a step"),
    ],
)
def test_20_2_hints(answer, hint):
    assert hint in CHECKS["20.2"](answer)


def test_no_hint_gives_the_answer():
    wrong = [lambda steps, s=s: -np.log(np.exp(s / steps) - 1) for s in (0.1, 1.0, 2.0)]
    for answer in [*wrong, lambda steps: 1.0, lambda steps: 0.5 ** (1 / steps), lambda steps: np.log(0.5) / steps]:
        hint = CHECKS["20.1"](answer)
        assert "log" not in hint.replace("logarithm", "") and "2 **" not in hint
    for answer in (lambda U, b: 0.5, lambda U, b: np.linalg.norm(U, 2)):
        assert "/ 2" not in CHECKS["20.2"](answer) and "eye" not in CHECKS["20.2"](answer)
