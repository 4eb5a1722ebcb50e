"""Histograms of arrays: bins that fit several of them, and how many entries fall into each bin."""

import numpy as np

from helpers.plotting.drawable import drawable


def bin_edges(arrays, most=60):
    """Edges of bins of equal width that hold every finite entry of several arrays.

    Args:
        arrays: Arrays of any shapes.
        most: The most bins; there are about the square root of the entries of the largest array, but at least 10.

    Returns:
        Array of increasing edges, one more than there are bins.

    Example:
        >>> bin_edges([np.array([0.0, 1.0]), np.array([10.0])]).tolist()
        [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0]
    """
    arrays = [np.asarray(array, dtype=np.float64) for array in arrays]
    finite = np.concatenate([array[drawable(array)] for array in arrays])
    low, high = (finite.min(), finite.max()) if finite.size else (0.0, 0.0)
    middle, size = (low + high) / 2, max(abs(low), abs(high))
    if high - low <= 1e-9 * size:  # one value: a bin in the middle holds it
        reach = 0.5 * size or 0.5
        low, high = middle - reach, middle + reach
    bins = int(np.clip(np.sqrt(max(array.size for array in arrays)), 10, most))
    return np.linspace(low, high, bins + 1)


def count_entries(values, edges):
    """How many entries fall between each two edges, and how many are not finite.

    Args:
        values: Array of any shape.
        edges: Array of increasing edges that hold every finite entry.

    Returns:
        Array of counts, one less than there are edges, and the number of entries that are not finite.

    Example:
        >>> count_entries(np.array([0.5, 0.7, 1.5, np.nan]), np.array([0.0, 1.0, 2.0]))
        (array([2, 1]), 1)
    """
    values = np.asarray(values, dtype=np.float64).ravel()
    finite = values[drawable(values)]
    return np.histogram(finite, edges)[0], values.size - finite.size
