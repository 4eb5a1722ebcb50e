"""Training by an optimiser's own ``apply``, for those without a rule: gradient and step, batch by batch."""

import numpy as np
import tensorflow as tf

from helpers.engine.by_rule import Kept
from helpers.engine.clipping import LIMITS, clip_gradients
from helpers.engine.compiling import compiled
from helpers.engine.finiteness import locate
from helpers.engine.optimizers import is_legacy


class TrainingByOptimizer:
    """A model and any optimiser; the model itself is changed at each step.

    Args:
        objective: An Objective.
        optimizer: From ``optimizers.resolve``.
        watched: Positions of the weights whose gradients are kept.
        updates: Whether to keep their changes too.
        compile_steps: Whether to compile.

    Raises:
        ValueError: If constraints or averaged weights would mix replicas.
    """

    def __init__(self, objective, optimizer, watched, updates, compile_steps):
        self.objective, self._optimizer = objective, optimizer
        self._watched, self._updates = watched, updates
        model = objective.model
        self._weights, self._others = model.trainable_variables, model.non_trainable_variables
        constrained = [v.path for v in self._weights if v.constraint is not None]
        if constrained and objective.replicas is not None and not is_legacy(optimizer):
            raise ValueError(
                f"optimizer: this {type(optimizer).__name__} would hold {constrained[0]} to its constraint over all "
                "replicas together; use plain SGD, RMSprop or Adam"
            )
        if not is_legacy(optimizer) and not optimizer.built:
            optimizer.build(self._weights)  # no variable may be made inside a compiled step
        self._gradients, self._apply = self._find, self._step
        if compile_steps:
            self._gradients, self._apply = compiled(self._find), compiled(self._step)

    @property
    def variables(self):
        """The weights and the other variables as they are now: two lists of tensors."""
        return tuple([tf.convert_to_tensor(v) for v in part] for part in (self._weights, self._others))

    def learn(self, X, y, rows, weights, tail, alive):
        """As ``TrainingByRule.learn``: learn from all batches, each replica only as long as it is finite."""
        kept, failures, alive = None, {}, alive.copy()
        batches = list(zip(rows.numpy(), weights.numpy(), strict=True))
        if tail is not None:
            batches.append((tail.numpy(), np.full(len(tail), 1 / len(tail))))
        for number, (row, share) in enumerate(batches):
            before = [v.numpy() for v in self._weights] if self._updates and kept is None else []
            loss, gradients = self._look(X, y, row, share)
            finite = self._finite(loss, gradients)
            for replica in np.flatnonzero(alive & ~finite):
                which = None if self.objective.replicas is None else int(replica)
                where = locate(self.objective.model, tf.gather(X, row), loss, gradients, replica=which)
                failures[int(replica)] = (number, *where)
            alive &= finite
            if alive.any():
                self._apply(gradients, tf.constant(alive), self._scale())
            if kept is None:
                moved = [self._weights[k].numpy() - before[k] for k in self._watched] if self._updates else []
                kept = Kept(loss, [gradients[k] for k in self._watched], moved)
            if not alive.any():
                break
        return kept, failures

    def look(self, X, y, rows, weights, tail):
        """What would be kept of one batch, ``rows[0]``; nothing is learnt."""
        others = [v.numpy() for v in self._others]
        loss, gradients = self._look(X, y, rows[0].numpy(), weights[0].numpy())
        for variable, value in zip(self._others, others, strict=True):
            variable.assign(value)
        return Kept(loss, [gradients[k] for k in self._watched], [])

    def store(self):
        """Nothing: the model and its optimiser are always what they are."""

    def finish(self):
        """What ``fit`` does at its end: an optimiser that averages weights puts the averages in."""
        if hasattr(self._optimizer, "finalize_variable_values"):
            self._optimizer.finalize_variable_values(self._weights)

    def _look(self, X, y, row, share):
        weights, others = self.variables
        share = tf.constant(share, weights[0].dtype)
        x, targets = tf.gather(X, row), tf.gather(y, row)
        loss, gradients, others = self._gradients(weights, others, x, targets, share, self._scale())
        for variable, value in zip(self._others, others, strict=True):
            variable.assign(value)
        return loss, gradients

    def _find(self, weights, others, x, y, share, scale):
        loss, gradients, others = self.objective.gradients(weights, others, x, y, share, scale)
        return loss, [g / scale for g in gradients], others

    def _scale(self):
        """What the optimiser multiplies a loss by, and later divides gradients by: 1 for most."""
        one = tf.ones((), self._weights[0].dtype)
        return self._optimizer.scale_loss(one) if hasattr(self._optimizer, "scale_loss") else one

    def _finite(self, loss, gradients):
        parts = (
            [loss] if hasattr(self._optimizer, "dynamic_scale") else [loss, *gradients]
        )  # it skips such steps itself
        if self.objective.replicas is None:
            return np.array([all(np.isfinite(p).all() for p in parts)])
        return np.all([np.isfinite(p).reshape(self.objective.replicas, -1).all(axis=1) for p in parts], axis=0)

    def _step(self, gradients, alive, scale):
        """Apply the gradients, those of lost replicas as zeros; what the optimiser divides by goes in again."""
        replicas, optimizer = self.objective.replicas, self._optimizer
        limits = {}
        if replicas is not None:
            limits = {name: getattr(optimizer, name) for name in LIMITS if getattr(optimizer, name, None)}
            keep = [tf.reshape(alive, [-1] + [1] * (g.shape.rank - 1)) for g in gradients]
            gradients = [tf.where(k, g, tf.zeros_like(g)) for k, g in zip(keep, gradients, strict=True)]
            gradients = clip_gradients(gradients, **limits, replicas=replicas)
        gradients = [g * scale for g in gradients]
        try:
            for name in limits:
                setattr(optimizer, name, None)  # or it would clip all replicas by one norm
            if not is_legacy(optimizer):
                optimizer.apply(gradients, self._weights)
                return
            variables = [v.value for v in self._weights]
            optimizer.apply_gradients(zip(gradients, variables, strict=True))
            for variable, value in zip(self._weights, self.objective.constrain(variables), strict=True):
                if variable.constraint is not None:
                    variable.assign(value)
        finally:
            for name, limit in limits.items():
                setattr(optimizer, name, limit)
