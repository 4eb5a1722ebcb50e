import keras
import numpy as np
import pytest

from helpers import models, session
from helpers.recording import replica_count

X = np.random.default_rng(0).normal(size=(7, 2))


def test_names_shapes_and_precision():
    model = models.make_mlp("tanh", keras.initializers.RandomNormal(stddev=1.0), name="tanh")
    assert model.name == "tanh"
    assert [layer.name for layer in model.layers] == ["tanh1", "tanh2", "tanh3", "tanh4", "tanh5"]
    assert [tuple(w.shape) for w in model.weights[::2]] == [(2, 5), (5, 5), (5, 5), (5, 5), (5, 1)]
    assert {w.dtype for w in model.weights} == {"float64"}
    assert all(not np.any(b) for b in model.weights[1::2])


def test_the_output_is_that_of_the_formula():
    model = models.make_mlp("tanh", "glorot_uniform", seed=1, hidden=(3,), bias_initializer="random_normal")
    (W1, b1), (W2, b2) = (layer.get_weights() for layer in model.layers)
    expected = 1 / (1 + np.exp(-(np.tanh(X @ W1 + b1) @ W2 + b2)))
    assert np.allclose(model(X), expected, rtol=1e-13)


def test_replica_shapes():
    model = models.make_mlp("relu", "he_normal", replicas=6, hidden=(4, 3), inputs=2, outputs=2)
    assert model.output_shape == (None, 6, 2)
    assert [tuple(w.shape) for w in model.weights] == [(6, 2, 4), (6, 4), (6, 4, 3), (6, 3), (6, 3, 2), (6, 2)]


def test_replicas_do_not_see_each_other():
    model = models.make_mlp("tanh", "glorot_uniform", replicas=3, seed=1)
    before = np.asarray(model(X))
    kernel = model.layers[2].kernel.numpy()
    kernel[1] += 1
    model.layers[2].kernel.assign(kernel)
    changed = np.any(np.asarray(model(X)) != before, axis=(0, 2))
    assert changed.tolist() == [False, True, False]


@pytest.mark.parametrize("initializer", ["glorot_uniform", keras.initializers.RandomNormal(stddev=1.0)])
def test_replica_0_is_the_single_net_with_the_same_seed(initializer):
    many = models.make_mlp("tanh", initializer, replicas=3, seed=4)
    one = models.make_mlp("tanh", initializer, seed=4)
    for a, b in zip(many.get_weights(), one.get_weights(), strict=True):
        assert np.array_equal(a[0], b)
        assert b.ndim != 2 or not np.any(a[1] == b)


def test_more_replicas_begin_with_the_same_ones():
    few, many = (models.make_mlp("tanh", "glorot_uniform", replicas=r, seed=4).get_weights() for r in (2, 5))
    assert all(np.array_equal(a, b[:2]) for a, b in zip(few, many, strict=True))


def test_one_object_gives_every_layer_and_every_model_its_own_draw():
    recipe = keras.initializers.RandomNormal(stddev=1.0)
    first, second = models.make_mlp("tanh", recipe), models.make_mlp("tanh", recipe)
    kernels = [np.ravel(model.layers[k].get_weights()[0]) for model in (first, second) for k in (1, 2, 3)]
    for i, a in enumerate(kernels):
        for b in kernels[:i]:
            assert not np.any(a == b)


def test_session_start_makes_unseeded_models_reproducible():
    draws = []
    for _ in range(2):
        session.start(seed=5)
        draws.append(models.make_mlp("tanh", "glorot_uniform").get_weights()[0])
    assert np.array_equal(*draws)


def test_a_seed_in_the_object_is_the_models_seed():
    seeded = keras.initializers.RandomNormal(stddev=1.0, seed=9)
    a, b = (models.make_mlp("tanh", seeded).get_weights() for _ in range(2))
    assert all(np.array_equal(p, q) for p, q in zip(a, b, strict=True))
    assert not np.array_equal(a[2], a[4])


def test_names_default_to_the_activation():
    assert models.make_mlp("relu", "zeros").layers[0].name == "relu1"
    assert models.make_mlp(lambda x: x, "zeros").name == "lambda"
    assert models.make_mlp(None, "zeros", hidden=()).layers[0].name == "linear1"


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"activation": "thanh"}, ValueError, "activation='thanh' is not a Keras activation; did you mean 'tanh'"),
        ({"output_activation": "sigmiod"}, ValueError, "output_activation='sigmiod'.*did you mean 'sigmoid'"),
        ({"initializer": "glorot"}, ValueError, "initializer='glorot' is not a Keras initializer"),
        ({"bias_initializer": "zeroes"}, ValueError, "bias_initializer='zeroes'.*did you mean 'zeros'"),
        ({"replicas": 0}, ValueError, "replicas must be an integer of at least 1, got 0"),
        ({"replicas": 2.5}, TypeError, "replicas must be an integer"),
        ({"hidden": 5}, TypeError, r"hidden must be a list of widths such as \(5, 5\), got 5"),
        ({"hidden": (5, 0)}, ValueError, "hidden must be an integer of at least 1, got 0"),
        ({"inputs": 0}, ValueError, "inputs"),
        ({"outputs": 0}, ValueError, "outputs"),
        ({"seed": -1}, ValueError, "seed must be an integer of 0 to .*, got -1"),
        ({"seed": "a"}, TypeError, "seed"),
    ],
)
def test_bad_arguments(arguments, error, message):
    with pytest.raises(error, match=message):
        models.make_mlp(**{"activation": "tanh", "initializer": "zeros", **arguments})


def test_take_replica():
    many = models.make_mlp("relu", "he_normal", replicas=4, seed=1, bias_initializer="random_normal")
    one = models.take_replica(many, 2)
    assert replica_count(one) is None
    assert [layer.name for layer in one.layers] == [layer.name for layer in many.layers]
    assert np.allclose(one(X), np.asarray(many(X))[:, 2], rtol=1e-13)
    with pytest.raises(IndexError, match="index must lie between 0 and 3, got 4"):
        models.take_replica(many, 4)
    with pytest.raises(ValueError, match="is a single net"):
        models.take_replica(one, 0)


@pytest.mark.parametrize("replicas", [None, 3])
def test_saving_and_loading(tmp_path, replicas):
    model = models.make_mlp("tanh", "glorot_uniform", replicas=replicas)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert np.array_equal(model(X), loaded(X))
    assert replica_count(loaded) == replicas


def test_a_deep_net_is_the_mlp_with_a_linear_first_layer():
    deep = models.make_deep_mlp("tanh", "glorot_uniform", depth=3, width=4, inputs=2, outputs=3, seed=2)
    mlp = models.make_mlp(
        "tanh", "glorot_uniform", hidden=(4,) * 4, inputs=2, outputs=3, output_activation="softmax", seed=2
    )
    mlp.layers[0].activation = keras.activations.linear
    assert [layer.name for layer in deep.layers] == ["tanh1", "tanh_stack", "tanh_out"]
    assert np.allclose(deep(X), mlp(X), rtol=0, atol=1e-13)
    many = models.make_deep_mlp("tanh", "glorot_uniform", depth=3, width=4, inputs=2, outputs=3, seed=2, replicas=3)
    assert many.output_shape == (None, 3, 3)
    assert replica_count(many) == 3
    assert np.allclose(np.asarray(many(X))[:, 0], deep(X), rtol=0, atol=1e-13)
    assert np.allclose(models.take_replica(many, 2)(X), np.asarray(many(X))[:, 2], rtol=0, atol=1e-13)


@pytest.mark.parametrize(
    "block",
    [
        models.Block("batch", residual=True, residual_scale=0.5, momentum=0.9),
        models.Block("batch", gated=True, gate_bias=-1.0, epsilon=0.1),
    ],
)
@pytest.mark.parametrize("replicas", [None, 3])
def test_saving_and_loading_a_deep_net(tmp_path, replicas, block):
    model = models.make_deep_mlp(
        "relu",
        keras.initializers.HeNormal(),
        depth=3,
        width=4,
        inputs=2,
        block=block,
        replicas=replicas,
    )
    model(X, training=True)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert np.array_equal(model(X), loaded(X))
    assert replica_count(loaded) == replicas
    assert loaded.layers[1].block == block


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"depth": 0}, ValueError, "depth must be an integer of at least 1, got 0"),
        ({"width": 0}, ValueError, "width"),
        ({"inputs": 0}, ValueError, "inputs"),
        ({"outputs": 1.5}, TypeError, "outputs"),
        ({"replicas": 0}, ValueError, "replicas"),
        ({"seed": -1}, ValueError, "seed"),
        ({"activation": "thanh"}, ValueError, "did you mean 'tanh'"),
        ({"output_activation": "sofmax"}, ValueError, "output_activation='sofmax'.*did you mean 'softmax'"),
        ({"block": "residual"}, TypeError, r"block must be a Block, such as Block\(residual=True\), got 'residual'"),
    ],
)
def test_bad_arguments_of_a_deep_net(arguments, error, message):
    with pytest.raises(error, match=message):
        models.make_deep_mlp(**{"activation": "relu", "initializer": "zeros", "depth": 2, **arguments})


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"normalization": "layers"}, ValueError, "normalization='layers' is unknown; did you mean 'layer'"),
        ({"residual": "yes"}, ValueError, "residual='yes' is unknown"),
        ({"residual_scale": 0.1}, ValueError, "add residual=True"),
        ({"residual": True, "residual_scale": np.inf}, ValueError, "residual_scale must be a finite number, got inf"),
        ({"gated": True, "residual": True}, ValueError, "choose one"),
        ({"gate_bias": "-2"}, TypeError, "gate_bias must be a finite number, got '-2'"),
        ({"epsilon": 0}, ValueError, "epsilon must be a finite number above 0, got 0"),
        ({"momentum": 1.0}, ValueError, "momentum must be a finite number at least 0 and below 1, got 1.0"),
    ],
)
def test_bad_blocks(arguments, error, message):
    with pytest.raises(error, match=message):
        models.Block(**arguments)


@pytest.mark.parametrize(("name", "error"), [(5, TypeError), ("a/b", ValueError), ("", ValueError)])
def test_bad_names(name, error):
    for make in (models.make_mlp, lambda *a: models.make_deep_mlp(*a, depth=1)):
        with pytest.raises(error, match="name must be text"):
            make("tanh", "zeros", name)


@pytest.mark.parametrize("index", [True, 1.0, "0"])
def test_what_is_no_index(index):
    with pytest.raises(TypeError, match="index must be an integer"):
        models.take_replica(models.make_mlp("tanh", "zeros", replicas=2), index)


def test_the_number_of_replicas_belongs_to_the_model():
    assert models.make_mlp("tanh", "zeros", replicas=3).replicas == 3
    assert models.make_rnn("gru", length=2, replicas=4).replicas == 4
    plain = keras.Sequential([keras.Input((2,)), keras.layers.EinsumDense("bi,rio->bro", (3, 1))])
    assert replica_count(plain) is None  # nothing is guessed from an equation
