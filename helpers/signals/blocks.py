"""What leaves each block of a deep net, and the gradient that arrives there."""

from collections import namedtuple

import tensorflow as tf

from helpers.engine import fit_data, sample_losses
from helpers.models import Stack
from helpers.recording import LayerHistory, replica_count

BlockSignals = namedtuple("BlockSignals", "activations gradients")
BlockSignals.__doc__ = """What leaves each block, and the gradient of the loss with respect to it: two LayerHistories.

Layers block1, block2, ...; one step; arrays (1, batch, n), or (1, R, batch, n) with replicas.
"""


def block_signals(model, x, y, loss="sparse_categorical_crossentropy", training=True):
    """What leaves each block of a model's stack, and the gradient of the loss with respect to it.

    Nothing is learnt, and moving averages stay what they are.

    Args:
        model: A built Keras model with one Stack in a row of layers, such as one from ``models.make_deep_mlp``.
        x: A batch of inputs, (batch, ...).
        y: Its targets, (batch,) or (batch, outputs).
        loss: As for ``training.train_model``: the mean over the batch, for each replica its own.
        training: Whether batch normalisation takes the batch's statistics.

    Returns:
        BlockSignals.

    Raises:
        ValueError: If the model does not hold exactly one Stack, or x and y do not fit it.

    Example:
        >>> from helpers import models
        >>> model = models.make_deep_mlp("relu", "he_normal", depth=3, width=8, inputs=4, seed=0)
        >>> found = block_signals(model, tf.zeros((5, 4)), [0, 1, 2, 3, 4])
        >>> found.gradients.names, found.gradients["block1"].shape
        (('block1', 'block2', 'block3'), (1, 5, 8))
    """
    stacks = [layer for layer in model.layers if isinstance(layer, Stack)]
    if len(stacks) != 1:
        raise ValueError(f"model {model.name!r} must hold one Stack, got {len(stacks)}; use models.make_deep_mlp")
    (stack,) = stacks
    place = model.layers.index(stack)
    replicas = replica_count(model)
    averages = [(v, v.numpy()) for v in stack.non_trainable_variables]
    x, y = fit_data(model, x, y, loss)
    h = tf.constant(x)
    for layer in model.layers[:place]:
        h = layer(h)
    lead = (stack.depth,) if replicas is None else (stack.depth, replicas)
    nudges = tf.zeros((*lead, h.shape[0], h.shape[-1]), h.dtype)
    with tf.GradientTape() as tape:  # eager: once through a loop costs less than to compile it
        tape.watch(nudges)
        h, outputs = stack.run(h, training, nudges)
        for layer in model.layers[place + 1 :]:
            h = layer(h)
        total = tf.reduce_sum(tf.reduce_mean(sample_losses(loss, tf.constant(y), h, replicas), axis=0))
    gradients = tape.gradient(total, nudges)
    for variable, value in averages:
        variable.assign(value)

    def history(quantity, values):
        return LayerHistory(quantity, [0], {f"block{k + 1}": v[None] for k, v in enumerate(values.numpy())}, replicas)

    return BlockSignals(history("activation", outputs), history("gradient", gradients))
