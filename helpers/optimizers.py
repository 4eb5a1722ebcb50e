"""Bind an optimiser, Keras 3 or legacy, to a model; refuse one whose state belongs to another."""

import importlib
import sys

import keras

from helpers.checks import suggestion
from helpers.clipping import clip_gradients
from helpers.collector import exempted
from helpers.recording import replica_count


def bind_optimizer(optimizer, model):
    """Prepare ``optimizer`` for ``model`` and return the function that applies its gradients.

    The two families differ when an instance meets a second model. A Keras 3 optimiser makes its
    state for the variables of its first model and refuses others. A legacy optimiser makes a
    slot as each variable arrives, so a second model is legitimate as long as nothing but slots
    carries over; Adam's bias correction and learning rate schedules depend on the shared step
    counter, which does carry over.

    A limit on the gradients' norm (``clipnorm``, ``global_clipnorm``) holds for each replica by itself.

    Args:
        optimizer: None for the legacy RMSprop with its defaults (learning rate 0.001, rho 0.9,
            epsilon 1e-7 outside the root; legacy optimisers keep these in float32); a name, meaning
            what Keras 3 means by it; a Keras 3 instance; or one from ``tf_keras.optimizers.legacy``.
        model: A built Keras model.

    Returns:
        ``(optimizer, apply)``: the instance, and a function of a list of gradients in the order of
        ``model.trainable_variables``, which works in eager code and in ``tf.function``.

    Raises:
        TypeError: If ``optimizer`` is something else.
        ValueError: If the name is unknown, or the instance has been used in a way that makes its
            state wrong for this model.

    Example:
        >>> net = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        >>> type(bind_optimizer("sgd", net)[0]).__name__
        'SGD'
    """
    if optimizer is None:
        optimizer = _legacy().RMSprop()
    if isinstance(optimizer, str):
        optimizer = _by_name(optimizer)
    if isinstance(optimizer, keras.optimizers.Optimizer):
        return optimizer, _clip_each(optimizer, model, _bind_keras(optimizer, model))
    if _is_legacy(optimizer):
        return optimizer, _clip_each(optimizer, model, _bind_legacy(optimizer, model))
    hint = "call it: optimizer=SGD()" if isinstance(optimizer, type) else "use one of these"
    raise TypeError(
        f"optimizer must be None, a Keras name, a keras.optimizers or a tf_keras.optimizers.legacy instance, "
        f"got {optimizer!r}; {hint}"
    )


def optimizer_variables(optimizer, model):
    """All variables that a bound optimiser reads or changes when it trains a model.

    Args:
        optimizer: From ``bind_optimizer``.
        model: The model it was bound to.

    Returns:
        A list of tf.Variables, in an order that depends on the optimiser's class only.

    Example:
        >>> net = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        >>> len(optimizer_variables(bind_optimizer(None, net)[0], net))  # counter, 4 settings, 2 slots
        7
    """
    if isinstance(optimizer, keras.optimizers.Optimizer):
        return [v.value for v in optimizer.variables]
    settings = [optimizer._hyper[name] for name in sorted(optimizer._hyper)]
    slots = [optimizer.get_slot(v.value, n) for v in model.trainable_variables for n in optimizer.get_slot_names()]
    return [optimizer.iterations, *(s for s in settings if hasattr(s, "handle")), *slots]


def _legacy():
    if "tf_keras" not in sys.modules:  # it takes seconds to import
        with exempted():
            importlib.import_module("tf_keras.optimizers.legacy")
    return importlib.import_module("tf_keras.optimizers.legacy")


def _by_name(name):
    try:
        return keras.optimizers.get(name)
    except ValueError:
        classes = {n.lower() for n in dir(keras.optimizers) if n[0].isupper()}
        known = sorted(classes - {"optimizer", "lossscaleoptimizer"})
        raise ValueError(f"optimizer={name!r} is unknown to Keras; {suggestion(name, known)}") from None


def _bind_keras(optimizer, model):
    variables = model.trainable_variables
    if optimizer.built:
        known = {id(v) for v in optimizer._trainable_variables}
        if known != {id(v) for v in variables}:
            raise ValueError(
                f"optimizer: this {optimizer.name!r} already holds the state of another model's variables, "
                f"and a Keras 3 optimiser cannot take those of {model.name!r}; make a new optimiser for "
                "each model, or use tf_keras.optimizers.legacy"
            )
    else:
        optimizer.build(variables)
    return lambda gradients: optimizer.apply(gradients, variables)


def _clip_each(optimizer, model, apply):
    """Clip each replica's gradients by its own norm; the optimiser would take that of all replicas together."""
    limits = {name: getattr(optimizer, name) for name in ("clipnorm", "global_clipnorm") if getattr(optimizer, name)}
    replicas = replica_count(model)
    if replicas is None or not limits:
        return apply

    def apply_clipped(gradients):
        clipped = clip_gradients(gradients, **limits, replicas=replicas)
        try:
            for name in limits:
                setattr(optimizer, name, None)
            return apply(clipped)
        finally:
            for name, limit in limits.items():
                setattr(optimizer, name, limit)

    return apply_clipped


def _is_legacy(optimizer):
    # whoever passes a legacy optimiser has imported tf_keras; nobody else should pay for it
    if not any(base.__module__.startswith("tf_keras") for base in type(optimizer).__mro__):
        return False
    return isinstance(optimizer, _legacy().Optimizer)


def _bind_legacy(optimizer, model):
    variables = [v.value for v in model.trainable_variables]  # the tf.Variable inside each keras.Variable
    owners = set(optimizer._slots)
    used_elsewhere = owners and not owners.issuperset(v._unique_id for v in variables)
    if used_elsewhere and _counts_steps(optimizer):
        raise ValueError(
            f"optimizer: this legacy {optimizer._name} has taken {int(optimizer.iterations)} steps on another "
            f"model, and its step counter (bias correction, learning rate schedule) would be wrong for "
            f"{model.name!r}; make a new optimiser for each model"
        )
    optimizer._create_all_weights(variables)  # no variable may be made inside a compiled step
    return lambda gradients: optimizer.apply_gradients(zip(gradients, variables, strict=True))


def _counts_steps(optimizer):
    legacy = _legacy()
    adam_like = isinstance(optimizer, legacy.Adam | legacy.Adamax | legacy.Nadam)
    return adam_like or callable(optimizer._hyper["learning_rate"]) or optimizer._initial_decay > 0
