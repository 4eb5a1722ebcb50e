"""Run epoch after epoch: at full speed while all is finite, from the first failure on watched."""

import numpy as np
import tensorflow as tf

from helpers.epoch import OF_BATCH, ON_ALL, Epoch
from helpers.finiteness import NonFinite, locate
from helpers.held import Packed, Separate, packable
from helpers.optimizers import optimizer_variables
from helpers.sharing import SharedFunction, form_of


class Learner:
    """Epochs of one model on one data set.

    Looking at every gradient for what is not finite would cost each run a fifth of its compile time. So
    the state before an epoch is kept, and an epoch that turns out to have left the finite numbers is
    taken back and repeated, batch for batch the same, under watch.

    Args:
        model: A built Keras model.
        bound: ``(optimizer, apply)`` from ``optimizers.bind_optimizer``.
        loss: A Keras name, function or Loss object.
        record: As for ``epoch.Epoch``.
        X: Inputs, (n, ...).
        y: Targets, (n, ...).
        batches: A ``batches.Batches``.
        compiled: Whether to compile the epochs.

    Attributes:
        failures: ``{replica number, 0 for a single net: NonFinite}``, in order of appearance.
        alive: Whether any replica is still finite.
    """

    def __init__(self, model, bound, loss, record, X, y, batches, compiled):
        self._optimizer, apply = bound
        self._model, self._batches, self._compiled = model, batches, compiled
        self._data = (tf.constant(X), tf.constant(y))
        self._weights = tf.constant(batches.weights, X.dtype)
        self._separate = Separate(model, apply), loss, record
        self._own = [*(v.value for v in model.variables), *optimizer_variables(self._optimizer, model)]
        self._form = form_of(model, self._optimizer, loss, record)
        self._of_batch = tuple(name for name in record if name in OF_BATCH)
        self._wanted_on_all = tuple(name for name in record if name in ON_ALL)
        pack = compiled and self._form is not None and packable(model, self._optimizer)
        self._packed = Packed(model, self._optimizer) if pack else None
        if pack:
            self._use(Epoch(self._packed, loss, record), self._packed.state, "packed")
        else:
            self._use(Epoch(*self._separate), self._own, "separate")
        self._watching = False
        self._saved = [tf.identity(v) for v in self._variables]
        self.replicas = self._epoch.replicas
        self.failures, self.alive = {}, True

    def _use(self, epoch, variables, what):
        self._epoch, self._variables = epoch, variables
        self._run = self._compile(epoch if what == "watch" else self._and_the_state, what, *self._of_batch)
        self._on_all = self._compile(epoch.on_all, what, *self._wanted_on_all) if self._wanted_on_all else None

    def finish(self):
        """Leave model and optimiser as they are after the last epoch."""
        if self._packed is not None:
            self._packed.unpack()
            self._packed = None
            self._use(Epoch(*self._separate), self._own, "separate")

    def learn(self, number, record=True):
        """Learn from all samples once.

        Args:
            number: The epoch's number, for ``failures``.
            record: Whether to return what is recorded.

        Returns:
            What was recorded before and at the first batch, by name, as arrays; None if that was not
            asked for, or if a single net failed on that very batch after earlier epochs went well.
        """
        before = self._at_start() if record else {}
        rows, tail = self._batches.next_epoch()
        arguments = (*self._data, tf.constant(rows), self._weights, None if tail is None else tf.constant(tail))
        if not self._watching:
            kept, total, state = self._run(*arguments)
            if _all_finite(total, *state):
                self._saved = state
                return {**before, **_arrays(kept)} if record else None
            for variable, value in zip(self._variables, self._saved, strict=True):
                variable.assign(value)
            self.finish()
            self._watching = True
            self._use(Epoch(*self._separate, watch=True), self._own, "watch")
        kept, state = self._run(*arguments)
        alive, batch, variable = (np.atleast_1d(s) for s in state)
        for replica in np.flatnonzero(~alive):
            if replica not in self.failures:
                x = rows[batch[replica]] if batch[replica] < len(rows) else tail
                which = None if self.replicas is None else int(replica)
                where = locate(self._model, tf.gather(self._data[0], x), variable[replica], which)
                self.failures[replica] = NonFinite(which, number, int(batch[replica]), *where)
        self.alive = bool(alive.any())
        lost_at_once = self.replicas is None and batch[0] == 0 and number > 0
        return {**before, **_arrays(kept)} if record and not lost_at_once else None

    def look_once_more(self):
        """The records of one more first batch, from which nothing is learnt."""
        before = self._at_start()
        self.finish()
        rows, _ = self._batches.next_epoch()
        return {**before, **_arrays(self._epoch.last(*self._data, rows, self._weights))}

    def _at_start(self):
        kept = self._epoch.weights()
        return kept if self._on_all is None else {**kept, **_arrays(self._on_all(*self._data))}

    def _compile(self, function, *what):
        if not self._compiled:
            return function
        return SharedFunction(function, self._variables, None if self._form is None else (*self._form, *what))

    def _and_the_state(self, *arguments):
        """Run an epoch; return what it kept, the sum of all losses and all variables after it."""
        kept, (total,) = self._epoch(*arguments)
        return kept, total, [tf.identity(v) for v in self._variables]


def _all_finite(*tensors):
    # in NumPy: among the compiled operations it would add a tenth to the compile time
    return all(np.isfinite(t).all() for t in tensors if t.dtype.is_floating)


def _arrays(kept):
    return tf.nest.map_structure(np.asarray, kept)
