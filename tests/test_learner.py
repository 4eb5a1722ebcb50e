import keras
import numpy as np
import pytest

from helpers import data, learner, models, training

X, Y = data.circles(200)
NORMAL = keras.initializers.RandomNormal(stddev=1.0)


def net(replicas=None):
    return models.make_mlp("tanh", NORMAL, replicas=replicas, seed=1)


def train(model, epochs=3, **more):
    return training.train_model(model, X, Y, epochs=epochs, **more)


def test_a_run_that_leaves_the_finite_numbers_stops_and_says_where():
    model = models.make_mlp("relu", "he_normal", seed=1, output_activation=None)
    with pytest.warns(RuntimeWarning, match=r"training stopped at epoch \d+, batch \d+: the .* is not finite"):
        run = train(model, epochs=50, loss="mse", optimizer=keras.optimizers.SGD(10.0), record="weights")
    (where,) = run.nonfinite
    assert where.replica is None
    assert where.layer in run.gradients.names
    assert where.epoch > 0
    assert len(run.loss) == len(run["weights"]) == where.epoch + (where.batch > 0)
    assert np.isfinite(run.loss).all()
    assert all(np.isfinite(w).all() for w in model.get_weights())  # the last finite state is kept


def test_the_layer_named_is_the_first_whose_output_is_not_finite():
    model = models.make_mlp(None, "ones", name="lin", hidden=(2, 2, 2), output_activation=None)
    model.layers[1].kernel.assign(np.full((2, 2), 1e200))
    model.layers[2].kernel.assign(np.full((2, 2), 1e200))
    with pytest.warns(RuntimeWarning, match="epoch 0, batch 0: the output of layer 'lin3'"):
        run = training.train_model(model, X, Y, epochs=2, loss="mse")
    assert run.nonfinite[0][1:] == (0, 0, "lin3", "output")
    assert len(run.loss) == 1


@pytest.mark.parametrize("batch_size", [32, len(X)])  # of one batch, only the weights after it tell
def test_a_gradient_can_overflow_where_outputs_do_not(batch_size):
    model = models.make_mlp(None, "ones", name="lin", hidden=(2, 2), output_activation=None)
    # output about 1e12, gradient at layer 2 about 1e163, at layer 1 about 1e315
    model.layers[0].kernel.assign(np.full((2, 2), 1e-290))
    model.layers[1].kernel.assign(np.full((2, 2), 1e151))
    model.layers[2].kernel.assign(np.full((2, 1), 1e151))
    with pytest.warns(RuntimeWarning, match="the gradient of layer 'lin1'"):
        run = training.train_model(model, X, Y, epochs=1, loss="mse", batch_size=batch_size)
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
        run = train(many)
    assert [w.replica for w in run.nonfinite] == [1]
    assert run.loss.shape == (4, 3)
    assert np.isfinite(run.loss).all(axis=0).tolist() == [True, False, True]
    for r, single in zip((0, 2), healthy, strict=True):
        assert np.allclose(run.loss[:, r], train(single).loss, rtol=1e-9)


@pytest.mark.parametrize("replicas", [None, 3])
def test_watched_from_the_start_a_run_fails_alike_and_repeats_nothing(replicas, monkeypatch):
    real, watches = learner.Epoch, []
    monkeypatch.setattr(learner, "Epoch", lambda *given: watches.append(given[3]) or real(*given))
    runs, ends = [], []
    for watch in (True, False):
        many = models.make_mlp("relu", "he_normal", replicas=replicas, seed=1, output_activation=None)
        with pytest.warns(RuntimeWarning, match="stopped"):
            runs.append(train(many, loss="mse", optimizer=keras.optimizers.SGD(1e120), watch=watch))
        ends.append(many.get_weights())
    assert watches == [True, False, False, True]  # no other epoch was made than that under watch
    watched, repeated = runs
    assert watched.nonfinite == repeated.nonfinite
    assert np.allclose(watched.loss, repeated.loss, rtol=1e-9, equal_nan=True)
    assert all(np.allclose(a, b, rtol=1e-9) for a, b in zip(*ends, strict=True))


def test_watched_a_finite_run_is_what_it_was():
    watched, run = (train(net(2), watch=watch) for watch in (True, False))
    assert watched.nonfinite == ()
    assert np.allclose(watched.loss, run.loss, rtol=1e-9)


def test_a_loss_can_overflow_where_outputs_do_not():
    model = models.make_mlp(None, "ones", name="lin", hidden=(), output_activation=None)
    model.layers[0].kernel.assign(np.full((2, 1), 1e160))
    with pytest.warns(RuntimeWarning, match="the loss of the output of layer 'lin1' is not finite"):
        train(model, epochs=1, loss="mse")


@pytest.mark.parametrize("compiled", [True, False])
def test_the_epoch_that_fails_is_repeated_from_where_it_began(compiled):
    """What comes before the failure is what a run gives that ends there by itself."""
    model, short = (models.make_mlp("relu", "he_normal", seed=1, output_activation=None) for _ in range(2))
    arguments = {"loss": "mse", "record": "weights", "compiled": compiled}
    with pytest.warns(RuntimeWarning, match="training stopped"):
        run = train(model, epochs=50, optimizer=keras.optimizers.SGD(10.0), **arguments)
    epochs = run.nonfinite[0].epoch
    assert epochs > 1
    alone = train(short, epochs=epochs, optimizer=keras.optimizers.SGD(10.0), **arguments)
    assert np.allclose(run.loss[: epochs + 1], alone.loss, rtol=1e-9)
    assert np.allclose(run["weights"]["relu3"][: epochs + 1], alone["weights"]["relu3"], rtol=1e-9)


def test_the_batch_named_is_the_first_that_fails():
    """Found by hand: the same batches, one at a time, until the gradient is not finite."""
    import tensorflow as tf

    from helpers.batches import Batches

    model, by_hand = (models.make_mlp("relu", "he_normal", seed=1, output_activation=None) for _ in range(2))
    with pytest.warns(RuntimeWarning):
        run = train(model, epochs=50, loss="mse", optimizer=keras.optimizers.SGD(10.0))
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
                v.assign_sub(10.0 * g)
        if place:
            break
    assert (run.nonfinite[0].epoch, run.nonfinite[0].batch) == place
    for a, b in zip(model.get_weights(), by_hand.get_weights(), strict=True):
        assert np.allclose(a, b, rtol=1e-6)
