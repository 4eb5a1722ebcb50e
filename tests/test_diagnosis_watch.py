"""Watch speaks once, in the right epoch, of the right fault, and leaves the training as it is."""

import keras
import numpy as np
import pytest

from helpers.diagnosis import Watch
from tests.test_diagnosis_faults import CONSTANT, Dense, X, Y, end, net, relu, stack


def watched(model, *given, epochs=8, data=(X, Y), **options):
    watch = Watch(*given, **options)
    model.fit(*data, epochs=epochs, batch_size=32, verbose=0, callbacks=[watch])
    return watch


def frozen():
    model = net(relu(0), end())
    model.trainable = False
    model.compile("adam", "binary_crossentropy")
    return model


ALONE = {
    "learning_rate_too_large": lambda: (net(relu(0), relu(1), end(), rate=1e4, optimizer="SGD"), X),
    "learning_rate_too_small": lambda: (net(relu(0), relu(1), end(), rate=1e-8), X),
    "non_finite_loss": lambda: (net(relu(0), end()), np.where(X > 1.1, np.nan, X)),
    "frozen_layers": lambda: (frozen(), X),
    "vanishing_gradient": lambda: (stack("sigmoid", 9), X),
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


CAUSES = {
    "dead_units": lambda: net(relu(0), relu(1, bias_initializer=CONSTANT(-30)), end()),
    "vanishing_gradient": lambda: stack("sigmoid", 9),
    "no_symmetry_breaking": lambda: net(
        Dense(8, "tanh", kernel_initializer=CONSTANT(0.5)), Dense(1, "sigmoid", kernel_initializer=CONSTANT(0.5))
    ),
}


@pytest.mark.parametrize("fault", CAUSES)
def test_with_data_it_finds_the_cause(fault, capsys):
    watch = watched(CAUSES[fault](), X, Y, epochs=30, patience=3)
    assert watch.findings[0].fault == fault
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
    model.fit(inputs, targets, epochs=60, verbose=0)
    assert watched(model, inputs, targets, epochs=10).findings == ()
    assert watched(model, epochs=10).findings == ()
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("make", [HEALTHY["batch norm and dropout"], lambda: (stack("sigmoid", 9), X, Y)])
def test_the_training_stays_as_it_is(make, capsys):
    ends = []
    for callbacks in ([], [Watch(X, Y, patience=2)]):
        keras.utils.set_random_seed(0)
        model, inputs, targets = make()
        model.fit(inputs, targets, epochs=5, batch_size=32, verbose=0, callbacks=callbacks)
        ends.append([v.numpy() for v in model.weights + model.optimizer.variables])
    assert all(np.array_equal(a, b) for a, b in zip(*ends, strict=True))


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
        ({"y": Y}, ValueError, "X is None, but y is not"),
    ],
)
def test_bad_input(given, error, message):
    with pytest.raises(error, match=message):
        Watch(**given)


def test_nothing_watched_yet():
    with pytest.raises(ValueError, match="nothing watched yet"):
        _ = Watch().history
