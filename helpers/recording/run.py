"""TrainingRun: what a training left behind."""

from dataclasses import dataclass, field

import numpy as np

from helpers.recording.history import LayerHistory


@dataclass(frozen=True, eq=False)
class TrainingRun:
    """What a training left behind. T is epochs + 1, fewer if not every epoch was recorded or the run was cut short.

    Attributes:
        loss: Mean loss of the first batch of each recorded epoch, and of one more batch after the last
            epoch: shape (T,), or (T, R) with replicas. What the model adds to it (regularisation) is in it.
        gradients: LayerHistory of every kernel's gradient on those batches; step e is the start of
            epoch e. ``gradients.steps`` (T,) says which epochs were recorded.
        recorded: What was asked for beside them, by name: LayerHistories, or arrays (T,) or (T, R).
        nonfinite: A NonFinite for each replica that left the finite numbers; empty if none did.
        interrupted: Whether the run was stopped by hand.
    """

    loss: np.ndarray
    gradients: LayerHistory
    recorded: dict = field(default_factory=dict)
    nonfinite: tuple = ()
    interrupted: bool = False

    def __getitem__(self, name):
        """What was recorded under ``name``; "gradients" and "loss" always are."""
        found = {"loss": self.loss, "gradients": self.gradients, **self.recorded}
        if name not in found:
            have = ", ".join(repr(n) for n in self.recorded) or "nothing else"
            raise KeyError(f"{name!r} was not recorded (recorded: {have}); train with record=({name!r},)")
        return found[name]

    def __eq__(self, other):
        """Whether everything that was kept is the same; nan equals nan."""
        if not isinstance(other, TrainingRun):
            return NotImplemented
        about = (self.gradients, self.recorded.keys(), self.nonfinite, self.interrupted)
        theirs = (other.gradients, other.recorded.keys(), other.nonfinite, other.interrupted)
        pairs = [(self.loss, other.loss)]
        pairs += [(values, other.recorded.get(name)) for name, values in self.recorded.items()]
        return about == theirs and all(
            a == b if isinstance(a, LayerHistory) else np.array_equal(a, b, equal_nan=True) for a, b in pairs
        )

    def __hash__(self):
        """Equal for equal runs."""
        return hash((self.gradients, tuple(self.recorded), self.nonfinite, self.interrupted))
