"""Compile an epoch once, and use it for every model of the same form: most of a short run is compiling."""

import threading
from collections import OrderedDict
from contextlib import nullcontext

import keras
import tensorflow as tf

from helpers.collector import paused
from helpers.stack import Stack

_FAILS_TO_COMPILE = (tf.errors.InvalidArgumentError, tf.errors.NotFoundError, tf.errors.UnimplementedError)
_KEPT = 32  # forms; each keeps alive the variables of the first model that had it
_SETTINGS = {  # what a layer's output depends on, beside its activation and its variables
    keras.layers.Dense: (),
    keras.layers.EinsumDense: ("equation",),
    Stack: ("normalization", "residual", "residual_scale", "gated", "replicas", "epsilon", "momentum"),
}
_shared = OrderedDict()
_lock = threading.Lock()


def form_of(model, optimizer, loss, record):
    """All that learning depends on, beside the shapes of the data and the values of variables.

    Only what Keras and its legacy optimisers define is trusted to stay what it is. A function of
    the reader's own may read what changes between two runs, so a model with one has no form.

    Args:
        model: A built Keras model.
        optimizer: From ``optimizers.bind_optimizer``.
        loss: As for ``training.train_model``.
        record: Tuple, as for ``epoch.Epoch``; what is recorded is not part of the form.

    Returns:
        A hashable value, equal for models that learn by the same function of their variables; or
        None if that cannot be told.
    """
    if type(model) is not keras.Sequential or not all(isinstance(part, str) for part in (loss, *record)):
        return None
    layers = tuple(_layer_form(layer) for layer in model.layers)
    steps = _optimizer_form(optimizer)
    return None if None in layers or steps is None else (layers, steps, loss)


def _layer_form(layer):
    if type(layer) not in _SETTINGS:
        return None
    named = getattr(layer.activation, "__name__", None)
    if not hasattr(keras.activations, named or "") or layer.activation is not keras.activations.get(named):
        return None  # a function of the reader's own, or a layer
    settings = layer.get_config()
    extras = ("regularizer", "constraint", "quantization", "lora")
    if any(value is not None and any(extra in name for extra in extras) for name, value in settings.items()):
        return None
    shapes = tuple((v.name, tuple(v.shape), v.dtype, v.trainable) for v in layer.variables)
    return (
        type(layer),
        layer.name,
        layer.activation,
        *(settings[name] for name in _SETTINGS[type(layer)]),
        settings["dtype"]["config"]["name"],
        shapes,
    )


def _optimizer_form(optimizer):
    if not type(optimizer).__module__.startswith(("keras.", "tf_keras.")):
        return None
    settings = optimizer.get_config()
    if any(isinstance(value, dict) for value in settings.values()) or settings.get("weight_decay"):
        return None  # a schedule; weights may be exempt from decay one by one
    # a learning rate that is no schedule is one of the variables
    return type(optimizer), tuple(sorted((n, v) for n, v in settings.items() if n not in ("name", "learning_rate")))


class SharedFunction:
    """A function compiled with XLA, or without it where the platform or an operation lacks it.

    Args:
        function: A function of tensors, such as an ``epoch.Epoch``.
        variables: The tf.Variables it may use, in an order that is the same for all of one form.
        form: A hashable that says which function it is, from ``form_of`` and the function's name; None
            to share with no other.
    """

    def __init__(self, function, variables=(), form=None):
        self._function, self._form = function, form
        self._handles = [v.handle for v in variables]
        self._own = tf.function(function, jit_compile=True, autograph=False)
        self._first_call = True

    def __call__(self, *arguments):
        """Run it: same arguments and results as ``function``."""
        try:
            with paused() if self._first_call else nullcontext():
                run = self._own if self._form is None else self._shared(arguments)
                return run(*arguments)
        except _FAILS_TO_COMPILE:
            if not self._first_call:
                raise
            self._form, self._own = None, tf.function(self._function, autograph=False)
            return self._own(*arguments)
        finally:
            self._first_call = False

    def _shared(self, arguments):
        key = (self._form, *((a.shape, a.dtype) if a is not None else None for a in arguments))
        with _lock:
            if key not in _shared:
                _shared[key] = self._trace(arguments)
                if len(_shared) > _KEPT:
                    _shared.popitem(last=False)
            _shared.move_to_end(key)
            graph, order = _shared[key]
        if order is None:
            return self._own
        inputs = [self._handles[k] for k in order]
        # TensorFlow has no public call of a traced function with other variables than it was traced with
        return lambda *tensors: graph._call_flat([t for t in tensors if t is not None], inputs)

    def _trace(self, arguments):
        """The graph, and which of the variables each of its captured inputs is; None if one is no variable."""
        graph = self._own.get_concrete_function(*arguments)
        places = {id(handle): k for k, handle in enumerate(self._handles)}
        order = [places.get(id(captured)) for captured in graph.captured_inputs]
        return graph, None if None in order else order
