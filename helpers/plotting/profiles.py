"""One number for each layer, through the depth of a net."""

import numpy as np

from helpers.checks import one_of
from helpers.plotting.arguments import check_flag, check_mapping, check_text, check_title, curves_of_numbers, numbers
from helpers.plotting.drawable import drawable
from helpers.plotting.figure import fold, lesson_style, panels
from helpers.plotting.legend import add_legend
from helpers.plotting.lines import draw_line, whole_numbers
from helpers.plotting.log_axis import check_no_negative, log_axis
from helpers.plotting.style import MARKERS, curve_looks

MOST_MARKED = 12  # more markers than that would hide the line


@lesson_style()
def plot_through_layers(profiles, ylabel, theory=None, log=True, title=None):
    """One number for each layer, from the first layer to the last: a line with markers for each net.

    Args:
        profiles: ``{label: array of (L,) or (L, R)}``, 1 to 50 of them, first layer first; a
            ``LayerHistory.profile`` is one.
        ylabel: What the numbers are, with the unit if there is one.
        theory: ``{label: array of (L,)}``: what theory says of profiles with the same labels, drawn as
            crosses in their colours.
        log: Whether the vertical axis is logarithmic.
        title: Above the figure; default none.

    Returns:
        matplotlib Figure with one panel.

    Raises:
        TypeError: If ``profiles`` or ``theory`` is no dictionary of arrays of numbers, ``log`` is no truth
            value, or a label or the title is not text.
        ValueError: If there is no profile or more than 50, one is neither (L,) nor (L, R), a theory has no
            profile or another number of layers, ``log`` is set and a number is negative, or a text cannot be set.

    Example:
        >>> figure = plot_through_layers({"tanh": [0.01, 0.1, 1.0]}, "gradient norm", theory={"tanh": [0.02, 0.1, 1]})
        >>> figure.axes[0].lines[0].get_xdata().tolist()
        [1, 2, 3]
    """
    profiles = curves_of_numbers("profiles", profiles)
    theory = _theory(theory, profiles)
    check_text(ylabel=ylabel)
    check_title(title)
    check_flag("log", log)
    if log:
        for name, group in {"profiles": profiles, "theory": theory}.items():
            for label, values in group.items():
                check_no_negative(f"{name}[{label!r}]", values, "use log=False")

    figure, (axis,) = panels(1, title)
    handles, heights = [], []
    for k, ((label, values), look) in enumerate(zip(profiles.items(), curve_looks(len(profiles)), strict=True)):
        layers = np.arange(1, len(values) + 1)
        line, drawn = draw_line(axis, layers, values, str(label), **look)
        handles.append(line)
        heights.append(drawn)
        if len(values) <= MOST_MARKED:
            line.set(marker=MARKERS[k % len(MARKERS)], markersize=6, markevery=None)
        if label in theory:
            crosses = {"color": look["color"], "linestyle": "none", "marker": "x", "markersize": 9}
            shown = drawable(theory[label])
            axis.plot(layers[shown], theory[label][shown], **crosses)
            heights.append(theory[label][shown])
    axis.set(xlabel="layer", ylabel=fold(ylabel, 41))
    deepest = np.arange(1, max(map(len, profiles.values())) + 1)
    if len(deepest) <= MOST_MARKED:
        axis.set_xticks(deepest)
    else:
        whole_numbers(axis, deepest)
    if log:
        log_axis(axis, np.concatenate(heights))
    if theory:
        handles += axis.plot([], [], color="black", linestyle="none", marker="x", markersize=9, label="theory")
    add_legend(axis, handles)
    return figure


def _theory(theory, profiles):
    if theory is None or (isinstance(theory, dict) and not theory):
        return {}
    check_mapping("theory", theory, "{label: array}")
    expected = {}
    for label, values in theory.items():
        one_of("theory", label, profiles)
        expected[label] = numbers(f"theory[{label!r}]", values, (1,))
        if len(expected[label]) != len(profiles[label]):
            raise ValueError(
                f"theory[{label!r}] must have one number for each of {len(profiles[label])} layers, "
                f"got {len(expected[label])}"
            )
    return expected
