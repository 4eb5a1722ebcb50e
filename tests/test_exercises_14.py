"""The checks of lesson 14 accept what is right, and hint at what is not without giving it away."""

import numpy as np
import pytest

from helpers.exercises.lesson_14 import CHECKS


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
def test_14_1_accepts_the_two_products(answer):
    assert CHECKS["14.1"](answer) is None


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
def test_14_1_hints(answer, hint):
    assert hint in CHECKS["14.1"](answer)


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
def test_14_2_accepts_the_singular_values(answer):
    assert CHECKS["14.2"](answer) is None


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
def test_14_2_hints(answer, hint):
    assert hint in CHECKS["14.2"](answer)


@pytest.mark.parametrize(
    ("exercise", "answer", "secret"),
    [("14.1", lambda i, o: (i, o), "2 /")]
    + [("14.2", pair, "0.8") for pair in ((1.0, 0.85), (1.0, 1.0), (0.5, 0.6), (2.0, 1.0), (0.85, 2.0), 7)],
)
def test_no_hint_gives_the_answer(exercise, answer, secret):
    assert secret not in CHECKS[exercise](answer)
