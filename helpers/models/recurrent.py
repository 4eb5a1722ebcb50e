"""Recurrent nets, one or R replicas of one."""

import random

import keras
import numpy as np
import tensorflow as tf

from helpers import checks
from helpers.checks import integer, one_of
from helpers.initializers import PerReplica, fresh
from helpers.models.replicas import row_of_layers

CELLS = ("simple", "lstm", "gru")
_KERAS = {"simple": keras.layers.SimpleRNN, "lstm": keras.layers.LSTM, "gru": keras.layers.GRU}
_BLOCKS = {"simple": 1, "lstm": 4, "gru": 3}


def make_rnn(
    cell,
    *,
    units=32,
    inputs=2,
    outputs=1,
    length,
    replicas=None,
    forget_bias=1.0,
    name=None,
    seed=None,
    dtype="float32",
):
    """A recurrent layer and a linear output that reads its last state, as one net or as R replicas.

    The initialisers are Keras's: Glorot for the input kernel, orthogonal for the recurrent one. Replicas
    differ in their initial weights only; replica 0 of any number of replicas starts from the
    weights of the single net with the same ``seed``.

    Args:
        cell: "simple" (tanh), "lstm" or "gru".
        length: Number of steps.
        units: Width of the state.
        inputs: Numbers that enter at each step.
        outputs: Number of output units.
        replicas: R, at least 1, for a model of R nets; None for a single net, of Keras's own layers.
        forget_bias: Start of the LSTM's forget biases; Keras starts them at 1.
        name: Of the model and, with 1 and 2 added, of its layers. Default: the cell.
        seed: Integer from which all draws follow. Default: one drawn from Python's generator,
            which ``session.start`` seeds.
        dtype: "float32" or "float64".

    Returns:
        A built ``keras.Sequential`` of two layers. The first holds ``kernel`` (inputs, k units),
        ``recurrent_kernel`` (units, k units) and ``bias``, in Keras's order of the k blocks: one for
        "simple"; input, forget, candidate and output for "lstm"; update, reset and candidate
        for "gru", whose bias has two rows. With replicas each leads with R, and the output is
        (batch, R, outputs).

    Raises:
        TypeError: If a size, ``replicas`` or ``seed`` is not an integer.
        ValueError: If ``cell`` or ``dtype`` is unknown, or a number is too small.

    Source:
        J. L. Elman (1990); S. Hochreiter and J. Schmidhuber (1997), with the forget gate of F. A. Gers et
        al. (2000); K. Cho et al. (2014), in the variant of cuDNN ("reset after").

    Example:
        >>> make_rnn("lstm", length=50, replicas=5, seed=0).output_shape
        (None, 5, 1)
    """
    one_of("cell", cell, CELLS)
    one_of("dtype", dtype, ("float32", "float64"))
    sizes = {"units": units, "inputs": inputs, "outputs": outputs, "length": length}
    for label, size in sizes.items():
        integer(label, size)
    if replicas is not None:
        integer("replicas", replicas)
    seed = random.randrange(2**31) if seed is None else checks.seed(seed)
    name = name or cell
    bias = ForgetBias(forget_bias) if cell == "lstm" else keras.initializers.Zeros()
    if replicas is None:
        forget = {"unit_forget_bias": False} if cell == "lstm" else {}
        recurrent = _KERAS[cell](
            units,
            kernel_initializer=fresh("glorot_uniform", seed, layer=0),
            recurrent_initializer=fresh("orthogonal", seed, layer=1),
            bias_initializer=bias,
            name=f"{name}1",
            dtype=dtype,
            **forget,
        )
        output = keras.layers.Dense(
            outputs, kernel_initializer=fresh("glorot_uniform", seed, layer=2), name=f"{name}2", dtype=dtype
        )
    else:
        recurrent = ReplicaRNN(cell, units, replicas, seed, bias, name=f"{name}1", dtype=dtype)
        output = keras.layers.EinsumDense(
            "bri,rio->bro",
            output_shape=(replicas, outputs),
            bias_axes="ro",
            kernel_initializer=PerReplica("glorot_uniform", seed, 2),
            name=f"{name}2",
            dtype=dtype,
        )
    return row_of_layers([keras.Input((length, inputs), dtype=dtype), recurrent, output], name, replicas)


@keras.saving.register_keras_serializable(package="helpers")
class ForgetBias(keras.initializers.Initializer):
    """Zeros but for the second of four blocks, which is the bias of an LSTM's forget gate.

    Args:
        value: A finite number.

    Example:
        >>> ForgetBias(1.0)((8,)).numpy().tolist()
        [0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0]
    """

    def __init__(self, value):
        if isinstance(value, bool) or np.ndim(value) or not np.isfinite(value):
            raise ValueError(f"forget_bias must be one finite number, got {value!r}; Keras starts at 1.0")
        self.value = float(value)

    def __call__(self, shape, dtype=None):
        """An array of ``shape``, whose last axis holds the four blocks."""
        blocks = np.repeat([0.0, self.value, 0.0, 0.0], shape[-1] // 4)
        return tf.constant(np.broadcast_to(blocks, shape), keras.backend.standardize_dtype(dtype or "float32"))

    def get_config(self):
        """The argument, for saving a model."""
        return {"value": self.value}


@keras.saving.register_keras_serializable(package="helpers")
class ReplicaRNN(keras.layers.Layer):
    """R recurrent layers side by side: (batch, length, inputs) to the last states, (batch, R, units).

    Args:
        cell: One of CELLS.
        units: Width of the state.
        replicas: R.
        seed: Integer from which the draws follow.
        bias: Initialiser of one net's bias.
        **settings: Of every Keras layer: ``name``, ``dtype``.

    Attributes:
        form: What its output depends on beside inputs and variables.
    """

    mixes_samples = False

    def __init__(self, cell, units, replicas, seed, bias="zeros", **settings):
        super().__init__(**settings)
        self.cell, self.units, self.replicas, self.seed = cell, units, replicas, seed
        self.bias_initializer = keras.initializers.get(bias)
        self.state_names = ("h", "c") if cell == "lstm" else ("h",)

    @property
    def form(self):
        """What the output depends on beside inputs and variables: nets of one form are compiled once."""
        return self.cell, self.units, self.replicas

    def build(self, input_shape):
        """Make the weights, each replica's drawn by itself."""
        wide, lead = _BLOCKS[self.cell] * self.units, (self.replicas,)
        rows = (2,) if self.cell == "gru" else ()
        self.kernel = self.add_weight(
            shape=(*lead, input_shape[-1], wide), initializer=PerReplica("glorot_uniform", self.seed, 0), name="kernel"
        )
        self.recurrent_kernel = self.add_weight(
            shape=(*lead, self.units, wide), initializer=PerReplica("orthogonal", self.seed, 1), name="recurrent_kernel"
        )
        self.bias = self.add_weight(shape=(*lead, *rows, wide), initializer=self.bias_initializer, name="bias")

    def call(self, inputs):
        """The states after the last step."""
        entering, step, states = self.prepare(inputs)
        length = inputs.shape[1]

        def one(t, *states):
            return t + 1, *step(entering[t], states)

        loop = tf.while_loop(lambda t, *_: t < length, one, (tf.constant(0), *states), maximum_iterations=length)
        return tf.transpose(loop[1], (1, 0, 2))

    def unroll(self, inputs):
        """The states after every step: a list of tuples, one for each of ``state_names``, of (R, batch, units)."""
        entering, step, states = self.prepare(inputs)
        kept = []
        for t in range(inputs.shape[1]):
            states = step(entering[t], states)
            kept.append(states)
        return kept

    def compute_output_shape(self, input_shape):
        """(batch, R, units)."""
        return input_shape[0], self.replicas, self.units

    def get_config(self):
        """The arguments, serialised, for saving a model."""
        own = {"cell": self.cell, "units": self.units, "replicas": self.replicas, "seed": self.seed}
        return {**super().get_config(), **own, "bias": keras.initializers.serialize(self.bias_initializer)}

    @classmethod
    def from_config(cls, config):
        """Rebuild from ``get_config``."""
        return cls(**{**config, "bias": keras.initializers.deserialize(config["bias"])})

    def prepare(self, inputs):
        """What it takes to go through a sequence step by step.

        Args:
            inputs: (batch, length, inputs).

        Returns:
            ``(entering, step, states)``: what the inputs add at each step, (length, R, batch, k units); a function of
            one of them and the states that returns the next states; and the states before the first step.
        """
        kernel, recurrent, bias = (tf.convert_to_tensor(v) for v in (self.kernel, self.recurrent_kernel, self.bias))
        of_inputs, of_state = (bias[:, 0], bias[:, 1]) if self.cell == "gru" else (bias, tf.zeros_like(bias))
        entering = tf.einsum("bti,rio->trbo", inputs, kernel) + of_inputs[:, tf.newaxis]

        def step(x, states):
            z = states[0] @ recurrent
            return _STEPS[self.cell](x, z + of_state[:, tf.newaxis] if self.cell == "gru" else z, states)

        nothing = tf.zeros((self.replicas, tf.shape(inputs)[0], self.units), entering.dtype)
        return entering, step, (nothing,) * len(self.state_names)


def _simple(x, z, states):
    return (tf.tanh(x + z),)


def _lstm(x, z, states):
    enter, forget, candidate, out = tf.split(x + z, 4, axis=-1)
    c = tf.sigmoid(forget) * states[1] + tf.sigmoid(enter) * tf.tanh(candidate)
    return tf.sigmoid(out) * tf.tanh(c), c


def _gru(x, z, states):
    (update, reset, candidate), (update_z, reset_z, candidate_z) = (tf.split(part, 3, axis=-1) for part in (x, z))
    keep = tf.sigmoid(update + update_z)
    return (keep * states[0] + (1 - keep) * tf.tanh(candidate + tf.sigmoid(reset + reset_z) * candidate_z),)


_STEPS = {"simple": _simple, "lstm": _lstm, "gru": _gru}
