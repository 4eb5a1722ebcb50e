import numpy as np
import pytest
import tensorflow as tf

from helpers.engine.clipping import clip_gradients
from helpers.exercises.lesson_17 import CHECKS


def norm_of(gradients):
    return np.sqrt(sum((g**2).sum() for g in gradients))


def clip_by_scaling_first(gradients, c):
    largest = max(np.abs(g).max() for g in gradients)
    if largest == 0:
        return gradients
    norm = largest * np.sqrt(sum(((g / largest) ** 2).sum() for g in gradients))
    return tuple(g * min(1, c / norm) for g in gradients)


def clip_by_the_helper(gradients, c):
    return clip_gradients(gradients, global_clipnorm=c)


def clip_with_hypot(gradients, c):
    norm = 0.0
    for g in gradients:
        for entry in np.ravel(g):
            norm = np.hypot(norm, entry)
    return [g / max(1.0, norm / c) for g in gradients]


def clip_plainly(gradients, c):
    return [g * (c / max(norm_of(gradients), c)) for g in gradients]


@pytest.mark.parametrize("answer", [clip_plainly, clip_by_scaling_first, clip_by_the_helper, clip_with_hypot])
def test_a_clip_in_any_form(answer):
    assert CHECKS["17.1"](answer) is None


def in_place(gradients, c):
    norm = norm_of(gradients)
    for g in gradients:
        g *= min(1, c / norm)
    return gradients


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        ([np.zeros(2)], "function"),
        (in_place, "copy"),
        (lambda gradients, c: np.concatenate([np.ravel(g) for g in gradients]), "list of arrays"),
        (lambda gradients, c: [g * c / norm_of(gradients) for g in gradients], "as it was"),
        (lambda gradients, c: [np.clip(g, -c, c) for g in gradients], "every entry"),
        (lambda gradients, c: [g * min(1, c / np.linalg.norm(g)) for g in gradients], "norm of its own"),
        (
            lambda gradients, c: [g * min(1, c / sum(np.linalg.norm(h) for h in gradients)) for g in gradients],
            "do not add up",
        ),
        (lambda gradients, c: [g * min(1, c / norm_of(gradients) ** 2) for g in gradients], "square of the norm"),
        (lambda gradients, c: [g * 0 for g in gradients], "zeros"),
        (lambda gradients, c: [np.sign(g) for g in gradients], "one factor"),
        (lambda gradients, c: [g * 0.5 for g in gradients], "comes out as"),
        (lambda gradients, c: [g / norm_of(gradients) * min(norm_of(gradients), c) for g in gradients], "divide by"),
    ],
)
def test_other_clips_get_a_hint(answer, hint):
    with np.errstate(all="ignore"):
        assert hint in CHECKS["17.1"](answer)


@pytest.mark.parametrize("answer", [4.26, 4.2553, np.array([4.255]), tf.constant(4.26)])
def test_the_beginning_of_the_wall(answer):
    assert CHECKS["17.2"](answer) is None


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        ("4.26", "one number: the w at which"),
        (4.0, "steepest"),
        (1.607, "derivative"),
        (0.235, "contribute"),
        (4.3, "two decimals"),
        (7.0, "one step"),
    ],
)
def test_other_beginnings_get_a_hint(answer, hint):
    assert hint in CHECKS["17.2"](answer)


@pytest.mark.parametrize(
    "answer",
    [lambda c, rate, steps: c * rate * steps, lambda c, rate, steps: [sum(c * rate for _ in range(steps))]],
)
def test_the_reach_in_any_form(answer):
    assert CHECKS["17.3"](answer) is None


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (0.36, "function"),
        (lambda c, rate, steps: [c, rate], "one finite number: a distance"),
        (lambda c, rate, steps: c * steps, "shorter"),
        (lambda c, rate, steps: c * rate, "one step"),
        (lambda c, rate, steps: c * rate * steps**0.5, "random walk"),
        (lambda c, rate, steps: rate * steps, "same way"),
    ],
)
def test_other_reaches_get_a_hint(answer, hint):
    assert hint in CHECKS["17.3"](answer)


def test_hints_do_not_tell_the_answer():
    wrong = {"17.1": lambda g, c: [a * 0.5 for a in g], "17.2": 4.3, "17.3": lambda c, rate, steps: c}
    for exercise, answer in wrong.items():
        hint = CHECKS[exercise](answer)
        assert "4.2" not in hint and "c * rate" not in hint and "min(" not in hint, hint
