"""Compile a function of tensors with XLA, once for all models that learn by the same function of their weights."""

import threading
from collections import OrderedDict

import keras
import tensorflow as tf

_FAILS_TO_COMPILE = (tf.errors.InvalidArgumentError, tf.errors.NotFoundError, tf.errors.UnimplementedError)
_KEPT = 32  # compiled functions; each keeps the first model of its form alive
_compiled = OrderedDict()
_lock = threading.Lock()


class Compiled:
    """A function compiled with XLA, or without it where the platform or an operation lacks it.

    Args:
        function: A function of tensors and nests of them.
    """

    def __init__(self, function):
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


def compiled(function, key=None):
    """The function, compiled; the one that was compiled before for the same key, if there is one.

    Args:
        function: A function of tensors that depends on nothing else but what the key says.
        key: A hashable; None to share with no other.

    Returns:
        A Compiled.

    Example:
        >>> int(compiled(lambda x: 2 * x)(tf.constant(21)))
        42
    """
    if key is None:
        return Compiled(function)
    with _lock:
        if key not in _compiled:
            _compiled[key] = Compiled(function)
            if len(_compiled) > _KEPT:
                _compiled.popitem(last=False)
        _compiled.move_to_end(key)
        return _compiled[key]


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
    if type(model).__module__.split(".")[0] not in ("keras", "helpers") or not _is_row(model):
        return None
    layers = tuple(_layer_form(layer) for layer in model.layers)
    return None if None in layers else (getattr(model, "replicas", None), layers)


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
    else:
        form = getattr(layer, "form", None)  # a layer of this package says what else it depends on
    activation = getattr(layer, "activation", None)
    named = getattr(activation, "__name__", None)
    if form is None or not hasattr(keras.activations, named or "") or activation is not keras.activations.get(named):
        return None  # a layer or an activation of the reader's own
    if any(v.regularizer is not None or v.constraint is not None for v in layer.variables):
        return None
    if layer.activity_regularizer is not None:
        return None
    variables = tuple((tuple(v.shape), v.dtype, v.trainable) for v in layer.variables)
    return type(layer), named, form, layer.dtype_policy.name, variables
