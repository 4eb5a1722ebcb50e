"""What becomes of signals and gradients through the layers of an untrained net, without training it."""

from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf

from helpers import checks
from helpers.activations import tried
from helpers.initializers import draw_layers
from helpers.recording import LayerHistory

QUANTITIES = ("activations", "preactivations", "gradients", "weight_gradients")


@dataclass(frozen=True)
class Signals:
    """What was measured; each a LayerHistory of one step, layers layer1, layer2, ..., None if not kept.

    Attributes:
        activations: What leaves each layer, (1, batch, n) or (1, R, batch, n).
        preactivations: What enters its activation, same shapes.
        gradients: Of the loss with respect to the pre-activations, same shapes.
        weight_gradients: Of the loss with respect to the kernels, (1, n, n) or (1, R, n, n).
        overflow: The number of the first layer whose activations are not finite, 0 if all are: an
            integer, or an array of (R,). Layers before it hold what they held.
    """

    activations: LayerHistory | None
    preactivations: LayerHistory | None
    gradients: LayerHistory | None
    weight_gradients: LayerHistory | None
    overflow: int | np.ndarray


def probe(
    activation,
    initializer,
    *,
    depth=100,
    width=256,
    inputs=None,
    bias_variance=0.0,
    replicas=None,
    dtype=None,
    seed=0,
    keep=("activations", "preactivations", "gradients"),
):
    """Send inputs forward and random gradients backward through an untrained net of equal layers.

    Every layer is h = f(h W + b). The loss is the sum of the last layer's activations, each times
    a normal number of variance 1 of its own: what gradients arrive at the top depends on nothing below.

    Args:
        activation: f: a Keras name, a function of tensors, or None for linear layers.
        initializer: Of every kernel: as for ``models.make_mlp``, drawn afresh for each layer and replica.
        depth: L, number of layers, at least 1.
        width: n, number of units in each layer, at least 1.
        inputs: Array (batch, n), the same for all replicas; None for 16 samples of N(0, 1).
        bias_variance: Of the biases, which are normal with mean 0; 0 or more.
        replicas: R, for R independent nets at once; None for one net.
        dtype: ``"float32"`` or ``"float64"``, by name or as NumPy's; None for Keras's floatx.
        seed: Integer from 0 to 2**32 - 1 from which all draws follow.
        keep: Which of QUANTITIES to keep, one or a list; weight gradients take n * n numbers a layer.

    Returns:
        Signals.

    Raises:
        TypeError: If a size or ``seed`` is not an integer, ``bias_variance`` no number or ``inputs`` no array of them.
        ValueError: If an argument is unknown or out of its range, ``inputs`` is not (batch, n) or not finite, or
            ``activation`` or ``initializer`` is a function that does not keep to shapes.

    Source:
        Glorot and Bengio (2010), section 4.2, look at untrained nets like this; the random gradient is that
        of the mean-field theory, Schoenholz et al. (2017), section 4.

    Example:
        >>> through = probe("tanh", "glorot_normal", depth=10, width=64)
        >>> through.activations.profile("std").shape, through.overflow
        ((10,), 0)
    """
    depth, width, seed = checks.integer("depth", depth), checks.integer("width", width), checks.seed(seed)
    nets = 1 if replicas is None else checks.integer("replicas", replicas)
    several = isinstance(keep, list | tuple | set | frozenset)
    keep = tuple(checks.one_of("keep", name, QUANTITIES) for name in (keep if several else (keep,)))
    bias_variance = checks.number("bias_variance", bias_variance, minimum=0)
    dtype = _precision(dtype)
    inputs = np.random.default_rng(seed).normal(size=(16, width)) if inputs is None else inputs
    inputs = _inputs(inputs, width, dtype)
    unit = tried(activation, (1, len(inputs), width), dtype)
    own = [np.random.default_rng((seed, replica)) for replica in range(nets)]
    top = np.stack([generator.normal(size=(len(inputs), width)) for generator in own])
    biases = np.stack([generator.normal(size=(depth, 1, width)) for generator in own], axis=1) * np.sqrt(bias_variance)
    kernels = draw_layers(initializer, seed, depth, nets, (width, width), dtype)  # (L, R, n, n)
    found = _through(
        unit, tf.constant(inputs), kernels, tf.cast(biases, dtype), tf.cast(top, dtype), "weight_gradients" in keep
    )
    found = {
        name: values.numpy() for name, values in zip(QUANTITIES, found, strict=True) if name in (*keep, QUANTITIES[0])
    }
    finite = np.isfinite(found["activations"]).all(axis=(2, 3))  # (L, R)
    overflow = np.where(finite.all(axis=0), 0, np.argmin(finite, axis=0) + 1)
    titles = ("activation", "pre-activation", "gradient", "gradient")
    histories = {
        name: _history(title, found[name], replicas) if name in keep else None
        for name, title in zip(QUANTITIES, titles, strict=True)
    }
    return Signals(**histories, overflow=int(overflow[0]) if replicas is None else overflow)


@tf.function(jit_compile=True, autograph=False, reduce_retracing=False)
def _through(unit, inputs, kernels, biases, top, with_weights):
    """Arrays (L, R, batch, n) of activations, pre-activations and gradients, and (L, R, n, n) for the kernels."""
    depth, nets = kernels.shape[0], kernels.shape[1]
    h = tf.tile(inputs[None], (nets, 1, 1))

    def forward(layer, h, below, before):
        z = h @ kernels[layer] + biases[layer]
        return layer + 1, unit(z), below.write(layer, h), before.write(layer, z)

    arrays = [tf.TensorArray(h.dtype, depth, element_shape=h.shape) for _ in range(2)]
    _, last, below, before = tf.while_loop(lambda k, *_: k < depth, forward, (0, h, *arrays))

    def backward(layer, arriving, gradients, weight_gradients):
        z = before.read(layer)
        with tf.GradientTape() as tape:
            tape.watch(z)
            h = unit(z)
        delta = tape.gradient(h, z, output_gradients=arriving, unconnected_gradients="zero")
        if with_weights:
            weight_gradients = weight_gradients.write(layer, tf.matmul(below.read(layer), delta, transpose_a=True))
        leaving = tf.matmul(delta, kernels[layer], transpose_b=True)
        return layer - 1, leaving, gradients.write(layer, delta), weight_gradients

    arrays = [tf.TensorArray(h.dtype, depth, element_shape=shape) for shape in (h.shape, kernels.shape[1:])]
    *_, gradients, weight_gradients = tf.while_loop(lambda k, *_: k >= 0, backward, (depth - 1, top, *arrays))
    activations = tf.concat([below.stack()[1:], last[None]], axis=0)
    return activations, before.stack(), gradients.stack(), weight_gradients.stack()


def _precision(dtype):
    try:
        name = keras.config.floatx() if dtype is None else np.dtype(dtype).name
    except TypeError:
        name = dtype
    return checks.one_of("dtype", name, ("float32", "float64"))


def _inputs(inputs, width, dtype):
    try:
        array = np.asarray(inputs)
    except ValueError:  # rows of several lengths
        array = np.array(None)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"inputs must be an array of numbers of shape (batch, {width}), got {inputs!r}")
    with np.errstate(over="ignore"):
        array = array.astype(dtype)
    if array.ndim != 2 or array.shape[1] != width or len(array) == 0 or not np.isfinite(array).all():
        raise ValueError(
            f"inputs must be finite in {dtype} and of shape (batch, {width}), as width says, got {array.shape}"
        )
    return array


def _history(quantity, values, replicas):
    layers = {f"layer{k + 1}": v[None] if replicas is not None else v for k, v in enumerate(values)}
    return LayerHistory(quantity, [0], layers, replicas)
