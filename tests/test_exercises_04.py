import keras
import numpy as np
import pytest

from helpers.exercises.lesson_04 import CHECKS

SIZE, RMS, RATIO = (CHECKS[f"04.{k}"] for k in (1, 2, 3))
G = np.array([[0.3, -0.1], [-0.4, 0.2]])


@pytest.mark.parametrize("answer", [0.25, np.abs(G).mean(), np.array([0.25]), keras.ops.mean(keras.ops.abs(G))])
def test_every_form_of_the_size_is_right(answer):
    assert SIZE(answer) is None


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (G.mean(), "cancel"),
        (0, "cancel"),
        (1.0, "divide"),
        (np.linalg.norm(G), "norm"),
        (G.std(), "squares the entries"),
        (np.square(G).mean(), "mean of the squares"),
        (0.4, "largest"),
        (0.3, "signs"),
        (np.abs(G), "one number"),
        ("0.25", "one number"),
    ],
)
def test_another_size_gets_a_hint(answer, hint):
    assert hint in SIZE(answer)


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


@pytest.mark.parametrize(
    "answer",
    [
        lambda before, after: np.linalg.norm(after - before) / np.linalg.norm(before),
        lambda before, after: np.linalg.norm(before - after) / np.linalg.norm(before),
        lambda before, after: np.sqrt(((after - before) ** 2).mean() / (before**2).mean()),
        lambda before, after: keras.ops.norm(after - before) / keras.ops.norm(before),
    ],
)
def test_every_form_of_the_update_ratio_is_right(answer):
    assert RATIO(answer) is None


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda b, a: np.linalg.norm(a - b), "divide by"),
        (lambda b, a: np.linalg.norm(b) / np.linalg.norm(a - b), "upside down"),
        (lambda b, a: np.linalg.norm(a - b) / np.linalg.norm(a), "after the move"),
        (lambda b, a: abs(np.linalg.norm(a) - np.linalg.norm(b)) / np.linalg.norm(b), "turns"),
        (lambda b, a: np.linalg.norm(a) / np.linalg.norm(b), "grew"),
        (lambda b, a: ((a - b) ** 2).sum() / (b**2).sum(), "square"),
        (lambda b, a: ((a - b) / b).mean(), "signed"),
        (lambda b, a: np.abs((a - b) / b).mean(), "weight by weight"),
        (lambda b, a: 7.0, "L2 norm"),
        (lambda b, a: (a - b) / b, "one finite number"),
        (0.5, "function itself"),
    ],
)
def test_another_ratio_gets_a_hint(answer, hint):
    assert hint in RATIO(answer)
