"""Update rules as functions: what an optimiser's step makes of a weight, its gradient and its slots.

Each is the arithmetic of an optimiser of Keras 3 or ``tf_keras.optimizers.legacy``, written so that nothing is
changed in place. Two rules that are equal compile to the same thing. The learning rate is an argument.
"""

from dataclasses import dataclass

import numpy as np
import tensorflow as tf


@dataclass(frozen=True)
class SGD:
    """Gradient descent, with momentum if it is not 0. Source: ``keras.optimizers.SGD``; both families agree."""

    momentum: float = 0.0
    nesterov: bool = False

    def __call__(self, weight, gradient, slots, rate, step):
        """The new weight, and a list of its new slots: the velocity if there is momentum."""
        if not slots:
            return weight - rate * gradient, []
        momentum = _single(self.momentum, weight.dtype)
        velocity = momentum * slots[0] - rate * gradient
        return weight + (momentum * velocity - rate * gradient if self.nesterov else velocity), [velocity]


@dataclass(frozen=True)
class RMSprop:
    """Divide by the root of a running mean square. Source: ``RMSprop`` of Keras 3 and of the legacy optimisers.

    Attributes:
        rho: How much of the running mean stays at each step.
        epsilon: Added to the root by the legacy optimiser, under the root by that of Keras 3.
        legacy: Which of the two.
    """

    rho: float
    epsilon: float
    legacy: bool

    def __call__(self, weight, gradient, slots, rate, step):
        """The new weight, and a list of its running mean square."""
        mean_square = self.rho * slots[0] + (1 - self.rho) * tf.square(gradient)
        if self.legacy:
            return weight - rate * gradient / (tf.sqrt(mean_square) + self.epsilon), [mean_square]
        return weight - rate * gradient / tf.sqrt(mean_square + self.epsilon), [mean_square]


@dataclass(frozen=True)
class Adam:
    """Kingma and Ba (2015), with the bias correction in the rate. Source: ``keras.optimizers.Adam``; both agree."""

    beta_1: float
    beta_2: float
    epsilon: float

    def __call__(self, weight, gradient, slots, rate, step):
        """The new weight, and a list of its two running means."""
        mean, mean_square = slots
        number = tf.cast(step + 1, weight.dtype)
        first, second = (1 - tf.pow(_single(beta, weight.dtype), number) for beta in (self.beta_1, self.beta_2))
        mean = mean + (gradient - mean) * (1 - self.beta_1)
        mean_square = mean_square + (tf.square(gradient) - mean_square) * (1 - self.beta_2)
        rate = rate * tf.sqrt(second) / first
        return weight - rate * mean / (tf.sqrt(mean_square) + self.epsilon), [mean, mean_square]


def _single(value, dtype):
    """A setting as both families hold it: in float32, whatever they compute in."""
    return tf.constant(float(np.float32(value)), dtype)


def rule_of(optimizer):
    """The rule that an optimiser of Keras or tf_keras follows, and the names of its slots.

    Args:
        optimizer: An instance.

    Returns:
        ``(rule, slot names)``, or None for an optimiser without a rule here: another class, a learning rate that
        changes by itself, weight decay, averages of weights and the like.
    """
    settings = optimizer.get_config()
    legacy = type(optimizer).__module__.startswith("tf_keras.")
    extras = ("use_ema", "weight_decay", "gradient_accumulation_steps", "loss_scale_factor", "decay")
    rate = settings.get("learning_rate")
    if not isinstance(rate, int | float | np.floating) or any(settings.get(e) for e in extras):
        return None
    if legacy and not isinstance(optimizer.learning_rate, tf.Variable):
        return None  # a function, to be asked anew at each step
    if settings.get("amsgrad") or settings.get("centered"):
        return None

    def value(name):  # legacy optimisers keep their settings in float32, but for epsilon
        return float(np.float32(settings[name])) if legacy and name != "epsilon" else float(settings[name])

    match f"{type(optimizer).__module__.split('.')[0]}.{type(optimizer).__name__}":
        case "keras.SGD" | "tf_keras.SGD":
            slots = ("momentum",) if settings["momentum"] else ()
            return SGD(value("momentum"), bool(settings["nesterov"])), slots
        case "keras.RMSprop" | "tf_keras.RMSprop" if not settings["momentum"]:
            return RMSprop(value("rho"), value("epsilon"), legacy), ("rms" if legacy else "velocity",)
        case "keras.Adam" | "tf_keras.Adam":
            slots = ("m", "v") if legacy else ("momentum", "velocity")
            return Adam(value("beta_1"), value("beta_2"), value("epsilon")), slots
        case _:
            return None
