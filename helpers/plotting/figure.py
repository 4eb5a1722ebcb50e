"""The figure of a lesson: its style, its panels, and how a notebook shows it."""

import math
import re
from contextlib import contextmanager
from textwrap import wrap

import matplotlib
import matplotlib.pyplot as plt
from matplotlib.cbook import is_math_text
from matplotlib.figure import Figure

from helpers.session import FIGURE_STYLE

PANELS_IN_A_ROW = 4
PANEL_WIDTH, PANEL_HEIGHT, TITLE_LINE = 4.2, 3.9, 0.25  # inches


class LessonFigure(Figure):
    """A figure that a notebook shows once, whether a cell ends with it or with ``plt.show()``."""

    def _ipython_display_(self):
        from IPython.core.pylabtools import print_figure
        from IPython.display import publish_display_data

        publish_display_data({"image/png": print_figure(self, base64=True), "text/plain": str(self)})
        if "inline" in matplotlib.get_backend():
            plt.close(self)  # else the end of the cell shows it again


@contextmanager
def lesson_style():
    """Draw in the style of the lessons, whatever the caller's is; also a decorator.

    Example:
        >>> with lesson_style():
        ...     plt.rcParams["axes.spines.top"]
        False
    """
    with plt.rc_context(FIGURE_STYLE):
        yield
        interactive = matplotlib.is_interactive()
    matplotlib.interactive(interactive)  # a notebook's first figure switches it on, rc_context would undo that


def panels(count, title=None, share_y=False, height=PANEL_HEIGHT):
    """A figure with panels from left to right, in rows of at most four.

    Args:
        count: How many panels.
        title: Above the figure; default none.
        share_y: Whether they have one vertical scale.
        height: Of a row, in inches.

    Returns:
        The figure and the list of its axes.

    Example:
        >>> figure, axes = panels(5)
        >>> len(axes), figure.get_size_inches().tolist()
        (5, [12.6..., 7.8])
    """
    rows = math.ceil(count / PANELS_IN_A_ROW)
    columns = math.ceil(count / rows)
    title = fold(title or "", 25 * columns + 30)
    figure, grid = plt.subplots(
        rows,
        columns,
        figsize=(max(PANEL_WIDTH * columns, 6.5), height * rows + TITLE_LINE * title.count("\n")),
        sharey=share_y,
        squeeze=False,
        FigureClass=LessonFigure,
    )
    axes = list(grid.flat)
    for spare in axes[count:]:
        spare.remove()
    if title:
        figure.suptitle(title)
    return figure, axes[:count]


def only_outer_labels(axes):
    """Leave the labels of a shared vertical scale to the first panel of each row.

    Example:
        >>> _, axes = panels(2, share_y=True)
        >>> only_outer_labels(axes)
    """
    for axis in axes:
        if not axis.get_subplotspec().is_first_col():
            axis.set_ylabel("")
            axis.tick_params(labelleft=False)


def fold(text, width):
    r"""Break long text into lines, so that it does not run out of the figure; formulas stay whole.

    Args:
        text: One line or more; anything else is made text.
        width: The most characters in a line.

    Example:
        >>> fold("the mean of all of the weights", 20)
        'the mean of all of\nthe weights'
    """
    return "\n".join(_fold_line(line, width) for line in str(text).split("\n"))


def _fold_line(line, width):
    if len(line) <= width:
        return line
    formulas = is_math_text(line)
    if formulas:
        line = re.sub(r"\$[^$]*\$", lambda formula: formula[0].replace(" ", "\0"), line)
    lines = wrap(line, width, break_long_words=not formulas, break_on_hyphens=not formulas)
    return "\n".join(lines).replace("\0", " ")
