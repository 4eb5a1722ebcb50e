import keras
import numpy as np
import pytest
import tensorflow as tf

from helpers.recording import WeightCapture, weights_by_layer

layers = keras.layers
RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(32, 3)), np.arange(32) % 2  # four batches of 8


def net(*parts, shape=(3,), **settings):
    parts = parts or (layers.Dense(2, "tanh", name="base"),)
    model = keras.Sequential([keras.Input(shape), *parts, layers.Dense(1, "sigmoid", name="head")])
    model.compile("sgd", "binary_crossentropy", run_eagerly=not settings, **settings)  # nothing to compile: faster
    return model


def fit(model, capture, *more, x=X, y=Y, **settings):
    model.fit(x, y, batch_size=8, verbose=0, callbacks=[capture, *more], **settings)
    return capture.history


class ByHand(keras.callbacks.Callback):
    """Keeps the first layer's kernel at the same moments, by fit's own numbers."""

    def __init__(self):
        super().__init__()
        self.epochs, self.batches = {}, [None]

    def on_epoch_end(self, epoch, logs=None):
        self.epochs[epoch] = self.model.layers[0].kernel.numpy()

    def on_train_batch_end(self, batch, logs=None):
        self.batches.append(self.model.layers[0].kernel.numpy())


class Interrupt(keras.callbacks.Callback):
    def __init__(self, batches):
        super().__init__()
        self.left = batches

    def on_train_batch_end(self, batch, logs=None):
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt


# --- when: the numbers of steps ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fits", "steps"),
    [
        ([{"initial_epoch": 5, "epochs": 6}, {"initial_epoch": 10, "epochs": 11}], [4, 5, 10]),
        ([{"epochs": 2}, {"initial_epoch": 1, "epochs": 2}], [-1, 0, 1, 2]),
    ],
)
def test_a_second_fit_goes_on(fits, steps):
    model, capture, by_hand = net(), WeightCapture(), ByHand()
    kernels = [model.layers[0].kernel.numpy()]
    for settings in fits:
        history = fit(model, capture, by_hand, **settings)
        kernels += by_hand.epochs.values()
        by_hand.epochs.clear()
    assert history.steps.tolist() == steps
    assert np.array_equal(history["base"], kernels)


def test_every_third_batch_also_across_epochs_and_fits():
    model, capture, by_hand = net(), WeightCapture(every=3, unit="batch"), ByHand()
    by_hand.batches[0] = model.layers[0].kernel.numpy()
    fit(model, capture, by_hand, epochs=2)
    history = fit(model, capture, by_hand, epochs=1)
    assert history.steps.tolist() == [0, 3, 6, 9, 12]
    assert np.array_equal(history["base"], by_hand.batches[::3])


def test_batches_that_pass_two_at_once_are_all_counted():
    model, capture = net(steps_per_execution=2), WeightCapture(unit="batch")
    assert fit(model, capture, epochs=2).steps.tolist() == [0, 2, 4, 6, 8]
    assert int(model.optimizer.iterations) == 8
    every_third = WeightCapture(unit="batch", every=3)
    assert fit(model, every_third, epochs=2).steps.tolist() == [0, 4, 6]  # 3 passed unseen


def test_batches_that_cannot_be_counted_are_refused():
    with pytest.raises(ValueError, match="3 at once.*multiple of 3, got 4; compile with steps_per_execution=1"):
        fit(net(steps_per_execution=3), WeightCapture(unit="batch"))

    def pairs():
        yield from ((X[k : k + 8], Y[k : k + 8, None]) for k in range(0, 32, 8))

    stream = tf.data.Dataset.from_generator(pairs, output_signature=(tf.TensorSpec((8, 3)), tf.TensorSpec((8, 1))))
    with pytest.raises(ValueError, match="2 at once.*got None"):
        net(steps_per_execution=2).fit(stream, shuffle=False, verbose=0, callbacks=[WeightCapture(unit="batch")])


def test_beside_other_callbacks(tmp_path):
    model, capture = net(), WeightCapture()
    start = model.layers[0].kernel.numpy()
    stop = keras.callbacks.EarlyStopping("loss", patience=1, min_delta=10, restore_best_weights=True)
    best = keras.callbacks.ModelCheckpoint(tmp_path / "{epoch}.keras")
    assert fit(model, capture, stop, best, epochs=20).steps.tolist() == [-1, 0, 1]
    saved = [keras.models.load_model(tmp_path / f"{epoch}.keras").layers[0].kernel.numpy() for epoch in (1, 2)]
    assert np.array_equal(capture.history["base"], [start, *saved])
    assert np.array_equal(model.layers[0].kernel, saved[0])  # the best were put back, and the second fit starts there
    assert fit(model, capture, epochs=1).steps.tolist() == [-1, 0, 1, 2]


def test_an_interrupted_fit_leaves_what_was_seen():
    model, epochs, batches = net(), WeightCapture(), WeightCapture(unit="batch")
    with pytest.raises(KeyboardInterrupt):
        fit(model, epochs, batches, Interrupt(5), epochs=3)
    assert epochs.history.steps.tolist() == [-1, 0]
    assert batches.history.steps.tolist() == [0, 1, 2, 3, 4, 5]
    fit(model, epochs, batches, epochs=1)
    assert epochs.history.steps.tolist() == [-1, 0, 1]
    assert batches.history.steps.tolist() == [*range(10)]


# --- what: weights of all kinds -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("weight", "part", "shape"),
    [
        ("recurrent_kernel", lambda: layers.SimpleRNN(2, name="base"), (2, 3)),
        ("embeddings", lambda: layers.Embedding(5, 2, name="base"), (1,)),
        ("gamma", lambda: layers.BatchNormalization(name="base"), (3,)),
    ],
)
def test_weights_by_their_own_names(weight, part, shape):
    flat = [layers.Flatten()] if weight == "embeddings" else []
    model, capture = net(part(), *flat, shape=shape), WeightCapture(weight=weight)
    variable = weights_by_layer(model, weight)["base"]
    start = variable.numpy()
    x = RNG.integers(0, 5, size=(32, *shape)) if weight == "embeddings" else RNG.normal(size=(32, *shape))
    history = fit(model, capture, x=x, epochs=1)
    assert history.quantity == weight.replace("_", " ")
    assert history.names == ("base",)
    assert np.array_equal(history["base"], [start, variable.numpy()])
    assert not np.array_equal(start, variable.numpy())


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"every": 0}, ValueError, "every must be an integer of at least 1, got 0"),
        ({"every": 1.5}, TypeError, "every must be an integer"),
        ({"every": True}, TypeError, "every must be an integer"),
        ({"unit": "step"}, ValueError, "unit='step' is unknown; use one of 'epoch', 'batch'"),
        ({"weight": None}, TypeError, "weight must be the name of a weight"),
        ({"layers": 5}, TypeError, "layers must be a list of names, or None for all layers, got 5"),
        ({"layers": []}, ValueError, "layers is empty"),
    ],
)
def test_wrong_arguments_are_refused_before_training(arguments, error, message):
    with pytest.raises(error, match=message):
        WeightCapture(**arguments)
