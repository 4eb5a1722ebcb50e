import numpy as np
import pytest

from helpers.exercises.lesson_16 import CHECKS


def by_products(kernel):
    return np.allclose(kernel.T @ kernel, np.eye(len(kernel)))


def by_singular_values(kernel):
    return bool(np.allclose(np.linalg.svd(kernel, compute_uv=False), 1))


def by_lengths(kernel):
    x = np.random.default_rng(0).normal(size=(50, len(kernel)))
    return np.allclose(np.linalg.norm(x @ kernel, axis=1), np.linalg.norm(x, axis=1))


def by_the_inverse(kernel):
    return np.linalg.matrix_rank(kernel) == len(kernel) and np.allclose(np.linalg.inv(kernel), kernel.T)


@pytest.mark.parametrize("answer", [by_products, by_singular_values, by_lengths, by_the_inverse])
def test_an_orthogonal_kernel_may_be_known_by_any_sign(answer):
    assert CHECKS["16.1"](answer) is None


def in_place(kernel):
    kernel *= 2
    return True


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (True, "function"),
        (in_place, "copy"),
        (lambda kernel: kernel.T @ kernel, "True or False"),
        (lambda kernel: 1, "True or False"),
        (lambda kernel: False, "only turns"),
        (lambda kernel: bool(np.isclose(np.linalg.det(kernel), 1)), "mirrors"),
        (lambda kernel: True, "doubles"),
        (lambda kernel: bool(np.allclose(np.triu(kernel.T @ kernel, 1), 0)), "doubles"),
        (lambda kernel: bool(np.allclose(np.linalg.norm(kernel, axis=0), 1)), "not perpendicular"),
        (lambda kernel: bool(np.allclose(np.linalg.norm(kernel, axis=1), 1)), "not perpendicular"),
        (
            lambda kernel: all(np.allclose(np.linalg.norm(kernel, axis=k), 1) for k in (0, 1)),
            "rows and the columns",
        ),
        (lambda kernel: bool(np.isclose(abs(np.linalg.det(kernel)), 1)), "lengths"),
        (lambda kernel: bool(np.isclose(np.mean(kernel**2) * len(kernel), 1)), "length 1"),
        (lambda kernel: bool(np.isclose(np.linalg.norm(kernel[:, 0]), 1)), "length 1"),
        (lambda kernel: bool(np.isclose(np.linalg.norm(kernel, 2), 1)), "shortens some"),
        (lambda kernel: bool(np.isclose(np.linalg.norm(kernel, -2), 1)), "lengthens some"),
    ],
)
def test_other_signs_get_a_hint(answer, hint):
    assert hint in CHECKS["16.1"](answer)


def dead(layers, nets=100_000, sides=(1.0, -1.0)):
    rng = np.random.default_rng(3)
    h = np.tile(np.array(sides)[:, None], (nets, 1, 1))
    for _ in range(layers):
        h = np.maximum(h @ rng.normal(size=(nets, h.shape[2], 2)), 0)
    return np.mean(~h.any(axis=(1, 2)))


def test_both_sides_by_drawing():
    assert CHECKS["16.2"](dead(5)) is None
    assert CHECKS["16.2"]([0.62]) is None


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        ("most", "Hand in one number"),
        (dead(9), "nine"),
        (dead(5, sides=(1.0,)), "one input"),
        ((1 - 0.75**5) ** 2, "independently"),
        (1 - 0.75**10, "one side at least"),
        (1 - dead(5), "alive on a side"),
        (62, "between 0 and 1"),
        (0.1, "Send 1 and -1"),
    ],
)
def test_other_shares_get_a_hint(answer, hint):
    assert hint in CHECKS["16.2"](answer)


def logs_of(orthogonal, relu=True, nets=400, layers=16, n=32, seed=4):
    rng, logs = np.random.default_rng(seed), []
    for _ in range(nets):
        h = rng.normal(size=n)
        for _ in range(layers):
            W = rng.normal(size=(n, n)) / np.sqrt(n)
            if orthogonal:
                Q, R = np.linalg.qr(W)
                W = Q * np.sign(np.diag(R))
            h = np.maximum(np.sqrt(2) * h @ W, 0) if relu else h @ W
        logs.append(np.log(np.mean(h**2)))
    return np.array(logs)


def test_the_scatter_by_drawing():
    logs = logs_of(orthogonal=True)
    assert CHECKS["16.3"](np.var(logs) * 2) is None
    assert CHECKS["16.3"](3) is None
    assert "the variance itself" in CHECKS["16.3"](np.var(logs))
    assert "square" in CHECKS["16.3"](np.var(logs / 2) * 2)


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        ("three", "Hand in one positive number"),
        (-3, "Hand in one positive number"),
        (np.var(logs_of(orthogonal=False)) * 2, "Gaussian"),
        (0.001, "ReLU"),
        (30, "natural logarithm"),
    ],
)
def test_other_scatters_get_a_hint(answer, hint):
    assert hint in CHECKS["16.3"](answer)


def test_hints_do_not_tell_the_answer():
    wrong = {
        "16.1": [lambda k: True, lambda k: False, lambda k: bool(np.isclose(np.linalg.det(k), 1))],
        "16.2": [0.1, 0.5, 0.88, 0.76],
        "16.3": [0.01, 1, 1.8, 6, 30],
    }
    for exercise, answers in wrong.items():
        for answer in answers:
            hint = CHECKS[exercise](answer)
            assert "transpose" not in hint and ".T" not in hint and "0.6" not in hint and " 3" not in hint, hint
