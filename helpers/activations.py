"""Activations by the names that Keras gives them, or as functions."""

import keras

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
        return keras.activations.get(activation)
    except (ValueError, TypeError):
        others = ("deserialize", "get", "serialize")
        known = sorted(n for n in dir(keras.activations) if n[0].islower() and n not in others)
        raise ValueError(
            f"{name}={activation!r} is not a Keras activation; {suggestion(activation, known)}, or a function"
        ) from None
