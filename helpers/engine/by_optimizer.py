"""Training by an optimiser's own ``apply_gradients``, for those without a rule: gradient and step, batch by batch."""

import numpy as np
import tensorflow as tf

from helpers.engine.by_rule import Kept
from helpers.engine.clipping import clip_gradients
from helpers.engine.compiling import Compiled
from helpers.engine.finiteness import finite, locate, replaced
from helpers.engine.optimizers import is_legacy, limits_of


class TrainingByOptimizer:
    """A model and any optimiser; the model itself is changed at each step.

    Args:
        objective: An Objective.
        optimizer: From ``optimizers.resolve``.
        watched: Positions of the weights whose gradients are kept.
        updates: Whether to keep their changes too.
        compiled: Whether to compile.
    """

    def __init__(self, objective, optimizer, watched, updates, compiled):
        self.objective, self._optimizer = objective, optimizer
        self._watched, self._updates = watched, updates
        model = objective.model
        self._weights, self._others = model.trainable_variables, model.non_trainable_variables
        if not is_legacy(optimizer) and not optimizer.built:
            optimizer.build(self._weights)  # no variable may be made inside a compiled step
        self._gradients, self._apply = self._find, self._step
        if compiled:
            self._gradients, self._apply = Compiled(self._find), Compiled(self._step)

    @property
    def variables(self):
        """The weights and the other variables as they are now: two lists of tensors."""
        return tuple([tf.convert_to_tensor(v) for v in part] for part in (self._weights, self._others))

    def learn(self, data, alive):
        """As ``TrainingByRule.learn``: learn from all batches, each replica only as long as it is finite."""
        batches = list(zip(data.rows.numpy(), data.shares.numpy(), strict=True))
        if data.tail is not None:
            batches.append((data.tail.numpy(), np.full(len(data.tail), 1 / len(data.tail))))
        state = self._state()
        start = [tf.identity(v) for v in state]
        try:
            return self._learn(data.X, data.y, batches, alive)
        except KeyboardInterrupt:  # the epoch under way does not count
            self._assign(state, start)
            raise

    def _learn(self, X, y, batches, alive):
        kept, failures, replicas = None, {}, self.objective.replicas
        for number, (row, share) in enumerate(batches):
            state = self._state()
            before = [tf.identity(v) for v in state]
            loss, gradients = self._look(X, y, row, share)
            self._apply(gradients, self._scale())
            moved = [tf.identity(v) for v in (*self._weights, *self._others)]
            if kept is None:
                updates = [moved[k] - before[k] for k in self._watched] if self._updates else []
                kept = Kept(loss, [gradients[k] for k in self._watched], updates)
            lost = alive & ~finite([loss, *moved], replicas)
            alive = alive & ~lost
            if alive.all():
                continue
            after = [tf.identity(v) for v in state]
            if lost.any():
                self._assign(state, before)
            for replica in np.flatnonzero(lost):
                which = None if replicas is None else int(replica)
                where = locate(self.objective.model, tf.gather(X, row), loss, gradients, moved, which)
                failures[int(replica)] = (number, *where)
            self._assign(state, replaced(after, before, ~alive, replicas))
            if not alive.any():
                break
        return kept, failures

    def look(self, data):
        """As ``TrainingByRule.look``: what would be kept of the first batch; nothing is learnt."""
        others = [tf.identity(v) for v in self._others]
        loss, gradients = self._look(data.X, data.y, data.rows[0].numpy(), data.shares[0].numpy())
        self._assign(self._others, others)
        return Kept(loss, [gradients[k] for k in self._watched], [])

    def load(self):
        """Nothing: the model and its optimiser are always what they are."""

    def store(self):
        """Nothing, likewise."""

    def finish(self):
        """What ``fit`` does at its end: an optimiser that averages weights puts the averages in."""
        if hasattr(self._optimizer, "finalize_variable_values"):
            self._optimizer.finalize_variable_values(self._weights)

    def _state(self):
        """All variables that learning changes."""
        own = self._optimizer.variables
        return [*self._weights, *self._others, *(own() if callable(own) else own)]

    def _assign(self, variables, values):
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)

    def _look(self, X, y, row, share):
        weights, others = self.variables
        share = tf.constant(share, self.objective.precision)
        x, targets = tf.gather(X, row), tf.gather(y, row)
        loss, gradients, others = self._gradients(weights, others, x, targets, share, self._scale())
        self._assign(self._others, others)
        return loss, gradients

    def _find(self, weights, others, x, y, share, scale):
        loss, gradients, others = self.objective.gradients(weights, others, x, y, share, scale)
        return loss, [g / tf.cast(scale, g.dtype) for g in gradients], others

    def _scale(self):
        """What the optimiser multiplies a loss by, and later divides gradients by: 1 for most."""
        one = tf.ones((), self.objective.precision)
        return self._optimizer.scale_loss(one) if hasattr(self._optimizer, "scale_loss") else one

    def _step(self, gradients, scale):
        """Apply the gradients; what the optimiser divides by goes in again. Returns the steps made so far."""
        replicas, optimizer = self.objective.replicas, self._optimizer
        limits = {}
        if replicas is not None:
            limits = dict(limits_of(optimizer))
            gradients = clip_gradients(gradients, **limits, replicas=replicas)
        gradients = [g * tf.cast(scale, g.dtype) for g in gradients]
        try:
            for name in limits:
                setattr(optimizer, name, None)  # or it would clip all replicas by one norm
            self._apply_all(gradients)
        finally:
            for name, limit in limits.items():
                setattr(optimizer, name, limit)
        return tf.identity(optimizer.iterations)

    def _apply_all(self, gradients):
        if not is_legacy(self._optimizer):
            self._optimizer.apply_gradients(list(zip(gradients, self._weights, strict=True)))
            return
        variables = [v.value for v in self._weights]
        self._optimizer.apply_gradients(zip(gradients, variables, strict=True))
        for variable, value in zip(self._weights, self.objective.constrain(variables), strict=True):
            if variable.constraint is not None:
                variable.assign(value)
