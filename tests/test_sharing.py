from collections import OrderedDict

import keras
import numpy as np
import pytest
import tensorflow as tf
from tf_keras.optimizers import legacy

from helpers import data, models, sharing, training
from helpers.epoch import RECORDS
from helpers.optimizers import bind_optimizer

X, Y = data.circles(80)
NORMAL = keras.initializers.RandomNormal(stddev=1.0)
OPTIMISERS = {
    "legacy RMSprop": lambda: None,
    "legacy Adam": legacy.Adam,
    "legacy SGD": lambda rate=0.1: legacy.SGD(rate, momentum=0.9),
    "RMSprop": keras.optimizers.RMSprop,
    "Adam": keras.optimizers.Adam,
    "Adam, clipped": lambda: keras.optimizers.Adam(clipnorm=1.0),
    "SGD": keras.optimizers.SGD,
}


@pytest.fixture
def nothing_shared_yet(monkeypatch):
    monkeypatch.setattr(sharing, "_shared", OrderedDict())


@pytest.fixture
def traced(monkeypatch):
    """The forms traced so far; what earlier tests have traced is shared."""
    real, forms = sharing.SharedFunction._trace, []

    def trace(function, arguments):
        forms.append(function._form)
        return real(function, arguments)

    monkeypatch.setattr(sharing.SharedFunction, "_trace", trace)
    return forms


def net(seed=1, activation="tanh", replicas=None, name="net"):
    return models.make_mlp(activation, NORMAL, name, replicas=replicas, hidden=(3,), seed=seed)


def train(model, optimizer="sgd", **more):
    return training.train_model(model, X, Y, **{"epochs": 2, "batch_size": 50, "optimizer": optimizer, **more})


def form(model, optimizer="sgd", loss="binary_crossentropy", record=()):
    return sharing.form_of(model, bind_optimizer(optimizer, model)[0], loss, record)


def same(model, other):
    return all(
        np.allclose(a, b, rtol=1e-9, atol=1e-12) for a, b in zip(model.get_weights(), other.get_weights(), strict=True)
    )


@pytest.mark.parametrize(
    ("name", "replicas"),
    [
        ("legacy RMSprop", 3),
        ("legacy Adam", None),
        ("legacy SGD", None),
        ("RMSprop", None),
        ("Adam", None),
        ("Adam, clipped", 3),
        ("SGD", None),
    ],
)
def test_a_second_model_uses_the_first_ones_epoch_and_learns_and_goes_on_as_it_would_alone(name, replicas, traced):
    first, second, alone = (net(seed, replicas=replicas) for seed in (1, 2, 2))
    train(first, OPTIMISERS[name]())
    after = first.get_weights()
    traced.clear()
    shared, own = OPTIMISERS[name](), OPTIMISERS[name]()
    for _ in range(2):  # the optimiser goes on where it was
        run = train(second, shared, record=())
        by_itself = train(alone, own, compiled=False)
        assert same(second, alone)
        assert np.allclose(run.loss, by_itself.loss, rtol=1e-9)
        assert np.allclose(run.gradients["net2"], by_itself.gradients["net2"], rtol=1e-8, atol=1e-14)
    if shared is not None:
        assert int(shared.iterations) == int(own.iterations) == 2 * 2 * 2
    assert not traced  # nothing for the second
    assert all(np.array_equal(a, b) for a, b in zip(after, first.get_weights(), strict=True))


@pytest.mark.parametrize(
    ("form", "replicas"), [({"normalization": "batch", "residual": True}, None), ({"gated": True}, 2)]
)
def test_deep_stacks_share_too_moving_averages_included(form, replicas, traced):
    settings = {"depth": 2, "width": 3, "inputs": 2, "outputs": 2, "replicas": replicas, **form}
    first, second, alone = (models.make_deep_mlp("tanh", "he_normal", "net", seed=s, **settings) for s in (1, 2, 2))
    for model, compiled in ((first, True), (second, True), (alone, False)):
        train(model, loss="sparse_categorical_crossentropy", batch_size=40, compiled=compiled)
    assert len(traced) <= 1
    assert same(second, alone)


@pytest.mark.parametrize("name", ["SGD", "legacy SGD"])
def test_learning_rates_are_each_models_own(name, traced):
    slow, fast, alone = net(1), net(2), net(2)
    train(slow, OPTIMISERS[name](0.001))
    train(fast, OPTIMISERS[name](0.5))
    train(alone, OPTIMISERS[name](0.5), compiled=False)
    assert len(traced) <= 1
    assert same(fast, alone)


def test_models_of_one_form_may_train_at_the_same_time(nothing_shared_yet):
    nets = {seed: net(seed) for seed in range(4)}
    settings = {"epochs": 3, "batch_size": 50}
    runs = training.train_each(nets, X, Y, "sgd", **settings)
    assert len(sharing._shared) == 1
    for seed, run in runs.items():
        alone = net(seed)
        assert np.allclose(run.loss, train(alone, compiled=False, **settings).loss, rtol=1e-9)
        assert same(nets[seed], alone)


def test_what_differs_has_another_form():
    forms = [
        form(model, **settings)
        for model, settings in (
            (net(), {}),
            (net(name="other"), {}),
            (net(activation="relu"), {}),
            (net(replicas=2), {}),
            (models.make_mlp("tanh", NORMAL, "net", hidden=(4,), seed=1), {}),
            (net(), {"optimizer": None}),
            (net(), {"optimizer": keras.optimizers.SGD(momentum=0.5)}),
            (net(), {"loss": "mse"}),
        )
    ]
    assert None not in forms
    assert len(set(forms)) == len(forms)
    assert form(net(seed=5)) == forms[0]


def test_stacks_of_other_settings_have_another_form():
    def stack_form(activation="tanh", initializer="he_normal", depth=2, **more):
        model = models.make_deep_mlp(activation, initializer, "net", depth=depth, width=4, seed=1, **more)
        return form(model, loss="sparse_categorical_crossentropy")

    changes = (
        {},
        {"depth": 3},
        {"activation": "relu"},
        {"normalization": "batch"},
        {"normalization": "layer"},
        {"residual": True},
        {"residual": True, "residual_scale": 0.5},
        {"gated": True},
        {"replicas": 2},
    )
    forms = [stack_form(**change) for change in changes]
    assert None not in forms
    assert len(set(forms)) == len(forms)
    assert stack_form(initializer="glorot_uniform") == forms[0]  # draws are not part of the form


def test_what_is_recorded_changes_no_form_and_no_number():
    everything = train(net(), record=RECORDS)
    assert form(net(), record=RECORDS) == form(net())
    for record in ((), ("weights", "updates", "accuracy"), ("biases", "bias_gradients", "full_loss")):
        run = train(net(), record=record)
        assert set(run.recorded) == set(record)
        assert np.allclose(run.loss, everything.loss, rtol=1e-12)
        for name in record:
            pairs = zip(keras.tree.flatten(run[name]), keras.tree.flatten(everything[name]), strict=True)
            assert all(same_numbers(a, b) for a, b in pairs)


def same_numbers(recorded, other):
    if isinstance(recorded, np.ndarray):
        return np.allclose(recorded, other, rtol=1e-12)
    return all(np.allclose(recorded[n], other[n], rtol=1e-9, atol=1e-14) for n in recorded.names)


def test_frozen_layers_are_another_form():
    frozen = net()
    frozen.layers[0].trainable = False
    assert form(frozen) != form(net())


def my_quantity(model, x, y):
    return {"net1": tf.reduce_sum(x)}


class MyOptimizer(keras.optimizers.SGD):
    pass


@pytest.mark.parametrize(
    ("model", "settings"),
    [
        (lambda: net(activation=lambda z: z * 2), {}),
        (lambda: net(activation=keras.layers.LeakyReLU(0.1)), {}),
        (net, {"record": (my_quantity,)}),
        (net, {"loss": keras.losses.BinaryCrossentropy()}),
        (net, {"optimizer": MyOptimizer()}),
        (net, {"optimizer": keras.optimizers.AdamW()}),
        (net, {"optimizer": keras.optimizers.SGD(keras.optimizers.schedules.ExponentialDecay(0.1, 9, 0.9))}),
        (lambda: keras.Sequential([*net().layers, keras.layers.Dropout(0.5)]), {}),
        (lambda: keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, kernel_regularizer="l2")]), {}),
    ],
)
def test_what_a_reader_may_change_between_runs_is_not_shared(model, settings):
    assert form(model(), **settings) is None


def test_an_activation_defined_anew_under_the_same_name_counts():
    def define(slope):
        def unit(z):
            return tf.tanh(slope * z)

        return unit

    losses = [train(net(activation=define(slope)), epochs=1).loss for slope in (1.0, 0.5)]
    assert not np.allclose(*losses)


def test_other_data_of_the_same_shape_and_of_another(traced):
    train(net())
    traced.clear()
    for X_other, y_other, entries in ((*data.circles(80, seed=7), 0), (*data.circles(60), 1)):
        shared, alone = net(2), net(2)
        for model, compiled in ((shared, True), (alone, False)):
            settings = {"epochs": 2, "batch_size": 50, "optimizer": "sgd", "compiled": compiled}
            training.train_model(model, X_other, y_other, **settings)
        assert same(shared, alone)
        assert len(traced) == entries


def test_only_so_many_forms_are_kept_the_last_used(monkeypatch, traced, nothing_shared_yet):
    def product_with(factor):
        return lambda x: factor * x

    monkeypatch.setattr(sharing, "_KEPT", 2)
    for number, name in enumerate("abacba"):
        factor = tf.Variable(number)
        shared = sharing.SharedFunction(product_with(factor), [factor], name)
        assert int(shared(tf.constant(7))) == 7 * number
        assert len(sharing._shared) <= 2
    assert traced == ["a", "b", "c", "b", "a"]


def test_an_argument_may_be_missing(traced, nothing_shared_yet):
    def scaled(factor):
        return lambda x, tail=None: factor * (x if tail is None else tf.concat([x, tail], axis=0))

    x, tail = tf.constant([1.0]), tf.constant([2.0])
    for k in (3.0, 5.0):
        factor = tf.Variable(k)
        shared = sharing.SharedFunction(scaled(factor), [factor], "scaled")
        for arguments, expected in (((x, None), [k]), ((x, tail), [k, 2 * k])):
            assert shared(*arguments).numpy().tolist() == expected
    assert len(traced) == 2


def test_a_run_that_fails_is_watched_beside_one_that_does_not():
    for seed in (1, 2):
        good, bad = net(seed), net(seed)
        bad.layers[0].kernel.assign(np.full((2, 3), 1e308))
        bad.layers[1].kernel.assign(np.full((3, 1), np.inf))
        train(good)
        with pytest.warns(RuntimeWarning, match="is not finite"):
            train(bad)
        assert np.isfinite(np.concatenate([w.ravel() for w in good.get_weights()])).all()


@pytest.mark.parametrize("shared", [True, False])
def test_without_xla_the_loop_still_compiles(monkeypatch, shared):
    with_xla = train(net()).loss
    real = tf.function

    class NoXla:
        def __call__(self, *_):
            raise tf.errors.UnimplementedError(None, None, "no XLA here")

        get_concrete_function = __call__

    def without_xla(function, jit_compile=None, **more):
        return NoXla() if jit_compile else real(function, **more)

    monkeypatch.setattr(sharing, "_shared", OrderedDict())
    monkeypatch.setattr(tf, "function", without_xla)
    activation = "tanh" if shared else (lambda z: tf.tanh(z))
    slow = train(net(activation=activation))
    assert np.allclose(slow.loss, with_xla, rtol=1e-9)
