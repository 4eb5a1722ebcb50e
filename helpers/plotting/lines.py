"""Draw one quantity against epoch or layer: a line, and a band if there are replicas."""

import warnings

import numpy as np
from matplotlib.ticker import MaxNLocator

from helpers.plotting.drawable import drawable


def draw_line(axis, x, values, label=None, **look):
    """Draw a line; of replicas, their median and the middle 90 % as a band.

    A value whose neighbours are not finite gets a dot, and its band a bar: no line would show it. The label of a
    line without any finite value says so.

    Args:
        axis: matplotlib Axes.
        x: Positions, (T,).
        values: Array (T,) or (T, R); what is not finite is left out.
        label: For the legend.
        **look: Of ``Axes.plot``; needs ``color``.

    Returns:
        The line, and all the heights drawn, in one array without order.

    Example:
        >>> import matplotlib.pyplot as plt
        >>> line, heights = draw_line(plt.figure().subplots(), [0, 1], np.array([[1.0, 3.0], [2.0, 2.0]]), color="k")
        >>> line.get_ydata().tolist()
        [2.0, 2.0]
    """
    x, colour = np.asarray(x), look["color"]
    axis.update_datalim(np.column_stack([x, x]), updatey=False)  # the axis is as long if the end is not drawn
    heights = []
    if values.ndim == 2:
        values, low, high = _median_and_band(values)
        shown = drawable(low) & drawable(high)
        axis.fill_between(x, low, high, where=shown, color=colour, alpha=0.15, linewidth=0)
        alone = _alone(shown)
        if alone.any():
            axis.vlines(x[alone], low[alone], high[alone], color=colour, alpha=0.3, linewidth=5)
        heights = [low[shown], high[shown]]
    shown = drawable(values)
    if label is not None and not shown.any():
        label = f"{label} (not finite)"
    alone = np.flatnonzero(_alone(shown))
    dots = {"marker": "o", "markersize": 6, "markevery": alone.tolist()} if alone.size else {}
    (line,) = axis.plot(x, np.where(shown, values, np.nan), label=label, **look, **dots)
    return line, np.concatenate([values[shown], *heights])


def whole_numbers(axis, x):
    """Put ticks at whole numbers only, if the positions are: there is no epoch 0.25.

    Args:
        axis: matplotlib Axes.
        x: Positions, (T,).

    Example:
        >>> import matplotlib.pyplot as plt
        >>> whole_numbers(plt.figure().subplots(), [0, 1, 2])
    """
    if len(x) == 1:
        axis.set_xticks(x)
    elif np.array_equal(x, np.round(x)) and isinstance(axis.xaxis.get_major_locator(), MaxNLocator):
        axis.xaxis.get_major_locator().set_params(integer=True, min_n_ticks=1)


def _median_and_band(values):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # steps at which every replica has diverged
        low, middle, high = np.nanpercentile(values, (5, 50, 95), axis=1)
    return middle, low, high


def _alone(drawn):
    """Where a value is drawn and its neighbours are not."""
    drawn = np.pad(drawn, 1)
    return drawn[1:-1] & ~drawn[:-2] & ~drawn[2:]
