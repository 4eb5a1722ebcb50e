"""What each layer of a model gives out."""

from collections import Counter, namedtuple

import keras
import numpy as np
import tensorflow as tf

from helpers.recording.modes import mode
from helpers.recording.naming import named_layers

Given = namedtuple("Given", "name layer values")
Given.__doc__ = "What a layer gave out at one call: its name there, the layer, and an array."


def layer_outputs(model, X):
    """What each layer of a built model gives out on some inputs, in evaluation mode.

    Nothing in the model changes. A Sequential or functional model within the model is looked into, and its parts stand
    for it. A subclassed one has an entry of its own, beside those of its layers. Of other layers that are made of
    layers (attention, Bidirectional) only the whole is seen.

    Args:
        model: A built Keras model, of one net or of replicas.
        X: Inputs, (n, ...) as the model takes them; of a model with several inputs, a tuple or dictionary of them.

    Returns:
        ``{name: array}``, in the order of the calls; arrays are (n, ...), or (n, R, ...) with replicas. Parts of a
        model ``base`` are called ``"base/dense"``; what a layer gives out when it is called a second time,
        ``"dense (2)"``; and the tensors of one that gives out several, ``"lstm[0]"``, ``"lstm[1]"``, ...

    Raises:
        TypeError: If X is no array of numbers.
        ValueError: If the model is not built, X does not fit it, two layers have one name, or no layer can be seen.

    Example:
        >>> from helpers import models
        >>> found = layer_outputs(models.make_mlp("tanh", "zeros", hidden=(3,), seed=0), [[0.0, 1.0]])
        >>> {name: values.shape for name, values in found.items()}
        {'tanh1': (1, 3), 'tanh2': (1, 1)}
    """
    return {given.name: given.values for given in watch(model, X)}


def watch(model, X, training=False):
    """As ``layer_outputs``, in either mode: a list of Given, one for each tensor."""
    if not model.built:
        raise ValueError(f"model {model.name!r} is not built; start it with keras.Input(...) or call it on data")
    inputs = _inputs(model, X)
    named = [(name, layer) for name, layer in named_layers(model) if not _is_made_of_its_layers(layer)]
    name, times = Counter(name for name, _ in named).most_common(1)[0] if named else (None, 0)
    if times > 1:
        raise ValueError(f"model {model.name!r} has more than one layer named {name!r}; give them names of their own")
    found, calls, before = [], Counter(), [vars(layer).get("call") for _, layer in named]
    try:
        for name, layer in named:
            layer.call = _watching(name, layer, found, calls)
        with keras.StatelessScope():  # what a layer assigns, such as the state of a random generator, is forgotten
            model(inputs, **mode(model, training))
    finally:
        for (_, layer), call in zip(named, before, strict=True):
            if call is None:
                del layer.call  # that of its class is back
            else:
                layer.call = call
    if not found:
        raise ValueError(
            f"model {model.name!r} has no layer whose output can be seen: its call is a tf.function, or uses no layers"
        )
    return found


def _watching(name, layer, found, calls):
    """The layer's ``call``, which also keeps what it gives out."""
    call = layer.call

    def watching(*args, **kwargs):
        outputs = call(*args, **kwargs)
        calls[name] += 1
        place = name if calls[name] == 1 else f"{name} ({calls[name]})"
        tensors = [t for t in keras.tree.flatten(outputs) if tf.is_tensor(t)]
        if tf.executing_eagerly():  # within a tf.function there are no numbers yet
            for k, tensor in enumerate(tensors):
                values = np.array(np.asarray(tensor))  # bfloat16 cannot copy itself
                found.append(Given(place if len(tensors) == 1 else f"{place}[{k}]", layer, values))
        return outputs

    return watching


def _is_made_of_its_layers(layer):
    return isinstance(layer, keras.Sequential | keras.Function)


def _inputs(model, X):
    """The inputs as arrays, in the form in which the model takes them."""
    known = keras.tree.flatten(model.inputs) if _is_made_of_its_layers(model) else []
    if isinstance(X, dict):
        given = {f"X[{key!r}]": part for key, part in X.items()}
    elif (len(known) > 1 and isinstance(X, tuple | list)) or (not known and isinstance(X, tuple)):
        given = {f"X[{k}]": part for k, part in enumerate(X)}
    else:
        given = {"X": X}
    if known and isinstance(X, dict):
        by_name = {tensor.name: tensor for tensor in known}
        if X.keys() != by_name.keys():
            raise ValueError(f"X must have the inputs of model {model.name!r} as keys, {list(by_name)}, got {list(X)}")
        known = [by_name[name] for name in X]
    if known and len(given) != len(known):
        raise ValueError(f"X must hold {len(known)} inputs for model {model.name!r}, as a tuple, got {len(given)}")
    arrays = [_numbers(name, part) for name, part in given.items()]
    for name, array, tensor in zip(given, arrays, known, strict=False):
        if not _fits(array.shape, tensor.shape):
            shape = ", ".join("any" if size is None else str(size) for size in tensor.shape[1:])
            raise ValueError(f"{name} must have shape (n, {shape}) for model {model.name!r}, got {array.shape}")
    if isinstance(X, dict):
        return dict(zip(X, arrays, strict=True))
    return arrays[0] if "X" in given else arrays


def _fits(shape, expected):
    return len(shape) == len(expected) and all(e in (None, s) for s, e in zip(shape, expected, strict=True))


def _numbers(name, values):
    try:
        array = np.asarray(values)
    except ValueError:
        raise TypeError(f"{name} must be an array of numbers, got rows of unequal length") from None
    if array.dtype.kind not in "biuf" and array.dtype.name != "bfloat16":
        raise TypeError(f"{name} must be an array of numbers, got {type(values).__name__} of {array.dtype}")
    if array.ndim == 0 or len(array) == 0:
        raise ValueError(f"{name} must hold at least one sample, got shape {array.shape}")
    return array
