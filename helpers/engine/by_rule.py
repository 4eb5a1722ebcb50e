"""A step of training by an update rule: a function of the state, in which nothing is changed in place."""

from collections import namedtuple

import keras
import tensorflow as tf

from helpers.engine.clipping import clip_gradients
from helpers.engine.compiling import form_of, shared_form
from helpers.engine.optimizers import is_legacy, limits_of
from helpers.engine.rules import rule_of

State = namedtuple("State", "weights others slots rate step")
State.__doc__ = """All that learning changes: tensors.

``weights`` and ``others`` are the model's trainable and other variables, ``slots`` a list for each weight; ``rate`` is
the learning rate, ``step`` the number of steps made.
"""


class StepByRule:
    """For a model and an optimiser that has a rule.

    Args:
        objective: An Objective.
        optimizer: An optimiser instance.
        slots: What ``slots_of`` finds for it.

    Attributes:
        objective: The same.
        key: All that the step depends on beside its arguments, hashable; None if that cannot be told.
    """

    def __init__(self, objective, optimizer, slots):
        self.objective, self._optimizer, self._slots = objective, optimizer, slots
        model = objective.model
        self._variables = model.trainable_variables, model.non_trainable_variables  # whatever is frozen later
        self._rule, _ = rule_of(optimizer)
        self._limits = limits_of(optimizer)
        form, loss = form_of(model), shared_form(objective.loss)
        self.key = (form, loss, self._rule, self._limits) if form and loss else None

    def __call__(self, state, x, y, shares):
        """Learn from a batch.

        Args:
            state: A State.
            x: Inputs, (batch, ...).
            y: Targets, (batch, ...).
            shares: What each sample counts, (batch,), with a sum of 1.

        Returns:
            ``(loss, gradients, state)``: () or (R,), a list of tensors, one for each weight, and the new State.
        """
        objective, limits = self.objective, dict(self._limits)
        loss, gradients, others = objective.gradients(state.weights, state.others, x, y, shares)
        clipped = clip_gradients(gradients, **limits, replicas=objective.replicas) if limits else gradients
        stepped = [
            self._rule(w, g, s, tf.cast(state.rate, w.dtype), state.step)
            for w, g, s in zip(state.weights, clipped, state.slots, strict=True)
        ]
        weights = objective.constrain([w for w, _ in stepped])
        return loss, gradients, State(weights, others, [s for _, s in stepped], state.rate, state.step + 1)

    def load(self):
        """The State that the model and its optimiser hold."""
        optimizer = self._optimizer
        return State(
            *([tf.identity(v.value) for v in part] for part in self._variables),
            [[tf.identity(s) for s in of_weight] for of_weight in self._slots],
            tf.convert_to_tensor(optimizer.learning_rate),
            tf.identity(tf.cast(optimizer.iterations, tf.int64)),  # a variable would have it compiled twice
        )

    def store(self, state):
        """Bring the model and its optimiser in line with a State."""
        counter, (weights, others) = self._optimizer.iterations, self._variables
        for variables, values in (
            (weights, state.weights),
            (others, state.others),
            (keras.tree.flatten(self._slots), keras.tree.flatten(state.slots)),
        ):
            for variable, value in zip(variables, values, strict=True):
                variable.assign(value)
        counter.assign(tf.cast(state.step, counter.dtype))

    def finish(self):
        """What an optimiser does at the end of training: those with a rule, nothing."""


def slots_of(optimizer, model):
    """The variables in which an optimiser keeps what its rule needs of each weight; made where missing.

    Args:
        optimizer: From ``optimizers.resolve``.
        model: A built Keras model.

    Returns:
        A list of slots for each trainable variable, or None if the optimiser has no rule or other slots.
    """
    found = rule_of(optimizer)
    if found is None or len(limits_of(optimizer)) > 1:
        return None
    names, variables = found[1], model.trainable_variables
    if is_legacy(optimizer):
        return [[optimizer.add_slot(v.value, name) for name in names] for v in variables]
    if not optimizer.built:
        optimizer.build(variables)
    slots = {v.name: v.value for v in optimizer.variables}
    wanted = [[f"{v.path.replace('/', '_')}_{name}" for name in names] for v in variables]
    flat = [name for of_weight in wanted for name in of_weight]
    if len(set(flat)) < len(flat) or not set(flat) <= set(slots):
        return None
    return [[slots[name] for name in of_weight] for of_weight in wanted]
