"""The door: train for some epochs and record."""

import numpy as np
import tensorflow as tf

from helpers.engine.batches import Batches
from helpers.engine.by_optimizer import TrainingByOptimizer
from helpers.engine.by_rule import TrainingByRule, slots_of
from helpers.engine.finiteness import NonFinite
from helpers.engine.inputs import fit_data
from helpers.engine.losses import mixes
from helpers.engine.losses import resolve as resolve_loss
from helpers.engine.objective import Objective
from helpers.engine.optimizers import (
    limits_of,
    refuse_if_replicas_would_meet,
    refuse_if_used_elsewhere,
    resolve,
    scaled,
)
from helpers.engine.records import Recorder
from helpers.engine.rules import rule_of
from helpers.engine.trainable import mixes_samples, refuse_if_untrainable
from helpers.recording import TrainingRun


def train(
    model,
    X,
    y,
    *,
    epochs,
    batch_size,
    optimizer,
    loss,
    record,
    record_every,
    seed,
    compiled,
    tick,
    after_epoch,
):
    """Train a model and record; the arguments are those of ``training.train_model``, and one more.

    Args:
        model: A built Keras model.
        X: Inputs, (n, ...).
        y: Targets, (n, ...).
        epochs: Number of epochs.
        batch_size: Samples in a batch.
        optimizer: As for ``optimizers.resolve``.
        loss: A Keras name, function or Loss object.
        record: As for ``train_model``.
        record_every: Epochs between two records.
        seed: Integer from which the batches follow.
        compiled: Whether to compile.
        tick: A function without arguments, called after each epoch to count it.
        after_epoch: As for ``train_model``; None for none.

    Returns:
        A recording.TrainingRun.
    """
    refuse_if_untrainable(model)
    recorder = Recorder(model, record, loss, compiled)  # refuses before anything is changed
    X, y = fit_data(model, X, y, loss)
    apart = mixes_samples(model) or mixes(resolve_loss(loss))
    batches = Batches(len(X), batch_size, seed, apart)
    optimizer = resolve(optimizer)
    refuse_if_used_elsewhere(optimizer, model)
    optimizer = scaled(optimizer, model)
    refuse_if_replicas_would_meet(optimizer, model)
    slots, objective = slots_of(optimizer, model), Objective(model, loss)
    data = tf.constant(X), tf.constant(y)
    shares = tf.constant(batches.weights, objective.precision)
    alive, failures, interrupted = np.ones(objective.replicas or 1, bool), {}, False

    def trainer(compiled):
        how = recorder.watched, recorder.wants_updates, compiled
        if slots is None:
            return TrainingByOptimizer(objective, optimizer, *how)
        return TrainingByRule(objective, optimizer, slots, *how)

    def next_epoch(order):
        return tuple(None if part is None else tf.constant(part) for part in order.next_epoch())

    def record_now(step, rows, tail):
        """Keep what there is to keep of the weights as they are, and of a batch from which nothing is learnt."""
        recorder.keep_state(step, training, data, rows)
        recorder.keep_batch(training.look(*data, rows, shares, tail))

    def is_over():
        tick()
        if after_epoch is None:
            return False
        training.store()
        before = _fixed(model, optimizer)
        over = bool(after_epoch())
        if _fixed(model, optimizer) != before:
            raise ValueError(
                "after_epoch froze or thawed a weight, or changed a setting of the optimiser other than its learning "
                "rate, which training has compiled; let it return True, then change that and train again"
            )
        training.load()
        return over

    training = trainer(compiled)
    try:
        for number in range(epochs):
            rows, tail = next_epoch(batches)
            recording = number % record_every == 0
            if recording:
                recorder.keep_state(number, training, data, rows)
            kept, lost = training.learn(*data, rows, shares, tail, alive)
            for replica, where in lost.items():
                alive[replica] = False
                failures[replica] = NonFinite(None if objective.replicas is None else replica, number, *where)
            if recording:
                first_batch_lost = objective.replicas is None and lost and lost[0][0] == 0
                if first_batch_lost and number > 0:
                    recorder.drop_state()  # a loss of nan says no more than nonfinite does
                else:
                    recorder.keep_batch(kept)
            if not alive.any():
                break
            if is_over():
                interrupted = True
                break
        else:
            training.finish()
            record_now(epochs, *next_epoch(batches))
    except KeyboardInterrupt:
        interrupted = True
        recorder.drop_state()
        if not recorder.steps:  # stopped while the first epoch was being compiled: that is not begun again
            recorder, training = Recorder(model, record, loss, False), trainer(False)
            record_now(0, *next_epoch(Batches(len(X), batch_size, seed, apart)))
    finally:
        training.store()
    return TrainingRun(**recorder.histories(), nonfinite=tuple(failures.values()), interrupted=interrupted)


def _fixed(model, optimizer):
    """What a run is compiled for."""
    return [id(v) for v in model.trainable_variables], rule_of(optimizer), limits_of(optimizer)
