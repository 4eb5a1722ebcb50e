"""Healthy nets of many shapes, and the same made sick by one seeded fault."""

import keras
import numpy as np
from sklearn import datasets

FAULTS = (
    "vanishing_gradient", "exploding_gradient", "dead_units", "saturation", "bad_initialisation",
    "learning_rate_too_large", "learning_rate_too_small", "wrong_output_or_loss", "unscaled_inputs",
    "missing_clipping", "non_finite_loss", "batch_norm_mode", "no_symmetry_breaking", "frozen_layers",
)  # fmt: skip
EPOCHS, BATCH = 20, 32


def make(seed, fault=None):
    """A compiled net and its data; the recipe follows from the seed.

    Args:
        seed: Integer.
        fault: One of FAULTS, or None for a healthy net.

    Returns:
        ``(model, X, y, kind)``; kind is "classes", "binary" or "values".
    """
    rng = np.random.default_rng(seed)
    keras.utils.set_random_seed(seed)
    sequence = fault == "missing_clipping" or (fault is None and rng.random() < 0.1)
    X, y, kind = _sequences(rng) if sequence else _data(rng)
    depth, width = int(rng.integers(1, 7)), int(rng.choice([16, 32, 64]))
    activation = str(rng.choice(["relu", "tanh", "elu", "selu"]))
    optimizer = str(rng.choice(["SGD", "Adam", "RMSprop"]))
    # momentum makes plain descent fast enough for the few epochs of the benchmark
    rate = {"SGD": 0.05, "Adam": 0.005, "RMSprop": 0.003}[optimizer] * float(rng.choice([0.5, 1.0]))
    normal = fault == "batch_norm_mode" or (fault is None and rng.random() < 0.2)
    options, bias, kernel, between, frozen = {}, "zeros", None, {}, False
    classes = int(y.max()) + 1 if kind == "classes" else 1
    end = {"classes": "softmax", "binary": "sigmoid", "values": "linear"}[kind]
    loss = {"classes": "sparse_categorical_crossentropy", "binary": "binary_crossentropy", "values": "mse"}[kind]

    if fault == "vanishing_gradient":
        depth, activation = int(rng.integers(7, 13)), "sigmoid"
    elif fault == "exploding_gradient":
        activation, depth = "exponential", int(rng.integers(4, 9))
    elif fault == "dead_units":
        activation, bias = "relu", keras.initializers.Constant(-float(rng.choice([10, 30])))
    elif fault == "saturation":
        activation = str(rng.choice(["tanh", "sigmoid"]))
        kernel = keras.initializers.RandomNormal(stddev=float(rng.choice([10, 30])), seed=seed)
        depth = max(depth, 3)
    elif fault == "bad_initialisation":
        activation, depth = "relu", int(rng.integers(5, 9))
        between = {"std": float(rng.choice([0.05, 6.0])) * np.sqrt(2 / width)}
    elif fault == "learning_rate_too_large":
        rate *= {"SGD": 200, "Adam": 300, "RMSprop": 300}[optimizer]
    elif fault == "learning_rate_too_small":
        rate *= float(rng.choice([1e-3, 1e-4]))
    elif fault == "unscaled_inputs":
        X = (X * float(rng.choice([1e3, 1e4])) + float(rng.choice([0, 1e4]))).astype("float32")
        activation = "relu"
    elif fault == "non_finite_loss":
        X = X.copy()
        X.reshape(len(X), -1)[rng.integers(0, len(X), 4), 0] = np.nan
    elif fault == "no_symmetry_breaking":
        kernel = keras.initializers.Constant(float(rng.choice([0.0, 0.1, 0.5])))
        activation = "tanh"
    elif fault == "batch_norm_mode":
        depth = max(depth, 3)
    elif fault == "wrong_output_or_loss":
        end = {"classes": str(rng.choice(["linear", "relu"])), "binary": str(rng.choice(["softmax", "relu"])),
               "values": str(rng.choice(["relu", "sigmoid"]))}[kind]  # fmt: skip
        if kind == "classes" and rng.random() < 0.5:
            end, y = "softmax", (y / 255).astype("float32")
    elif fault == "frozen_layers":
        frozen = True

    if optimizer == "SGD":
        options = {"momentum": 0.9}
    flow = inputs = keras.Input(X.shape[1:])
    if sequence:
        sick = fault == "missing_clipping"
        layer = keras.layers.SimpleRNN if sick else keras.layers.LSTM
        more = {"activation": "relu", "recurrent_initializer": keras.initializers.Identity(1.1)} if sick else {}
        flow = layer(16, **more)(flow)
        optimizer, rate, options = ("SGD", 0.02, {}) if sick else ("Adam", 0.02, {})
    else:
        for k in range(depth):
            if between:
                first = keras.initializers.RandomNormal(stddev=between["std"], seed=seed + k)
            elif kernel is not None:
                first = kernel
            else:
                suits = {"relu": "HeNormal", "selu": "LecunNormal"}.get(activation, "GlorotUniform")
                first = getattr(keras.initializers, suits)(seed=1000 * seed + k)
            flow = keras.layers.Dense(
                width, kernel_initializer=first, bias_initializer=bias if k == depth // 2 else "zeros"
            )(flow)
            if normal:
                momentum = 0.9999 if fault == "batch_norm_mode" else 0.9
                flow = keras.layers.BatchNormalization(momentum=momentum)(flow)
            flow = keras.layers.Activation(activation)(flow)
    last = kernel if fault == "no_symmetry_breaking" else "glorot_uniform"
    outputs = keras.layers.Dense(classes, activation=end, kernel_initializer=last)(flow)
    model = keras.Model(inputs, outputs)
    if frozen:
        for layer in model.layers:
            layer.trainable = False
    model.compile(getattr(keras.optimizers, optimizer)(learning_rate=rate, **options), loss=loss, jit_compile=False)
    return model, X, y, kind


def trains(model, X, y, kind):
    """Train a net by ``fit`` and say whether it passes 60 % of the way from chance to no errors, or R2 of 0.5."""
    history = model.fit(X, y, batch_size=BATCH, epochs=EPOCHS, verbose=0)
    outputs = np.asarray(model(X, training=False))
    if not np.isfinite(history.history["loss"][-1]) or not np.isfinite(outputs).all():
        return False
    if kind == "values":
        return bool(1 - np.mean((outputs - y) ** 2) / np.var(y) >= 0.5)
    right = outputs.argmax(1) == y if kind == "classes" else (outputs > 0.5) == y
    shares = np.unique(y, return_counts=True)[1] / len(y)
    return bool(np.mean(right) >= shares.max() + 0.6 * (1 - shares.max()))


def _data(rng):
    name = str(rng.choice(["digits", "moons", "wine", "cancer", "waves"]))
    if name == "digits":
        X, y = datasets.load_digits(return_X_y=True)
        return (X[:400] / 16).astype("float32"), y[:400], "classes"
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
