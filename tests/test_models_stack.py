import dataclasses
import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

from helpers import data, models, signals, training
from helpers.models import Block, Stack
from helpers.models.stack import NORMALIZATIONS
from helpers.recording import replica_count, weights_by_layer

DEPTH, UNITS = 2, 5
RNG = np.random.default_rng(0)
X = RNG.normal(size=(9, UNITS))
FORMS = [
    pytest.param(norm, shortcut, id=f"{norm}-{'-'.join(shortcut) or 'plain'}")
    for norm, shortcut in itertools.product(NORMALIZATIONS, ({}, {"residual": True}, {"gated": True}))
]


def block_of(settings):
    """The Block of what belongs to one among settings, which lose it."""
    return Block(**{f.name: settings.pop(f.name) for f in dataclasses.fields(Block) if f.name in settings})


def stack(depth, activation, **settings):
    return Stack(depth, activation, block_of(settings), **settings)


def randomise(layer, seed=1):
    """Weights that no test can mistake for others; variances stay positive."""
    rng = np.random.default_rng(seed)
    layer.set_weights([rng.uniform(0.3, 1.2, size=w.shape) * rng.choice((-1, 1), w.shape) for w in layer.get_weights()])
    if hasattr(layer, "moving_variance"):
        layer.moving_variance.assign(np.abs(layer.moving_variance.numpy()))
    return layer


def unrolled(one, scale=1.0):
    """The same blocks from Keras's own layers, with the weights of a single stack."""
    x = h = keras.Input((UNITS,))
    for k in range(one.depth):
        dense = keras.layers.Dense(UNITS)
        norm = {
            None: keras.layers.Identity,
            "batch": keras.layers.BatchNormalization,
            "layer": lambda: keras.layers.LayerNormalization(epsilon=1e-3),
        }[one.block.normalization]()
        if one.block.gated:
            gate = keras.layers.Dense(UNITS, activation="sigmoid", name=f"gate{k}")
            new, open_ = keras.layers.Activation(one.activation)(norm(dense(h))), gate(h)
            kept = keras.layers.Multiply()([keras.layers.Rescaling(-1.0, offset=1.0)(open_), h])
            h = keras.layers.Add()([keras.layers.Multiply()([open_, new]), kept])
            gate.set_weights([one.gate_kernel[k], one.gate_bias[k]])
        elif one.block.residual:
            branch = dense(keras.layers.Activation(one.activation)(norm(h)))
            h = keras.layers.Add()([h, keras.layers.Rescaling(scale)(branch)])
        else:
            h = keras.layers.Activation(one.activation)(norm(dense(h)))
        dense.set_weights([one.kernel[k], one.bias[k]])
        if one.block.normalization == "layer":
            norm.set_weights([one.gamma[k], one.beta[k]])
        elif one.block.normalization == "batch":
            norm.set_weights([one.gamma[k], one.beta[k], one.moving_mean[k], one.moving_variance[k]])
    return keras.Model(x, h)


def weights_of(net, names, k=None):
    """Variables of the k-th layer that has such names, from an unrolled net."""
    of_gates, name = names.startswith("gate_"), names.removeprefix("gate_")
    layers = [layer for layer in net.layers if layer.name.startswith("gate") == of_gates]
    found = [v for layer in layers for v in layer.weights if v.name == name]
    return found if k is None else found[k]


@pytest.mark.parametrize(("norm", "shortcut"), FORMS)
def test_equals_blocks_of_keras_layers(norm, shortcut):
    scale = 0.5 if "residual" in shortcut else 1.0  # exact in float32, in which Rescaling keeps it
    one = stack(DEPTH, "tanh", normalization=norm, residual_scale=scale, **shortcut)
    one.build((None, UNITS))
    randomise(one)
    net = unrolled(one, scale)
    factors = RNG.normal(size=X.shape)
    for training_mode in (False, True):  # in this order: training moves the averages
        found = []
        for model, variables in (
            (one, {v.name: v for v in one.trainable_variables}),
            (net, {n: weights_of(net, n) for n in ("kernel", "bias", "gate_kernel", "gate_bias", "gamma", "beta")}),
        ):
            x = tf.constant(X)
            with tf.GradientTape() as tape:
                tape.watch(x)
                out = model(x, training=training_mode)
                total = tf.reduce_sum(out * factors)
            gradients = tape.gradient(total, {"x": x, **variables}, unconnected_gradients="zero")
            found.append((out, gradients))
        (out, gradients), (expected, expected_gradients) = found
        assert np.allclose(out, expected, rtol=0, atol=1e-10)
        assert np.allclose(gradients["x"], expected_gradients["x"], rtol=0, atol=1e-10)
        for name in [v.name for v in one.trainable_variables]:
            assert np.allclose(gradients[name], np.stack(expected_gradients[name]), rtol=0, atol=1e-10), name


def test_moving_averages_are_keras_s():
    one = stack(DEPTH, "relu", normalization="batch")
    one.build((None, UNITS))
    randomise(one)
    net = unrolled(one)
    before = one.moving_mean.numpy()
    for _ in range(4):
        x = RNG.normal(size=(7, UNITS))
        one(x, training=True)
        net(x, training=True)
    one(x, training=False)
    assert not np.allclose(one.moving_mean, before)
    for name in ("moving_mean", "moving_variance"):
        assert np.allclose(getattr(one, name), np.stack(weights_of(net, name)), rtol=0, atol=1e-12)
    one.trainable = False  # as Keras's: frozen, it takes the averages and leaves them alone
    before = one.moving_mean.numpy()
    assert np.array_equal(one(x, training=True), one(x, training=False))
    assert np.array_equal(before, one.moving_mean)


@pytest.mark.parametrize(("norm", "shortcut"), FORMS)
def test_replicas_equal_single_nets(norm, shortcut):
    many = stack(DEPTH, "relu", normalization=norm, replicas=3, **shortcut)
    many.build((None, 3, UNITS))
    randomise(many)
    singles = [many.take_replica(r) for r in range(3)]
    x = RNG.normal(size=(8, 3, UNITS))
    for training_mode in (False, True):
        out = np.asarray(many(x, training=training_mode))
        assert out.shape == x.shape
        for r, one in enumerate(singles):
            assert np.allclose(one(x[:, r], training=training_mode), out[:, r], rtol=0, atol=1e-12)
            for a, b in zip(many.get_weights(), one.get_weights(), strict=True):  # moving averages too
                assert np.allclose(a[r], b, rtol=0, atol=1e-12)


def test_compiled_and_eager_agree():  # other forms: in training, below
    layer = stack(20, "relu", normalization="layer", residual=True)
    x = tf.constant(RNG.normal(size=(6, UNITS)))
    layer(x)

    def gradient():
        with tf.GradientTape() as tape:
            total = tf.reduce_sum(layer(x, training=True) ** 3)
        return tape.gradient(total, [v.value for v in layer.trainable_variables])

    for a, b in zip(gradient(), tf.function(gradient, jit_compile=True, autograph=False)(), strict=True):
        assert np.allclose(a, b, rtol=1e-9, atol=1e-9)


def test_variances_through_depth():
    depth, n = 12, 256
    x = tf.constant(np.repeat(RNG.normal(size=(64, 1, n)), 4, axis=1))
    zeros = tf.zeros((depth, 4, 64, n), "float64")
    drawn = stack(depth, "relu", initializer="he_normal", replicas=4, seed=2)
    drawn.build(x.shape)

    def second_moments(**form):
        layer = stack(depth, "relu", initializer="zeros", replicas=4, **form)
        layer.build(x.shape)
        layer.kernel.assign(drawn.kernel)
        _, outputs = layer.run(x, True, zeros)
        return np.mean(np.square(outputs), axis=(1, 2, 3))

    blocks = np.arange(1, depth + 1)
    # relative error of a mean over 4 nets of width 256: about sqrt(5 l / n / 4), 0.12 after 12 blocks
    assert np.allclose(second_moments(residual=True), 2.0**blocks, rtol=0.4)
    assert np.allclose(second_moments(residual=True, normalization="layer"), 1 + blocks, rtol=0.1)
    assert np.allclose(second_moments(residual=True, normalization="batch"), 1 + blocks, rtol=0.1)
    scaled = second_moments(residual=True, residual_scale=depth**-0.5)
    assert np.allclose(scaled, (1 + 1 / depth) ** blocks, rtol=0.2)
    assert np.allclose(second_moments(), 1, rtol=0.4)
    assert np.allclose(second_moments(normalization="batch"), 0.5, rtol=0.02)


def test_draws_are_those_of_an_unrolled_net():
    layer = stack(4, "relu", initializer="he_normal", bias_initializer="random_normal", seed=3, first=1)
    layer.build((None, 6))
    mlp = models.make_mlp("relu", "he_normal", hidden=(6,) * 5, inputs=6, bias_initializer="random_normal", seed=3)
    for k in range(4):
        kernel, bias = mlp.layers[1 + k].get_weights()
        assert np.array_equal(layer.kernel[k], kernel)
        assert np.array_equal(layer.bias[k], bias)
    many = stack(4, "relu", initializer="he_normal", bias_initializer="random_normal", seed=3, first=1, replicas=2)
    many.build((None, 2, 6))
    assert many.kernel.shape == (2, 4, 6, 6)
    assert np.array_equal(many.kernel[0], layer.kernel)
    assert np.array_equal(many.bias[0], layer.bias)
    kernels = np.reshape(many.kernel, (8, -1))
    assert all(not np.any(a == b) for a, b in itertools.combinations(kernels, 2))


def test_gates_start_at_their_bias_with_kernels_of_their_own():
    layer, other = (stack(4, "relu", initializer=i, gated=True, gate_bias=-3) for i in ("he_normal", "zeros"))
    for one in (layer, other):
        one.build((None, 6))
        assert np.array_equal(one.gate_bias, np.full((4, 6), -3.0))
    plain = stack(4, "relu", initializer="he_normal")
    plain.build((None, 6))
    assert np.array_equal(layer.kernel, plain.kernel)
    assert not np.isin(layer.gate_kernel, layer.kernel).any()
    x = RNG.normal(size=(3, 6))  # with all kernels zero a block keeps 1 - sigmoid(-3) of its input
    assert np.allclose(other(x), x * (1 - 1 / (1 + np.exp(3))) ** 4, rtol=1e-12)


def test_says_whether_it_mixes_samples():
    assert [stack(1, "relu", normalization=n).mixes_samples for n in NORMALIZATIONS] == [False, True, False]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"depth": 0}, ValueError, "depth must be an integer of at least 1, got 0"),
        ({"depth": 2.0}, TypeError, "depth must be an integer"),
        ({"activation": "rleu"}, ValueError, "did you mean 'relu'"),
        ({"initializer": "he"}, ValueError, "initializer='he' is not a Keras initializer"),
        ({"bias_initializer": "zeroes"}, ValueError, "bias_initializer='zeroes'"),
        ({"replicas": 0}, ValueError, "replicas"),
        ({"seed": -1}, ValueError, "seed"),
        ({"first": -1}, ValueError, "first"),
    ],
)
def test_bad_arguments(arguments, error, message):
    with pytest.raises(error, match=message):
        stack(**{"depth": 2, "activation": "relu", **arguments})


@pytest.mark.parametrize(
    ("replicas", "shape", "message"),
    [
        (None, (4, 2, 5), r"must have shape \(batch, n\), got \(4, 2, 5\)"),
        (3, (4, 5), r"must have shape \(batch, 3, n\), got \(4, 5\)"),
        (3, (4, 2, 5), r"must have shape \(batch, 3, n\), got \(4, 2, 5\)"),
    ],
)
def test_bad_inputs(replicas, shape, message):
    with pytest.raises(ValueError, match=message):
        stack(2, "relu", replicas=replicas)(np.zeros(shape))


@pytest.mark.parametrize(
    ("norm", "shortcut", "replicas"),
    [
        ("batch", {}, None),
        ("batch", {}, 2),
        ("layer", {"residual": True}, 2),
        (None, {}, None),
        ("layer", {"gated": True}, 2),
    ],
)
def test_block_signals_against_central_differences(norm, shortcut, replicas):
    model = models.make_deep_mlp(
        "tanh",
        "he_normal",
        depth=3,
        width=4,
        inputs=UNITS,
        outputs=3,
        block=Block(norm, **shortcut),
        replicas=replicas,
        seed=1,
    )
    y = RNG.integers(3, size=len(X))
    before = [np.array(w) for w in model.get_weights()]
    found = signals.block_signals(model, X, y)
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))
    assert found.activations.names == found.gradients.names == ("block1", "block2", "block3")
    layers = model.layers
    h = layers[0](tf.constant(X))
    place = (1, 2, 3) if replicas is None else (1, 1, 2, 3)  # block 2, [net 1,] sample 2, unit 3

    def loss(step):
        nudges = np.zeros((3, *found.gradients["block1"].shape[1:]))
        if replicas is not None:
            nudges = nudges.reshape(3, replicas, len(X), 4)
        nudges[place] = step
        out, outputs = layers[1].run(h, True, tf.constant(nudges))
        chosen = layers[2](out) if replicas is None else layers[2](out)[:, 1]
        return -np.mean(np.log(np.asarray(chosen)[np.arange(len(X)), y])), outputs

    slope = (loss(1e-5)[0] - loss(-1e-5)[0]) / 2e-5
    gradient = np.stack([found.gradients[n][0] for n in found.gradients.names])
    assert np.isclose(gradient[place], slope, rtol=1e-6, atol=1e-10)
    outputs = np.asarray(loss(0.0)[1])
    assert np.allclose(outputs, np.stack([found.activations[n][0] for n in found.activations.names]), atol=1e-12)


def test_block_signals_wants_a_stack():
    with pytest.raises(ValueError, match="must hold one Stack, got 0; use models.make_deep_mlp"):
        signals.block_signals(models.make_mlp("relu", "he_normal"), X, np.zeros(9))


@pytest.mark.parametrize(
    ("norm", "shortcut", "compiled"),
    [("batch", {"residual": True}, True), ("layer", {}, False), (None, {"gated": True}, True)],
)
def test_training_replicas_equals_training_single_nets(norm, shortcut, compiled):
    X, y = (a[:24] for a in data.digits())
    form = {"depth": 3, "width": 8, "block": Block(norm, **shortcut)}
    many = models.make_deep_mlp("relu", "he_normal", replicas=2, seed=5, **form)
    one = models.take_replica(many, 1)
    settings = {"epochs": 2, "batch_size": 12, "loss": "sparse_categorical_crossentropy", "optimizer": "sgd"}
    runs, run = (training.train_model(m, X, y, compiled=compiled and m is many, **settings) for m in (many, one))
    assert run.gradients.names == ("relu1", "relu_stack", "relu_out")
    assert runs.gradients["relu_stack"].shape == (3, 2, 3, 8, 8)
    assert np.allclose(runs.loss[:, 1], run.loss, rtol=1e-9)
    for a, b in zip(many.get_weights(), one.get_weights(), strict=True):
        assert np.allclose(a[1], b, rtol=1e-8, atol=1e-10)
    assert replica_count(many) == 2
    assert weights_by_layer(many)["relu_stack"].shape == (2, 3, 8, 8)
