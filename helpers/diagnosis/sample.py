"""The reader's model and data, checked, as arrays of a sample."""

import keras
import numpy as np
import tensorflow as tf

from helpers.recording import mode

MOST_SAMPLES = 512


def sample(model, X, y, batch_size=None):
    """Arrays of at most ``MOST_SAMPLES`` samples of the data, and the batch size.

    Args:
        model: A built and compiled Keras model with one input and one output.
        X: Inputs, (n, ...): an array, a pandas table, or a ``tf.data.Dataset`` of pairs, batched or not.
        y: Targets, (n,) or (n, ...); None if X is a Dataset.
        batch_size: As in ``fit``; None for that of the Dataset, else 32.

    Returns:
        ``(X, y, batch_size, n)``: X in the precision of the model, y as float32 or int32, and how many samples
        there were in all (as far as that is known).

    Raises:
        TypeError: If model is no Keras model, or X or y is not an array of numbers.
        ValueError: If the model is not built or compiled, has several inputs or outputs, or the data do not fit.

    Example:
        >>> net = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        >>> net.compile("sgd", "mse")
        >>> [part.shape for part in sample(net, [[0, 1], [1, 1]], [0, 1])[:2]]
        [(2, 2), (2, 1)]
    """
    _check_model(model)
    if isinstance(X, tf.data.Dataset):
        X, y, found = _from_dataset(X, y)
        batch_size = batch_size or found
    X, y = _numbers("X", X), _numbers("y", y)
    if X.ndim == 0 or y.ndim == 0 or len(X) == 0 or len(X) != len(y):
        sizes = [len(a) if a.ndim else "a single number" for a in (X, y)]
        raise ValueError(f"y must hold one target for each sample in X, at least one, got {sizes[1]} for {sizes[0]}")
    total = len(X)
    if total > MOST_SAMPLES:
        kept = np.sort(np.random.default_rng(0).choice(total, MOST_SAMPLES, replace=False))
        X, y = X[kept], y[kept]
    X = _fit(model, X)
    return X, _targets(model, X, y), min(batch_size or 32, len(X)), total


def loss_of(model):
    """The name of a compiled loss, a function of (y, outputs) that gives one number, and whether outputs are logits.

    Example:
        >>> net = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        >>> net.compile("sgd", keras.losses.BinaryCrossentropy(from_logits=True))
        >>> name, _, logits = loss_of(net)
        >>> name, logits
        ('binary_crossentropy', True)
    """
    loss = model.loss
    if isinstance(loss, list | tuple | dict):
        found = list(loss.values()) if isinstance(loss, dict) else list(loss)
        if len(found) != 1:
            raise ValueError(f"model {model.name!r} has {len(found)} losses; one is needed")
        loss = found[0]
    got = keras.losses.get(loss)
    config = got.get_config() if isinstance(got, keras.losses.Loss) else {}
    name = getattr(got, "__name__", None) or getattr(got, "name", type(got).__name__)
    short = {"mse": "mean_squared_error", "mae": "mean_absolute_error", "msle": "mean_squared_logarithmic_error"}
    name = short.get(name, name)

    def mean(y, outputs):
        return tf.reduce_mean(got(y, outputs))

    return name, mean, bool(config.get("from_logits", False))


def _check_model(model):
    if not isinstance(model, keras.Model):
        raise TypeError(f"model must be a Keras model, got {type(model).__name__}")
    if not model.built:
        raise ValueError(f"model {model.name!r} is not built; start it with keras.Input(...) or call it on data")
    if getattr(model, "optimizer", None) is None or model.loss is None:
        raise ValueError(
            f"model {model.name!r} is not compiled with an optimizer and a loss; "
            "call model.compile(optimizer=..., loss=...) first"
        )
    ends = [keras.tree.flatten(getattr(model, end, None) or []) for end in ("inputs", "outputs")]
    if any(len(end) > 1 for end in ends):
        raise ValueError(
            f"model {model.name!r} has {len(ends[0])} inputs and {len(ends[1])} outputs; one of each is needed"
        )


def _from_dataset(data, y):
    if y is not None:
        raise ValueError("y must be None if X is a tf.data.Dataset, which holds the targets")
    spec = data.element_spec
    if not isinstance(spec, tuple) or len(spec) < 2:
        raise ValueError(f"X must be a tf.data.Dataset of pairs (inputs, targets), got elements {spec}")
    inputs, targets, size, alone = [], [], None, False
    for element in data.take(MOST_SAMPLES).as_numpy_iterator():
        inputs.append(np.asarray(element[0]))
        targets.append(np.asarray(element[1]))
        # batched data has a first axis of one length in both parts, which is not fixed
        alone = spec[1].shape.rank == 0 or (spec[0].shape.rank and spec[0].shape[0] is not None and not _batched(spec))
        if not alone and sum(map(len, inputs)) >= MOST_SAMPLES:
            break
    if not inputs:
        raise ValueError("X must hold at least one sample, got an empty tf.data.Dataset")
    if alone:
        return np.stack(inputs), np.stack(targets), None
    size = len(inputs[0])
    return np.concatenate(inputs), np.concatenate(targets), size


def _batched(spec):
    first, second = spec[0].shape, spec[1].shape
    return bool(first.rank and second.rank and first[0] == second[0] and first.rank > 1)


def _numbers(name, given):
    if given is None:
        raise TypeError(f"{name} must be an array of numbers, got None")
    try:
        values = np.asarray(given)
        if values.dtype == object:  # a table with columns of several kinds
            values = values.astype("float32")
    except Exception:
        raise TypeError(f"{name} must be an array of numbers, got {type(given).__name__}") from None
    if values.dtype.kind not in "bfiu":
        raise TypeError(f"{name} must be an array of numbers, got {type(given).__name__} of {values.dtype}")
    return values


def _fit(model, X):
    known = keras.tree.flatten(getattr(model, "inputs", None) or [])
    dtype = keras.backend.standardize_dtype(known[0].dtype) if known else model.variable_dtype
    if known:
        expected = tuple(known[0].shape[1:])
        if X.ndim == len(expected) and expected and expected[-1] == 1:
            X = X[..., None]  # as fit does
        fits = X.ndim == len(expected) + 1 and all(e in (None, s) for s, e in zip(X.shape[1:], expected, strict=True))
        if not fits:
            shape = ", ".join("any" if e is None else str(e) for e in expected)
            raise ValueError(f"X must have shape (n, {shape}) for model {model.name!r}, got {X.shape}")
    if not known and X.dtype.kind in "iu":
        return X.astype("int32")
    with np.errstate(over="ignore", invalid="ignore"):
        X = X.astype(dtype)
    for layer in model.layers:
        if isinstance(layer, keras.layers.Embedding):
            top = layer.input_dim - 1
            if np.nanmin(X) < 0 or np.nanmax(X) > top:
                raise ValueError(f"X must hold integers from 0 to {top}, the rows of layer {layer.name!r}")
            break
        if layer.weights:
            break
    return X


def _targets(model, X, y):
    try:
        with keras.StatelessScope():  # what a layer assigns when it is called is forgotten
            (output,) = keras.tree.flatten(model(X[:1], **mode(model, False)))
    except Exception as error:
        told = (str(error).strip().splitlines() or [""])[0]
        raise ValueError(
            f"X: model {model.name!r} cannot be called on an array of shape {X.shape}; one input and one output are "
            f"needed ({type(error).__name__}: {told})"
        ) from error
    shape, name = tuple(output.shape[1:]), loss_of(model)[0]
    if name.startswith("sparse"):
        if y.ndim == len(shape) + 1 and y.shape[-1] == 1:
            y = y[..., 0]
        if y.shape[1:] != shape[:-1]:
            raise ValueError(
                f"y must hold one class number for each sample, shape (n,), for loss {name!r}, got {y.shape}"
            )
        return y.astype("float32")
    if y.ndim == len(shape):
        y = y[..., None]
    if y.shape[1:] != shape:
        want = ", ".join(map(str, shape))
        more = "; for class numbers use loss='sparse_categorical_crossentropy'" if name.startswith("categ") else ""
        raise ValueError(
            f"y must have shape (n, {want}) for loss {name!r} of model {model.name!r}, got {y.shape}{more}"
        )
    return y.astype("float32")
