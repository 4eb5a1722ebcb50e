"""Draw LayerHistories, curves over epochs, profiles through depth and points; every function returns its Figure.

A layer keeps its colour and line style in every figure; where there are more than ten layers, colour tells
their depth, from light (first) to dark (last). Of replicas, the line is the median and the band holds the
middle 90 %. What is not finite, or beyond 1e250, is left out; a value between two of those is drawn as a dot,
because no line leads to it. On a logarithmic axis, zeros get a tick of their own at the bottom; negative values
are refused.
"""

from helpers.plotting.boundaries import plot_boundaries
from helpers.plotting.curves import plot_curves
from helpers.plotting.distributions import plot_distributions
from helpers.plotting.figure import LessonFigure
from helpers.plotting.histograms import plot_histograms, plot_histograms_over_time
from helpers.plotting.histories import LABELS, plot_gradients, plot_side_by_side, plot_statistics, plot_weights
from helpers.plotting.points import draw_points
from helpers.plotting.profiles import plot_through_layers
from helpers.plotting.style import LINE_STYLES, MARKERS
from helpers.session import COLOURS

__all__ = [
    "COLOURS",
    "LABELS",
    "LINE_STYLES",
    "MARKERS",
    "LessonFigure",
    "draw_points",
    "plot_boundaries",
    "plot_curves",
    "plot_distributions",
    "plot_gradients",
    "plot_histograms",
    "plot_histograms_over_time",
    "plot_side_by_side",
    "plot_statistics",
    "plot_through_layers",
    "plot_weights",
]
