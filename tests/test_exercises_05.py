import keras
import numpy as np
import pytest

from helpers.exercises.lesson_05 import CHECKS

EPSILON, RATE = CHECKS["05.1"], CHECKS["05.2"]


@pytest.mark.parametrize("answer", [1e-16, (1e-8) ** 2, np.float64(1e-16), np.array(1e-16)])
def test_the_epsilon_that_moves_the_edge_is_right(answer):
    assert EPSILON(answer) is None


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (1e-7, "default"),
        (1e-8, "PyTorch's own"),
        (1e-4, "far too early"),
        (1e-14, "lies lower"),
        (1e-12, "added to"),
        (1.1e-16, "added to"),
        (0, "positive number"),
        (-1e-16, "positive number"),
        (float("nan"), "positive number"),
        ("1e-16", "positive number"),
    ],
)
def test_another_epsilon_gets_a_hint(answer, hint):
    assert hint in EPSILON(answer)


@pytest.mark.parametrize(
    "answer",
    [
        lambda learning_rate, epsilon: learning_rate / np.sqrt(epsilon),
        lambda learning_rate, epsilon: learning_rate * epsilon**-0.5,
        lambda rate, edge: keras.ops.divide(rate, keras.ops.sqrt(edge)),
    ],
)
def test_every_form_of_the_sgd_rate_is_right(answer):
    assert RATE(answer) is None


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda rate, epsilon: rate / epsilon, "outside the root"),
        (lambda rate, epsilon: rate * np.sqrt(epsilon), "larger"),
        (lambda rate, epsilon: rate, "divided by"),
        (lambda rate, epsilon: 3.162, "v = 0"),
        (lambda rate, epsilon: np.nan, "one finite number: a learning rate"),
        (3.162, "function itself"),
    ],
)
def test_another_rate_gets_a_hint(answer, hint):
    assert hint in RATE(answer)


def test_no_hint_holds_the_answer():
    hints = [EPSILON(a) for a in (1e-7, 1e-8, 1e-4, 1e-14, 1.0, 0)]
    hints += [RATE(f) for f in (lambda r, e: r / e, lambda r, e: r * e**0.5, lambda r, e: r, max)]
    for hint in hints:
        assert "16" not in hint and "**2" not in hint and "sqrt(epsilon)" not in hint
