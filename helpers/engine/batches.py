"""The order in which samples are seen: index arrays of one shape, so that one compiled step serves all."""

from collections import namedtuple

import numpy as np

from helpers import checks

Epoch = namedtuple("Epoch", "X y rows shares tail")
Epoch.__doc__ = """What an epoch learns from: tensors.

``X`` and ``y`` are all inputs and targets, (n, ...); ``rows`` sample numbers, (batches, batch_size), and ``shares``
what each of them counts in the mean of its batch, of the same shape; ``tail`` sample numbers of a last, smaller batch,
or None.
"""


class Batches:
    """Shuffled batches for epoch after epoch, the same for the same seed on every machine.

    A last batch with fewer samples is padded with samples of weight zero: mean and gradient stay
    what they are, and no second step has to be compiled. Layers that mix samples (batch
    normalisation) would see the padding; for them the last batch comes apart, as a tail.

    Args:
        samples: n, the number of samples, at least 1.
        batch_size: From 1 to n.
        seed: Integer from which all orders follow.
        apart: Whether to keep a smaller last batch apart instead of padding it.

    Attributes:
        weights: (batches, batch_size): the weight of each sample in the mean of its batch.

    Raises:
        TypeError: If ``samples``, ``batch_size`` or ``seed`` is not an integer.
        ValueError: If one of them is out of its range.

    Example:
        >>> batches = Batches(5, 2, seed=0)
        >>> batches.weights.tolist()
        [[0.5, 0.5], [0.5, 0.5], [1.0, 0.0]]
    """

    def __init__(self, samples, batch_size, seed, apart=False):
        samples = checks.integer("samples", samples)
        batch_size = checks.integer("batch_size", batch_size, maximum=samples)
        full, left = divmod(samples, batch_size)
        self._samples = samples
        self._tail = left if apart else 0
        self._generator = np.random.default_rng(checks.seed(seed))
        self.weights = np.full((full + (left > 0 and not apart), batch_size), 1 / batch_size)
        if left and not apart:
            self.weights[-1] = np.arange(batch_size) < left
            self.weights[-1] /= left

    def next_epoch(self):
        """The next order of all samples.

        Returns:
            ``(rows, tail)``: sample numbers of shape (batches, batch_size), padded with 0; and those
            of a last batch that is kept apart, or None.
        """
        order = self._generator.permutation(self._samples)
        rows = np.zeros(self.weights.size, dtype=np.int64)
        in_rows = self._samples - self._tail
        rows[:in_rows] = order[:in_rows]
        return rows.reshape(self.weights.shape), order[in_rows:] if self._tail else None
