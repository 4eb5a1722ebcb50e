from functools import cache

import keras
import numpy as np
import pytest
import tensorflow as tf

from helpers import data, learner, models, training
from helpers.batches import Batches

X, Y = data.circles(80)
NORMAL = keras.initializers.RandomNormal(stddev=1.0)
RATE, OTHER_RATE = 1e20, 1e26  # the relu net below fails after some epochs: in the midst of one, at the start of one


def net(replicas=None):
    return models.make_mlp("tanh", NORMAL, replicas=replicas, hidden=(4, 3), seed=1)


def relu_net(replicas=None):
    return models.make_mlp("relu", "he_normal", replicas=replicas, hidden=(4, 3), seed=1, output_activation=None)


def train(model, epochs=3, **more):
    return training.train_model(model, X, Y, epochs=epochs, **more)


def train_fast(model, epochs=50, rate=RATE, **more):
    return train(model, epochs, loss="mse", optimizer=keras.optimizers.SGD(rate), **more)


@cache
def failed(compiled=True, rate=RATE):
    """A model and the run in which it left the finite numbers."""
    model = relu_net()
    with pytest.warns(RuntimeWarning, match=r"training stopped at epoch \d+, batch \d+: the .* is not finite"):
        return model, train_fast(model, rate=rate, record="weights", compiled=compiled)


@pytest.mark.parametrize(("compiled", "rate"), [(True, RATE), (False, OTHER_RATE)])
def test_a_run_that_leaves_the_finite_numbers_stops_and_says_where(compiled, rate):
    model, run = failed(compiled, rate)
    (where,) = run.nonfinite
    assert where.replica is None
    assert where.layer in run.gradients.names
    assert where.epoch > 0
    assert (where.batch > 0) == (rate == RATE)
    assert len(run.loss) == len(run["weights"]) == where.epoch + (where.batch > 0)
    assert np.isfinite(run.loss).all()
    assert all(np.isfinite(w).all() for w in model.get_weights())  # the last finite state is kept


def test_the_layer_named_is_the_first_whose_output_is_not_finite():
    model = models.make_mlp(None, "ones", name="lin", hidden=(2, 2, 2), output_activation=None)
    model.layers[1].kernel.assign(np.full((2, 2), 1e200))
    model.layers[2].kernel.assign(np.full((2, 2), 1e200))
    with pytest.warns(RuntimeWarning, match="epoch 0, batch 0: the output of layer 'lin3'"):
        run = training.train_model(model, X, Y, epochs=2, loss="mse", compiled=False)
    assert run.nonfinite[0][1:] == (0, 0, "lin3", "output")
    assert len(run.loss) == 1


# of one batch, only the weights after it tell
@pytest.mark.parametrize(("batch_size", "compiled"), [(32, False), (len(X), True)])
def test_a_gradient_can_overflow_where_outputs_do_not(batch_size, compiled):
    model = models.make_mlp(None, "ones", name="lin", hidden=(2, 2), output_activation=None)
    # output about 1e12, gradient at layer 2 about 1e163, at layer 1 about 1e315
    model.layers[0].kernel.assign(np.full((2, 2), 1e-290))
    model.layers[1].kernel.assign(np.full((2, 2), 1e151))
    model.layers[2].kernel.assign(np.full((2, 1), 1e151))
    with pytest.warns(RuntimeWarning, match="the gradient of layer 'lin1'"):
        run = train(model, epochs=1, loss="mse", optimizer="sgd", batch_size=batch_size, compiled=compiled)
    assert run.nonfinite[0].layer == "lin1"


def test_one_replica_may_die_the_others_go_on():
    many = net(replicas=3)
    poisoned = many.layers[2].kernel.numpy()
    poisoned[1] = np.inf
    many.layers[2].kernel.assign(poisoned)
    healthy = [models.take_replica(many, r) for r in (0, 2)]
    with pytest.warns(
        RuntimeWarning, match="1 of 3 replicas stopped, the first at epoch 0, batch 0: the output of layer 'tanh3'"
    ):
        run = train(many, optimizer="sgd")
    assert [w.replica for w in run.nonfinite] == [1]
    assert run.loss.shape == (4, 3)
    assert np.isfinite(run.loss).all(axis=0).tolist() == [True, False, True]
    for r, single in zip((0, 2), healthy, strict=True):
        assert np.allclose(run.loss[:, r], train(single, optimizer="sgd", compiled=False).loss, rtol=1e-9)


@pytest.mark.parametrize(
    ("replicas", "compiled", "expected"),  # no other epoch is made than that under watch
    [(None, True, [True, False, False, True]), (3, False, [True, False, True])],
)
def test_watched_from_the_start_a_run_fails_alike_and_repeats_nothing(replicas, compiled, expected, monkeypatch):
    real, watches = learner.Epoch, []
    monkeypatch.setattr(learner, "Epoch", lambda *given: watches.append(given[3]) or real(*given))
    runs, ends = [], []
    for watch in (True, False):
        model = relu_net(replicas)
        with pytest.warns(RuntimeWarning, match="stopped"):
            runs.append(train_fast(model, epochs=3, rate=1e120, watch=watch, compiled=compiled))
        ends.append(model.get_weights())
    assert watches == expected
    watched, repeated = runs
    assert watched.nonfinite == repeated.nonfinite
    assert np.allclose(watched.loss, repeated.loss, rtol=1e-9, equal_nan=True)
    assert all(np.allclose(a, b, rtol=1e-9) for a, b in zip(*ends, strict=True))


def test_watched_a_finite_run_is_what_it_was():
    watched, run = (train(net(3), optimizer="sgd", watch=watch) for watch in (True, False))
    assert watched.nonfinite == ()
    assert np.allclose(watched.loss, run.loss, rtol=1e-9)


def test_a_loss_can_overflow_where_outputs_do_not():
    model = models.make_mlp(None, "ones", name="lin", hidden=(), output_activation=None)
    model.layers[0].kernel.assign(np.full((2, 1), 1e160))
    with pytest.warns(RuntimeWarning, match="the loss of the output of layer 'lin1' is not finite"):
        train(model, epochs=1, loss="mse", compiled=False)


@pytest.mark.parametrize("compiled", [True, False])
def test_the_epoch_that_fails_is_repeated_from_where_it_began(compiled):
    """What comes before the failure is what a run gives that ends there by itself."""
    _, run = failed(compiled)
    epochs = run.nonfinite[0].epoch
    assert epochs > 1
    alone = train_fast(relu_net(), epochs, record="weights", compiled=compiled)
    assert np.allclose(run.loss[: epochs + 1], alone.loss, rtol=1e-9)
    assert np.allclose(run["weights"]["relu3"][: epochs + 1], alone["weights"]["relu3"], rtol=1e-9)


def test_the_batch_named_is_the_first_that_fails():
    """Found by hand: the same batches, one at a time, until the gradient is not finite."""
    (model, run), by_hand = failed(), relu_net()
    batches = Batches(len(X), 32, 0, apart=True)
    place = None
    for epoch in range(50):
        rows, tail = batches.next_epoch()
        for number, batch in enumerate([*rows, tail]):
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean((by_hand(X[batch])[:, 0] - Y[batch]) ** 2)
            gradients = tape.gradient(loss, [v.value for v in by_hand.trainable_variables])
            if not all(np.isfinite(v).all() for v in [loss, *gradients]):
                place = (epoch, number)
                break
            for v, g in zip(by_hand.trainable_variables, gradients, strict=True):
                v.assign_sub(RATE * g)
        if place:
            break
    assert (run.nonfinite[0].epoch, run.nonfinite[0].batch) == place
    for a, b in zip(model.get_weights(), by_hand.get_weights(), strict=True):
        assert np.allclose(a, b, rtol=1e-6)
