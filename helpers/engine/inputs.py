"""Refuse models, inputs and targets that training cannot take, and say what would do."""

import keras
import numpy as np

from helpers.engine.losses import kind
from helpers.recording import mode


def fit_data(model, X, y, loss):
    """Inputs and targets as arrays of the shape and precision a model takes.

    Args:
        model: A built Keras model with one input and one output.
        X: Inputs, shape (n, ...).
        y: Targets, shape (n,) or the shape of the outputs; of a model of replicas, those of one net.
        loss: A Keras name, function or Loss object; it says which labels there are.

    Returns:
        ``(X, y)``: y has the shape of the outputs, without their last axis and of integers for a loss of class
        numbers. What y is for a loss of the reader's own is left to that.

    Raises:
        TypeError: If X or y is not an array of numbers.
        ValueError: If the model has several inputs or outputs, if the data do not fit the model or each
            other, hold nan or inf, or hold labels the loss does not take.

    Example:
        >>> net = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        >>> fit_data(net, [[1, 2]], [0], "binary_crossentropy")[1].shape
        (1, 1)
    """
    meaning = kind(loss)
    X, y = _numbers("X", X), _numbers("y", y)
    if X.ndim == 0 or y.ndim == 0 or len(X) == 0 or len(y) != len(X):
        counts = [len(a) if a.ndim else "a single number" for a in (X, y)]
        raise ValueError(f"y must hold one target for each sample in X, at least one, got {counts[1]} for {counts[0]}")
    X = _fit_inputs(model, X)
    outputs, precision = _outputs(model, X)
    if getattr(model, "replicas", None) is not None:
        outputs = outputs[1:]  # all replicas have the same targets
    if meaning == "sparse":
        return X, _class_numbers(y, outputs)
    known = meaning or getattr(keras.losses.get(loss), "__module__", "").startswith("keras.")
    if y.ndim == 1 and outputs == (1,):
        y = y[:, None]
    if known and not _fits(y.shape[1:], outputs):
        raise ValueError(
            f"y must have shape {_shape(outputs)}, that of the outputs of model {model.name!r}, got {y.shape}"
        )
    if meaning == "binary" and not np.isin(y, (0, 1)).all():
        raise ValueError(f"y must hold only the labels 0 and 1 for loss={loss!r}, got {_sample_of(y)}")
    return X, y.astype(precision)


def mixes_samples(model):
    """Whether what a model learns from a sample may depend on the rest of its batch, or on how many those are.

    True unless every part is known to treat each sample by itself: batch normalisation mixes samples, and so may
    a layer of the reader's own.

    Args:
        model: A built Keras model.
    """
    return not all(_by_itself(layer) for layer in model.layers)


_BY_ITSELF = (
    keras.layers.InputLayer,
    keras.layers.Dense,
    keras.layers.EinsumDense,
    keras.layers.Activation,
    keras.layers.ReLU,
    keras.layers.LeakyReLU,
    keras.layers.PReLU,
    keras.layers.ELU,
    keras.layers.Dropout,
    keras.layers.Flatten,
    keras.layers.Reshape,
    keras.layers.Rescaling,
    keras.layers.LayerNormalization,
    keras.layers.Embedding,
    keras.layers.SimpleRNN,
    keras.layers.LSTM,
    keras.layers.GRU,
    keras.layers.Conv1D,
    keras.layers.Conv2D,
    keras.layers.MaxPooling2D,
    keras.layers.GlobalAveragePooling1D,
    keras.layers.GlobalAveragePooling2D,
    keras.layers.Add,
)


def _by_itself(layer):
    if getattr(layer, "activity_regularizer", None) is not None:
        return False  # Keras divides it by the number of samples, padding included
    if isinstance(layer, keras.Sequential):
        return all(_by_itself(part) for part in layer.layers)
    if hasattr(layer, "mixes_samples"):  # a layer of ours says so itself
        return not layer.mixes_samples
    return type(layer) in _BY_ITSELF


def _numbers(name, values):
    if hasattr(values, "element_spec"):
        raise TypeError(
            f"{name} must be an array of numbers, got a tf.data.Dataset; "
            "for example X, y = map(np.array, zip(*dataset.unbatch().as_numpy_iterator()))"
        )
    try:
        values = np.asarray(values)
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be an array of numbers, got {type(values).__name__} of unequal rows") from None
    if values.dtype.kind not in "bfiu":
        raise TypeError(
            f"{name} must be an array of numbers, got {type(values).__name__} of {values.dtype}, shape {values.shape}"
        )
    bad = np.argwhere(~np.isfinite(values))
    if len(bad):
        raise ValueError(
            f"{name} must be finite, got {values[tuple(bad[0])]} at {tuple(bad[0].tolist())} "
            f"({len(bad)} such entries); drop or fill them first"
        )
    return values


def _fit_inputs(model, X):
    inputs = keras.tree.flatten(getattr(model, "inputs", None) or [])
    outputs = keras.tree.flatten(getattr(model, "outputs", None) or [])
    if len(inputs) > 1 or len(outputs) > 1:
        raise ValueError(
            f"model {model.name!r} has {len(inputs)} inputs and {len(outputs)} outputs; one input and one output "
            "are needed"
        )
    if not inputs:  # a subclassed model says nothing of its shapes
        return X.astype(model.variable_dtype) if X.dtype.kind == "f" else X
    expected = tuple(inputs[0].shape[1:])
    if not _fits(X.shape[1:], expected):
        raise ValueError(f"X must have shape {_shape(expected)} for model {model.name!r}, got {X.shape}")
    return X.astype(inputs[0].dtype)


def _outputs(model, X):
    """The shape of one sample's output, and its precision."""
    known = keras.tree.flatten(getattr(model, "outputs", None) or [])
    found = known or keras.tree.flatten(model(X[:1], **mode(model, False)))
    if len(found) != 1:
        raise ValueError(f"model {model.name!r} has {len(found)} outputs; one input and one output are needed")
    return tuple(found[0].shape[1:]), keras.backend.standardize_dtype(found[0].dtype)


def _class_numbers(y, outputs):
    *positions, classes = outputs if outputs else (1,)
    if y.ndim == len(positions) + 2 and y.shape[-1] == 1:
        y = y[..., 0]
    if not _fits(y.shape[1:], tuple(positions)) or np.any(y != np.floor(y)) or y.min() < 0 or y.max() >= classes:
        raise ValueError(
            f"y must hold class numbers 0 to {classes - 1}, shape {_shape(tuple(positions))}; "
            f"got shape {y.shape}, {_sample_of(y)}"
        )
    return y.astype("int64")


def _fits(shape, expected):
    return len(shape) == len(expected) and all(e in (None, s) for s, e in zip(shape, expected, strict=True))


def _shape(one_sample):
    parts = ["n", *("any" if e is None else str(e) for e in one_sample)]
    return f"({', '.join(parts)}{',' if len(parts) == 1 else ''})"


def _sample_of(y):
    labels = np.unique(y)
    return f"labels {labels[:5].tolist()}" + (" ..." if len(labels) > 5 else "")
