"""What cannot be drawn is refused by the name of the argument, and leaves no figure behind."""

import keras
import matplotlib.pyplot as plt
import numpy as np
import pytest

from helpers import models, plotting
from helpers.recording import LayerHistory

NAN = float("nan")
FORMULA = r"$\frac{$"
X, Y = np.random.default_rng(0).normal(size=(6, 2)), np.array([0, 1] * 3)
NET = models.make_mlp("tanh", "zeros")
TWO_OUTPUTS = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)])
NOT_BUILT = keras.Sequential([keras.layers.Dense(1)])


def history(values=None, replicas=None, steps=(0, 1, 2), quantity="weight", name="a"):
    values = np.ones((3, 2) if replicas is None else (3, replicas, 2)) if values is None else values
    return LayerHistory(quantity, steps, {name: values}, replicas)


H, MANY, NEGATIVE = history(), history(replicas=4), history(-np.ones((3, 2)))

HISTORIES = [
    (lambda: plotting.plot_weights(None), "history must be a LayerHistory, .* got NoneType"),
    (lambda: plotting.plot_weights({"a": H}), "history must be a LayerHistory, .* got dict"),
    (lambda: plotting.plot_gradients(np.ones((3, 2))), "history must be a LayerHistory, .* got ndarray"),
    (lambda: plotting.plot_weights(history(quantity=FORMULA)), "the quantity of history has a formula"),
    (lambda: plotting.plot_weights(history(name=FORMULA)), "the layer .* of history has a formula"),
    (lambda: plotting.plot_weights(H, title=5), "title must be text, got 5"),
    (lambda: plotting.plot_weights(H, title=0), "title must be text, got 0"),
    (lambda: plotting.plot_weights(H, FORMULA), "title has a formula that matplotlib cannot read"),
    (lambda: plotting.plot_gradients(H, title=["a"]), r"title must be text, got \['a'\]"),
]
LOSS = [
    (lambda: plotting.plot_gradients(H, np.ones(4)), "loss must have one entry for each of the 3 steps .* got 4"),
    (lambda: plotting.plot_gradients(H, np.ones((3, 4, 2))), r"loss must have shape \(n,\) or \(n, R\) .* \(3, 4, 2\)"),
    (lambda: plotting.plot_gradients(H, 1.0), "loss must have shape"),
    (lambda: plotting.plot_gradients(H, []), "loss must have shape .* not be empty"),
    (lambda: plotting.plot_gradients(H, [[1], [1, 2], [3]]), "loss must have shape .* rows differ in length"),
    (lambda: plotting.plot_gradients(H, "abc"), "loss must hold real numbers, got <U3"),
    (lambda: plotting.plot_gradients(H, [None] * 3), "loss must hold real numbers, got object"),
    (lambda: plotting.plot_gradients(H, {"loss": [1, 2, 3]}), "loss must hold real numbers"),
    (lambda: plotting.plot_gradients(MANY, np.ones((3, 5))), "loss must have a column for each of the 4 nets .* got 5"),
    (lambda: plotting.plot_gradients(H, np.ones((3, 2))), r"loss must have a column .* choose one with loss\[:, 0\]"),
]
STATISTICS = [
    (lambda: plotting.plot_statistics(H, ()), "statistics is empty"),
    (lambda: plotting.plot_statistics(H, 5), "statistics must be names of statistics, .* got 5"),
    (lambda: plotting.plot_statistics(H, ["mean", 5]), "statistics must be names of statistics, .* got 5 among them"),
    (lambda: plotting.plot_statistics(H, "men"), "statistic='men' is unknown; did you mean 'mean'"),
    (lambda: plotting.plot_statistics(H, "mean", log="std"), "log='std' is unknown; use one of 'mean'"),
    (lambda: plotting.plot_statistics(H, "mean", log=("mean", "std")), "log='std' is unknown"),
    (lambda: plotting.plot_statistics(H, "mean", log=True), "log must be names of statistics, .* got True"),
    (lambda: plotting.plot_statistics(H, "mean", log=None), "log must be names of statistics, .* got None"),
    (
        lambda: plotting.plot_statistics(NEGATIVE, "mean", log="mean"),
        "history, 'mean' of layer 'a', .* leave 'mean' out of log",
    ),
    (lambda: plotting.plot_side_by_side({}), "histories is empty"),
    (lambda: plotting.plot_side_by_side(H), "histories must be a dictionary .* got LayerHistory"),
    (lambda: plotting.plot_side_by_side([H]), "histories must be a dictionary .* got list"),
    (lambda: plotting.plot_side_by_side({"x": 1}), r"histories\['x'\] must be a LayerHistory"),
    (lambda: plotting.plot_side_by_side({FORMULA: H}), "the label .* of histories has a formula"),
    (lambda: plotting.plot_side_by_side({"x": H}, None), "statistic=None is unknown"),
    (lambda: plotting.plot_side_by_side({"x": H}, ["mean"]), r"statistic=\['mean'\] is unknown"),
    (lambda: plotting.plot_side_by_side({"x": H}, log="yes"), "log must be True or False, got 'yes'"),
    (lambda: plotting.plot_side_by_side({"x": NEGATIVE}, "min", log=True), r"histories\['x'\].* use log=False"),
    (lambda: plotting.plot_side_by_side({"x": H}, title=5), "title must be text"),
]
CURVES = [
    (lambda: plotting.plot_curves({}, "y"), "curves is empty"),
    (lambda: plotting.plot_curves([1, 2], "y"), "curves must be a dictionary .* got list"),
    (lambda: plotting.plot_curves({"a": 1.0}, "y"), r"curves\['a'\] must have shape \(n,\) or \(n, R\)"),
    (lambda: plotting.plot_curves({"a": []}, "y"), r"curves\['a'\] must .* not be empty"),
    (lambda: plotting.plot_curves({"a": np.ones((2, 2, 2))}, "y"), r"curves\['a'\] must have shape"),
    (lambda: plotting.plot_curves({"a": [[1], [2, 3]]}, "y"), r"curves\['a'\] .* rows differ in length"),
    (lambda: plotting.plot_curves({"a": "abc"}, "y"), r"curves\['a'\] must hold real numbers"),
    (lambda: plotting.plot_curves({"a": None}, "y"), r"curves\['a'\] must hold real numbers"),
    (lambda: plotting.plot_curves({"a": [1j]}, "y"), r"curves\['a'\] must hold real numbers"),
    (lambda: plotting.plot_curves({k: [1] for k in range(51)}, "y"), "curves has 51 entries, but only 50"),
    (lambda: plotting.plot_curves({FORMULA: [1]}, "y"), "the label .* of curves has a formula"),
    (lambda: plotting.plot_curves({"a": [1, -2]}, "y", log=True), r"curves\['a'\] has negative values, down to -2"),
    (lambda: plotting.plot_curves({"a": [1, 2], "b": [1]}, "y", x=[0, 1]), r"x must .* 2, and curves\['b'\] has 1"),
    (lambda: plotting.plot_curves({"a": [1, 2]}, "y", x=[0]), r"x must .* has 1, and curves\['a'\] has 2"),
    (lambda: plotting.plot_curves({"a": [1, 2]}, "y", x=[0, NAN]), "x must be finite, got nan"),
    (lambda: plotting.plot_curves({"a": [1, 2]}, "y", x=["a", "b"]), "x must hold real numbers"),
    (lambda: plotting.plot_curves({"a": [1, 2]}, "y", x=5), r"x must have shape \(n,\)"),
    (lambda: plotting.plot_curves({"a": [1, 2]}, "y", x=[[0], [1]]), r"x must have shape \(n,\)"),
    (lambda: plotting.plot_curves({"a": [1]}, 5), "ylabel must be text, got 5"),
    (lambda: plotting.plot_curves({"a": [1]}, None), "ylabel must be text, got None"),
    (lambda: plotting.plot_curves({"a": [1]}, "y", [0, 1]), "xlabel must be text"),
    (lambda: plotting.plot_curves({"a": [1]}, "y", FORMULA), "xlabel has a formula"),
    (lambda: plotting.plot_curves({"a": [1]}, "y", log=None), "log must be True or False"),
    (lambda: plotting.plot_curves({"a": [1]}, "y", title=5), "title must be text"),
]
PROFILES = [
    (lambda: plotting.plot_through_layers({}, "y"), "profiles is empty"),
    (lambda: plotting.plot_through_layers([1], "y"), "profiles must be a dictionary"),
    (lambda: plotting.plot_through_layers({"a": np.ones((2, 2, 2))}, "y"), r"profiles\['a'\] must have shape"),
    (lambda: plotting.plot_through_layers({"a": H}, "y"), r"profiles\['a'\] must hold real numbers"),
    (lambda: plotting.plot_through_layers({"a": [-1]}, "y"), r"profiles\['a'\] has negative values"),
    (lambda: plotting.plot_through_layers({"a": [1]}, "y", {"b": [1]}), "theory='b' is unknown"),
    (lambda: plotting.plot_through_layers({"a": [1]}, "y", {"a": [1, 2]}), r"theory\['a'\] .* each of 1 layers, got 2"),
    (lambda: plotting.plot_through_layers({"a": [1]}, "y", {"a": 1}), r"theory\['a'\] must have shape \(n,\)"),
    (lambda: plotting.plot_through_layers({"a": [1]}, "y", {"a": ["x"]}), r"theory\['a'\] must hold real numbers"),
    (lambda: plotting.plot_through_layers({"a": [1]}, "y", {"a": [[1], [1, 2]]}), r"theory\['a'\] .* differ in length"),
    (lambda: plotting.plot_through_layers({"a": [1]}, "y", {"a": [-1]}), r"theory\['a'\] has negative values"),
    (lambda: plotting.plot_through_layers({"a": [1]}, "y", [1]), "theory must be a dictionary"),
    (lambda: plotting.plot_through_layers({"a": [1]}, 7), "ylabel must be text"),
    (lambda: plotting.plot_through_layers({"a": [1]}, "y", log=2), "log must be True or False"),
    (lambda: plotting.plot_through_layers({"a": [1]}, "y", title=2), "title must be text"),
]
DISTRIBUTIONS = [
    (lambda: plotting.plot_distributions({}, "x"), "values is empty"),
    (lambda: plotting.plot_distributions([1], "x"), "values must be a dictionary"),
    (lambda: plotting.plot_distributions({"a": []}, "x"), r"values\['a'\] must .* not be empty"),
    (lambda: plotting.plot_distributions({"a": np.ones((2, 2))}, "x"), r"values\['a'\] must have shape \(n,\)"),
    (lambda: plotting.plot_distributions({"a": ["b"]}, "x"), r"values\['a'\] must hold real numbers"),
    (lambda: plotting.plot_distributions({"a": [3]}, 3), "xlabel must be text"),
    (lambda: plotting.plot_distributions({"a": [3]}, "x", {"b": 1}), "marks='b' is unknown"),
    (lambda: plotting.plot_distributions({"a": [3]}, "x", [3]), "marks must be a dictionary"),
    (lambda: plotting.plot_distributions({"a": [3]}, "x", {"a": "3"}), r"marks\['a'\] must be a finite number"),
    (lambda: plotting.plot_distributions({"a": [3]}, "x", {"a": NAN}), r"marks\['a'\] must be a finite number"),
    (lambda: plotting.plot_distributions({"a": [3]}, "x", {"a": [1, 2]}), r"marks\['a'\] must be a finite number"),
    (lambda: plotting.plot_distributions({"a": [3]}, "x", title=3), "title must be text"),
]
BOUNDARIES = [
    (lambda: plotting.plot_boundaries({}, X, Y), "models is empty"),
    (lambda: plotting.plot_boundaries(NET, X, Y), "models must be a dictionary"),
    (lambda: plotting.plot_boundaries({"m": 3}, X, Y), r"models\['m'\] must be a Keras model, got int"),
    (lambda: plotting.plot_boundaries({"m": len}, X, Y), r"models\['m'\] must be a Keras model"),
    (lambda: plotting.plot_boundaries({"m": keras.Sequential}, X, Y), r"models\['m'\] must be a Keras model, got type"),
    (lambda: plotting.plot_boundaries({"m": NOT_BUILT}, X, Y), r"models\['m'\] has no weights yet"),
    (lambda: plotting.plot_boundaries({"m": TWO_OUTPUTS}, X, Y), r"models\['m'\] must take \(n, 2\) to \(n, 1\)"),
    (lambda: plotting.plot_boundaries({"m": NET}, np.ones((0, 2)), []), "X is empty; give at least one point"),
    (lambda: plotting.plot_boundaries({"m": NET}, [], []), r"X must be points of shape \(n, 2\), got \(0,\)"),
    (lambda: plotting.plot_boundaries({"m": NET}, X[:, :1], Y), r"X must be points of shape \(n, 2\), got \(6, 1\)"),
    (lambda: plotting.plot_boundaries({"m": NET}, X[0], Y), r"X must be points of shape \(n, 2\)"),
    (lambda: plotting.plot_boundaries({"m": NET}, X * NAN, Y), "X must be finite, got nan"),
    (lambda: plotting.plot_boundaries({"m": NET}, None, Y), "X must be points"),
    (lambda: plotting.plot_boundaries({"m": NET}, [[1, 2], [3]], Y), "X must be points, .* rows differ in length"),
    (lambda: plotting.plot_boundaries({"m": NET}, X, Y[:3]), r"y must hold one label .* 6 points .* got shape \(3,\)"),
    (lambda: plotting.plot_boundaries({"m": NET}, X, np.eye(2)[Y]), r"y must hold one label .* got shape \(6, 2\)"),
    (lambda: plotting.plot_boundaries({"m": NET}, X, 2 * Y - 1), "y must hold the labels 0 and 1 only, got also -1"),
    (lambda: plotting.plot_boundaries({"m": NET}, X, Y * NAN), "y must hold the labels 0 and 1 only, got also nan"),
    (lambda: plotting.plot_boundaries({"m": NET}, X, ["a"] * 6), "y must be labels 0 and 1"),
    (lambda: plotting.plot_boundaries({"m": NET}, X, None), "y must be labels 0 and 1"),
    (lambda: plotting.plot_boundaries({"m": NET}, X, Y, title=1), "title must be text"),
    (lambda: plotting.draw_points(None, X, Y), "axis must be a matplotlib Axes, .* got NoneType"),
]
HISTOGRAMS = [
    (lambda: plotting.plot_histograms(None), "history must be a LayerHistory"),
    (lambda: plotting.plot_histograms(H, 7), "step=7 was not recorded; use one of 0, 1, 2"),
    (lambda: plotting.plot_histograms(H, -1), "step=-1 was not recorded"),
    (lambda: plotting.plot_histograms(H, 0.5), "step=0.5 was not recorded"),
    (lambda: plotting.plot_histograms(H, True), "step=True was not recorded"),
    (lambda: plotting.plot_histograms(H, "last"), "step='last' was not recorded"),
    (lambda: plotting.plot_histograms(H, [0, 1]), r"step=\[0, 1\] was not recorded"),
    (lambda: plotting.plot_histograms(H, layers=["c"]), "layers='c' is unknown; use one of 'a'"),
    (lambda: plotting.plot_histograms(H, layers=[0]), "layers=0 is unknown"),
    (lambda: plotting.plot_histograms(H, layers=[]), "layers is empty"),
    (lambda: plotting.plot_histograms(H, layers=5), "layers must be names of layers, .* got 5"),
    (lambda: plotting.plot_histograms(H, title=1), "title must be text"),
    (lambda: plotting.plot_histograms_over_time({}, "a"), "history must be a LayerHistory"),
    (lambda: plotting.plot_histograms_over_time(H, "c"), "layer='c' is unknown; use one of 'a'"),
    (lambda: plotting.plot_histograms_over_time(H, 0), "layer=0 is unknown"),
    (lambda: plotting.plot_histograms_over_time(H, ["a"]), r"layer=\['a'\] is unknown"),
    (lambda: plotting.plot_histograms_over_time(H, "a", title=0), "title must be text"),
]
ALL = HISTORIES + LOSS + STATISTICS + CURVES + PROFILES + DISTRIBUTIONS + BOUNDARIES + HISTOGRAMS


@pytest.mark.parametrize(("call", "message"), ALL, ids=[message for _, message in ALL])
def test_refused_by_name(call, message):
    with pytest.raises((TypeError, ValueError), match=f"^{message}"):
        call()
    assert not plt.get_fignums()


@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        (X, Y + 1, "y must hold the labels 0 and 1 only, got also 2"),
        (X, 2 * Y - 1, "y must hold the labels 0 and 1 only, got also -1"),
        (X, Y[:1], "y must hold one label"),
        (X, Y.reshape(2, 3), "y must hold one label"),
        (np.ones((2, 3)), [0, 1], "X must be points of shape"),
        (X * NAN, Y, "X must be finite"),
    ],
)
def test_points_are_refused_before_any_is_drawn(X, y, message):
    axis = plt.figure().subplots()
    with pytest.raises(ValueError, match=f"^{message}"):
        plotting.draw_points(axis, X, y)
    assert not axis.collections


def test_a_text_or_a_value_of_the_wrong_kind_is_a_type_error():
    with pytest.raises(TypeError):
        plotting.plot_weights(H, title=5)
    with pytest.raises(TypeError):
        plotting.plot_curves([1, 2], "loss")
    with pytest.raises(TypeError):
        plotting.plot_side_by_side({"x": 1})


def test_one_dollar_is_no_formula():
    figure = plotting.plot_curves({"cost in $": [1, 2]}, r"a \$ and a \$", title="5 $ or less")
    figure.canvas.draw()
    assert figure.axes[0].get_legend().get_texts()[0].get_text() == "cost in $"
