"""What is compiled once serves all models that are the same function of their weights, and no others."""

import threading
from concurrent.futures import ThreadPoolExecutor

import keras
import numpy as np
import pytest
import tensorflow as tf

from helpers import data, models, training
from helpers.engine.compiling import Compiled, form_of
from helpers.models import Block

layers = keras.layers
X, Y = data.circles(24)
SETTINGS = {"epochs": 2, "batch_size": 8, "optimizer": "sgd", "loss": "mse", "record": "full_loss"}


def row(*parts):
    """A net of these parts; equal weights for parts of equal shapes."""
    model = keras.Sequential([keras.Input((2,)), *parts])
    draw = np.random.default_rng(5)
    model.set_weights([draw.normal(scale=0.5, size=w.shape).astype(w.dtype) for w in model.get_weights()])
    return model


def net(activation="tanh", **of_first):
    return row(layers.Dense(2, activation, **of_first), layers.Dense(1, "sigmoid"))


def results(model, compiled=True, **more):
    run = training.train_model(model, X, Y, **{**SETTINGS, "compiled": compiled, **more})
    return [run.loss, run["full_loss"], *model.get_weights()]


def same(found, expected, tolerance=1e-12):
    return all(np.allclose(a, b, rtol=tolerance, atol=tolerance) for a, b in zip(found, expected, strict=True))


# --- Compiled(function, key) ---------------------------------------------------------------------


def counted(by, traced):
    def function(x):
        traced.append(by)
        return by * x

    return function


def test_one_key_is_traced_once_for_each_shape_of_arguments():
    traced = []
    for n in (3, 3, 4, 3):
        found = Compiled(counted(2, traced), "one key")(tf.ones(n))
        assert np.array_equal(found, np.full(n, 2.0))
    assert len(traced) == 2
    Compiled(counted(2, traced), "one key")(tf.ones(3, tf.float64))
    Compiled(counted(2, traced), "another key")(tf.ones(3))
    assert len(traced) == 4


def test_without_a_key_nothing_is_shared():
    traced = []
    assert [float(Compiled(counted(by, traced))(tf.ones(()))) for by in (2, 3)] == [2, 3]
    assert traced == [2, 3]


def test_what_is_traced_anew_is_the_callers_function():
    traced = []
    Compiled(counted(2, traced), "callers")(tf.ones(3))
    assert float(Compiled(counted(3, traced), "callers")(tf.ones(()))) == 3
    assert traced == [2, 3]


def test_threads_that_come_at_once_trace_once():
    def function(x):
        traced.append(threading.get_ident())
        return 2 * x

    traced, together = [], threading.Barrier(4)

    def run(number):
        together.wait()
        return float(Compiled(function, "threads")(tf.constant(float(number))))

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(run, range(4))) == [0, 2, 4, 6]
    assert len(traced) == 1


def test_what_xla_cannot_compile_runs_all_the_same():
    def words(x):
        return tf.strings.length(tf.strings.as_string(x))

    assert int(Compiled(words, "words")(tf.constant(12))) == 2
    assert int(Compiled(words, "words")(tf.constant(345))) == 3


# --- models that look alike and are not ----------------------------------------------------------


def lora(alpha):
    model = net()
    model.layers[0].enable_lora(1, lora_alpha=alpha)
    model.layers[0].lora_kernel_b.assign([[0.5, 0.5]])
    return model


class Scaled(models.Stack):
    """A layer of the reader's own, made from one of ours, that reads what may change."""

    factor = 1.0

    def call(self, inputs, training=None):
        return self.factor * super().call(inputs, training)


class WithForm(layers.Dense):
    """One that happens to have an attribute of a name that we use."""

    form, factor = "a form", 1.0

    def call(self, inputs, training=None):
        return self.factor * super().call(inputs, training)


def of_factor(make, factor):
    model = row(make(), layers.Dense(1, "sigmoid"))
    model.layers[0].factor = factor
    return model


def stack(**block):
    return row(models.Stack(2, "tanh", Block(**block)), layers.Dense(1, "sigmoid"))


def rnn(cell, units, replicas=2):
    return models.make_rnn(cell, units=units, length=3, replicas=replicas, seed=0)


def own_tanh(x):
    return tf.tanh(3 * x)


own_tanh.__name__ = "tanh"


def einsum(equation):
    return row(layers.EinsumDense(equation, 2, bias_axes="o", activation="tanh"), layers.Dense(1, "sigmoid"))


def policy(name):
    return row(layers.Dense(2, "tanh", dtype=name), layers.Dense(1, "sigmoid", dtype="float32"))


def frozen(*which):
    model = net()
    for k in which:
        model.layers[k].trainable = False
    return model


def around(skip):
    inputs, layer = keras.Input((2,)), layers.Dense(2)
    return keras.Model(inputs, layer(inputs) + inputs if skip else layer(inputs))


LOOK_ALIKE = {
    "activations of one name": (net, lambda: net(own_tanh)),
    "an activation": (net, lambda: net("relu")),
    "an equation": (lambda: einsum("bi,io->bo"), lambda: einsum("bi,oi->bo")),
    "precision of what is computed": (lambda: policy("float32"), lambda: policy("mixed_bfloat16")),
    "frozen layers": (lambda: frozen(0), lambda: frozen(1)),
    "low rank, another scale": (lambda: lora(1), lambda: lora(4)),
    "dropout, another rate": (
        lambda: row(layers.Dense(2), layers.Dropout(0.1, seed=1), layers.Dense(1)),
        lambda: row(layers.Dense(2), layers.Dropout(0.6, seed=1), layers.Dense(1)),
    ),
    "dropout, another seed": (
        lambda: row(layers.Dense(2), layers.Dropout(0.5, seed=1), layers.Dense(1)),
        lambda: row(layers.Dense(2), layers.Dropout(0.5, seed=2), layers.Dense(1)),
    ),
    "a nested activation": (
        lambda: row(keras.Sequential([layers.Dense(2, "tanh")]), layers.Dense(1)),
        lambda: row(keras.Sequential([layers.Dense(2, "relu")]), layers.Dense(1)),
    ),
    "a block's scale": (lambda: stack(residual=True), lambda: stack(residual=True, residual_scale=0.1)),
    "a block's epsilon": (lambda: stack(normalization="layer"), lambda: stack(normalization="layer", epsilon=0.5)),
    "a block's momentum": (lambda: stack(normalization="batch"), lambda: stack(normalization="batch", momentum=0.5)),
    "a recurrent cell": (lambda: rnn("simple", 4), lambda: rnn("gru", 4)),
    "one layer twice": (
        lambda: row(*[layers.Dense(2)] * 2, layers.Dense(1)),
        lambda: row(layers.Dense(2), layers.Dense(2), layers.Dense(1)),
    ),
    "a way around a layer": (lambda: around(True), lambda: around(False)),
    "a layer made from ours": (
        lambda: of_factor(lambda: Scaled(2, "tanh"), 1.0),
        lambda: of_factor(lambda: Scaled(2, "tanh"), 3.0),
    ),
    "a layer with a form": (
        lambda: of_factor(lambda: WithForm(2, "tanh"), 1.0),
        lambda: of_factor(lambda: WithForm(2, "tanh"), 3.0),
    ),
}


@pytest.mark.parametrize("what", LOOK_ALIKE)
def test_models_that_look_alike_do_not_share(what):
    one, other = (form_of(make()) for make in LOOK_ALIKE[what])
    assert one is None or one != other


SHARED = {
    "plain": net,
    "stack": stack,
    "frozen": lambda: frozen(0),
    "policy": lambda: policy("mixed_bfloat16"),
    "recurrent": lambda: rnn("lstm", 4),
}


@pytest.mark.parametrize("make", SHARED.values(), ids=SHARED)
def test_models_of_one_form_share(make):
    assert form_of(make()) == form_of(make()) is not None


def test_the_epsilon_of_keras_is_read_anew():
    before = keras.config.epsilon()
    try:
        for epsilon in (1e-7, 0.2):  # a part of the crossentropy of outputs that are no sigmoid's
            keras.config.set_epsilon(epsilon)
            settings = {"loss": "binary_crossentropy"}
            hard = [layers.Dense(1, "hard_sigmoid")]
            expected = results(row(*hard), compiled=False, **settings)
            assert same(results(row(layers.Dense(1, "hard_sigmoid")), **settings), expected, 1e-9)
    finally:
        keras.config.set_epsilon(before)


CHANGES = {
    "activation": lambda model: setattr(model.layers[0], "activation", keras.activations.relu),
    "trainable": lambda model: setattr(model.layers[0], "trainable", False),
    "constraint": lambda model: setattr(model.layers[0].kernel, "constraint", keras.constraints.NonNeg()),
    "regularizer": lambda model: setattr(model.layers[0].kernel, "regularizer", keras.regularizers.L2(0.5)),
    "bias": lambda model: setattr(model.layers[0], "bias", None),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_counts_from_the_next_training_on(what):
    fast, slow = net(), net()
    for model, how in ((fast, True), (slow, False)):
        results(model, how)
        CHANGES[what](model)
    assert same(results(fast), results(slow, compiled=False), 1e-9)


@pytest.mark.parametrize("what", ["activation", "constraint", "regularizer"])
def test_a_change_does_not_reach_models_of_the_former_form(what):
    first, later = net(), net()
    results(first, batch_size=12)
    CHANGES[what](first)
    for batch_size in (12, 6, 5):  # compiled already; other shapes; a smaller last batch
        expected = results(net(), compiled=False, batch_size=batch_size)
        assert same(results(net(), batch_size=batch_size), expected, 1e-9)
    assert same(results(later, batch_size=12), results(net(), compiled=False, batch_size=12), 1e-9)


def test_models_of_one_form_trained_at_once_get_the_numbers_of_models_trained_alone():
    nets = {seed: models.make_mlp("elu", "glorot_uniform", hidden=(3,), seed=seed) for seed in range(4)}
    settings = {"epochs": 2, "batch_size": 10, "record": "accuracy"}
    runs = training.train_each(nets, X, Y, **settings)
    for seed, run in runs.items():
        alone = models.make_mlp("elu", "glorot_uniform", hidden=(3,), seed=seed)
        assert np.allclose(run.loss, training.train_model(alone, X, Y, compiled=False, **settings).loss, rtol=1e-9)
        assert same(nets[seed].get_weights(), alone.get_weights(), 1e-9)


# --- optimisers without a rule -------------------------------------------------------------------


class OwnSGD(keras.optimizers.Optimizer):
    """Gradient descent of the reader's own, which counts how often Python meets its update."""

    def __init__(self, learning_rate):
        super().__init__(learning_rate=learning_rate)
        self.met = 0

    def update_step(self, gradient, variable, learning_rate):
        self.met += 1
        self.assign_sub(variable, learning_rate * keras.ops.cast(gradient, variable.dtype))


@pytest.mark.parametrize("replicas", [None, 3])
def test_an_optimiser_of_the_readers_own_is_compiled_once_for_all_batches(replicas):
    def run(optimizer, epochs):
        model = models.make_mlp("tanh", "glorot_uniform", seed=1, hidden=(3,), replicas=replicas)
        found = training.train_model(model, X, Y, epochs=epochs, batch_size=8, optimizer=optimizer, record="full_loss")
        return [found.loss, found["full_loss"], *model.get_weights()]

    own = OwnSGD(0.5)
    expected = run(keras.optimizers.SGD(0.5), 20)
    assert same(run(own, 20), expected)
    assert own.met == 4  # two kernels and two biases, though there are 60 batches
    assert int(own.iterations) == 60
