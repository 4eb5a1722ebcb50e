import numpy as np
import pytest

from helpers.exercises.lesson_21 import CHECKS

RIGHT = {"A": "batch norm", "B": "batch norm", "C": "initialisation"}


@pytest.mark.parametrize("a", ["batch norm", "shortcut", "Batch-Norm", "initialisation"])
@pytest.mark.parametrize("b", ["initialisation", "batch norm"])
@pytest.mark.parametrize("c", ["Initialisation", "batch norm"])
def test_each_remedy_that_mended_such_a_net_is_right(a, b, c):
    assert CHECKS["21.1"]({"A": a, "B": b, "C": c}) is None


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        ("batch norm", "dictionary"),
        ({"A": "batch norm"}, "each of A, B and C"),
        (RIGHT | {"B": ...}, "still without"),
        (RIGHT | {"C": "dropout"}, "as the table does"),
        (RIGHT | {"C": 3}, "as the table does"),
        (RIGHT | {"A": "clipping"}, "smaller"),
        (RIGHT | {"A": "Adam"}, "vanishing net"),
        (RIGHT | {"A": "activation"}, "not all learnt"),
        (RIGHT | {"B": "clipping"}, "zero"),
        (RIGHT | {"B": "Adam"}, "zero"),
        (RIGHT | {"B": "activation"}, "all layers"),
        (RIGHT | {"B": "shortcut"}, "whether they live"),
        (RIGHT | {"C": "clipping"}, "signal"),
        (RIGHT | {"C": "Adam"}, "signal"),
        (RIGHT | {"C": "activation"}, "more through"),
        (RIGHT | {"C": "shortcut"}, "surer"),
    ],
)
def test_other_remedies_get_a_hint(answer, hint):
    assert hint in CHECKS["21.1"](answer)


def one_by_one(kernels, points):
    fitted, h = [], points
    for kernel in kernels:
        out = np.maximum(h @ kernel, 0)
        size = np.sqrt(np.mean(out**2))
        fitted.append(kernel / size)
        h = out / size
    return fitted


def from_the_old_sizes(kernels, points):
    h, last, fitted = points, 1.0, []
    for kernel in kernels:
        h = np.maximum(h @ kernel, 0)
        size = np.linalg.norm(h) / np.sqrt(h.size)
        fitted.append(kernel * last / size)
        last = size
    return tuple(fitted)


def by_search(kernels, points):
    fitted, h = [], points
    for kernel in kernels:
        kernel = kernel.copy()
        for _ in range(3):
            kernel /= np.sqrt((np.maximum(h @ kernel, 0) ** 2).mean())
        fitted.append(kernel)
        h = np.maximum(h @ kernel, 0)
    return fitted


@pytest.mark.parametrize("answer", [one_by_one, from_the_old_sizes, by_search])
def test_kernels_may_be_fitted_in_any_way(answer):
    assert CHECKS["21.2"](answer) is None


def in_place(kernels, points):
    for kernel, fitted in zip(kernels, one_by_one(kernels, points), strict=True):
        kernel[:] = fitted
    return kernels


def by(size_of, follow=True):
    def fit(kernels, points):
        fitted, h = [], points
        for kernel in kernels:
            z = h @ kernel
            size = size_of(z)
            fitted.append(kernel / size)
            h = np.maximum(z / size if follow else z, 0)
        return fitted

    return fit


def rms_of_relu(z):
    return np.sqrt(np.mean(np.maximum(z, 0) ** 2))


def last_only(kernels, points):
    h = points
    for kernel in kernels:
        h = np.maximum(h @ kernel, 0)
    return [*kernels[:-1], kernels[-1] / np.sqrt(np.mean(h**2))]


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (3, "function"),
        (in_place, "copy"),
        (lambda kernels, points: kernels[0], "as many kernels"),
        (lambda kernels, points: 1.0, "as many kernels"),
        (lambda kernels, points: kernels, "as they were"),
        (lambda kernels, points: [k.T for k in kernels], "shape"),
        (lambda kernels, points: [-k for k in one_by_one(kernels, points)], "positive"),
        (lambda kernels, points: [k / np.linalg.norm(k, axis=0) for k in kernels], "as a whole"),
        (by(rms_of_relu, follow=False), "come"),
        (by(lambda z: np.maximum(z, 0).std()), "standard deviation"),
        (by(lambda z: np.sqrt(np.mean(z**2))), "enters"),
        (last_only, "last layer"),
        (by(lambda z: rms_of_relu(z) ** 2), "not 1"),
        (lambda kernels, points: [k * np.sqrt(2 / len(k)) for k in kernels], "not 1"),
    ],
)
def test_other_kernels_get_a_hint(answer, hint):
    assert hint in CHECKS["21.2"](answer)


def test_hints_do_not_tell_the_answer():
    for net in RIGHT:
        for remedy in ("clipping", "activation", "Adam"):
            hint = CHECKS["21.1"](RIGHT | {net: remedy})
            assert "batch" not in hint and "initialis" not in hint, hint
