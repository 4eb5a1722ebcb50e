"""Recurrent nets against Keras's own layers, NumPy and finite differences."""

import keras
import numpy as np
import pytest

from helpers import data, models, training
from helpers.models import ForgetBias, make_rnn
from helpers.models.recurrent import CELLS
from helpers.signals import gradients_through_time

X, Y = data.adding_problem(6, 9, seed=1)


def numpy_states(cell, weights, x):
    """h after each step, written as the papers have it, one sequence at a time."""
    kernel, recurrent_kernel, bias = (np.asarray(w, float) for w in weights)
    units, found = recurrent_kernel.shape[0], []

    def sigmoid(z):
        return 1 / (1 + np.exp(-z))

    for sequence in np.asarray(x, float):
        h, c, hs = np.zeros(units), np.zeros(units), []
        for entry in sequence:
            if cell == "gru":
                a = (entry @ kernel + bias[0]).reshape(3, units)
                b = (h @ recurrent_kernel + bias[1]).reshape(3, units)
                keep, reset = sigmoid(a[0] + b[0]), sigmoid(a[1] + b[1])
                h = keep * h + (1 - keep) * np.tanh(a[2] + reset * b[2])
            else:
                z = (entry @ kernel + h @ recurrent_kernel + bias).reshape(-1, units)
                if cell == "simple":
                    h = np.tanh(z[0])
                else:
                    c = sigmoid(z[1]) * c + sigmoid(z[0]) * np.tanh(z[2])
                    h = sigmoid(z[3]) * np.tanh(c)
            hs.append(h)
        found.append(hs)
    return np.swapaxes(found, 0, 1)  # (length, batch, units)


def with_random_biases(model, seed=0):
    rng = np.random.default_rng(seed)
    for layer in model.layers:
        layer.bias.assign(rng.normal(size=layer.bias.shape))
    return model


def take(model, cell, index):
    """One replica, as a single net of Keras's own layers."""
    single = make_rnn(cell, units=model.layers[0].units, length=model.input_shape[1], seed=0, dtype="float64")
    for layer, source in zip(single.layers, model.layers, strict=True):
        layer.set_weights([w[index] for w in source.get_weights()])
    return single


@pytest.mark.parametrize("cell", CELLS)
def test_replicas_compute_what_keras_layers_do(cell):
    model = with_random_biases(make_rnn(cell, units=4, length=9, replicas=2, seed=5, dtype="float64"))
    outputs = model(X).numpy()
    assert outputs.shape == (6, 2, 1)
    for r in range(2):
        assert np.allclose(outputs[:, r], take(model, cell, r)(X).numpy(), rtol=0, atol=1e-12)


@pytest.mark.parametrize("cell", CELLS)
def test_unrolled_states_are_those_of_numpy(cell):
    model = with_random_biases(make_rnn(cell, units=4, length=9, replicas=2, seed=5, dtype="float64"))
    layer = model.layers[0]
    states = layer.unroll(X)
    assert len(states) == 9
    for r in range(2):
        found = np.stack([h[0][r].numpy() for h in states])
        assert np.allclose(found, numpy_states(cell, [w[r] for w in layer.get_weights()], X), rtol=0, atol=1e-12)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_replica_0_starts_as_the_single_net(cell, dtype):
    many = make_rnn(cell, units=4, length=9, replicas=2, seed=3, dtype=dtype)
    one = make_rnn(cell, units=4, length=9, seed=3, dtype=dtype)
    for a, b in zip(many.get_weights(), one.get_weights(), strict=True):
        assert a.dtype == b.dtype == dtype
        assert np.array_equal(a[0], b)
    assert not np.array_equal(many.get_weights()[0][0], many.get_weights()[0][1])


@pytest.mark.parametrize("cell", CELLS)
def test_initialisers_are_those_of_keras(cell):
    kernel, recurrent_kernel, bias = make_rnn(cell, units=16, length=4, seed=0, dtype="float64").get_weights()[:3]
    blocks = {"simple": 1, "lstm": 4, "gru": 3}[cell]
    assert np.allclose(recurrent_kernel @ recurrent_kernel.T, np.eye(16))
    limit = np.sqrt(6 / (2 + 16 * blocks))
    assert 0.9 * limit < np.abs(kernel).max() <= limit
    keras_bias = {"simple": keras.layers.SimpleRNN, "lstm": keras.layers.LSTM, "gru": keras.layers.GRU}[cell](16)
    keras_bias.build((None, 4, 2))
    assert np.array_equal(bias, keras_bias.get_weights()[2])


@pytest.mark.parametrize("replicas", [None, 2])
def test_forget_bias(replicas):
    model = make_rnn("lstm", units=3, length=4, replicas=replicas, forget_bias=-2.5, seed=0)
    bias = np.atleast_2d(model.layers[0].get_weights()[2])
    assert np.array_equal(bias, np.tile(np.repeat([0, -2.5, 0, 0], 3), (replicas or 1, 1)))


@pytest.mark.parametrize("cell", CELLS)
def test_gradients_through_time_against_finite_differences(cell):
    model = with_random_biases(make_rnn(cell, units=3, length=9, replicas=2, seed=1, dtype="float64"))
    found = gradients_through_time(model, X, Y)
    names = ("h", "c") if cell == "lstm" else ("h",)
    assert found.names == names
    assert found.replicas == 2
    assert found.steps.tolist() == list(range(1, 10))
    layer, output = model.layers
    entering, step, states = layer.prepare(X)

    def loss(t, state, name, entry, change):
        """The loss of replica 1 when one entry of one state after step t + 1 is changed."""
        now = states
        for k in range(9):
            now = list(step(entering[k], now))
            if k == t:
                moved = now[state].numpy()
                moved[entry] += change
                if name == "c":  # h_t = o_t tanh(c_t) moves with it
                    now[0] = now[0] * np.tanh(moved) / np.tanh(now[1])
                now[state] = moved
        out = output(np.swapaxes(now[0], 0, 1)).numpy()
        return ((out[:, entry[0], 0] - Y) ** 2).mean()

    rng = np.random.default_rng(0)
    for t in (0, 4, 8):
        for state, name in enumerate(names):
            entry = (1, rng.integers(6), rng.integers(3))
            slope = (loss(t, state, name, entry, 1e-6) - loss(t, state, name, entry, -1e-6)) / 2e-6
            assert found[name][t][entry] == pytest.approx(slope, rel=1e-5, abs=1e-10)


def test_without_inputs_a_simple_net_follows_its_recurrent_kernel():
    model = make_rnn("simple", units=8, length=6, replicas=1, seed=1, dtype="float64")
    model.layers[0].recurrent_kernel.assign(0.9 * model.layers[0].recurrent_kernel)
    norms = gradients_through_time(model, np.zeros((1, 6, 2)), [1.0]).statistic("norm")["h"][:, 0]
    assert np.allclose(norms[:-1] / norms[1:], 0.9)


@pytest.mark.parametrize("cell", CELLS)
def test_a_replica_trains_as_the_single_net(cell):
    X_long, y_long = data.adding_problem(24, 5, seed=2)
    settings = {"epochs": 2, "batch_size": 10, "loss": "mse", "progress": False}
    limit = 0.1 if cell == "simple" else None
    many = make_rnn(cell, units=4, length=5, replicas=2, seed=3, dtype="float64")
    one = make_rnn(cell, units=4, length=5, seed=3, dtype="float64")
    runs = [
        training.train_model(
            m, X_long, y_long, optimizer=keras.optimizers.SGD(0.5, clipnorm=limit), **settings, compiled=m is many
        )
        for m in (many, one)
    ]
    assert np.allclose(runs[0].loss[:, 0], runs[1].loss, rtol=1e-9)
    for a, b in zip(many.get_weights(), one.get_weights(), strict=True):
        assert np.allclose(a[0], b, rtol=0, atol=1e-9)
    assert runs[0].gradients.names == (f"{cell}1", f"{cell}2")


def test_a_model_is_trained_in_its_own_precision():
    X_long, y_long = data.adding_problem(24, 5, seed=2)
    model = make_rnn("gru", units=4, length=5, replicas=2, seed=3)
    run = training.train_model(
        model, X_long, y_long, epochs=1, batch_size=12, loss="mse", optimizer="sgd", compiled=False, progress=False
    )
    assert run.loss.dtype == run.gradients["gru1"].dtype == np.float32


def test_a_saved_model_is_the_same(tmp_path):
    model = with_random_biases(make_rnn("lstm", units=4, length=9, replicas=3, seed=5))
    model.save(tmp_path / "model.keras")
    assert np.array_equal(keras.models.load_model(tmp_path / "model.keras")(X), model(X))


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"cell": "ltsm"}, ValueError, "cell='ltsm' is unknown; did you mean 'lstm'"),
        ({"dtype": "float16"}, ValueError, "dtype='float16' is unknown"),
        ({"length": 0}, ValueError, "length must be an integer of at least 1, got 0"),
        ({"units": 2.0}, TypeError, "units must be an integer"),
        ({"replicas": 0}, ValueError, "replicas must be an integer of at least 1, got 0"),
        ({"seed": -1}, ValueError, "seed must be an integer of 0 to"),
        ({"forget_bias": float("nan")}, ValueError, "forget_bias must be one finite number, got nan"),
        ({"forget_bias": [1.0, 2.0]}, ValueError, "forget_bias must be one finite number"),
    ],
)
def test_bad_arguments(arguments, error, message):
    with pytest.raises(error, match=message):
        make_rnn(**{"cell": "lstm", "length": 5, **arguments})


def test_the_ruler_wants_replicas_and_data_that_fit():
    for other in (make_rnn("gru", length=9, seed=0), models.make_mlp("tanh", "zeros")):
        with pytest.raises(ValueError, match="does not start with replicas"):
            gradients_through_time(other, X, Y)
    with pytest.raises(ValueError, match=r"X must have shape \(n, 9, 2\)"):
        gradients_through_time(make_rnn("gru", length=9, replicas=1, seed=0), X[:, :5], Y)


def test_names_and_a_seed_of_its_own():
    a, b = (make_rnn("gru", units=2, length=3, name="net") for _ in range(2))
    assert [layer.name for layer in a.layers] == ["net1", "net2"]
    assert not np.array_equal(a.get_weights()[0], b.get_weights()[0])
    assert ForgetBias(1.0).get_config() == {"value": 1.0}
