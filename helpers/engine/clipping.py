"""Clip gradients by norm or by value, each replica by its own norm."""

import numpy as np
import tensorflow as tf

from helpers import checks

LIMITS = ("clipnorm", "global_clipnorm", "clipvalue")


def clip_gradients(gradients, *, clipnorm=None, global_clipnorm=None, clipvalue=None, replicas=None):
    """Clip gradients as Keras's optimisers do; with replicas, no replica feels the others' norms.

    Clipping by a norm c multiplies g by min(1, c / ||g||): the length changes, the direction does not.
    Clipping by value changes the direction too. Norms are computed without overflow as long as each
    entry is finite; a gradient with nan or inf stays not finite.

    Args:
        gradients: List of floating-point tensors or arrays, one for each weight; with replicas each
            leads with the replica axis. ``tape.gradient`` gives None for a weight without influence: leave it out.
        clipnorm: Largest norm of each weight's gradient by itself.
        global_clipnorm: Largest norm of all gradients of a net taken together.
        clipvalue: Largest size of each entry.
        replicas: R if the gradients are those of R nets, None for one net.

    Returns:
        A list of tensors of the same shapes; the gradients themselves if no limit is given.

    Raises:
        TypeError: If a limit is not a number, ``replicas`` no integer, or ``gradients`` no list of such arrays.
        ValueError: If a limit is not finite and above 0, there is more than one, or a gradient does not lead with R.

    Source:
        Pascanu, Mikolov and Bengio (2013), On the difficulty of training recurrent neural networks,
        algorithm 1, for ``global_clipnorm``; the names are those of ``keras.optimizers.Optimizer``.

    Example:
        >>> clip_gradients([tf.constant([3.0, 4.0])], global_clipnorm=1.0)[0].numpy().round(6).tolist()
        [0.6000000238418579, 0.800000011920929]
    """
    given = {name: value for name, value in zip(LIMITS, (clipnorm, global_clipnorm, clipvalue), strict=True)}
    given = {name: checks.number(name, value, above=0) for name, value in given.items() if value is not None}
    replicas = None if replicas is None else checks.integer("replicas", replicas)
    if len(given) > 1:
        raise ValueError(f"give one of {', '.join(LIMITS)}, got {' and '.join(given)}")
    if not isinstance(gradients, list | tuple):
        raise TypeError(f"gradients must be a list of arrays, one for each weight, got {type(gradients).__name__}")
    gradients = [_floats(g) for g in gradients]
    for g in gradients:
        if replicas is not None and (g.shape.rank == 0 or g.shape[0] != replicas):
            raise ValueError(f"gradients: each must lead with the {replicas} replicas, got shape {tuple(g.shape)}")
    if not given or not gradients:
        return gradients
    if clipvalue is not None:
        return [tf.clip_by_value(g, -clipvalue, clipvalue) for g in gradients]
    rows = [tf.reshape(g, [replicas or 1, -1]) for g in gradients]
    if clipnorm is not None:
        factors = [_factor(_norm(row), clipnorm) for row in rows]
    else:
        widest = max((row.dtype for row in rows), key=lambda dtype: dtype.size)
        norms = tf.concat([tf.cast(_norm(row), widest) for row in rows], axis=1)
        factors = [_factor(_norm(norms), global_clipnorm)] * len(rows)
    return [
        tf.reshape(row * tf.cast(by, row.dtype), g.shape) for row, by, g in zip(rows, factors, gradients, strict=True)
    ]


def _floats(gradient):
    try:
        found = tf.convert_to_tensor(gradient)
    except (TypeError, ValueError):
        found = np.array(gradient, dtype=object)
    if not getattr(found.dtype, "is_floating", False):
        got = "None" if gradient is None else f"{type(gradient).__name__} of {found.dtype}"
        raise TypeError(f"gradients must hold arrays of floating-point numbers, got {got}")
    return found


def _norm(rows):
    """The norm of each row, (R, 1), of an array (R, k)."""
    largest = tf.reduce_max(tf.abs(rows), axis=1, keepdims=True)
    unit = tf.where(largest > 0, largest, tf.ones_like(largest))  # squares of what is left cannot overflow
    return unit * tf.sqrt(tf.reduce_sum((rows / unit) ** 2, axis=1, keepdims=True))


def _factor(norm, limit):
    limit = tf.constant(limit, norm.dtype)
    return limit / tf.maximum(norm, limit)
