"""Training epoch by epoch: each is one compiled function of the state; where that leaves the finite numbers is told."""

from collections import namedtuple
from functools import partial

import numpy as np
import tensorflow as tf

from helpers.engine.batches import Epoch
from helpers.engine.compiling import Compiled
from helpers.engine.finiteness import finite, locate, replaced

Kept = namedtuple("Kept", "loss gradients updates")
Kept.__doc__ = "Of the first batch: the loss, () or (R,); gradients and changes of the watched weights, lists."


class Training:
    """A model in training.

    Args:
        step: A StepByRule or a StepByOptimizer.
        watched: Positions of the weights whose gradients are kept.
        updates: Whether to keep their changes too.
        compiled: Whether to compile.

    Attributes:
        state: The step's State; what the model and its optimiser hold is brought in line by ``store``.
    """

    def __init__(self, step, watched, updates, compiled):
        self._step, self.objective = step, step.objective
        self.load()
        self._lost = np.zeros(self.objective.replicas or 1, bool)
        self._last = self.state  # the last finite one of those that are lost
        self._epoch = partial(epoch, step, watched, updates)
        if compiled:
            self._epoch = Compiled(self._epoch, None if step.key is None else (step.key, watched, updates))

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
        self.state = self._step.load()

    def store(self):
        """Bring the model and its optimiser in line with the state."""
        self._step.store(self.state)

    def finish(self):
        """What ``fit`` does at its end: an optimiser that averages weights puts the averages in."""
        self.store()
        self._step.finish()
        self.load()

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


def epoch(step, watched, updates, state, data, batches):
    """One epoch of gradient descent.

    Args:
        step: A StepByRule or a StepByOptimizer.
        watched: Positions of the weights of which something is kept.
        updates: Whether to keep their changes too.
        state: The step's State.
        data: An Epoch.
        batches: How many of the batches to take.

    Returns:
        ``(kept, total, state)``: a Kept, the sum of all losses, () or (R,), and the new State.
    """
    X, y, rows, shares, tail = data

    def learn(state, rows, shares):
        loss, gradients, new = step(state, tf.gather(X, rows), tf.gather(y, rows), shares)
        moved = [new.weights[k] - state.weights[k] for k in watched] if updates else []
        return Kept(loss, [gradients[k] for k in watched], moved), new

    def one_more(batch, state, kept, total):
        now, state = learn(state, rows[batch], shares[batch])
        # one traced step for all batches: a copy of it for the first would double the compile time
        kept = tf.cond(batch == 0, lambda: now, lambda: kept)
        return batch + 1, state, kept, total + now.loss

    blank = [state.weights[k] for k in watched]  # of the right shapes; the first batch overwrites it
    lead = [] if step.objective.replicas is None else [step.objective.replicas]
    nothing = tf.zeros(lead, step.objective.precision)
    start = (tf.constant(0), state, Kept(nothing, blank, blank if updates else []), nothing)
    _, state, kept, total = tf.while_loop(lambda batch, *_: batch < batches, one_more, start)
    if tail is not None:
        last, state = learn(state, tail, tf.fill([tail.shape[0]], tf.constant(1 / tail.shape[0], shares.dtype)))
        total += last.loss
    return kept, total, state
