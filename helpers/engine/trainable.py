"""Refuse models that training would not train as they say, and tell which let the samples of a batch meet."""

import keras

from helpers.checks import integer

_BY_ITSELF = (
    keras.layers.InputLayer,
    keras.layers.Dense,
    keras.layers.EinsumDense,
    keras.layers.Activation,
    keras.layers.ReLU,
    keras.layers.LeakyReLU,
    keras.layers.PReLU,
    keras.layers.ELU,
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


def parts_of(model):
    """A model's layers, and those inside of nested models and wrappers."""
    for layer in model.layers:
        yield from _with_inner(layer)


def _with_inner(layer):
    yield layer
    inside = getattr(layer, "layers", None)
    if inside is None:
        inside = [getattr(layer, name, None) for name in ("layer", "forward_layer", "backward_layer")]  # of a wrapper
    for part in inside:
        if isinstance(part, keras.Layer):
            yield from _with_inner(part)


def refuse_if_unknown(model):
    """Refuse what is no built Keras model, or measures its loss in a way of its own.

    Args:
        model: A built Keras model.

    Raises:
        TypeError: If it is no ``keras.Model``, or its ``replicas`` is no integer.
        ValueError: If it has no weights yet, fixes its batch size, has layers that carry a state from batch to batch,
            or a ``compute_loss`` of its own.
    """
    if not isinstance(model, keras.Model):
        raise TypeError(f"model must be a keras.Model, got {model!r}")
    if not model.built or not (model.layers or model.weights):
        raise ValueError(f"model {model.name!r} has no weights yet; start it with keras.Input(...) or call it on data")
    if getattr(model, "replicas", None) is not None:
        integer(f"model {model.name!r}: replicas", model.replicas)
    _refuse_own(model, "compute_loss")
    for part in parts_of(model):
        if getattr(part, "stateful", False):
            raise ValueError(
                f"model {model.name!r}: layer {part.name!r} carries a state from batch to batch, and batches here come "
                "in a new order each epoch; make it with stateful=False"
            )
    sizes = [i.shape[0] for i in keras.tree.flatten(getattr(model, "inputs", None) or [])]
    if any(size is not None for size in sizes):
        raise ValueError(f"model {model.name!r} fixes its batch size at {sizes[0]}; start it with keras.Input(shape)")


def refuse_if_untrainable(model):
    """Refuse a model that the loop here would train otherwise than its owner means.

    Args:
        model: A built Keras model.

    Raises:
        TypeError: As ``refuse_if_unknown``.
        ValueError: As ``refuse_if_unknown``, and if it has a ``train_step`` of its own, weights that NumPy has no
            numbers for, or weights or moving averages that replicas share.
    """
    refuse_if_unknown(model)
    _refuse_own(model, "train_step")
    replicas = getattr(model, "replicas", None)
    for variable in model.trainable_variables:
        if variable.dtype not in ("float16", "float32", "float64"):
            raise ValueError(
                f"model {model.name!r}: {variable.path} is of {variable.dtype}; training takes weights of float16, "
                "float32 or float64 (mixed_bfloat16 keeps them in float32)"
            )
        if replicas is not None and tuple(variable.shape[:1]) != (replicas,):
            raise ValueError(
                f"model {model.name!r}: {variable.path} of shape {tuple(variable.shape)} would be shared by all "
                f"replicas; its first axis must be {replicas}, one for each"
            )
    for part in parts_of(model):
        if replicas is not None and isinstance(part, keras.layers.BatchNormalization):
            raise ValueError(
                f"model {model.name!r}: layer {part.name!r} would normalise all {replicas} replicas together; "
                "models.Stack(..., Block(normalization='batch')) normalises each by itself"
            )


def mixes_samples(model):
    """Whether what a model learns from a sample may depend on the rest of its batch, or on how many those are.

    True unless every part is known to treat each sample by itself: batch normalisation mixes samples, dropout draws
    as many numbers as there are, and a layer, an activation, a ``call`` or an operation between layers may do either.

    Args:
        model: A built Keras model.
    """
    return not _is_made_of_parts_by_themselves(model)


def _is_made_of_parts_by_themselves(model):
    """Whether its parts are all that a model does, and each of them treats every sample by itself."""
    if type(model).call.__module__.split(".")[0] not in ("keras", "helpers"):
        return False  # subclassed: what else it does cannot be told
    return all(_by_itself(part) for part in getattr(model, "operations", model.layers))


def _by_itself(layer):
    if getattr(layer, "activity_regularizer", None) is not None:
        return False  # Keras divides it by the number of samples, padding included
    if not all(_is_trusted(getattr(layer, name, None)) for name in ("activation", "recurrent_activation")):
        return False
    if getattr(layer, "dropout", 0) or getattr(layer, "recurrent_dropout", 0):
        return False
    if isinstance(layer, keras.Sequential):
        return _is_made_of_parts_by_themselves(layer)
    if hasattr(layer, "mixes_samples"):  # a layer of ours says so itself
        return not layer.mixes_samples
    return type(layer) in _BY_ITSELF


def _is_trusted(activation):
    if isinstance(activation, keras.Layer):
        return _by_itself(activation)
    # other functions, TensorFlow's too, may look along the batch, as tf.math.l2_normalize does
    known = getattr(keras.activations, getattr(activation, "__name__", ""), None)
    return activation in (None, known) or getattr(activation, "__module__", "").startswith("helpers.")


def _refuse_own(model, step):
    if getattr(getattr(model, step), "__func__", None) is not getattr(keras.Model, step):
        raise ValueError(
            f"model {model.name!r} has a {step} of its own, which is not called here; train it with its own fit"
        )
