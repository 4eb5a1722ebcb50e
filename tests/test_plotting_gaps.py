"""One step, and steps that are not finite: what there is to see is seen, and nothing warns."""

import warnings

import numpy as np
import pytest

from helpers import plotting
from helpers.recording import LayerHistory

RNG = np.random.default_rng(0)
NAN, INF = np.nan, np.inf


def dots(line):
    """The points of a line that have a marker."""
    if line.get_marker() in ("None", "", None):
        return []
    every = line.get_markevery()
    points = np.column_stack(line.get_data())
    return [tuple(point) for point in (points if every is None else points[every]) if np.all(np.isfinite(point))]


@pytest.mark.parametrize("replicas", [None, 8])
def test_one_step_is_a_dot(replicas):
    shape = (1, 3) if replicas is None else (1, replicas, 3)
    h = LayerHistory("gradient", [5], {name: RNG.normal(size=shape) for name in ("a", "b")}, replicas)
    figure = plotting.plot_gradients(h, np.ones(shape[:-1]))
    for axis in figure.axes:
        assert all(len(dots(line)) == 1 for line in axis.lines)
        assert axis.get_xticks().tolist() == [5]
    if replicas:
        low, high = np.percentile(h.statistic("std")["b"][0], (5, 95))
        bars = [bar for part in figure.axes[1].collections for bar in part.get_paths() if len(bar.vertices) == 2]
        assert any(np.allclose(bar.vertices, [[5, low], [5, high]]) for bar in bars)


def test_one_value_is_a_dot_in_curves_and_profiles():
    for figure in (plotting.plot_curves({"a": [2.0]}, "loss"), plotting.plot_through_layers({"a": [2.0]}, "norm")):
        assert len(dots(figure.axes[0].lines[0])) == 1


def test_a_value_between_gaps_is_a_dot_and_others_are_not():
    (axis,) = plotting.plot_curves({"a": [1, NAN, 3, INF, 5, 6]}, "loss").axes
    assert dots(axis.lines[0]) == [(0, 1), (2, 3)]
    (axis,) = plotting.plot_curves({"a": np.ma.masked_array([1, 9, 3, 9], [0, 1, 0, 1])}, "loss").axes
    assert dots(axis.lines[0]) == [(0, 1), (2, 3)]
    (axis,) = plotting.plot_curves({"a": [1, 2, 3]}, "loss").axes
    assert dots(axis.lines[0]) == []


def test_each_layer_of_a_profile_with_gaps_has_its_marker():
    (axis,) = plotting.plot_through_layers({"a": [1, NAN, 3, 4]}, "norm").axes
    assert dots(axis.lines[0]) == [(1, 1), (3, 3), (4, 4)]


def test_the_axis_of_epochs_is_as_long_as_the_run():
    (axis,) = plotting.plot_curves({"diverged": [1, 2, 4, *[INF] * 7]}, "loss").axes
    assert axis.get_xlim()[0] <= 0
    assert axis.get_xlim()[1] >= 9


def test_there_is_no_epoch_between_two():
    for steps in (2, 3, 5):
        h = LayerHistory("weight", range(steps), {"a": RNG.normal(size=(steps, 3))})
        for axis in plotting.plot_weights(h).axes + plotting.plot_curves({"a": np.arange(steps)}, "loss").axes:
            assert np.array_equal(axis.get_xticks(), np.round(axis.get_xticks()))


def test_a_curve_without_a_finite_value_is_named():
    (axis,) = plotting.plot_curves({"diverged": [NAN, INF], "fine": [1, 2]}, "loss").axes
    assert [text.get_text() for text in axis.get_legend().get_texts()] == ["diverged (not finite)", "fine"]


def test_numbers_too_large_for_float64_are_a_gap_without_a_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        (axis,) = plotting.plot_curves({"a": np.array([1, np.longdouble("1e400"), 2])}, "loss").axes
    assert dots(axis.lines[0]) == [(0, 1), (2, 2)]


DIVERGED = {
    "nan": np.full((6, 4), NAN),
    "infinity": np.full((6, 4), INF),
    "both infinities": np.array([[INF, -INF, 1, 1]] * 6),
    "largest": np.array([[1, 1.7e308, -1.7e308, 1]] * 6),
    "smallest": np.array([[5e-324, 1e-310, 0, 1]] * 6),
    "half of them": np.where(np.arange(24).reshape(6, 4) < 12, 1.0, INF),
    "some": np.array([[1, 2, 3, 4], [1, NAN, 3, INF], [NAN, NAN, NAN, 1], [1, 1, 1, 1], [INF, INF, 1, 1], [NAN] * 4]),
}
FUNCTIONS = {
    "gradients": lambda a: plotting.plot_gradients(LayerHistory("g", range(6), {"a": a}), a[:, 0]),
    "replicas": lambda a: plotting.plot_gradients(LayerHistory("g", range(6), {"a": a[..., None]}, 4), a),
    "side by side": lambda a: plotting.plot_side_by_side(
        {"a": LayerHistory("g", range(6), {"a": a})}, "norm", log=True
    ),
    "every statistic": lambda a: plotting.plot_statistics(LayerHistory("g", range(6), {"a": a}), plotting.LABELS),
    "curves": lambda a: plotting.plot_curves({"a": a, "b": a[:, 1]}, "loss"),
    "curves, log": lambda a: plotting.plot_curves({"a": np.abs(a), "b": np.abs(a[:, 1])}, "loss", log=True),
    "profiles": lambda a: plotting.plot_through_layers({"a": np.abs(a)}, "norm", theory={"a": np.abs(a[:, 1])}),
    "distributions": lambda a: plotting.plot_distributions({"a": a[:, 0], "b": a[:, 1]}, "loss"),
    "histograms": lambda a: plotting.plot_histograms(LayerHistory("g", range(6), {"a": a, "b": np.zeros((6, 2))})),
    "map": lambda a: plotting.plot_histograms_over_time(LayerHistory("g", range(6), {"a": a}), "a"),
}


@pytest.mark.parametrize("data", DIVERGED)
@pytest.mark.parametrize("function", FUNCTIONS)
def test_diverged_runs_are_drawn_without_a_warning(function, data):
    with np.errstate(all="ignore"):
        values = DIVERGED[data]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        FUNCTIONS[function](values).canvas.draw()
