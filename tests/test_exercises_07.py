import numpy as np
import pytest
from scipy.stats import binom

from helpers.exercises.lesson_07 import CHECKS


def by_counting(losses, patience):
    lowest, idle = np.inf, 0
    for epoch, loss in enumerate(losses):
        if loss < lowest:
            lowest, idle = loss, 0
        else:
            idle += 1
            if idle == patience:
                return epoch
    return len(losses) - 1


def by_looking_back(losses, patience):
    for epoch in range(patience, len(losses)):
        if min(losses[epoch - patience + 1 : epoch + 1]) >= min(losses[: epoch - patience + 1]):
            return np.int64(epoch)
    return len(losses) - 1


@pytest.mark.parametrize("answer", [by_counting, by_looking_back])
def test_early_stopping_may_be_written_in_several_ways(answer):
    assert CHECKS["07.2"](answer) is None


def against_the_epoch_before(losses, patience):
    idle = 0
    for epoch in range(1, len(losses)):
        idle = 0 if losses[epoch] < losses[epoch - 1] else idle + 1
        if idle == patience:
            return epoch
    return len(losses) - 1


def ties_count(losses, patience):
    lowest = 0
    for epoch, loss in enumerate(losses):
        if loss <= losses[lowest]:
            lowest = epoch
        elif epoch - lowest >= patience:
            return epoch
    return len(losses) - 1


def never_anew(losses, patience):
    idle = 0
    for epoch in range(1, len(losses)):
        idle += losses[epoch] >= min(losses[:epoch])
        if idle == patience:
            return epoch
    return len(losses) - 1


def best_before_the_stop(losses, patience):
    return int(np.argmin(losses[: by_counting(losses, patience) + 1]))


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda losses, patience: by_counting(losses, patience) + 1, "start from 0"),
        (lambda losses, patience: by_counting(losses, patience + 1), "One epoch late"),
        (best_before_the_stop, "last to be trained"),
        (lambda losses, patience: int(np.argmin(losses)), "does not see"),
        (lambda losses, patience: int(np.argmin(losses)) + patience, "beyond the end"),
        (against_the_epoch_before, "epoch before"),
        (ties_count, "exactly level"),
        (never_anew, "start anew"),
        (4, "function itself"),
        (lambda losses, patience: None, "one finite number: that of an epoch"),
        (lambda losses, patience: losses, "one finite number"),
        (lambda losses, patience: 1.5, "whole number"),
    ],
)
def test_other_rules_get_a_hint(answer, hint):
    assert hint in CHECKS["07.2"](answer)


def from_the_distribution(k, n, p):
    j = np.arange(n + 1)
    below = binom.cdf(j - 1, n, p)
    return np.sum(j * (binom.cdf(j, n, p) ** k - below**k)) / n - p


def by_drawing(k, n, p):
    return np.random.default_rng(0).binomial(n, p, size=(2000, k)).max(axis=1).mean() / n - p


def normal_draws(k, n, p):
    draws = np.random.default_rng(1).normal(size=(4000, k)).max(axis=1)
    return np.sqrt(p * (1 - p) / n) * draws.mean()


@pytest.mark.parametrize("answer", [from_the_distribution, by_drawing, normal_draws])
def test_the_best_of_k_may_be_summed_or_simulated(answer):
    assert CHECKS["07.3"](answer) is None


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda k, n, p: from_the_distribution(k, n, p) + p, "itself"),
        (lambda k, n, p: 100 * from_the_distribution(k, n, p), "percentages"),
        (lambda k, n, p: n * from_the_distribution(k, n, p), "divide"),
        (lambda k, n, p: 1 - p, "k = 1"),
        (lambda k, n, p: np.sqrt(p * (1 - p) / n), "k = 1"),
        (lambda k, n, p: 0.0, "grows with k"),
        (lambda k, n, p: from_the_distribution(k, 160, 0.8), "depend on n"),
        (lambda k, n, p: np.sqrt(p * (1 - p) / n) * np.log(k), "k = 1 is right"),
        (lambda k, n, p: np.nan, "one finite number: a difference of accuracies"),
        (lambda k, n, p: [0.1, 0.2], "one finite number"),
        (0.02, "function itself"),
    ],
)
def test_other_flatteries_get_a_hint(answer, hint):
    assert hint in CHECKS["07.3"](answer)


@pytest.mark.parametrize("answer", [1600, 1600.0, np.int64(1600), 0.8 * (1 - 0.8) / 0.01**2, np.array([1600])])
def test_the_number_of_test_points_may_be_of_any_kind(answer):
    assert CHECKS["07.1"](answer) is None


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (16, "holds a root"),
        (40, "Square"),
        (2500, "guesses"),
        (8000, "both factors"),
        (2000, "both factors"),
        (0.0016, "less than one"),
        (1500, "does it give 0.01"),
        (1601, "does it give 0.01"),
        (200, "does it give 0.01"),
        (-1600, "positive number"),
        ("many", "one positive number: how many test points"),
        (np.nan, "one positive number"),
        ([1600, 1600], "one positive number"),
        (True, "one positive number"),
    ],
)
def test_other_numbers_of_test_points_get_a_hint(answer, hint):
    assert hint in CHECKS["07.1"](answer)


def test_hints_do_not_tell_the_answer():
    wrong = {
        "07.1": [16, 40, 2500, 8000, 2000, 0.0016, 200],
        "07.2": [against_the_epoch_before, ties_count, never_anew, best_before_the_stop],
        "07.3": [lambda k, n, p: 1 - p, lambda k, n, p: 0.0, lambda k, n, p: p],
    }
    for exercise, answers in wrong.items():
        for answer in answers:
            hint = CHECKS[exercise](answer)
            for code in ("cdf", "**", "max(", "min(", ">=", "1600"):
                assert code not in hint, hint
