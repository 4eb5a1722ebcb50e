"""What a net looks like at rest: signals, dead and saturated units, kernels, equal units."""

import warnings
from dataclasses import dataclass, field
from itertools import pairwise

import keras
import numpy as np

from helpers.diagnosis.anatomy import activation_name
from helpers.recording import dead_units
from helpers.recording.outputs import watch


@dataclass
class Rest:
    """Numbers by layer name, first layer first.

    Attributes:
        signal: Root mean square of what leaves the layer.
        dead: Share of units that answer the same to every sample, of layers whose activation has a flat part.
        saturated: Share of outputs near a limit of sigmoid or tanh.
        unseen: Names of layers that could not be looked into.
    """

    signal: dict = field(default_factory=dict)
    dead: dict = field(default_factory=dict)
    saturated: dict = field(default_factory=dict)
    unseen: tuple = ()


def look(model, X):
    """Measure a model as it is; it stays as it is.

    Args:
        model: A built Keras model.
        X: Inputs, (n, ...).

    Returns:
        Rest.

    Example:
        >>> net = keras.Sequential([keras.Input((1,)), keras.layers.Dense(2, "tanh", name="hidden")])
        >>> list(look(net, np.ones((3, 1), "float32")).signal)
        ['hidden']
    """
    try:
        given = watch(model, X)
    except (ValueError, TypeError, NotImplementedError):
        return Rest(unseen=tuple(layer.name for layer in model.layers) or (model.name,))
    rest, seen = Rest(), set()
    for name, layer, values in given:
        seen.add(id(layer))
        if isinstance(layer, keras.layers.InputLayer) or values.dtype.kind != "f":
            continue
        with np.errstate(all="ignore"):
            rest.signal[name] = float(np.sqrt(np.mean(values.astype("float64") ** 2)))
        kind = activation_name(layer)
        if kind == "tanh":
            rest.saturated[name] = float(np.mean(np.abs(values) > 0.99))
        elif kind == "sigmoid":
            rest.saturated[name] = float(np.mean((values > 0.99) | (values < 0.01)))
    if np.any(X[1:] != X[0]):  # one and the same sample tells nothing of a unit
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            rest.dead = dead_units(model, X)
    hidden = [layer.name for layer in model.layers if layer.weights and not _seen(layer, seen)]
    rest.unseen = tuple(hidden)
    return rest


def _seen(layer, seen):
    return id(layer) in seen or any(_seen(part, seen) for part in getattr(layer, "layers", ()))


def equal_units(parts, start):
    """Hidden layers whose units are all equal, going in and coming out: they stay alike for ever.

    Args:
        parts: From ``anatomy.parts_of``.
        start: Arrays of the trainable variables.

    Returns:
        ``{name: "all"}`` for layers alike in both, ``{name: "in"}`` for those alike going in only. The last layer is
        left out: its units are told apart by their targets.
    """
    found = {}
    for part, after in pairwise(parts):
        if part.kernel is None or start[part.kernel].shape[-1] < 2:
            continue
        kernel = start[part.kernel].reshape(-1, start[part.kernel].shape[-1])
        alike = np.all(kernel == kernel[:, :1])
        if part.bias is not None:
            alike = alike and np.unique(start[part.bias]).size == 1
        if not alike:
            continue
        rows = None if after.kernel is None else start[after.kernel]
        both = rows is not None and np.all(rows == rows[..., :1, :]) and rows.shape[-2] == kernel.shape[1]
        found[part.name] = "all" if both else "in"
    return found


def equal_kernels(parts, start):
    """Groups of layers that hold one and the same random kernel.

    Returns:
        A list of tuples of names.
    """
    groups = {}
    for part in parts:
        if part.kernel is not None and np.unique(start[part.kernel]).size > 1:
            kernel = start[part.kernel]
            groups.setdefault((kernel.shape, kernel.tobytes()), []).append(part.name)
    return [tuple(names) for names in groups.values() if len(names) > 1]


def kernel_sizes(parts, start):
    """Deviation of each kernel about 0 over the suitable one: ``{name: ratio}``."""
    return {part.name: part.off_by(start[part.kernel]) for part in parts if part.kernel is not None}
