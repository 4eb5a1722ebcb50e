import keras
import numpy as np
import tensorflow as tf

from helpers import data, models, training
from helpers.batches import Batches
from helpers.epoch import Epoch
from helpers.finiteness import Health
from helpers.optimizers import bind_optimizer
from helpers.packing import Separate

X, Y = data.circles(200)
NORMAL = keras.initializers.RandomNormal(stddev=1.0)


def net(replicas=None):
    return models.make_mlp("tanh", NORMAL, replicas=replicas, seed=1)


def one_epoch(watch, replicas, apart):
    model = net(replicas)
    batches = Batches(len(X), 32, seed=0, apart=apart)
    rows, tail = batches.next_epoch()
    epoch = Epoch(Separate(model, *bind_optimizer(None, model)), "binary_crossentropy", ("updates",), watch=watch)
    kept, state = epoch(tf.constant(X), tf.constant(Y[:, None]), tf.constant(rows), tf.constant(batches.weights), tail)
    return model.get_weights(), kept, state


def same(a, b):
    return all(np.allclose(p, q, rtol=1e-10, atol=1e-14) for p, q in zip(a, b, strict=True))


def test_watched_or_not_padded_or_apart_an_epoch_teaches_the_same():
    for replicas in (None, 2):
        weights, kept, (total,) = one_epoch(False, replicas, apart=False)
        for watch, apart in ((True, False), (False, True), (True, True)):
            others, other_kept, state = one_epoch(watch, replicas, apart)
            assert same(weights, others)
            assert same(keras.tree.flatten(kept), keras.tree.flatten(other_kept))
            if watch:
                assert np.all(Health(*state).alive)
            else:
                assert np.allclose(total, state[0], rtol=1e-10)


def test_the_state_of_an_unwatched_epoch_is_the_sum_of_its_losses():
    model = net()
    batches = Batches(len(X), 50, seed=0)
    rows, _ = batches.next_epoch()
    epoch = Epoch(Separate(model, bind_optimizer(None, model)[0], lambda gradients: None), "binary_crossentropy", ())
    _, (total,) = epoch(tf.constant(X), tf.constant(Y[:, None]), tf.constant(rows), tf.constant(batches.weights))
    assert np.isclose(total, 4 * training.evaluate(model, X, Y).loss, rtol=1e-12)
