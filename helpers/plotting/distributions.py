"""Where many runs end: cumulative curves."""

from helpers.checks import number, one_of
from helpers.plotting.arguments import check_mapping, check_text, check_title, curves_of_numbers
from helpers.plotting.drawable import LARGEST, drawable
from helpers.plotting.figure import fold, lesson_style, panels
from helpers.plotting.legend import add_legend
from helpers.plotting.style import curve_looks


@lesson_style()
def plot_distributions(values, xlabel, marks=None, title=None):
    """How many of many runs end at or below each value: a cumulative curve for each group.

    Values that are not finite are left out; the share is that of the others, and the legend says how many there
    were.

    Args:
        values: ``{label: array of (R,)}``, 1 to 50 of them.
        xlabel: What the values are.
        marks: ``{label: number}``: single values, such as published ones, drawn as vertical lines in
            the colour of the group with the same label.
        title: Above the figure; default none.

    Returns:
        matplotlib Figure with one panel.

    Raises:
        TypeError: If ``values`` is no dictionary of arrays of numbers, ``marks`` none of numbers, or a label or
            the title is not text.
        ValueError: If there is no group or more than 50, one is not (R,), a mark has no group or is not finite,
            or a text cannot be set.

    Example:
        >>> figure = plot_distributions({"tanh": [0.5, 0.9, float("nan")]}, "accuracy", marks={"tanh": 0.95})
        >>> figure.axes[0].get_legend().get_texts()[0].get_text()
        'tanh (1 of 3 not finite)'
    """
    values = curves_of_numbers("values", values, (1,))
    check_text(xlabel=xlabel)
    check_title(title)
    marks = _marks(marks, values)

    figure, (axis,) = panels(1, title)
    handles = []
    for (label, runs), look in zip(values.items(), curve_looks(len(values)), strict=True):
        finite = runs[drawable(runs)]
        lost = len(runs) - len(finite)
        text = f"{label} ({lost} of {len(runs)} not finite)" if lost else str(label)
        handles.append(
            axis.ecdf(finite, label=text, **look) if finite.size else axis.plot([], [], label=text, **look)[0]
        )
        if label in marks:
            axis.axvline(marks[label], linewidth=1.4, **look)
    axis.set(xlabel=fold(xlabel, 55), ylabel="share of runs at or below")
    add_legend(axis, handles)
    return figure


def _marks(marks, values):
    if marks is None or (isinstance(marks, dict) and not marks):
        return {}
    check_mapping("marks", marks, "{label: number}")
    for label in marks:
        one_of("marks", label, values)
    return {
        label: number(f"marks[{label!r}]", mark, minimum=-LARGEST, maximum=LARGEST) for label, mark in marks.items()
    }
