"""Activations by the names that Keras gives them, or as functions."""

from functools import lru_cache

import keras
import tensorflow as tf

from helpers.checks import suggestion


def resolve(activation, name="activation"):
    """Turn what Keras accepts as an activation into a function of tensors.

    Args:
        activation: A Keras name, a function, or None for the identity.
        name: What the argument is called in an error.

    Returns:
        A function of tensors.

    Raises:
        ValueError: If Keras knows no such activation.

    Example:
        >>> resolve("tanh").__name__
        'tanh'
    """
    try:
        found = keras.activations.get(activation)
    except (ValueError, TypeError, KeyError):
        found = None
    if not callable(found) or isinstance(found, type):  # a class makes objects, not activations
        others = ("deserialize", "get", "serialize")
        known = sorted(n for n in dir(keras.activations) if n[0].islower() and n not in others)
        raise ValueError(
            f"{name}={activation!r} is not a Keras activation; {suggestion(activation, known)}, or a function"
        )
    return found


def tried(activation, shape, dtype, name="activation"):
    """As ``resolve``, for an activation that can be traced and keeps shape and precision.

    Args:
        activation: As for ``resolve``.
        shape: Of a tensor that it is traced with.
        dtype: Of that tensor.
        name: What the argument is called in an error.

    Returns:
        A function of tensors.

    Raises:
        ValueError: If it is unknown, fails, or returns something else than a tensor of that shape and dtype.

    Example:
        >>> tried("tanh", (2, 3), "float64").__name__
        'tanh'
    """
    found = resolve(activation, name)
    shape = tuple(shape)
    want = f"{name}={activation!r} must make a tensor of {dtype} and shape {shape} of such a one"
    try:
        result = _outcome(found, shape, dtype)
    except Exception as error:
        raise ValueError(f"{want}, but failed with {type(error).__name__}: {error}") from error
    if not isinstance(result, tf.TensorSpec):
        raise ValueError(f"{want}, got {result!r}")
    if result.shape != shape or result.dtype != dtype:
        raise ValueError(f"{want}, got {result.dtype.name} of shape {result.shape}")
    return found


@lru_cache(maxsize=64)
def _outcome(function, shape, dtype):
    """What a function makes of a tensor; kept, as tracing takes longer than a mean over a normal."""
    traced = tf.function(lambda z: function(z), autograph=False).get_concrete_function(tf.TensorSpec(shape, dtype))
    result = traced.structured_outputs
    return tf.TensorSpec(result.shape, result.dtype) if tf.is_tensor(result) else result
