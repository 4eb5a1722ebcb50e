import numpy as np
import pytest

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
        ({"factor": 1.0}, ValueError, "factor must be at least 0 and less than 1, got 1.0"),
        ({"factor": -0.1}, ValueError, "factor"),
        ({"noise": -1}, ValueError, "noise must be 0 or more, got -1"),
        ({"noise": float("nan")}, ValueError, "noise"),
    ],
)
def test_bad_arguments(arguments, error, message):
    with pytest.raises(error, match=message):
        data.circles(**arguments)
