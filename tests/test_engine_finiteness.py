import keras
import numpy as np
import pytest
import tensorflow as tf

from helpers import models
from helpers.engine.finiteness import locate

X = np.ones((4, 2))


def linear(replicas=None):
    return models.make_mlp(None, "ones", name="lin", hidden=(2, 2), output_activation=None, replicas=replicas)


def zeros(model):
    return [np.zeros(v.shape) for v in model.trainable_variables]


def with_bad(arrays, *places, value=np.nan):
    for k in places:
        arrays[k].flat[-1] = value
    return arrays


def test_the_first_layer_whose_output_overflows():
    model = linear()
    model.layers[1].kernel.assign(np.full((2, 2), np.inf))
    assert locate(model, X, np.inf, with_bad(zeros(model), 5)) == ("lin2", "output")


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_the_gradient_that_the_backward_pass_meets_first(bad):
    model = linear()  # variables: kernel and bias of each layer
    assert locate(model, X, 1.0, with_bad(zeros(model), 0, 2, value=bad)) == ("lin2", "gradient")


def test_a_loss_that_only_overflows_by_itself():
    model = linear()
    assert locate(model, X, np.inf, zeros(model), zeros(model)) == ("lin3", "loss")


def test_a_step_that_goes_too_far():
    model = linear()
    assert locate(model, X, 1.0, zeros(model), with_bad(zeros(model), 1, 3)) == ("lin2", "update")


def test_one_replica_is_looked_at():
    model = linear(replicas=2)
    kernel = model.layers[0].kernel.numpy()
    kernel[1] = np.nan
    model.layers[0].kernel.assign(kernel)
    loss = np.array([np.inf, 1.0])
    assert locate(model, X, loss, zeros(model), replica=0) == ("lin3", "loss")
    assert locate(model, X, loss, zeros(model), replica=1) == ("lin1", "output")
    model.layers[0].kernel.assign(np.ones((2, 2, 2)))
    assert locate(model, X, np.ones(2), with_bad(zeros(model), 4), replica=1) == ("lin3", "gradient")


def test_numbers_of_bfloat16_are_looked_at():
    layers = [keras.Input((2,), dtype="bfloat16"), keras.layers.Dense(1, dtype="mixed_bfloat16", name="only")]
    model = keras.Sequential(layers)
    model.layers[0].kernel.assign([[np.inf], [0.0]])
    assert locate(model, tf.ones((4, 2), tf.bfloat16), np.inf, zeros(model)) == ("only", "output")
