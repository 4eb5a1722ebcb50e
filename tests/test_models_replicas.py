import copy
import pickle

import keras
import numpy as np
import pytest

from helpers import models, training
from helpers.recording import replica_count

RNG = np.random.default_rng(0)
Y = np.arange(12) % 2


def mlp():
    return models.make_mlp("tanh", "glorot_uniform", replicas=3, hidden=(4,), inputs=3, seed=0)


def deep():
    arguments = {"depth": 2, "width": 4, "inputs": 3, "outputs": 1, "output_activation": "sigmoid", "seed": 0}
    return models.make_deep_mlp("relu", "he_normal", replicas=3, block=models.Block("batch"), **arguments)


def rnn():
    return models.make_rnn("lstm", units=2, inputs=3, length=4, replicas=3, seed=0, dtype="float32")


def by_keras_file(model, folder):
    model.save(folder / "model.keras")
    return keras.models.load_model(folder / "model.keras")


def by_config(model, folder):
    return type(model).from_config(model.get_config())


def by_clone(model, folder):
    return keras.models.clone_model(model)


def by_clone_function(model, folder):
    return keras.models.clone_model(model, clone_function=lambda layer: type(layer).from_config(layer.get_config()))


def by_json(model, folder):
    return keras.models.model_from_json(model.to_json())


def by_pickle(model, folder):
    return pickle.loads(pickle.dumps(model))


def by_deepcopy(model, folder):
    return copy.deepcopy(model)


COPIES = [by_keras_file, by_config, by_clone, by_clone_function, by_json, by_pickle, by_deepcopy]


@pytest.mark.parametrize("make", [mlp, deep, rnn])
def test_every_copy_keeps_the_replicas_and_trains_to_the_same_numbers(make, tmp_path):
    model = make()
    x = RNG.normal(size=(12, *model.input_shape[1:]))
    copies = [copied(model, tmp_path) for copied in COPIES]
    settings = {"epochs": 1, "batch_size": 8, "loss": "mse", "compiled": False}
    for other in copies:
        assert (type(other), other.name, other.replicas) == (models.Replicas, model.name, 3)
        assert [layer.name for layer in other.layers] == [layer.name for layer in model.layers]
        assert [(w.shape, w.dtype) for w in other.weights] == [(w.shape, w.dtype) for w in model.weights]
        other.set_weights(model.get_weights())
    run = training.train_model(model, x, Y, **settings)
    assert run.gradients.replicas == 3
    for other in (copies[0], copies[3]):  # the others are made in the same ways
        assert training.train_model(other, x, Y, **settings) == run


def test_what_was_trained_is_what_is_loaded(tmp_path):
    model = mlp()
    training.train_model(model, RNG.normal(size=(12, 3)), Y, epochs=1, batch_size=12, compiled=False)
    loaded = by_keras_file(model, tmp_path)
    assert all(np.array_equal(a, b) for a, b in zip(model.get_weights(), loaded.get_weights(), strict=True))
    alone = models.take_replica(loaded, 2)
    assert replica_count(alone) is None
    assert np.array_equal(alone.layers[0].kernel, model.layers[0].kernel[2])


def test_a_model_of_ones_own_layers():
    inputs = keras.Input((3,))
    hidden = keras.layers.EinsumDense("bi,rio->bro", (5, 4), name="hidden")(inputs)
    model = models.Replicas(inputs, keras.layers.EinsumDense("bri,rio->bro", (5, 1), name="out")(hidden))
    assert replica_count(model) == 5
    assert [layer.name for layer in model.layers] == ["hidden", "out"]
    run = training.train_model(model, RNG.normal(size=(12, 3)), Y, epochs=1, batch_size=12, loss="mse", compiled=False)
    assert run.loss.shape == (2, 5)
