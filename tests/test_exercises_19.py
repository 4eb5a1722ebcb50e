"""The checks of lesson 19 accept what is right, and hint at what is not without giving it away."""

import numpy as np
import pytest
import tensorflow as tf

from helpers.exercises.lesson_19 import CHECKS


def at_once(slopes):
    return np.prod(1 + slopes)


def block_by_block(slopes):
    whole = 1.0
    for slope in slopes:
        whole = whole + whole * slope
    return whole


def by_the_tape(slopes):
    x = tf.Variable(1.0, dtype=tf.float64)
    with tf.GradientTape() as tape:
        h = tf.convert_to_tensor(x)
        for slope in slopes:
            h = h + slope * h
    return tape.gradient(h, x)


def over_all_ways(slopes):
    ways = 2 ** len(slopes)
    return sum(np.prod([a for k, a in enumerate(slopes) if way >> k & 1]) for way in range(ways))


@pytest.mark.parametrize("answer", [at_once, block_by_block, by_the_tape, over_all_ways])
def test_19_1_accepts_the_slope_found_in_any_way(answer):
    assert CHECKS["19.1"](answer) is None


def in_place(slopes):
    slopes += 1
    return np.prod(slopes)


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (1.26, "the function itself"),
        (lambda a: 1 + a, "one finite number: the slope of the whole chain"),
        (lambda a: "large", "one finite number"),
        (in_place, "copy"),
        (np.prod, "without shortcuts"),
        (lambda a: 1 + np.prod(a), "each block has its own"),
        (lambda a: 1 + np.sum(a), "ways through several"),
        (np.sum, "multiply"),
        (lambda a: np.sum(1 + a), "slopes of the blocks are right"),
        (lambda a: np.prod(1 - a), "added, not subtracted"),
        (lambda a: 1 + a[0], "one block only"),
        (lambda a: 1 + a[-1], "one block only"),
        (lambda a: np.log1p(a).sum(), "logarithm"),
        (lambda a: 0.0, "slope of one block"),
        (len, "slope of one block"),
    ],
)
def test_19_1_hints(answer, hint):
    assert hint in CHECKS["19.1"](answer)
    assert not any(told in CHECKS["19.1"](answer) for told in ("prod", "1 +"))


@pytest.mark.parametrize("answer", [np.sqrt(2 ** (1 / 100) - 1), 0.0834, np.sqrt(np.expm1(np.log(2) / 100)), [0.0834]])
def test_19_2_accepts_the_scale(answer):
    assert CHECKS["19.2"](answer) is None


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (2**0.01 - 1, "s squared"),
        (0.1, "lesson's scale"),
        (np.sqrt(2**0.005 - 1), "squares already"),
        (2**0.01, "whole block"),
        (-0.0834, "positive"),
        (0.5, "Write the mean square"),
        (True, "one number: the scale of the branches"),
    ],
)
def test_19_2_hints(answer, hint):
    assert hint in CHECKS["19.2"](answer)
    assert "083" not in CHECKS["19.2"](answer)


def grown_by_blocks(width=400, blocks=30, nets=4):
    rng, rates = np.random.default_rng(1), []
    for _ in range(nets):
        h, sizes = rng.normal(size=(8, width)), []
        for _ in range(blocks):
            h = h + np.maximum(h @ rng.normal(0, np.sqrt(2 / width), (width, width)), 0)
            sizes.append(np.mean(h**2))
        rates.append((sizes[-1] / sizes[9]) ** (1 / (blocks - 10)))
    return np.mean(rates)


def by_root():
    # r = mean / root mean square settles where 2 r^3 / sqrt(pi) + r^2 = 2 r / sqrt(pi) + 1 / pi
    a = 1 / np.sqrt(np.pi)
    (r,) = (x.real for x in np.roots([2 * a, 1, -2 * a, -(a**2)]) if x.real > 0)
    return 2 + 2 * a * r


@pytest.mark.parametrize("answer", [grown_by_blocks, by_root])
def test_19_3_accepts_measurement_and_theory(answer):
    assert CHECKS["19.3"](answer()) is None


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (2.0, "mean zero"),
        (np.sqrt(by_root()), "growth of the signal"),
        (np.log(by_root()), "logarithm"),
        (2 + 2 / np.sqrt(np.pi), "all of x were mean"),
        (5.0, "two numbers"),
        ("three", "one number: a factor per block"),
        (float("inf"), "one number"),
    ],
)
def test_19_3_hints(answer, hint):
    assert hint in CHECKS["19.3"](answer)
    assert not any(told in CHECKS["19.3"](answer) for told in ("2.8", "2.9"))
