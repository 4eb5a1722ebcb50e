"""A step of training by an optimiser's own ``apply_gradients``, for those without a rule."""

from collections import namedtuple

import tensorflow as tf

from helpers.engine.clipping import clip_gradients
from helpers.engine.optimizers import is_legacy, limits_of

State = namedtuple("State", "weights others own")
State.__doc__ = """All that learning changes: tensors.

``weights`` and ``others`` are the model's trainable and other variables, ``own`` those of the optimiser.
"""


class StepByOptimizer:
    """For a model and any optimiser; both are changed at each step, and only there.

    Args:
        objective: An Objective.
        optimizer: From ``optimizers.resolve``.

    Attributes:
        objective: The same.
        key: None: what an optimiser does cannot be told.
    """

    key = None

    def __init__(self, objective, optimizer):
        self.objective, self._optimizer = objective, optimizer
        model = objective.model
        self._weights, self._others = model.trainable_variables, model.non_trainable_variables
        if is_legacy(optimizer):  # makes its variables when it is first traced
            tf.function(self._apply).get_concrete_function([tf.zeros_like(v) for v in self._weights])
        elif not optimizer.built:
            optimizer.build(self._weights)

    def __call__(self, state, x, y, shares):
        """Learn from a batch: as ``StepByRule.__call__``."""
        self.store(state)
        scale = self._scale()
        loss, gradients, others = self.objective.gradients(state.weights, state.others, x, y, shares, scale)
        gradients = [g / tf.cast(scale, g.dtype) for g in gradients]
        _assign(self._others, others)
        self._clip_and_apply(gradients, scale)
        return loss, gradients, self.load()

    def load(self):
        """The State that the model and its optimiser hold."""
        return State(*([tf.identity(v) for v in part] for part in self._variables()))

    def store(self, state):
        """Bring the model and its optimiser in line with a State."""
        for variables, values in zip(self._variables(), state, strict=True):
            _assign(variables, values)

    def finish(self):
        """What ``fit`` does at its end: an optimiser that averages weights puts the averages in."""
        if hasattr(self._optimizer, "finalize_variable_values"):
            self._optimizer.finalize_variable_values(self._weights)

    def _variables(self):
        own = self._optimizer.variables
        return self._weights, self._others, own() if callable(own) else own

    def _scale(self):
        """What the optimiser multiplies a loss by, and later divides gradients by: 1 for most."""
        one = tf.ones((), self.objective.precision)
        return self._optimizer.scale_loss(one) if hasattr(self._optimizer, "scale_loss") else one

    def _clip_and_apply(self, gradients, scale):
        """Apply the gradients; what the optimiser divides by goes in again."""
        replicas, optimizer = self.objective.replicas, self._optimizer
        limits = {}
        if replicas is not None:
            limits = dict(limits_of(optimizer))
            gradients = clip_gradients(gradients, **limits, replicas=replicas)
        gradients = [g * tf.cast(scale, g.dtype) for g in gradients]
        try:
            for name in limits:
                setattr(optimizer, name, None)  # or it would clip all replicas by one norm
            self._apply(gradients)
        finally:
            for name, limit in limits.items():
                setattr(optimizer, name, limit)

    def _apply(self, gradients):
        if not is_legacy(self._optimizer):
            self._optimizer.apply_gradients(list(zip(gradients, self._weights, strict=True)))
            return
        variables = [v.value for v in self._weights]
        self._optimizer.apply_gradients(zip(gradients, variables, strict=True))
        for variable, value in zip(self._weights, self.objective.constrain(variables), strict=True):
            if variable.constraint is not None:
                variable.assign(value)


def _assign(variables, values):
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)
