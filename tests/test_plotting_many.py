"""Many layers, curves and panels, and long names: each can be told, and nothing leaves the figure."""

from functools import cache
from itertools import combinations

import numpy as np
import pytest
from matplotlib.colors import to_hex, to_rgb
from matplotlib.legend import Legend

from helpers import plotting
from helpers.plotting.figure import fold
from helpers.plotting.style import curve_looks
from helpers.recording import LayerHistory

RNG = np.random.default_rng(0)
LONG = "a_rather_long_name_of_a_layer_in_a_block_of_a_residual_net_"


def history(layers, replicas=None, name="tanh"):
    shape = (6, 3) if replicas is None else (6, replicas, 3)
    return LayerHistory("gradient", range(6), {f"{name}{k}": RNG.normal(size=shape) for k in range(layers)}, replicas)


def luminance(colour):
    """Relative luminance as WCAG 2 defines it: 0 of black, 1 of white."""
    channels = np.array(to_rgb(colour))
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4) @ (
        0.2126,
        0.7152,
        0.0722,
    )


@pytest.mark.parametrize("layers", [11, 30, 100])
def test_colour_tells_depth_if_there_are_more_than_ten_layers(layers):
    figure = plotting.plot_gradients(history(layers), np.ones(6))
    mean, std, _, bar = figure.axes
    for axis in (mean, std):
        light = [luminance(line.get_color()) for line in axis.lines]
        assert np.all(np.diff(light) < 0)
        assert 1.05 / (light[0] + 0.05) > 2  # contrast with white
        assert light[-1] < 0.05
        assert axis.get_legend() is None
        assert {line.get_linestyle() for line in axis.lines} == {"-"}
    assert bar.get_ylabel() == "layer"
    assert bar.get_ylim() == (1, layers)
    assert (bar.get_yticks()[0], bar.get_yticks()[-1]) == (1, layers)


def test_ten_layers_have_a_legend():
    (axis,) = plotting.plot_statistics(history(10), "std").axes
    assert len({(line.get_color(), line.get_linestyle()) for line in axis.lines}) == 10
    assert len(axis.get_legend().get_texts()) == 10


def test_side_by_side_a_depth_has_one_colour():
    figure = plotting.plot_side_by_side({"shallow": history(3), "deep": history(30)})
    shallow, deep, bar = figure.axes
    assert [to_hex(a.get_color()) for a in shallow.lines] == [to_hex(b.get_color()) for b in deep.lines[:3]]
    assert bar.get_ylabel() == "layer"


def test_fifty_curves_look_different():
    looks = curve_looks(50)
    assert all(a != b for a, b in combinations(looks, 2))
    (axis,) = plotting.plot_curves({f"curve {k}": [k, k] for k in range(50)}, "loss").axes
    assert [line.get_color() for line in axis.lines] == [look["color"] for look in looks]
    assert [text.get_text() for text in axis.get_legend().get_texts()] == [f"curve {k}" for k in range(50)]


def test_each_panel_names_its_layers_if_a_name_stands_at_different_depths():
    layers = {"in": np.ones((2, 3)), "middle": np.ones((2, 3)), "out": np.ones((2, 3))}
    deep = LayerHistory("weight", [0, 1], layers)
    shallow = LayerHistory("weight", [0, 1], {name: layers[name] for name in ("in", "out")})
    figure = plotting.plot_side_by_side({"shallow": shallow, "deep": deep})
    named = [[text.get_text() for text in axis.get_legend().get_texts()] for axis in figure.axes]
    assert named == [["in", "out"], ["in", "middle", "out"]]
    same = plotting.plot_side_by_side({"a": shallow, "b": shallow})
    assert [axis.get_legend() is not None for axis in same.axes] == [True, False]


def profiles(count, name="net "):
    return {f"{name}{k}": RNG.random(8) + 1 for k in range(count)}


FIGURES = {
    "ten layers": lambda: plotting.plot_gradients(history(10), np.ones(6)),
    "thirty layers": lambda: plotting.plot_gradients(history(30), np.ones(6), title="thirty layers"),
    "long names of layers": lambda: plotting.plot_gradients(history(10, name=LONG), np.ones(6)),
    "a few long names": lambda: plotting.plot_weights(history(2, name=LONG)),
    "a long quantity": lambda: plotting.plot_weights(LayerHistory("change since the start " * 4, [0], {"a": [[1, 2]]})),
    "long names side by side": lambda: plotting.plot_side_by_side({LONG: history(9, name=LONG), "b": history(3)}),
    "twelve curves": lambda: plotting.plot_curves(profiles(12), "loss"),
    "fifty curves": lambda: plotting.plot_curves(profiles(50), "loss", title="fifty"),
    "long curves": lambda: plotting.plot_curves(
        profiles(3, "words " * 60), "loss " * 30, "epoch " * 30, title="a " * 99
    ),
    "formulas": lambda: plotting.plot_curves(profiles(2, r"$\delta$ and $a + b$ " * 9), "y", title="$a + b$ " * 30),
    "fifty profiles": lambda: plotting.plot_through_layers(profiles(50), "norm", theory={"net 0": np.ones(8)}),
    "fifty groups": lambda: plotting.plot_distributions(profiles(50), "accuracy"),
    "seven panels": lambda: plotting.plot_side_by_side({f"net {k}": history(3) for k in range(7)}, title="seven"),
    "histograms": lambda: plotting.plot_histograms(history(60, name=LONG), title="sixty " * 20),
    "map": lambda: plotting.plot_histograms_over_time(history(1, name=LONG), LONG + "0", title=LONG),
}


@cache
def drawn(name):
    """A figure for tests that measure it and change nothing: to lay it out takes most of their time."""
    figure = FIGURES[name]()
    figure.canvas.draw()
    return figure


@pytest.mark.parametrize("name", FIGURES)
def test_nothing_leaves_the_figure(name):
    figure = drawn(name)
    things = [*figure.findobj(Legend), *figure.axes]
    for axis in figure.axes:
        things += [text for text in (axis.title, axis.xaxis.label, axis.yaxis.label) if text.get_text()]
    boxes = [thing.get_window_extent() for thing in things]
    boxes.append(figure.get_tightbbox().transformed(figure.dpi_scale_trans))  # of all that is drawn
    for box in boxes:
        assert -1 <= box.x0 <= box.x1 <= figure.bbox.x1 + 1
        assert -1 <= box.y0 <= box.y1 <= figure.bbox.y1 + 1


@pytest.mark.parametrize("name", FIGURES)
def test_a_legend_lies_in_its_panel_or_beside_the_last(name):
    figure = drawn(name)
    for axis in figure.axes:
        if legend := axis.get_legend():
            box, panel = legend.get_window_extent(), axis.get_window_extent()
            inside = panel.x0 <= box.x0 and box.x1 <= panel.x1 and panel.y0 <= box.y0 and box.y1 <= panel.y1
            assert inside or box.x0 >= max(a.get_window_extent().x1 for a in figure.axes)


def test_long_labels_are_folded_and_formulas_stay_whole():
    figure = FIGURES["long curves"]()
    assert figure.get_figwidth() < 16
    assert fold("the sum $a + b + c$ of all", 9) == "the sum\n$a + b + c$\nof all"
    assert fold("one\ntwo", 9) == "one\ntwo"


@pytest.mark.parametrize("name", ["twelve curves", "fifty curves", "fifty profiles", "fifty groups"])
def test_a_long_legend_hides_no_curve(name):
    (axis,) = drawn(name).axes
    assert axis.get_legend().get_window_extent().x0 >= axis.get_window_extent().x1


def test_panels_go_in_rows_of_at_most_four():
    figure = plotting.plot_side_by_side({f"net {k}": history(3) for k in range(7)})
    places = [axis.get_subplotspec() for axis in figure.axes]
    assert [place.rowspan.start for place in places] == [0, 0, 0, 0, 1, 1, 1]
    assert [bool(axis.get_ylabel()) for axis in figure.axes] == [True, False, False, False, True, False, False]
    assert all(axis.get_xlabel() for axis in figure.axes)
    assert len({axis.get_ylim() for axis in figure.axes}) == 1


def test_a_legend_shows_labels_that_are_no_text_or_start_with_an_underscore():
    (axis,) = plotting.plot_curves({0.1: [1, 2], "_hidden": [2, 3]}, "loss").axes
    assert [text.get_text() for text in axis.get_legend().get_texts()] == ["0.1", "_hidden"]
