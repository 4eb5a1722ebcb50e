"""The checks of lesson 20 accept what is right, and hint at what is not without giving it away."""

import numpy as np
import pytest

from helpers.exercises.lesson_20 import CHECKS


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
def test_15_1_accepts_the_rate(answer):
    assert CHECKS["20.1"](answer) is None


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda n: 0.05 ** (1 / n), "rate of success"),
        (lambda n: 1 - 0.95 ** (1 / n), "once in twenty"),
        (lambda n: 1 / n, "not rare yet"),
        (lambda n: 1 / (n + 1), "not rare yet"),
        (lambda n: 30 / n, "between 0 and 1"),
        (lambda n: n / (n + 3), "n=10"),
        (lambda n: [n, n], "one finite number: a failure rate"),
        (0.26, "the function itself"),
    ],
)
def test_15_1_hints(answer, hint):
    assert hint in CHECKS["20.1"](answer)
    assert not any(told in CHECKS["20.1"](answer) for told in ("0.05 **", "0.26"))


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
def test_15_2_accepts_the_number(answer):
    assert CHECKS["20.2"](answer) is None


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
def test_15_2_hints(answer, hint):
    assert hint in CHECKS["20.2"](answer)


def bill(cells, forms, workers, training, compiling):
    return cells * training / min(workers, cells) + forms * compiling


@pytest.mark.parametrize("answer", [bill, lambda c, f, w, t, k: np.float64(f * k + c * t / np.minimum(w, c))])
def test_15_3_accepts_the_bill(answer):
    assert CHECKS["20.3"](answer) is None


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda c, f, w, t, k: c * t / w + f * k, "not divided"),
        (lambda c, f, w, t, k: (c * t + f * k) / min(w, c), "do not share"),
        (lambda c, f, w, t, k: c * (t + k) / min(w, c), "compiles a form once"),
        (lambda c, f, w, t, k: c * t + f * k, "one worker"),
        (lambda c, f, w, t, k: c + f, "add up"),
        (lambda c, f, w, t, k: [c, f], "one finite number: a time"),
        (lambda *sizes: 60.0, "in this order"),
        (lambda c: c, "in this order"),
        (60.0, "the function itself"),
    ],
)
def test_15_3_hints(answer, hint):
    assert hint in CHECKS["20.3"](answer)
