import keras
import numpy as np
import pytest
import tensorflow as tf
from keras.initializers import RandomNormal

from helpers import models, signals, theory

ALL = signals.QUANTITIES
RNG = np.random.default_rng(0)
X = RNG.normal(size=(7, 5))
# one form for several tests: the way through the layers is compiled for each
SMALL = {"depth": 3, "width": 5, "inputs": X, "keep": ALL}


def measured(through):
    """Arrays (L, ...) of every quantity of one net, and what arrived at the top."""
    z, h, delta, kernels = (
        np.stack([values[0] for values in getattr(through, name).layers.values()])
        for name in ("preactivations", "activations", "gradients", "weight_gradients")
    )
    return z, h, delta, kernels, delta[-1] / (1 - h[-1] ** 2)


def test_the_same_as_a_keras_model_with_these_weights():
    through = signals.probe("tanh", "glorot_normal", seed=3, **SMALL)
    z, h, _, weight_gradients, top = measured(through)
    net = models.make_mlp("tanh", "glorot_normal", hidden=(5, 5), inputs=5, outputs=5, output_activation="tanh", seed=3)
    with tf.GradientTape() as tape:
        output = net(X)
        loss = tf.reduce_sum(output * top)
    assert np.allclose(h[-1], output, rtol=1e-12)
    assert np.allclose(np.tanh(z), h, rtol=1e-12)
    by_tape = tape.gradient(loss, [layer.kernel.value for layer in net.layers])
    assert np.allclose(weight_gradients, np.stack(by_tape), rtol=1e-10, atol=1e-14)


def test_gradients_are_those_of_the_pre_activations():
    # nudge one pre-activation of the second layer through its bias: a sample's loss changes by its gradient
    sample = 2
    through = signals.probe("tanh", "glorot_normal", seed=1, **SMALL)
    *_, delta, _, top = measured(through)
    assert delta.all()
    net = models.make_mlp("tanh", "glorot_normal", hidden=(5, 5), inputs=5, outputs=5, output_activation="tanh", seed=1)
    step = 1e-5
    for unit in range(5):
        losses = []
        for sign in (1, -1):
            net.layers[1].bias.assign(sign * step * np.eye(5)[unit])
            losses.append(np.sum(np.asarray(net(X))[sample] * top[sample]))
        assert (losses[0] - losses[1]) / (2 * step) == pytest.approx(delta[1, sample, unit], rel=1e-7, abs=1e-10)


def test_replica_0_is_the_single_net_and_replicas_differ():
    settings = {"bias_variance": 0.5, "seed": 4, **SMALL}
    one, many = (signals.probe("tanh", "glorot_normal", replicas=r, **settings) for r in (None, 3))
    for name in ALL:
        single, stacked = getattr(one, name), getattr(many, name)
        assert stacked.replicas == 3
        for layer in single.names:
            assert np.allclose(single[layer], stacked[layer][:, 0], rtol=1e-12)
            assert not np.allclose(stacked[layer][:, 0], stacked[layer][:, 1])


def test_replicas_have_biases_and_a_gradient_at_the_top_of_their_own():
    # kernels of zero: nothing else can tell replicas apart
    through = signals.probe(None, "zeros", replicas=2, bias_variance=1.0, **SMALL)
    for history in (through.preactivations, through.gradients):
        first, second = history["layer3"][0]
        assert not np.allclose(first, second)


def test_biases_have_the_variance_asked_for():
    through = signals.probe(None, "zeros", depth=40, width=256, bias_variance=0.3, keep="preactivations")
    z = np.stack([values[0] for values in through.preactivations.layers.values()])
    assert np.allclose(z, z[:, :1])  # the same for all samples
    assert z[:, 0].var() == pytest.approx(0.3, rel=4 * np.sqrt(2 / 10240))


@pytest.mark.parametrize(
    ("activation", "variance", "bias_variance"), [("tanh", 1.0, 0.0), ("tanh", 3.0, 0.05), ("relu", 2.0, 0.0)]
)
def test_wide_nets_follow_the_theory(activation, variance, bias_variance):
    width, depth, nets = 200, 8, 20
    x = RNG.normal(size=(4, width))
    x /= np.sqrt((x**2).mean(axis=1, keepdims=True))
    draw = RandomNormal(stddev=np.sqrt(variance / width))
    through = signals.probe(
        activation, draw, depth=depth, width=width, inputs=x, bias_variance=bias_variance, replicas=nets
    )
    predicted = theory.moments(activation, depth, variance, bias_variance)
    for name, expected in (("activations", predicted.activation), ("gradients", predicted.gradient)):
        size = getattr(through, name).profile("norm") ** 2
        size /= 4 * width if name == "activations" else size[-1].mean()
        error = size.std(axis=1) / np.sqrt(nets)
        assert np.all(np.abs(size.mean(axis=1) - expected) < 5 * error + 0.02 * expected)


def test_float32_overflows_where_it_must_and_says_where():
    through = signals.probe(None, RandomNormal(stddev=1.0), dtype="float32", depth=40, seed=1)
    stds = through.activations.profile("std")
    # 16 per layer: the largest of 4096 numbers, four standard deviations, passes 3.4e38 at layer 31 or 32
    assert through.overflow in (31, 32)
    assert np.isfinite(stds[: through.overflow - 1]).all()
    assert np.allclose(np.diff(np.log(stds[:29])), np.log(16), atol=0.15)
    assert signals.probe(None, RandomNormal(stddev=1.0), depth=40, seed=1).overflow == 0


def test_overflow_is_told_for_each_replica():
    through = signals.probe("relu", RandomNormal(stddev=1.0), dtype="float32", replicas=3, depth=60, width=64)
    assert through.overflow.shape == (3,)
    for replica, layer in enumerate(through.overflow):
        assert layer > 1
        assert np.isfinite(through.activations[f"layer{layer - 1}"][:, replica]).all()
        assert not np.isfinite(through.activations[f"layer{layer}"][:, replica]).all()


def test_only_what_is_asked_for_is_kept():
    through = signals.probe("tanh", "glorot_normal", depth=2, width=3, keep=("gradients",))
    assert through.activations is through.preactivations is through.weight_gradients is None
    assert through.gradients.names == ("layer1", "layer2")
    assert through.gradients["layer1"].shape == (1, 16, 3)


def test_dtype_follows_keras_unless_told():
    assert keras.config.floatx() == "float64"
    through = signals.probe("tanh", "glorot_normal", depth=2, width=3)
    assert through.activations["layer1"].dtype == np.float64
    through = signals.probe("tanh", "glorot_normal", depth=2, width=3, dtype="float32")
    assert through.gradients["layer1"].dtype == np.float32


@pytest.mark.parametrize("dtype", [np.float32, np.dtype("float32"), "f4"])
def test_numpys_names_of_a_dtype_will_do(dtype):
    through = signals.probe("tanh", "glorot_normal", depth=2, width=3, dtype=dtype)
    assert through.activations["layer1"].dtype == np.float32


def test_one_layer_of_one_unit():
    through = signals.probe("tanh", "ones", depth=1, width=1, inputs=[[0.5]], keep=ALL)
    z, h, delta, kernel, top = measured(through)
    assert z.item() == 0.5
    assert h.item() == pytest.approx(np.tanh(0.5))
    assert kernel.item() == pytest.approx(0.5 * delta.item())
    assert np.isfinite(top)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"activation": "tahn"}, ValueError, "did you mean 'tanh'"),
        ({"initializer": "golrot"}, ValueError, "initializer='golrot' is not a Keras initializer"),
        ({"depth": 0}, ValueError, "depth must be an integer of at least 1, got 0"),
        ({"width": 2.5}, TypeError, "width"),
        ({"replicas": 0}, ValueError, "replicas"),
        ({"seed": -1}, ValueError, "seed"),
        ({"activation": 5}, ValueError, "activation=5 is not a Keras activation"),
        ({"activation": np.tanh}, ValueError, "activation=<ufunc 'tanh'> must make a tensor"),
        ({"activation": lambda z: z[..., :1]}, ValueError, r"activation=.* got float64 of shape \(1, 16, 1\)"),
        ({"initializer": np.ones((2, 2))}, ValueError, r"initializer must draw an array of shape \(3, 3\)"),
        ({"replicas": True}, TypeError, "replicas"),
        ({"replicas": 2.0}, TypeError, "replicas"),
        ({"seed": 2**32}, ValueError, "seed"),
        ({"seed": 0.5}, TypeError, "seed"),
        ({"bias_variance": -1.0}, ValueError, "bias_variance must be a finite number at least 0"),
        ({"bias_variance": np.nan}, ValueError, "bias_variance"),
        ({"bias_variance": "1"}, TypeError, "bias_variance"),
        ({"dtype": "float16"}, ValueError, "dtype='float16' is unknown; did you mean"),
        ({"dtype": 5}, ValueError, "dtype=5 is unknown"),
        ({"keep": "weights"}, ValueError, "keep='weights' is unknown"),
        ({"keep": None}, ValueError, "keep=None is unknown"),
        ({"keep": ["gradients", 5]}, ValueError, "keep=5 is unknown"),
        ({"inputs": np.zeros((4, 5))}, ValueError, r"inputs must be finite .* \(batch, 3\), .* got \(4, 5\)"),
        ({"inputs": np.full((1, 3), 1e300), "dtype": "float32"}, ValueError, "inputs must be finite in float32"),
        ({"inputs": [["a", "b", "c"]]}, TypeError, "inputs must be an array of numbers"),
        ({"inputs": np.full((1, 3), None)}, TypeError, "inputs"),
        ({"inputs": np.ones((1, 3)) * 1j}, TypeError, "inputs"),
        ({"inputs": [[1, 2, 3], [1]]}, TypeError, "inputs"),
        ({"inputs": np.zeros((0, 3))}, ValueError, "inputs"),
        ({"inputs": np.full((1, 3), np.nan)}, ValueError, "inputs must be finite"),
    ],
)
def test_bad_arguments(arguments, error, message):
    settings = {"activation": "tanh", "initializer": "glorot_normal", "depth": 2, "width": 3, **arguments}
    with pytest.raises(error, match=message):
        signals.probe(settings.pop("activation"), settings.pop("initializer"), **settings)
