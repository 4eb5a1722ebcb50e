"""Watch speaks once, in the right epoch, of the right fault, and leaves the training as it is."""

import types

import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf

from helpers.diagnosis import Watch
from tests.test_diagnosis_faults import CONSTANT, Dense, X, Y, end, net, relu, stack


def batches(*data):
    """Batches of 32, which take ``fit`` a fifth of the time of an epoch of arrays."""
    settings = tf.data.Options()
    settings.autotune.enabled, settings.threading.private_threadpool_size = False, 1
    return tf.data.Dataset.from_tensor_slices(data).batch(32).with_options(settings)


def ready(model):
    """Build the optimiser of a built model: ``fit`` traces its step twice if it makes variables the first time."""
    if model.built and model.trainable_variables and not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)
    return model


def watched(model, *given, epochs=8, data=(X, Y), **options):
    watch = Watch(*given, **options)
    ready(model).fit(batches(*data), epochs=epochs, verbose=0, shuffle=False, callbacks=[watch])
    return watch


def frozen():
    model = net(relu(0), end())
    model.trainable = False
    model.compile("adam", "binary_crossentropy", jit_compile=False)
    return model


ALONE = {
    "learning_rate_too_large": lambda: (net(relu(0), relu(1), end(), rate=1e4, optimizer="SGD"), X),
    "learning_rate_too_small": lambda: (net(relu(0), relu(1), end(), rate=1e-8), X),
    "non_finite_loss": lambda: (net(relu(0), end()), np.where(X > 1.1, np.nan, X)),
    "frozen_layers": lambda: (frozen(), X),
    "vanishing_gradient": lambda: (stack("sigmoid", 5), X),
}


@pytest.mark.parametrize("fault", ALONE)
def test_alone_it_sees_loss_and_weights(fault, capsys):
    model, inputs = ALONE[fault]()
    watch = watched(model, data=(inputs, Y))
    assert watch.findings[0].fault == fault
    printed = capsys.readouterr().out
    assert printed.startswith(f"Watch, epoch {watch.epoch + 1}: {fault}")
    assert printed.count("Watch, epoch") == 1
    assert watch.findings[0].evidence in printed and watch.findings[0].lesson in printed


def test_a_cause_is_asked_for_once(monkeypatch, capsys):
    asked = []
    silent = types.SimpleNamespace(findings=())
    monkeypatch.setattr("helpers.diagnosis.watching.diagnose", lambda *_, **__: asked.append(1) or silent)
    assert watched(net(relu(0), end(), rate=1e-8), X, Y, epochs=10).epoch is None
    assert asked == [1]
    assert capsys.readouterr().out == ""


CAUSES = {
    "dead_units": lambda: net(relu(0), relu(1, bias_initializer=CONSTANT(-30)), end()),
    "vanishing_gradient": lambda: stack("sigmoid", 6),
    "no_symmetry_breaking": lambda: net(
        Dense(8, "tanh", kernel_initializer=CONSTANT(0.5)), Dense(1, "sigmoid", kernel_initializer=CONSTANT(0.5))
    ),
}


@pytest.mark.parametrize("fault", CAUSES)
def test_with_data_it_finds_the_cause(fault, capsys):
    watch = watched(CAUSES[fault](), X, Y, epochs=30, patience=3)
    assert watch.findings[0].fault == fault
    assert capsys.readouterr().out.count("Watch, epoch") == 1


def test_guessing_among_classes_of_unequal_size_is_seen_where_data_are_given(capsys):
    rare = (X[:, 0] > 0.9).astype("float32")
    assert 0.02 < rare.mean() < 0.2
    alone = watched(stack("sigmoid", 5), epochs=20, data=(X, rare))
    assert alone.findings == ()  # it takes log 2 for guessing
    watch = watched(stack("sigmoid", 5), X, rare, epochs=20, data=(X, rare))
    assert watch.findings and watch.findings[0].fault == "vanishing_gradient"
    assert capsys.readouterr().out.count("Watch, epoch") == 1


def test_a_loss_that_stands_above_that_of_guessing_is_asked_about_where_data_are_given(capsys):
    for given, spoke in (((X, Y), "dead_units"), ((), None)):
        model = CAUSES["dead_units"]()
        watch = Watch(*given)
        watch.set_params({"epochs": 9})
        watch.set_model(model)
        watch.on_train_begin()
        for epoch in range(9):  # weights move, and the loss stays where it is, well above log 2
            model.layers[0].kernel.assign(model.layers[0].kernel * 1.01)
            watch.on_epoch_end(epoch, {"loss": 0.9})
        assert [one.fault for one in watch.findings[:1]] == [spoke] * bool(given)
    assert capsys.readouterr().out.count("Watch, epoch") == 1


def wide_regression():
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(256, 8)).astype("float32")
    return net(relu(0, 64), end(1, "linear"), loss="mse", inputs=(8,)), inputs, inputs[:, :1] - inputs[:, 1:2] ** 2


HEALTHY = {
    "relu": lambda: (net(relu(0), relu(1), end()), X, Y),
    "sgd": lambda: (net(relu(0, 32), end(), optimizer="SGD", rate=0.1), X, Y),
    "regression": wide_regression,
    "batch norm and dropout": lambda: (
        net(relu(0), keras.layers.BatchNormalization(), keras.layers.Dropout(0.2), relu(1), end()), X, Y,
    ),
    "small kernels": lambda: (
        net(relu(0, kernel_initializer=keras.initializers.RandomNormal(stddev=1e-3, seed=1)), end()), X, Y,
    ),
}  # fmt: skip


@pytest.mark.parametrize("given", [False, True], ids=["alone", "with data"])
@pytest.mark.parametrize("name", HEALTHY)
def test_it_is_silent_on_a_healthy_training(name, given, capsys):
    model, inputs, targets = HEALTHY[name]()
    watch = watched(model, *((inputs, targets) if given else ()), epochs=20, data=(inputs, targets))
    assert (watch.findings, watch.epoch) == ((), None)
    assert capsys.readouterr().out == ""


def test_a_net_that_has_learnt_may_stand_still(capsys):
    model, inputs, targets = HEALTHY["relu"]()
    ready(model).fit(batches(inputs, targets), epochs=60, verbose=0, shuffle=False)
    assert watched(model, inputs, targets, epochs=10).findings == ()
    assert watched(model, epochs=10).findings == ()
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "make",
    [
        HEALTHY["batch norm and dropout"],
        lambda: (stack("sigmoid", 5), X, Y),
        lambda: (compiled(Own()), X, Y),
        lambda: (net(relu(0), keras.layers.GaussianNoise(0.1), end(), rate=1e-9), X, Y),
    ],
    ids=["batch norm and dropout", "vanishing", "built by fit", "noise"],
)
def test_the_training_stays_as_it_is(make, capsys):
    ends = []
    for callbacks in ([], [Watch(X, Y, patience=2)]):
        keras.utils.set_random_seed(0)
        model, inputs, targets = make()
        ready(model).fit(inputs, targets, epochs=5, batch_size=32, verbose=0, callbacks=callbacks)
        ends.append([v.numpy() for v in model.weights + model.optimizer.variables])
    assert all(np.array_equal(a, b) for a, b in zip(*ends, strict=True))


class Own(keras.Model):
    """Not built before ``fit`` calls it."""

    def __init__(self, width=8):
        super().__init__()
        self.hidden = Dense(width, "relu", kernel_initializer=keras.initializers.HeNormal(0))
        self.end = Dense(1, "sigmoid", kernel_initializer=keras.initializers.GlorotUniform(9))

    def call(self, x):
        return self.end(self.hidden(x))


def compiled(model, rate=0.01, loss="binary_crossentropy", optimizer="Adam"):
    model.compile(getattr(keras.optimizers, optimizer)(rate), loss, jit_compile=False)
    return model


UNBUILT = {
    "sequential": lambda: keras.Sequential([relu(0), relu(1), end()]),
    "subclassed": Own,
    "nested": lambda: keras.Sequential([keras.Sequential([relu(0)]), end()]),
}


@pytest.mark.parametrize("given", [False, True], ids=["alone", "with data"])
@pytest.mark.parametrize("kind", UNBUILT)
def test_a_model_that_fit_builds_is_watched_from_its_first_batch(kind, given, capsys):
    model = compiled(UNBUILT[kind](), 0.1, optimizer="SGD")
    watch = watched(model, *((X, Y) if given else ()), epochs=10)
    assert watch.findings == () and capsys.readouterr().out == ""
    assert len(watch.history.names) == (3 if kind == "sequential" else 2)
    assert all((watch.history[name] > 0).all() for name in watch.history)


def test_a_fault_of_a_model_that_fit_builds_is_seen(capsys):
    model = compiled(UNBUILT["sequential"](), 1e-8, optimizer="SGD")
    assert watched(model, epochs=9).findings[0].fault == "learning_rate_too_small"
    model = UNBUILT["sequential"]()
    model.compile(keras.optimizers.SGD(1e4), "mse", jit_compile=False)
    # given data it is built before the first batch, which throws the weights away
    assert "learning_rate_too_large" in [one.fault for one in watched(model, X, Y, epochs=9).findings]


def branches(rate):
    parts = [keras.Input((2,)) for _ in range(2)]
    hidden = relu(0)(keras.layers.Concatenate()(parts))
    ends = [Dense(1, name=name, kernel_initializer=keras.initializers.GlorotUniform(k))(hidden)
            for k, name in enumerate("ab")]  # fmt: skip
    model = keras.Model(parts, ends)
    model.compile(keras.optimizers.SGD(rate), ["mse", "mse"], jit_compile=False)
    return model


def test_several_inputs_and_outputs_are_watched_alone(capsys):
    data = (X, X), (X[:, :1], X[:, 1:])
    healthy = watched(branches(0.05), data=data, epochs=12)
    assert healthy.findings == () and set(healthy.history.names) > {"a", "b"}
    assert watched(branches(1e8), data=data, epochs=12).findings[0].fault == "learning_rate_too_large"
    with pytest.raises(ValueError, match="2 inputs and 2 outputs"):
        watched(branches(0.05), *data, data=data)


OTHERS = {
    "convolution": lambda: (
        [keras.layers.Reshape((2, 1)), keras.layers.Conv1D(8, 2, activation="relu"), keras.layers.Flatten()], X,
    ),
    "recurrent": lambda: ([keras.layers.Reshape((2, 1)), keras.layers.GRU(12, seed=0)], X),
    "embedding": lambda: ([keras.layers.Embedding(4, 8), keras.layers.Flatten()], np.digitize(X, [-0.6, 0, 0.6])),
}  # fmt: skip


@pytest.mark.parametrize("kind", OTHERS)
def test_other_kinds_of_nets_are_left_in_peace(kind, capsys):
    layers, inputs = OTHERS[kind]()
    keras.utils.set_random_seed(0)
    model = compiled(keras.Sequential([keras.Input((2,)), *layers, relu(1), end()]), rate=0.02)
    assert watched(model, inputs, Y, epochs=20, data=(inputs, Y)).findings == ()
    assert capsys.readouterr().out == ""


def test_pandas_is_watched(capsys):
    watch, inputs = Watch(pd.DataFrame(X), Y), pd.DataFrame(X)
    ready(net(relu(0), relu(1), end())).fit(inputs, Y, epochs=7, batch_size=32, verbose=0, callbacks=[watch])
    assert len(watch.losses) == 7 and watch.findings == ()
    assert capsys.readouterr().out == ""


def test_a_dataset_is_watched():
    data = batches(X, Y)
    watch = Watch(data, patience=2)
    ready(stack("sigmoid", 5)).fit(data, epochs=20, verbose=0, shuffle=False, callbacks=[watch])
    assert watch.findings[0].fault == "vanishing_gradient"


def test_where_it_is_not_finite_is_kept():
    model = net(relu(0), end())
    broken = np.concatenate([X[:100], np.full((28, 2), np.nan, "float32")])
    watch = Watch()
    model.fit(broken, Y[:128], epochs=2, batch_size=32, verbose=0, callbacks=[watch], shuffle=False)
    epoch, batch, names = watch.not_finite
    assert (epoch, batch) == (0, 3)  # the first three batches hold no nan
    assert set(names) == {v.path for v in model.weights}
    assert "from batch 4 of the epoch on" in watch.findings[0].evidence
    assert watched(net(relu(0), end()), epochs=1).not_finite is None


def test_the_norms_are_kept():
    model = net(relu(0), relu(1), end(), optimizer="SGD", rate=0.1)
    watch = watched(model, epochs=3)
    assert watch.norms.names == watch.history.names and watch.norms.steps.tolist() == [0, 1, 2]
    for layer, name in zip(model.layers, watch.norms, strict=True):
        assert watch.norms[name][-1] == pytest.approx(np.linalg.norm(layer.kernel.numpy()), rel=1e-5)
        # a kernel cannot grow by more than it moves
        steps = np.abs(np.diff(watch.norms[name])) <= watch.history[name][1:] * watch.norms[name][:-1] + 1e-6
        assert steps.all()


def test_a_net_without_kernels_has_no_history(capsys):
    model = compiled(keras.Sequential([keras.Input((2,)), keras.layers.Dropout(0.1)]), loss="mse")
    watch = watched(model, data=(X, X), epochs=7)
    assert watch.findings == () and len(watch.losses) == 7
    with pytest.raises(ValueError, match="no trainable kernel"):
        _ = watch.norms


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ((X[:, :1], Y), ValueError, r"X must have shape \(n, 2\)"),
        ((X, Y[:5]), ValueError, "one target for each"),
        ((X[:0], Y[:0]), ValueError, "at least one"),
        ((X,), TypeError, "y must be an array of numbers"),
        ((["a"], [1]), TypeError, "X must be an array of numbers"),
    ],
)
def test_data_that_do_not_fit_are_refused_before_training(given, error, message):
    model = net(relu(0), end())
    before = model.get_weights()
    with pytest.raises(error, match=message):
        watched(model, *given)
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))


def test_the_histories_are_kept():
    model = net(relu(0), relu(1), end(), optimizer="SGD", rate=0.1)
    before = model.layers[0].kernel.numpy()
    watch = watched(model, epochs=1)
    moved = np.linalg.norm(model.layers[0].kernel.numpy() - before) / np.linalg.norm(before)
    assert watch.history[watch.history.names[0]] == pytest.approx(moved)
    watched_again = model.fit(X, Y, epochs=3, verbose=0, callbacks=[watch])
    assert watch.losses[1:] == pytest.approx(watched_again.history["loss"])
    assert watch.history.steps.tolist() == [0, 1, 2, 3]
    assert len(watch.history.names) == 3


def test_another_model_starts_anew():
    watch = watched(net(relu(0), end(), rate=1e4, optimizer="SGD"), epochs=2)
    assert watch.findings
    net(relu(0), end()).fit(X, Y, epochs=2, verbose=0, callbacks=[watch])
    assert watch.findings == () and len(watch.losses) == 2


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"patience": 0}, ValueError, "patience must be"),
        ({"patience": 1.5}, TypeError, "patience must be"),
        ({"batch_size": 0}, ValueError, "batch_size must be"),
        ({"y": Y}, ValueError, "X is None, but y is not"),
    ],
)
def test_bad_input(given, error, message):
    with pytest.raises(error, match=message):
        Watch(**given)


def test_nothing_watched_yet():
    with pytest.raises(ValueError, match="nothing watched yet"):
        _ = Watch().history
    with pytest.raises(ValueError, match="nothing watched yet"):
        _ = Watch().norms
