"""Healthy nets of many shapes, and the same made sick by one seeded fault of seeded strength."""

from dataclasses import dataclass, field

import keras
import numpy as np
from sklearn import datasets

FAULTS = (
    "vanishing_gradient", "exploding_gradient", "dead_units", "saturation", "bad_initialisation",
    "learning_rate_too_large", "learning_rate_too_small", "wrong_output_or_loss", "unscaled_inputs",
    "missing_clipping", "non_finite_loss", "batch_norm_mode", "no_symmetry_breaking", "frozen_layers",
)  # fmt: skip
EPOCHS, BATCH = 20, 32
# the depths at which a fault can be felt; all others are drawn from 1 to 8
DEPTHS = {
    "vanishing_gradient": (7, 14), "exploding_gradient": (5, 11), "saturation": (3, 8), "bad_initialisation": (4, 10),
    "batch_norm_mode": (3, 8),
}  # fmt: skip


@dataclass
class Recipe:
    """All that a net is made of; a fault is a change of one entry or two."""

    X: np.ndarray
    y: np.ndarray
    kind: str
    family: str
    depth: int
    width: int
    activation: object
    optimizer: str
    rate: float
    seed: int
    normal: bool = False
    options: dict = field(default_factory=dict)
    kernel: object = None
    last_kernel: object = None
    bias: float = 0.0
    momentum: float = 0.9
    stretch: float = 1.0
    recurrent: float | None = None
    end: str = ""
    units: int = 1
    loss: str = ""
    trainable: str = "all"


def make(seed, fault=None, mended=False):
    """A compiled net and its data; all follows from the seed.

    Args:
        seed: Integer.
        fault: One of FAULTS, or None for any healthy net.
        mended: Whether to leave the fault out: the healthy twin.

    Returns:
        ``(model, X, y, kind)``; kind is "classes", "binary" or "values".
    """
    recipe = _recipe(np.random.default_rng(seed), seed, fault)
    if fault and not mended:
        _spoil(recipe, fault, np.random.default_rng([seed, 1]))
    keras.utils.set_random_seed(seed)
    return _built(recipe), recipe.X, recipe.y, recipe.kind


def trains(model, X, y, kind, truth=None, callbacks=()):
    """Train a net by ``fit`` and say whether it passes 60 % of the way from chance to no errors, or R2 of 0.5.

    Args:
        model: A compiled model.
        X: Inputs.
        y: Targets to train on.
        kind: As ``make`` gives it.
        truth: Targets to be judged by; None for y.
        callbacks: Given to ``fit``.
    """
    history = model.fit(X, y, batch_size=BATCH, epochs=EPOCHS, verbose=0, callbacks=list(callbacks))
    outputs, y = np.asarray(model(X, training=False)), y if truth is None else truth
    if not np.isfinite(history.history["loss"][-1]) or not np.isfinite(outputs).all():
        return False
    if kind == "values":
        return bool(1 - np.mean((outputs - y) ** 2) / np.var(y) >= 0.5)
    right = outputs.argmax(1) == y if kind == "classes" else (outputs > 0.5) == y
    shares = np.unique(y, return_counts=True)[1] / len(y)
    return bool(np.mean(right) >= shares.max() + 0.6 * (1 - shares.max()))


def _recipe(rng, seed, fault):
    free = fault not in ("missing_clipping", "batch_norm_mode", "vanishing_gradient", "exploding_gradient")
    kin = rng.random()
    family = "convolution" if free and kin < 0.12 else "recurrent" if free and kin < 0.2 else "dense"
    family = "recurrent" if fault == "missing_clipping" else family
    if fault in ("no_symmetry_breaking", "dead_units") and family == "recurrent":
        family = "dense"  # units of a gate do not die, and a recurrent kernel drawn anew breaks the symmetry
    X, y, kind = _data(rng, family)
    low, high = DEPTHS.get(fault, (1, 9))
    low, high = (low, high) if family == "dense" else (1, 4) if family == "convolution" else (1, 2)
    activation = str(rng.choice(["relu", "tanh", "elu", "selu"]))
    optimizer = str(rng.choice(["SGD", "Adam", "RMSprop"]))
    # momentum makes plain descent fast enough for the few epochs of the benchmark
    rate = {"SGD": 0.05, "Adam": 0.005, "RMSprop": 0.003}[optimizer] * float(rng.choice([0.5, 1.0]))
    normal = family == "dense" and (rng.random() < 0.2 or fault == "batch_norm_mode")
    recipe = Recipe(
        X, y, kind, family, int(rng.integers(low, high)), int(rng.choice([16, 32, 64])), activation, optimizer, rate,
        seed, normal,
    )  # fmt: skip
    recipe.options = {"momentum": 0.9} if optimizer == "SGD" else {}
    recipe.units = int(y.max()) + 1 if kind == "classes" else 1
    recipe.end = {"classes": "softmax", "binary": "sigmoid", "values": "linear"}[kind]
    recipe.loss = {"classes": "sparse_categorical_crossentropy", "binary": "binary_crossentropy", "values": "mse"}[kind]
    if fault in ("vanishing_gradient", "exploding_gradient", "bad_initialisation", "dead_units", "saturation"):
        recipe.normal = False  # which would mend it
    if fault == "dead_units" or fault == "bad_initialisation":
        recipe.activation = "relu"
    elif fault == "saturation":
        recipe.activation = "tanh"
    if family == "recurrent":
        recipe.activation, recipe.optimizer, recipe.rate, recipe.options = "tanh", "Adam", 0.02, {}
    if fault == "missing_clipping":
        recipe.recurrent = float(rng.uniform(1.05, 1.3))
        recipe.optimizer, recipe.rate = "SGD", float(rng.choice([0.01, 0.03]))
        recipe.options = {"clipnorm": 1.0}
    return recipe


def _spoil(recipe, fault, rng):
    """One fault; its strength is drawn, and ``trains`` says whether it is strong enough."""
    r = recipe

    def between(low, high):
        return float(np.exp(rng.uniform(np.log(low), np.log(high))))

    if fault == "vanishing_gradient":
        r.activation = str(rng.choice(["sigmoid", "sigmoid", "hard_sigmoid"]))
    elif fault == "exploding_gradient":
        r.activation = str(rng.choice(["exponential", "square", "stretched"]))
        if r.activation == "stretched":
            r.activation, r.stretch = "relu", between(4, 15)
        elif r.activation == "square":
            r.activation = keras.ops.square
    elif fault == "dead_units":
        r.bias = -between(5, 50)
    elif fault == "saturation":
        r.kernel = between(4, 40)
    elif fault == "bad_initialisation":
        size = between(0.02, 0.25) if rng.random() < 0.5 else between(4, 15)
        r.kernel = size * np.sqrt(2 / r.width)
    elif fault == "learning_rate_too_large":
        r.rate *= between(30, 3000)
    elif fault == "learning_rate_too_small":
        r.rate *= between(1e-4, 3e-3)
    elif fault == "unscaled_inputs":
        column = np.exp(rng.uniform(0, np.log(10), r.X.shape[-1]))  # no two columns in one unit
        r.X = ((r.X + rng.choice([0, 3])) * column * between(100, 1e5)).astype("float32")
    elif fault == "non_finite_loss":
        if r.kind == "values" and rng.random() < 0.4:
            r.y = r.y.copy()
            r.y[rng.integers(0, len(r.y), 3)] = np.nan
        else:
            r.X = r.X.copy()
            r.X.reshape(len(r.X), -1)[rng.integers(0, len(r.X), 4), 0] = rng.choice([np.nan, np.inf])
    elif fault == "no_symmetry_breaking":
        r.kernel = r.last_kernel = keras.initializers.Constant(float(rng.choice([0.0, 0.1, 0.5])))
    elif fault == "batch_norm_mode":
        r.momentum = float(rng.choice([0.9995, 0.9999]))
    elif fault == "missing_clipping":
        r.options = {}
    elif fault == "wrong_output_or_loss":
        _misfit(r, rng)
    elif fault == "frozen_layers":
        r.trainable = str(rng.choice(["none", "first", "last"]))


def _misfit(r, rng):
    if r.kind == "classes":
        how = str(rng.choice(["linear", "relu", "scaled labels"]))
        if how == "scaled labels":
            r.y = (r.y / 255).astype("float32")
        else:
            r.end = how
    elif r.kind == "binary":
        r.end = str(rng.choice(["softmax", "relu", "tanh"]))
    else:
        r.end = str(rng.choice(["relu", "sigmoid", "softmax"]))


def _built(r):
    flow = inputs = keras.Input(r.X.shape[1:])
    if r.family == "recurrent":
        if r.recurrent:
            start = keras.initializers.Identity(r.recurrent)
            flow = keras.layers.SimpleRNN(16, activation="relu", recurrent_initializer=start)(flow)
        else:
            flow = keras.layers.LSTM(16, bias_initializer=_bias(r, 0))(flow)
    else:
        for k in range(r.depth):
            if r.stretch != 1.0:
                flow = keras.layers.Rescaling(r.stretch)(flow)
            options = {"kernel_initializer": _kernel(r, k), "bias_initializer": _bias(r, k)}
            if r.family == "convolution":
                flow = keras.layers.Conv2D(min(r.width, 16), 3, padding="same", **options)(flow)
            else:
                flow = keras.layers.Dense(r.width, **options)(flow)
            if r.normal:
                flow = keras.layers.BatchNormalization(momentum=r.momentum)(flow)
            flow = keras.layers.Activation(r.activation)(flow)
        if r.family == "convolution":
            flow = keras.layers.Flatten()(keras.layers.MaxPooling2D()(flow))
    last = r.last_kernel or keras.initializers.GlorotUniform(r.seed)
    model = keras.Model(inputs, keras.layers.Dense(r.units, activation=r.end, kernel_initializer=last)(flow))
    weighty = [layer for layer in model.layers if layer.weights]
    for layer in {"all": [], "none": weighty, "first": weighty[1:], "last": weighty[:-1]}[r.trainable]:
        layer.trainable = False
    optimizer = getattr(keras.optimizers, r.optimizer)(learning_rate=r.rate, **r.options)
    model.compile(optimizer, loss=r.loss, jit_compile=False, steps_per_execution=-(-len(r.X) // BATCH))
    return model


def _kernel(r, k):
    if r.kernel is None:
        suits = {"relu": "HeNormal", "selu": "LecunNormal"}.get(r.activation, "GlorotUniform")
        return getattr(keras.initializers, suits)(seed=1000 * r.seed + k)
    return keras.initializers.RandomNormal(stddev=r.kernel, seed=r.seed + k) if np.isscalar(r.kernel) else r.kernel


def _bias(r, k):
    return keras.initializers.Constant(r.bias) if r.bias and k == r.depth // 2 else "zeros"


def _data(rng, family):
    if family == "recurrent":
        return _sequences(rng)
    name = "digits" if family == "convolution" else str(rng.choice(["digits", "moons", "wine", "cancer", "waves"]))
    if name == "digits":
        X, y = datasets.load_digits(return_X_y=True)
        X = (X[:400] / 16).astype("float32")
        return X.reshape(-1, 8, 8, 1) if family == "convolution" else X, y[:400], "classes"
    if name == "moons":
        X, y = datasets.make_moons(400, noise=0.15, random_state=int(rng.integers(100)))
        return X.astype("float32"), y[:, None].astype("float32"), "binary"
    if name == "waves":
        X = rng.uniform(-2, 2, (400, 2))
        return X.astype("float32"), (np.sin(X[:, :1]) + 0.5 * X[:, 1:]).astype("float32"), "values"
    X, y = (datasets.load_wine if name == "wine" else datasets.load_breast_cancer)(return_X_y=True)
    order = rng.permutation(len(X))[:400]
    X = ((X - X.mean(0)) / X.std(0)).astype("float32")[order]
    return (X, y[order], "classes") if name == "wine" else (X, y[order, None].astype("float32"), "binary")


def _sequences(rng):
    X = rng.normal(0.5, 1, (300, int(rng.choice([20, 40])), 3)).astype("float32")
    y = X[:, :, 0].mean(1, keepdims=True)
    return X, ((y - y.mean()) / y.std()).astype("float32"), "values"
