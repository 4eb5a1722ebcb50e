import keras
import numpy as np
import pytest

from helpers.exercises.lesson_06 import CHECKS

LIMIT, SCALE, STD = (CHECKS[f"06.{k}"] for k in (1, 2, 3))


@pytest.mark.parametrize("answer", [np.sqrt(6 / 50), np.sqrt(6) / np.sqrt(50), 0.35, 0.346, np.array([0.3464])])
def test_the_limit_to_two_digits_is_right(answer):
    assert LIMIT(answer) is None


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (6 / 50, "square of the limit"),
        (0.2, "standard deviation"),
        (0.04, "variance"),
        (np.sqrt(6) / 50, "root of the sum"),
        (np.sqrt(6) / (np.sqrt(30) + np.sqrt(20)), "Add the two widths first"),
        (0.1, "multiply"),
        (np.sqrt(6 / 30), "units count"),
        (np.sqrt(6 / 20), "inputs count"),
        (0.693, "end to end"),
        (0.775, "layers of five"),
        (0.5, "30 and 20"),
        (-0.346, "one positive number"),
        ((-0.346, 0.346), "one positive number"),
        ("0.346", "one positive number"),
    ],
)
def test_another_limit_gets_a_hint(answer, hint):
    assert hint in LIMIT(answer)


@pytest.mark.parametrize("answer", [36, 36.0, 1 / (1 / 6) ** 2, np.array(36)])
def test_the_scale_that_makes_up_for_the_slope_is_right(answer):
    assert SCALE(answer) is None


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (6, "multiplies the variance"),
        (1 / 36, "Upside down"),
        (1 / 6, "Upside down"),
        (108, "factor 3"),
        (6**4, "squared twice"),
        (16, "sigmoid of the lesson"),
        (4, "sigmoid of the lesson"),
        (1, "Glorot's rule itself"),
        (12, "undo the slope"),
        (0, "one positive number"),
        (keras.initializers.GlorotUniform(), "one positive number"),
    ],
)
def test_another_scale_gets_a_hint(answer, hint):
    assert hint in SCALE(answer)


@pytest.mark.parametrize(
    "answer",
    [
        lambda n, slope: 1 / (slope * np.sqrt(n)),
        lambda n, slope: (n * slope**2) ** -0.5,
        lambda width, steepest: keras.ops.divide(1 / steepest, np.sqrt(width)),
    ],
)
def test_every_form_of_the_suited_deviation_is_right(answer):
    assert STD(answer) is None


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda n, slope: 1 / (slope**2 * n), "variance"),
        (lambda n, slope: 1 / (slope * n), "root of n"),
        (lambda n, slope: 1 / np.sqrt(n), "where is the slope"),
        (lambda n, slope: slope / np.sqrt(n), "yours get smaller"),
        (lambda n, slope: np.sqrt(n) / slope, "yours get larger"),
        (lambda n, slope: 1 / slope, "where is n"),
        (lambda n, slope: np.sqrt(3 / n) / slope, "limit of a uniform"),
        (lambda n, slope: 1 / np.sqrt(slope * n), "outside the root"),
        (lambda n, slope: slope * np.sqrt(n), "make it 1"),
        (lambda n, slope: 1.79, "solve it"),
        (lambda n, slope: None, "one finite number: a standard deviation"),
        (1.79, "function itself"),
    ],
)
def test_another_deviation_gets_a_hint(answer, hint):
    assert hint in STD(answer)


def test_no_hint_holds_the_answer():
    hints = [LIMIT(a) for a in (6 / 50, 0.2, 0.04, 0.775, 0.5)] + [SCALE(a) for a in (6, 1 / 36, 16, 12)]
    assert not any("36" in hint or "0.34" in hint or "0.35" in hint for hint in hints)
    assert not any("1 /" in STD(f) for f in (lambda n, s: 1 / n, lambda n, s: 1 / s, lambda n, s: s))
