"""Histograms: every entry is counted once, in the bin of its value."""

from itertools import pairwise

import numpy as np
import pytest

from helpers import plotting
from helpers.plotting.counts import bin_edges, count_entries
from helpers.recording import LayerHistory

RNG = np.random.default_rng(0)
NAN, INF = np.nan, np.inf


def history(replicas=None, layers=3, steps=(0, 5, 10)):
    shape = (len(steps), 4, 5) if replicas is None else (len(steps), replicas, 4, 5)
    return LayerHistory("weight", steps, {f"tanh{k}": RNG.normal(size=shape) for k in range(layers)}, replicas)


def ridges(axis):
    """Of each layer, first layer first: the edges of its bins, and its heights above its floor."""
    data = [patch.get_data() for patch in axis.patches]
    return [(part.edges, part.values - part.baseline) for part in data]


@pytest.mark.parametrize("shape", [(1,), (25,), (7, 30), (3, 40, 50)])
def test_every_entry_is_counted_once(shape):
    values = RNG.normal(size=shape)
    edges = bin_edges([values, values * 3])
    counts, lost = count_entries(values, edges)
    assert counts.sum() == values.size
    assert lost == 0
    assert np.all(np.diff(edges) > 0)
    middle = len(edges) // 2
    assert counts[middle] == np.sum((edges[middle] <= values) & (values < edges[middle + 1]))


@pytest.mark.parametrize("value", [0.0, 3.0, -1e20, 1e-300, 1e200])
def test_equal_entries_fall_into_one_bin(value):
    values = np.full(12, value)
    counts, _ = count_entries(values, bin_edges([values]))
    assert sorted(counts.tolist())[-2:] == [0, 12]


def test_what_is_not_finite_is_counted_apart():
    values = np.array([1.0, NAN, INF, 2.0, -INF])
    counts, lost = count_entries(values, bin_edges([values]))
    assert (counts.sum(), lost) == (2, 3)


def test_heights_follow_the_counts_up_to_the_peak():
    h = LayerHistory("activation", [0], {"a": [[0.0] * 6 + [1.0] * 3 + [10.0]], "b": [[10.0] * 5]})
    (axis,) = plotting.plot_histograms(h).axes
    (edges, first), (_, second) = ridges(axis)
    assert edges.tolist() == list(range(11))
    assert np.allclose(first / first.max(), [1, 0.5, *[0] * 7, 1 / 6])
    assert np.allclose(second / second.max(), [*[0] * 9, 1])
    assert first.max() == pytest.approx(second.max())
    assert first.max() < 1  # no histogram reaches into the row above


@pytest.mark.parametrize("replicas", [None, 6])
def test_the_last_step_is_drawn_unless_another_is_named(replicas):
    h = history(replicas)
    for step, index in ((None, -1), (0, 0), (5, 1), (np.float64(5), 1)):
        (axis,) = plotting.plot_histograms(h, step).axes
        for name, (edges, heights) in zip(h.names, ridges(axis), strict=True):
            counts = np.histogram(h[name][index], edges)[0]
            assert counts.sum() == h[name][index].size
            assert np.allclose(heights / heights.max(), counts / counts.max())
        assert axis.get_xlabel() == f"weight at epoch {h.steps[index]}"


def test_the_first_layer_is_on_top_and_named():
    (axis,) = plotting.plot_histograms(history()).axes
    floors = [np.min(patch.get_data().baseline) for patch in axis.patches]
    names = {tick: label.get_text() for tick, label in zip(axis.get_yticks(), axis.get_yticklabels(), strict=True)}
    assert floors == sorted(floors, reverse=True)
    assert [names[floor] for floor in floors] == ["tanh0", "tanh1", "tanh2"]
    assert "layer" in axis.get_ylabel()


def test_layers_can_be_chosen_and_keep_their_colours():
    h = history()
    (every,) = plotting.plot_histograms(h).axes
    (chosen,) = plotting.plot_histograms(h, layers=["tanh2", "tanh0"]).axes
    assert [label.get_text() for label in chosen.get_yticklabels()] == ["tanh2", "tanh0"]
    colours = [patch.get_edgecolor() for patch in every.patches]
    assert [patch.get_edgecolor() for patch in chosen.patches] == [colours[2], colours[0]]
    (one,) = plotting.plot_histograms(h, layers="tanh1").axes
    assert [patch.get_edgecolor() for patch in one.patches] == [colours[1]]


def test_the_step_before_training_is_called_so():
    h = LayerHistory("weight", [-1, 0], {"a": np.ones((2, 3))})
    assert plotting.plot_histograms(h, -1).axes[0].get_xlabel() == "weight before training"


def test_a_layer_says_how_many_of_its_entries_are_not_finite():
    h = LayerHistory("weight", [0], {"a": [[1.0, NAN, INF, 2.0]], "b": [[1.0, 2.0, 3.0, 4.0]]})
    (axis,) = plotting.plot_histograms(h).axes
    assert [label.get_text() for label in axis.get_yticklabels()] == ["a (2 not finite)", "b"]


def test_names_of_many_layers_do_not_touch():
    figure = plotting.plot_histograms(history(layers=100))
    figure.canvas.draw()
    boxes = [label.get_window_extent() for label in figure.axes[0].get_yticklabels()]
    assert len(boxes) >= 20
    assert all(above.y0 >= below.y1 for above, below in pairwise(boxes))
    assert len(figure.axes[0].patches) == 100


@pytest.mark.parametrize("replicas", [None, 6])
def test_over_time_each_column_holds_the_shares_of_its_step(replicas):
    h = history(replicas)
    figure = plotting.plot_histograms_over_time(h, "tanh1")
    axis, bar = figure.axes
    (colours,) = axis.collections
    corners = colours.get_coordinates()
    edges, borders = corners[:, 0, 1], corners[0, :, 0]
    assert borders.tolist() == [-2.5, 2.5, 7.5, 12.5]
    shares = colours.get_array().filled(0)
    assert np.allclose(shares.sum(axis=0), 1)
    for k in range(3):
        counts = np.histogram(h["tanh1"][k], edges)[0]
        assert counts.sum() == h["tanh1"][k].size
        assert np.allclose(shares[:, k], counts / counts.sum())
    assert (axis.get_xlabel(), axis.get_ylabel(), bar.get_ylabel()) == (
        "epoch",
        "weight of tanh1",
        "share of the entries",
    )


def test_over_time_empty_bins_are_white_and_lost_entries_told():
    h = LayerHistory("weight", [0, 1, 2], {"a": [[0.0, 1.0, 9.0, NAN], [NAN] * 4, [0.0, 0.0, 0.0, 0.0]]})
    axis, bar = plotting.plot_histograms_over_time(h, "a").axes
    shares = axis.collections[0].get_array()
    assert np.ma.count(shares, axis=0).tolist() == [3, 0, 1]
    assert shares[:, 0].compressed().tolist() == [1 / 3] * 3
    assert shares[0, 2] == 1
    assert bar.get_ylabel() == "share of the entries\n(5 of 12 not finite)"


def test_over_time_without_a_finite_entry_the_bar_runs_from_0_to_1():
    h = LayerHistory("weight", [0, 1], {"a": np.full((2, 3), NAN)})
    assert plotting.plot_histograms_over_time(h, "a").axes[1].get_ylim() == (0, 1)


def test_over_time_of_one_step():
    h = LayerHistory("weight", [7], {"a": [[0.0, 1.0]]})
    axis = plotting.plot_histograms_over_time(h, "a").axes[0]
    assert axis.collections[0].get_coordinates()[0, :, 0].tolist() == [6.5, 7.5]
    assert axis.get_xticks().tolist() == [7]
