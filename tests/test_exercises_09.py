import numpy as np
import pytest

from helpers.exercises.lesson_09 import CHECKS

SLOPE_AT_1 = np.exp(-1) / (1 + np.exp(-1)) ** 2


@pytest.mark.parametrize("answer", [0.01 / SLOPE_AT_1, 0.05, 0.0515, np.float64(0.053), np.array([0.0509])])
def test_09_1_the_exchange_rate_may_be_predicted_or_searched_for(answer):
    assert CHECKS["09.1"](answer) is None


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (0.01, "published value"),
        (0.002, "larger"),
        (0.04, "slope at zero"),
        (0.01 / SLOPE_AT_1**4, "layer has a kernel"),
        (0.2, "one layer"),
        (0, "positive"),
        (-0.05, "positive"),
        ("much", "one positive number: a standard deviation"),
        (True, "one positive number"),
        ([0.05, 0.05], "one positive number"),
        (np.inf, "one positive number"),
    ],
)
def test_09_1_other_standard_deviations_get_a_hint(answer, hint):
    assert hint in CHECKS["09.1"](answer)


def by_formula(slope):
    return np.sqrt(2 / (1 + slope**2))


def by_drawing(slope):
    z = np.linspace(-8, 8, 100_000)  # an even number: none of them is zero
    density = np.exp(-(z**2) / 2)
    unit = np.where(z > 0, z, slope * z)
    return 1 / np.sqrt((unit**2 @ density) / (z**2 @ density))


@pytest.mark.parametrize("answer", [by_formula, by_drawing, lambda a: [by_formula(a)]])
def test_09_2_the_leaky_gain_in_any_form(answer):
    assert CHECKS["09.2"](answer) is None


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda a: 2 / (1 + a**2), "standard deviation"),
        (lambda a: np.sqrt((1 + a**2) / 2), "make up for"),
        (lambda a: -by_formula(a), "positive"),
        (lambda a: np.sqrt(2), "linear"),
        (lambda a: 1.0, "slope 0"),
        (lambda a: np.sqrt(2) / (1 + a**2), "linear"),
        (lambda a: np.sqrt(2) - a * (np.sqrt(2) - 1), "squared slope"),
        (1.4, "function itself"),
        (lambda a: None, "one finite number: a gain for each slope"),
        (lambda a: np.nan, "finite number"),
        (lambda a: np.ones(3), "finite number"),
    ],
)
def test_09_2_wrong_gains_get_a_hint(answer, hint):
    assert hint in CHECKS["09.2"](answer)


def tanh_factors(nodes, weights, layers=10):
    found = []
    for gain in (1, 5 / 3):
        size = 1.0
        for _ in range(layers):
            z = gain * np.sqrt(size) * nodes
            factor = gain * np.sqrt(weights @ (1 - np.tanh(z) ** 2) ** 2)
            size = weights @ np.tanh(z) ** 2
        found.append(factor)
    return np.array(found)


HERMITE, WEIGHTS = np.polynomial.hermite_e.hermegauss(100)
TENTH = tanh_factors(HERMITE, WEIGHTS / WEIGHTS.sum())


@pytest.mark.parametrize("answer", [TENTH, list(TENTH), tuple(np.round(TENTH, 2)), TENTH[:, None]])
def test_09_3_the_tanh_factors_by_another_quadrature(answer):
    assert CHECKS["09.3"](answer) is None


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (TENTH[::-1], "other order"),
        (TENTH**2, "take roots"),
        (TENTH / [1, 5 / 3], "by its gain"),
        (tanh_factors(HERMITE, WEIGHTS / WEIGHTS.sum(), layers=1), "first layers"),
        (tanh_factors(HERMITE, WEIGHTS / WEIGHTS.sum(), layers=4), "fourth layer"),
        ([1.0, 1.0], "1 - tanh"),
        ([0.24, 0.25], "Which layer"),
        (1.1, "two numbers"),
        ([0.95, np.nan], "two numbers"),
        ("0.95, 1.1", "two numbers"),
    ],
)
def test_09_3_other_factors_get_a_hint(answer, hint):
    assert hint in CHECKS["09.3"](answer)


def test_09_hints_do_not_tell_the_answer():
    wrong = {
        "09.1": [0.01, 0.002, 0.04, 0.2, 7, -1],
        "09.2": [lambda a: 2 / (1 + a**2), lambda a: 1.0, lambda a: np.sqrt(2), lambda a: np.nan],
        "09.3": [TENTH[::-1], TENTH**2, [1, 1], [0.24, 0.25], 3],
    }
    for exercise, answers in wrong.items():
        for answer in answers:
            hint = CHECKS[exercise](answer)
            assert not any(told in hint for told in ("0.05", "5.09", "sqrt(2", "0.95", "1.1", "1 + ")), hint
