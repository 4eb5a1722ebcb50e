import json
import signal
import sys
import threading
import time
import warnings
from functools import cache

import keras
import numpy as np
import pytest
import tensorflow as tf
from tf_keras.optimizers import legacy

from helpers import data, models, plotting, training
from helpers.engine.batches import Batches
from helpers.engine.records import RECORDS
from tests.reference import torch_gradients

X, Y = data.circles(80)
NORMAL = keras.initializers.RandomNormal(stddev=1.0)


def net(activation="tanh", replicas=None, seed=1, **more):
    return models.make_mlp(activation, NORMAL, replicas=replicas, seed=seed, **{"hidden": (4, 3), **more})


def train(model, epochs=3, **more):
    return training.train_model(model, X, Y, epochs=epochs, **more)


def same(a, b, tolerance=1e-9):
    assert a.names == b.names
    return all(np.allclose(a[n], b[n], rtol=tolerance, atol=tolerance * np.abs(b[n]).max()) for n in a.names)


# --- gradients against what this code did not compute --------------------------------------------


def first_gradients(model, X, y, **more):
    """Gradient of each kernel on all of the data, as train_model records it at its first batch."""
    run = training.train_model(model, X, y, epochs=1, batch_size=len(X), optimizer=keras.optimizers.SGD(0.0), **more)
    return run.loss[0], [run.gradients[n][0] for n in run.gradients.names]


def reference_net(activation):
    kernels, biases, X, y = torch_gradients.problem()
    model = models.make_mlp(activation, "zeros", hidden=(5, 5))
    model.set_weights([w for pair in zip(kernels, biases, strict=True) for w in pair])
    return model, X, y


@pytest.mark.parametrize("activation", torch_gradients.ACTIVATIONS)
def test_gradients_are_those_of_pytorch(activation):
    stored = json.loads(torch_gradients.STORED.read_text())[activation]
    loss, gradients = first_gradients(*reference_net(activation), compiled=activation == "tanh")
    assert loss == pytest.approx(stored["loss"], rel=1e-12)
    for ours, theirs in zip(gradients, stored["gradients"], strict=True):
        assert np.allclose(ours, theirs, rtol=1e-11, atol=1e-15)


@pytest.mark.parametrize("activation", torch_gradients.ACTIVATIONS)
def test_the_stored_reference_is_what_pytorch_computes(activation):
    pytest.importorskip("torch", reason="torch is optional: the stored reference stands in for it")
    stored, computed = json.loads(torch_gradients.STORED.read_text())[activation], torch_gradients.by_torch(activation)
    assert computed["loss"] == pytest.approx(stored["loss"], rel=1e-13)
    assert all(np.allclose(a, b, rtol=1e-12) for a, b in zip(computed["gradients"], stored["gradients"], strict=True))


def test_gradients_against_central_differences():
    activations = ["relu", "sigmoid", "tanh", "elu", "gelu", "sigmoid"]
    model = keras.Sequential([keras.Input((2,))])
    for k, activation in enumerate(activations):  # one of each: a compiled net serves all
        recipes = [keras.initializers.RandomNormal(stddev=s, seed=9 * k + n) for n, s in enumerate((1.0, 0.5))]
        units = 1 if k == len(activations) - 1 else 2
        model.add(keras.layers.Dense(units, activation, kernel_initializer=recipes[0], bias_initializer=recipes[1]))
    few_points, few_labels = X[:32], Y[:32]
    _, gradients = first_gradients(model, few_points, few_labels)
    step = 1e-6
    for layer, gradient in zip(model.layers, gradients, strict=True):
        kernel = layer.kernel.numpy()
        numeric = np.zeros_like(kernel)
        for index in np.ndindex(kernel.shape):
            values = []
            for sign in (1, -1):
                moved = kernel.copy()
                moved[index] += sign * step
                layer.kernel.assign(moved)
                values.append(training.evaluate(model, few_points, few_labels).loss)
            layer.kernel.assign(kernel)
            numeric[index] = (values[0] - values[1]) / (2 * step)
        assert np.allclose(gradient, numeric, rtol=1e-6, atol=1e-9)
        assert np.abs(gradient).max() > 1e-4


def test_a_replicas_gradient_is_its_own():
    many = net(replicas=3)
    _, stacked = first_gradients(many, X, Y, compiled=False)
    for r in range(3):
        _, alone = first_gradients(models.take_replica(many, r), X, Y, compiled=False)
        assert all(np.allclose(s[r], a, rtol=1e-10, atol=1e-15) for s, a in zip(stacked, alone, strict=True))


# --- the loop ------------------------------------------------------------------------------------


def by_hand(model, epochs, batch_size, seed=0):
    """The plain eager loop with the legacy RMSprop, over the batches of the same seed, unpadded."""
    optimizer = legacy.RMSprop()
    variables = [v.value for v in model.trainable_variables]
    batches = Batches(len(X), batch_size, seed, apart=True)
    losses, gradients = [], []
    for epoch in range(epochs + 1):
        rows, tail = batches.next_epoch()
        for step, batch in enumerate([*rows, tail] if tail is not None else rows):
            with tf.GradientTape() as tape:
                p = model(X[batch])
                loss = tf.reduce_mean(keras.losses.binary_crossentropy(Y[batch][:, None], p))
            g = tape.gradient(loss, variables)
            if step == 0:
                losses.append(float(loss))
                gradients.append([k.numpy() for k in g[::2]])
            if epoch == epochs:
                break
            optimizer.apply_gradients(zip(g, variables, strict=True))
    return np.array(losses), gradients


@pytest.mark.parametrize("batch_size", [32, 80])
def test_the_compiled_loop_is_the_plain_one(batch_size):
    packaged, plain = net(), net()
    run = train(packaged, batch_size=batch_size)
    losses, gradients = by_hand(plain, 3, batch_size)
    assert np.allclose(run.loss, losses, rtol=1e-9)
    for k, name in enumerate(run.gradients.names):
        assert np.allclose(run.gradients[name], [g[k] for g in gradients], rtol=1e-8, atol=1e-11)
    for a, b in zip(packaged.get_weights(), plain.get_weights(), strict=True):
        assert np.allclose(a, b, rtol=1e-9, atol=1e-12)


OPTIMIZERS = {None: "adam", 3: None}  # by the number of replicas
EPOCHS, BATCH_SIZE = 4, 50


@cache
def recorded(replicas, compiled, every):
    """A model and the run in which everything was recorded every so many epochs."""
    model = net("sigmoid", replicas)
    settings = {"epochs": EPOCHS, "batch_size": BATCH_SIZE, "optimizer": OPTIMIZERS[replicas], "record": RECORDS}
    return model, train(model, record_every=every, compiled=compiled, **settings)


@pytest.mark.parametrize("replicas", OPTIMIZERS)
def test_compiled_and_eager_give_the_same_numbers(replicas):
    fast, slow = (recorded(replicas, compiled, 1)[1] for compiled in (True, False))
    assert np.allclose(fast.loss, slow.loss, rtol=1e-9)
    assert same(fast.gradients, slow.gradients)
    for name in RECORDS[:4]:
        assert same(fast[name], slow[name])
    for name in RECORDS[4:]:
        assert np.allclose(fast[name], slow[name], rtol=1e-9)


def test_compiled_and_eager_agree_where_the_output_saturates():
    # logits of some 100: losses computed from clipped probabilities would part here
    big = keras.initializers.RandomNormal(stddev=40.0)
    fast, slow = (train(models.make_mlp("tanh", big, hidden=(4, 3), seed=3), compiled=c) for c in (True, False))
    assert fast.loss.max() > 20
    assert np.allclose(fast.loss, slow.loss, rtol=1e-9)


@pytest.mark.parametrize(
    ("optimizer", "batch_size", "compiled"), [(None, BATCH_SIZE, True), ("sgd", 80, True), ("adam", 40, False)]
)
def test_a_replica_trains_as_a_single_net_does(optimizer, batch_size, compiled):
    cached = optimizer is None
    arguments = {"epochs": EPOCHS if cached else 2, "batch_size": batch_size, "optimizer": optimizer}
    many, names = net("sigmoid", replicas=3), ("weights", "accuracy") if cached else ("weights",)
    singles = [models.take_replica(many, r) for r in range(3)]
    runs = recorded(3, compiled, 1)[1] if cached else train(many, compiled=compiled, record=names, **arguments)
    for r, single in enumerate(singles):
        alone = train(single, compiled=False, record=names, **arguments)
        assert np.allclose(runs.loss[:, r], alone.loss, rtol=1e-9)
        assert same(runs.gradients.replica(r), alone.gradients)
        assert same(runs["weights"].replica(r), alone["weights"])
        if "accuracy" in names:
            assert np.array_equal(runs["accuracy"][:, r], alone["accuracy"])


def test_what_is_recorded_and_when():
    start = [layer.kernel.numpy() for layer in net("sigmoid").layers]
    model, run = recorded(None, True, 1)
    assert run.loss.shape == run["accuracy"].shape == run["full_loss"].shape == (5,)
    assert run.gradients.steps.tolist() == [0, 1, 2, 3, 4]
    assert run["updates"].steps.tolist() == [0, 1, 2, 3]  # nothing is learnt from the batch after the last epoch
    assert (run.gradients.quantity, run["weights"].quantity, run["updates"].quantity) == (
        "gradient",
        "weight",
        "update",
    )
    for layer, first in zip(model.layers, start, strict=True):
        assert np.array_equal(run["weights"][layer.name][0], first)
        assert np.array_equal(run["weights"][layer.name][-1], layer.kernel.numpy())
    final = training.evaluate(model, X, Y)
    assert run["accuracy"][-1] == pytest.approx(final.accuracy)
    assert run["full_loss"][-1] == pytest.approx(final.loss)


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("replicas", OPTIMIZERS)
def test_recorded_now_and_then_is_what_is_recorded_always(replicas, compiled):
    models_, (always, rarely) = zip(*(recorded(replicas, compiled, every) for every in (1, 3)), strict=True)
    assert rarely.gradients.steps.tolist() == [0, 3, 4]
    assert rarely["updates"].steps.tolist() == [0, 3]
    steps = rarely.gradients.steps
    assert np.array_equal(rarely.loss, always.loss[steps])
    for name in ("accuracy", "full_loss"):
        assert np.array_equal(rarely[name], always[name][steps])
    for name in ("weights", "biases", "bias_gradients", "updates"):
        for layer, values in rarely[name].layers.items():
            assert np.array_equal(values, always[name][layer][rarely[name].steps])
    for rare, often in zip(*(m.get_weights() for m in models_), strict=True):
        assert np.array_equal(rare, often)


def test_the_longest_interval_leaves_the_start_and_the_end():
    run = train(net(), epochs=3, record_every=100)
    assert run.gradients.steps.tolist() == [0, 3]
    plotting.plot_gradients(run.gradients, run.loss)


def test_an_update_is_minus_the_learning_rate_times_the_gradient_under_sgd():
    run = train(net(), optimizer=keras.optimizers.SGD(0.25), record="updates", compiled=False)
    for name in run.gradients.names:
        assert np.allclose(run["updates"][name], -0.25 * run.gradients[name][:-1], rtol=1e-9, atol=1e-13)


@pytest.mark.parametrize(("replicas", "compiled"), [(None, True), (3, False)])
def test_a_function_records_what_it_returns(replicas, compiled):
    def hidden_means(model, x, y):
        means = tf.reduce_mean(model.layers[0](x), axis=0)
        return {"tanh1": means}

    model = net(replicas=replicas)
    run = train(model, epochs=1, optimizer="sgd", record=(hidden_means,), compiled=compiled)
    lead = () if replicas is None else (replicas,)
    assert run["hidden_means"]["tanh1"].shape == (2, *lead, 4)
    with pytest.raises(KeyError, match="'weights' was not recorded .*'hidden_means'"):
        run["weights"]


@pytest.mark.parametrize("named", [True, False])
def test_models_trained_at_once_get_the_numbers_of_models_trained_alone(named):
    keys = [("tanh", None), ("sigmoid", 3)]
    settings = {"epochs": 2, "batch_size": 80, "record": "accuracy" if named else ()}
    makers = [keras.optimizers.Adam] * 2 if named else [legacy.RMSprop, keras.optimizers.SGD]
    makes = dict(zip(keys, makers, strict=True))
    optimizers = "adam" if named else {key: make() for key, make in makes.items()}
    runs = training.train_each({key: net(*key) for key in keys}, X, Y, optimizers, compiled=not named, **settings)
    assert list(runs) == keys
    for key, run in runs.items():
        alone = train(net(*key), optimizer=makes[key](), compiled=False, **settings)
        assert list(run.recorded) == ["accuracy"] * named
        assert np.allclose(run.loss, alone.loss, rtol=1e-9)
        assert same(run.gradients, alone.gradients)


@pytest.mark.parametrize(
    ("models_and_optimizers", "error", "message"),
    [
        (({},), ValueError, "models must be {key: model} with at least one"),
        (({"a": None}, keras.optimizers.SGD()), TypeError, "optimizers must be None, a name or"),
        (({"a": None}, {"b": "sgd"}), ValueError, r"keys of models, \['a'\], got \['b'\]"),
    ],
)
def test_bad_sets_of_models(models_and_optimizers, error, message):
    chosen, *optimizers = models_and_optimizers
    with pytest.raises(error, match=message):
        training.train_each(chosen, X, Y, *optimizers)


@pytest.mark.parametrize("name", ["optimizer", "after_epoch"])
def test_what_is_not_for_all_models(name):
    with pytest.raises(TypeError, match=f"{name} is not for (all|several) models at once"):
        training.train_each({"a": net()}, X, Y, **{name: None})


def test_the_seed_orders_the_batches():
    a, b, c = (train(net(), epochs=1, seed=s, compiled=False).loss for s in (1, 1, 2))
    assert np.array_equal(a, b)
    assert not np.array_equal(a, c)


def test_a_thousand_points_of_two_circles_are_learnt():
    points, labels = data.circles()
    model = net("tanh", replicas=9, hidden=(5, 5, 5, 5))
    before = training.evaluate(model, points, labels).accuracy
    run = training.train_model(model, points, labels, epochs=100)
    after = training.evaluate(model, points, labels).accuracy
    assert run.loss.shape == (101, 9)
    assert abs(np.median(before) - 0.5) < 0.1
    assert np.median(after) > 0.99  # the published single run ended at 0.994


def test_batch_normalisation_sees_no_padding():
    def normalised():
        model = keras.Sequential(
            [
                keras.Input((2,)),
                keras.layers.Dense(4, kernel_initializer=keras.initializers.GlorotUniform(seed=1)),
                keras.layers.BatchNormalization(),
                keras.layers.Dense(
                    1, activation="sigmoid", kernel_initializer=keras.initializers.GlorotUniform(seed=2)
                ),
            ]
        )
        return model

    ours, plain = normalised(), normalised()
    train(ours, epochs=1, batch_size=32, optimizer=keras.optimizers.SGD(0.1))
    plain.compile(keras.optimizers.SGD(0.1), "binary_crossentropy", run_eagerly=True)
    rows, tail = Batches(len(X), 32, 0, apart=True).next_epoch()
    for batch in [*rows, tail]:
        plain.train_on_batch(X[batch], Y[batch][:, None])
    for a, b in zip(ours.get_weights(), plain.get_weights(), strict=True):
        assert np.allclose(a, b, rtol=1e-9, atol=1e-12)


def test_several_classes():
    points = np.random.default_rng(0).normal(size=(90, 4))
    classes = np.arange(90) % 3
    more = {"hidden": (4,), "inputs": 4, "outputs": 3, "output_activation": "softmax"}
    model = models.make_mlp("relu", "he_normal", replicas=2, seed=1, **more)
    loss = "sparse_categorical_crossentropy"
    run = training.train_model(model, points, classes, epochs=2, loss=loss, record="accuracy", compiled=False)
    assert run["accuracy"].shape == (3, 2)
    assert np.allclose(run["accuracy"][-1], training.evaluate(model, points, classes, loss).accuracy)


def test_evaluate_is_what_keras_says():
    model = net()
    model.compile(loss="binary_crossentropy", metrics=["accuracy"], run_eagerly=True)
    theirs = model.evaluate(X, Y[:, None], verbose=0)
    assert tuple(training.evaluate(model, X, Y)) == pytest.approx(theirs, rel=1e-9)


# --- cut short -----------------------------------------------------------------------------------


def test_an_interrupted_run_returns_what_it_has():
    def stop_at_the_third_epoch(model, x, y):
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return {"a": tf.zeros(1)}

    calls = []
    with pytest.warns(RuntimeWarning, match="interrupted after 2 records, the last of epoch 1 of 50"):
        run = train(net(), epochs=50, record=(stop_at_the_third_epoch,), compiled=False)
    assert run.interrupted
    assert run.loss.shape == (2,)
    assert len(run.gradients) == 2


@pytest.mark.parametrize("progress", [True, False])
def test_one_bar_counts_the_epochs_of_all_models(monkeypatch, capsys, progress):
    for name in ("TQDM_DISABLE", "PYTEST_CURRENT_TEST"):
        monkeypatch.delenv(name, raising=False)

    def slow(model, x, y):
        time.sleep(0.3)  # a bar appears after two seconds
        return {"a": tf.zeros(1)}

    settings = {"epochs": 10 if progress else 1, "batch_size": len(X), "compiled": False, "record": slow}
    training.train_each({k: net() for k in range(3)}, X, Y, progress=progress, **settings)
    shown = capsys.readouterr().err
    assert ("all models" in shown and "/30" in shown) == progress


@pytest.mark.skipif(sys.platform == "win32", reason="signals reach a chosen thread on POSIX only")
def test_stopping_models_trained_at_once_does_not_wait_for_their_last_epoch():
    def press_stop(model, x, y):
        calls.append(model.name)
        if len(calls) == 4:
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
        return {"a": tf.zeros(1)}

    calls, nets = [], {k: net(name=f"net{k}", hidden=(3,)) for k in range(20)}
    before = nets[0].get_weights()[0]
    with pytest.raises(KeyboardInterrupt):
        training.train_each(nets, X, Y, epochs=100_000, record=(press_stop,), compiled=False)
    assert len(calls) < 1000
    assert len(set(calls)) < 20  # the rest was not begun
    assert not np.array_equal(before, nets[0].get_weights()[0])


def test_an_error_in_one_of_several_runs_ends_the_others():
    nets = {"good": net(), "bad": keras.Sequential([keras.layers.Dense(1)])}
    with pytest.raises(ValueError, match="has no weights yet"):
        training.train_each(nets, X, Y, epochs=100_000, compiled=False)


def test_a_finite_run_warns_of_nothing():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run = train(net())
    assert run.nonfinite == ()
    assert not run.interrupted


# --- optimisers ----------------------------------------------------------------------------------


def test_one_optimizer_for_two_models():
    used = keras.optimizers.RMSprop()
    train(net(), epochs=1, optimizer=used, compiled=False)
    with pytest.raises(ValueError, match="new optimiser for each model"):
        train(net(), epochs=1, optimizer=used, compiled=False)
    shared = legacy.RMSprop()
    train(net(seed=2), epochs=1, optimizer=shared, compiled=False)
    assert np.array_equal(train(net(), optimizer=shared, compiled=False).loss, train(net(), compiled=False).loss)


def test_an_optimizer_goes_on_with_its_model():
    model, twice = net(), net()
    optimizer = keras.optimizers.Adam()
    train(model, epochs=1, optimizer=optimizer, compiled=False)
    train(model, epochs=1, optimizer=optimizer, compiled=False)
    assert int(optimizer.iterations) == 2 * 3
    train(twice, epochs=1, optimizer="adam", compiled=False)
    train(twice, epochs=1, optimizer="adam", compiled=False)
    assert not np.allclose(model.get_weights()[0], twice.get_weights()[0], rtol=1e-6)


# --- bad input -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"epochs": 0}, ValueError, "epochs must be an integer of at least 1, got 0"),
        ({"epochs": 2.0}, TypeError, "epochs must be an integer"),
        ({"batch_size": 0}, ValueError, "batch_size must be an integer of 1 to 80, got 0"),
        ({"batch_size": 81}, ValueError, "batch_size must be an integer of 1 to 80, got 81"),
        ({"X": X[:, :1]}, ValueError, r"X must have shape \(n, 2\)"),
        ({"y": 2 * Y}, ValueError, "y must hold only the labels 0 and 1"),
        ({"loss": "binary_crosentropy"}, ValueError, "loss='binary_crosentropy' is unknown"),
        ({"optimizer": "rmspop"}, ValueError, "optimizer='rmspop' is unknown"),
        ({"record_every": 0}, ValueError, "record_every must be an integer of at least 1, got 0"),
        ({"record": ("weight",)}, ValueError, "record='weight' is unknown; did you mean 'weights'"),
    ],
)
def test_bad_arguments(arguments, error, message):
    with pytest.raises(error, match=message):
        training.train_model(net(), **{"X": X, "y": Y, "epochs": 1, **arguments})


def test_a_refused_call_leaves_the_optimizer_free():
    optimizer = keras.optimizers.RMSprop()
    with pytest.raises(ValueError, match="batch_size"):
        train(net(), optimizer=optimizer, batch_size=1000)
    assert train(net(), epochs=1, optimizer=optimizer, compiled=False).loss.shape == (2,)


def test_an_unbuilt_model():
    with pytest.raises(ValueError, match="has no weights yet"):
        train(keras.Sequential([keras.layers.Dense(1)]))
