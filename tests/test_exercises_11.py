import numpy as np
import pytest

from helpers.exercises.lesson_11 import CHECKS


def by_indexing(weights, order):
    kernel, bias, output_kernel, output_bias = weights
    return [kernel[:, order], bias[order], output_kernel[order], output_bias]


def by_a_permutation_matrix(weights, order):
    kernel, bias, output_kernel, output_bias = weights
    matrix = np.eye(len(order))[order]
    return kernel @ matrix.T, bias @ matrix.T, matrix @ output_kernel, output_bias


def in_place(weights, order):
    old = [w.copy() for w in weights]
    for k, j in enumerate(order):
        weights[0][:, k], weights[1][k], weights[2][k] = old[0][:, j], old[1][j], old[2][j]
    return weights


@pytest.mark.parametrize("answer", [by_indexing, by_a_permutation_matrix, in_place])
def test_units_may_be_moved_in_any_way(answer):
    assert CHECKS["11.1"](answer) is None


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda w, order: w, "Nothing has moved"),
        (lambda w, order: [w[0][:, order], w[1], w[2], w[3]], "travel together"),
        (lambda w, order: [w[0][:, order], w[1][order], w[2], w[3]], "travel together"),
        (lambda w, order: [w[0][:, order], w[1], w[2][order], w[3]], "travel together"),
        (lambda w, order: [w[0][::-1], w[1], w[2], w[3]], "travel together"),
        (lambda w, order: by_indexing(w, np.argsort(order)), "undone"),
        (lambda w, order: by_indexing(w, [1, 0, 2, 3, 4]), "order asked for"),
        (lambda w, order: [w[0][:, order], w[1][order], w[2][order][:, 0], w[3]], "shape"),
        (lambda w, order: [w[0].T, w[1], w[2], w[3]], "shape"),
        (lambda w, order: w[0][:, order], "list of four"),
        (lambda w, order: by_indexing(w, order)[:3], "list of four"),
        ([np.zeros(2)] * 4, "function itself"),
    ],
)
def test_units_that_lose_their_weights_get_a_hint(answer, hint):
    assert hint in CHECKS["11.1"](answer)


@pytest.mark.parametrize(
    "answer",
    [
        lambda rate, width: (rate / width, rate * width),
        lambda rate, width: [rate / width, width * rate],
        lambda rate, width: rate * np.array([1 / width, width]),
    ],
)
def test_the_rates_of_one_unit_in_any_form(answer):
    assert CHECKS["11.2"](answer) is None


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda rate, width: (rate, rate), "gradients down"),
        (lambda rate, width: (rate, rate * width), "hidden gradient"),
        (lambda rate, width: (rate / width, rate), "their sum"),
        (lambda rate, width: (rate * width, rate / width), "wrong places"),
        (lambda rate, width: (rate / np.sqrt(width), rate * np.sqrt(width)), "gradients down"),
        (lambda rate, width: (rate / 5, rate * 5), "width of one"),
        (lambda rate, width: rate, "two positive numbers"),
        (lambda rate, width: (rate / width, rate * width, rate), "two positive numbers"),
        (lambda rate, width: (0, rate), "two positive numbers"),
        (lambda rate, width: (rate / width, np.inf), "two positive numbers"),
        ((0.04, 1.0), "function itself"),
    ],
)
def test_other_rates_get_a_hint(answer, hint):
    assert hint in CHECKS["11.2"](answer)


@pytest.mark.parametrize("answer", [75, 75.0, np.int64(75), np.array([75])])
def test_the_layer_at_which_quarters_vanish(answer):
    assert CHECKS["11.3"](answer) is None


def test_that_layer_is_what_float32_says():
    value, layers = np.float32(1), 0
    while value > 0:
        value, layers = value * np.float32(0.25), layers + 1
    assert CHECKS["11.3"](layers) is None


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (63, "TensorFlow"),
        (64, "TensorFlow"),
        (537, "float64"),
        (538, "float64"),
        (74, "Almost"),
        (76, "too many"),
        (150, "one half"),
        (10, "Compute it"),
        (74.5, "whole"),
        ([75, 538], "one number: a whole number of layers"),
        ("75", "one number"),
        (float("nan"), "one number"),
    ],
)
def test_other_layers_get_a_hint(answer, hint):
    assert hint in CHECKS["11.3"](answer)


def test_hints_do_not_tell_the_answer():
    for wrong in (*range(60, 75), *range(76, 200), 537, 538, 75.5):
        assert "75" not in CHECKS["11.3"](wrong)
    for wrong in (lambda r, n: (r, r), lambda r, n: (r, r * n), lambda r, n: (r / n, r), lambda r, n: (r * n, r / n)):
        hint = CHECKS["11.2"](wrong)
        assert not any(sign in hint for sign in ("/", "*", "divide", "multipl", "times"))
    for wrong in (lambda w, o: w, lambda w, o: [w[0][:, o], w[1], w[2], w[3]]):
        assert "[" not in CHECKS["11.1"](wrong)
