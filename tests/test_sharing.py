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
    "legacy SGD": lambda: legacy.SGD(0.1, momentum=0.9),
    "RMSprop": keras.optimizers.RMSprop,
    "Adam, clipped": lambda: keras.optimizers.Adam(clipnorm=1.0),
    "SGD": lambda: keras.optimizers.SGD(0.1),
}


@pytest.fixture(autouse=True)
def _nothing_shared_yet():
    sharing._shared.clear()
    yield
    sharing._shared.clear()


def net(seed=1, activation="tanh", replicas=None, name="net"):
    return models.make_mlp(activation, NORMAL, name, replicas=replicas, hidden=(4, 3), seed=seed)


def train(model, optimizer=None, epochs=3, **more):
    return training.train_model(model, X, Y, epochs=epochs, optimizer=optimizer, **more)


def form(model, optimizer=None, loss="binary_crossentropy", record=()):
    return sharing.form_of(model, bind_optimizer(optimizer, model)[0], loss, record)


def same(model, other):
    return all(
        np.allclose(a, b, rtol=1e-9, atol=1e-12) for a, b in zip(model.get_weights(), other.get_weights(), strict=True)
    )


@pytest.mark.parametrize("name", OPTIMISERS)
@pytest.mark.parametrize("replicas", [None, 3])
def test_a_second_model_uses_the_first_ones_epoch_and_learns_as_it_would_alone(name, replicas):
    first, second, alone = (net(seed, replicas=replicas) for seed in (1, 2, 2))
    train(first, OPTIMISERS[name]())
    after = first.get_weights()
    run = train(second, OPTIMISERS[name](), record=())
    assert len(sharing._shared) == 1  # nothing was traced for the second
    by_itself = train(alone, OPTIMISERS[name](), compiled=False)
    assert same(second, alone)
    assert np.allclose(run.loss, by_itself.loss, rtol=1e-9)
    assert np.allclose(run.gradients["net2"], by_itself.gradients["net2"], rtol=1e-8, atol=1e-14)
    assert all(np.array_equal(a, b) for a, b in zip(after, first.get_weights(), strict=True))


def test_an_optimiser_goes_on_where_it_was():
    first, second, alone = net(1), net(2), net(2)
    train(first, keras.optimizers.Adam())
    shared, own = keras.optimizers.Adam(), keras.optimizers.Adam()
    for _ in range(2):
        train(second, shared)
        train(alone, own, compiled=False)
    assert int(shared.iterations) == int(own.iterations)
    assert same(second, alone)


@pytest.mark.parametrize("form", [{}, {"normalization": "batch", "residual": True}, {"gated": True}])
@pytest.mark.parametrize("replicas", [None, 2])
def test_deep_stacks_share_too_moving_averages_included(form, replicas):
    settings = {"depth": 3, "width": 4, "inputs": 2, "outputs": 2, "replicas": replicas, **form}
    first, second, alone = (models.make_deep_mlp("tanh", "he_normal", "net", seed=s, **settings) for s in (1, 2, 2))
    for model, compiled in ((first, True), (second, True), (alone, False)):
        train(model, "sgd", loss="sparse_categorical_crossentropy", compiled=compiled)
    assert len(sharing._shared) == 1
    assert same(second, alone)


@pytest.mark.parametrize("make", [keras.optimizers.SGD, legacy.SGD])
def test_learning_rates_are_each_models_own(make):
    slow, fast, alone = net(1), net(2), net(2)
    train(slow, make(0.001))
    train(fast, make(0.5))
    train(alone, make(0.5), compiled=False)
    assert len(sharing._shared) == 1
    assert same(fast, alone)


def test_models_of_one_form_may_train_at_the_same_time():
    nets = {seed: net(seed) for seed in range(6)}
    runs = training.train_each(nets, X, Y, epochs=5)
    assert len(sharing._shared) == 1
    for seed, run in runs.items():
        alone = net(seed)
        assert np.allclose(run.loss, train(alone, epochs=5, compiled=False).loss, rtol=1e-9)
        assert same(nets[seed], alone)


@pytest.mark.parametrize(
    ("other", "settings"),
    [
        (lambda: net(name="other"), {}),
        (lambda: net(activation="relu"), {}),
        (lambda: net(replicas=2), {}),
        (lambda: models.make_mlp("tanh", NORMAL, "net", hidden=(4, 4), seed=1), {}),
        (net, {"optimizer": "sgd"}),
        (net, {"optimizer": keras.optimizers.RMSprop(rho=0.5)}),
        (net, {"loss": "mse"}),
    ],
)
def test_what_differs_has_another_form(other, settings):
    assert form(net()) is not None
    assert form(net()) == form(net(seed=5))
    others = form(other(), **settings)
    assert others is not None
    assert others != form(net())


@pytest.mark.parametrize(
    "change",
    [
        {"depth": 3},
        {"activation": "relu"},
        {"normalization": "batch"},
        {"normalization": "layer"},
        {"residual": True},
        {"residual": True, "residual_scale": 0.5},
        {"gated": True},
        {"replicas": 2},
    ],
)
def test_stacks_of_other_settings_have_another_form(change):
    def stack_form(activation="tanh", initializer="he_normal", depth=2, **more):
        model = models.make_deep_mlp(activation, initializer, "net", depth=depth, width=4, seed=1, **more)
        return form(model, "sgd", "sparse_categorical_crossentropy")

    assert stack_form() is not None
    assert stack_form() == stack_form(initializer="glorot_uniform")  # draws are not part of the form
    assert stack_form(**change) not in (None, stack_form())
    if "residual_scale" in change:
        assert stack_form(**change) != stack_form(residual=True)


def test_what_is_recorded_changes_no_form_and_no_number():
    everything = train(net(), record=RECORDS)
    assert form(net(), record=RECORDS) == form(net())
    for record in ((), *((name,) for name in RECORDS)):
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

    losses = [train(net(activation=define(slope))).loss for slope in (1.0, 0.5)]
    assert not np.allclose(*losses)


def test_other_data_of_the_same_shape_and_of_another():
    train(net())
    for X_other, y_other, entries in ((*data.circles(80, seed=7), 1), (*data.circles(60), 2)):
        shared, alone = net(2), net(2)
        training.train_model(shared, X_other, y_other, epochs=2)
        training.train_model(alone, X_other, y_other, epochs=2, compiled=False)
        assert same(shared, alone)
        assert len(sharing._shared) == entries


def test_only_so_many_forms_are_kept(monkeypatch):
    monkeypatch.setattr(sharing, "_KEPT", 2)
    for name in "abc":
        train(net(name=name), epochs=1)
    assert len(sharing._shared) == 2
    assert train(net(name="a"), epochs=1).gradients.names == ("a1", "a2", "a3")


def test_a_run_that_fails_is_watched_beside_one_that_does_not():
    for seed in (1, 2):
        good, bad = net(seed), net(seed)
        bad.layers[1].kernel.assign(np.full((4, 3), 1e308))
        bad.layers[2].kernel.assign(np.full((3, 1), np.inf))
        train(good)
        with pytest.warns(RuntimeWarning, match="is not finite"):
            train(bad)
        assert np.isfinite(np.concatenate([w.ravel() for w in good.get_weights()])).all()


@pytest.mark.parametrize("shared", [True, False])
def test_without_xla_the_loop_still_compiles(monkeypatch, shared):
    real = tf.function

    class NoXla:
        def __call__(self, *_):
            raise tf.errors.UnimplementedError(None, None, "no XLA here")

        get_concrete_function = __call__

    def without_xla(function, jit_compile=None, **more):
        return NoXla() if jit_compile else real(function, **more)

    monkeypatch.setattr(tf, "function", without_xla)
    activation = "tanh" if shared else (lambda z: tf.tanh(z))
    slow = train(net(activation=activation))
    monkeypatch.undo()
    assert np.allclose(slow.loss, train(net()).loss, rtol=1e-9)
