"""Units that give the same output whatever comes in."""

import keras
import numpy as np

from helpers.recording.outputs import watch
from helpers.recording.weights import replica_count


def dead_units(model, X):
    """The share of units, layer by layer, whose output is the same for every sample.

    A ReLU that is off for every sample gives zero for all, and lets no gradient pass: it cannot learn its way back.
    Looked at are layers whose activation has a flat part, which is one that gives one and the same number from -6 to
    -3: ReLU, ReLU6, hard sigmoid, functions of your own; not tanh, ELU or a leaky ReLU.

    Args:
        model: A built Keras model, of one net or of replicas.
        X: Inputs, at least two samples, as for ``layer_outputs``.

    Returns:
        ``{name: share}``, in the order of the calls, with the names of ``layer_outputs``: a float from 0 to 1, or an
        array (R,) with replicas; nan where an output is nan. Units stand on the last axis of an output, or are its
        channels (``data_format`` says which axis that is); one with several numbers for a sample, as in a picture or
        a sequence, is dead if each of them is the same for every sample. Empty if no layer has a flat part.

    Raises:
        TypeError: If X is no array of numbers.
        ValueError: If there is one sample only, as for ``layer_outputs``, or if an output does not lead with replicas.

    Source:
        L. Lu, Y. Shin, Y. Su and G. E. Karniadakis (2020), "Dying ReLU and Initialization: Theory and Numerical
        Examples", Communications in Computational Physics 28.

    Example:
        >>> net = keras.Sequential([keras.Input((1,)), keras.layers.Dense(4, "relu", name="hidden")])
        >>> net.set_weights([np.ones((1, 4)), np.array([0, -1, -2, -3])])
        >>> dead_units(net, [[0.0], [0.5], [1.5]])
        {'hidden': 0.5}
    """
    replicas, found = replica_count(model), {}
    for name, layer, outputs in watch(model, X):
        if not _has_flat_part(layer):
            continue
        if len(outputs) < 2:
            raise ValueError(f"X must hold at least two samples to tell a unit that never changes, got {len(outputs)}")
        if replicas is not None and outputs.shape[1:2] != (replicas,):
            raise ValueError(
                f"layer {name!r} gives out {outputs.shape}; the second axis must be its {replicas} replicas"
            )
        first = 1 if replicas is None else 2
        units = first if getattr(layer, "data_format", None) == "channels_first" else outputs.ndim - 1
        kept = (1, units) if replicas is not None else (units,)
        others = tuple(axis for axis in range(outputs.ndim) if axis not in kept)
        dead = (outputs == outputs[:1]).all(axis=others).mean(axis=-1)
        lost = np.isnan(outputs).any(axis=(*others, units))
        share = np.where(lost, np.nan, dead)
        found[name] = float(share) if replicas is None else share
    return found


def _has_flat_part(layer):
    while isinstance(layer, keras.layers.TimeDistributed):
        layer = layer.layer
    if isinstance(layer, keras.layers.ReLU):
        return not layer.negative_slope
    # a layer whose output is not that of its activation says so itself
    activation = getattr(layer, "output_activation", getattr(layer, "activation", None))
    if not callable(activation):
        return False
    numbers = np.linspace(-6, -3, 4)[np.newaxis]
    try:
        values = np.asarray(activation(keras.ops.convert_to_tensor(numbers, layer.compute_dtype)))
    except Exception:  # a function of the reader's own that takes other shapes
        return False
    return values.shape == numbers.shape and bool((values == values[0, 0]).all())
