"""How the entries of layers are distributed: at one step, layer under layer, or in one layer over the steps."""

from numbers import Real

import numpy as np
from matplotlib.colors import to_rgba

from helpers.checks import one_of
from helpers.plotting.arguments import check_history, check_title
from helpers.plotting.counts import bin_edges, count_entries
from helpers.plotting.figure import fold, lesson_style, panels
from helpers.plotting.lines import whole_numbers
from helpers.plotting.style import DEPTH, layer_looks

ROW, MOST_NAMES = 0.42, 25  # inches for a layer; more names than that would touch


@lesson_style()
def plot_histograms(history, step=None, layers=None, title=None):
    """A histogram of each layer's entries at one step, one under the other, the first layer on top.

    All layers have the same bins, so draw together those whose entries are of like size. Each histogram is as high as
    its row, whatever its counts. Entries that are not finite are left out, and the name of the layer says how many
    there were. Of replicas, the entries of all count.

    Args:
        history: LayerHistory of weights, gradients, activations, ...
        step: One of ``history.steps``; None for the last.
        layers: Names of the layers to draw; None for all.
        title: Above the figure; default none.

    Returns:
        matplotlib Figure with one panel.

    Raises:
        TypeError: If ``history`` is not a LayerHistory of real numbers, ``layers`` are no names, or ``title`` is
            not text.
        ValueError: If the step was not recorded, a layer is unknown or there is none, a layer has no entries, or
            ``title`` cannot be set.

    Example:
        >>> from helpers.recording import LayerHistory
        >>> history = LayerHistory("weight", [0, 1], {"tanh1": [[0, 0], [1, 3]], "tanh2": [[0, 0], [2, 2]]})
        >>> (axis,) = plot_histograms(history).axes
        >>> axis.get_xlabel(), [label.get_text() for label in axis.get_yticklabels()]
        ('weight at epoch 1', ['tanh1', 'tanh2'])
    """
    check_history("history", history)
    check_title(title)
    index = _index(history, step)
    names = _layers(history, layers)
    values = {name: history[name][index] for name in names}
    edges = bin_edges(values.values())

    figure, (axis,) = panels(1, title, height=min(max(3.9, 1 + ROW * len(names)), 9))
    looks = dict(zip(history.names, layer_looks(len(history.names)), strict=True))
    labels = []
    for row, name in enumerate(names):
        counts, lost = count_entries(values[name], edges)
        colour, floor = looks[name]["color"], len(names) - 1 - row
        axis.stairs(
            floor + 0.9 * counts / max(counts.max(), 1),
            edges,
            baseline=floor,
            fill=True,
            facecolor=to_rgba(colour, 0.5),
            edgecolor=colour,
            linewidth=1.2,
            label=str(name),
        )
        labels.append(fold(f"{name} ({lost} not finite)" if lost else name, 30))
    every = -(-len(names) // MOST_NAMES)
    axis.set_yticks(range(len(names) - 1, -1, -every), labels[::every])
    axis.tick_params(axis="y", length=0)
    axis.set(
        xlabel=fold(f"{history.quantity} {_when(history.steps[index])}", 55), ylabel="layer, each scaled to its peak"
    )
    axis.set(xlim=(edges[0], edges[-1]), ylim=(-0.1, len(names)))
    return figure


@lesson_style()
def plot_histograms_over_time(history, layer, title=None):
    """The histogram of one layer's entries at every step: a map, epoch to the right, value upwards, share as colour.

    A bin without entries is white. Entries that are not finite are left out, and the bar of colours says how many
    there were. Of replicas, the entries of all count.

    Args:
        history: LayerHistory of weights, gradients, activations, ...
        layer: Name of the layer.
        title: Above the figure; default none.

    Returns:
        matplotlib Figure with the map and its bar of colours.

    Raises:
        TypeError: If ``history`` is not a LayerHistory of real numbers, or ``title`` is not text.
        ValueError: If the layer is unknown or has no entries, or ``title`` cannot be set.

    Example:
        >>> from helpers.recording import LayerHistory
        >>> history = LayerHistory("weight", [0, 1], {"tanh1": [[0, 0, 0, 1], [1, 1, 1, 1]]})
        >>> figure = plot_histograms_over_time(history, "tanh1")
        >>> figure.axes[0].get_ylabel(), figure.axes[1].get_ylabel()
        ('weight of tanh1', 'share of the entries')
    """
    check_history("history", history)
    check_title(title)
    values = history[one_of("layer", layer, history.names)]
    edges = bin_edges(values)
    counts, lost = zip(*(count_entries(entries, edges) for entries in values), strict=True)
    totals = np.maximum(np.sum(counts, axis=1, keepdims=True), 1)
    shares = np.ma.masked_equal(counts / totals, 0)

    figure, (axis,) = panels(1, title)
    colours = axis.pcolormesh(_borders(history.steps), edges, shares.T, cmap=DEPTH, vmin=0, vmax=shares.max() or 1)
    axis.grid(False)
    whole_numbers(axis, history.steps)
    left_out = f"\n({sum(lost)} of {values.size} not finite)" if sum(lost) else ""
    figure.colorbar(colours, ax=axis, label=f"share of the entries{left_out}")
    axis.set(xlabel="epoch", ylabel=fold(f"{history.quantity} of {layer}", 41))
    return figure


def _index(history, step):
    if step is None:
        return len(history) - 1
    is_number = isinstance(step, Real) and not isinstance(step, bool)
    found = np.flatnonzero(history.steps == step) if is_number else []
    if len(found) == 0:
        raise ValueError(f"step={step!r} was not recorded; use one of {_listed(history.steps.tolist())}")
    return found[0]


def _listed(steps):
    return ", ".join(map(str, steps if len(steps) <= 12 else [*steps[:6], "...", *steps[-3:]]))


def _layers(history, layers):
    if layers is None:
        return history.names
    try:
        layers = [layers] if isinstance(layers, str) else list(layers)
    except TypeError:
        raise TypeError(f"layers must be names of layers, such as {list(history.names[:2])}, got {layers!r}") from None
    if not layers:
        raise ValueError(f"layers is empty; use some of {', '.join(map(repr, history.names))}, or None for all")
    return [one_of("layers", name, history.names) for name in layers]


def _when(step):
    return "before training" if step == -1 else f"at epoch {step:g}"


def _borders(steps):
    """Borders between steps: half-way, and as far outside the first and the last."""
    if len(steps) == 1:
        return steps[0] + np.array([-0.5, 0.5])
    middle = (steps[1:] + steps[:-1]) / 2
    return np.concatenate([[2 * steps[0] - middle[0]], middle, [2 * steps[-1] - middle[-1]]])
