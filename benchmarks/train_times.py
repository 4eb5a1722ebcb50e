"""Times of ``train_model`` in one process: the first net, later ones, 1000 replicas, ten and a hundred blocks.

Prints a line of JSON: seconds by name, and the peak of memory in MB. It uses only what all versions have.
"""

import json
import resource
import statistics
import sys
import time

import keras
import tf_keras.optimizers.legacy  # noqa: F401 loaded late by train_model

from helpers import data, models, session, training


def seconds(make, X, y, **settings):
    """The time to train a model that is made before."""
    model = make()
    start = time.perf_counter()
    training.train_model(model, X, y, progress=False, **settings)
    return time.perf_counter() - start


def main():
    """Measure and print."""
    session.start()
    normal = keras.initializers.RandomNormal(stddev=1.0)
    circles, digits = data.circles(), tuple(part[:640] for part in data.digits())
    deep = {"loss": "sparse_categorical_crossentropy", "optimizer": "sgd", "epochs": 1}

    def mlp(seed, replicas=None):
        return seconds(lambda: models.make_mlp("tanh", normal, seed=seed, replicas=replicas), *circles, epochs=100)

    def blocks(depth):
        return seconds(lambda: models.make_deep_mlp("relu", "he_normal", depth=depth, seed=0), *digits, **deep)

    found = {"first net": mlp(0), "later net": statistics.median(mlp(k) for k in range(1, 8))}
    found |= {"10 blocks": blocks(10), "100 blocks": blocks(100), "1000 replicas": mlp(0, 1000)}
    scale = 2**20 if sys.platform == "darwin" else 2**10
    found["peak memory, MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / scale
    print(json.dumps(found))


if __name__ == "__main__":
    main()
