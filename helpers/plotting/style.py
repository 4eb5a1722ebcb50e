"""How layers and curves look: colours, line styles, markers."""

from matplotlib import colormaps
from matplotlib.colors import ListedColormap

from helpers.session import COLOURS

LINE_STYLES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)))
MARKERS = ("o", "s", "^", "v", "D")
MOST_CURVES = len(COLOURS) * len(LINE_STYLES)

# Viridis from its green to its dark end: lightness falls evenly, also for colour-blind readers (Nuñez, Anderton
# and Renslow 2018, doi:10.1371/journal.pone.0199239); its yellow, left out, is too light to read on white.
DEPTH = ListedColormap(colormaps["viridis_r"](range(70, 256)), name="depth")


def curve_looks(count):
    """A colour and a line style for each of several curves; no two of up to ``MOST_CURVES`` are alike.

    Args:
        count: How many curves there are.

    Returns:
        List of keyword arguments of ``Axes.plot``.

    Example:
        >>> curve_looks(12)[11]
        {'color': '#bd1f01', 'linestyle': '-.'}
    """
    colours, styles = len(COLOURS), len(LINE_STYLES)
    return [
        {"color": COLOURS[k % colours], "linestyle": LINE_STYLES[(k + k // colours) % styles]} for k in range(count)
    ]


def layers_by_depth(count):
    """Whether there are so many layers that colour tells their depth: more than there are colours.

    Example:
        >>> layers_by_depth(10), layers_by_depth(11)
        (False, True)
    """
    return count > len(COLOURS)


def layer_looks(count):
    """The look of each of several layers: that of curves, or the colour of its depth if there are many.

    Args:
        count: How many layers there are.

    Returns:
        List of keyword arguments of ``Axes.plot``, first layer first.

    Example:
        >>> [look["linestyle"] for look in layer_looks(3)], layer_looks(30)[29]["linestyle"]
        (['-', '--', '-.'], '-')
    """
    if not layers_by_depth(count):
        return curve_looks(count)
    return [{"color": DEPTH(k / (count - 1)), "linestyle": "-"} for k in range(count)]
