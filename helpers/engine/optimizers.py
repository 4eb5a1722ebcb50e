"""Make ready what the reader gave as optimiser: a name, a Keras 3 optimiser or a legacy one, for one model."""

import importlib

import keras
import tensorflow as tf

from helpers.checks import suggestion
from helpers.engine.clipping import LIMITS
from helpers.engine.rules import rule_of

_ENTRY_BY_ENTRY = ("SGD", "RMSprop", "Adam", "AdamW", "Adamax", "Nadam", "Adagrad", "Adadelta", "Ftrl", "Lion")


def resolve(optimizer):
    """Turn what training accepts as an optimiser into an instance.

    Args:
        optimizer: None for the legacy RMSprop with its defaults (learning rate 0.001, rho 0.9, epsilon 1e-7
            outside the root); a name, meaning what Keras 3 means by it; or an instance of either family.

    Raises:
        TypeError: If it is something else.
        ValueError: If the name is unknown.

    Example:
        >>> type(resolve("sgd")).__name__
        'SGD'
    """
    if optimizer is None:
        return _legacy().RMSprop()
    if isinstance(optimizer, str):
        try:
            return keras.optimizers.get(optimizer)
        except Exception:  # Keras fails in many ways on what is no name
            classes = {n.lower() for n in dir(keras.optimizers) if n[0].isupper()}
            known = sorted(classes - {"optimizer", "optimizermap", "lossscaleoptimizer", "multioptimizer"})
            raise ValueError(f"optimizer={optimizer!r} is unknown to Keras; {suggestion(optimizer, known)}") from None
    if isinstance(optimizer, keras.optimizers.Optimizer) or is_legacy(optimizer):
        return optimizer
    hint = "call it: optimizer=SGD()" if isinstance(optimizer, type) else "use one of these"
    raise TypeError(
        f"optimizer must be None, a Keras name, a keras.optimizers or a tf_keras.optimizers.legacy instance, "
        f"got {optimizer!r}; {hint}"
    )


def is_legacy(optimizer):
    """Whether this is an instance from ``tf_keras.optimizers.legacy``."""
    # whoever passes a legacy optimiser has imported tf_keras; nobody else should pay for it
    if not any(base.__module__.startswith("tf_keras") for base in type(optimizer).__mro__):
        return False
    return isinstance(optimizer, _legacy().Optimizer)


def refuse_if_replicas_would_meet(optimizer, model):
    """Refuse an optimiser of Keras that looks at a weight as a whole, where that holds the weights of many nets.

    What an optimiser of the reader's own does to replicas is her own affair.

    Raises:
        ValueError: If the optimiser would mix replicas.
    """
    if getattr(model, "replicas", None) is None:
        return
    families = ("keras", "tf_keras")
    base = next(c for c in type(optimizer).__mro__ if c.__module__.split(".")[0] in families).__name__
    if base == "LossScaleOptimizer":
        raise ValueError(
            f"optimizer: under float16 one overflow in any of {model.replicas} replicas would make all of them skip a "
            "step; use float32 or mixed_bfloat16, or train single nets with train_each"
        )
    if base not in ("Optimizer", *_ENTRY_BY_ENTRY):
        raise ValueError(
            f"optimizer: {base} looks at a weight as a whole and would mix {model.replicas} replicas; use one of "
            f"{', '.join(_ENTRY_BY_ENTRY)}, or train single nets with train_each"
        )
    constrained = [v.path for v in model.trainable_variables if v.constraint is not None]
    if constrained and not is_legacy(optimizer) and rule_of(optimizer) is None:
        raise ValueError(
            f"optimizer: this {type(optimizer).__name__} would hold {constrained[0]} to its constraint over all "
            "replicas together; use plain SGD, RMSprop or Adam"
        )


def scaled(optimizer, model):
    """The optimiser as ``fit`` takes it: under a policy of mixed float16 inside of one that scales the loss.

    Raises:
        ValueError: If it is a legacy optimiser, which cannot.
    """
    if model.dtype_policy.name != "mixed_float16" or isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
        return optimizer
    if is_legacy(optimizer):
        raise ValueError(
            f"optimizer: model {model.name!r} computes in float16, where small gradients vanish unless the loss is "
            f"scaled, and a legacy {type(optimizer).__name__} does not; use one of keras.optimizers"
        )
    return keras.optimizers.LossScaleOptimizer(optimizer)


def refuse_if_used_elsewhere(optimizer, model):
    """Refuse an optimiser whose state belongs to another model.

    A Keras 3 optimiser makes its state for the variables of its first model and refuses others. A legacy
    optimiser makes a slot as each variable arrives, so that a second model is legitimate as long as nothing but slots
    carries over; Adam's bias correction and learning rate schedules depend on the shared step counter, which does.

    Raises:
        ValueError: If the optimiser has been used in a way that makes its state wrong for this model.
    """
    variables = model.trainable_variables
    if not is_legacy(optimizer):
        if getattr(optimizer, "built", False) and not _knows(optimizer, variables):
            raise ValueError(
                f"optimizer: this {optimizer.name!r} already holds the state of another model's variables, or of those "
                f"of {model.name!r} that were not frozen, and a Keras 3 optimiser cannot take others; make a new "
                "optimiser for each model, or use tf_keras.optimizers.legacy"
            )
        return
    slots = optimizer.get_slot_names()
    if slots and not all(_has_slot(optimizer, v.value, slots[0]) for v in variables) and _counts_steps(optimizer):
        raise ValueError(
            f"optimizer: this legacy {type(optimizer).__name__} has taken {int(optimizer.iterations)} steps on another "
            f"model, or while layers were frozen, and its step counter (bias correction, learning rate schedule) "
            f"would be wrong for {model.name!r}; make a new optimiser for each model"
        )


def limits_of(optimizer):
    """How an optimiser clips: ``((name, limit),)`` of ``clip_gradients``, or (). A limit of 0 is none to Keras 3."""
    found = ((name, getattr(optimizer, name, None)) for name in LIMITS)
    return tuple((n, float(limit)) for n, limit in found if limit or (limit is not None and is_legacy(optimizer)))


def _legacy():
    return importlib.import_module("tf_keras.optimizers.legacy")  # only when needed: it takes seconds


def _knows(optimizer, variables):
    """Whether a built Keras 3 optimiser takes these variables: only a step tells, so one is made and undone."""
    touched = [*optimizer.variables, *variables]
    before = [v.numpy() for v in touched]
    try:
        optimizer.apply([tf.zeros(v.shape, v.dtype) for v in variables], variables)
    except ValueError:
        return False
    finally:
        for variable, value in zip(touched, before, strict=True):
            variable.assign(value)
    return True


def _has_slot(optimizer, variable, name):
    try:
        optimizer.get_slot(variable, name)
    except KeyError:
        return False
    return True


def _counts_steps(optimizer):
    settings = optimizer.get_config()
    named = type(optimizer).__name__ in ("Adam", "Adamax", "Nadam")
    return named or not isinstance(optimizer.learning_rate, tf.Variable) or bool(settings.get("decay"))
