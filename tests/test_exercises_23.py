import keras
import numpy as np
import pytest
from keras import activations

from helpers import mystery
from helpers.exercises.lesson_23 import CHECKS

RIGHT = {name: mystery.faults(name) or "healthy" for name in mystery.NETS}
RIGHT = {name: given[0] if len(given) == 1 else given for name, given in RIGHT.items()}


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"F": ("wrong_output_or_loss", "dead_units")},
        {"F": ["dead units", "Wrong output or loss"]},
        {"A": ("healthy",), "B": ["Vanishing-Gradient"]},
        {"Z": "not asked for"},
    ],
)
def test_each_way_to_name_the_faults_is_right(change):
    assert CHECKS["23.1"](RIGHT | change) is None


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        ("healthy", "dictionary"),
        ({"A": "healthy"}, '"A" to "H"'),
        (RIGHT | {"C": None}, "Net C: give"),
        (RIGHT | {"C": ("healthy", 3)}, "Net C: give"),
        (RIGHT | {"C": ()}, "Net C: give"),
        (RIGHT | {"C": "slow"}, "no name of a fault"),
        (RIGHT | {"C": ("healthy", "dead_units")}, "not both"),
        (RIGHT | {"A": "unscaled_inputs"}, "is it sick?"),
        (RIGHT | {"G": "dead_units"}, "is it sick?"),
        (RIGHT | {"B": "healthy"}, "near guessing"),
        (RIGHT | {"B": "saturation"}, "steepest"),
        (RIGHT | {"B": "learning_rate_too_small"}, "last kernel down"),
        (RIGHT | {"C": "vanishing_gradient"}, "as large as"),
        (RIGHT | {"C": "learning_rate_too_large"}, "one step"),
        (RIGHT | {"D": "vanishing_gradient"}, "small before it"),
        (RIGHT | {"D": "dead_units"}, "live on"),
        (RIGHT | {"E": "bad_initialisation"}, "column by column"),
        (RIGHT | {"F": "dead_units"}, "one fault of it"),
        (RIGHT | {"F": ("wrong_output_or_loss",)}, "one fault of it"),
        (RIGHT | {"F": ("dead_units", "saturation")}, "which units answer"),
        (RIGHT | {"H": "dead_units"}, "What kills them"),
        (RIGHT | {"H": ("learning_rate_too_large", "dead_units")}, "follows from another"),
        (RIGHT | {"H": "exploding_gradient"}, "What is made of it"),
    ],
)
def test_other_names_get_a_hint(answer, hint):
    assert hint in CHECKS["23.1"](answer)


def test_hints_do_not_tell_the_fault():
    for name in mystery.NETS:
        for given in ("healthy", "saturation", "non_finite_loss", "dead_units"):
            hint = CHECKS["23.1"](RIGHT | {name: given}) or ""
            for fault in mystery.faults(name):
                assert fault not in hint and fault.replace("_", " ") not in hint


def he(net, X):
    for k, layer in enumerate(net.layers[:-1]):
        layer.kernel.assign(keras.initializers.HeNormal(seed=k)(layer.kernel.shape))
    return net


def orthogonal(net, X):
    for k, layer in enumerate(net.layers[:-1]):
        layer.kernel.assign(keras.initializers.Orthogonal(seed=k)(layer.kernel.shape))
    return net


def rate(value):
    def mend(net, X):
        net.optimizer.learning_rate = value
        return net

    return mend


def relu(net, X):
    for layer in net.layers[:-1]:
        layer.activation = activations.relu
    return he(net, X)


def normalised(net, X):
    layers = [keras.Input((X.shape[1],))]
    for layer in net.layers[:-1]:
        layers += [layer, keras.layers.BatchNormalization(momentum=0.9)]
    model = keras.Sequential([*layers, net.layers[-1]])
    model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy")
    return model


def alive(net, X):
    for layer in net.layers[:-1]:
        layer.bias.assign(np.zeros(layer.units))
    return net


def softmax(net, X):
    net.layers[-1].activation = activations.softmax
    return net


def logits(net, X):
    net.compile(net.optimizer, keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return net


def both(net, X):
    return softmax(alive(net, X), X)


def tuned(net, X):
    net.compile(keras.optimizers.Adam(0.005), "sparse_categorical_crossentropy")
    return net


MENDED = {"B": relu, "C": rate(0.1), "D": he, "E": he, "F": both, "H": rate(0.1)}


def test_all_mended_is_right_and_says_by_how_much(capsys):
    assert CHECKS["23.2"](MENDED) is None
    told = capsys.readouterr().out
    assert told.startswith("Held-out accuracy: B cured 0.9") and told.count(" cured 0.") == 6


def test_other_remedies_cure_as_well(capsys):
    others = {"B": normalised, "C": tuned, "D": orthogonal, "E": orthogonal, "H": tuned}
    assert CHECKS["23.2"](others | {"F": lambda net, X: logits(alive(net, X), X)}) is None


def as_it_is(net, X):
    return net


def wider(net, X):
    model = keras.Sequential([keras.Input((X.shape[1],)), keras.layers.Dense(64, "relu"), net.layers[-1].__class__(10)])
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


def not_compiled(net, X):
    return keras.Sequential([keras.Input((X.shape[1],)), *net.layers])


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (he, "dictionary"),
        ({}, "dictionary"),
        ({"J": he}, "no net 'J'"),
        ({"C": 3}, "without calling"),
        ({"C": lambda net, X: None}, "return the mended net"),
        ({"C": lambda net, X: X}, "return the mended net"),
        ({"C": wider}, "same shapes"),
        ({"C": not_compiled}, "compile"),
        ({"C": as_it_is}, "C not cured 0.0"),
        ({"C": rate(0.1)}, "Go on"),
        ({"G": as_it_is}, "leave it alone"),
        ({"F": alive, "H": rate(0.1)}, "F not cured 0.1"),
    ],
)
def test_other_functions_get_a_hint(answer, hint, capsys):
    assert hint in CHECKS["23.2"](answer)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("pair", [(alive, softmax), [logits, alive]])
def test_either_order_of_the_two_is_right(pair, capsys):
    assert CHECKS["23.3"](pair) is None
    assert "first alone 0." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("pair", "hint"),
    [
        (alive, "two functions"),
        ((alive,), "two functions"),
        ((alive, None), "two functions"),
        ((both, alive), "first alone cures it"),
        ((alive, both), "second alone cures it"),
        ((alive, he), "still there after both"),
        ((alive, lambda net, X: None), "return the mended net"),
    ],
)
def test_other_pairs_get_a_hint(pair, hint, capsys):
    assert hint in CHECKS["23.3"](pair)
    assert capsys.readouterr().out == ""
