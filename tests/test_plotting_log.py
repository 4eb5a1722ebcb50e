"""Zeros on a logarithmic axis are seen at a tick of their own."""

from itertools import pairwise

import numpy as np
import pytest

from helpers import plotting
from helpers.recording import LayerHistory

DYING = np.array([[1.0, 3.0], [0.1, 0.3], [0.0, 0.0], [0.0, 0.0]])
FALLING = np.array([1.0, 0.1, 0.01, 1e-5])
HISTORY = LayerHistory("gradient", range(4), {"dying": DYING, "alive": np.add(DYING, [0, 1])})
REPLICAS = LayerHistory("gradient", range(4), {"dying": np.stack([DYING] * 3, axis=1)}, 3)

FIGURES = {
    "gradients": (lambda: plotting.plot_gradients(HISTORY, np.ones(4)), 1),
    "gradients of replicas": (lambda: plotting.plot_gradients(REPLICAS), 1),
    "side by side": (lambda: plotting.plot_side_by_side({"alive": HISTORY, "dying": HISTORY}, log=True), 1),
    "curves": (lambda: plotting.plot_curves({"falling": FALLING, "dying": DYING[:, 0]}, "loss", log=True), 0),
    "profiles": (lambda: plotting.plot_through_layers({"dying": DYING[:, 0], "falling": FALLING}, "norm"), 0),
    "theory": (lambda: plotting.plot_through_layers({"a": FALLING}, "norm", theory={"a": DYING[:, 0]}), 0),
}


@pytest.mark.parametrize("name", FIGURES)
def test_zeros_are_seen_at_a_tick(name):
    draw, panel = FIGURES[name]
    figure = draw()
    figure.canvas.draw()
    axis = figure.axes[panel]
    zeros = [(line, k) for line in axis.lines for k in np.flatnonzero(np.asarray(line.get_ydata()) == 0)]
    assert zeros
    floor = axis.transData.transform([0, 0])[1]
    for line, k in zeros:
        assert line.get_visible()
        assert line.get_transform().transform([0, line.get_ydata()[k]])[1] == floor
    heights = np.concatenate([line.get_ydata() for line in axis.lines])
    lowest = axis.transData.transform([0, heights[heights > 0].min()])[1]
    assert axis.get_window_extent().y0 + 2 < floor < lowest - 2  # above the frame, below what is positive
    labels = {tick.get_loc(): tick.label1.get_text() for tick in axis.yaxis.get_major_ticks()}
    assert "0" in labels[0.0]


@pytest.mark.parametrize("name", FIGURES)
def test_what_is_positive_stays_logarithmic(name):
    draw, panel = FIGURES[name]
    axis = draw().axes[panel]
    heights = [axis.transData.transform([0, height])[1] for height in (1, 0.1, 0.01)]
    assert heights[0] - heights[1] == pytest.approx(heights[1] - heights[2])


def test_without_zeros_the_axis_is_logarithmic():
    assert plotting.plot_curves({"a": FALLING}, "loss", log=True).axes[0].get_yscale() == "log"
    assert plotting.plot_through_layers({"a": FALLING}, "norm", theory={"a": FALLING}).axes[0].get_yscale() == "log"


def test_a_band_down_to_zero_is_seen():
    runs = np.array([[1.0, 1.0, 1.0], [1.0, 0.5, 0.0], [1.0, 0.5, 0.0]])
    (axis,) = plotting.plot_curves({"runs": np.repeat(runs, 20, axis=1)}, "loss", log=True).axes
    band = axis.collections[0].get_paths()[0].vertices[:, 1]
    assert band.min() == 0
    assert axis.get_ylim()[0] < 0
    assert 0 in axis.get_yticks()


def test_zeros_alone_have_one_tick():
    (axis,) = plotting.plot_curves({"dead": np.zeros(3)}, "loss", log=True).axes
    assert axis.get_yticks().tolist() == [0]
    assert axis.get_ylim()[0] < 0 < axis.get_ylim()[1]


def test_panels_side_by_side_share_the_tick():
    alive = LayerHistory("gradient", range(4), {"alive": np.add(DYING, [1, 3])})
    figure = plotting.plot_side_by_side({"alive": alive, "dying": HISTORY}, log=True)
    assert 0 in figure.axes[0].get_yticks()
    assert figure.axes[0].get_ylim() == figure.axes[1].get_ylim()
    assert figure.axes[0].get_yticks().tolist() == figure.axes[1].get_yticks().tolist()


@pytest.mark.parametrize("lowest", [1e-3, 1e-12, 1e-44, 1e-200, 1e-300])
def test_tick_labels_do_not_overlap_however_small_the_smallest(lowest):
    figure = plotting.plot_curves({"a": np.geomspace(1, lowest, 9), "dead": np.zeros(9)}, "norm", log=True)
    figure.canvas.draw()
    axis = figure.axes[0]
    low, high = axis.get_ylim()
    boxes = [t.label1.get_window_extent() for t in axis.yaxis.get_major_ticks() if low <= t.get_loc() <= high]
    assert len(boxes) >= 3
    assert all(below.y1 <= above.y0 + 2 for below, above in pairwise(boxes))
