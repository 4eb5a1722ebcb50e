"""Where a classifier of points in the plane draws its line."""

import numpy as np

from helpers.models import take_replica
from helpers.plotting.arguments import check_mapping, check_title
from helpers.plotting.figure import fold, lesson_style, only_outer_labels, panels
from helpers.plotting.points import draw_points, labelled_points
from helpers.recording import replica_count

MARGIN = 0.2  # around the points


@lesson_style()
def plot_boundaries(models, X, y, title=None):
    """The points, and where each model's output crosses 0.5: one panel for each model.

    Outputs below 0 or above 1 have the colours of 0 and 1; where the output is not finite there is no colour.

    Args:
        models: ``{panel title: model}`` with two inputs and one output; of a model of replicas,
            replica 0 is drawn.
        X: Points, (n, 2), at least one, finite.
        y: Labels 0 and 1, (n,) or (n, 1).
        title: Above the figure; default none.

    Returns:
        matplotlib Figure with a panel for each model.

    Raises:
        TypeError: If ``models`` is no dictionary of Keras models, ``X`` or ``y`` does not hold real numbers, or
            ``title`` is not text.
        ValueError: If there is no model, one is not built or does not take two inputs to one output, there are no
            points, ``X`` is not (n, 2) or not finite, ``y`` has another length or other labels than 0 and 1, or
            a text cannot be set.

    Example:
        >>> from helpers import data, models
        >>> X, y = data.circles(40)
        >>> figure = plot_boundaries({"tanh": models.make_mlp("tanh", "glorot_uniform")}, X, y)
        >>> figure.axes[0].get_title()
        'tanh'
    """
    check_mapping("models", models, "{panel title: model}")
    check_title(title)
    X, y = labelled_points(X, y)
    if len(X) == 0:
        raise ValueError("X is empty; give at least one point")
    low, high = X.min(axis=0) - MARGIN, X.max(axis=0) + MARGIN
    grid = np.stack(np.meshgrid(*np.linspace(low, high, 120).T), axis=-1)
    outputs = {name: _output(_single(name, model), grid) for name, model in models.items()}

    figure, axes = panels(len(models), title, share_y=True)
    for axis, (name, output) in zip(axes, outputs.items(), strict=True):
        _draw_output(axis, grid, output)
        draw_points(axis, X, y)
        axis.set(title=fold(name, 36), xlabel="$x_1$", ylabel="$x_2$", aspect="equal")
    only_outer_labels(axes)
    axes[0].legend(title="label", loc="upper right")
    return figure


def _single(name, model):
    """The net to draw, if it takes two inputs to one output."""
    if isinstance(model, type) or not (callable(model) and hasattr(model, "layers")):
        raise TypeError(f"models[{name!r}] must be a Keras model, got {type(model).__name__}")
    if not model.built:
        raise ValueError(f"models[{name!r}] has no weights yet; start it with keras.Input((2,)) or call it on data")
    net = model if replica_count(model) is None else take_replica(model, 0)
    takes, gives = (getattr(net, shape, None) for shape in ("input_shape", "output_shape"))
    if not (isinstance(takes, tuple) and takes[1:] == (2,) and isinstance(gives, tuple) and gives[1:] == (1,)):
        raise ValueError(f"models[{name!r}] must take (n, 2) to (n, 1), but takes {takes} to {gives}")
    return net


def _output(net, grid):
    return np.asarray(net(grid.reshape(-1, 2))).reshape(grid.shape[:2])


def _draw_output(axis, grid, output):
    finite = np.isfinite(output)
    if not finite.any():
        axis.set_facecolor("0.85")
        axis.text(0.5, 0.97, "output is not finite", transform=axis.transAxes, ha="center", va="top")
        return
    x1, x2, output = grid[..., 0], grid[..., 1], np.ma.masked_array(output, ~finite)
    axis.contourf(x1, x2, output, levels=np.linspace(0, 1, 11), cmap="RdBu_r", alpha=0.5, extend="both")
    if output.min() < 0.5 < output.max():  # matplotlib 3.10 warns of a level that is not reached
        axis.contour(x1, x2, output, levels=[0.5], colors="black", linewidths=1.5)
