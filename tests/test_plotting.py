import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_hex

from helpers import data, models, plotting
from helpers.recording import LayerHistory

matplotlib.use("Agg")
RNG = np.random.default_rng(0)


def history(replicas=None, steps=6, quantity="gradient"):
    lead = (steps,) if replicas is None else (steps, replicas)
    return LayerHistory(
        quantity, range(steps), {n: RNG.normal(size=(*lead, 3, 3)) for n in ("a1", "a2", "a3")}, replicas
    )


@pytest.mark.parametrize("replicas", [None, 20])
def test_gradients_have_three_panels_and_the_spread_a_log_axis(replicas):
    h = history(replicas)
    loss = RNG.random((6,) if replicas is None else (6, replicas))
    figure = plotting.plot_gradients(h, loss)
    assert [a.get_yscale() for a in figure.axes] == ["linear", "log", "linear"]
    assert [len(a.lines) for a in figure.axes] == [3, 3, 1]
    assert all(a.get_xlabel() == "epoch" and a.get_ylabel() for a in figure.axes)
    assert [t.get_text() for t in figure.axes[0].get_legend().get_texts()] == ["a1", "a2", "a3"]
    assert len(plotting.plot_gradients(h).axes) == 2


def test_the_lines_are_the_statistics():
    h = history()
    mean, std = plotting.plot_weights(h).axes
    assert np.allclose(mean.lines[1].get_ydata(), h["a2"].mean(axis=(1, 2)))
    assert np.allclose(std.lines[2].get_ydata(), h["a3"].std(axis=(1, 2)))


def test_of_replicas_the_line_is_the_median_and_the_band_the_middle_90_percent():
    h = history(replicas=40)
    axis = plotting.plot_statistics(h, "norm").axes[0]
    values = h.statistic("norm")["a1"]
    assert np.allclose(axis.lines[0].get_ydata(), np.median(values, axis=1))
    band = axis.collections[0].get_paths()[0].vertices[:, 1]
    assert band.min() == pytest.approx(np.percentile(values, 5, axis=1).min())
    assert band.max() == pytest.approx(np.percentile(values, 95, axis=1).max())


def test_a_layer_keeps_its_colour_and_style_everywhere():
    looks = set()
    for figure in (plotting.plot_weights(history()), plotting.plot_side_by_side({"x": history(9), "y": history()})):
        looks |= {(to_hex(a.lines[1].get_color()), a.lines[1].get_linestyle()) for a in figure.axes}
    assert len(looks) == 1


def test_layers_differ_in_colour_and_in_style():
    lines = plotting.plot_weights(history()).axes[0].lines
    assert len({line.get_color() for line in lines}) == len({line.get_linestyle() for line in lines}) == 3


def test_side_by_side_panels_share_their_scale():
    figure = plotting.plot_side_by_side({"x": history(), "y": history(5)}, "mean_abs", log=True)
    assert [a.get_title() for a in figure.axes] == ["x", "y"]
    assert figure.axes[0].get_ylim() == figure.axes[1].get_ylim()
    assert figure.axes[0].get_ylabel() == "mean |gradient|"
    assert {a.get_yscale() for a in figure.axes} == {"log"}


def test_curves_and_distributions():
    axis = plotting.plot_curves(
        {"one": np.arange(5.0), "many": RNG.random((5, 9))}, "accuracy", x=[0, 2, 4, 6, 8]
    ).axes[0]
    assert axis.lines[0].get_xdata().tolist() == [0, 2, 4, 6, 8]
    assert (axis.get_xlabel(), axis.get_ylabel()) == ("epoch", "accuracy")
    figure = plotting.plot_distributions({"tanh": RNG.random(50)}, "accuracy", marks={"tanh": 0.994})
    assert figure.axes[0].lines[1].get_xdata()[0] == 0.994


def test_boundaries_of_a_net_and_of_replicas():
    X, y = data.circles(100)
    nets = {
        "one": models.make_mlp("tanh", "glorot_uniform"),
        "many": models.make_mlp("tanh", "glorot_uniform", replicas=2),
    }
    figure = plotting.plot_boundaries(nets, X, y)
    assert [a.get_title() for a in figure.axes] == ["one", "many"]


def test_diverged_runs_can_be_drawn():
    h = LayerHistory("gradient", [0, 1], {"a": np.array([[[1.0, 2.0]], [[np.nan, np.inf]]])}, replicas=1)
    plotting.plot_gradients(h).canvas.draw()


def test_figures_do_not_depend_on_the_callers_style():
    with plt.rc_context({"axes.grid": False, "lines.linewidth": 9, "legend.fontsize": 30}):
        axis = plotting.plot_weights(history()).axes[0]
    assert axis.xaxis.get_gridlines()[0].get_visible()
    assert axis.lines[0].get_linewidth() == 1.8
    assert axis.get_legend().get_texts()[0].get_fontsize() == 10


@pytest.mark.parametrize("loss", [-np.arange(1.0, 7.0), RNG.normal(size=(6, 30)), np.array([2, 1, 0, -1, -2, np.nan])])
def test_a_negative_loss_is_seen_whole(loss):
    axis = plotting.plot_gradients(history(None if loss.ndim == 1 else 30), loss).axes[-1]
    bottom, top = axis.get_ylim()
    assert bottom < np.nanmin(axis.lines[0].get_ydata()) < np.nanmax(axis.lines[0].get_ydata()) < top
    for band in axis.collections[:1]:
        assert bottom < band.get_paths()[0].vertices[:, 1].min()


def test_a_loss_that_is_not_negative_is_seen_from_0():
    assert plotting.plot_gradients(history(), np.linspace(2, 1, 6)).axes[-1].get_ylim()[0] == 0


def test_statistics_and_log_take_one_name_or_several():
    h = history()
    assert plotting.plot_statistics(h, "norm", log="norm").axes[0].get_yscale() == "log"
    figure = plotting.plot_statistics(h, np.array(["mean", "std"]), log=iter(["std"]))
    assert [axis.get_yscale() for axis in figure.axes] == ["linear", "log"]
    assert [axis.get_ylabel() for axis in figure.axes] == [
        "mean of the gradients",
        "standard deviation of the gradients",
    ]


def test_curves_of_unequal_lengths_start_at_0():
    axis = plotting.plot_curves({"stopped": [3, 2], "ran on": [3, 2, 1]}, "loss").axes[0]
    assert [line.get_xdata().tolist() for line in axis.lines] == [[0, 1], [0, 1, 2]]


def test_distributions_leave_out_what_is_not_finite_and_say_how_many():
    groups = {"some": [1, np.nan, 3, -np.inf], "none": [np.nan], "all": [1, 2]}
    axis = plotting.plot_distributions(groups, "loss").axes[0]
    texts = [text.get_text() for text in axis.get_legend().get_texts()]
    assert texts == ["some (2 of 4 not finite)", "none (1 of 1 not finite)", "all"]
    x, shares = axis.lines[0].get_data()
    assert (x.tolist(), shares.tolist()) == ([1, 1, 3], [0, 0.5, 1])
    assert len(axis.lines[1].get_xdata()) == 0


NOTEBOOK = """
from helpers import plotting, recording
import matplotlib.pyplot as plt, numpy as np
h = recording.LayerHistory("weight", [0, 1], {"a": np.arange(6.0).reshape(2, 3)})
"""


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("plotting.plot_weights(h)", 1),
        ("plotting.plot_weights(h)\nplt.show()", 1),
        ("figure = plotting.plot_weights(h)", 1),
        ("figure", 1),
        ("plotting.plot_weights(h)\nplotting.plot_gradients(h)", 2),
    ],
)
def test_a_notebook_shows_each_figure_once(kernel, code, shown):
    kernel(NOTEBOOK + "figure = plotting.plot_weights(h)" if code == "figure" else NOTEBOOK)
    outputs = kernel(code)
    assert [o["output_type"] for o in outputs] == ["display_data"] * shown
    assert all("image/png" in o["data"] for o in outputs)


@pytest.fixture(scope="module")
def kernel():
    """Runs code in one notebook kernel and returns the cell's outputs."""
    import nbformat
    from nbclient import NotebookClient

    client = NotebookClient(nbformat.v4.new_notebook(), timeout=120, kernel_name="python3")
    with client.setup_kernel():

        def run(code):
            client.nb.cells.append(nbformat.v4.new_code_cell(code))
            return client.execute_cell(client.nb.cells[-1], len(client.nb.cells) - 1).outputs

        yield run


def test_profiles_run_from_layer_1_with_theory_as_crosses():
    one, many = np.array([1.0, 0.1, 0.01]), RNG.random((3, 20))
    figure = plotting.plot_through_layers({"one": one, "many": many}, "norm", theory={"many": one})
    (axis,) = figure.axes
    assert axis.get_xlabel() == "layer"
    assert axis.get_yscale() == "log"
    assert axis.lines[0].get_xdata().tolist() == [1, 2, 3]
    assert np.array_equal(axis.lines[0].get_ydata(), one)
    assert np.allclose(axis.lines[1].get_ydata(), np.median(many, axis=1))
    assert axis.lines[2].get_linestyle() == "None"
    assert axis.lines[2].get_color() == axis.lines[1].get_color()
    assert axis.lines[0].get_marker() != axis.lines[1].get_marker()
    assert [t.get_text() for t in axis.get_legend().get_texts()] == ["one", "many", "theory"]


def test_a_hundred_layers_get_a_bare_line():
    (axis,) = plotting.plot_through_layers({"deep": np.ones(100)}, "std", log=False).axes
    assert axis.lines[0].get_marker() == "None"
    assert axis.get_yscale() == "linear"
