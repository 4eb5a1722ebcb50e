"""Which numbers an axis can show."""

import numpy as np

LARGEST = 1e250  # beyond it, the margins of an axis overflow


def drawable(values):
    """Where values are finite, and no larger than an axis can show: 1e250.

    Args:
        values: Array of any shape.

    Returns:
        Array of truth values of that shape.

    Example:
        >>> drawable(np.array([1.0, np.nan, -np.inf, 1e300]))
        array([ True, False, False, False])
    """
    return np.isfinite(values) & (np.abs(values) <= LARGEST)
