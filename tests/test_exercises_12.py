"""The checks of lesson 12 accept what is right, and hint at what is not without giving it away."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.stats import norm

from helpers.exercises.lesson_12 import CHECKS


def until_powers_end(width):
    growth, layer = np.sqrt(width), 0
    while layer * np.log2(growth) < 128:
        layer += 1
    return layer


@pytest.mark.parametrize(
    "answer",
    [
        until_powers_end,
        lambda width: int(np.ceil(256 / np.log2(width))),
        lambda width: np.ceil(np.log(np.finfo(np.float32).max) / np.log(np.sqrt(width))),
        lambda width: np.int64(np.ceil((128 - np.log2(4)) / np.log2(np.sqrt(width)))),
    ],
)
def test_09_1_accepts_the_layer(answer):
    assert CHECKS["12.1"](answer) is None


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (26, "the function itself"),
        (lambda width: 256 / np.log2(width), "whole"),
        (lambda width: until_powers_end(width) - 1, "too early"),
        (lambda width: until_powers_end(width) + 2, "Start from"),
        (lambda width: int(np.ceil(128 / np.log2(width))), "variance"),
        (lambda width: int(np.ceil(2048 / np.log2(width))), "float64"),
        (lambda width: 32, "same layer"),
        (lambda width: (1, 2), "one finite number: a whole number for each width"),
        (lambda width: float("nan"), "one finite number"),
    ],
)
def test_09_1_hints(answer, hint):
    assert hint in CHECKS["12.1"](answer)


def test_09_1_accepts_what_is_measured():
    def measured_where_it_is_quick(width):
        if width > 1024:
            return until_powers_end(width)
        rng, layer = np.random.default_rng(0), 0
        h = rng.standard_normal((16, width), dtype=np.float32)
        with np.errstate(over="ignore", invalid="ignore"):
            while np.isfinite(h).all():
                h = h @ rng.standard_normal((width, width), dtype=np.float32)
                layer += 1
        return layer

    assert CHECKS["12.1"](measured_where_it_is_quick) is None


def mean(function):
    return quad(lambda z: function(z) * norm.pdf(z), -12, 12, points=[0], epsabs=1e-12, limit=400)[0]


def softsign(z):
    return z / (1 + abs(z))


def elu(z):
    return z if z > 0 else np.expm1(z)


GAINS = {"softsign": mean(lambda z: softsign(z) ** 2) ** -0.5, "elu": mean(lambda z: elu(z) ** 2) ** -0.5}


@pytest.mark.parametrize(
    "answer",
    [
        GAINS,
        {"softsign": 2.34, "elu": 1.24, "gelu": 1.5},
        {name: np.array([g + 0.015]) for name, g in GAINS.items()},
    ],
)
def test_09_2_accepts_the_gains(answer):
    assert CHECKS["12.2"](answer) is None


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (2.34, "dictionary"),
        ({"softsign": 2.34}, "'elu'"),
        ({**GAINS, "elu": (mean(lambda z: elu(z) ** 2) - mean(elu) ** 2) ** -0.5}, "std in over std out"),
        ({**GAINS, "softsign": GAINS["softsign"] ** 2}, "squared"),
        ({**GAINS, "elu": 1 / GAINS["elu"]}, "leaves"),
        ({**GAINS, "softsign": 5 / 3}, "Not so for softsign"),
        ({**GAINS, "elu": float("nan")}, "one number"),
        ({**GAINS, "elu": [1.0, 2.0]}, "one number"),
    ],
)
def test_09_2_hints(answer, hint):
    assert hint in CHECKS["12.2"](answer)


def critical(b2):
    """By adaptive quadrature: q such that q - E[tanh^2] / E[sech^4] = b2."""

    def slope(q):
        return mean(lambda z: np.cosh(np.sqrt(q) * z) ** -4.0)

    q = brentq(lambda q: q - mean(lambda z: np.tanh(np.sqrt(q) * z) ** 2) / slope(q) - b2, 0.01, 5)
    return 1 / slope(q), q


CRITICAL, VARIANCE = critical(0.2)


@pytest.mark.parametrize("answer", [CRITICAL, CRITICAL + 0.015, np.float32(CRITICAL), np.array([CRITICAL])])
def test_09_3_accepts_the_variance(answer):
    assert CHECKS["12.3"](answer) is None


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (np.sqrt(CRITICAL), "squared"),
        (1.761, "smaller biases"),
        (VARIANCE, "pre-activations"),
        (1.0, "vanish"),
        (4.0, "explode"),
        (-2.0, "positive"),
        ((1.0, 2.0), "one number: the critical s squared"),
        ("2", "one number"),
        (True, "one number"),
    ],
)
def test_09_3_hints(answer, hint):
    assert hint in CHECKS["12.3"](answer)


def test_no_hint_gives_the_answer():
    for wrong in (1.0, 1.5, 1.761, VARIANCE, 3.0, 4.0):
        assert f"{CRITICAL:.1f}" not in CHECKS["12.3"](wrong)
    for factor in (0.5, 0.9, 1.1, 2.0):
        hint = CHECKS["12.2"]({name: g * factor for name, g in GAINS.items()})
        assert not any(f"{g:.1f}" in hint for g in GAINS.values())
    for shift in (-5, -1, 1, 5):
        hint = CHECKS["12.1"](lambda width, shift=shift: until_powers_end(width) + shift)
        assert "sqrt" not in hint and "26" not in hint
