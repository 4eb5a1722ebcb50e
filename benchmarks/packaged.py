"""``training.train_model``: one net, or R replicas with ``python -m benchmarks.packaged R [models]``.

With a number of models the R replicas are spread over so many, which ``train_each`` trains at once.
"""

import sys
import time

import keras
import tf_keras.optimizers.legacy  # noqa: F401 loaded late by train_model

from benchmarks import BATCH, EPOCHS
from helpers import data, models, session, training


def train(replicas=None, parts=1):
    """Train one net, or replicas of it as one model or several."""
    X, y = data.circles()
    size = None if replicas is None else replicas // parts
    normal = keras.initializers.RandomNormal(stddev=1.0)
    nets = {k: models.make_mlp("tanh", normal, replicas=size, seed=k) for k in range(parts)}
    settings = {"epochs": EPOCHS, "batch_size": BATCH, "progress": False}
    if parts == 1:
        return training.train_model(nets[0], X, y, **settings)
    return training.train_each(nets, X, y, **settings)


if __name__ == "__main__":
    session.start()
    numbers = [int(argument) for argument in sys.argv[1:]]
    start = time.perf_counter()
    train(*numbers)
    print(time.perf_counter() - start)
