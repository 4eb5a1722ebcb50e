"""Refuse inputs and targets that do not fit a model, and say what would."""

import numpy as np

from helpers.losses import loss_name


def fit_data(model, X, y, loss):
    """Inputs and targets as arrays of the shape and precision a model takes.

    Args:
        model: A built Keras model.
        X: Inputs, shape (n, ...).
        y: Targets, shape (n,) or (n, outputs).
        loss: A Keras name, function or Loss object; it says which labels there are.

    Returns:
        ``(X, y)``: y has shape (n, outputs), or (n,) of integers for "sparse_categorical_crossentropy".

    Raises:
        TypeError: If X or y is not an array of numbers.
        ValueError: If they do not fit the model or each other, hold nan or inf, or hold labels the
            loss does not take.

    Example:
        >>> import keras
        >>> net = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        >>> fit_data(net, [[1, 2]], [0], "binary_crossentropy")[1].shape
        (1, 1)
    """
    name = loss_name(loss)
    X, y = (_finite(n, a) for n, a in (("X", X), ("y", y)))
    expected = model.input_shape[1:]
    if X.ndim != len(expected) + 1 or any(e not in (None, s) for e, s in zip(expected, X.shape[1:], strict=True)):
        want = ", ".join(["n", *("any" if e is None else str(e) for e in expected)])
        raise ValueError(f"X must have shape ({want}) for model {model.name!r}, got {X.shape}")
    if len(X) == 0 or len(y) != len(X):
        raise ValueError(f"y must hold one target for each of the {len(X)} samples in X (at least one), got {len(y)}")
    outputs = model.output_shape[-1]
    if name == "sparse_categorical_crossentropy":
        y = y.reshape(len(y)) if y.size == len(y) else y
        if y.ndim != 1 or np.any(y != np.floor(y)) or y.min() < 0 or y.max() >= outputs:
            raise ValueError(
                f"y must hold class numbers 0 to {outputs - 1}, shape (n,); got shape {y.shape}, {_sample_of(y)}"
            )
        return X.astype(model.compute_dtype), y.astype("int64")
    y = y[:, None] if y.ndim == 1 else y
    if y.shape[-1] != outputs:
        raise ValueError(
            f"y must have one column for each of {outputs} outputs of model {model.name!r}, got shape {y.shape}"
        )
    if name == "binary_crossentropy" and not np.isin(y, (0, 1)).all():
        raise ValueError(f"y must hold only the labels 0 and 1 for {name}, got {_sample_of(y)}")
    return X.astype(model.compute_dtype), y.astype(model.compute_dtype)


def _finite(name, values):
    values = np.asarray(values)
    if values.dtype.kind not in "bfiu" or values.ndim == 0:
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


def _sample_of(y):
    labels = np.unique(y)
    return f"labels {labels[:5].tolist()}" + (" ..." if len(labels) > 5 else "")
