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
from helpers.engine.optimizers import refuse_if_replicas_would_meet, refuse_if_used_elsewhere, resolve, scaled
from helpers.engine.records import Recorder
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
    compile_epochs,
    after_epoch,
    stores=False,
):
    """Train a model and record; the arguments are those of ``training.train_model``, and these.

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
        compile_epochs: Whether to compile.
        after_epoch: A function without arguments, called after each epoch; training ends where it returns True.
        stores: Whether that may look at the model and its optimiser, or change them.

    Returns:
        A recording.TrainingRun.
    """
    refuse_if_untrainable(model)
    recorder = Recorder(model, record, loss, compile_epochs)  # refuses before anything is changed
    X, y = fit_data(model, X, y, loss)
    apart = mixes_samples(model) or mixes(resolve_loss(loss))
    batches = Batches(len(X), batch_size, seed, apart)
    optimizer = resolve(optimizer)
    refuse_if_used_elsewhere(optimizer, model)
    optimizer = scaled(optimizer, model)
    refuse_if_replicas_would_meet(optimizer, model)
    slots, objective = slots_of(optimizer, model), Objective(model, loss)
    how = recorder.watched, recorder.wants_updates, compile_epochs
    if slots is None:
        training = TrainingByOptimizer(objective, optimizer, *how)
    else:
        training = TrainingByRule(objective, optimizer, slots, *how)
    data = tf.constant(X), tf.constant(y)
    weights = tf.constant(batches.weights, objective.precision)
    alive, failures, interrupted = np.ones(objective.replicas or 1, bool), {}, False

    def next_epoch(order):
        return tuple(None if part is None else tf.constant(part) for part in order.next_epoch())

    def record_now(step, rows, tail, plainly=False):
        """Keep what there is to keep of the weights as they are, and of a batch from which nothing is learnt."""
        recorder.keep_state(step, training, data, rows, plainly)
        recorder.keep_batch(training.look(*data, rows, weights, tail, plainly)._replace(updates=[]))

    def is_over():
        if stores:
            training.store()
        over = after_epoch()
        if stores:
            training.load()
        return over

    try:
        for number in range(epochs):
            rows, tail = next_epoch(batches)
            recording = number % record_every == 0
            if recording:
                recorder.keep_state(number, training, data, rows)
            kept, lost = training.learn(*data, rows, weights, tail, alive)
            for replica, where in lost.items():
                alive[replica] = False
                failures[replica] = NonFinite(None if objective.replicas is None else replica, number, *where)
            if recording:
                lost_at_once = objective.replicas is None and lost and lost[0][0] == 0 and number > 0
                recorder.drop_state() if lost_at_once else recorder.keep_batch(kept)
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
            record_now(0, *next_epoch(Batches(len(X), batch_size, seed, apart)), plainly=True)
    finally:
        training.store()
    return TrainingRun(**recorder.histories(), nonfinite=tuple(failures.values()), interrupted=interrupted)
