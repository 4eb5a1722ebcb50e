"""The loss of each sample and the accuracy, for one net or for each of R replicas."""

import keras
import tensorflow as tf

from helpers.checks import suggestion


def loss_name(loss):
    """The snake-case name of a Keras loss given by name, function or object.

    Raises:
        ValueError: If Keras knows no such loss.

    Example:
        >>> loss_name(keras.losses.BinaryCrossentropy())
        'binary_crossentropy'
    """
    try:
        found = keras.losses.get(loss)
    except (ValueError, TypeError):
        found = None
    if found is None:
        known = sorted(n for n in dir(keras.losses) if n[0].islower() and n not in ("deserialize", "get", "serialize"))
        raise ValueError(f"loss={loss!r} is unknown to Keras; {suggestion(loss, known)}")
    return getattr(found, "name", None) or getattr(found, "__name__", type(found).__name__)


def sample_losses(loss, y, outputs, replicas=None):
    """The loss of each sample, before any mean.

    Args:
        loss: A Keras name, function or Loss object.
        y: Targets, (batch, ...): the same for every replica.
        outputs: (batch, ...) or (batch, R, ...).
        replicas: R, or None for a single net.

    Returns:
        Tensor of shape (batch,) or (batch, R).

    Example:
        >>> sample_losses("mse", tf.zeros([4, 1]), tf.ones([4, 3, 1]), replicas=3).shape
        TensorShape([4, 3])
    """
    found = keras.losses.get(loss)
    function = found.call if isinstance(found, keras.losses.Loss) else found
    losses = function(_for_replicas(y, replicas), outputs)
    extra = losses.shape.rank - (1 if replicas is None else 2)  # one loss for each step of a sequence
    return tf.reduce_mean(losses, axis=list(range(-extra, 0))) if extra else losses


def accuracy(loss, y, outputs, replicas=None):
    """Share of samples on the right side of 0.5 (one output) or with the largest output in their class.

    Args:
        loss: As for ``sample_losses``: it says what the outputs mean.
        y: Targets, (batch, ...).
        outputs: (batch, ...) or (batch, R, ...).
        replicas: R, or None for a single net.

    Returns:
        Scalar tensor, or (R,); nan where the loss is not one of classification.

    Example:
        >>> float(accuracy("binary_crossentropy", tf.constant([[1.0], [0.0]]), tf.constant([[0.9], [0.8]])))
        0.5
    """
    y = _for_replicas(y, replicas)
    match loss_name(loss):
        case "binary_crossentropy":
            threshold = 0.0 if getattr(loss, "from_logits", False) else 0.5
            right = tf.equal(outputs > threshold, y > 0.5)
        case "sparse_categorical_crossentropy":
            right = tf.equal(tf.argmax(outputs, axis=-1), tf.cast(y, tf.int64))
        case "categorical_crossentropy":
            right = tf.equal(tf.argmax(outputs, axis=-1), tf.argmax(y, axis=-1))
        case _:
            return tf.fill([] if replicas is None else [replicas], tf.constant(float("nan"), outputs.dtype))
    kept = () if replicas is None else (1,)
    axes = [a for a in range(right.shape.rank) if a not in kept]
    return tf.reduce_mean(tf.cast(right, outputs.dtype), axis=axes)


def _for_replicas(y, replicas):
    if replicas is None:
        return y
    return tf.broadcast_to(tf.expand_dims(y, 1), [tf.shape(y)[0], replicas, *y.shape[1:]])
