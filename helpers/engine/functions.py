"""The reader's own functions among what is recorded: their names, and what they must give."""

import re
from collections.abc import Mapping
from functools import partial

import numpy as np
import tensorflow as tf


def name_of(function):
    """The name under which a function's record is kept: its own, that of what a partial calls, or of its class.

    Example:
        >>> name_of(partial(name_of)), name_of(lambda model, x, y: {})
        ('name_of', 'lambda')
    """
    while isinstance(function, partial) and not hasattr(function, "__name__"):
        function = function.func
    return re.sub(r"\W", "", getattr(function, "__name__", type(function).__name__)) or "function"


def call(name, function, model, x, y, first=None):
    """What a function says of a batch.

    Args:
        name: Of the function.
        function: ``f(model, x, y)``.
        model: A model, with the weights of now.
        x: The batch, a tensor.
        y: Its targets, a tensor.
        first: What it gave the first time, None if this is.

    Returns:
        ``{layer name: array}``.

    Raises:
        TypeError: If the function gives something else than ``{layer name: tensor}``.
        ValueError: If a tensor is empty or does not lead with a model's replicas, or if layers or shapes differ from
            those of the first time.
    """
    found = function(model, x, y)
    if not isinstance(found, Mapping) or not found or not all(isinstance(layer, str) for layer in found):
        raise TypeError(f"record: the function {name!r} must return {{layer name: tensor}}, got {_short(found)}")
    found = {layer: _array(name, layer, values) for layer, values in found.items()}
    replicas = getattr(model, "replicas", None)
    for layer, values in found.items():
        if values.size == 0:
            raise ValueError(f"record: the function {name!r} gives {layer!r} an empty tensor, of shape {values.shape}")
        if replicas is not None and values.shape[:1] != (replicas,):
            raise ValueError(
                f"record: the function {name!r} gives {layer!r} a tensor of shape {values.shape}; "
                f"its first axis must be that of the {replicas} replicas"
            )
    shapes = [{layer: values.shape for layer, values in of.items()} for of in (found, first or found)]
    if shapes[0] != shapes[1]:
        raise ValueError(
            f"record: the function {name!r} must give the same layers and shapes at each epoch, got {shapes[0]} "
            f"after {shapes[1]}"
        )
    return found


def _array(name, layer, values):
    dense = tf.convert_to_tensor(values) if isinstance(values, tf.IndexedSlices) else values  # an embedding's gradient
    try:
        array = np.array(np.asarray(dense))  # a variable cannot copy itself
    except ValueError:  # rows of unequal length
        array = np.array(None)
    if array.dtype.kind not in "biuf" and array.dtype.name != "bfloat16":
        raise TypeError(f"record: the function {name!r} must give {layer!r} a tensor of numbers, got {_short(values)}")
    return array


def _short(value):
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
