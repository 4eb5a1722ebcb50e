"""The checks of lesson 18 accept what is right, and hint at what is not without giving it away."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy.integrate import quad
from scipy.stats import norm

from helpers.exercises.lesson_18 import CHECKS


def over_the_batch(z):
    return (z - z.mean(axis=0)) / z.std(axis=0)


def with_a_little_epsilon(z):
    return (z - z.mean(axis=0)) / np.sqrt(z.var(axis=0) + 1e-8)


def with_tensors(z):
    mean, variance = tf.nn.moments(tf.constant(z), 0)
    return (z - mean) / tf.sqrt(variance)


def by_keras(z):
    return keras.layers.BatchNormalization(epsilon=1e-12, dtype="float64")(z, training=True)


def column_by_column(z):
    return np.array([(column - np.mean(column)) / np.std(column) for column in z.T]).T.tolist()


@pytest.mark.parametrize("answer", [over_the_batch, with_a_little_epsilon, with_tensors, by_keras, column_by_column])
def test_batch_norm_may_be_written_in_any_way(answer):
    assert CHECKS["18.1"](answer) is None


def in_place(z):
    z -= z.mean(axis=0)
    return z / z.std(axis=0)


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (np.ones((4, 3)), "the function itself"),
        (in_place, "copy"),
        (lambda z: z.mean(axis=0), "of that shape"),
        (lambda z: "normalised", "of that shape"),
        (lambda z: (z - z.mean(axis=1, keepdims=True)) / z.std(axis=1, keepdims=True), "layer normalisation"),
        (lambda z: (z - z.mean()) / z.std(), "each has its own"),
        (lambda z: z - z.mean(axis=0), "its spread?"),
        (lambda z: z / z.std(axis=0), "its mean?"),
        (lambda z: (z - z.mean(axis=0)) / z.var(axis=0), "root of the variance"),
        (lambda z: (z - z.mean(axis=0)) / z.std(axis=0, ddof=1), "one less"),
        (lambda z: z.copy(), "what came in"),
        (lambda z: np.zeros_like(z), "Each column of what you return"),
        (lambda z: (z - np.median(z, axis=0)) / z.std(axis=0), "Each column of what you return"),
    ],
)
def test_other_normalisations_get_a_hint(answer, hint):
    assert hint in CHECKS["18.1"](answer)


def by_counting(momentum, share):
    batches = 0
    while momentum**batches >= share:
        batches += 1
    return batches


def by_logarithms(momentum, share):
    return np.ceil(np.log(share) / np.log(momentum))


@pytest.mark.parametrize("answer", [by_counting, by_logarithms])
def test_the_batches_may_be_counted_or_computed(answer):
    assert CHECKS["18.2"](answer) is None


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (459, "the function itself"),
        (lambda momentum, share: np.log(share) / np.log(momentum), "whole number"),
        (lambda momentum, share: by_counting(momentum, 1 - share), "has gone"),
        (lambda momentum, share: by_counting(1 - momentum, share), "keep of itself"),
        (lambda momentum, share: by_counting(momentum, share) - 1, "too few"),
        (lambda momentum, share: by_counting(momentum, share) + 1, "too many"),
        (lambda momentum, share: 1000, "too many"),
        (lambda momentum, share: np.nan, "one finite number: a number of batches"),
    ],
)
def test_other_numbers_of_batches_get_a_hint(answer, hint):
    assert hint in CHECKS["18.2"](answer)
    assert "459" not in CHECKS["18.2"](answer)


FUNCTIONS = {  # f and its slope
    "relu": (lambda z: max(z, 0), lambda z: float(z > 0)),
    "tanh": (np.tanh, lambda z: 1 / np.cosh(z) ** 2),
    "softsign": (lambda z: z / (1 + abs(z)), lambda z: (1 + abs(z)) ** -2),
    "sigmoid": (lambda z: 1 / (1 + np.exp(-z)), lambda z: 1 / (2 + 2 * np.cosh(z))),
    "linear": (lambda z: z, lambda z: 1.0),
}


def mean(function):
    return quad(lambda z: function(z) * norm.pdf(z), -12, 12, points=[0], epsabs=1e-12, limit=400)[0]


def by_integrals(name):
    f, slope = FUNCTIONS[name]
    return mean(lambda z: slope(z) ** 2) / (mean(lambda z: f(z) ** 2) - mean(f) ** 2)


def by_samples(name):
    f, slope = (np.vectorize(g, otypes=[float]) for g in FUNCTIONS[name])
    z = np.random.default_rng(0).normal(size=200_000)
    return np.mean(slope(z) ** 2) / np.var(f(z))


@pytest.mark.parametrize("answer", [by_integrals, by_samples, lambda name: np.array([by_integrals(name)])])
def test_the_factor_may_be_integrated_or_sampled(answer):
    assert CHECKS["18.3"](answer) is None


def test_the_closed_form_of_relu_is_right():
    assert CHECKS["18.3"](lambda name: np.pi / (np.pi - 1) if name == "relu" else by_integrals(name)) is None


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (1.467, "the function itself"),
        (lambda name: f"{name} is large", "one number"),
        (lambda name: (1.0, 2.0), "one number"),
        (lambda name: 1 / by_integrals(name), "one over it"),
        (lambda name: np.sqrt(by_integrals(name)), "of its square"),
        (lambda name: mean(lambda z: FUNCTIONS[name][1](z) ** 2) / mean(lambda z: FUNCTIONS[name][0](z) ** 2), "layer"),
        (lambda name: mean(lambda z: FUNCTIONS[name][1](z) ** 2), "only what the activation does"),
        (lambda name: np.pi / (np.pi - 1), "Not so for tanh"),
        (lambda name: np.nan, "one number"),
        (lambda name: by_integrals(name) if name == "relu" else None, "For 'tanh' the function"),
    ],
)
def test_other_factors_get_a_hint(answer, hint):
    assert hint in CHECKS["18.3"](answer)
