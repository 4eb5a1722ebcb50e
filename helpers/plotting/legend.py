"""Say which line is which, within the figure."""

import math

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize

from helpers.plotting.figure import fold
from helpers.plotting.style import DEPTH

MOST_INSIDE = 11  # entries; more would hide the lines


def add_legend(axis, handles, title=None, beside=None):
    """Put a legend into a panel; a long or large one beside the panels, in a larger figure.

    Args:
        axis: The panel.
        handles: What the legend names, with their labels.
        title: Of the legend.
        beside: The last panel of the row, to whose right the legend goes if it must; default ``axis``.

    Example:
        >>> import matplotlib.pyplot as plt
        >>> axis = plt.figure().subplots()
        >>> add_legend(axis, axis.plot([1, 2], label="loss"))
        >>> axis.get_legend().get_texts()[0].get_text()
        'loss'
    """
    figure, labels = axis.figure, [fold(handle.get_label(), 40) for handle in handles]
    legend = axis.legend(handles, labels, title=title, loc="best")
    box, panel = legend.get_window_extent(), axis.get_window_extent()
    if len(handles) <= MOST_INSIDE and box.width < 0.95 * panel.width and box.height < 0.95 * panel.height:
        return
    legend.remove()
    columns = math.ceil(box.height / (0.8 * figure.bbox.height))
    place = {"loc": "upper left", "bbox_to_anchor": (1.02, 1), "borderaxespad": 0}
    legend = (beside or axis).legend(handles, labels, title=title, ncols=columns, **place)
    figure.set_figwidth(figure.get_figwidth() + legend.get_window_extent().width / figure.dpi)
    figure.draw_without_rendering()  # only now is it known where the titles leave the panels
    below = -legend.get_window_extent().y0
    if below > 0:
        figure.set_figheight(figure.get_figheight() + below / figure.dpi + 0.1)


def add_depth_bar(axes, count):
    """Put a bar of the colours of depth beside the panels, in a wider figure.

    Args:
        axes: The panels.
        count: How many layers there are.

    Example:
        >>> import matplotlib.pyplot as plt
        >>> figure, axis = plt.subplots()
        >>> add_depth_bar([axis], 30)
        >>> figure.axes[1].get_ylabel(), figure.axes[1].get_yticks().tolist()
        ('layer', [1, 7, 13, 18, 24, 30])
    """
    figure = axes[0].figure
    figure.set_figwidth(figure.get_figwidth() + 0.9)
    ticks = np.unique(np.round(np.linspace(1, count, 6)).astype(int))
    figure.colorbar(ScalarMappable(Normalize(1, count), DEPTH), ax=list(axes), label="layer", ticks=ticks)
