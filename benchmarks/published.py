"""The published experiments as they are written: six Keras fits and three eager gradient loops, one after the other."""

import time

import keras

from benchmarks import BATCH, EPOCHS, WIDTHS, eager_loop
from helpers import data, recording

FITS = (  # hidden widths, activation, kernels, optimiser, whether every epoch's weights are kept
    ((5,), "relu", "glorot_uniform", "adam", False),
    ((5,), "sigmoid", "glorot_uniform", "adam", False),
    ((5, 5, 5), "sigmoid", "glorot_uniform", "adam", False),
    *((WIDTHS[:-1], activation, "normal", "rmsprop", True) for activation in ("sigmoid", "tanh", "relu")),
)


def fit(hidden, activation, kernels, optimizer, keep):
    """Build a net, fit it and return its score on the training data."""
    X, y = data.circles()
    initializer = keras.initializers.RandomNormal(stddev=1.0) if kernels == "normal" else kernels
    model = keras.Sequential([keras.Input((2,))])
    for units in hidden:
        model.add(keras.layers.Dense(units, activation=activation, kernel_initializer=initializer))
    model.add(keras.layers.Dense(1, activation="sigmoid", kernel_initializer=initializer))
    model.compile(optimizer, "binary_crossentropy", metrics=["accuracy"])
    callbacks = [recording.WeightCapture()] if keep else []
    model.fit(X, y[:, None], epochs=EPOCHS, batch_size=BATCH, verbose=0, callbacks=callbacks)
    return model.evaluate(X, y[:, None], verbose=0)


def reproduce():
    """Run all nine, one after the other."""
    for settings in FITS:
        fit(*settings)
    for activation in ("sigmoid", "tanh", "relu"):
        eager_loop.train(activation)


if __name__ == "__main__":
    start = time.perf_counter()
    reproduce()
    print(time.perf_counter() - start)
