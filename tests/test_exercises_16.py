"""The checks of lesson 16 accept what is right, and hint at what is not without giving it away."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from helpers.exercises.lesson_16 import CHECKS

FUNCTIONS = {  # f and its slope
    "relu": (lambda z: max(z, 0), lambda z: float(z > 0)),
    "tanh": (np.tanh, lambda z: 1 / np.cosh(z) ** 2),
    "softsign": (lambda z: z / (1 + abs(z)), lambda z: (1 + abs(z)) ** -2),
    "sigmoid": (lambda z: 1 / (1 + np.exp(-z)), lambda z: 1 / (2 + 2 * np.cosh(z))),
    "linear": (lambda z: z, lambda z: 1.0),
}


def mean(function):
    return quad(lambda z: function(z) * norm.pdf(z), -12, 12, points=[0], epsabs=1e-12, limit=400)[0]


def by_integrals(name):
    f, slope = FUNCTIONS[name]
    return mean(lambda z: slope(z) ** 2) / (mean(lambda z: f(z) ** 2) - mean(f) ** 2)


def by_samples(name):
    f, slope = (np.vectorize(g, otypes=[float]) for g in FUNCTIONS[name])
    z = np.random.default_rng(0).normal(size=200_000)
    return np.mean(slope(z) ** 2) / np.var(f(z))


@pytest.mark.parametrize("answer", [by_integrals, by_samples, lambda name: np.array([by_integrals(name)])])
def test_13_1_accepts_the_factor(answer):
    assert CHECKS["16.1"](answer) is None


def test_13_1_accepts_the_closed_form_of_relu():
    assert CHECKS["16.1"](lambda name: np.pi / (np.pi - 1) if name == "relu" else by_integrals(name)) is None


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (1.467, "the function itself"),
        (lambda name: f"{name} is large", "one number"),
        (lambda name: (1.0, 2.0), "one number"),
        (lambda name: 1 / by_integrals(name), "one over it"),
        (lambda name: np.sqrt(by_integrals(name)), "of its square"),
        (lambda name: mean(lambda z: FUNCTIONS[name][1](z) ** 2) / mean(lambda z: FUNCTIONS[name][0](z) ** 2), "layer"),
        (lambda name: mean(lambda z: FUNCTIONS[name][1](z) ** 2), "only what the activation does"),
        (lambda name: np.pi / (np.pi - 1), "Not so for tanh"),
        (lambda name: np.nan, "one number"),
        (lambda name: by_integrals(name) if name == "relu" else None, "For 'tanh' the function"),
    ],
)
def test_13_1_hints(answer, hint):
    assert hint in CHECKS["16.1"](answer)


def grown_by_blocks(width=400, blocks=30, nets=4):
    rng, rates = np.random.default_rng(1), []
    for _ in range(nets):
        h, sizes = rng.normal(size=(8, width)), []
        for _ in range(blocks):
            h = h + np.maximum(h @ rng.normal(0, np.sqrt(2 / width), (width, width)), 0)
            sizes.append(np.mean(h**2))
        rates.append((sizes[-1] / sizes[9]) ** (1 / (blocks - 10)))
    return np.mean(rates)


def by_root():
    # r = mean / root mean square settles where 2 r^3 / sqrt(pi) + r^2 = 2 r / sqrt(pi) + 1 / pi
    a = 1 / np.sqrt(np.pi)
    (r,) = (x.real for x in np.roots([2 * a, 1, -2 * a, -(a**2)]) if x.real > 0)
    return 2 + 2 * a * r


@pytest.mark.parametrize("answer", [grown_by_blocks, by_root])
def test_13_2_accepts_measurement_and_theory(answer):
    assert CHECKS["16.2"](answer()) is None


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (2.0, "mean zero"),
        (np.sqrt(by_root()), "growth of the signal"),
        (np.log(by_root()), "logarithm"),
        (2 + 2 / np.sqrt(np.pi), "all of h were mean"),
        (5.0, "two numbers"),
        ("three", "one number: a factor per block"),
        (float("inf"), "one number"),
    ],
)
def test_13_2_hints(answer, hint):
    assert hint in CHECKS["16.2"](answer)
    assert not any(told in CHECKS["16.2"](answer) for told in ("2.8", "2.9"))


@pytest.mark.parametrize("answer", [np.sqrt(2 ** (1 / 100) - 1), 0.0834, np.sqrt(np.expm1(np.log(2) / 100)), [0.0834]])
def test_13_3_accepts_the_scale(answer):
    assert CHECKS["16.3"](answer) is None


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (2**0.01 - 1, "s squared"),
        (0.1, "lesson's scale"),
        (np.sqrt(2**0.005 - 1), "squares already"),
        (2**0.01, "whole block"),
        (-0.0834, "positive"),
        (0.5, "Write the second moment"),
        (True, "one number: the scale of the branches"),
    ],
)
def test_13_3_hints(answer, hint):
    assert hint in CHECKS["16.3"](answer)
    assert "083" not in CHECKS["16.3"](answer)
