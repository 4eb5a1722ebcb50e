import keras
import numpy as np
import pytest

from helpers.exercises.lesson_03 import CHECKS

RMS, EPSILON, RATE = (CHECKS[f"03.{k}"] for k in (1, 2, 3))


@pytest.mark.parametrize(
    "answer",
    [
        lambda g: np.sqrt(np.mean(np.square(g))),
        lambda g: np.sqrt(np.mean(g) ** 2 + np.var(g)),
        lambda g: np.linalg.norm(g) / np.sqrt(g.size),
        lambda g: float(np.sqrt((g**2).sum() / g.size)),
        lambda g: keras.ops.sqrt(keras.ops.mean(keras.ops.square(g))),
    ],
)
def test_every_form_of_the_rms_is_right(answer):
    assert RMS(answer) is None


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda g: abs(np.mean(g)), "signs"),
        (np.std, "subtracts the mean"),
        (np.linalg.norm, "number of entries"),
        (lambda g: np.abs(g).mean(), "mean |g|"),
        (lambda g: np.square(g).mean(), "squared"),
        (np.square, "one number"),
        (lambda g: 2 * np.abs(g).max(), "backwards"),
        (lambda g: None, "backwards"),
        (0.5, "function itself"),
    ],
)
def test_another_statistic_gets_a_hint(answer, hint):
    assert hint in RMS(answer)


@pytest.mark.parametrize("answer", [1e-14, (1e-7) ** 2, np.float64(1e-14), "1e-14", np.array(1e-14)])
def test_the_epsilon_that_moves_the_edge_is_right(answer):
    assert EPSILON(answer) is None


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (1e-7, "default"),
        (np.sqrt(1e-7), "earlier"),
        (3e-4, "earlier"),
        (1e-10, "denominator"),
        (1e-13, "denominator"),
        (float("nan"), "denominator"),
        (0, "positive"),
        (-1e-14, "positive"),
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
    hints = [EPSILON(a) for a in (1e-7, 3e-4, 1e-10, 0)]
    hints += [RATE(f) for f in (lambda r, e: r / e, lambda r, e: r * e**0.5, lambda r, e: r, max)]
    for hint in hints:
        assert "14" not in hint and "**2" not in hint and "sqrt(epsilon)" not in hint
    for hint in (RMS(np.std), RMS(np.linalg.norm), RMS(np.square)):
        assert "np." not in hint
