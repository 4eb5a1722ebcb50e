import keras
import numpy as np
import pytest

from helpers import models
from helpers.recording import weights_by_layer

layers = keras.layers


def dense(name, units=3):
    return layers.Dense(units, name=name)


def row(*parts, shape=(3,), name=None):
    return keras.Sequential([keras.Input(shape), *parts], name=name)


def functional(*parts, shape=(3,), name=None):
    inputs = h = keras.Input(shape)
    for part in parts:
        h = part(h)
    return keras.Model(inputs, h, name=name)


def called(model, shape=(3,)):
    model(np.zeros((1, *shape)))
    return model


class InContainers(keras.Model):
    def __init__(self):
        super().__init__(name="containers")
        self.listed = [dense("first"), dense("second")]
        self.by_name = {"x": dense("third")}

    def call(self, x):
        for layer in self.listed:
            x = layer(x)
        return self.by_name["x"](x)


class OwnKernel(keras.Model):
    def __init__(self, name="own", inner="head"):
        super().__init__(name=name)
        self.kernel = self.add_weight(shape=(3, 3), name="kernel")
        self.inner = dense(inner)

    def call(self, x):
        return self.inner(x @ self.kernel)


class OnlyOwn(keras.Model):
    def __init__(self):
        super().__init__(name="own")
        self.kernel = self.add_weight(shape=(3, 3), name="kernel")

    def call(self, x):
        return x @ self.kernel


class Block(layers.Layer):
    """Two layers and a kernel of its own."""

    def __init__(self, name):
        super().__init__(name=name)
        self.first, self.second = dense("first"), dense("second")
        self.kernel = self.add_weight(shape=(3, 3), name="kernel")

    def call(self, x):
        return self.second(self.first(x)) @ self.kernel


class Tied(layers.Layer):
    """Uses the kernel of another layer, turned."""

    def __init__(self, other):
        super().__init__(name="tied")
        self.other = other

    def call(self, x):
        return x @ keras.ops.transpose(self.other.kernel)


class OneName(keras.Model):
    def __init__(self):
        super().__init__(name="one_name")
        self.a, self.b = dense("dense"), dense("dense")

    def call(self, x):
        return self.b(self.a(x))


def shared_by_two_models():
    once = dense("once")
    return row(row(once, dense("x"), name="a"), row(once, dense("x"), name="b"))


def tied():
    first = dense("first", 4)
    return row(first, Tied(first), dense("head"))


def attention():
    inputs = keras.Input((4, 3))
    attended = layers.MultiHeadAttention(2, 2, name="attention")(inputs, inputs)
    return keras.Model(inputs, dense("head")(attended))


def used_elsewhere_before():
    base = row(dense("a"), dense("b"), name="base")
    row(base, dense("other"), name="earlier")
    return row(base, dense("head"), name="later")


def at_two_places(make):
    twice = dense("twice")
    return make(twice, twice, dense("head"))


def bidirectional():
    return row(layers.Bidirectional(layers.LSTM(2, name="lstm"), name="both"), dense("head"), shape=(4, 3))


def distributed():
    base = row(dense("a"), dense("b"), name="base")
    return row(
        layers.TimeDistributed(dense("step"), name="one"), layers.TimeDistributed(base, name="two"), shape=(4, 3)
    )


def two_cells():
    return row(layers.RNN([layers.GRUCell(2, name="low"), layers.GRUCell(2, name="high")], name="rnn"), shape=(4, 3))


NAMES = {
    "nested": (lambda: row(row(dense("a"), dense("b"), name="base"), dense("head")), ["base/a", "base/b", "head"]),
    "nested, one part": (lambda: row(row(dense("a"), name="base"), dense("head")), ["base/a", "head"]),
    "nested functional": (lambda: row(functional(dense("a"), dense("b"), name="base")), ["base/a", "base/b"]),
    "deeply nested": (
        lambda: functional(row(row(dense("dense"), name="low"), dense("dense"), name="mid"), dense("dense")),
        ["mid/low/dense", "mid/dense", "dense"],
    ),
    "equal parts": (
        lambda: row(row(dense("x"), name="a"), row(dense("x"), name="b"), dense("x")),
        ["a/x", "b/x", "x"],
    ),
    "used elsewhere": (used_elsewhere_before, ["base/a", "base/b", "head"]),
    "attention": (
        attention,
        ["attention/query", "attention/key", "attention/value", "attention/attention_output", "head"],
    ),
    "bidirectional": (bidirectional, ["both/forward_lstm/lstm_cell", "both/backward_lstm/lstm_cell", "head"]),
    "time distributed": (distributed, ["one", "two/base/a", "two/base/b"]),
    "two places, functional": (lambda: at_two_places(functional), ["twice", "head"]),
    "two places, sequential": (lambda: at_two_places(row), ["twice", "head"]),
    "two models share": (shared_by_two_models, ["a/once", "a/x", "b/x"]),
    "tied": (tied, ["first", "head"]),
    "lists and dictionaries": (lambda: called(InContainers()), ["first", "second", "third"]),
    "subclassed in a row": (lambda: row(InContainers()), [f"containers/{n}" for n in ("first", "second", "third")]),
    "own": (lambda: called(OwnKernel()), ["head", "own"]),
    "own only": (lambda: called(OnlyOwn()), ["own"]),
    "own, in a row": (lambda: row(OwnKernel(), dense("head")), ["own/head", "own", "head"]),
    "layer of layers": (
        lambda: row(Block("one"), Block("two")),
        ["one", "one/first", "one/second", "two", "two/first", "two/second"],
    ),
    "unicode": (lambda: row(dense("größe 1"), dense("head")), ["größe 1", "head"]),
}


@pytest.mark.parametrize("case", NAMES)
def test_every_kernel_once_under_a_name_of_its_own(case):
    make, names = NAMES[case]
    model = make()
    found = weights_by_layer(model)
    assert sorted(found) == sorted(names)
    assert next(iter(found)) == names[0]
    kernels = [v for v in model.weights if v.name == "kernel"]
    assert sorted(map(id, found.values())) == sorted(map(id, kernels))


def test_two_cells_are_told_apart():
    names = list(weights_by_layer(two_cells(), "recurrent_kernel"))
    assert [name.rpartition("/")[2] for name in names] == ["low", "high"]


def test_a_name_leads_to_its_own_weight():
    base = row(dense("a", 4), dense("b", 5), name="base")
    found = weights_by_layer(row(base, dense("head", 6)))
    assert {name: v.shape[-1] for name, v in found.items()} == {"base/a": 4, "base/b": 5, "head": 6}
    assert found["base/b"] is base.layers[1].kernel
    both = bidirectional()
    forward = weights_by_layer(both)["both/forward_lstm/lstm_cell"]
    assert forward is both.layers[0].forward_layer.cell.kernel


@pytest.mark.parametrize(
    ("weight", "model", "names"),
    [
        ("recurrent_kernel", row(layers.LSTM(2, name="lstm"), dense("head"), shape=(4, 3)), ["lstm"]),
        ("bias", row(layers.GRU(2, name="gru"), dense("head"), shape=(4, 3)), ["gru", "head"]),
        ("depthwise_kernel", row(layers.SeparableConv1D(2, 2, name="separable"), shape=(4, 3)), ["separable"]),
        ("pointwise_kernel", row(layers.SeparableConv1D(2, 2, name="separable"), shape=(4, 3)), ["separable"]),
        ("kernel", row(layers.DepthwiseConv1D(2, name="depthwise"), shape=(4, 3)), ["depthwise"]),
        ("embeddings", row(layers.Embedding(5, 3, name="words"), dense("head"), shape=(4,)), ["words"]),
        ("gamma", row(row(dense("a"), layers.BatchNormalization(name="norm"), name="base")), ["base/norm"]),
        ("moving_mean", row(dense("a"), layers.BatchNormalization(name="norm")), ["norm"]),
    ],
)
def test_weights_of_other_names(weight, model, names):
    found = weights_by_layer(model, weight)
    assert list(found) == names
    assert {v.name for v in found.values()} == {weight}


def test_chosen_layers_and_their_parts():
    model = row(row(dense("a"), dense("b"), name="base"), dense("basement"), dense("head"))
    assert list(weights_by_layer(model, layers=["base"])) == ["base/a", "base/b"]  # and not basement
    assert list(weights_by_layer(model, layers=["head", "base/a"])) == ["base/a", "head"]
    model.layers[0].trainable = False
    assert list(weights_by_layer(model, layers=("base",))) == ["base/a", "base/b"]


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (called(OneName()), "more than one kernel in layers named 'dense'"),
        (called(OwnKernel(name="same", inner="same")), "more than one kernel in layers named 'same'"),
        (row(layers.Flatten()), "has no weights"),
        (keras.Sequential([dense("a")]), "has no weights yet"),
    ],
)
def test_what_cannot_be_named_is_refused(model, message):
    with pytest.raises(ValueError, match=message):
        weights_by_layer(model)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"weight": 3}, TypeError, "weight must be the name of a weight"),
        ({"weight": "kernal"}, ValueError, "weight='kernal'.*did you mean 'kernel'"),
        ({"layers": "a"}, TypeError, r"got the string 'a'; use \['a'\]"),
        ({"layers": 3}, TypeError, "layers must be a list of names.*got 3"),
        ({"layers": [3]}, TypeError, "layers must be a list of names"),
        ({"layers": (n for n in ["a"])}, TypeError, "layers must be a list of names"),
        ({"layers": []}, ValueError, "layers is empty"),
        ({"layers": ["base/c"]}, ValueError, "no layer named 'base/c' with a kernel; did you mean 'base/b'"),
    ],
)
def test_bad_arguments(arguments, error, message):
    with pytest.raises(error, match=message):
        weights_by_layer(row(row(dense("a"), dense("b"), name="base")), **arguments)


def test_a_weight_that_replicas_share_is_refused():
    hidden = layers.EinsumDense("bi,rio->bro", (3, 4), name="hidden")
    inputs = keras.Input((2,))
    model = models.Replicas(inputs, hidden(dense("common")(inputs)))
    with pytest.raises(ValueError, match="kernel of layer 'common' has shape \\(2, 3\\).*3 replicas"):
        weights_by_layer(model)
    assert list(weights_by_layer(model, layers=["hidden"])) == ["hidden"]
