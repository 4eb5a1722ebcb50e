import numpy as np
import pytest

from helpers import theory
from helpers.exercises.lesson_15 import CHECKS


def std_by_formula(slope, fan_in):
    return np.sqrt(2 / (1 + slope**2) / fan_in)


def std_by_the_helper(slope, fan_in):
    factor, _ = theory.variance_factors(fan_in, fan_in, 1.0, negative_slope=slope)
    return factor**-0.5


def std_by_drawing(slope, fan_in):
    z = (np.arange(200_000) + 0.5) / 100_000 - 1
    z = z[z != 0] * np.sqrt(3)  # any symmetric draw of variance 1 has the same two halves
    f = np.where(z > 0, z, slope * z)
    return 1 / np.sqrt(np.mean(f**2) * fan_in)


@pytest.mark.parametrize("answer", [std_by_formula, std_by_the_helper, std_by_drawing])
def test_the_leaky_deviation_in_any_form(answer):
    assert CHECKS["15.1"](answer) is None


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (0.1, "function"),
        (lambda slope, fan_in: np.nan, "one finite number: a standard deviation for every slope"),
        (lambda slope, fan_in: 2 / (1 + slope**2) / fan_in, "variance"),
        (lambda slope, fan_in: np.sqrt(2 / fan_in), "slope"),
        (lambda slope, fan_in: np.sqrt(2 / (1 + slope) / fan_in), "squares"),
        (lambda slope, fan_in: np.sqrt(2 / (1 + slope**2)), "gain"),
        (lambda slope, fan_in: np.sqrt((1 + slope**2) / 2 / fan_in), "make up"),
        (lambda slope, fan_in: np.sqrt(1 / fan_in), "slope 0"),
        (lambda slope, fan_in: np.sqrt(2 * (1 + slope**2) / fan_in), "slope 1"),
        (lambda slope, fan_in: np.sqrt((2 - slope) / fan_in), "halves"),
    ],
)
def test_other_deviations_get_a_hint(answer, hint):
    assert hint in CHECKS["15.1"](answer)


def depth_by_algebra(threshold, s2):
    return np.floor(np.log(threshold) / np.log(s2 / 2)) + 1


def depth_by_counting(threshold, s2):
    layers, moment = 0, 1.0
    while moment >= threshold:
        layers, moment = layers + 1, moment * s2 / 2
    return layers


def depth_by_a_table(threshold, s2):
    moments = (s2 / 2) ** np.arange(1, 500)
    return [int(np.argmax(moments < threshold)) + 1]


@pytest.mark.parametrize("answer", [depth_by_algebra, depth_by_counting, depth_by_a_table])
def test_the_depth_may_be_counted_or_derived(answer):
    assert CHECKS["15.2"](answer) is None


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (24, "function"),
        (lambda threshold, s2: [1, 2], "one finite number: a number of layers"),
        (lambda threshold, s2: np.inf, "one finite number"),
        (lambda threshold, s2: np.log(threshold) / np.log(s2 / 2), "whole"),
        (lambda threshold, s2: 0, "whole"),
        (lambda threshold, s2: depth_by_counting(threshold, s2) - 1, "not yet"),
        (lambda threshold, s2: np.ceil(np.log(threshold) / np.log(s2 / 2)), "0.25"),  # equal is not below
        (lambda threshold, s2: depth_by_counting(threshold, s2) + 1, "fewer"),
        (lambda threshold, s2: depth_by_counting(threshold**2, s2), "root"),
        (lambda threshold, s2: 10_000, "fewer"),
        (lambda threshold, s2: 2 if s2 == 0.1 else depth_by_counting(threshold, s2), "seem to be linear"),
    ],
)
def test_other_depths_get_a_hint(answer, hint):
    assert hint in CHECKS["15.2"](answer)


def by_variance(kernels):
    return kernels * np.sqrt(2 / (kernels.shape[-1] * kernels.var()))


def by_propagating(kernels):
    h = np.random.default_rng(0).normal(size=(2000, kernels.shape[-1]))
    z = h @ kernels[0]
    return kernels * np.sqrt(2 * np.mean(h**2) / np.mean(z**2))


def one_by_one(kernels):
    deviation = np.sqrt(np.mean(np.square(kernels)))
    return [kernel / deviation * (2 / len(kernel)) ** 0.5 for kernel in kernels]


@pytest.mark.parametrize("answer", [by_variance, by_propagating, one_by_one])
def test_kernels_may_be_rescued_in_any_form(answer):
    assert CHECKS["15.3"](answer) is None


def in_place(kernels):
    kernels *= 2
    return kernels


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (1.5, "function"),
        (in_place, "copy"),
        (lambda kernels: kernels[0], "shape"),
        (lambda kernels: np.abs(kernels), "one and the same"),
        (lambda kernels: -by_variance(kernels), "positive"),
        (lambda kernels: by_variance(kernels) / np.sqrt(2), "linear"),
        (lambda kernels: kernels * np.sqrt(2), "Glorot"),
        (lambda kernels: kernels * 10, "should keep"),
        (lambda kernels: kernels / kernels.std(), "should keep"),
        (lambda kernels: kernels * 2 / (kernels.shape[-1] * kernels.var()), "should keep"),
    ],
)
def test_other_rescues_get_a_hint(answer, hint):
    assert hint in CHECKS["15.3"](answer)


def test_hints_do_not_tell_the_answer():
    wrong = {
        "15.1": [lambda a, n: 0.1, lambda a, n: np.sqrt(2 / n), lambda a, n: np.sqrt((2 - a) / n)],
        "15.2": [lambda t, s2: 1, lambda t, s2: 1000, lambda t, s2: 2.5],
        "15.3": [lambda k: k, lambda k: k * np.sqrt(2), lambda k: by_variance(k) / np.sqrt(2)],
    }
    for exercise, answers in wrong.items():
        for answer in answers:
            hint = CHECKS[exercise](answer)
            assert "sqrt" not in hint and "log" not in hint and "1 + a" not in hint, hint
