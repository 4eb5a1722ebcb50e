"""Refuse inputs and targets that a model cannot take, and say what would do."""

import keras
import numpy as np

from helpers.engine.losses import is_of_keras, kind, resolve, wide
from helpers.engine.trainable import parts_of, refuse_if_unknown
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
        TypeError: If model is no Keras model, or X or y is not an array of numbers.
        ValueError: If the model has several inputs or outputs, if the data do not fit the model or each
            other, hold nan or inf, or hold labels the loss does not take, or if the model masks some of the outputs.

    Example:
        >>> net = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        >>> fit_data(net, [[1, 2]], [0], "binary_crossentropy")[1].shape
        (1, 1)
    """
    refuse_if_unknown(model)
    meaning = kind(loss)
    X, y = _numbers("X", X), _numbers("y", y)
    if X.ndim == 0 or y.ndim == 0 or len(X) == 0 or len(y) != len(X):
        counts = [len(a) if a.ndim else "a single number" for a in (X, y)]
        raise ValueError(f"y must hold one target for each sample in X, at least one, got {counts[1]} for {counts[0]}")
    X = _fit_inputs(model, X)
    outputs, precision = _outputs(model, X)
    replicas = getattr(model, "replicas", None)
    if replicas is not None and outputs[:1] != (replicas,):
        raise ValueError(
            f"model {model.name!r} says it has {replicas} replicas; its outputs must have shape "
            f"{_shape((replicas, *outputs[1:]))}, got {_shape(outputs)}"
        )
    if replicas is not None:
        outputs = outputs[1:]  # all replicas have the same targets
    _refuse_masked_outputs(model, X)
    if meaning == "sparse":
        return X, _class_numbers(y, outputs)
    if y.ndim == 1 and outputs == (1,):
        y = y[:, None]
    if is_of_keras(resolve(loss)) and not _fits(y.shape[1:], outputs):
        raise ValueError(
            f"y must have shape {_shape(outputs)}, that of the outputs of model {model.name!r}, got {y.shape}"
        )
    if meaning == "binary" and not np.isin(y, (0, 1)).all():
        raise ValueError(f"y must hold only the labels 0 and 1 for loss={loss!r}, got {_sample_of(y)}")
    return X, _cast("y", y, wide(precision))


def _numbers(name, given):
    if hasattr(given, "element_spec"):
        raise TypeError(
            f"{name} must be an array of numbers, got a tf.data.Dataset; "
            "for example X, y = map(np.array, zip(*dataset.unbatch().as_numpy_iterator()))"
        )
    if np.ma.is_masked(given):
        raise TypeError(f"{name} must be an array of numbers, got one with {np.ma.count_masked(given)} masked entries")
    try:
        values = np.asarray(given)
    except Exception:  # whatever the object itself raises
        raise TypeError(f"{name} must be an array of numbers, got {type(given).__name__} of unequal rows") from None
    if values.dtype.kind not in "bfiu":
        raise TypeError(
            f"{name} must be an array of numbers, got {type(given).__name__} of {values.dtype}, shape {values.shape}"
        )
    _refuse_nonfinite(name, values)
    return values


def _refuse_nonfinite(name, values, where=""):
    bad = np.argwhere(~np.isfinite(values))
    if len(bad):
        raise ValueError(
            f"{name} must be finite{where}, got {values[tuple(bad[0])]} at {tuple(bad[0].tolist())} "
            f"({len(bad)} such entries); drop or fill them first"
        )


def _cast(name, values, dtype):
    """The values in a precision, if they are still the same numbers there, but for rounding."""
    with np.errstate(over="ignore", invalid="ignore"):
        found = values.astype(dtype)
    if found.dtype.kind == "f":
        _refuse_nonfinite(name, found, f" in {dtype}")
    elif found.dtype.kind in "iu" and np.any(found != values):
        raise ValueError(f"{name} must hold integers of {dtype}, got {values[found != values][0]}")
    return found


def _fit_inputs(model, X):
    inputs = keras.tree.flatten(getattr(model, "inputs", None) or [])
    outputs = keras.tree.flatten(getattr(model, "outputs", None) or [])
    if len(inputs) > 1 or len(outputs) > 1:
        raise ValueError(
            f"model {model.name!r} has {len(inputs)} inputs and {len(outputs)} outputs; one input and one output "
            "are needed"
        )
    if not inputs:  # a subclassed model says nothing of its shapes
        return _cast("X", X, model.variable_dtype) if X.dtype.kind == "f" else X
    expected = tuple(inputs[0].shape[1:])
    if not _fits(X.shape[1:], expected):
        raise ValueError(f"X must have shape {_shape(expected)} for model {model.name!r}, got {X.shape}")
    first = [layer for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)][:1]
    if first and isinstance(first[0], keras.layers.Embedding):  # compiled, it would take another row
        largest = first[0].input_dim - 1
        if X.min() < 0 or X.max() > largest or np.any(np.floor(X) != X):
            raise ValueError(
                f"X must hold integers from 0 to {largest}, the rows of layer {first[0].name!r}, got {_sample_of(X)}"
            )
    return _cast("X", X, inputs[0].dtype)


def _outputs(model, X):
    """The shape of one sample's output, and its precision."""
    found = keras.tree.flatten(getattr(model, "outputs", None) or [])
    if not found:
        try:
            found = keras.tree.flatten(model(X[:1], **mode(model, False)))
        except Exception as error:  # a call of the reader's own
            told = str(error).strip().splitlines()[:1]
            raise ValueError(
                f"X: model {model.name!r} cannot be called on an array of shape {X.shape}; one input and one output "
                f"are needed ({type(error).__name__}: {''.join(told)})"
            ) from error
    if len(found) != 1:
        raise ValueError(f"model {model.name!r} has {len(found)} outputs; one input and one output are needed")
    return tuple(found[0].shape[1:]), keras.backend.standardize_dtype(found[0].dtype)


class _Ones(keras.losses.Loss):
    """A loss of one everywhere; Keras makes it zero where the outputs are masked."""

    def call(self, y_true, y_pred):
        return keras.ops.ones_like(y_pred[..., 0] if len(y_pred.shape) > 1 else y_pred)


def _refuse_masked_outputs(model, X):
    """Masks inside a model are Keras's business; masked outputs would have to be left out of the loss."""
    if not any(isinstance(part, keras.layers.Masking) or getattr(part, "mask_zero", False) for part in parts_of(model)):
        return
    (outputs,) = keras.tree.flatten(model(X, training=False))
    if not np.all(_Ones(reduction=None)(outputs, outputs)):
        raise ValueError(
            f"model {model.name!r} masks some of its outputs, and the loss here counts all; "
            "mask inside the model only, or give X sequences of one length"
        )


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
