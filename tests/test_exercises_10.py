import numpy as np
import pytest
import tensorflow as tf

from helpers.exercises.lesson_10 import CHECKS


def zero_at_all(outputs):
    return (outputs == 0).all(axis=0).sum()


def by_the_largest(outputs):
    return int(np.sum(outputs.max(axis=0) <= 0))


def by_sums(outputs):
    return len([unit for unit in outputs.T if unit.sum() == 0])


def with_a_tensor(outputs):
    return tf.math.count_nonzero(tf.reduce_all(tf.constant(outputs) == 0, axis=0))


@pytest.mark.parametrize("answer", [zero_at_all, by_the_largest, by_sums, with_a_tensor])
def test_the_dead_may_be_counted_in_any_way(answer):
    assert CHECKS["10.1"](answer) is None


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (3, "function"),
        (lambda h: (h == 0).all(axis=0), "one finite number: a number of units"),
        (lambda h: (h == 0).sum(), "single outputs"),
        (lambda h: (h == 0).any(axis=0).sum(), "at all"),
        (lambda h: (h == 0).all(axis=1).sum(), "other axis"),
        (lambda h: (h == 0).any(axis=1).sum(), "columns"),
        (lambda h: h.any(axis=0).sum(), "alive"),
        (lambda h: (h == 0).all(axis=0).mean(), "share"),
        (lambda h: (h[0] == 0).sum(), "One point"),
        (lambda h: (h[-1] == 0).sum(), "each unit"),
        (lambda h: 3, "each unit"),
        (lambda h: 0, "each unit"),
    ],
)
def test_other_counts_get_a_hint(answer, hint):
    assert hint in CHECKS["10.1"](answer)


def test_a_unit_that_is_alive_at_one_point_is_not_dead():
    assert CHECKS["10.1"](lambda h: int(((h == 0).mean(axis=0) > 0.9).sum())) is not None
    assert CHECKS["10.1"](lambda h: int((np.median(h, axis=0) == 0).sum())) is not None


def by_trying(layers, share):
    width = 1
    while 1 - (1 - 2.0**-width) ** layers >= share:
        width += 1
    return width


def by_algebra(layers, share):
    return np.ceil(-np.log2(1 - (1 - share) ** (1 / layers)))


def by_a_table(layers, share):
    widths = np.arange(1, 60)
    return widths[1 - (1 - 0.5**widths) ** layers < share][:1]


@pytest.mark.parametrize("answer", [by_trying, by_algebra, by_a_table])
def test_the_width_may_be_tried_or_derived(answer):
    assert CHECKS["10.2"](answer) is None


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (12, "function"),
        (lambda layers, share: by_trying(layers, share) - 1 or 1, "too narrow"),
        (lambda layers, share: by_trying(layers, share) + 1, "narrower"),
        (lambda layers, share: 64, "narrower"),
        (lambda layers, share: -np.log2(1 - (1 - share) ** (1 / layers)), "whole"),
        (lambda layers, share: 0, "at least one"),
        (lambda layers, share: np.nan, "one finite number: a number of units"),
        (lambda layers, share: [3, 4], "one finite number"),
        (lambda layers, share: np.ceil(-np.log2(share)), "too narrow"),
    ],
)
def test_other_widths_get_a_hint(answer, hint):
    assert hint in CHECKS["10.2"](answer)


def at_once(kernel, bias, points):
    reach = points @ kernel
    return np.where((reach + bias).max(axis=0) <= 0, -np.median(reach, axis=0), bias)


def unit_by_unit(kernel, bias, points):
    new = bias.copy()
    for unit in range(kernel.shape[1]):
        reach = points @ kernel[:, unit]
        if np.all(reach + bias[unit] <= 0):
            new[unit] = -np.quantile(reach, 0.5)
    return list(new)


def by_sorting(kernel, bias, points):
    reach = np.sort(points @ kernel, axis=0)
    new = bias.copy()
    dead = reach[-1] + bias <= 0
    new[dead] = -(reach[len(points) // 2] + 1e-9)[dead]
    return new


@pytest.mark.parametrize("answer", [at_once, unit_by_unit, by_sorting])
def test_units_may_be_revived_at_once_or_one_by_one(answer):
    assert CHECKS["10.3"](answer) is None


def in_place(kernel, bias, points):
    bias[:] = at_once(kernel, bias, points)
    return bias


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (np.zeros(6), "function"),
        (in_place, "copy"),
        (lambda kernel, bias, points: 0.0, "one bias for each unit"),
        (lambda kernel, bias, points: kernel, "one bias for each unit"),
        (lambda kernel, bias, points: bias, "still dead"),
        (lambda kernel, bias, points: np.zeros_like(bias), "living"),
        (lambda kernel, bias, points: -np.median(points @ kernel, axis=0), "living"),
        (lambda kernel, bias, points: np.where(bias < -40, 100.0, bias), "every point"),
        (lambda kernel, bias, points: np.where(bias < -40, -(points @ kernel).max(axis=0), bias), "still dead"),
        (lambda kernel, bias, points: np.where(bias < -40, -np.quantile(points @ kernel, 0.8, axis=0), bias), "middle"),
    ],
)
def test_other_biases_get_a_hint(answer, hint):
    assert hint in CHECKS["10.3"](answer)


def test_zero_biases_do_not_pass_where_the_data_are_off_centre():
    assert CHECKS["10.3"](lambda kernel, bias, points: np.where(bias < -40, 0.0, bias)) is not None


def test_hints_do_not_tell_the_answer():
    wrong = {
        "10.1": [lambda h: 3, lambda h: (h == 0).sum(), lambda h: (h == 0).all(axis=1).sum()],
        "10.2": [lambda layers, share: 1, lambda layers, share: 64, lambda layers, share: 2.5],
        "10.3": [lambda kernel, bias, points: bias, lambda kernel, bias, points: np.where(bias < -40, 100.0, bias)],
    }
    for exercise, answers in wrong.items():
        for answer in answers:
            hint = CHECKS[exercise](answer)
            assert not any(word in hint for word in ("all(", "12", "log", "sqrt", "median")), hint
