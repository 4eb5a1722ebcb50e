"""Run epoch after epoch: at full speed while all is finite, from the first failure on watched."""

import numpy as np
import tensorflow as tf

from helpers.epoch import OF_BATCH, ON_ALL, Epoch
from helpers.finiteness import NonFinite, locate
from helpers.packing import Packed, Separate, packable
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
        watch: Whether to watch from the first epoch on.

    Attributes:
        failures: ``{replica number, 0 for a single net: NonFinite}``, in order of appearance.
        alive: Whether any replica is still finite.
    """

    def __init__(self, model, bound, loss, record, X, y, batches, compiled, watch=False):
        optimizer, apply = bound
        self._model, self._batches, self._compiled = model, batches, compiled
        self._loss, self._record = loss, record
        self._data = (tf.constant(X), tf.constant(y))
        self._weights = tf.constant(batches.weights, X.dtype)
        self._form = form_of(model, optimizer, loss, record)
        self._separate = Separate(model, optimizer, apply)
        pack = compiled and not watch and self._form is not None and packable(model, optimizer)
        self._use(Packed(model, optimizer) if pack else self._separate, watch)
        self._saved = [tf.identity(v) for v in self._held.state]
        self.replicas = self._epoch.replicas
        self.failures, self.alive = {}, True

    def _use(self, held, watch=False):
        self._watching = watch
        self._held, self._epoch = held, Epoch(held, self._loss, self._record, watch)
        of_batch, on_all = ([n for n in self._record if n in names] for names in (OF_BATCH, ON_ALL))
        self._run = self._compile(
            self._epoch if watch else self._and_the_state, "watch" if watch else "learn", of_batch
        )
        self._on_all = self._compile(self._epoch.on_all, "evaluate", on_all) if on_all else None

    def finish(self):
        """Leave model and optimiser as they are after the last epoch."""
        if self._held is not self._separate:
            self._held.unpack()
            self._use(self._separate)

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
            for variable, value in zip(self._held.state, self._saved, strict=True):
                variable.assign(value)
            self.finish()
            self._use(self._separate, watch=True)
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

    def _compile(self, function, what, records):
        if not self._compiled:
            return function
        form = None if self._form is None else (*self._form, type(self._held), what, *records)
        return SharedFunction(function, self._held.state, form)

    def _and_the_state(self, *arguments):
        """Run an epoch; return what it kept, the sum of all losses and all variables after it."""
        kept, (total,) = self._epoch(*arguments)
        return kept, total, [tf.identity(v) for v in self._held.state]


def _all_finite(*tensors):
    # in NumPy: among the compiled operations it would add a tenth to the compile time
    return all(np.isfinite(t).all() for t in tensors if t.dtype.is_floating)


def _arrays(kept):
    return tf.nest.map_structure(np.asarray, kept)
