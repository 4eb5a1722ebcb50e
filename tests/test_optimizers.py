import keras
import numpy as np
import pytest
import tf_keras
from tf_keras.optimizers import legacy

from helpers import models
from helpers.optimizers import bind_optimizer

EPSILON = 1e-7


def net():
    return models.make_mlp("tanh", "glorot_uniform", hidden=(3,), seed=1)


def steps_of(optimizer, gradients):
    """What an optimiser makes of a sequence of gradients, one array for each, on one kernel."""
    model = net()
    _, apply = bind_optimizer(optimizer, model)
    shapes = [v.shape for v in model.trainable_variables]
    weights = []
    for g in gradients:
        apply([keras.ops.convert_to_tensor(np.full(s, g)) for s in shapes])
        weights.append(model.layers[0].get_weights()[0])
    return net().layers[0].get_weights()[0], weights


def by_formula(start, gradients, inside):
    keep = np.float64 if inside else np.float32  # legacy optimisers hold their settings in float32
    lr, rho = (float(keep(x)) for x in (0.001, 0.9))
    v, w, weights = 0.0, start, []
    for g in gradients:
        v = rho * v + (1 - rho) * g**2
        w = w - lr * g / (np.sqrt(v + EPSILON) if inside else np.sqrt(v) + EPSILON)
        weights.append(w)
    return weights


@pytest.mark.parametrize("scale", [1.0, 1e-3, 1e-5, 1e-8])
@pytest.mark.parametrize(("make", "inside"), [(legacy.RMSprop, False), (keras.optimizers.RMSprop, True)])
def test_each_rmsprop_follows_its_own_formula(make, inside, scale):
    gradients = scale * np.array([1.0, -0.3, 0.7, 0.7, -2.0])
    start, weights = steps_of(make(), gradients)
    assert np.allclose(weights, by_formula(start, gradients, inside), rtol=1e-12, atol=0)
    assert not np.allclose(weights, by_formula(start, gradients, not inside), rtol=1e-12, atol=0)


def test_the_two_agree_where_gradients_are_large_and_part_where_they_are_small():
    gradients = np.array([1.0, -0.3, 0.7])

    def moves(make, scale):
        start, weights = steps_of(make(), scale * gradients)
        return weights[0] - start

    large, small = ((moves(legacy.RMSprop, s) / moves(keras.optimizers.RMSprop, s)).max() for s in (1.0, 1e-6))
    assert large == pytest.approx(1, abs=1e-5)
    assert small > 100


def test_none_is_the_legacy_rmsprop_and_a_name_is_what_keras_means():
    assert isinstance(bind_optimizer(None, net())[0], legacy.RMSprop)
    assert isinstance(bind_optimizer("rmsprop", net())[0], keras.optimizers.RMSprop)


def test_a_keras_instance_goes_on_with_its_model_but_not_with_another():
    optimizer, model = keras.optimizers.RMSprop(), net()
    bind_optimizer(optimizer, model)
    assert bind_optimizer(optimizer, model)[0] is optimizer
    with pytest.raises(ValueError, match="optimizer: .* new optimiser for each model, or .*legacy"):
        bind_optimizer(optimizer, net())


def test_a_legacy_instance_takes_several_models_without_mixing_them():
    gradients = [0.5, -0.2]
    shared = legacy.RMSprop()
    steps_of(shared, [3.0, 3.0])
    _, second = steps_of(shared, gradients)
    _, alone = steps_of(legacy.RMSprop(), gradients)
    assert np.array_equal(second, alone)


@pytest.mark.parametrize(
    "optimizer",
    [
        legacy.Adam(),
        legacy.RMSprop(tf_keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9)),
        legacy.RMSprop(decay=0.1),
    ],
)
def test_a_legacy_step_counter_does_not_carry_over(optimizer):
    steps_of(optimizer, [1.0, 1.0])
    with pytest.raises(ValueError, match="has taken 2 steps on another model.*new optimiser"):
        steps_of(optimizer, [1.0])


def test_why_that_is_refused_shared_adam_is_not_fresh_adam():
    shared, model, fresh_model = legacy.Adam(), net(), net()
    for m, optimizer, steps in ((net(), shared, 5), (model, shared, 1), (fresh_model, legacy.Adam(), 1)):
        variables = [v.value for v in m.trainable_variables]
        for _ in range(steps):
            optimizer.apply_gradients([(keras.ops.ones_like(v), v) for v in variables])
    assert not np.allclose(model.get_weights()[0], fresh_model.get_weights()[0], rtol=1e-6)


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
        bind_optimizer(optimizer, net())
