"""The checks of lesson 13 accept what is right, and hint at what is not without giving it away."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.stats import norm

from helpers import theory
from helpers.exercises.lesson_13 import CHECKS


def by_steps(chi, share):
    layers, distance = 0, 1.0
    while distance > share:
        layers, distance = layers + 1, distance * chi**0.5
    return layers


def fading(chi, share):
    return np.log(share) / np.log(chi**0.5)


@pytest.mark.parametrize(
    "answer",
    [
        by_steps,
        lambda chi, share: int(np.ceil(2 * np.log(share) / np.log(chi))),
        lambda chi, share: np.ceil(np.array([np.log(share**2) / np.log(chi)])),
    ],
)
def test_13_1_accepts_the_layers(answer):
    assert CHECKS["13.1"](answer) is None


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (34, "the function itself"),
        (fading, "whole"),
        (lambda chi, share: int(fading(chi, share)), "still more"),
        (lambda chi, share: int(np.ceil(np.log(share) / np.log(chi))), "squares"),
        (lambda chi, share: int(np.ceil(np.log(share) / np.log(chi**0.25))), "A root too many"),
        (lambda chi, share: int(np.ceil(2 / abs(np.log(chi)))), "makes no difference"),
        (lambda chi, share: 34, "Try chi"),
        (lambda chi, share: (1, 2), "one finite number: a whole number of layers"),
        (lambda chi, share: np.nan, "one finite number"),
    ],
)
def test_13_1_hints(answer, hint):
    assert hint in CHECKS["13.1"](answer)


def mean(function):
    return quad(lambda z: function(z) * norm.pdf(z), -12, 12, points=[0], epsabs=1e-12, limit=400)[0]


def critical(b2):
    """By adaptive quadrature: q such that q - E[tanh^2] / E[sech^4] = b2."""

    def slope(q):
        return mean(lambda z: np.cosh(np.sqrt(q) * z) ** -4.0)

    q = brentq(lambda q: q - mean(lambda z: np.tanh(np.sqrt(q) * z) ** 2) / slope(q) - b2, 0.01, 5)
    return 1 / slope(q), q


CRITICAL, VARIANCE = critical(0.2)


@pytest.mark.parametrize("answer", [CRITICAL, CRITICAL + 0.015, np.float32(CRITICAL), np.array([CRITICAL])])
def test_13_2_accepts_the_variance(answer):
    assert CHECKS["13.2"](answer) is None


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (np.sqrt(CRITICAL), "squared"),
        (1.761, "other biases"),
        (1.99, "other biases"),
        (VARIANCE, "pre-activations"),
        (1.0, "vanish"),
        (4.0, "explode"),
        (-2.0, "positive"),
        ((1.0, 2.0), "one number: the critical s squared"),
        ("2", "one number"),
        (True, "one number"),
    ],
)
def test_13_2_hints(answer, hint):
    assert hint in CHECKS["13.2"](answer)


def by_halving(layers, spread):
    low, high = 1, 10_000
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if theory.log_norm_law(layers, middle)[1] ** 0.5 <= spread else (middle + 1, high)
    return low


@pytest.mark.parametrize("answer", [by_halving, lambda layers, spread: np.int64(by_halving(layers, spread))])
def test_13_3_accepts_the_width(answer):
    assert CHECKS["13.3"](answer) is None


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (324, "the function itself"),
        (lambda layers, spread: by_halving(layers, spread**0.5), "not the standard deviation"),
        (lambda layers, spread: by_halving(layers, spread) - 1, "too few"),
        (lambda layers, spread: by_halving(layers, spread) + 1, "One unit less"),
        (lambda layers, spread: int(np.ceil(5 * layers / spread**2)), "leaves out"),
        (lambda layers, spread: 5 * layers / spread**2, "whole"),
        (lambda layers, spread: 64, "Try widths"),
        (lambda layers, spread: None, "one finite number"),
    ],
)
def test_13_3_hints(answer, hint):
    assert hint in CHECKS["13.3"](answer)


def test_no_hint_gives_the_answer():
    for wrong in (1.0, 1.5, 1.761, VARIANCE, 3.0, 4.0):
        assert f"{CRITICAL:.1f}" not in CHECKS["13.2"](wrong)
    for shift in (-5, -1, 1, 5):
        hint = CHECKS["13.1"](lambda chi, share, shift=shift: by_steps(chi, share) + shift)
        assert "sqrt" not in hint and "34" not in hint
        hint = CHECKS["13.3"](lambda layers, spread, shift=shift: by_halving(layers, spread) + shift)
        assert "324" not in hint and "log_norm_law(" not in hint
