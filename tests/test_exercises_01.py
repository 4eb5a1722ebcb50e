import numpy as np
import pytest

from helpers.exercises.lesson_01 import CHECKS


@pytest.mark.parametrize("answer", [44, 41, 47, 46.0, np.int64(44), np.array([44])])
def test_counts_of_any_machine(answer):
    assert CHECKS["01.1"](answer) is None


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (0.88, "not the share"),
        (51, "fifty networks"),
        (-1, "fifty networks"),
        (43.5, "a whole number"),
        (0, "default rate"),
        (50, "one hidden layer"),
        (49, "one hidden layer"),
        (30, "ten times"),
        (40, "ten times"),
        (48, "ten times"),
        ("44", "one number"),
        ([40, 44], "one number"),
        (True, "one number"),
    ],
)
def test_other_counts_get_a_hint(answer, hint):
    assert hint in CHECKS["01.1"](answer)


@pytest.mark.parametrize("answer", [0.357, 0.34, np.float64(0.375), np.array([0.36])])
def test_shares_of_the_points_and_seeds_of_the_task(answer):
    assert CHECKS["01.2"](answer) is None


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (36.0, "between 0 and 1"),
        (0, "every deep run"),
        (1.0, "every deep run"),
        (0.68, "shallow"),
        (0.02, "fewer"),
        (0.28, "on the lesson's points"),
        (0.2848, "on the lesson's points"),
        (0.25, "other seeds"),
        (0.45, "other seeds"),
        ([0.2, 0.3], "one number: a share of pairs"),
        ("0.3", "one number"),
        (np.nan, "one number"),
        (True, "one number"),
    ],
)
def test_other_shares_get_a_hint(answer, hint):
    assert hint in CHECKS["01.2"](answer)


@pytest.mark.parametrize("answer", [548, 420, np.float64(470.0), 700])
def test_factors_from_any_batch(answer):
    assert CHECKS["01.3"](answer) is None


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (1 / 22, "other way round"),
        (4.5, "seven hidden layers with three"),
        (22, "two layers more"),
        (256, "only at its steepest"),
        (850, "three hidden layers"),
        (12000, "three hidden layers"),
        (-3, "positive"),
        (0, "one positive number: the larger mean |g|"),
        ([1, 2], "positive"),
        (float("inf"), "positive"),
    ],
)
def test_other_factors_get_a_hint(answer, hint):
    assert hint in CHECKS["01.3"](answer)


def test_hints_do_not_tell_the_answer():
    wrong = {
        "01.1": [0, 0.88, 30, 40, 49, 51],
        "01.2": [0, 0.02, 0.28, 0.45, 0.7, 29],
        "01.3": [0, 0.05, 4.5, 22, 256, 12000],
    }
    for exercise, answers in wrong.items():
        for answer in answers:
            hint = CHECKS[exercise](answer)
            digits = {word.strip(".,:;") for word in hint.split() if any(c.isdigit() for c in word)}
            assert digits <= {"0", "1"}, hint
