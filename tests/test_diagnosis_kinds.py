"""Any kind of model and data; the net is untouched; what cannot be diagnosed is refused by name."""

import random

import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf

from helpers.diagnosis import Report, diagnose

Dense, Input = keras.layers.Dense, keras.Input
X = np.random.default_rng(0).normal(size=(48, 4)).astype("float32")
Y = (X[:, 0] > 0).astype("float32")


def compiled(*layers, inputs=(4,), loss="binary_crossentropy"):
    model = keras.Sequential([Input(inputs), *layers])
    model.compile("adam", loss)
    return model


class Own(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden, self.end = Dense(4, "tanh"), Dense(1, "sigmoid")

    def call(self, x):
        return self.end(self.hidden(x))


class Odd(keras.layers.Layer):
    """A layer whose own part is never called."""

    def build(self, shape):
        self.scale = self.add_weight(shape=(shape[-1],), initializer="ones", name="scale")

    def call(self, x):
        return x * self.scale


def own():
    model = Own()
    model(X[:1])
    model.compile("adam", "binary_crossentropy")
    return model


def branched():
    inputs = Input((4,))
    hidden = Dense(4, "relu")(inputs)
    outputs = Dense(1, "sigmoid")(keras.layers.Concatenate()([hidden, inputs]))
    model = keras.Model(inputs, outputs)
    model.compile("rmsprop", "binary_crossentropy")
    return model


def convolution():
    layers = keras.layers.Conv1D(3, 2, activation="relu"), keras.layers.MaxPooling1D(), keras.layers.Flatten()
    return compiled(*layers, Dense(1, "sigmoid"), inputs=(4, 1))


def normalised():
    norms = keras.layers.LayerNormalization(), Dense(4, "relu"), keras.layers.BatchNormalization()
    return compiled(*norms, keras.layers.Dropout(0.5), Dense(1, "sigmoid"))


def embedding():
    return compiled(keras.layers.Embedding(5, 3), keras.layers.Flatten(), Dense(1, "sigmoid"))


def nested():
    return compiled(keras.Sequential([Input((4,)), Dense(4, "relu")]), Dense(1, "sigmoid"))


MODELS = {
    "branched": lambda: (branched(), X),
    "subclassed": lambda: (own(), X),
    "nested": lambda: (nested(), X),
    "of an own layer": lambda: (compiled(Odd(), Dense(1, "sigmoid")), X),
    "convolution": lambda: (convolution(), X[..., None]),
    "recurrent": lambda: (compiled(keras.layers.GRU(3), Dense(1, "sigmoid"), inputs=(4, 1)), X[..., None]),
    "embedding": lambda: (embedding(), (X > 0).astype("int32")),
    "dropout, norms": lambda: (normalised(), X),
}


@pytest.mark.parametrize("kind", MODELS)
def test_each_kind_of_model_is_looked_at_and_left_as_it_was(kind):
    model, inputs = MODELS[kind]()
    model.optimizer.build(model.trainable_variables)
    watched = [*model.variables, *model.optimizer.variables]
    before = [np.array(v.numpy()) for v in watched]
    attributes = [sorted(vars(layer)) for layer in model.layers]
    legacy = np.random.get_state()[1].copy()  # noqa: NPY002
    states = random.getstate(), legacy, tf.random.get_global_generator().state.numpy()
    report = diagnose(model, inputs, Y, epochs=2)
    assert isinstance(report, Report) and report.unseen == ()
    assert all(np.array(v.numpy()).tobytes() == old.tobytes() for v, old in zip(watched, before, strict=True))
    assert [sorted(vars(layer)) for layer in model.layers] == attributes
    assert random.getstate() == states[0]
    assert (np.random.get_state()[1] == states[1]).all()  # noqa: NPY002
    assert (tf.random.get_global_generator().state.numpy() == states[2]).all()


def test_two_diagnoses_are_the_same_and_the_net_still_trains():
    model = compiled(Dense(4, "relu"), Dense(1, "sigmoid"))
    assert str(diagnose(model, X, Y, epochs=2)) == str(diagnose(model, X, Y, epochs=2))
    model.fit(X, Y, verbose=0)


@pytest.mark.parametrize("size", [None, 16])
def test_a_dataset_says_the_same_as_arrays(size):
    data = tf.data.Dataset.from_tensor_slices((X, Y))
    model = compiled(Dense(4, "relu"), Dense(1, "sigmoid"))
    asked = diagnose(model, data.batch(size) if size else data, epochs=2)
    assert str(asked) == str(diagnose(model, X, Y, epochs=2, batch_size=size))


def test_a_dataset_with_batches_of_fixed_size_is_taken():
    data = tf.data.Dataset.from_tensor_slices((X, Y)).batch(16, drop_remainder=True)
    assert isinstance(diagnose(compiled(Dense(1, "sigmoid")), data, epochs=1), Report)


def test_pandas_is_taken():
    model = compiled(Dense(4, "relu"), Dense(1, "sigmoid"))
    asked = diagnose(model, pd.DataFrame(X), pd.Series(Y), epochs=2)
    assert str(asked) == str(diagnose(model, X, Y, epochs=2))


def test_a_schedule_and_clipping_are_taken():
    model = compiled(Dense(1, "sigmoid"))
    schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9)
    model.compile(keras.optimizers.SGD(schedule, momentum=0.9, clipnorm=1.0), "binary_crossentropy")
    assert isinstance(diagnose(model, X, Y, epochs=2), Report)


def two_inputs():
    a, b = Input((2,)), Input((2,))
    model = keras.Model([a, b], Dense(1)(keras.layers.Concatenate()([a, b])))
    model.compile("sgd", "mse")
    return model


def bare(built=True):
    model = keras.Sequential([Input((4,)), Dense(1)] if built else [Dense(1)])
    if not built:
        model.compile("sgd", "mse")
    return model


GOOD = compiled(Dense(1, "sigmoid"))
MANY = compiled(Dense(3, "softmax"), loss="categorical_crossentropy")


@pytest.mark.parametrize(
    ("error", "words", "arguments"),
    [
        (TypeError, "model must be a Keras model", (3, X, Y)),
        (ValueError, "model.compile", (bare(), X, Y)),
        (ValueError, "is not built", (bare(False), X, Y)),
        (ValueError, "2 inputs", (two_inputs(), X, Y)),
        (ValueError, "at least one", (GOOD, X[:0], Y[:0])),
        (ValueError, "one target for each", (GOOD, X, Y[:5])),
        (ValueError, r"X must have shape \(n, 4\)", (GOOD, X[:, :3], Y)),
        (ValueError, r"y must have shape \(n, 1\)", (GOOD, X, np.ones((48, 2)))),
        (ValueError, "sparse_categorical_crossentropy", (MANY, X, Y)),
        (TypeError, "y must be an array of numbers", (GOOD, X, None)),
        (TypeError, "X must be an array of numbers", (GOOD, [["a"] * 4] * 48, Y)),
        (TypeError, "epochs must be an integer", (GOOD, X, Y, 1.5)),
        (ValueError, "batch_size must be an integer", (GOOD, X, Y, 1, 0)),
    ],
)
def test_bad_input_is_refused(error, words, arguments):
    with pytest.raises(error, match=words):
        diagnose(*arguments)


def test_an_empty_or_lonely_dataset_is_refused():
    pairs = tf.data.Dataset.from_tensor_slices((X, Y))
    with pytest.raises(ValueError, match="empty"):
        diagnose(GOOD, pairs.take(0).batch(4))
    with pytest.raises(ValueError, match="y must be None"):
        diagnose(GOOD, pairs, Y)
    with pytest.raises(ValueError, match="pairs"):
        diagnose(GOOD, tf.data.Dataset.from_tensor_slices(X))
