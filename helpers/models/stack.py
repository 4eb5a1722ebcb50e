"""Very deep nets that compile as fast as shallow ones: many equal blocks in one layer, run by one loop."""

from dataclasses import asdict, dataclass

import keras
import tensorflow as tf

from helpers import activations, checks
from helpers.initializers import draw_layers, resolve

NORMALIZATIONS = (None, "batch", "layer")


@dataclass(frozen=True)
class Block:
    """How the blocks of a deep net are built.

    A plain block is dense, normalisation, activation: ``f(norm(h W + b))`` (Ioffe and Szegedy 2015). A residual
    block is ``h + scale * (f(norm(h)) W + b)``, the "full pre-activation" of He et al. (2016b): nothing stands on
    the path from block to block, and the branch ends in a product with weights of mean zero. A gated block is that
    of highway networks, ``h + T * (f(norm(h W + b)) - h)`` with ``T = sigmoid(h V + c)``: each unit decides, input
    by input, how much of itself to replace.

    Args:
        normalization: None; ``"batch"``, over the samples of a batch, each feature by itself, with moving averages
            for inference as Keras's BatchNormalization keeps them; or ``"layer"``, over the features
            of a sample. Both with a learnt scale and offset.
        residual: Whether each block adds to its input.
        residual_scale: The factor of what a residual block adds, such as ``1 / sqrt(depth)``.
        gated: Whether each block has gates of its own; not together with ``residual``.
        gate_bias: c at the start; below 0, so that a gate begins by letting its input pass.
        epsilon: Added to the variance by which a normalisation divides.
        momentum: Of the moving averages of batch normalisation.

    Raises:
        TypeError: If a number is none.
        ValueError: If an argument is unknown or out of its range, or two do not go together.

    Source:
        Ioffe and Szegedy (2015), "Batch Normalization"; Ba, Kiros and Hinton (2016), "Layer Normalization"; He,
        Zhang, Ren and Sun (2016b), "Identity Mappings in Deep Residual Networks"; Srivastava, Greff and Schmidhuber
        (2015), "Training Very Deep Networks". Figure 4 (c) of He et al., a block ``h + f(norm(h W + b))``, is not
        offered: it can only add what is not negative.

    Example:
        >>> Block(normalization="batch", residual=True).residual_scale
        1.0
    """

    normalization: str | None = None
    residual: bool = False
    residual_scale: float = 1.0
    gated: bool = False
    gate_bias: float = -2.0
    epsilon: float = 1e-3
    momentum: float = 0.99

    def __post_init__(self):
        """Check what was given."""
        checks.one_of("normalization", self.normalization, NORMALIZATIONS)
        for name in ("residual", "gated"):
            checks.one_of(name, getattr(self, name), (False, True))
        checks.number("residual_scale", self.residual_scale)
        checks.number("gate_bias", self.gate_bias)
        checks.number("epsilon", self.epsilon, above=0)
        checks.number("momentum", self.momentum, minimum=0, below=1)
        if not self.residual and self.residual_scale != 1:
            raise ValueError(f"residual_scale={self.residual_scale!r} has nothing to scale; add residual=True")
        if self.gated and self.residual:
            raise ValueError("gated=True and residual=True are two kinds of shortcut; choose one")


@keras.saving.register_keras_serializable(package="helpers")
class Stack(keras.layers.Layer):
    """Equal dense blocks, one after the other, each with weights of its own.

    As one loop over stacked weights, a hundred blocks take XLA hardly longer to compile than ten; unrolled, plain
    ones take three times as long.

    Args:
        depth: L, the number of blocks, at least 1.
        activation: f: a Keras name, a function, or None for linear blocks.
        block: A Block; None for plain ones.
        replicas: R, for inputs (batch, R, n) of R independent nets; None for one net and (batch, n).
        initializer: Of each block's kernel, and of V: as for ``models.make_mlp``, drawn afresh for each block and
            replica.
        bias_initializer: The same for the biases.
        seed: Integer from which all draws follow.
        first: Index of the first block among the layers of its model, for the draws.
        **settings: Of a Keras layer: ``name``, ``dtype``, ``trainable``.

    Attributes:
        kernel: (L, n, n), or (R, L, n, n) with replicas.
        bias: (L, n), or (R, L, n); so are ``gamma`` and ``beta`` (scale and offset of a normalisation),
            ``moving_mean`` and ``moving_variance``, where there are any.
        gate_kernel: V, shaped as ``kernel``, and ``gate_bias``, c, as ``bias``, where there are gates.
        mixes_samples: Whether a sample's output in training depends on the rest of its batch.
        form: What its output depends on beside activation, inputs and variables.
        output_activation: The activation from which its output comes; None where blocks add to their input.

    Raises:
        TypeError: If ``depth``, ``replicas``, ``seed`` or ``first`` is not an integer, or ``block`` is no Block.
        ValueError: If an argument is unknown or out of its range, or the input does not fit.

    Example:
        >>> stack = Stack(100, "relu", Block(normalization="batch", residual=True), initializer="he_normal")
        >>> stack(tf.zeros((8, 64))).shape, stack.kernel.shape
        (TensorShape([8, 64]), TensorShape([100, 64, 64]))
    """

    def __init__(
        self,
        depth,
        activation,
        block=None,
        *,
        replicas=None,
        initializer="glorot_uniform",
        bias_initializer="zeros",
        seed=0,
        first=0,
        **settings,
    ):
        super().__init__(**settings)
        self.depth = checks.integer("depth", depth)
        self.activation = activations.resolve(activation)
        self.block = Block() if block is None else block
        if not isinstance(self.block, Block):
            raise TypeError(f"block must be a Block, such as Block(residual=True), got {block!r}")
        self.replicas = None if replicas is None else checks.integer("replicas", replicas)
        self.initializer = resolve(initializer)
        self.bias_initializer = resolve(bias_initializer, name="bias_initializer")
        self.seed = checks.seed(seed)
        self.first = checks.integer("first", first, minimum=0)
        self.mixes_samples = self.block.normalization == "batch"

    @property
    def form(self):
        """What the output depends on beside activation, inputs and variables."""
        return self.block, self.replicas

    @property
    def output_activation(self):
        """The activation from which the output comes, None where the last block adds to its input."""
        return None if self.block.residual or self.block.gated else self.activation

    def build(self, input_shape):
        """Draw the weights for inputs of (batch, n), or (batch, R, n)."""
        lead = () if self.replicas is None else (self.replicas,)
        if len(input_shape) != 2 + len(lead) or tuple(input_shape[1:-1]) != lead or not input_shape[-1]:
            want = "(batch, n)" if self.replicas is None else f"(batch, {self.replicas}, n)"
            raise ValueError(f"the input of layer {self.name!r} must have shape {want}, got {tuple(input_shape)}")
        units = int(input_shape[-1])
        rows = (*lead, self.depth, units)
        self.kernel = self.add_weight(shape=(*rows, units), initializer=self._draw_kernels, name="kernel")
        self.bias = self.add_weight(shape=rows, initializer=self._draw_biases, name="bias")
        if self.block.gated:
            constant = keras.initializers.Constant(self.block.gate_bias)
            self.gate_kernel = self.add_weight(shape=(*rows, units), initializer=self._draw_gates, name="gate_kernel")
            self.gate_bias = self.add_weight(shape=rows, initializer=constant, name="gate_bias")
        if self.block.normalization:
            self.gamma = self.add_weight(shape=rows, initializer="ones", name="gamma")
            self.beta = self.add_weight(shape=rows, initializer="zeros", name="beta")
        if self.block.normalization == "batch":
            self.moving_mean = self.add_weight(shape=rows, initializer="zeros", name="moving_mean", trainable=False)
            self.moving_variance = self.add_weight(
                shape=rows, initializer="ones", name="moving_variance", trainable=False
            )

    def call(self, inputs, training=None):
        """Send inputs (batch, n) or (batch, R, n) through all blocks; the output has the same shape."""
        return self.run(inputs, training)[0]

    def run(self, inputs, training=None, nudges=None):
        """As ``call``, and what leaves each block on the way.

        Args:
            inputs: (batch, n), or (batch, R, n).
            training: Whether batch normalisation takes the batch's statistics, and moves its averages.
            nudges: (L, batch, n), or (L, R, batch, n), added to what leaves each block; the gradient of a loss
                with respect to a nudge of zero is that with respect to what leaves the block. None for none.

        Returns:
            ``(outputs, outputs of each block)``: shapes of ``inputs`` and of ``nudges``; the second is None
            without nudges.
        """
        adapting = bool(training) and self.trainable and self.block.normalization == "batch"
        h = tf.convert_to_tensor(inputs)
        h = h if self.replicas is None else tf.transpose(h, (1, 0, 2))  # (R, batch, n) in the loop
        elements = self._elements(nudges, adapting)
        read = [tf.TensorArray(e.dtype, self.depth, element_shape=e.shape[1:]).unstack(e) for e in elements]
        kept = 2 * adapting + (nudges is not None)
        write = [tf.TensorArray(h.dtype, self.depth) for _ in range(kept)]

        def one_block(k, h, *write):
            weights = [array.read(k) for array in read]
            nudge = () if nudges is None else (weights.pop(),)
            h, statistics = self._block(h, weights, adapting)
            for n in nudge:
                h = h + n
            values = (*statistics, h) if nudge else statistics
            return k + 1, h, *(array.write(k, v) for array, v in zip(write, values, strict=True))

        # XLA can go back through a loop only if it knows the largest number of rounds
        _, h, *write = tf.while_loop(
            lambda k, *_: k < self.depth, one_block, (tf.constant(0), h, *write), maximum_iterations=self.depth
        )
        written = [array.stack() for array in write]
        if adapting:
            for average, batch in zip((self.moving_mean, self.moving_variance), written, strict=False):
                batch = tf.stop_gradient(tf.squeeze(self._block_axis_back(batch), axis=-2))
                average.assign(average * self.block.momentum + batch * (1 - self.block.momentum))
        outputs = h if self.replicas is None else tf.transpose(h, (1, 0, 2))
        return outputs, None if nudges is None else written[-1]

    def compute_output_shape(self, input_shape):
        """The shape of the input."""
        return input_shape

    def compute_output_spec(self, inputs, training=None):
        """The input's shape, in the precision the layer computes in."""
        return keras.KerasTensor(inputs.shape, self.compute_dtype)

    def take_replica(self, index):
        """The blocks of one replica, as a built layer of a single net with the same name.

        Args:
            index: From 0 to R - 1.
        """
        one = Stack.from_config({**self.get_config(), "replicas": None})
        one.build((None, self.kernel.shape[-1]))
        one.set_weights([w[index] for w in self.get_weights()])
        return one

    def get_config(self):
        """The arguments, serialised, for saving a model."""
        return {
            **super().get_config(),
            "depth": self.depth,
            "activation": keras.activations.serialize(self.activation),
            "block": asdict(self.block),
            "replicas": self.replicas,
            "initializer": keras.initializers.serialize(self.initializer),
            "bias_initializer": keras.initializers.serialize(self.bias_initializer),
            "seed": self.seed,
            "first": self.first,
        }

    @classmethod
    def from_config(cls, config):
        """Rebuild from ``get_config``."""
        return cls(**{**config, "block": Block(**config["block"])})

    def _block(self, h, weights, adapting):
        kernel, bias, *rest = weights
        gate, scale_and_average = rest[: 2 * self.block.gated], rest[2 * self.block.gated :]
        if self.block.residual:
            u, statistics = self._normalize(h, scale_and_average, adapting)
            branch = self.activation(u) @ kernel + bias
            return h + (branch if self.block.residual_scale == 1 else self.block.residual_scale * branch), statistics
        z, statistics = self._normalize(h @ kernel + bias, scale_and_average, adapting)
        replacement = self.activation(z)
        if not self.block.gated:
            return replacement, statistics
        return h + tf.sigmoid(h @ gate[0] + gate[1]) * (replacement - h), statistics

    def _normalize(self, z, scale_and_average, adapting):
        """Centre and scale z; return it, and the mean and variance if they came from the batch."""
        if self.block.normalization is None:
            return z, ()
        gamma, beta, *average = scale_and_average
        if average:
            mean, variance = average
        else:
            axis = -2 if self.block.normalization == "batch" else -1
            mean = tf.reduce_mean(z, axis, keepdims=True)
            variance = tf.reduce_mean(tf.square(z - mean), axis, keepdims=True)
        z = (z - mean) * (tf.math.rsqrt(variance + self.block.epsilon) * gamma) + beta
        return z, (mean, variance) if adapting else ()

    def _elements(self, nudges, adapting):
        """What the loop reads, each (L, ...): weights in the order in which ``_block`` takes them, then nudges."""
        weights = [self.kernel, self.bias]
        if self.block.gated:
            weights += [self.gate_kernel, self.gate_bias]
        if self.block.normalization:
            weights += [self.gamma, self.beta]
        if self.block.normalization == "batch" and not adapting:
            weights += [self.moving_mean, self.moving_variance]
        matrices = (self.kernel, self.gate_kernel) if self.block.gated else (self.kernel,)
        weights = [
            tf.convert_to_tensor(w) if any(w is m for m in matrices) else tf.convert_to_tensor(w)[..., tf.newaxis, :]
            for w in weights  # rows get the axis of the batch
        ]
        if self.replicas is not None:
            weights = [tf.transpose(w, (1, 0, 2, 3)) for w in weights]
        return weights if nudges is None else [*weights, nudges]

    def _block_axis_back(self, values):
        """(L, [R,] ...) as the weights have it: ([R,] L, ...)."""
        return values if self.replicas is None else tf.transpose(values, (1, 0, 2, 3))

    def _draw_kernels(self, shape, dtype=None):
        return self._draw(self.initializer, shape[-2:], dtype, "kernel")

    def _draw_gates(self, shape, dtype=None):
        return self._draw(self.initializer, shape[-2:], dtype, "gate")

    def _draw_biases(self, shape, dtype=None):
        return self._draw(self.bias_initializer, shape[-1:], dtype, "bias")

    def _draw(self, initializer, shape, dtype, part):
        # the draws of the blocks that an unrolled net would hold at first, first + 1, ...
        drawn = draw_layers(initializer, self.seed, self.first + self.depth, self.replicas or 1, shape, dtype, part)
        drawn = drawn[self.first :]  # (L, R, *shape)
        return drawn[:, 0] if self.replicas is None else tf.transpose(drawn, (1, 0, *range(2, 2 + len(shape))))
