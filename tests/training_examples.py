"""Small nets, data and Keras's own training, for the tests of what people report of training elsewhere."""

import keras
import numpy as np

from helpers import data, training
from helpers.engine.batches import Batches
from helpers.models.replicas import row_of_layers

layers, losses, optimizers = keras.layers, keras.losses, keras.optimizers
X, Y = data.circles(24)
CLASSES = np.arange(24) % 3
SEQUENCES = np.random.default_rng(0).normal(size=(24, 5, 2))
TOKENS = np.random.default_rng(1).integers(0, 6, size=(24, 5))
SGD = lambda: optimizers.SGD(0.5)  # noqa: E731


def net(*inside, outputs=1, last="sigmoid", **of_first):
    first = layers.Dense(4, "tanh", name="first", **of_first)
    return keras.Sequential([keras.Input((2,)), first, *inside, layers.Dense(outputs, last, name="last")])


def twice(make):
    """The model that ``make`` makes, two times, with the same weights."""
    one, other = make(), make()
    other.set_weights(one.get_weights())
    return one, other


def train(model, X=X, y=Y, optimizer=None, **more):
    settings = {"epochs": 2, "batch_size": 24, "compiled": False, **more}
    return training.train_model(model, X, y, optimizer=optimizer, **settings)


def fit(model, optimizer, loss="binary_crossentropy", X=X, y=Y, epochs=2):
    """The loss before each epoch of Keras's own training, on one batch of all samples."""
    model.compile(optimizer, loss, run_eagerly=True)
    return model.fit(X, y, batch_size=24, shuffle=False, epochs=epochs, verbose=0).history["loss"]


def step(model, optimizer, loss="binary_crossentropy", X=X, y=Y, epochs=2, batch_size=24):
    """The losses of Keras's own steps, on the batches that ``train_model`` takes."""
    model.compile(optimizer, loss, run_eagerly=True)
    batches, found = Batches(24, batch_size, 0, apart=True), []
    for _ in range(epochs):
        rows, tail = batches.next_epoch()
        for batch in [*rows, tail] if tail is not None else rows:
            model.reset_metrics()
            found.append(model.train_on_batch(X[batch], y[batch]))
    return found


def same_weights(one, other, tolerance=1e-12):
    pairs = list(zip(one.get_weights(), other.get_weights(), strict=True))
    return all(np.allclose(a, b, rtol=tolerance, atol=tolerance) for a, b in pairs)


def assert_trains_as_keras(make, X=X, y=Y, optimizer=SGD, loss="binary_crossentropy", tolerance=1e-12, by=step):
    ours, theirs = twice(make)
    before = ours.get_weights()
    run = train(ours, X, y, optimizer(), loss=loss)
    assert np.allclose(run.loss[:-1], by(theirs, optimizer(), loss, X, y), rtol=tolerance)
    assert same_weights(ours, theirs, tolerance)
    assert any(np.abs(a - b).max() > 1e3 * tolerance for a, b in zip(before, ours.get_weights(), strict=True))


def replica_net(replicas=2, seed=7, **of_first):
    """Replicas of ``net``, and each of them as a single net with the same weights."""
    first = layers.EinsumDense(
        "bi,rio->bro", (replicas, 4), bias_axes="ro", activation="tanh", bias_initializer="ones", **of_first
    )
    last = layers.EinsumDense("bri,rio->bro", (replicas, 1), bias_axes="ro", activation="sigmoid")
    many = row_of_layers([keras.Input((2,)), first, last], "crowd", replicas)
    draw = np.random.default_rng(seed)
    many.set_weights([draw.normal(size=w.shape) for w in many.get_weights()])
    singles = [net(**of_first) for _ in range(replicas)]
    for r, single in enumerate(singles):
        single.set_weights([w[r] for w in many.get_weights()])
    return many, singles
