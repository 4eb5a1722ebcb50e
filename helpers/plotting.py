"""Draw LayerHistories and curves over epochs; every function returns its Figure.

A layer keeps its colour and line style in every figure. Of replicas, the line is the median
and the band holds the middle 90 %.
"""

import warnings

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from helpers.checks import one_of
from helpers.models import take_replica
from helpers.recording import STATISTICS, LayerHistory, replica_count
from helpers.session import COLOURS, FIGURE_STYLE

LINE_STYLES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)))
MARKERS = ("o", "s", "^", "v", "D")
LABELS = {
    "mean": "mean",
    "std": "standard deviation",
    "mean_abs": "mean |{}|",
    "norm": "L2 norm",
    "min": "minimum",
    "max": "maximum",
}


class LessonFigure(Figure):
    """A figure that a notebook shows once, whether a cell ends with it or with ``plt.show()``."""

    def _ipython_display_(self):
        from IPython.core.pylabtools import print_figure
        from IPython.display import publish_display_data

        publish_display_data({"image/png": print_figure(self, base64=True), "text/plain": str(self)})
        if "inline" in matplotlib.get_backend():
            plt.close(self)  # else the end of the cell shows it again


def plot_weights(history, title=None):
    """Mean and standard deviation of each layer's weights against epoch.

    Args:
        history: LayerHistory of weights, of one net or of replicas.
        title: Above the figure; default none.

    Returns:
        matplotlib Figure with two axes.

    Raises:
        TypeError: If ``history`` is not a LayerHistory.
    """
    return plot_statistics(history, ("mean", "std"), title=title)


def plot_gradients(history, loss=None, title=None):
    """Mean and standard deviation (log axis) of each layer's gradient against epoch, and the loss.

    Args:
        history: LayerHistory of gradients, of one net or of replicas.
        loss: Array (T,) or (T, R), as ``TrainingRun.loss``; None leaves its panel out.
        title: Above the figure; default none.

    Returns:
        matplotlib Figure with two or three axes.

    Raises:
        TypeError: If ``history`` is not a LayerHistory.
        ValueError: If ``loss`` has another number of steps than ``history``.
    """
    return plot_statistics(history, ("mean", "std"), log=("std",), loss=loss, title=title)


def plot_statistics(history, statistics, log=(), loss=None, title=None):
    """A panel for each statistic, a line in it for each layer, against epoch.

    Args:
        history: A LayerHistory.
        statistics: Names as for ``LayerHistory.statistic``.
        log: Those of them to draw on a logarithmic axis.
        loss: Array (T,) or (T, R) for one more panel, or None.
        title: Above the figure; default none.

    Returns:
        matplotlib Figure with a panel for each statistic, and one for the loss.

    Raises:
        TypeError: If ``history`` is not a LayerHistory.
        ValueError: If a statistic is unknown, there is none, or ``loss`` does not fit ``history``.
    """
    _check_history("history", history)
    statistics = (statistics,) if isinstance(statistics, str) else tuple(statistics)
    if not statistics:
        raise ValueError(f"statistics is empty; use some of {', '.join(STATISTICS)}")
    if loss is not None and len(loss) != len(history):
        raise ValueError(f"loss must have one entry for each of the {len(history)} steps of history, got {len(loss)}")
    figure, axes = _panels(len(statistics) + (loss is not None), title)
    for axis, statistic in zip(axes, statistics, strict=False):
        _draw_layers(axis, history, statistic, statistic in log)
    axes[0].legend(title="layer")
    if loss is not None:
        _line(axes[-1], history.steps, np.asarray(loss), COLOURS[8], "-")
        axes[-1].set(xlabel="epoch", ylabel="loss of the first batch", ylim=(0, None))
    return figure


def plot_side_by_side(histories, statistic="std", log=False, title=None):
    """One statistic of several histories, a panel for each, on one vertical scale.

    Args:
        histories: ``{panel title: LayerHistory}``, at least one.
        statistic: Name as for ``LayerHistory.statistic``.
        log: Whether the vertical axis is logarithmic.
        title: Above the figure; default none.

    Returns:
        matplotlib Figure with a panel for each history.

    Raises:
        TypeError: If a value is not a LayerHistory.
        ValueError: If there is none, or the statistic is unknown.
    """
    if not histories:
        raise ValueError("histories is empty; give {panel title: LayerHistory}")
    for name, history in histories.items():
        _check_history(f"histories[{name!r}]", history)
    figure, axes = _panels(len(histories), title, share_y=True)
    for axis, (name, history) in zip(axes, histories.items(), strict=True):
        _draw_layers(axis, history, statistic, log)
        axis.set_title(name)
        axis.label_outer()
    max(axes, key=lambda axis: len(axis.lines)).legend(title="layer")  # the panel that names all layers
    return figure


def plot_curves(curves, ylabel, xlabel="epoch", x=None, log=False, title=None):
    """Curves such as loss or accuracy in one panel, a colour and a line style for each.

    Args:
        curves: ``{label: array of (T,) or (T, R)}``, at least one.
        ylabel: What the curves are, with the unit if there is one.
        xlabel: What they are drawn against.
        x: Positions, (T,); default 0, 1, 2, ...
        log: Whether the vertical axis is logarithmic.
        title: Above the figure; default none.

    Returns:
        matplotlib Figure with one panel.

    Raises:
        ValueError: If there is no curve, or one is neither (T,) nor (T, R).
    """
    _check_values("curves", curves, (1, 2))
    figure, (axis,) = _panels(1, title)
    for k, (label, values) in enumerate(curves.items()):
        values = np.asarray(values)
        positions = np.arange(len(values)) if x is None else np.asarray(x)
        _line(axis, positions, values, COLOURS[k % len(COLOURS)], LINE_STYLES[k % len(LINE_STYLES)], label)
    axis.set(xlabel=xlabel, ylabel=ylabel, yscale="log" if log else "linear")
    axis.legend()
    return figure


def plot_through_layers(profiles, ylabel, theory=None, log=True, title=None):
    """One number for each layer, from the first layer to the last: a line with markers for each net.

    Args:
        profiles: ``{label: array of (L,) or (L, R)}``, at least one, first layer first; a
            ``LayerHistory.statistic`` at one step, stacked, is one.
        ylabel: What the numbers are, with the unit if there is one.
        theory: ``{label: array of (L,)}``: what theory says of profiles with the same labels, drawn as
            crosses in their colours.
        log: Whether the vertical axis is logarithmic; it has no room for zeros.
        title: Above the figure; default none.

    Returns:
        matplotlib Figure with one panel.

    Raises:
        ValueError: If there is no profile, one is neither (L,) nor (L, R), or a theory has no profile
            or another number of layers.
    """
    _check_values("profiles", profiles, (1, 2))
    for label, values in (theory or {}).items():
        one_of("theory", label, profiles)
        if np.shape(values) != (len(profiles[label]),):
            raise ValueError(
                f"theory[{label!r}] must have one number for each of {len(profiles[label])} layers, "
                f"got shape {np.shape(values)}"
            )
    figure, (axis,) = _panels(1, title)
    for k, (label, values) in enumerate(profiles.items()):
        values = np.asarray(values)
        layers, colour = np.arange(1, len(values) + 1), COLOURS[k % len(COLOURS)]
        _line(axis, layers, values, colour, LINE_STYLES[k % len(LINE_STYLES)], label)
        if len(values) <= 12:  # more markers than that would hide the line
            axis.lines[-1].set(marker=MARKERS[k % len(MARKERS)], markersize=6)
            axis.set_xticks(layers)
        if label in (theory or {}):
            axis.plot(layers, theory[label], color=colour, linestyle="none", marker="x", markersize=9)
    axis.set(xlabel="layer", ylabel=ylabel, yscale="log" if log else "linear")
    if theory:
        axis.plot([], [], color="black", linestyle="none", marker="x", markersize=9, label="theory")
    axis.legend()
    return figure


def plot_distributions(values, xlabel, marks=None, title=None):
    """How many of many runs end at or below each value: a cumulative curve for each group.

    Args:
        values: ``{label: array of (R,)}``, at least one.
        xlabel: What the values are.
        marks: ``{label: number}``: single values, such as published ones, drawn as vertical lines in
            the colour of the group with the same label.
        title: Above the figure; default none.

    Returns:
        matplotlib Figure with one panel.

    Raises:
        ValueError: If there is no group, one is not (R,), or a mark has no group.
    """
    _check_values("values", values, (1,))
    figure, (axis,) = _panels(1, title)
    for mark in marks or {}:
        one_of("marks", mark, values)
    for k, (label, runs) in enumerate(values.items()):
        colour, style = COLOURS[k % len(COLOURS)], LINE_STYLES[k % len(LINE_STYLES)]
        axis.ecdf(np.asarray(runs), color=colour, linestyle=style, label=label)
        if label in (marks or {}):
            axis.axvline(marks[label], color=colour, linestyle=style, linewidth=1.4)
    axis.set(xlabel=xlabel, ylabel="share of runs at or below")
    axis.legend()
    return figure


def plot_boundaries(models, X, y, title=None):
    """The points, and where each model's output crosses 0.5: one panel for each model.

    Args:
        models: ``{panel title: model}`` with two inputs and one output; of a model of replicas,
            replica 0 is drawn.
        X: Points, (n, 2).
        y: Labels 0 and 1, (n,).
        title: Above the figure; default none.

    Returns:
        matplotlib Figure with a panel for each model.

    Raises:
        ValueError: If there is no model, or one does not take two inputs to one output.
    """
    if not models:
        raise ValueError("models is empty; give {panel title: model}")
    X, y = np.asarray(X), np.ravel(y)
    low, high = X.min(axis=0) - 0.2, X.max(axis=0) + 0.2
    grid = np.stack(np.meshgrid(*np.linspace(low, high, 120).T), axis=-1)
    figure, axes = _panels(len(models), title, share_y=True)
    for axis, (name, model) in zip(axes, models.items(), strict=True):
        net = model if replica_count(model) is None else take_replica(model, 0)
        if net.input_shape[1:] != (2,) or net.output_shape[1:] != (1,):
            raise ValueError(
                f"models[{name!r}] must take (n, 2) to (n, 1), but takes {net.input_shape} to {net.output_shape}"
            )
        output = np.asarray(net(grid.reshape(-1, 2))).reshape(grid.shape[:2])
        axis.contourf(grid[..., 0], grid[..., 1], output, levels=np.linspace(0, 1, 11), cmap="RdBu_r", alpha=0.5)
        axis.contour(grid[..., 0], grid[..., 1], output, levels=[0.5], colors="black", linewidths=1.5)
        draw_points(axis, X, y)
        axis.set(title=name, xlabel="$x_1$", ylabel="$x_2$", aspect="equal")
        axis.label_outer()
    axes[0].legend(title="label", loc="upper right")
    return figure


def draw_points(axis, X, y):
    """Scatter points of two classes on an axis, in a colour and a marker for each class.

    Args:
        axis: matplotlib Axes.
        X: Points, (n, 2).
        y: Labels 0 and 1, (n,).
    """
    for label, colour, marker in ((0, COLOURS[0], "o"), (1, COLOURS[2], "^")):
        chosen = X[np.ravel(y) == label]
        axis.scatter(
            chosen[:, 0],
            chosen[:, 1],
            s=10,
            color=colour,
            marker=marker,
            edgecolors="black",
            linewidths=0.2,
            label=label,
        )


def _panels(count, title, share_y=False):
    with plt.rc_context(FIGURE_STYLE):
        figure, axes = plt.subplots(
            1, count, figsize=(max(4.2 * count, 6.5), 3.9), sharey=share_y, squeeze=False, FigureClass=LessonFigure
        )
        interactive = matplotlib.is_interactive()
    matplotlib.interactive(interactive)  # a notebook's first figure switches it on, rc_context would undo that
    if title:
        figure.suptitle(title)
    return figure, axes[0]


def _draw_layers(axis, history, statistic, log):
    for k, (name, values) in enumerate(history.statistic(statistic).items()):
        _line(axis, history.steps, values, COLOURS[k % len(COLOURS)], LINE_STYLES[k % len(LINE_STYLES)], name)
    label = LABELS[statistic].format(history.quantity)
    axis.set(
        xlabel="epoch",
        ylabel=label if statistic == "mean_abs" else f"{label} of the {history.quantity}s",
        yscale="log" if log else "linear",
    )


def _line(axis, x, values, colour, style, label=None):
    if values.ndim == 2:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # steps at which every replica has diverged
            low, middle, high = np.nanpercentile(values, (5, 50, 95), axis=1)
        axis.fill_between(x, low, high, color=colour, alpha=0.15, linewidth=0)
        values = middle
    axis.plot(x, values, color=colour, linestyle=style, label=label)


def _check_history(name, history):
    if not isinstance(history, LayerHistory):
        raise TypeError(
            f"{name} must be a LayerHistory, such as run.gradients or capture.history, got {type(history).__name__}"
        )


def _check_values(name, values, dimensions):
    if not values:
        raise ValueError(f"{name} is empty; give {{label: array}}")
    for label, array in values.items():
        if np.ndim(array) not in dimensions or np.size(array) == 0:
            shapes = " or ".join({1: "(n,)", 2: "(n, R)"}[d] for d in dimensions)
            raise ValueError(f"{name}[{label!r}] must have shape {shapes} and not be empty, got {np.shape(array)}")
