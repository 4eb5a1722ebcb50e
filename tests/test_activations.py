import keras
import numpy as np
import pytest
import tensorflow as tf

from helpers import activations


def test_names_functions_and_none():
    assert activations.resolve("tanh") is keras.activations.tanh
    assert activations.resolve(abs) is abs
    assert activations.resolve(None)(3) == 3


@pytest.mark.parametrize(
    ("activation", "message"),
    [("tahn", "activation='tahn' is not a Keras activation; did you mean 'tanh'"), (3, "activation=3 is not")],
)
def test_unknown_activations(activation, message):
    with pytest.raises(ValueError, match=message):
        activations.resolve(activation)


@pytest.mark.parametrize("bad", ["", b"tanh", {}, [], True, keras.layers.ReLU, np.ones(2)])
def test_what_is_no_activation(bad):
    for look in (activations.resolve, lambda activation: activations.tried(activation, (2, 4), "float64")):
        with pytest.raises(ValueError, match="activation=.* is not a Keras activation"):
            look(bad)


def test_activations_that_keep_shape_and_precision():
    for activation in ("softmax", None, tf.round, keras.layers.LeakyReLU(), lambda z: z * tf.sigmoid(z)):
        assert activations.tried(activation, (2, 4), "float64") is not None
    assert activations.tried("tanh", [2, 4], "float32") is keras.activations.tanh


@pytest.mark.parametrize(
    ("activation", "what"),
    [
        ("glu", r"got float64 of shape \(2, 2\)"),
        ("threshold", "failed with TypeError"),
        (np.tanh, "failed with NotImplementedError"),
        (lambda z: tf.constant(np.tanh(z.numpy())), "failed with AttributeError"),
        (lambda z: 1.0, r"got float32 of shape \(\)"),
        (lambda z: None, "got None"),
        (lambda z: [z, z], "got"),
        (lambda z: tf.cast(z > 0, tf.float32), r"got float32 of shape \(2, 4\)"),
    ],
)
def test_functions_that_are_no_activations(activation, what):
    with pytest.raises(ValueError, match=rf"output=.* must make a tensor of float64 and shape \(2, 4\).*{what}"):
        activations.tried(activation, (2, 4), "float64", "output")


def test_the_argument_is_named():
    with pytest.raises(ValueError, match="output_activation='x'"):
        activations.resolve("x", "output_activation")
