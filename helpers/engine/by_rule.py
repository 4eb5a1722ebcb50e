"""Training by an update rule: epochs are one compiled function of the state, which nothing changes in place."""

from collections import namedtuple
from functools import partial

import keras
import numpy as np
import tensorflow as tf

from helpers.engine.batches import Epoch
from helpers.engine.clipping import clip_gradients
from helpers.engine.compiling import Compiled, form_of, shared_form
from helpers.engine.finiteness import finite, locate, replaced
from helpers.engine.optimizers import is_legacy, limits_of
from helpers.engine.rules import rule_of

State = namedtuple("State", "weights others slots rate step")
State.__doc__ = """All that learning changes: tensors.

``weights`` and ``others`` are the model's trainable and other variables, ``slots`` a list for each weight; ``rate`` is
the learning rate, ``step`` the number of steps made.
"""

Kept = namedtuple("Kept", "loss gradients updates")
Kept.__doc__ = "Of the first batch: the loss, () or (R,); gradients and changes of the watched weights, lists."


class TrainingByRule:
    """A model and an optimiser that has a rule.

    Args:
        objective: An Objective.
        optimizer: An optimiser instance for which ``slots_of`` finds slots.
        slots: From ``slots_of``.
        watched: Positions of the weights whose gradients are kept.
        updates: Whether to keep their changes too.
        compiled: Whether to compile.

    Attributes:
        state: A State; what the model and its optimiser hold is brought in line by ``store``.
    """

    def __init__(self, objective, optimizer, slots, watched, updates, compiled):
        self.objective, self._optimizer, self._slots = objective, optimizer, slots
        model = objective.model
        self._variables = model.trainable_variables, model.non_trainable_variables  # whatever is frozen later
        rule, _ = rule_of(optimizer)
        limits = limits_of(optimizer)
        self.load()
        self._lost, self._last = np.zeros(objective.replicas or 1, bool), self.state  # whose last finite state it is
        self._epoch = partial(epoch, objective, rule, limits, watched, updates)
        if compiled:
            form, loss = form_of(model), shared_form(objective.loss)
            key = (form, loss, rule, limits, watched, updates) if form and loss else None
            self._epoch = Compiled(self._epoch, key)

    @property
    def variables(self):
        """The weights and the other variables as they are now: two lists of tensors."""
        return self.state.weights, self.state.others

    def learn(self, data, alive):
        """Learn from all batches; a replica that leaves the finite numbers stays as it was before.

        Args:
            data: An Epoch.
            alive: Which replicas have been finite so far, (R,), or (1,) for a single net.

        Returns:
            ``(kept, failures)``: a Kept of the first batch, and ``{replica: (batch, layer, what)}`` of those that
            stopped being finite, 0 for a single net.
        """
        before = self.state
        try:
            kept, total, self.state = self._epoch(before, data, tf.constant(len(data.rows)))
            suspects = alive & ~self._finite(total)
            failures = self._walk(before, data, suspects) if suspects.any() else {}
            self.state = replaced(self.state, self._last, self._lost, self.objective.replicas)
        except KeyboardInterrupt:  # the epoch under way does not count
            self.state = before
            raise
        return kept, failures

    def look(self, data):
        """What would be kept of the first batch; nothing is learnt.

        Args:
            data: An Epoch, of the same shapes as for ``learn``, so that nothing is compiled anew.
        """
        kept = self._epoch(self.state, data, tf.constant(1))[0]
        return kept._replace(updates=[])

    def load(self):
        """Take over the state of the model and its optimiser."""
        optimizer = self._optimizer
        self.state = State(
            *([tf.identity(v.value) for v in part] for part in self._variables),
            [[tf.identity(s) for s in of_weight] for of_weight in self._slots],
            tf.convert_to_tensor(optimizer.learning_rate),
            tf.identity(tf.cast(optimizer.iterations, tf.int64)),  # a variable would have it compiled twice
        )

    def store(self):
        """Bring the model and its optimiser in line with the state."""
        counter, (weights, others) = self._optimizer.iterations, self._variables
        for variables, values in (
            (weights, self.state.weights),
            (others, self.state.others),
            (keras.tree.flatten(self._slots), keras.tree.flatten(self.state.slots)),
        ):
            for variable, value in zip(variables, values, strict=True):
                variable.assign(value)
        counter.assign(tf.cast(self.state.step, counter.dtype))

    def finish(self):
        """What an optimiser does at the end of training: those with a rule, nothing."""

    def _walk(self, before, data, suspects):
        """Go through an epoch again, batch by batch, and freeze each of the suspects where it stops being finite."""
        after, failures, suspects = self.state, {}, suspects.copy()
        self.state, replicas = before, self.objective.replicas
        rows, shares, tail = data.rows, data.shares, data.tail

        def batches():
            for k in range(len(rows)):
                yield tf.roll(rows, -k, axis=0), tf.roll(shares, -k, axis=0)
            if tail is not None:
                yield tail[tf.newaxis], tf.fill([1, len(tail)], tf.constant(1 / len(tail), shares.dtype))

        for number, (row, share) in enumerate(batches()):
            start = self.state
            kept, _, self.state = self._epoch(start, Epoch(data.X, data.y, row, share, None), tf.constant(1))
            lost = suspects & ~self._finite(kept.loss)
            if lost.any():
                x, targets = tf.gather(data.X, row[0]), tf.gather(data.y, row[0])
                moved, self.state = self.state, start
                self.store()
                gradients = self.objective.gradients(start.weights, start.others, x, targets, share[0])[1]
                for replica in np.flatnonzero(lost):
                    which = None if replicas is None else int(replica)
                    where = locate(
                        self.objective.model, x, kept.loss, gradients, [*moved.weights, *moved.others], which
                    )
                    failures[int(replica)] = (number, *where)
                self.state = moved
                self._last, self._lost = replaced(self._last, start, lost, replicas), self._lost | lost
                suspects &= ~lost
            if not suspects.any():
                break
        # a suspect that rounding saved in the second go is what that made of it
        self.state = replaced(after, self.state, suspects, replicas)
        return failures

    def _finite(self, loss):
        """Which replicas have finite losses and weights, (R,) or (1,)."""
        return finite([loss, *self.state.weights, *self.state.others], self.objective.replicas)


def epoch(objective, rule, limits, watched, updates, state, data, batches):
    """One epoch of gradient descent.

    Args:
        objective: An Objective.
        rule: From ``rules.rule_of``.
        limits: ``((name, value),)`` of ``clip_gradients``, or ().
        watched: Positions of the weights of which something is kept.
        updates: Whether to keep their changes too.
        state: A State.
        data: An Epoch.
        batches: How many of the batches to take.

    Returns:
        ``(kept, total, state)``: a Kept, the sum of all losses, () or (R,), and the new State.
    """
    X, y, rows, shares, tail = data

    def learn(state, rows, shares):
        x, targets = tf.gather(X, rows), tf.gather(y, rows)
        loss, gradients, others = objective.gradients(state.weights, state.others, x, targets, shares)
        clipped = clip_gradients(gradients, **dict(limits), replicas=objective.replicas) if limits else gradients
        stepped = [
            rule(w, g, s, tf.cast(state.rate, w.dtype), state.step)
            for w, g, s in zip(state.weights, clipped, state.slots, strict=True)
        ]
        new = objective.constrain([w for w, _ in stepped])
        moved = [new[k] - state.weights[k] for k in watched] if updates else []
        kept = Kept(loss, [gradients[k] for k in watched], moved)
        return kept, State(new, others, [s for _, s in stepped], state.rate, state.step + 1)

    def one_more(batch, state, kept, total):
        now, state = learn(state, rows[batch], shares[batch])
        # one traced step for all batches: a copy of it for the first would double the compile time
        kept = tf.cond(batch == 0, lambda: now, lambda: kept)
        return batch + 1, state, kept, total + now.loss

    blank = [state.weights[k] for k in watched]  # of the right shapes; the first batch overwrites it
    lead = [] if objective.replicas is None else [objective.replicas]
    nothing = tf.zeros(lead, objective.precision)
    start = (tf.constant(0), state, Kept(nothing, blank, blank if updates else []), nothing)
    _, state, kept, total = tf.while_loop(lambda batch, *_: batch < batches, one_more, start)
    if tail is not None:
        last, state = learn(state, tail, tf.fill([tail.shape[0]], tf.constant(1 / tail.shape[0], shares.dtype)))
        total += last.loss
    return kept, total, state


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
