"""The checks of lesson 12 accept what is right, and hint at what is not without giving it away."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from helpers.exercises.lesson_12 import CHECKS


def until_powers_end(width):
    growth, layer = np.sqrt(width), 0
    while 2 + layer * np.log2(growth) < 128:  # the largest number is 4 std
        layer += 1
    return layer


@pytest.mark.parametrize(
    "answer",
    [
        until_powers_end,
        lambda width: int(np.ceil(252 / np.log2(width))),
        lambda width: np.ceil(np.log(np.finfo(np.float32).max / 3.5) / np.log(np.sqrt(width))),
        lambda width: np.int64(np.ceil((128 - np.log2(5)) / np.log2(np.sqrt(width)))),
    ],
)
def test_12_1_accepts_the_layer(answer):
    assert CHECKS["12.1"](answer) is None


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (26, "the function itself"),
        (lambda width: 256 / np.log2(width), "whole"),
        (lambda width: until_powers_end(width) - 1, "too early"),
        (lambda width: until_powers_end(width) + 2, "Start from"),
        (lambda width: int(np.ceil(256 / np.log2(width))), "larger than the std"),
        (lambda width: int(np.ceil(128 / np.log2(width))), "variance"),
        (lambda width: int(np.ceil(2048 / np.log2(width))), "float64"),
        (lambda width: 32, "same layer"),
        (lambda width: (1, 2), "one finite number: a whole number for each width"),
        (lambda width: float("nan"), "one finite number"),
    ],
)
def test_12_1_hints(answer, hint):
    assert hint in CHECKS["12.1"](answer)


def test_12_1_accepts_what_is_measured():
    def measured_where_it_is_quick(width):
        if width > 1024:
            return until_powers_end(width)
        rng, layer = np.random.default_rng(0), 0
        h = rng.standard_normal((16, width), dtype=np.float32)
        with np.errstate(over="ignore", invalid="ignore"):
            while np.isfinite(h).all():
                h = h @ rng.standard_normal((width, width), dtype=np.float32)
                layer += 1
        return layer

    assert CHECKS["12.1"](measured_where_it_is_quick) is None


def mean(function):
    return quad(lambda z: function(z) * norm.pdf(z), -12, 12, points=[0], epsabs=1e-12, limit=400)[0]


def softsign(z):
    return z / (1 + abs(z))


def elu(z):
    return z if z > 0 else np.expm1(z)


GAINS = {"softsign": mean(lambda z: softsign(z) ** 2) ** -0.5, "elu": mean(lambda z: elu(z) ** 2) ** -0.5}


@pytest.mark.parametrize(
    "answer",
    [
        GAINS,
        {"softsign": 2.34, "elu": 1.25, "gelu": 1.5},
        {name: np.array([g + 0.008]) for name, g in GAINS.items()},
    ],
)
def test_12_2_accepts_the_gains(answer):
    assert CHECKS["12.2"](answer) is None


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (2.34, "dictionary"),
        ({"softsign": 2.34}, "'elu'"),
        ({**GAINS, "elu": (mean(lambda z: elu(z) ** 2) - mean(elu) ** 2) ** -0.5}, "std in over std out"),
        ({**GAINS, "softsign": GAINS["softsign"] ** 2}, "squared"),
        ({**GAINS, "elu": 1 / GAINS["elu"]}, "leaves"),
        ({**GAINS, "softsign": 5 / 3}, "Not so for softsign"),
        ({**GAINS, "softsign": GAINS["softsign"] + 0.015}, "mean square"),
        ({**GAINS, "elu": float("nan")}, "one number"),
        ({**GAINS, "elu": [1.0, 2.0]}, "one number"),
    ],
)
def test_12_2_hints(answer, hint):
    assert hint in CHECKS["12.2"](answer)


def through(f, rms, scale=None, layers=100, inputs=False):
    """With Gauss-Legendre nodes, in place of the grid of the check: rms of the last pre-activations."""
    nodes, weights = np.polynomial.legendre.leggauss(200)
    z = np.concatenate([4 * nodes - 4, 4 * nodes + 4])  # a kink at zero lies between the two halves
    weights = 4 * np.concatenate([weights, weights]) * norm.pdf(z)
    if scale is None:
        scale = np.sum(weights * f(z) ** 2) ** -0.5
    q = (scale * rms) ** 2 if inputs else rms**2
    for _ in range(layers - 1):
        q = scale**2 * np.sum(weights * f(np.sqrt(q) * z) ** 2)
    return np.sqrt(q)


def from_samples(f, rms):
    z = np.random.default_rng(0).normal(size=200_000)
    gain = np.mean(f(z) ** 2) ** -0.5
    for _ in range(99):
        rms = gain * np.mean(f(rms * z) ** 2) ** 0.5
    return rms


def outputs(f, rms):  # the activations' rms: the pre-activations' before the gain
    return through(f, rms, layers=101) * through(f, 1.0, 1.0, 2)


@pytest.mark.parametrize("answer", [through, from_samples, lambda f, rms: np.array([through(f, rms)])])
def test_12_3_accepts_the_recursion(answer):
    assert CHECKS["12.3"](answer) is None


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (1.0, "the function itself"),
        (lambda f, rms: [rms, rms], "one finite number: the rms"),
        (lambda f, rms: through(f, rms) ** 2, "mean square at the end"),
        (lambda f, rms: through(f, rms**0.5), "start from a mean square"),
        (outputs, "leaves the activations"),
        (lambda f, rms: through(f, rms, 1.0), "scale 1"),
        (lambda f, rms: through(f, rms, through(f, 1.0, 1.0, 2) ** -2), "Gain or its square"),
        (lambda f, rms: through(f, rms, inputs=True), "not of the inputs"),
        (lambda f, rms: 1.0, "Take one layer"),
        (lambda f, rms: through(f, rms, layers=21), "how many kernels"),
        (lambda f, rms: through(f, rms, layers=99), "how many kernels"),
        (lambda f, rms: through(f, rms, layers=101), "how many kernels"),
    ],
)
def test_12_3_hints(answer, hint):
    assert hint in CHECKS["12.3"](answer)


def test_no_hint_gives_the_answer():
    for factor in (0.5, 0.9, 1.1, 2.0):
        hint = CHECKS["12.2"]({name: g * factor for name, g in GAINS.items()})
        assert not any(f"{g:.1f}" in hint for g in GAINS.values())
    for shift in (-5, -1, 1, 5):
        hint = CHECKS["12.1"](lambda width, shift=shift: until_powers_end(width) + shift)
        assert "sqrt" not in hint and "26" not in hint
