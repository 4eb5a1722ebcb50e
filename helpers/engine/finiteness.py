"""Which replicas are still finite; where a batch stops being so: in which layer, and in which pass."""

from collections import namedtuple

import numpy as np
import tensorflow as tf

from helpers.recording.outputs import watch

NonFinite = namedtuple("NonFinite", "replica epoch batch layer what")
NonFinite.__doc__ = """Where a run stopped being finite.

``what`` is "output" (of ``layer``, in the forward pass), "gradient" (of a weight of ``layer``), "loss" (of the output
of ``layer``, the last one) or "update" (a step that took a weight, or a moving average, of ``layer`` out of the finite
numbers); epochs and batches count from 0; ``replica`` is None for a single net.
"""


def finite(tensors, replicas=None):
    """Which replicas have finite numbers in all tensors.

    Args:
        tensors: Of any shapes; those that lead with R hold something of each replica.
        replicas: R, or None for a single net.

    Returns:
        Array of truth values, (R,), or (1,) for a single net.

    Example:
        >>> finite([tf.constant([[1.0, 2.0], [np.nan, 3.0]])], replicas=2).tolist()
        [True, False]
    """
    floats = [t for t in tensors if t.dtype.is_floating]
    if replicas is None:
        return np.array([all(np.isfinite(t).all() for t in floats)])
    return np.all([np.isfinite(t).reshape(replicas, -1).all(axis=1) for t in floats if _is_own(t, replicas)], axis=0)


def replaced(state, other, lost, replicas=None):
    """A state in which the parts of lost replicas are those of another; all of it, for a single net.

    Args:
        state: A nest of tensors.
        other: One of the same structure.
        lost: Truth values, (R,) or (1,).
        replicas: R, or None for a single net.

    Example:
        >>> replaced(tf.constant([1.0, 2.0]), tf.constant([3.0, 4.0]), np.array([False, True]), 2).numpy().tolist()
        [1.0, 4.0]
    """
    if not lost.any():
        return state
    if replicas is None:
        return other

    def put(new, old):
        if not _is_own(new, replicas):
            return new
        return tf.where(lost.reshape(-1, *[1] * (new.shape.rank - 1)), old, new)

    return tf.nest.map_structure(put, state, other)


def locate(model, x, loss, gradients, moved=(), replica=None):
    """The layer in which a batch turns non-finite, and in which pass.

    Args:
        model: A built Keras model, with the weights that met the batch.
        x: The batch, (batch, ...).
        loss: Of the batch, () or (R,).
        gradients: One array for each trainable variable, with R in front if there are replicas.
        moved: What the step would make of those variables, and of the others after them, if that is known.
        replica: Number of the replica, None for a single net.

    Returns:
        ``(layer name, "output" | "gradient" | "loss" | "update")``.
    """

    def bad(values, axis=0):
        values = np.asarray(tf.cast(values, tf.float64))  # random states are integers, always finite
        if replica is not None and values.ndim > axis and values.shape[axis] == model.replicas:
            values = np.take(values, replica, axis)  # what has no such axis is of all replicas
        return not np.isfinite(values).all()

    def owner(flags):
        # the last variable of them is the first that the backward pass met
        variables = [*model.trainable_variables, *model.non_trainable_variables]
        variable = [v for v, flag in zip(variables, flags, strict=False) if flag][-1]
        owners = [layer.name for layer in model.layers if any(v is variable for v in layer.variables)]
        return (owners or [variable.path])[0]

    try:
        outputs = watch(model, x, training=True)
    except ValueError:  # a model whose layers cannot be seen, or told apart
        outputs = []
    for name, _, output in outputs:
        if bad(output, axis=1):
            return name, "output"
    if any(flags := [bad(g) for g in gradients]):
        return owner(flags), "gradient"
    if not bad(loss) and any(flags := [bad(w) for w in moved]):
        return owner(flags), "update"
    return (model.layers or [model])[-1].name, "loss"


def _is_own(tensor, replicas):
    return tensor.dtype.is_floating and tensor.shape.rank > 0 and tensor.shape[0] == replicas
