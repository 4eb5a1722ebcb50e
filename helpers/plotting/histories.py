"""Statistics of the layers of a LayerHistory against epoch."""

from collections.abc import Iterable

import numpy as np

from helpers.checks import one_of
from helpers.plotting.arguments import check_flag, check_history, check_mapping, check_title, numbers
from helpers.plotting.figure import fold, lesson_style, only_outer_labels, panels
from helpers.plotting.legend import add_depth_bar, add_legend
from helpers.plotting.lines import draw_line, whole_numbers
from helpers.plotting.log_axis import check_no_negative, log_axis
from helpers.plotting.style import layer_looks, layers_by_depth
from helpers.recording import STATISTICS
from helpers.session import COLOURS

LABELS = {
    "mean": "mean",
    "std": "standard deviation",
    "mean_abs": "mean |{}|",
    "norm": "L2 norm",
    "min": "minimum",
    "max": "maximum",
}


def plot_weights(history, title=None):
    """Mean and standard deviation of each layer's weights against epoch.

    Args:
        history: LayerHistory of weights, of one net or of replicas.
        title: Above the figure; default none.

    Returns:
        matplotlib Figure with two axes, and a third for the bar of colours if there are more than ten layers.

    Raises:
        TypeError: If ``history`` is not a LayerHistory of real numbers, or ``title`` is not text.
        ValueError: If a layer has no entries, or ``title`` cannot be set.

    Example:
        >>> from helpers.recording import LayerHistory
        >>> history = LayerHistory("weight", [0, 1], {"tanh1": [[1.0, 3.0], [2.0, 6.0]]})
        >>> [axis.get_ylabel() for axis in plot_weights(history).axes]
        ['mean of the weights', 'standard deviation of the weights']
    """
    return plot_statistics(history, ("mean", "std"), title=title)


def plot_gradients(history, loss=None, title=None):
    """Mean and standard deviation (log axis) of each layer's gradient against epoch, and the loss.

    The axis of the loss starts at 0 unless the loss is negative.

    Args:
        history: LayerHistory of gradients, of one net or of replicas.
        loss: Array (T,) or (T, R), as ``TrainingRun.loss``; None leaves its panel out.
        title: Above the figure; default none.

    Returns:
        matplotlib Figure with two or three axes, and one more for the bar of colours if there are more than
        ten layers.

    Raises:
        TypeError: If ``history`` is not a LayerHistory of real numbers, ``loss`` holds no numbers, or ``title``
            is not text.
        ValueError: If ``loss`` has another number of steps or replicas than ``history``, a layer has no
            entries, or ``title`` cannot be set.

    Example:
        >>> from helpers.recording import LayerHistory
        >>> history = LayerHistory("gradient", [0, 1], {"tanh1": [[1.0, 3.0], [0.0, 0.0]]})
        >>> [axis.get_yscale() for axis in plot_gradients(history, loss=[0.7, 0.6]).axes]  # 0 has a tick
        ['linear', 'symlog', 'linear']
    """
    return plot_statistics(history, ("mean", "std"), log=("std",), loss=loss, title=title)


@lesson_style()
def plot_statistics(history, statistics, log=(), loss=None, title=None):
    """A panel for each statistic, a line in it for each layer, against epoch.

    Args:
        history: A LayerHistory.
        statistics: One name or more, as for ``LayerHistory.statistic``.
        log: Those of them to draw on a logarithmic axis.
        loss: Array (T,) or (T, R) for one more panel, or None.
        title: Above the figure; default none.

    Returns:
        matplotlib Figure with a panel for each statistic, and one for the loss; its last axes are the bar of
        colours if there are more than ten layers.

    Raises:
        TypeError: If ``history`` is not a LayerHistory of real numbers, ``statistics`` or ``log`` are no names,
            ``loss`` holds no numbers, or ``title`` is not text.
        ValueError: If a statistic is unknown, there is none, ``log`` names one that is not drawn or has negative
            values, ``loss`` does not fit ``history``, a layer has no entries, or ``title`` cannot be set.

    Example:
        >>> from helpers.recording import LayerHistory
        >>> history = LayerHistory("weight", [0, 1], {"tanh1": [[3.0, 4.0], [6.0, 8.0]]})
        >>> (axis,) = plot_statistics(history, "norm", log="norm").axes
        >>> axis.lines[0].get_ydata().tolist()
        [5.0, 10.0]
    """
    check_history("history", history)
    check_title(title)
    statistics, log = _names("statistics", statistics), _names("log", log)
    if not statistics:
        raise ValueError(f"statistics is empty; use some of {', '.join(STATISTICS)}")
    for name in log:
        one_of("log", name, statistics)
    values = {name: _statistic(history, name) for name in statistics}
    for name in log:
        _check_log(values[name], f"history, {name!r}", f"leave {name!r} out of log")
    if loss is not None:
        loss = _loss(loss, history)

    figure, axes = panels(len(statistics) + (loss is not None), title)
    for axis, name in zip(axes, statistics, strict=False):
        _, heights = _draw_layers(axis, history, name, values[name], layer_looks(len(history.names)))
        if name in log:
            log_axis(axis, heights)
    if loss is not None:
        _, heights = draw_line(axes[-1], history.steps, loss, color=COLOURS[8], linestyle="-")
        axes[-1].set(xlabel="epoch", ylabel="loss of the first batch")
        whole_numbers(axes[-1], history.steps)
        if not np.any(heights < 0):
            axes[-1].set_ylim(0, None)
    if layers_by_depth(len(history.names)):
        add_depth_bar(axes, len(history.names))
    else:
        add_legend(axes[0], axes[0].lines[: len(history.names)], "layer", beside=axes[-1])
    return figure


@lesson_style()
def plot_side_by_side(histories, statistic="std", log=False, title=None):
    """One statistic of several histories, a panel for each, on one vertical scale.

    Args:
        histories: ``{panel title: LayerHistory}``, at least one.
        statistic: Name as for ``LayerHistory.statistic``.
        log: Whether the vertical axis is logarithmic.
        title: Above the figure; default none.

    Returns:
        matplotlib Figure with a panel for each history, and a bar of colours if one has more than ten layers.
        The legend names the layers of the history that has most; each panel has its own if one name stands at
        different depths.

    Raises:
        TypeError: If ``histories`` is no dictionary, a value is not a LayerHistory of real numbers, ``log`` is
            no truth value, or ``title`` is not text.
        ValueError: If there is none, the statistic is unknown, it has negative values and ``log`` is set, a
            layer has no entries, or ``title`` cannot be set.

    Example:
        >>> from helpers.recording import LayerHistory
        >>> small = LayerHistory("weight", [0, 1], {"out": [[1.0, 3.0], [2.0, 6.0]]})
        >>> large = LayerHistory("weight", [0, 1], {"out": [[10.0, 30.0], [20.0, 60.0]]})
        >>> figure = plot_side_by_side({"small": small, "large": large})
        >>> figure.axes[1].lines[0].get_ydata().tolist()
        [10.0, 20.0]
    """
    check_mapping("histories", histories, "{panel title: LayerHistory}")
    for name, history in histories.items():
        check_history(f"histories[{name!r}]", history)
    check_title(title)
    check_flag("log", log)
    values = {name: _statistic(history, statistic) for name, history in histories.items()}
    if log:
        for name in histories:
            _check_log(values[name], f"histories[{name!r}], {statistic!r}", "use log=False")

    longest = max(histories.values(), key=lambda history: len(history.names))
    looks = layer_looks(len(longest.names))
    figure, axes = panels(len(histories), title, share_y=True)
    drawn = []
    for axis, (name, history) in zip(axes, histories.items(), strict=True):
        drawn.append(_draw_layers(axis, history, statistic, values[name], looks))
        axis.set_title(fold(name, 36))
    only_outer_labels(axes)
    if log:
        log_axis(axes[0], np.concatenate([heights for _, heights in drawn]))
    if layers_by_depth(len(longest.names)):
        add_depth_bar(axes, len(longest.names))
        return figure
    clash = any(
        name in longest.names and longest.names.index(name) != k
        for history in histories.values()
        for k, name in enumerate(history.names)
    )
    for axis, history, (lines, _) in zip(axes, histories.values(), drawn, strict=True):
        if clash or history is longest:
            add_legend(axis, lines, "layer", beside=None if clash else axes[-1])
            if not clash:
                break
    return figure


def _names(name, value):
    """One name or several as a tuple of text."""
    value = (value,) if isinstance(value, str) else value
    if not isinstance(value, Iterable):
        raise TypeError(f"{name} must be names of statistics, such as ('mean', 'std'), got {value!r}")
    value = tuple(value)
    for entry in value:
        if not isinstance(entry, str):
            raise TypeError(f"{name} must be names of statistics, such as ('mean', 'std'), got {entry!r} among them")
    return tuple(str(entry) for entry in value)


def _statistic(history, statistic):
    return history.statistic(
        one_of("statistic", str(statistic) if isinstance(statistic, str) else statistic, STATISTICS)
    )


def _check_log(layers, name, remedy):
    for layer, values in layers.items():
        check_no_negative(f"{name} of layer {layer!r},", values, remedy)


def _loss(loss, history):
    loss = numbers("loss", loss)
    if len(loss) != len(history):
        raise ValueError(f"loss must have one entry for each of the {len(history)} steps of history, got {len(loss)}")
    if loss.ndim == 2 and loss.shape[1] != (history.replicas or 1):
        raise ValueError(
            f"loss must have a column for each of the {history.replicas or 1} nets of history, got {loss.shape[1]}; "
            "choose one with loss[:, 0]"
        )
    return loss


def _draw_layers(axis, history, statistic, values, looks):
    """Draw a line for each layer; return the lines and the heights drawn."""
    lines, heights = [], []
    for (layer, numbers_of_layer), look in zip(values.items(), looks, strict=False):
        line, drawn = draw_line(axis, history.steps, numbers_of_layer, str(layer), **look)
        lines.append(line)
        heights.append(drawn)
    label = LABELS[statistic].format(history.quantity)
    label = label if statistic == "mean_abs" else f"{label} of the {history.quantity}s"
    axis.set(xlabel="epoch", ylabel=fold(label, 41))
    whole_numbers(axis, history.steps)
    return lines, np.concatenate([drawn.ravel() for drawn in heights])
