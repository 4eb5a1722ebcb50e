"""``training.train_model``: one net, or R replicas with ``python -m benchmarks.packaged R``."""

import sys
import time

import keras
import tf_keras.optimizers.legacy  # noqa: F401 loaded late by train_model

from benchmarks import BATCH, EPOCHS
from helpers import data, models, session, training


def train(replicas=None):
    """Train one net, or replicas of it, and return the TrainingRun."""
    X, y = data.circles()
    model = models.make_mlp("tanh", keras.initializers.RandomNormal(stddev=1.0), replicas=replicas)
    return training.train_model(model, X, y, epochs=EPOCHS, batch_size=BATCH, progress=False)


if __name__ == "__main__":
    session.start()
    replicas = int(sys.argv[1]) if len(sys.argv) > 1 else None
    start = time.perf_counter()
    train(replicas)
    print(time.perf_counter() - start)
