"""The checks of lesson 22 accept what is right, and hint at what is not without giving it away."""

import math

import numpy as np
import pytest
import tensorflow as tf
from scipy.stats import binom

from helpers.exercises.lesson_22 import CHECKS


def still_possible(n):
    return 1 - 0.05 ** (1 / n)


@pytest.mark.parametrize(
    "answer",
    [
        still_possible,
        lambda n: -np.expm1(np.log(0.05) / n),
        lambda n: np.array([round(still_possible(n), 4)]),
        lambda n: next(p for p in np.linspace(0, 1, 10001) if (1 - p) ** n <= 0.05),
    ],
)
def test_22_1_accepts_the_rate(answer):
    assert CHECKS["22.1"](answer) is None


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda n: 0.05 ** (1 / n), "rate of success"),
        (lambda n: 1 - 0.95 ** (1 / n), "once in twenty"),
        (lambda n: 1 / n, "not rare yet"),
        (lambda n: 1 / (n + 1), "not rare yet"),
        (lambda n: 3 / n, "rule of three"),
        (lambda n: 30 / n, "between 0 and 1"),
        (lambda n: n / (n + 3), "n=10"),
        (lambda n: [n, n], "one finite number: a failure rate"),
        (0.26, "the function itself"),
    ],
)
def test_22_1_hints(answer, hint):
    assert hint in CHECKS["22.1"](answer)
    assert not any(told in CHECKS["22.1"](answer) for told in ("0.05 **", "0.26"))


def right_share(better, worse, n, statistic=np.mean):
    generator = np.random.default_rng(n)
    of_better, of_worse = (statistic(generator.choice(v, (2000, n)), axis=1) for v in (better, worse))
    return np.mean(of_better > of_worse)


def by_resampling(a, b):
    better, worse = (a, b) if np.mean(a) > np.mean(b) else (b, a)
    return next(n for n in range(1, 200) if right_share(better, worse, n) >= 0.95)


def by_formula(a, b):
    return np.ceil(1.645**2 * (np.var(a) + np.var(b)) / (np.mean(a) - np.mean(b)) ** 2)


def one_sided(a, b):
    if np.mean(a) < np.mean(b):
        return 1000
    return by_resampling(a, b)


@pytest.mark.parametrize("answer", [by_resampling, by_formula])
def test_22_2_accepts_the_number(answer):
    assert CHECKS["22.2"](answer) is None


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (one_sided, "Right if the first"),
        (lambda a, b: one_sided(b, a), "Right if the second"),
        (lambda a, b: 1, "Too few"),
        (lambda a, b: by_formula(a, b) / 2, "Too few"),
        (lambda a, b: 4 * by_formula(a, b), "Too many"),
        (lambda a, b: 0, "at least 1"),
        (lambda a, b: a, "at least 1"),
        (20, "the function itself"),
    ],
)
def test_22_2_hints(answer, hint):
    assert hint in CHECKS["22.2"](answer)


def tail(rate, runs, failures):
    return sum(math.comb(runs, k) * rate**k * (1 - rate) ** (runs - k) for k in range(failures, runs + 1))


def surprise(rate, runs, failures, settings):
    return 1 - (1 - tail(rate, runs, failures)) ** settings


def by_scipy(rate, runs, failures, settings):
    return -np.expm1(settings * binom.logcdf(failures - 1, runs, rate))


def with_a_tensor(rate, runs, failures, settings):
    return tf.constant([surprise(rate, runs, failures, settings)])


@pytest.mark.parametrize("answer", [surprise, by_scipy, with_a_tensor])
def test_22_3_accepts_the_chance(answer):
    assert CHECKS["22.3"](answer) is None


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda p, n, k, m: tail(p, n, k), "one setting; there are several"),
        (lambda p, n, k, m: tail(p, n, k) - tail(p, n, k + 1), "exactly so many"),
        (lambda p, n, k, m: 1 - (1 - tail(p, n, k) + tail(p, n, k + 1)) ** m, "More failures than that"),
        (lambda p, n, k, m: surprise(p, n, k + 1, m), "As many failures as that"),
        (lambda p, n, k, m: m * tail(p, n, k), "excludes the other"),
        (lambda p, n, k, m: min(1, m * tail(p, n, k)), "upper bound"),
        (lambda p, n, k, m: tail(p, n, k) ** m, "all settings"),
        (lambda p, n, k, m: 1 - surprise(p, n, k, m), "no setting"),
        (lambda p, n, k, m: k / n, "First one setting"),
        (lambda p, n, k, m: [p, n], "one finite number: a probability"),
        (lambda *sizes: 0.1, "in this order"),
        (lambda p: p, "in this order"),
        (0.09, "the function itself"),
    ],
)
def test_22_3_hints(answer, hint):
    assert hint in CHECKS["22.3"](answer)


def test_hints_do_not_tell_the_answer():
    wrong = {
        "22.1": [lambda n: 1 / n, lambda n: 0.0, lambda n: 30 / n],
        "22.2": [lambda a, b: 1, lambda a, b: 500],
        "22.3": [lambda p, n, k, m: tail(p, n, k), lambda p, n, k, m: 0.5],
    }
    for exercise, answers in wrong.items():
        for answer in answers:
            hint = CHECKS[exercise](answer)
            assert not any(word in hint for word in ("0.05 **", "0.26", "1.645", "binom", "sf(", "**")), hint
