"""A logarithmic axis that has room for zero."""

import numpy as np

SMALLEST = 1e-300  # below it, and over more decades than these, what matplotlib computes overflows
DECADES = 290


def log_axis(axis, heights):
    """Make the vertical axis logarithmic; if zeros are drawn, give them a tick at the bottom.

    With zeros the axis is linear from 0 to the lowest power of ten, and logarithmic above it. Without them it
    is logarithmic throughout. Axes that share their scale get it together.

    Args:
        axis: matplotlib Axes, with everything drawn.
        heights: All the heights drawn: finite, none negative.

    Example:
        >>> import matplotlib.pyplot as plt
        >>> axes = plt.figure().subplots(1, 2)
        >>> log_axis(axes[0], np.array([1.0, 0.1]))
        >>> log_axis(axes[1], np.array([1.0, 0.0]))
        >>> [axis.get_yscale() for axis in axes]
        ['log', 'symlog']
    """
    positive = heights[heights > 0]
    if positive.size == 0:
        axis.set_yticks([0] if heights.size else [])  # zeros alone have no scale, nor has nothing
    elif positive.size == heights.size:
        axis.set_yscale("log")
    else:
        lowest = max(10.0 ** np.floor(np.log10(positive.min())), SMALLEST, positive.max() / 10.0**DECADES)
        decades = np.log10(positive.max() / lowest)
        axis.set_yscale(
            "symlog", linthresh=lowest, linscale=max(1, decades / 8), subs=range(2, 10) if decades < 10 else None
        )
        axis.yaxis.get_major_locator().set_params(numticks=9)
        axis.set_ylim(bottom=-0.3 * lowest)  # a line at 0 lies above the frame


def check_no_negative(name, values, remedy):
    """Refuse negative values, which a logarithmic axis cannot show.

    Args:
        name: What holds the values, in an error.
        values: Array.
        remedy: What would do instead.

    Raises:
        ValueError: If a value is negative.

    Example:
        >>> check_no_negative("curves['loss']", np.array([0.0, 1.0]), "use log=False")
    """
    negative = values[values < 0]
    if negative.size:
        raise ValueError(
            f"{name} has negative values, down to {negative.min():.3g}, which a logarithmic axis cannot show; {remedy}"
        )
