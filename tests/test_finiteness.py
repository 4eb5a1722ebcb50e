import numpy as np
import pytest
import tensorflow as tf

from helpers import models
from helpers.finiteness import Health, locate

X = np.ones((4, 2))


def test_all_is_well():
    health, safe = Health.start(()).look(tf.constant(0.5), [tf.ones([2, 3]), tf.ones([3])], tf.constant(7))
    assert (bool(health.alive), int(health.batch), int(health.variable)) == (True, -1, -1)
    assert [s.shape for s in safe] == [(2, 3), (3,)]
    assert np.all(safe[0] == 1)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_bad_gradient_ends_one_replica_and_is_silenced(bad):
    first, second = np.ones((3, 2, 2)), np.ones((3, 4))
    first[1, 0, 1] = bad
    health, safe = Health.start((3,)).look(
        tf.ones([3], tf.float64), [tf.constant(first), tf.constant(second)], tf.constant(5)
    )
    assert health.alive.numpy().tolist() == [True, False, True]
    assert health.batch.numpy().tolist() == [-1, 5, -1]
    assert health.variable.numpy().tolist() == [-1, 0, -1]
    for gradients in safe:
        assert np.all(gradients.numpy()[1] == 0)
        assert np.all(gradients.numpy()[[0, 2]] == 1)


def test_the_variable_named_is_the_last_bad_one_and_a_bad_loss_has_none():
    bad = tf.constant([np.nan])
    health, _ = Health.start(()).look(tf.constant(1.0), [bad, bad, tf.ones([1])], tf.constant(0))
    assert int(health.variable) == 1
    health, _ = Health.start(()).look(tf.constant(np.inf), [tf.ones([1])], tf.constant(3))
    assert (bool(health.alive), int(health.batch), int(health.variable)) == (False, 3, -1)


def test_the_first_failure_counts():
    health, _ = Health.start(()).look(tf.constant(np.nan), [tf.ones([1])], tf.constant(3))
    later, _ = health.look(tf.constant(1.0), [tf.constant([np.nan])], tf.constant(4))
    assert (bool(later.alive), int(later.batch), int(later.variable)) == (False, 3, -1)


def test_locate_names_the_first_layer_whose_output_overflows():
    model = models.make_mlp(None, "ones", name="lin", hidden=(2, 2), output_activation=None)
    assert locate(model, X, -1) == ("lin3", "loss")
    assert locate(model, X, 2) == ("lin2", "gradient")  # variables: kernel and bias of each layer
    model.layers[1].kernel.assign(np.full((2, 2), np.inf))
    assert locate(model, X, 5) == ("lin2", "output")


def test_locate_looks_at_one_replica():
    model = models.make_mlp(None, "ones", name="lin", hidden=(2,), output_activation=None, replicas=2)
    kernel = model.layers[0].kernel.numpy()
    kernel[1] = np.nan
    model.layers[0].kernel.assign(kernel)
    assert locate(model, X, -1, replica=0) == ("lin2", "loss")
    assert locate(model, X, -1, replica=1) == ("lin1", "output")
