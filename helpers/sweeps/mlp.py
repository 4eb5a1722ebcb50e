"""What a sweep measures of one cell: replicas of a multilayer perceptron, trained."""

import re
import warnings
from contextlib import contextmanager, suppress

import keras
import numpy as np

from helpers import checks, models, training
from helpers.data import paired
from helpers.sweeps.together import Together


def train_mlp(
    X,
    y,
    *,
    replicas,
    seed=0,
    epochs=100,
    activation="tanh",
    initializer="glorot_uniform",
    depth=4,
    width=5,
    optimizer="legacy_rmsprop",
    learning_rate=0.001,
    batch_size=32,
):
    """Train replicas of one net and measure each at the start and at the end.

    Replica r of two cells with the same shapes starts from the same seeds and sees the same batches:
    cells are compared on equal draws.

    Args:
        X: Inputs, (n, features).
        y: Targets (n,): 0 or 1, or class numbers for more than two classes.
        replicas: R, at least 1.
        seed: Integer from 0 to 2**32 - 1 from which draws and batches follow.
        epochs: Number of epochs, at least 1.
        activation: Of the hidden layers.
        initializer: Of every kernel.
        depth: Number of hidden layers, 0 or more.
        width: Units in each, at least 1.
        optimizer: A Keras name, or ``"legacy_rmsprop"``, ``"legacy_sgd"``, ... for those of
            ``tf_keras.optimizers.legacy``.
        learning_rate: Of the optimiser, a number of 0 or more.
        batch_size: Samples in a batch, at least 1; no more than there are, if it is larger.

    Returns:
        ``{name: (R,) array}``: "accuracy" and "loss" on all of X at the end; "gradient_ratio_start" and
        "gradient_ratio_end", mean absolute gradient of the first kernel over that of the last hidden
        one, and nan where both are 0, as in a net whose gradients have died: medians pass over it, so count
        the nan; "dead", share of hidden units that give the same output for every sample; "nonfinite",
        whether the net left the finite numbers (then the rest is of its last finite weights). Of that
        there is no warning beside the column, in whichever thread or process the net is trained.

    Raises:
        TypeError: If an argument has the wrong type.
        ValueError: If an argument is out of its range or unknown, or X and y do not fit each other.
        KeyboardInterrupt: If the training was stopped by hand; a net trained in part is no result.

    Example:
        >>> from helpers import data
        >>> measured = train_mlp(*data.circles(100), replicas=3, epochs=1, depth=2)
        >>> sorted(measured)
        ['accuracy', 'dead', 'gradient_ratio_end', 'gradient_ratio_start', 'loss', 'nonfinite']
    """
    X, y = paired(X, y)
    if X.dtype.kind not in "biuf" or X.ndim != 2 or X.size == 0:
        raise TypeError(f"X must be an array of numbers of shape (n, features), got {X.dtype} of shape {X.shape}")
    if y.dtype.kind not in "biuf":
        raise TypeError(f"y must be an array of class numbers, shape (n,), got {y.dtype} of shape {y.shape}")
    replicas, seed = checks.integer("replicas", replicas), checks.seed(seed)
    epochs, batch_size = checks.integer("epochs", epochs), checks.integer("batch_size", batch_size)
    depth, width = checks.integer("depth", depth, minimum=0), checks.integer("width", width)
    optimizer = _optimizer(optimizer, checks.number("learning_rate", learning_rate, minimum=0))
    classes = len(np.unique(y))
    several = classes > 2
    model = models.make_mlp(
        activation,
        initializer,
        "layer",
        replicas=replicas,
        hidden=(width,) * depth,
        inputs=X.shape[1],
        outputs=classes if several else 1,
        output_activation="softmax" if several else "sigmoid",
        seed=seed,
    )
    loss = "sparse_categorical_crossentropy" if several else "binary_crossentropy"
    with _unwarned(), np.errstate(all="ignore"):  # what is not finite stands in the table
        run = training.train_model(
            model,
            X,
            y,
            epochs=epochs,
            batch_size=min(batch_size, len(X)),
            optimizer=optimizer,
            loss=loss,
            record_every=epochs,
            seed=seed,
            progress=False,
        )
    if run.interrupted:
        raise KeyboardInterrupt
    with np.errstate(all="ignore"):
        end = training.evaluate(model, X, y, loss)
        sizes = run.gradients.statistic("mean_abs")
        first, last = (sizes[run.gradients.names[k]] for k in (0, depth - 1))
        ratio = np.broadcast_to(first / last, (len(first), replicas))
        dead = _dead_share(model, X)
    lost = np.zeros(replicas, bool)
    lost[[failure.replica for failure in run.nonfinite]] = True
    return {
        "accuracy": end.accuracy,
        "loss": end.loss,
        "gradient_ratio_start": ratio[0],
        "gradient_ratio_end": ratio[-1],
        "dead": dead,
        "nonfinite": lost,
    }


@Together  # warnings.catch_warnings is not for threads
@contextmanager
def _unwarned():
    """Pass over train_model's warnings to this module, and no others."""
    here = rf"{re.escape(__name__)}$"
    warnings.filterwarnings("ignore", category=RuntimeWarning, module=here)
    own = next(entry for entry in warnings.filters if getattr(entry[3], "pattern", "") == here)
    try:
        yield
    finally:
        with suppress(ValueError):  # whoever changed the filters meanwhile may have put back others
            warnings.filters.remove(own)


def _dead_share(model, X):
    h, dead = keras.ops.convert_to_tensor(X), []
    for layer in model.layers[:-1]:
        h = layer(h)
        dead.append(np.ptp(h.numpy(), axis=0) == 0)  # (R, width)
    return np.mean(dead, axis=(0, 2)) if dead else np.zeros(model.output_shape[1])


def _optimizer(name, learning_rate):
    if not isinstance(name, str):
        raise TypeError(f"optimizer must be a name such as 'sgd' or 'legacy_rmsprop', got {name!r}")
    if name.startswith("legacy_"):
        from tf_keras.optimizers import legacy

        found = {f"legacy_{n.lower()}": getattr(legacy, n) for n in dir(legacy) if n[0].isupper() and n != "Optimizer"}
        return found[checks.one_of("optimizer", name, found)](learning_rate)
    try:
        found = keras.optimizers.get(name)
    except (ValueError, TypeError):  # TypeError: Keras has one that wraps another
        raise ValueError(f"optimizer={name!r} is unknown to Keras; use 'sgd', 'adam', 'legacy_rmsprop', ...") from None
    found.learning_rate = learning_rate
    return found
