"""Eight nets for the clinic, drawn from a seed: some are healthy, most are not. To read on is to know which."""

from collections import namedtuple
from functools import cache

import keras
import numpy as np
from keras.initializers import Constant, GlorotUniform, HeNormal, RandomNormal

from helpers import checks, data

NETS = tuple("ABCDEFGH")
CURED = 0.75
"""The held-out accuracy from which on a net counts as cured: far from guessing in each of the tasks."""

Case = namedtuple("Case", "model X y new_X new_y epochs batch_size")
Case.__doc__ = "A compiled model, the data it is trained on, those held out, and how it is to be trained."


def net(name, seed=0):
    """A net of the clinic, untrained.

    Args:
        name: One of ``NETS``.
        seed: Integer from 0 to 2**32 - 1, from which its weights follow; the data are the same for all seeds.

    Returns:
        Case: ``model``, a compiled Keras model; ``X``, ``y``, ``new_X`` and ``new_y``, float64 arrays of shapes
        (n, inputs) and (n,); ``epochs`` and ``batch_size``, integers.

    Raises:
        TypeError: If ``seed`` is not an integer.
        ValueError: If there is no such net, or ``seed`` is out of range.

    Example:
        >>> case = net("A")
        >>> case.X.shape, case.epochs
        ((600, 64), 10)
    """
    _check(name)
    task, layers, optimizer, loss, epochs = _NETS[name][0](np.random.SeedSequence(checks.seed(seed)))
    arrays = [array.copy() for array in _TASKS[task]()]
    model = keras.Sequential([keras.Input(arrays[0].shape[1:]), *layers], name=f"net_{name}")
    model.compile(optimizer, loss, metrics=["accuracy"], jit_compile=False)
    return Case(model, *arrays, epochs, 40)


def faults(name):
    """What is wrong with a net of the clinic, by the names of ``helpers.diagnosis``: the key, to be read last.

    Args:
        name: One of ``NETS``.

    Returns:
        A tuple of names, empty for a healthy net.

    Raises:
        ValueError: If there is no such net.

    Example:
        >>> sum(not faults(name) for name in NETS)
        2
    """
    _check(name)
    return _NETS[name][1]


def train(model, case, seed=0):
    """Train a model as a case is to be trained, always in the same order of batches.

    Args:
        model: A compiled Keras model, which is trained in place.
        case: Case.
        seed: Integer from 0 to 2**32 - 1, from which the order follows.

    Returns:
        The share of the data held out that it gets right, 0 to 1.

    Raises:
        TypeError: If ``seed`` is not an integer.
        ValueError: If it is out of range.

    Example:
        >>> case = net("A")
        >>> train(case.model, case) > CURED
        True
    """
    keras.utils.set_random_seed(checks.seed(seed))
    model.jit_compile = False  # to compile a step by XLA takes longer than to train such a net
    if model.built and not model.optimizer.built:  # else ``fit`` traces its step twice: the first time makes variables
        model.optimizer.build(model.trainable_variables)
    model.fit(case.X, case.y, batch_size=case.batch_size, epochs=case.epochs, verbose=0)
    answer = keras.ops.convert_to_numpy(model(case.new_X, training=False))
    chosen = answer.argmax(axis=1) if answer.shape[1] > 1 else answer[:, 0] > 0.5
    return float(np.mean(chosen == case.new_y))


def _check(name):
    if name not in NETS:
        raise ValueError(f"name={name!r} is unknown; use one of {', '.join(NETS)}")


# The data -----------------------------------------------------------------------------------------


def _split(X, y, count):
    order = np.random.default_rng(23).permutation(len(X))
    X, y = X[order], y[order].astype(float)
    return X[:count], y[:count], X[count:], y[count:]


@cache
def _digits():
    X, y = data.digits()
    return _split(X[:1000], y[:1000], 600)


@cache
def _pixels():
    from sklearn.datasets import load_digits  # scikit-learn takes a second to import

    X, y = load_digits(return_X_y=True)
    return _split(X[:1000], y[:1000], 600)


@cache
def _rings():
    return _split(*data.circles(n_samples=800, seed=3), 400)


@cache
def _tumours():
    from sklearn.datasets import load_breast_cancer

    X, y = load_breast_cancer(return_X_y=True)
    return _split((X - X.mean(axis=0)) / X.std(axis=0), y, 400)


_TASKS = {"digits": _digits, "pixels": _pixels, "rings": _rings, "tumours": _tumours}


# The nets -----------------------------------------------------------------------------------------

_BINARY, _CLASSES = "binary_crossentropy", "sparse_categorical_crossentropy"


def _stack(seeds, widths, activation, initializer, last, biases=None):
    """Hidden layers and a last one of (units, activation); ``initializer`` makes an initialiser of a seed."""
    *own, end = (int(seed) for seed in seeds.generate_state(len(widths) + 1))
    biases = biases or [0.0] * len(widths)
    hidden = [
        keras.layers.Dense(
            units,
            activation,
            name=f"hidden_{k}",
            kernel_initializer=initializer(seed),
            bias_initializer=Constant(bias),
        )
        for k, (units, seed, bias) in enumerate(zip(widths, own, biases, strict=True), start=1)
    ]
    return [*hidden, keras.layers.Dense(*last, name="output", kernel_initializer=GlorotUniform(end))]


def _a(seeds):
    layers = _stack(seeds, [32, 32], "relu", HeNormal, (10, "softmax"))
    return "pixels", layers, keras.optimizers.Adam(0.002), _CLASSES, 10


def _b(seeds):
    layers = _stack(seeds, [16] * 7, "sigmoid", GlorotUniform, (1, "sigmoid"))
    return "tumours", layers, keras.optimizers.SGD(0.2), _BINARY, 15


def _c(seeds):
    layers = _stack(seeds, [32, 32], "relu", HeNormal, (10, "softmax"))
    return "digits", layers, keras.optimizers.SGD(5e-5), _CLASSES, 8


def _d(seeds):
    layers = _stack(seeds, [32] * 4, "relu", lambda seed: RandomNormal(stddev=0.01, seed=seed), (10, "softmax"))
    return "digits", layers, keras.optimizers.SGD(0.05), _CLASSES, 12


def _e(seeds):
    value = Constant(0.1 + 0.1 * seeds.generate_state(1)[0] / 2**32)
    layers = _stack(seeds, [16, 16], "tanh", lambda seed: value, (1, "sigmoid"))
    layers[-1].kernel_initializer = value
    return "rings", layers, keras.optimizers.Adam(0.02), _BINARY, 16


def _f(seeds):
    layers = _stack(seeds, [32, 32], "relu", HeNormal, (10, None), [0.0, -20.0])
    return "digits", layers, keras.optimizers.SGD(0.1), _CLASSES, 8


def _g(seeds):
    layers = _stack(seeds, [64], "relu", HeNormal, (1, "sigmoid"), [-6.0])
    return "tumours", layers, keras.optimizers.Adam(0.01), _BINARY, 10


def _h(seeds):
    layers = _stack(seeds, [32, 32], "relu", HeNormal, (10, "softmax"))
    return "digits", layers, keras.optimizers.SGD(3.0), _CLASSES, 8


_NETS = {
    "A": (_a, ()),
    "B": (_b, ("vanishing_gradient",)),
    "C": (_c, ("learning_rate_too_small",)),
    "D": (_d, ("bad_initialisation",)),
    "E": (_e, ("no_symmetry_breaking",)),
    "F": (_f, ("dead_units", "wrong_output_or_loss")),
    "G": (_g, ()),
    "H": (_h, ("learning_rate_too_large",)),
}
