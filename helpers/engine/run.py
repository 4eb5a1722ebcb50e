"""The door: train for some epochs and record."""

from collections import namedtuple

import numpy as np
import tensorflow as tf

from helpers.engine.batches import Batches, Epoch
from helpers.engine.by_optimizer import StepByOptimizer
from helpers.engine.by_rule import StepByRule, slots_of
from helpers.engine.epochs import Training
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

Settings = namedtuple("Settings", "epochs batch_size optimizer loss record record_every seed compiled")
Settings.__doc__ = "How to train: the arguments of ``training.train_model``."


def train(model, X, y, settings, tick, after_epoch=None):
    """Train a model and record.

    Args:
        model: A built Keras model.
        X: Inputs, (n, ...).
        y: Targets, (n, ...).
        settings: Settings.
        tick: A function without arguments, called after each epoch to count it.
        after_epoch: As for ``train_model``; None for none.

    Returns:
        A recording.TrainingRun.
    """
    epochs, loss, record, record_every = settings.epochs, settings.loss, settings.record, settings.record_every
    refuse_if_untrainable(model)
    recorder = Recorder(model, record, loss, settings.compiled)  # refuses before anything is changed
    X, y = fit_data(model, X, y, loss)
    apart = mixes_samples(model) or mixes(resolve_loss(loss))
    batches = Batches(len(X), settings.batch_size, settings.seed, apart)
    optimizer = resolve(settings.optimizer)
    refuse_if_used_elsewhere(optimizer, model)
    optimizer = scaled(optimizer, model)
    refuse_if_replicas_would_meet(optimizer, model)
    slots, objective = slots_of(optimizer, model), Objective(model, loss)
    data = tf.constant(X), tf.constant(y)
    shares = tf.constant(batches.weights, objective.precision)
    alive, failures, interrupted = np.ones(objective.replicas or 1, bool), {}, False

    def trainer(compiled):
        step = StepByOptimizer(objective, optimizer) if slots is None else StepByRule(objective, optimizer, slots)
        return Training(step, recorder.watched, recorder.wants_updates, compiled)

    def next_epoch(batches):
        rows, tail = batches.next_epoch()
        return Epoch(*data, tf.constant(rows), shares, None if tail is None else tf.constant(tail))

    def record_now(step, epoch):
        """Keep what there is to keep of the weights as they are, and of a batch from which nothing is learnt."""
        recorder.keep_state(step, training, epoch)
        recorder.keep_batch(training.look(epoch))

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

    training = trainer(settings.compiled)
    try:
        for number in range(epochs):
            epoch = next_epoch(batches)
            recording = number % record_every == 0
            if recording:
                recorder.keep_state(number, training, epoch)
            kept, lost = training.learn(epoch, alive)
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
            record_now(epochs, next_epoch(batches))
    except KeyboardInterrupt:
        interrupted = True
        recorder.drop_state()
        if not recorder.steps:  # stopped while the first epoch was being compiled: that is not begun again
            recorder, training = Recorder(model, record, loss, False), trainer(False)
            record_now(0, next_epoch(Batches(len(X), settings.batch_size, settings.seed, apart)))
    finally:
        training.store()
    return TrainingRun(**recorder.histories(), nonfinite=tuple(failures.values()), interrupted=interrupted)


def _fixed(model, optimizer):
    """What a run is compiled for."""
    return [id(v) for v in model.trainable_variables], rule_of(optimizer), limits_of(optimizer)
