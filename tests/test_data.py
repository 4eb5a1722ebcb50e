import numpy as np
import pytest
from sklearn import datasets

from helpers import data


def test_two_circles_of_the_right_radii():
    X, y = data.circles(20_000, factor=0.5, noise=0.1)
    radius = np.linalg.norm(X, axis=1)
    # E|r + noise| is about r + noise**2 / (2 r) for noise across the radius
    for label, r in ((0.0, 1.0), (1.0, 0.5)):
        expected = r + 0.1**2 / (2 * r)
        error = 4 * 0.1 / np.sqrt(10_000)
        assert abs(radius[y == label].mean() - expected) < error + 5e-4
    assert np.allclose(X.mean(axis=0), 0, atol=0.03)


def test_the_defaults_are_those_of_the_collection():
    for ours, theirs in (
        (data.circles(), datasets.make_circles(1000, factor=0.5, noise=0.1, random_state=42)),
        (data.moons(), datasets.make_moons(1000, noise=0.5, random_state=42)),
    ):
        for found, expected in zip(ours, theirs, strict=True):
            assert np.array_equal(found, expected)
    for found, expected in zip(data.adding_problem(5, 8), data.adding_problem(5, 8, seed=42), strict=True):
        assert np.array_equal(found, expected)
    (X, _), (again, _) = (data.split(np.arange(99), np.arange(99), (99,), **s)[0] for s in ({}, {"seed": 0}))
    assert np.array_equal(X, again)


@pytest.mark.parametrize(
    "draw",
    [
        lambda seed: data.circles(seed=seed),
        lambda seed: data.moons(seed=seed),
        lambda seed: data.adding_problem(3, 4, seed=seed),
        lambda seed: data.split(np.arange(3), np.arange(3), (3,), seed=seed)[0],
    ],
    ids=["circles", "moons", "adding_problem", "split"],
)
def test_seeds(draw):
    for found, expected in zip(draw(np.int64(2**32 - 1)), draw(2**32 - 1), strict=True):
        assert np.array_equal(found, expected)
    for seed, error in ((-1, ValueError), (2**32, ValueError), (0.5, TypeError), ("1", TypeError), (True, TypeError)):
        with pytest.raises(error, match="seed must be an integer of 0 to"):
            draw(seed)


def test_the_smallest_and_an_odd_number_of_points():
    for make in (data.circles, data.moons):
        assert make(2)[1].tolist() in ([0, 1], [1, 0])
        assert make(3)[1].sum() == 2


def test_shapes_types_and_labels():
    X, y = data.circles()
    assert X.shape == (1000, 2)
    assert y.shape == (1000,)
    assert X.dtype == y.dtype == np.float64
    assert sorted(np.unique(y)) == [0.0, 1.0]
    assert y.sum() == 500


def test_without_noise_the_points_lie_on_the_circles():
    X, y = data.circles(50, factor=0.3, noise=0)
    assert np.allclose(np.linalg.norm(X, axis=1), np.where(y == 1, 0.3, 1.0))


def test_the_seed_decides():
    assert np.array_equal(data.circles(seed=1)[0], data.circles(seed=1)[0])
    assert not np.array_equal(data.circles(seed=1)[0], data.circles(seed=2)[0])


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"n_samples": 1}, ValueError, "n_samples must be an integer of at least 2, got 1"),
        ({"n_samples": 10.0}, TypeError, "n_samples must be an integer"),
        ({"n_samples": True}, TypeError, "n_samples"),
        ({"factor": 1.0}, ValueError, "factor must be a finite number at least 0 and below 1, got 1.0"),
        ({"factor": -0.1}, ValueError, "factor"),
        ({"factor": "half"}, TypeError, "factor"),
        ({"noise": -1}, ValueError, "noise must be a finite number at least 0, got -1"),
        ({"noise": float("nan")}, ValueError, "noise"),
        ({"noise": np.ones(2)}, TypeError, "noise"),
    ],
)
def test_bad_arguments(arguments, error, message):
    with pytest.raises(error, match=message):
        data.circles(**arguments)


def test_moons_lie_on_their_half_circles():
    X, y = data.moons(200, noise=0)
    upper, lower = X[y == 0], X[y == 1]
    assert np.allclose(np.linalg.norm(upper, axis=1), 1)
    assert upper[:, 1].min() > -1e-12
    assert np.allclose(np.linalg.norm(lower - [1, 0.5], axis=1), 1)
    assert lower[:, 1].max() < 0.5 + 1e-12


def test_moons_have_the_noise_asked_for():
    sharp, y = data.moons(20_000, noise=0, seed=3)
    noisy, y_again = data.moons(20_000, noise=0.5, seed=3)
    assert np.array_equal(y, y_again)  # the seed orders both alike, so the difference is the noise
    assert np.allclose((noisy - sharp).std(axis=0), 0.5, rtol=4 / np.sqrt(2 * 20_000))


def test_moons_shapes_types_and_seed():
    X, y = data.moons()
    assert X.shape == (1000, 2)
    assert y.shape == (1000,)
    assert X.dtype == y.dtype == np.float64
    assert y.sum() == 500
    assert np.array_equal(X, data.moons()[0])
    assert not np.array_equal(X, data.moons(seed=1)[0])


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"n_samples": 1}, ValueError, "n_samples must be an integer of at least 2, got 1"),
        ({"n_samples": "many"}, TypeError, "n_samples"),
        ({"noise": -0.1}, ValueError, "noise must be a finite number at least 0, got -0.1"),
        ({"noise": float("inf")}, ValueError, "noise"),
        ({"noise": None}, TypeError, "noise"),
    ],
)
def test_bad_arguments_of_moons(arguments, error, message):
    with pytest.raises(error, match=message):
        data.moons(**arguments)


def test_digits_are_scaled_as_a_whole():
    X, y = data.digits()
    assert X.shape == (1797, 64)
    assert abs(X.mean()) < 1e-12
    assert abs(X.var() - 1) < 1e-12
    assert np.array_equal(np.unique(np.round((X - X.min()) / np.ptp(X) * 16, 9)), np.arange(17))  # 17 shades
    assert np.bincount(y).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]  # as UCI lists them


def test_split_deals_each_sample_once():
    X, y = np.arange(10)[:, None] * [1, 10], np.arange(10)
    parts = data.split(X, y, sizes=(5, 3, 2))
    assert [len(part) for part, _ in parts] == [5, 3, 2]
    assert sorted(np.concatenate([labels for _, labels in parts])) == list(range(10))
    for inputs, labels in parts:
        assert np.array_equal(inputs, labels[:, None] * [1, 10])


def test_split_may_leave_samples_out_and_keep_the_order():
    (X, y), (X_more, _) = data.split(np.arange(6), np.arange(6), sizes=(2, 3), seed=None)
    assert X.tolist() == y.tolist() == [0, 1]
    assert X_more.tolist() == [2, 3, 4]
    assert not np.array_equal(data.split(np.arange(99), np.arange(99), sizes=(99,))[0][0], np.arange(99))


@pytest.mark.parametrize(
    ("sizes", "error", "message"),
    [
        ((8, 3), ValueError, r"sum of at most 10, got \[8, 3\]"),
        ((), ValueError, "sizes must be one or more"),
        ((0, 5), ValueError, "sizes must be an integer of at least 1, got 0"),
        ((0.8, 0.2), TypeError, "sizes must be an integer"),
        (5, TypeError, "sizes must be a list of integers such as"),
        ("55", TypeError, "sizes must be a list"),
    ],
)
def test_bad_sizes(sizes, error, message):
    with pytest.raises(error, match=message):
        data.split(np.arange(10), np.arange(10), sizes=sizes)


@pytest.mark.parametrize("bad", [5, None, "text", [[1], [1, 2]]])
def test_split_refuses_what_is_no_array(bad):
    with pytest.raises(TypeError, match="X must be an array with one row for each sample, got"):
        data.split(bad, np.arange(10), sizes=(1,))
    with pytest.raises(TypeError, match="y must be an array"):
        data.split(np.arange(10), bad, sizes=(1,))


def test_split_takes_all_samples_and_sizes_in_an_array():
    parts = data.split(list(range(4)), list("abcd"), np.array([1, 3]), seed=None)
    assert [(X.tolist(), y.tolist()) for X, y in parts] == [([0], ["a"]), ([1, 2, 3], ["b", "c", "d"])]


def test_split_refuses_lengths_that_differ():
    with pytest.raises(ValueError, match="X and y must have the same length, got 3 and 4"):
        data.split(np.arange(3), np.arange(4), sizes=(1,))


@pytest.mark.parametrize("length", [2, 7, 50])
def test_adding_problem_marks_one_number_in_each_half(length):
    X, y = data.adding_problem(4000, length)
    numbers, marks = X[..., 0], X[..., 1]
    assert X.shape == (4000, length, 2)
    assert y.shape == (4000,)
    assert X.dtype == y.dtype == np.float64
    assert set(np.unique(marks)) <= {0.0, 1.0}
    assert (marks[:, : length // 2].sum(axis=1) == 1).all()
    assert (marks[:, length // 2 :].sum(axis=1) == 1).all()
    assert (marks.sum(axis=0) > 0).all()  # any step may be marked
    for row in range(20):
        assert y[row] == pytest.approx(sum(n for n, m in X[row].tolist() if m))
    assert numbers.min() >= 0
    assert numbers.max() < 1


def test_adding_problem_has_the_error_of_the_mean_it_states():
    _, y = data.adding_problem(100_000, 10)
    assert abs(y.mean() - 1) < 4 * np.sqrt(1 / 6 / 100_000)
    assert abs(((y - 1) ** 2).mean() - 1 / 6) < 4 * np.sqrt(7 / 180 / 100_000)  # var of (y - 1)**2: 1/15 - 1/36


def test_adding_problem_numbers_are_uniform_and_do_not_know_the_marks():
    X, _ = data.adding_problem(20_000, 10, seed=3)
    marked = X[..., 0][X[..., 1] == 1]
    assert abs(marked.mean() - 0.5) < 4 * np.sqrt(1 / 12 / len(marked))
    assert abs(marked.var() - 1 / 12) < 4 * np.sqrt(1 / 180 / len(marked))


def test_adding_problem_follows_its_seed():
    assert np.array_equal(data.adding_problem(5, 8, seed=1)[0], data.adding_problem(5, 8, seed=1)[0])
    assert not np.array_equal(data.adding_problem(5, 8, seed=1)[0], data.adding_problem(5, 8, seed=2)[0])


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((0, 50), ValueError, "samples must be an integer of at least 1, got 0"),
        ((10, 1), ValueError, "length must be an integer of at least 2, got 1"),
        ((10, 50.0), TypeError, "length must be an integer"),
        (("ten", 50), TypeError, "samples"),
        ((True, 50), TypeError, "samples"),
    ],
)
def test_bad_arguments_of_the_adding_problem(arguments, error, message):
    with pytest.raises(error, match=message):
        data.adding_problem(*arguments)
