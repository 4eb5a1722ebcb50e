"""Boundaries and points: every point is drawn, and any model that gives a number, or none, can be."""

import warnings

import keras
import numpy as np
import pytest

from helpers import plotting

X = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
Y = np.array([0, 1, 1, 0])


def linear(slope, constant):
    """A net that gives slope times x1 + constant, however large."""
    net = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    net.set_weights([np.array([[slope], [0.0]]), np.array([constant])])
    return net


def lines(axis):
    """Where the black line runs, as arrays of points."""
    parts = [c for c in axis.collections if hasattr(c, "levels") and not c.filled]
    return [path.vertices for part in parts for path in part.get_paths() if len(path.vertices)]


def test_the_line_is_where_the_output_is_one_half():
    axis = plotting.plot_boundaries({"net": linear(1.0, 0.2)}, X, Y).axes[0]
    points = np.concatenate(lines(axis))
    assert np.allclose(points[:, 0], 0.3)
    assert points[:, 1].min() == pytest.approx(-0.2)
    assert points[:, 1].max() == pytest.approx(1.2)


@pytest.mark.parametrize("labels", [Y, Y[:, None], Y.astype(bool), Y.astype(float), Y.tolist()])
def test_every_point_is_drawn(labels):
    axis = plotting.plot_boundaries({"net": linear(1.0, 0.0)}, X.tolist(), labels).axes[0]
    zeros, ones = (part.get_offsets() for part in axis.collections[-2:])
    assert zeros.tolist() == X[Y == 0].tolist()
    assert ones.tolist() == X[Y == 1].tolist()


@pytest.mark.parametrize(
    ("slope", "constant"), [(0.0, 0.0), (0.0, 0.5), (0.0, 7.0), (9.0, -20.0), (0.0, np.nan), (1, np.inf)]
)
def test_an_output_that_never_crosses_one_half_has_no_line_and_no_warning(slope, constant):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure = plotting.plot_boundaries({"net": linear(slope, constant)}, X, Y)
        figure.canvas.draw()
    assert not lines(figure.axes[0])
    told = [text.get_text() for text in figure.axes[0].texts]
    assert told == ([] if np.isfinite(constant) else ["output is not finite"])


def test_outputs_beyond_0_and_1_have_the_colours_of_0_and_1():
    def colour(constant):
        figure = plotting.plot_boundaries({"net": linear(0.0, constant)}, X, Y)
        figure.canvas.draw()
        x, y = figure.axes[0].transData.transform([0.5, 0.5]).astype(int)
        return np.asarray(figure.canvas.buffer_rgba())[-y, x, :3].astype(int)

    assert np.abs(colour(-3.0) - colour(0.01)).max() < 30
    assert np.abs(colour(4.0) - colour(0.99)).max() < 30
    assert np.abs(colour(4.0) - colour(-3.0)).max() > 40
