"""Each update rule against the optimiser it stands for, and against its formula."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import tf_keras
from tf_keras.optimizers import legacy

from helpers import data, models, training
from helpers.engine.by_rule import slots_of
from helpers.engine.optimizers import resolve
from helpers.engine.rules import rule_of

X, Y = data.circles(40)
EPSILON = 1e-7
WITH_A_RULE = {
    "SGD": lambda: keras.optimizers.SGD(0.3),
    "SGD, momentum": lambda: keras.optimizers.SGD(0.3, momentum=0.9),
    "SGD, Nesterov": lambda: keras.optimizers.SGD(0.3, momentum=0.9, nesterov=True),
    "RMSprop": lambda: keras.optimizers.RMSprop(0.01, rho=0.7, epsilon=1e-3),
    "Adam": lambda: keras.optimizers.Adam(0.02, beta_1=0.8, beta_2=0.95, epsilon=1e-4),
    "Adam, clipped by norm": lambda: keras.optimizers.Adam(0.02, clipnorm=0.01),
    "SGD, clipped by all norms": lambda: keras.optimizers.SGD(0.3, global_clipnorm=0.02),
    "SGD, clipped by value": lambda: keras.optimizers.SGD(0.3, clipvalue=0.003),
    "legacy SGD": lambda: legacy.SGD(0.3),
    "legacy SGD, momentum": lambda: legacy.SGD(0.3, momentum=0.9),
    "legacy SGD, Nesterov": lambda: legacy.SGD(0.3, momentum=0.9, nesterov=True),
    "legacy RMSprop": lambda: legacy.RMSprop(0.01, rho=0.7, epsilon=1e-3),
    "legacy Adam": lambda: legacy.Adam(0.02, beta_1=0.8, beta_2=0.95, epsilon=1e-4),
    "legacy SGD, clipped": lambda: legacy.SGD(0.3, global_clipnorm=0.02),
}
WITHOUT = {
    "a schedule": lambda: keras.optimizers.SGD(keras.optimizers.schedules.ExponentialDecay(0.3, 2, 0.5)),
    "legacy, a schedule": lambda: legacy.Adam(tf_keras.optimizers.schedules.ExponentialDecay(0.03, 2, 0.5)),
    "legacy, a function": lambda: legacy.SGD(lambda: 0.3),
    "legacy, decay": lambda: legacy.RMSprop(0.01, decay=0.5),
    "legacy RMSprop, momentum": lambda: legacy.RMSprop(0.01, momentum=0.5),
    "legacy RMSprop, centred": lambda: legacy.RMSprop(0.01, centered=True),
    "RMSprop, momentum": lambda: keras.optimizers.RMSprop(0.01, momentum=0.5),
    "AMSGrad": lambda: keras.optimizers.Adam(0.02, amsgrad=True),
    "AdamW": lambda: keras.optimizers.AdamW(0.02, weight_decay=0.1),
    "weight decay": lambda: keras.optimizers.SGD(0.3, weight_decay=0.1),
    "Lion": lambda: keras.optimizers.Lion(0.01),
    "Adagrad": lambda: keras.optimizers.Adagrad(0.1),
    "legacy Nadam": lambda: legacy.Nadam(0.02),
    "accumulation": lambda: keras.optimizers.SGD(0.3, gradient_accumulation_steps=2),
    "a fixed loss scale": lambda: keras.optimizers.SGD(0.3, loss_scale_factor=1024.0),
}
ALL = WITH_A_RULE | WITHOUT


def net(seed=1, **more):
    return models.make_mlp("tanh", "glorot_uniform", seed=seed, hidden=(3,), **more)


@pytest.mark.parametrize("name", [name for name in ALL if "scale" not in name])  # plain code scales no loss
def test_training_follows_the_optimizer_itself_and_goes_on_where_it_was(name):
    model, plain = net(), net()
    used, own = ALL[name](), ALL[name]()
    settings = {"epochs": 1, "batch_size": 16}  # the second training goes on: six steps in all
    for seed in (0, 1):
        run = training.train_model(model, X, Y, optimizer=used, compiled=False, seed=seed, **settings)
        losses, gradients = training.train_plainly(plain, X, Y, optimizer=own, seed=seed, **settings)
        assert np.allclose(run.loss, losses, rtol=1e-9)
        for layer, expected in gradients.items():
            assert np.allclose(run.gradients[layer], expected, rtol=1e-8, atol=1e-12)
    assert int(used.iterations) == int(own.iterations) > 0
    for a, b in zip(model.get_weights(), plain.get_weights(), strict=True):
        assert np.allclose(a, b, rtol=1e-9, atol=1e-12)


def test_a_fixed_loss_scale_changes_nothing():
    scaled, plain = net(), net()
    for model, optimizer in ((scaled, ALL["a fixed loss scale"]()), (plain, ALL["SGD"]())):
        run = training.train_model(model, X, Y, epochs=2, optimizer=optimizer, compiled=False)
    for a, b in zip(scaled.get_weights(), plain.get_weights(), strict=True):
        assert np.allclose(a, b, rtol=1e-9, atol=1e-12)
    assert np.abs(run.gradients["tanh1"]).max() < 1  # as they are, not as they are scaled


@pytest.mark.parametrize("name", ["legacy RMSprop", "Adam", "SGD, momentum", "AdamW"])
def test_compiled_steps_are_the_same(name):
    fast, slow = net(), net()
    for model, compiled in ((fast, True), (slow, False)):
        training.train_model(model, X, Y, epochs=3, batch_size=16, optimizer=ALL[name](), compiled=compiled)
    for a, b in zip(fast.get_weights(), slow.get_weights(), strict=True):
        assert np.allclose(a, b, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", ALL)
def test_who_has_a_rule(name):
    found = slots_of(ALL[name](), net())
    assert (found is not None) == (name in WITH_A_RULE)


class MySGD(keras.optimizers.SGD):
    def update_step(self, gradient, variable, learning_rate):
        super().update_step(-gradient, variable, learning_rate)


def test_an_optimizer_of_the_readers_own_does_what_it_says():
    assert rule_of(MySGD(0.1)) is None
    up, plain = net(), net()
    training.train_model(up, X, Y, epochs=1, optimizer=MySGD(0.1), compiled=False)
    training.train_plainly(plain, X, Y, epochs=1, optimizer=MySGD(0.1))
    assert np.allclose(up.get_weights()[0], plain.get_weights()[0], rtol=1e-9)


def steps_of(optimizer, gradients):
    """What a rule makes of a sequence of gradients of one weight."""
    rule, names = rule_of(optimizer)
    weight, slots = tf.constant(0.4, tf.float64), [tf.constant(0.0, tf.float64) for _ in names]
    found = []
    for step, g in enumerate(gradients):
        rate = tf.cast(tf.convert_to_tensor(optimizer.learning_rate), tf.float64)
        weight, slots = rule(weight, tf.constant(g, tf.float64), slots, rate, tf.constant(step, tf.int64))
        found.append(float(weight))
    return found


@pytest.mark.parametrize("scale", [1.0, 1e-3, 1e-5, 1e-8])
@pytest.mark.parametrize(("make", "inside"), [(legacy.RMSprop, False), (keras.optimizers.RMSprop, True)])
def test_each_rmsprop_follows_its_own_formula(make, inside, scale):
    gradients = scale * np.array([1.0, -0.3, 0.7, 0.7, -2.0])
    keep = np.float64 if inside else np.float32  # legacy optimisers hold their settings in float32
    v, w, expected = 0.0, 0.4, []
    rate = float(np.asarray(keras.optimizers.RMSprop().learning_rate)) if inside else float(np.float32(0.001))
    rho = float(keep(0.9))
    for g in gradients:
        v = rho * v + (1 - rho) * g**2
        w = w - rate * g / (np.sqrt(v + EPSILON) if inside else np.sqrt(v) + EPSILON)
        expected.append(w)
    assert np.allclose(steps_of(make(), gradients), expected, rtol=1e-13, atol=0)


def test_the_two_agree_where_gradients_are_large_and_part_where_they_are_small():
    gradients = np.array([1.0, -0.3, 0.7])

    def first_move(make, scale):
        return steps_of(make(), scale * gradients)[0] - 0.4

    large, small = (first_move(legacy.RMSprop, s) / first_move(keras.optimizers.RMSprop, s) for s in (1.0, 1e-6))
    assert large == pytest.approx(1, abs=1e-5)
    assert small > 100


def test_none_is_the_legacy_rmsprop_and_a_name_is_what_keras_means():
    assert isinstance(resolve(None), legacy.RMSprop)
    assert isinstance(resolve("rmsprop"), keras.optimizers.RMSprop)


def trained(optimizer, model=None):
    model = model or net()
    training.train_model(model, X, Y, epochs=1, optimizer=optimizer, compiled=False)
    return model.get_weights()


@pytest.mark.parametrize("make", [keras.optimizers.RMSprop, keras.optimizers.SGD, keras.optimizers.Lion])
def test_a_keras_instance_does_not_go_on_with_another_model_and_is_unharmed(make):
    optimizer, model = make(), net()
    trained(optimizer, model)
    before = [v.numpy() for v in optimizer.variables]
    with pytest.raises(ValueError, match="optimizer: .* new optimiser for each model, or .*legacy"):
        trained(optimizer, net(seed=2))
    assert all(np.array_equal(a, v.numpy()) for a, v in zip(before, optimizer.variables, strict=True))
    trained(optimizer, model)  # with its own it does


def test_a_keras_instance_goes_on_when_a_layer_is_frozen():
    optimizer, model = keras.optimizers.Adam(0.1), net()
    trained(optimizer, model)
    model.layers[0].trainable = False
    before = model.get_weights()
    after = trained(optimizer, model)
    assert np.array_equal(before[0], after[0])
    assert not np.array_equal(before[2], after[2])


def test_a_legacy_instance_takes_several_models_without_mixing_them():
    shared = legacy.RMSprop()
    trained(shared, net(seed=3))
    assert all(np.array_equal(a, b) for a, b in zip(trained(shared), trained(legacy.RMSprop()), strict=True))


@pytest.mark.parametrize("name", ["legacy Adam", "legacy, a schedule", "legacy, decay", "legacy Nadam"])
def test_a_legacy_step_counter_does_not_carry_over(name):
    optimizer = ALL[name]()
    trained(optimizer)
    with pytest.raises(ValueError, match="has taken 2 steps on another model.*new optimiser"):
        trained(optimizer, net(seed=2))


@pytest.mark.parametrize(
    ("optimizer", "error", "message"),
    [
        ("rmspropp", ValueError, "optimizer='rmspropp' is unknown to Keras; did you mean 'rmsprop'"),
        (keras.optimizers.SGD, TypeError, r"call it: optimizer=SGD\(\)"),
        (0.01, TypeError, "optimizer must be None, a Keras name"),
        (tf_keras.optimizers.RMSprop(), TypeError, "tf_keras.optimizers.legacy instance"),
    ],
)
def test_what_is_no_optimizer(optimizer, error, message):
    with pytest.raises(error, match=message):
        trained(optimizer)
