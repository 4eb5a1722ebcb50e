"""Train one net or R replicas at once, and keep what each layer's gradients were.

``train_plainly`` is the loop as anyone would write it; ``train_model`` gives the same numbers and is many times
faster (``helpers.engine``).
"""

import os
import warnings
from collections import namedtuple
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from threading import Event

import numpy as np
import tensorflow as tf

from helpers import checks, engine
from helpers.engine import clip_gradients
from helpers.progress import progress_bar
from helpers.recording import TrainingRun, mode, replica_count, weights_by_layer

__all__ = ["Evaluation", "TrainingRun", "clip_gradients", "evaluate", "train_each", "train_model", "train_plainly"]

Evaluation = namedtuple("Evaluation", "loss accuracy")
Evaluation.__doc__ = "Mean loss and accuracy on a data set: floats, or arrays of shape (R,)."


def train_plainly(model, X, y, *, epochs=100, batch_size=32, optimizer=None, loss="binary_crossentropy", seed=0):
    """The plain loop: GradientTape, batch by batch, with gradients and loss kept at the first batch of each epoch.

    What ``train_model`` equals, for one net, written to be read: forty times slower. It scales no loss, as float16
    needs, and puts in no averages at the end.

    Args:
        model: A built Keras model of one net; its weights are changed.
        X: Inputs, (n, ...).
        y: Targets, as for ``train_model``.
        epochs: Number of epochs.
        batch_size: Samples in a batch; the last batch of an epoch takes what is left.
        optimizer: As for ``train_model``.
        loss: A Keras name, function or Loss object.
        seed: Integer from which the batches follow.

    Returns:
        ``(losses, gradients)``: an array (epochs + 1,), and ``{layer: array (epochs + 1, *shape)}`` of the kernels.

    Raises:
        TypeError: As ``train_model``.
        ValueError: As ``train_model``, and if the model is one of replicas or the optimiser scales the loss.

    Example:
        >>> from helpers import data, models
        >>> losses, gradients = train_plainly(models.make_mlp("tanh", "zeros"), *data.circles(64), epochs=2)
        >>> losses.shape, gradients["tanh1"].shape
        ((3,), (3, 2, 5))
    """
    epochs, optimizer = checks.integer("epochs", epochs), engine.resolve_optimizer(optimizer)
    _refuse_if_not_plain(model, optimizer)
    X, y = engine.fit_data(model, X, y, loss)
    batches = engine.Batches(len(X), batch_size, seed, apart=True)
    weights = [v.value for v in model.trainable_variables]  # the tf.Variable in each keras.Variable
    kernels = {name: v.value for name, v in weights_by_layer(model).items() if any(v.value is w for w in weights)}
    losses, gradients = [], {name: [] for name in kernels}
    for epoch in range(epochs + 1):
        rows, tail = batches.next_epoch()
        for number, batch in enumerate([*rows, tail] if tail is not None else rows):
            with tf.GradientTape() as tape:
                outputs = model(X[batch], **mode(model, True))
                value = tf.reduce_mean(engine.sample_losses(loss, tf.constant(y[batch]), outputs))
                value += sum(model.losses)  # regularisation, if there is any
            slopes = [tf.convert_to_tensor(g) for g in tape.gradient(value, weights, unconnected_gradients="zero")]
            if number == 0:
                losses.append(float(value))
                for name, kernel in kernels.items():
                    gradients[name].append(slopes[[w is kernel for w in weights].index(True)].numpy())
            if epoch == epochs:
                break  # one more batch was looked at; nothing is learnt from it
            optimizer.apply_gradients(zip(slopes, weights, strict=True))
            for weight in model.trainable_variables:
                if weight.constraint is not None:
                    weight.assign(weight.constraint(weight))
    return np.array(losses), {name: np.stack(values) for name, values in gradients.items()}


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
    compiled=True,
    progress=True,
    after_epoch=None,
):
    """Train with a GradientTape loop that keeps gradients and loss at the first batch of each epoch.

    Every epoch visits the data once in a new order; all replicas see the same batches. The loss of a
    batch is averaged over its samples and summed over replicas, so each replica's gradient is its own; what a model
    adds to it (regularisers, ``add_loss``) counts, and constraints hold. A replica that leaves the finite
    numbers stays as it was before; when none is left, training stops. Where and why is in ``nonfinite`` and in
    a RuntimeWarning. Ctrl-C (Jupyter's stop button) ends the run and returns what there is.

    Args:
        model: A built Keras model with one input and one output; its weights are changed. A model of replicas says
            how many in its attribute ``replicas``, as those of ``models.make_mlp(..., replicas=R)`` do.
        X: Inputs, shape (n, ...) as the model takes them; finite.
        y: Targets, shape (n,) or that of the outputs; 0 or 1 for ``"binary_crossentropy"``, class
            numbers for ``"sparse_categorical_crossentropy"``.
        epochs: Number of epochs, at least 1.
        batch_size: Samples in a batch, 1 to n; the last batch of an epoch takes what is left.
        optimizer: None for the legacy RMSprop with its defaults (learning rate 0.001, rho 0.9, epsilon 1e-7 outside
            the root, all but epsilon in float32); a name, meaning what Keras 3 means by it; a Keras 3 instance; or
            one from ``tf_keras.optimizers.legacy``. It goes on where it is. Its ``clipnorm`` or
            ``global_clipnorm`` clips each replica by its own norm. SGD, RMSprop and Adam are fastest.
        loss: A Keras name, function or Loss object.
        record: What to keep beside the kernels' gradients and the loss. Names among "weights",
            "biases" (at the start of each epoch and at the end), "bias_gradients", "updates"
            (what the first batch of an epoch changed in each kernel), "accuracy", "full_loss" (on
            all of X, arrays); for a weight of another name w "w", "w_gradients" and "w_updates", such as
            "recurrent_kernel_gradients"; and functions ``f(model, x, y)`` that return ``{layer: tensor}`` for
            the first batch, the same layers and shapes at each epoch, kept under the function's name; with replicas
            each tensor leads with R. What a function changes in the model is undone.
        record_every: Epochs between two records; loss and gradients too are kept at epochs 0, k, 2k, ...
            and at the end. A long run records less and is faster.
        seed: Integer from which the batches follow.
        compiled: Compile an epoch with XLA (where the platform has it) and ``tf.function``;
            False runs the same operations one by one (dropout then draws other numbers).
        progress: Show a progress bar when the run takes more than two seconds.
        after_epoch: A function without arguments, called after each epoch; where it returns True, the run ends as if
            stopped by hand. It may look at the model and the optimiser as they stand, and change weights and the
            learning rate.

    Returns:
        A TrainingRun.

    Raises:
        TypeError: If an argument has the wrong type.
        ValueError: If an argument is out of range, if X and y do not fit each other or the model,
            hold nan or inf, if y holds other labels than the loss takes, if the loss gives a sample more or less
            than one number, if the optimiser would mix replicas, or if the model cannot be trained so: several inputs
            or outputs, nothing to train, a ``train_step`` of its own, a state or a mask that outlives a batch or the
            model.

    Source:
        The loop is that of "Visualizing the vanishing gradient problem" (Tam, 2021), one ``tf.function`` for an epoch
        instead of a call for each batch.

    Example:
        >>> from helpers import data, models
        >>> X, y = data.circles()
        >>> run = train_model(models.make_mlp("tanh", "glorot_uniform", seed=0), X, y, epochs=2)
        >>> run.loss.shape, run.gradients["tanh1"].shape
        ((3,), (3, 2, 5))
    """
    epochs = checks.integer("epochs", epochs)
    record_every = checks.integer("record_every", record_every)
    for name, value in (("compiled", compiled), ("progress", progress)):
        checks.one_of(name, value, (True, False))
    if after_epoch is not None:
        checks.function("after_epoch", after_epoch)
    ended = []

    def asked():
        ended.append(bool(after_epoch()))
        return ended[-1]

    with progress_bar(epochs, getattr(model, "name", "model"), "epoch", shown=progress) as bar:
        settings = engine.Settings(epochs, batch_size, optimizer, loss, record, record_every, seed, compiled)
        run = engine.train(model, X, y, settings, bar.update, None if after_epoch is None else asked)
    if run.interrupted and not any(ended):
        told = (
            f"interrupted after {len(run.gradients)} records, the last of epoch {run.gradients.steps[-1]} of {epochs}"
        )
        warnings.warn(f"{model.name}: {told}", RuntimeWarning, stacklevel=2)
    if run.nonfinite:
        warnings.warn(f"{model.name}: {_describe(run.nonfinite, replica_count(model))}", RuntimeWarning, stacklevel=2)
    return run


def train_each(models, X, y, optimizers=None, *, epochs=100, progress=True, **settings):
    """Train several models at once, one on each core: one compiled epoch keeps only one core busy.

    Ctrl-C, and an error in one run, end all of them after the epoch under way; models keep the weights they have
    reached.

    Args:
        models: ``{key: model}``, at least one, as for ``train_model``.
        X: Inputs, as for ``train_model``.
        y: Targets, as for ``train_model``.
        optimizers: None or a Keras name for all; or ``{key: optimizer}``, one of its own for each model.
        epochs: Number of epochs of each model.
        progress: Show one progress bar, which counts the epochs of all models.
        **settings: Further arguments of ``train_model``, the same for all.

    Returns:
        ``{key: TrainingRun}``, in the order of ``models``, with the numbers ``train_model`` gives.

    Raises:
        KeyboardInterrupt: After Ctrl-C (Jupyter's stop button).
        TypeError: If ``optimizers`` is one instance, which several models cannot share, or ``settings`` hold
            ``optimizer`` or ``after_epoch``.
        ValueError: If there is no model, two keys share a model, a weight or an optimiser, or ``optimizers`` has other
            keys than ``models``.

    Example:
        >>> from helpers import data, models
        >>> nets = {a: models.make_mlp(a, "glorot_uniform", seed=0) for a in ("tanh", "relu")}
        >>> list(train_each(nets, *data.circles(), epochs=1))
        ['tanh', 'relu']
    """
    if not isinstance(models, dict) or not models:
        raise ValueError(f"models must be {{key: model}} with at least one, got {models!r}")
    if optimizers is None or isinstance(optimizers, str):
        optimizers = dict.fromkeys(models, optimizers)
    if not isinstance(optimizers, dict):
        raise TypeError(f"optimizers must be None, a name or {{key: optimizer}}, got {optimizers!r}")
    if optimizers.keys() != models.keys():
        raise ValueError(f"optimizers must have the keys of models, {list(models)}, got {list(optimizers)}")
    if "optimizer" in settings:
        raise TypeError("optimizer is not for all models at once; optimizers={key: optimizer} gives each its own")
    if "after_epoch" in settings:
        raise TypeError("after_epoch is not for several models at once; call train_model for each")
    epochs = checks.integer("epochs", epochs)
    checks.one_of("progress", progress, (True, False))
    _refuse_shared("models", {key: getattr(model, "variables", [model]) for key, model in models.items()})
    _refuse_shared("optimizers", {k: [o] for k, o in optimizers.items() if o is not None and not isinstance(o, str)})
    watch = _Watch()

    def train(key):
        optimizer = optimizers[key]
        return train_model(
            models[key], X, y, epochs=epochs, optimizer=optimizer, progress=False, after_epoch=watch, **settings
        )

    bar = progress_bar(epochs * len(models), "all models", "epoch", shown=progress)
    with bar, ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        runs = {key: pool.submit(train, key) for key in models}
        waiting = set(runs.values())
        try:
            while waiting:
                finished, waiting = wait(waiting, timeout=0.5, return_when=FIRST_EXCEPTION)
                bar.update(len(watch.trained) - bar.n)
                for run in finished:
                    run.result()  # raises what the run raised
            return {key: run.result() for key, run in runs.items()}
        except BaseException:  # leaving waits for the threads: let them not train to the end first
            watch.stop.set()
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
        class (several); nan where y holds no classes, and where an output is nan. The loss has in it what the model
        adds (regularisation), as in ``model.evaluate``.

    Raises:
        ValueError: As ``train_model``.

    Example:
        >>> from helpers import data, models
        >>> evaluate(models.make_mlp("tanh", "zeros"), *data.circles()).accuracy
        0.5
    """
    X, y = engine.fit_data(model, X, y, loss)
    mean_loss, right = (value.numpy() for value in engine.evaluate(model, tf.constant(X), tf.constant(y), loss))
    return Evaluation(float(mean_loss), float(right)) if replica_count(model) is None else Evaluation(mean_loss, right)


class _Watch:
    """Counts the epochs of several models, and ends all of them at once."""

    def __init__(self):
        self.stop, self.trained = Event(), []

    def __call__(self):
        self.trained.append(True)
        return self.stop.is_set()


def _refuse_shared(name, parts):
    """Refuse ``{key: [part]}`` where two keys have a part in common: two threads would change it at once."""
    owners = {}
    for key, of_key in parts.items():
        for part in of_key:
            if owners.setdefault(id(part), key) != key:
                raise ValueError(
                    f"{name}: {owners[id(part)]!r} and {key!r} share {getattr(part, 'path', part)!r}; give each its own"
                )


def _refuse_if_not_plain(model, optimizer):
    engine.refuse_if_untrainable(model)
    engine.refuse_without_gradients(model)
    engine.refuse_if_used_elsewhere(optimizer, model)
    if replica_count(model) is not None:
        raise ValueError(f"model {model.name!r} has {replica_count(model)} replicas; train_plainly trains one net")
    if model.dtype_policy.name == "mixed_float16" or type(optimizer).__name__ == "LossScaleOptimizer":
        raise ValueError("optimizer: train_plainly scales no loss, as float16 needs; use train_model")


def _describe(failures, replicas):
    first = min(failures, key=lambda f: (f.epoch, f.batch))
    who = "training stopped" if replicas is None else f"{len(failures)} of {replicas} replicas stopped, the first"
    place = f"the {first.what} of {'the output of ' if first.what == 'loss' else ''}layer {first.layer!r}"
    return f"{who} at epoch {first.epoch}, batch {first.batch}: {place} is not finite"
