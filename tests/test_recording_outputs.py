import keras
import numpy as np
import pytest
import tensorflow as tf

from helpers import models
from helpers.recording import dead_units, layer_outputs
from tests.test_recording_weights import InContainers, OneName, OnlyOwn, called, dense, functional, row

layers = keras.layers
RNG = np.random.default_rng(0)
X = RNG.normal(size=(6, 3))


def shapes(found):
    return {name: values.shape for name, values in found.items()}


# --- layer_outputs -------------------------------------------------------------------------------


def test_outputs_are_those_of_the_formula():
    base = row(layers.Dense(4, "relu", name="a"), layers.Dense(2, "tanh", name="b"), name="base")
    model = row(base, dense("head", 1))
    first, second, third = (layer.get_weights() for layer in (*base.layers, model.layers[1]))
    a = np.maximum(X @ first[0] + first[1], 0)
    b = np.tanh(a @ second[0] + second[1])
    found = layer_outputs(model, X)
    assert list(found) == ["base/a", "base/b", "head"]
    for name, values in zip(found, (a, b, b @ third[0] + third[1]), strict=True):
        assert isinstance(found[name], np.ndarray)
        assert np.allclose(found[name], values, rtol=1e-12)


def skip():
    inputs = keras.Input((3,))
    once = dense("once")
    h = once(once(inputs))
    return keras.Model(inputs, layers.Add(name="add")([inputs, row(dense("a"), name="base")(h)]))


def used_elsewhere():
    base = functional(dense("a"), dense("b"), name="base")
    functional(dense("first"), base)  # base has been called in another model
    return functional(base, dense("head"))


def siamese():
    base = row(dense("a"), name="base")
    left, right = keras.Input((3,), name="left"), keras.Input((3,), name="right")
    return keras.Model([left, right], layers.Subtract(name="minus")([base(left), base(right)]))


def with_state():
    inputs = keras.Input((4, 3))
    _, h, _ = layers.LSTM(2, return_state=True, name="lstm")(inputs)
    return keras.Model(inputs, dense("head")(h))


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__(name="subclassed")
        self.base, self.head = row(dense("a"), dense("b"), name="base"), dense("head")

    def call(self, x):
        return x + self.head(self.base(x))


@pytest.mark.parametrize(
    ("model", "names"),
    [
        (
            row(row(dense("a"), functional(dense("b"), name="low"), name="base"), dense("head")),
            "base/a base/low/b head",
        ),
        (used_elsewhere(), "base/a base/b head"),
        (called(Subclassed()), "base/a base/b head"),
        (
            row(Subclassed(), dense("last")),
            "subclassed/base/a subclassed/base/b subclassed/head subclassed last",
        ),
        (row(InContainers()), "containers/first containers/second containers/third containers"),
        (row(layers.Flatten(name="flat"), layers.Dropout(0.9, name="drop"), dense("head")), "flat drop head"),
    ],
)
def test_names_of_parts_and_the_output_of_the_last(model, names):
    found = layer_outputs(model, X)
    assert list(found) == names.split()
    if not isinstance(model, Subclassed):  # which adds to what its last layer gives out
        assert np.array_equal(found[names.split()[-1]], model(X, training=False))


def test_a_layer_that_is_called_again_has_an_entry_for_each_call():
    model = skip()
    found = layer_outputs(model, X)
    assert list(found) == ["once", "once (2)", "base/a", "add"]
    once = model.get_layer("once")
    assert np.allclose(found["once"], once(X))
    assert np.allclose(found["once (2)"], once(once(X)))
    assert np.allclose(found["add"], X + found["base/a"])


def test_several_inputs_and_several_tensors():
    model = siamese()
    for pair in ((X, X + 1), [X, X + 1], {"left": X, "right": X + 1}):
        found = layer_outputs(model, pair)
        assert list(found) == ["base/a", "base/a (2)", "minus"]
        assert np.allclose(found["minus"], found["base/a"] - found["base/a (2)"])
    found = layer_outputs(with_state(), np.ones((5, 4, 3)))
    assert shapes(found) == {"lstm[0]": (5, 2), "lstm[1]": (5, 2), "lstm[2]": (5, 2), "head": (5, 3)}


def test_layers_of_layers_are_seen_as_a_whole():
    step = row(dense("a", 2), dense("b", 5), name="step")
    both = layers.Bidirectional(layers.GRU(2, return_sequences=True), name="both")
    model = row(both, layers.TimeDistributed(row(dense("a"), shape=(4,)), name="steps"), shape=(4, 3))
    assert shapes(layer_outputs(model, np.ones((6, 4, 3)))) == {"both": (6, 4, 4), "steps": (6, 4, 3)}
    assert shapes(layer_outputs(step, X)) == {"a": (6, 2), "b": (6, 5)}


def test_outputs_of_replicas_lead_with_samples_and_replicas():
    many = models.make_mlp("relu", "glorot_uniform", replicas=2, hidden=(4,), inputs=3, seed=0)
    found = layer_outputs(many, X)
    assert shapes(found) == {"relu1": (6, 2, 4), "relu2": (6, 2, 1)}
    for r in range(2):
        alone = layer_outputs(models.take_replica(many, r), X)
        assert all(np.allclose(found[name][:, r], values, rtol=1e-12) for name, values in alone.items())
    deep = models.make_deep_mlp("relu", "he_normal", depth=2, width=4, inputs=3, outputs=2, replicas=2, seed=0)
    assert shapes(layer_outputs(deep, X)) == {"relu1": (6, 2, 4), "relu_stack": (6, 2, 4), "relu_out": (6, 2, 2)}


class Noise(layers.Layer):
    """Random also in evaluation, and counts its calls."""

    def __init__(self, name):
        super().__init__(name=name)
        self.random = keras.random.SeedGenerator(1)
        self.calls = self.add_weight(shape=(), name="calls", trainable=False, initializer="zeros")

    def call(self, x):
        self.calls.assign_add(1.0)
        return x + keras.random.normal(keras.ops.shape(x), seed=self.random)


def test_nothing_in_the_model_changes():
    base = row(Noise("noise"), layers.BatchNormalization(name="norm"), layers.Dropout(0.5, seed=1, name="drop"))
    model = row(base, layers.Dense(3, "relu", activity_regularizer="l2"))
    model(X, training=True)  # averages and random states are no longer those of the start
    model.compile("adam", "mse")
    before = [v.numpy() for v in model.variables]
    attributes = [set(vars(layer)) for layer in (*model.layers, *base.layers)]
    config = model.get_config()
    found = [layer_outputs(model, X), layer_outputs(model, X)]
    dead_units(model, X)
    assert all(np.array_equal(a, v.numpy()) for a, v in zip(before, model.variables, strict=True))
    assert [set(vars(layer)) for layer in (*model.layers, *base.layers)] == attributes
    assert model.get_config() == config
    first, second = ([values for _, values in one.items()] for one in found)
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))
    assert np.array_equal(found[0][f"{base.name}/drop"], found[0][f"{base.name}/norm"])  # evaluation: nothing dropped


def test_a_failure_leaves_the_model_as_it_was():
    class Fails(layers.Layer):
        broken = False

        def call(self, x):
            if self.broken:
                raise RuntimeError("broken")
            return x

    model = row(dense("a"), Fails(name="fails"))
    attributes = [set(vars(layer)) for layer in model.layers]
    Fails.broken = True
    with pytest.raises(RuntimeError, match="broken"):
        layer_outputs(model, X)
    assert [set(vars(layer)) for layer in model.layers] == attributes


class InAGraph(keras.Model):
    def __init__(self):
        super().__init__(name="graph")
        self.inner = dense("inner")

    @tf.function
    def call(self, x):
        return self.inner(x)


def test_what_cannot_be_seen():
    assert list(layer_outputs(row(InAGraph(), dense("head")), X)) == ["graph", "head"]  # the outer output stands for it
    for model in (called(InAGraph()), called(OnlyOwn())):
        with pytest.raises(ValueError, match="has no layer whose output can be seen"):
            layer_outputs(model, X)
    with pytest.raises(ValueError, match="more than one layer named 'dense'"):
        layer_outputs(called(OneName()), X)
    with pytest.raises(ValueError, match="is not built"):
        layer_outputs(keras.Sequential([dense("a")]), X)


@pytest.mark.parametrize(
    ("model", "inputs", "error", "message"),
    [
        (row(dense("a")), X[:, :2], ValueError, r"X must have shape \(n, 3\) for model .*, got \(6, 2\)"),
        (row(dense("a")), X[:0], ValueError, "X must hold at least one sample"),
        (row(dense("a")), None, TypeError, "X must be an array of numbers, got NoneType"),
        (row(dense("a")), [[1], [1, 2]], TypeError, "X must be an array of numbers, got rows of unequal length"),
        (row(dense("a")), np.array([["a", "b", "c"]]), TypeError, "X must be an array of numbers, got ndarray of <U1"),
        (
            siamese(),
            {"x": X},
            ValueError,
            r"X must have the inputs of model .* as keys, \['left', 'right'\], got \['x'\]",
        ),
        (siamese(), X, ValueError, "X must hold 2 inputs for model .*, as a tuple, got 1"),
        (siamese(), (X, X[:, :1]), ValueError, r"X\[1\] must have shape \(n, 3\).*got \(6, 1\)"),
    ],
)
def test_inputs_that_do_not_fit(model, inputs, error, message):
    with pytest.raises(error, match=message):
        layer_outputs(model, inputs)


# --- dead_units ----------------------------------------------------------------------------------


def with_biases(layer, biases, kernel=1.0):
    """Every unit gets the sum of its inputs, and a bias that says from where on it is on."""
    weights = layer.get_weights()
    layer.set_weights([np.full(weights[0].shape, kernel), np.broadcast_to(biases, weights[1].shape)])


POINTS = np.array([[0.0], [0.5], [1.0]])


def test_units_that_are_off_by_construction_are_counted():
    model = row(layers.Dense(4, "relu", name="a"), layers.Dense(4, "tanh", name="b"), shape=(1,))
    model = row(*model.layers, layers.Dense(2, "relu", name="c"), shape=(1,))
    with_biases(model.layers[0], [0.5, -0.5, -1.0, -2.0])  # the third is zero at 1.0 exactly: never on
    with_biases(model.layers[2], [10.0, -10.0])
    assert dead_units(model, POINTS) == {"a": 0.5, "c": 0.5}
    assert dead_units(model, POINTS * 10) == {"a": 0.0, "c": 0.5}


def test_channels_of_convolutions():
    pictures = np.array([0.0, 1.0, 2.0])[:, None, None, None] * np.ones((3, 4, 4, 1))
    for wide in (layers.Conv2D, layers.SeparableConv2D):
        conv = wide(4, 2, activation="relu", name="conv")
        model = row(conv, shape=(4, 4, 1))
        conv.set_weights([np.ones(w.shape) for w in conv.get_weights()[:-1]] + [np.array([0.0, -5.0, -100.0, -100.0])])
        assert dead_units(model, pictures) == {"conv": 0.5}
    turned = row(layers.ReLU(name="relu"), shape=(4, 4, 2))
    one_channel = np.concatenate([pictures, -pictures], axis=-1)
    assert dead_units(turned, one_channel) == {"relu": 0.5}


def test_channels_that_come_first():
    class Conv(layers.Layer):
        """Stands for a convolution with its channels first, which TensorFlow has on graphics cards only."""

        data_format, activation = "channels_first", staticmethod(keras.activations.relu)

        def call(self, x):
            return self.activation(x)

    x = np.zeros((2, 3, 5))
    x[1, 0] = 1.0  # one of three channels ever changes
    assert dead_units(row(Conv(name="conv"), shape=(3, 5)), x) == {"conv": pytest.approx(2 / 3)}


def test_a_unit_of_a_sequence_is_dead_only_if_it_never_changes_at_any_step():
    x = np.zeros((2, 3, 2))
    x[1, 2, 0] = 1.0  # the last step of the first feature
    model = row(layers.TimeDistributed(layers.ReLU(), name="steps"), shape=(3, 2))
    assert dead_units(model, x) == {"steps": 0.5}


def test_shares_of_replicas():
    many = models.make_mlp("relu", "zeros", replicas=3, hidden=(4,), inputs=1)
    kernel, bias = np.ones((3, 1, 4)), np.array([[0.0] * 4, [-2.0, -2.0, 0.0, 0.0], [-2.0] * 4])
    many.layers[0].set_weights([kernel, bias])
    shares = dead_units(many, POINTS)
    assert list(shares) == ["relu1"]
    assert shares["relu1"].tolist() == [0.0, 0.5, 1.0]
    for r in range(3):
        assert dead_units(models.take_replica(many, r), POINTS) == {"relu1": shares["relu1"][r]}


def test_nan_has_no_share():
    many = models.make_mlp("relu", "ones", replicas=2, hidden=(4,), inputs=1)
    kernel = many.layers[0].kernel.numpy()
    kernel[1, 0, 0] = np.nan
    many.layers[0].kernel.assign(kernel)
    assert np.array_equal(dead_units(many, POINTS)["relu1"], [0.0, np.nan], equal_nan=True)
    assert np.isnan(dead_units(models.take_replica(many, 1), POINTS)["relu1"])


def clipped(x):
    return tf.clip_by_value(x, 0, 1)


@pytest.mark.parametrize("activation", ["relu", "relu6", "hard_sigmoid", "hard_tanh", "sparse_plus", clipped])
def test_activations_with_a_flat_part_are_looked_at(activation):
    model = row(layers.Dense(2, activation, name="a"), shape=(1,))
    with_biases(model.layers[0], [0.0, -50.0])
    assert dead_units(model, POINTS) == {"a": 0.5}


@pytest.mark.parametrize(
    "activation", ["tanh", "sigmoid", "elu", "selu", "leaky_relu", "gelu", "silu", "softmax", None]
)
def test_activations_without_one_are_not(activation):
    model = row(layers.Dense(2, activation, kernel_initializer="zeros"), shape=(1,))  # its outputs never change
    assert dead_units(model, POINTS) == {}


def test_layers_of_activations():
    parts = [layers.ReLU(name="a"), layers.ReLU(negative_slope=0.1), layers.Activation("relu", name="b")]
    model = row(*parts, layers.PReLU(), layers.LeakyReLU(), shape=(1,))
    assert list(dead_units(model, POINTS)) == ["a", "b"]


def test_blocks_that_add_to_their_input_are_no_relu():
    arguments = {"depth": 2, "width": 4, "inputs": 1, "outputs": 2, "seed": 0}
    plain = models.make_deep_mlp("relu", "zeros", **arguments)
    assert dead_units(plain, POINTS) == {"relu_stack": 1.0}
    residual = models.make_deep_mlp("relu", "zeros", block=models.Block(residual=True), **arguments)
    assert dead_units(residual, POINTS) == {}


def test_one_sample_tells_nothing():
    with pytest.raises(ValueError, match="X must hold at least two samples"):
        dead_units(row(layers.Dense(2, "relu")), X[:1])


def test_a_layer_that_replicas_share_has_no_share_of_its_own():
    inputs = keras.Input((3,))
    hidden = layers.Dense(5, "relu", name="common")(inputs)
    model = models.Replicas(inputs, layers.EinsumDense("bi,rio->bro", (2, 1))(hidden))
    with pytest.raises(ValueError, match=r"layer 'common' gives out \(6, 5\); the second axis must be its 2 replicas"):
        dead_units(model, X)
