"""The trainable weights of a copy: one long variable where the optimiser allows it, else one for each.

An optimiser spends half a second on tracing its update of twenty variables, and a fiftieth of that on one.
"""

import keras
import numpy as np
import tensorflow as tf

# Each number is updated from its own gradients alone, so that it does not matter with which others it is stored.
ELEMENTWISE = tuple(
    getattr(keras.optimizers, name)
    for name in ("SGD", "RMSprop", "Adam", "AdamW", "Adagrad", "Adadelta", "Adamax", "Nadam", "Ftrl", "Lion")
)


def one_by_one(optimizer, arrays):
    """Whether the optimiser updates each number by itself, so that arrays of one type can be one variable.

    Args:
        optimizer: A Keras optimiser; of the types in ``ELEMENTWISE`` themselves, since a subclass may do otherwise.
        arrays: The weights.

    Example:
        >>> one_by_one(keras.optimizers.Adam(), [np.zeros(3)])
        True
        >>> one_by_one(keras.optimizers.Adam(clipnorm=1.0), [np.zeros(3)])  # the norm of each variable
        False
    """
    alike = len({a.dtype for a in arrays}) == 1
    return bool(alike and type(optimizer) in ELEMENTWISE and optimizer.clipnorm is None)


class Weights:
    """Trainable weights.

    Args:
        arrays: Their values, in the order of the model's ``trainable_variables``.
        joined: Whether to store them as one variable.

    Attributes:
        variables: What the optimiser is given.

    Example:
        >>> weights = Weights([np.zeros((2, 3), "float32"), np.ones(3, "float32")], joined=True)
        >>> len(weights.variables), [tuple(a.shape) for a in weights.arrays()]
        (1, [(2, 3), (3,)])
    """

    def __init__(self, arrays, joined):
        self.joined = joined
        self.shapes = [a.shape for a in arrays]
        self.sizes = [a.size for a in arrays]
        self.variables = [keras.Variable(a, dtype=a.dtype.name) for a in self._stored(arrays)]

    def assign(self, arrays):
        """Set all weights."""
        for variable, array in zip(self.variables, self._stored(arrays), strict=True):
            variable.assign(array)

    def arrays(self):
        """Their values as arrays."""
        stored = [np.array(v.numpy()) for v in self.variables]
        if not self.joined:
            return stored
        parts = np.split(stored[0], np.cumsum(self.sizes)[:-1])
        return [part.reshape(shape) for part, shape in zip(parts, self.shapes, strict=True)]

    def values(self):
        """The variables' values as tensors, as they are stored."""
        return [tf.convert_to_tensor(v.value) for v in self.variables]

    def apart(self, stored):
        """Tensors as they are stored -> one for each weight."""
        if not self.joined:
            return stored
        parts = tf.split(stored[0], self.sizes)
        return [tf.reshape(part, shape) for part, shape in zip(parts, self.shapes, strict=True)]

    def together(self, tensors):
        """One tensor for each weight -> as they are stored."""
        return [tf.concat([tf.reshape(t, [-1]) for t in tensors], 0)] if self.joined else tensors

    def _stored(self, arrays):
        return [np.concatenate([np.ravel(a) for a in arrays])] if self.joined else arrays
