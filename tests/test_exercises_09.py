"""The checks of lesson 09 accept what is right, and hint at what is not without giving it away."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.stats import norm

from helpers.exercises import check
from helpers.exercises.lesson_09 import CHECKS


def verdict(capsys, exercise, answer):
    check(exercise, answer)
    return capsys.readouterr().out.strip()


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
def test_09_1_accepts_the_layer(capsys, answer):
    assert verdict(capsys, "09.1", answer) == "09.1: right"


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
        (lambda width: (1, 2), "one whole number"),
        (lambda width: float("nan"), "one whole number"),
    ],
)
def test_09_1_hints(capsys, answer, hint):
    text = verdict(capsys, "09.1", answer)
    assert text.startswith("09.1: not yet.") and hint in text


def test_09_1_agrees_with_a_narrow_measurement():
    rng, layer = np.random.default_rng(0), 0
    h = rng.standard_normal((16, 256), dtype=np.float32)
    with np.errstate(over="ignore", invalid="ignore"):
        while np.isfinite(h).all():
            h = h @ rng.standard_normal((256, 256), dtype=np.float32)
            layer += 1
    assert layer == until_powers_end(256)


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
def test_09_2_accepts_the_gains(capsys, answer):
    assert verdict(capsys, "09.2", answer) == "09.2: right"


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
def test_09_2_hints(capsys, answer, hint):
    text = verdict(capsys, "09.2", answer)
    assert text.startswith("09.2: not yet.") and hint in text


def critical(b2):
    """By adaptive quadrature: q such that q - E[tanh^2] / E[sech^4] = b2."""

    def slope(q):
        return mean(lambda z: np.cosh(np.sqrt(q) * z) ** -4.0)

    q = brentq(lambda q: q - mean(lambda z: np.tanh(np.sqrt(q) * z) ** 2) / slope(q) - b2, 0.01, 5)
    return 1 / slope(q), q


CRITICAL, VARIANCE = critical(0.2)


@pytest.mark.parametrize("answer", [CRITICAL, CRITICAL + 0.015, np.float32(CRITICAL), np.array([CRITICAL])])
def test_09_3_accepts_the_variance(capsys, answer):
    assert verdict(capsys, "09.3", answer) == "09.3: right"


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (np.sqrt(CRITICAL), "squared"),
        (1.761, "smaller biases"),
        (VARIANCE, "pre-activations"),
        (1.0, "vanish"),
        (4.0, "explode"),
        (-2.0, "positive"),
        ((1.0, 2.0), "one number"),
        ("2", "one number"),
        (True, "one number"),
    ],
)
def test_09_3_hints(capsys, answer, hint):
    text = verdict(capsys, "09.3", answer)
    assert text.startswith("09.3: not yet.") and hint in text


def test_no_hint_gives_the_answer():
    for wrong in (1.0, 1.5, 1.761, VARIANCE, 3.0, 4.0):
        assert f"{CRITICAL:.1f}" not in CHECKS["09.3"](wrong)
    for factor in (0.5, 0.9, 1.1, 2.0):
        hint = CHECKS["09.2"]({name: g * factor for name, g in GAINS.items()})
        assert not any(f"{g:.1f}" in hint for g in GAINS.values())
    for shift in (-5, -1, 1, 5):
        hint = CHECKS["09.1"](lambda width, shift=shift: until_powers_end(width) + shift)
        assert "sqrt" not in hint and "26" not in hint


@pytest.mark.parametrize("exercise", ["09.1", "09.2", "09.3"])
def test_a_stub_is_not_attempted(capsys, exercise):
    def stub(width): ...

    for answer in (..., stub):
        assert verdict(capsys, exercise, answer) == f"{exercise}: not attempted yet"
