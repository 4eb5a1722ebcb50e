"""Curves such as loss or accuracy."""

import numpy as np

from helpers.plotting.arguments import check_flag, check_text, check_title, curves_of_numbers, numbers
from helpers.plotting.drawable import drawable
from helpers.plotting.figure import fold, lesson_style, panels
from helpers.plotting.legend import add_legend
from helpers.plotting.lines import draw_line, whole_numbers
from helpers.plotting.log_axis import check_no_negative, log_axis
from helpers.plotting.style import curve_looks


@lesson_style()
def plot_curves(curves, ylabel, xlabel="epoch", x=None, log=False, title=None):
    """Curves such as loss or accuracy in one panel, a colour and a line style for each.

    Args:
        curves: ``{label: array of (T,) or (T, R)}``, 1 to 50 of them; without ``x``, some may be shorter.
        ylabel: What the curves are, with the unit if there is one.
        xlabel: What they are drawn against.
        x: Positions, (T,); default 0, 1, 2, ...
        log: Whether the vertical axis is logarithmic.
        title: Above the figure; default none.

    Returns:
        matplotlib Figure with one panel.

    Raises:
        TypeError: If ``curves`` is no dictionary of arrays of numbers, ``log`` is no truth value, or a label or
            the title is not text.
        ValueError: If there is no curve or more than 50, one is neither (T,) nor (T, R), ``x`` has another
            length or is not finite, ``log`` is set and a curve is negative, or a text cannot be set.

    Example:
        >>> figure = plot_curves({"SGD": [0.9, 0.5, 0.4], "Adam": [0.9, 0.2, 0.1]}, "loss", log=True)
        >>> figure.axes[0].lines[1].get_ydata().tolist()
        [0.9, 0.2, 0.1]
    """
    curves = curves_of_numbers("curves", curves)
    check_text(ylabel=ylabel, xlabel=xlabel)
    check_title(title)
    check_flag("log", log)
    if x is not None:
        x = _positions(x, curves)
    if log:
        for label, values in curves.items():
            check_no_negative(f"curves[{label!r}]", values, "use log=False")

    figure, (axis,) = panels(1, title)
    heights, longest = [], max(map(len, curves.values()))
    for (label, values), look in zip(curves.items(), curve_looks(len(curves)), strict=True):
        positions = np.arange(len(values)) if x is None else x
        heights.append(draw_line(axis, positions, values, str(label), **look)[1])
    axis.set(xlabel=fold(xlabel, 55), ylabel=fold(ylabel, 41))
    if x is None:
        whole_numbers(axis, np.arange(longest))
    if log:
        log_axis(axis, np.concatenate(heights))
    add_legend(axis, axis.lines)
    return figure


def _positions(x, curves):
    x = numbers("x", x, (1,))
    if not np.all(drawable(x)):
        raise ValueError(f"x must be finite, got {x[~drawable(x)][0]} among its {len(x)} positions")
    for label, values in curves.items():
        if len(values) != len(x):
            raise ValueError(
                f"x must have one position for each entry of a curve, but has {len(x)}, "
                f"and curves[{label!r}] has {len(values)}"
            )
    return x
