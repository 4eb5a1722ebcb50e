import keras
import pytest

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


def test_the_argument_is_named():
    with pytest.raises(ValueError, match="output_activation='x'"):
        activations.resolve("x", "output_activation")
