"""Notice, inside a compiled epoch, when a replica leaves the finite numbers; afterwards say where it did."""

from collections import namedtuple

import keras
import numpy as np
import tensorflow as tf

NonFinite = namedtuple("NonFinite", "replica epoch batch layer what")
NonFinite.__doc__ = """Where a run stopped being finite.

``what`` is "output" (of ``layer``, in the forward pass), "gradient" (of a weight of ``layer``) or "loss" (of the
output of ``layer``, the last one); epochs and batches count from 0; ``replica`` is None for a single net.
"""


class Health(namedtuple("Health", "alive batch variable")):
    """Which replicas are finite, and for the others how they ended. Tensors of shape () or (R,).

    Attributes:
        alive: Whether loss and gradients were finite so far.
        batch: Number of the batch that ended it in this epoch, -1 while alive.
        variable: Index of the last trainable variable whose gradient was bad, -1 if only the loss was.
    """

    @classmethod
    def start(cls, shape):
        """Everyone alive; ``shape`` is () for a single net, (R,) for replicas."""
        return cls(tf.ones(shape, tf.bool), tf.fill(shape, -1), tf.fill(shape, -1))

    def look(self, loss, gradients, batch):
        """The health after one more batch, and the gradients with zeros for those who are not alive.

        Args:
            loss: () or (R,).
            gradients: A list of (..., *shape), leading with R where ``loss`` does.
            batch: Number of the batch in its epoch, int32.
        """
        # one vector of all gradients: a few operations to compile instead of some for each variable
        lead, sizes = loss.shape, [int(np.prod(g.shape[loss.shape.rank :])) for g in gradients]
        entries = tf.concat([tf.reshape(g, [*lead, n]) for g, n in zip(gradients, sizes, strict=True)], axis=-1)
        bad = ~tf.math.is_finite(entries)
        alive = self.alive & tf.math.is_finite(loss) & ~tf.reduce_any(bad, axis=-1)
        last_bad = tf.reduce_max(tf.where(bad, np.repeat(np.arange(len(sizes)), sizes), -1), axis=-1)
        died = self.alive & ~alive
        health = Health(
            alive, tf.where(died, batch, self.batch), tf.where(died, tf.cast(last_bad, tf.int32), self.variable)
        )
        safe = tf.split(tf.where(alive[..., tf.newaxis], entries, 0), sizes, axis=-1)
        return health, [tf.reshape(s, g.shape) for s, g in zip(safe, gradients, strict=True)]


def locate(model, x, variable, replica=None):
    """The layer in which a batch turns non-finite, and in which pass.

    Args:
        model: A built Keras model, with the weights that met the batch.
        x: The batch, (batch, ...).
        variable: Index of the last trainable variable with a bad gradient, or -1.
        replica: Number of the replica, None for a single net.

    Returns:
        ``(layer name, "output" | "gradient" | "loss")``.
    """
    if isinstance(model, keras.Sequential | keras.Model) and getattr(model, "inputs", None):
        inputs = model.inputs if len(model.inputs) > 1 else model.inputs[0]
        outputs = keras.Model(inputs, [layer.output for layer in model.layers])(x)
        for layer, output in zip(model.layers, keras.tree.flatten(outputs), strict=False):
            values = np.asarray(output) if replica is None else np.asarray(output)[:, replica]
            if not np.isfinite(values).all():
                return layer.name, "output"
    if variable < 0:
        return model.layers[-1].name, "loss"
    bad = model.trainable_variables[variable]
    owners = [layer.name for layer in model.layers if any(v is bad for v in layer.trainable_variables)]
    return (owners or [bad.path])[0], "gradient"
