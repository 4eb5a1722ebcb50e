"""The loss of each sample and the accuracy, for one net or for each of R replicas."""

import keras
import tensorflow as tf

from helpers.checks import function, suggestion

_MIX = ("circle", "ctc", "dice", "tversky")  # Keras's losses that compare or add up samples
_KINDS = {  # what the outputs mean, by the loss's class and by its function
    "binary": (
        (keras.losses.BinaryCrossentropy, keras.losses.BinaryFocalCrossentropy),
        (keras.losses.binary_crossentropy, keras.losses.binary_focal_crossentropy),
    ),
    "sparse": (
        (keras.losses.SparseCategoricalCrossentropy, keras.losses.CategoricalGeneralizedCrossEntropy),
        (keras.losses.sparse_categorical_crossentropy, keras.losses.categorical_generalized_cross_entropy),
    ),
    "categorical": (
        (keras.losses.CategoricalCrossentropy, keras.losses.CategoricalFocalCrossentropy),
        (keras.losses.categorical_crossentropy, keras.losses.categorical_focal_crossentropy),
    ),
}


def resolve(loss):
    """Turn what Keras accepts as a loss into a function of (targets, outputs) or a Loss object.

    Raises:
        TypeError: If it is a function that does not take two arguments.
        ValueError: If Keras knows no such loss, or it is an object that does more than give each sample a loss: adds
            up samples instead of averaging, leaves classes out, takes classes along another axis than the last.

    Example:
        >>> resolve("mse").__name__
        'mean_squared_error'
    """
    try:
        found = keras.losses.get(loss)
    except Exception:  # Keras fails in many ways on what is no loss
        found = None
    if not callable(found) or isinstance(found, type):
        known = sorted(n for n in dir(keras.losses) if n[0].islower() and n not in ("deserialize", "get", "serialize"))
        raise ValueError(f"loss={loss!r} is unknown to Keras; {suggestion(loss, known)}")
    if not isinstance(found, keras.losses.Loss):
        return function("loss", found, "y", "outputs")
    if type(found).__call__ is not keras.losses.Loss.__call__ or type(found).call is keras.losses.Loss.call:
        raise ValueError(f"loss={loss!r} must define call(y, outputs), one loss for each sample, and leave the rest be")
    if getattr(found, "reduction", "mean") not in ("mean", "mean_with_sample_weight", "sum_over_batch_size"):
        raise ValueError(f"loss={loss!r} does not average over a batch; leave out reduction={found.reduction!r}")
    if is_of_keras(found) and not mixes(found) and getattr(found, "axis", -1) != -1:
        raise ValueError(f"loss={loss!r} has its classes along axis {found.axis}; only the last will do, axis=-1")
    if getattr(found, "ignore_class", None) is not None:
        raise ValueError(f"loss={loss!r} leaves out class {found.ignore_class}; drop its samples, not ignore_class")
    return found


def is_of_keras(loss):
    """Whether a function or Loss object is one of Keras's own: what it takes and does is known."""
    return getattr(loss, "__module__", "").startswith("keras.")


def mixes(loss):
    """Whether the loss of a sample may depend on the rest of its batch.

    Args:
        loss: From ``resolve``.
    """
    name = getattr(loss, "__name__", type(loss).__name__)
    return not is_of_keras(loss) or name.lower() in _MIX


def wide(dtype):
    """The precision in which losses of such outputs are computed: at least float32.

    Example:
        >>> wide("float16")
        'float32'
    """
    return "float32" if dtype in ("float16", "bfloat16") else dtype


def kind(loss):
    """What the outputs mean to a loss: "binary", "sparse", "categorical", or None where they are no classes.

    Decided by class or function, whatever name the object was given.

    Example:
        >>> kind(keras.losses.BinaryCrossentropy(name="bce"))
        'binary'
    """
    found = resolve(loss)
    for name, (classes, functions) in _KINDS.items():
        if isinstance(found, classes) or any(found is f for f in functions):
            return name
    return None


def sample_losses(loss, y, outputs, replicas=None):
    """The loss of each sample, before any mean.

    Args:
        loss: A Keras name, function or Loss object.
        y: Targets, (batch, ...): the same for every replica.
        outputs: (batch, ...) or (batch, R, ...).
        replicas: R, or None for a single net.

    Returns:
        Tensor of shape (batch,) or (batch, R).

    Raises:
        ValueError: If the loss gives something else than a number for each sample.

    Example:
        >>> sample_losses("mse", tf.zeros([4, 1]), tf.ones([4, 3, 1]), replicas=3).shape
        TensorShape([4, 3])
    """
    found = resolve(loss)
    outputs = tf.cast(outputs, wide(outputs.dtype.name))
    if replicas is not None and mixes(found):  # a loss of the reader's own may count axes: it sees those of one net
        one_by_one = tf.experimental.numpy.moveaxis(outputs, 1, 0)
        return tf.transpose(tf.vectorized_map(lambda own: sample_losses(found, y, own), one_by_one))
    lead = 1 if replicas is None else 2
    y = _for_replicas(y, replicas)
    if outputs.shape.rank == lead:  # one number for each sample: losses take their mean over a last axis
        outputs, y = outputs[..., tf.newaxis], y if y.shape.rank > lead else y[..., tf.newaxis]
    losses = tf.convert_to_tensor(found.call(y, outputs) if isinstance(found, keras.losses.Loss) else found(y, outputs))
    extra = losses.shape.rank - lead  # one loss for each step of a sequence
    if not losses.shape[:lead].is_compatible_with(outputs.shape[:lead]):
        raise ValueError(f"loss={loss!r} must give one number for each sample, got shape {tuple(losses.shape)}")
    return tf.reduce_mean(losses, axis=list(range(-extra, 0))) if extra > 0 else losses


def accuracy(loss, y, outputs, replicas=None):
    """Share of samples on the right side of 0.5 (one output) or with the largest output in their class.

    Args:
        loss: As for ``sample_losses``: it says what the outputs mean.
        y: Targets, (batch, ...).
        outputs: (batch, ...) or (batch, R, ...).
        replicas: R, or None for a single net.

    Returns:
        Scalar tensor, or (R,); nan where the loss is not one of classification, and where an output is nan.

    Example:
        >>> float(accuracy("binary_crossentropy", tf.constant([[1.0], [0.0]]), tf.constant([[0.9], [0.8]])))
        0.5
    """
    loss = resolve(loss)
    lead = 1 if replicas is None else 2
    y = _for_replicas(y, replicas)
    if outputs.shape.rank == lead:
        outputs, y = outputs[..., tf.newaxis], y if y.shape.rank > lead else y[..., tf.newaxis]
    nan = tf.constant(float("nan"), outputs.dtype)
    match kind(loss):
        case "binary":
            threshold = 0.0 if getattr(loss, "from_logits", False) else 0.5
            right = tf.equal(outputs > threshold, y > 0.5)
        case "sparse":
            right = tf.equal(tf.argmax(outputs, axis=-1), tf.cast(y, tf.int64))
        case "categorical":
            right = tf.equal(tf.argmax(outputs, axis=-1), tf.argmax(y, axis=-1))
        case _:
            return tf.fill([] if replicas is None else [replicas], nan)
    share, lost = (
        tf.reduce_mean(
            tf.cast(what, outputs.dtype), axis=[a for a in range(what.shape.rank) if a != lead - 1 or a == 0]
        )
        for what in (right, tf.math.is_nan(outputs))
    )
    return tf.where(lost > 0, nan, share)


def _for_replicas(y, replicas):
    if replicas is None:
        return y
    return tf.broadcast_to(tf.expand_dims(y, 1), [tf.shape(y)[0], replicas, *y.shape[1:]])
