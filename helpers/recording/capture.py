"""WeightCapture: the callback that keeps weights while ``fit`` trains."""

import keras
import numpy as np

from helpers.checks import integer, one_of
from helpers.recording.history import LayerHistory
from helpers.recording.weights import check_names, replica_count, weights_by_layer


class WeightCapture(keras.callbacks.Callback):
    """Keep every layer's weights: once before training, and at the end of each epoch.

    Give it to ``model.fit(callbacks=[capture])``. A second ``fit`` of the same model goes on where
    the first ended; with another model the capture starts anew.

    Args:
        weight: Which variable of each layer: ``"kernel"``, ``"bias"``, ``"recurrent_kernel"``, ...
        layers: Names of the layers to watch; None for all that have such a weight. Frozen layers are kept too.
        every: Keep every so many epochs (or batches), at least 1: the k-th, 2k-th, ... as ``fit`` counts them; the
            state before training always is kept.
        unit: ``"epoch"``, or ``"batch"`` to keep weights while an epoch goes on.

    Attributes:
        history: A LayerHistory. By epochs, step e is the end of epoch e as ``fit`` numbers it, and the state before
            training stands one step before the first epoch: at -1, unless ``fit(initial_epoch=...)`` says
            otherwise. By batches, step b is the state after b batches, 0 that before training. Where
            ``compile(steps_per_execution=...)`` lets batches pass unseen, the first state seen after each k-th
            batch is kept, under the number of batches that it has really seen.

    Raises:
        TypeError: If ``every`` is not an integer, ``weight`` no name or ``layers`` no list of names.
        ValueError: If ``every`` or ``unit`` is out of range or ``layers`` empty; at the start of training, if a
            layer is unknown, no layer has such a weight, or batches pass unseen that cannot be counted.

    Example:
        >>> from helpers import data, models
        >>> model, capture = models.make_mlp("tanh", "glorot_uniform", seed=0), WeightCapture(every=2)
        >>> model.compile("sgd", "binary_crossentropy")
        >>> _ = model.fit(*data.circles(64), epochs=4, verbose=0, callbacks=[capture])
        >>> capture.history
        LayerHistory('weight', 3 steps -1 to 3, layers tanh1, tanh2, tanh3, tanh4, tanh5)
    """

    def __init__(self, weight="kernel", layers=None, *, every=1, unit="epoch"):
        super().__init__()
        self.weight, self.layers = weight, check_names(weight, layers)
        self.every, self.unit = integer("every", every), one_of("unit", unit, ("epoch", "batch"))
        self._captured, self._records = None, {}
        self._next, self._shift = 0, None  # the epoch to come, by our count; ours minus fit's
        self._batches, self._before = 0, 0  # seen so far; of them, before the epoch under way

    @property
    def history(self):
        """What was captured, as a LayerHistory."""
        if not self._records:
            raise ValueError("nothing captured yet; pass this to model.fit(callbacks=[...]) first")
        quantity = "weight" if self.weight == "kernel" else self.weight.replace("_", " ")
        steps, records = list(self._records), list(self._records.values())
        return LayerHistory.from_records(quantity, steps, records, replica_count(self._captured))

    def on_train_begin(self, logs=None):
        """Start anew, unless this goes on with the same model."""
        weights_by_layer(self.model, self.weight, self.layers)  # refuse before an epoch is trained
        steps, at_once = (self.params or {}).get("steps"), self.model.steps_per_execution
        if self.unit == "batch" and at_once > 1 and (steps is None or steps % at_once):
            raise ValueError(  # Keras does not say how many batches the last execution saw
                f"unit='batch' can count batches that pass {at_once} at once only if their number in an epoch is known "
                f"and a multiple of {at_once}, got {steps}; compile with steps_per_execution=1"
            )
        if self._captured is not self.model:
            self._captured, self._records, self._batches = self.model, {}, 0
        self._shift = None

    def on_epoch_begin(self, epoch, logs=None):
        """Keep the weights before the first epoch."""
        self._before = self._batches
        if self._shift is not None:
            return
        if not self._records:
            self._next = epoch
            self._keep(epoch - 1 if self.unit == "epoch" else 0)
        self._shift = max(0, self._next - epoch)  # a second fit counts from 0 again, unless told where it stands

    def on_epoch_end(self, epoch, logs=None):
        """Keep the weights after an epoch."""
        self._next = epoch + self._shift + 1
        if self.unit == "epoch" and self._next % self.every == 0:
            self._keep(self._next - 1)

    def on_train_batch_end(self, batch, logs=None):
        """Keep the weights after a batch."""
        before, self._batches = self._batches, self._before + batch + 1
        if self.unit == "batch" and self._batches // self.every > before // self.every:
            self._keep(self._batches)

    def _keep(self, step):
        watched = weights_by_layer(self.model, self.weight, self.layers)
        self._records[step] = {name: np.array(v.numpy()) for name, v in watched.items()}
