"""Keras ``fit`` with WeightCapture: it keeps weights, for it never hands out gradients."""

import time

import keras

from benchmarks import BATCH, EPOCHS
from helpers import data, models, recording


def train():
    """Train one net and return the LayerHistory of its weights."""
    X, y = data.circles()
    model = models.make_mlp("tanh", keras.initializers.RandomNormal(stddev=1.0))
    model.compile(keras.optimizers.RMSprop(), "binary_crossentropy")
    capture = recording.WeightCapture()
    model.fit(X, y[:, None], epochs=EPOCHS, batch_size=BATCH, verbose=0, callbacks=[capture])
    return capture.history


if __name__ == "__main__":
    start = time.perf_counter()
    train()
    print(time.perf_counter() - start)
