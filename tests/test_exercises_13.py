"""The checks of lesson 13 accept what is right, and hint at what is not without giving it away."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.special import expit
from scipy.stats import norm

from helpers import data
from helpers.exercises.lesson_13 import CHECKS


def factor_of_third_layer(gain):
    """By adaptive quadrature, from the points of the lesson on."""

    def mean(function):
        return quad(lambda z: function(z) * norm.pdf(z), -12, 12, points=[0], epsabs=1e-12, limit=400)[0]

    size = np.mean(np.square(data.circles()[0]))
    for n_in in (2, 5, 5):
        root = np.sqrt(n_in * gain**2 * 2 / (n_in + 5) * size)
        size = mean(lambda z, root=root: expit(root * z) ** 2)
    return gain * np.sqrt(mean(lambda z: (expit(root * z) * expit(-root * z)) ** 2))


GAIN = brentq(lambda gain: factor_of_third_layer(gain) - 1, 1.0, 30.0, xtol=1e-4)


def products(n_in, n_out):
    variance = 2 / (n_in + n_out)
    return n_in * variance, n_out * variance


@pytest.mark.parametrize(
    "answer",
    [
        products,
        lambda i, o: [2 * i / (i + o), 2 * o / (i + o)],
        lambda i, o: np.array([i, o]) * (np.sqrt(6) / np.sqrt(i + o)) ** 2 / 3,
    ],
)
def test_10_1_accepts_the_two_products(answer):
    assert CHECKS["13.1"](answer) is None


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda i, o: products(i, o)[::-1], "wrong order"),
        (lambda i, o: (6 * i / (i + o), 6 * o / (i + o)), "squared limit"),
        (lambda i, o: np.array([i, o]) * np.sqrt(2 / (i + o)), "standard deviation"),
        (lambda i, o: (1.0, i / o), "n_in=2, n_out=50"),
        (lambda i, o: (1.0, 1.0), "Only one of the two"),
        (lambda i, o: 2 / (i + o), "two numbers"),
        (products(2, 50), "the function itself"),
    ],
)
def test_10_1_hints(answer, hint):
    assert hint in CHECKS["13.1"](answer)


@pytest.mark.parametrize("answer", [GAIN, GAIN + 0.09, GAIN - 0.09, np.float64(GAIN), np.array([GAIN])])
def test_10_2_accepts_the_gain(answer):
    assert CHECKS["13.2"](answer) is None


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (4, "slope is largest"),
        (GAIN**2, "gain squared"),
        (2.0, "below 1"),
        (GAIN - 0.11, "below 1"),
        (GAIN + 0.11, "above 1"),
        (-1.0, "positive"),
        ((4.0, 5.0), "one number"),
        ("4", "one number"),
        (True, "one number"),
        (float("nan"), "one number: a gain"),
    ],
)
def test_10_2_hints(answer, hint):
    assert hint in CHECKS["13.2"](answer)


def singular_values(limit, seed=1):
    kernel = np.random.default_rng(seed).uniform(-limit, limit, size=(256, 256))
    return np.linalg.svd(kernel, compute_uv=False)


NORMALISED, STANDARD = singular_values(np.sqrt(6 / 512)), singular_values(1 / 16)


def mean_and_rms(values):
    return values.mean(), np.sqrt(np.mean(values**2))


@pytest.mark.parametrize(
    "answer",
    [
        mean_and_rms(NORMALISED),
        list(mean_and_rms(singular_values(np.sqrt(6 / 512), seed=2))),
        np.array([0.85, 1.0]),
        (8 / (3 * np.pi), 1),
    ],
)
def test_10_3_accepts_the_singular_values(answer):
    assert CHECKS["13.3"](answer) is None


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (mean_and_rms(NORMALISED)[::-1], "wrong order"),
        (mean_and_rms(STANDARD), "standard draw"),
        ((NORMALISED.mean(), np.linalg.norm(NORMALISED)), "divide by the number"),
        ((NORMALISED.sum(), np.linalg.norm(NORMALISED)), "divide by the number"),
        ((1.0, 1.0), "differ by more"),
        ((0.8, 1.0), "The mean comes"),
        ((0.85, np.median(NORMALISED)), "root mean square comes"),
        (0.85, "two numbers"),
        ("0.85, 1", "two numbers"),
        ((0.85, float("nan")), "two numbers"),
        (NORMALISED, "two numbers"),
        ({"mean": 0.85}, "two numbers"),
    ],
)
def test_10_3_hints(answer, hint):
    assert hint in CHECKS["13.3"](answer)


@pytest.mark.parametrize(
    ("exercise", "answer", "secret"),
    [("13.2", g, f"{GAIN:.1f}") for g in (1.0, 4.0, 8.0, 20.0, GAIN**2)]
    + [("13.1", lambda i, o: (i, o), "2 /")]
    + [("13.3", pair, "0.8") for pair in ((1.0, 0.85), (1.0, 1.0), (0.5, 0.6), (2.0, 1.0), (0.85, 2.0), 7)],
)
def test_no_hint_gives_the_answer(exercise, answer, secret):
    assert secret not in CHECKS[exercise](answer)
