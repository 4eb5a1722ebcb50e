"""Train one net or R replicas at once, and keep what each layer's gradients were: the compiled epoch."""

import os
import warnings
from collections import namedtuple
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextvars import ContextVar
from dataclasses import dataclass, field
from threading import Event

import keras
import numpy as np
import tensorflow as tf
from tqdm.auto import tqdm

from helpers.batches import Batches
from helpers.checks import integer, suggestion
from helpers.epoch import RECORDS
from helpers.inputs import fit_data
from helpers.learner import Learner
from helpers.losses import accuracy, sample_losses
from helpers.optimizers import bind_optimizer
from helpers.recording import LayerHistory, replica_count, weights_by_layer

_Company = namedtuple("_Company", "stop epochs")  # an Event that ends the runs; a list that grows by each epoch
Evaluation = namedtuple("Evaluation", "loss accuracy")
Evaluation.__doc__ = "Mean loss and accuracy on a data set: floats, or arrays of shape (R,)."

_company = ContextVar("company", default=None)  # what the runs in the threads of train_each share


@dataclass(frozen=True)
class TrainingRun:
    """What a training left behind. T is epochs + 1, fewer if not every epoch was recorded or the run was cut short.

    Attributes:
        loss: Mean loss of the first batch of each recorded epoch, and of one more batch after the last
            epoch: shape (T,), or (T, R) with replicas.
        gradients: LayerHistory of every kernel's gradient on those batches; step e is the start of
            epoch e. ``gradients.steps`` (T,) says which epochs were recorded.
        recorded: What was asked for beside them, by name: LayerHistories, or arrays (T,) or (T, R).
        nonfinite: A NonFinite for each replica that left the finite numbers; empty if none did.
        interrupted: Whether the run was stopped by hand.
    """

    loss: np.ndarray
    gradients: LayerHistory
    recorded: dict = field(default_factory=dict)
    nonfinite: tuple = ()
    interrupted: bool = False

    def __getitem__(self, name):
        """What was recorded under ``name``."""
        if name not in self.recorded:
            have = ", ".join(repr(n) for n in self.recorded) or "nothing else"
            raise KeyError(f"{name!r} was not recorded (recorded: {have}); train with record=({name!r},)")
        return self.recorded[name]


def train_model(
    model,
    X,
    y,
    *,
    epochs=100,
    batch_size=32,
    optimizer=None,
    loss="binary_crossentropy",
    record=(),
    record_every=1,
    seed=0,
    watch=False,
    compiled=True,
    progress=True,
):
    """Train with a GradientTape loop that keeps gradients and loss at the first batch of each epoch.

    Every epoch visits the data once in a new order; all replicas see the same batches. The loss of a
    batch is averaged over its samples and summed over replicas, so each replica's gradient is its own.
    A replica whose loss or gradient stops being finite is frozen there; when none is left,
    training stops. Where and why is in ``nonfinite`` and in a RuntimeWarning. Ctrl-C (Jupyter's stop
    button) ends the run after the epoch under way and returns what there is.

    Args:
        model: A built Keras model; its weights are changed. Models of replicas are known by
            ``recording.replica_count``.
        X: Inputs, shape (n, ...) as the model takes them; finite.
        y: Targets, shape (n,) or (n, outputs); 0 or 1 for ``"binary_crossentropy"``, class
            numbers for ``"sparse_categorical_crossentropy"``.
        epochs: Number of epochs, at least 1.
        batch_size: Samples in a batch, 1 to n; the last batch of an epoch takes what is left.
        optimizer: None for the legacy RMSprop, or as for ``optimizers.bind_optimizer``. Its
            ``clipnorm`` or ``global_clipnorm`` clips each replica by its own norm.
        loss: A Keras name, function or Loss object.
        record: What to keep beside the kernels' gradients and the loss. Names among "weights",
            "biases" (at the start of each epoch and at the end), "bias_gradients", "updates"
            (what the first batch of an epoch changed in each kernel), "accuracy", "full_loss" (on
            all of X, arrays); and functions ``f(model, x, y)`` that return ``{layer: tensor}`` for
            the first batch, kept under the function's name; with replicas each tensor leads with R.
        record_every: Epochs between two records; loss and gradients too are kept at epochs 0, k, 2k, ...
            and at the end. A long run records less and is faster.
        seed: Integer from which the batches follow.
        watch: Look at every gradient from the first epoch on. Else the first epoch that is found to have left the
            finite numbers is repeated under watch and compiled anew for that: True is faster for a
            run that is expected to.
        compiled: Compile an epoch with XLA (where the platform has it) and ``tf.function``;
            False runs the same operations one by one.
        progress: Show a progress bar when the run takes more than two seconds.

    Returns:
        A TrainingRun.

    Raises:
        TypeError: If an argument has the wrong type.
        ValueError: If an argument is out of range, if X and y do not fit each other or the model,
            hold nan or inf, or if y holds other labels than the loss takes.

    Source:
        The loop is that of the "visualise the vanishing gradient problem" notebooks after Brownlee
        (2019), one ``tf.function`` for an epoch instead of a call for each batch.

    Example:
        >>> from helpers import data, models
        >>> X, y = data.circles()
        >>> run = train_model(models.make_mlp("tanh", "glorot_uniform", seed=0), X, y, epochs=2)
        >>> run.loss.shape, run.gradients["tanh1"].shape
        ((3,), (3, 2, 5))
    """
    epochs = integer("epochs", epochs)
    batch_size = integer("batch_size", batch_size)
    record_every = integer("record_every", record_every)
    weights_by_layer(model)  # refuses a model that is not built or has no kernels
    X, y = fit_data(model, X, y, loss)
    if batch_size > len(X):
        raise ValueError(f"batch_size must be at most {len(X)}, the number of samples, got {batch_size}")
    record = _check_record(record)
    bound = bind_optimizer(optimizer, model)
    mixes_samples = any(_mixes_samples(layer) for layer in model._flatten_layers())
    batches = Batches(len(X), batch_size, seed, apart=mixes_samples)
    learner = Learner(model, bound, loss, record, X, y, batches, compiled, watch)
    return _run(learner, epochs, record_every, model.name, progress)


def train_each(models, X, y, optimizers=None, **settings):
    """Train several models at once, one on each core: one compiled epoch keeps only one core busy.

    Ctrl-C, and an error in one run, end all of them after the epoch under way; models keep the weights they have
    reached.

    Args:
        models: ``{key: model}``, at least one, as for ``train_model``.
        X: Inputs, as for ``train_model``.
        y: Targets, as for ``train_model``.
        optimizers: None or a Keras name for all; or ``{key: optimizer}``, one of its own for each model.
        **settings: Further arguments of ``train_model``, the same for all; one progress bar counts the
            epochs of all models.

    Returns:
        ``{key: TrainingRun}``, in the order of ``models``, with the numbers ``train_model`` gives.

    Raises:
        KeyboardInterrupt: After Ctrl-C (Jupyter's stop button).
        TypeError: If ``optimizers`` is one instance, which several models cannot share.
        ValueError: If there is no model, or ``optimizers`` has other keys than ``models``.

    Example:
        >>> from helpers import data, models
        >>> nets = {a: models.make_mlp(a, "glorot_uniform", seed=0) for a in ("tanh", "relu")}
        >>> list(train_each(nets, *data.circles(), epochs=1))
        ['tanh', 'relu']
    """
    if not models:
        raise ValueError("models is empty; give {key: model}")
    if optimizers is None or isinstance(optimizers, str):
        optimizers = dict.fromkeys(models, optimizers)
    if not isinstance(optimizers, dict):
        raise TypeError(f"optimizers must be None, a name or {{key: optimizer}}, got {optimizers!r}")
    if optimizers.keys() != models.keys():
        raise ValueError(f"optimizers must have the keys of models, {list(models)}, got {list(optimizers)}")
    epochs = integer("epochs", settings.get("epochs", train_model.__kwdefaults__["epochs"]))
    bar = _bar(epochs * len(models), "all models", settings.pop("progress", True))
    company = _Company(Event(), [])

    def train(key):
        _company.set(company)
        return train_model(models[key], X, y, optimizer=optimizers[key], progress=False, **settings)

    with bar, ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        runs = {key: pool.submit(train, key) for key in models}
        waiting = set(runs.values())
        try:
            while waiting:
                finished, waiting = wait(waiting, timeout=0.5, return_when=FIRST_EXCEPTION)
                bar.update(len(company.epochs) - bar.n)
                for run in finished:
                    run.result()  # raises what the run raised
            return {key: run.result() for key, run in runs.items()}
        except BaseException:  # leaving waits for the threads: let them not train to the end first
            company.stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def evaluate(model, X, y, loss="binary_crossentropy"):
    """Mean loss and accuracy of one net or of each replica on a data set.

    Args:
        model: A built Keras model, single or of replicas.
        X: Inputs, shape (n, ...).
        y: Targets, as for ``train_model``.
        loss: As for ``train_model``.

    Returns:
        Evaluation(loss, accuracy): two floats, or two arrays of shape (R,). Accuracy is the share of
        samples on the right side of 0.5 (one output) or with the largest output in the right
        class (several); nan where y holds no classes.

    Raises:
        ValueError: As ``train_model``.

    Example:
        >>> from helpers import data, models
        >>> evaluate(models.make_mlp("tanh", "zeros"), *data.circles()).accuracy
        0.5
    """
    X, y = fit_data(model, X, y, loss)
    outputs, y = model(tf.constant(X), training=False), tf.constant(y)
    replicas = replica_count(model)
    mean_loss = tf.reduce_mean(sample_losses(loss, y, outputs, replicas), axis=0).numpy()
    right = accuracy(loss, y, outputs, replicas).numpy()
    return Evaluation(mean_loss, right) if replicas else Evaluation(float(mean_loss), float(right))


def _mixes_samples(layer):
    return isinstance(layer, keras.layers.BatchNormalization) or getattr(layer, "mixes_samples", False)


def _bar(epochs, name, progress):
    hidden = not progress or "TQDM_DISABLE" in os.environ  # in notebooks tqdm itself forgets the variable
    return tqdm(total=epochs, desc=name, unit="epoch", delay=2, leave=False, disable=hidden)


def _run(learner, epochs, record_every, name, progress):
    records, interrupted, company = {}, False, _company.get()
    bar = _bar(epochs, name, progress)
    try:
        for number in range(epochs):
            kept = learner.learn(number, number % record_every == 0)
            if kept is not None:
                records[number] = kept
            if not learner.alive:
                break
            bar.update()
            if company is not None:
                company.epochs.append(number)
                if company.stop.is_set():
                    interrupted = True
                    break
        else:
            records[epochs] = learner.look_once_more()
    except KeyboardInterrupt:
        if not records:
            raise
        interrupted = True
        warnings.warn(f"{name}: interrupted after {number} of {epochs} epochs", RuntimeWarning, stacklevel=3)
    finally:
        bar.close()
        learner.finish()
    failures = tuple(learner.failures.values())
    if failures:
        warnings.warn(f"{name}: {_describe(failures, learner.replicas)}", RuntimeWarning, stacklevel=3)
    return _as_run(records, learner.replicas, failures, interrupted)


def _describe(failures, replicas):
    first = min(failures, key=lambda f: (f.epoch, f.batch))
    who = "training stopped" if replicas is None else f"{len(failures)} of {replicas} replicas stopped, the first"
    place = f"the {first.what} of {'the output of ' if first.what == 'loss' else ''}layer {first.layer!r}"
    return f"{who} at epoch {first.epoch}, batch {first.batch}: {place} is not finite"


def _as_run(records, replicas, failures, interrupted):
    steps, records = np.array(list(records)), list(records.values())
    titles = {
        "gradients": "gradient",
        "weights": "weight",
        "biases": "bias",
        "bias_gradients": "bias gradient",
        "updates": "update",
    }
    recorded = {}
    for name in records[0]:
        values = [r[name] for r in records if name in r]  # there is no update after the last epoch
        if isinstance(values[0], dict):
            recorded[name] = LayerHistory.from_records(titles.get(name, name), steps[: len(values)], values, replicas)
        else:
            recorded[name] = np.stack(values)
    loss, gradients = recorded.pop("loss"), recorded.pop("gradients")
    return TrainingRun(loss, gradients, recorded, failures, interrupted)


def _check_record(record):
    if isinstance(record, str) or callable(record):
        record = (record,)
    for entry in record:
        if not callable(entry) and entry not in RECORDS:
            raise ValueError(
                f"record={entry!r} is unknown; {suggestion(entry, RECORDS)}, or a function of (model, x, y)"
            )
    return tuple(record)
