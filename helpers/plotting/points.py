"""Points of two classes in the plane."""

import numpy as np
from matplotlib.axes import Axes

from helpers.plotting.drawable import drawable
from helpers.session import COLOURS


def draw_points(axis, X, y):
    """Scatter points of two classes on an axis, in a colour and a marker for each class.

    Args:
        axis: matplotlib Axes.
        X: Points, (n, 2), finite.
        y: Labels 0 and 1, (n,) or (n, 1).

    Raises:
        TypeError: If ``axis`` is not a matplotlib Axes, or ``X`` or ``y`` does not hold real numbers.
        ValueError: If ``X`` is not (n, 2) or not finite, or ``y`` has another length or other labels than 0 and 1.

    Example:
        >>> import matplotlib.pyplot as plt
        >>> axis = plt.figure().subplots()
        >>> draw_points(axis, [[0, 0], [1, 1], [0, 1]], [0, 0, 1])
        >>> [len(points.get_offsets()) for points in axis.collections]
        [2, 1]
    """
    if not isinstance(axis, Axes):
        raise TypeError(f"axis must be a matplotlib Axes, such as figure.axes[0], got {type(axis).__name__}")
    X, y = labelled_points(X, y)
    for label, colour, marker in ((0, COLOURS[0], "o"), (1, COLOURS[2], "^")):
        chosen = X[y == label]
        axis.scatter(
            chosen[:, 0],
            chosen[:, 1],
            s=10,
            color=colour,
            marker=marker,
            edgecolors="black",
            linewidths=0.2,
            label=label,
        )


def labelled_points(X, y):
    """Return points and their labels as arrays of float64, (n, 2) and (n,), if that is what they are.

    Args:
        X: Points, (n, 2), finite.
        y: Labels 0 and 1, (n,) or (n, 1).

    Raises:
        TypeError: If one of them does not hold real numbers.
        ValueError: If ``X`` is not (n, 2) or not finite, or ``y`` has another length or other labels than 0 and 1.

    Example:
        >>> labelled_points([[1, 2]], [[True]])
        (array([[1., 2.]]), array([1.]))
    """
    X, y = _reals("X", X, "points, (n, 2)"), _reals("y", y, "labels 0 and 1, (n,)")
    if X.ndim != 2 or X.shape[1] != 2:
        raise ValueError(f"X must be points of shape (n, 2), got {X.shape}")
    if not np.all(drawable(X)):
        raise ValueError(f"X must be finite, got {X[~drawable(X)][0]} among its {len(X)} points")
    if y.shape not in {(len(X),), (len(X), 1)}:
        raise ValueError(f"y must hold one label for each of the {len(X)} points of X, got shape {y.shape}")
    others = np.unique(y[(y != 0) & (y != 1)])
    if others.size:
        raise ValueError(f"y must hold the labels 0 and 1 only, got also {', '.join(f'{o:g}' for o in others[:5])}")
    return X, y.ravel()


def _reals(name, value, form):
    try:
        array = np.asarray(value)
    except ValueError:
        raise ValueError(f"{name} must be {form}, but its rows differ in length") from None
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{name} must be {form}, got {array.dtype} such as {array.flat[0] if array.size else value!r}")
    return array.astype(np.float64)
