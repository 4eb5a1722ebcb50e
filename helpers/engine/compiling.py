"""Compile a function of tensors with XLA, once for all models that learn by the same function of their weights."""

import threading
from collections import OrderedDict

import keras
import tensorflow as tf

from helpers.engine.losses import is_of_keras, resolve

_FAILS_TO_COMPILE = (tf.errors.InvalidArgumentError, tf.errors.NotFoundError, tf.errors.UnimplementedError)
_KEPT = 64  # compiled functions; each keeps the first model of its form alive
_compiled = OrderedDict()
_lock = threading.Lock()


class Compiled:
    """A function compiled with XLA, or without it where the platform or an operation lacks it.

    Args:
        function: A function of tensors and nests of them.

    Attributes:
        function: The same, uncompiled.
    """

    def __init__(self, function):
        self.function = function
        self._with_xla = tf.function(function, jit_compile=True, autograph=False)
        self._without = tf.function(function, autograph=False)
        self._run = self._with_xla

    def __call__(self, *arguments):
        """Run it: same arguments and results as ``function``."""
        try:
            return self._run(*arguments)
        except _FAILS_TO_COMPILE:
            if self._run is self._without:
                raise
            self._run = self._without
            return self._run(*arguments)


class Shared:
    """A function compiled once for each key and shapes of arguments, whoever calls it.

    What is traced anew, for arguments of other shapes, is the function of the caller: that of another, equal when it
    was first compiled, may have been changed since.

    Args:
        function: As for Compiled.
        key: A hashable, equal for functions that are.

    Attributes:
        function: The same, uncompiled.
    """

    def __init__(self, function, key):
        self.function, self._key = function, key

    def __call__(self, *arguments):
        """Run it: same arguments and results as ``function``."""
        leaves = tf.nest.flatten(arguments)
        key = (self._key, *((tuple(a.shape), a.dtype) if hasattr(a, "dtype") else a for a in leaves))
        with _lock:
            if key not in _compiled:
                _compiled[key] = Compiled(self.function)
                if len(_compiled) > _KEPT:
                    _compiled.popitem(last=False)
            _compiled.move_to_end(key)
            run = _compiled[key]
        return run(*arguments)


def compiled(function, key=None):
    """The function, compiled; the one that was compiled before for the same key, if there is one.

    Args:
        function: A function of tensors that depends on nothing else but what the key says.
        key: A hashable; None to share with no other.

    Returns:
        A Compiled or a Shared.

    Example:
        >>> int(compiled(lambda x: 2 * x)(tf.constant(21)))
        42
    """
    return Compiled(function) if key is None else Shared(function, key)


def form_of(model):
    """All that a model's output depends on, beside its inputs and the values of its variables.

    Only what Keras and this package define is trusted to stay what it is: a function of the reader's own may
    read what changes between two runs, so a model with one has no form.

    Args:
        model: A built Keras model.

    Returns:
        A hashable value, equal for models that are the same function of their variables; or None if that
        cannot be told.
    """
    if not _is_ours(model) or not _is_row(model):
        return None
    layers = tuple(_layer_form(layer) for layer in model.layers)
    return None if None in layers else (getattr(model, "replicas", None), layers)


def shared_form(loss):
    """What a loss depends on beside targets and outputs, hashable; None if that cannot be told.

    A Loss object may be changed by the reader, and a name or a function of her own may come to mean another.

    Args:
        loss: A Keras name, function or Loss object.
    """
    found = resolve(loss)
    if isinstance(found, keras.losses.Loss) or not is_of_keras(found):
        return None
    return found, keras.config.epsilon(), keras.config.floatx()


def _is_row(model):
    """Whether a model is its layers one after the other, each at one place and fed by the one before alone."""
    if not getattr(model, "layers", None) or len(set(map(id, model.layers))) < len(model.layers):
        return False
    if isinstance(model, keras.Sequential):
        return True
    if not getattr(model, "inputs", None):
        return False  # subclassed: what it does with its layers cannot be told
    ends = [model.inputs[0]]
    for layer in model.layers:
        if layer.input is not ends[-1]:
            return False
        ends.append(layer.output)
    return len(model.outputs) == 1 and model.outputs[0] is ends[-1]


def _layer_form(layer):
    if type(layer) in (keras.layers.Dense, keras.layers.EinsumDense):
        form = getattr(layer, "equation", "dense")
        own = [layer.kernel] if layer.bias is None else [layer.kernel, layer.bias]
    else:
        form = getattr(layer, "form", None) if _is_ours(layer) else None  # what else a layer of ours depends on
        own = layer.variables
    activation = getattr(layer, "activation", None)
    if form is None or activation is not getattr(keras.activations, getattr(activation, "__name__", ""), None):
        return None  # a layer or an activation of the reader's own
    if [id(v) for v in own] != [id(v) for v in layer.variables] or layer.activity_regularizer is not None:
        return None  # quantised, or with low-rank additions
    if any(v.regularizer is not None or v.constraint is not None for v in layer.variables):
        return None
    variables = tuple((tuple(v.shape), v.dtype, v.trainable) for v in layer.variables)
    return type(layer), activation, form, layer.dtype_policy.name, layer.autocast, variables


def _is_ours(part):
    return type(part).__module__.split(".")[0] in ("keras", "helpers")
