"""TrainingRun: what a training left behind."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from helpers.recording.history import LayerHistory


@dataclass(frozen=True, eq=False)
class TrainingRun:
    """What a training left behind. T is epochs + 1, fewer if not every epoch was recorded or the run was cut short.

    Immutable: its arrays are read-only. Two runs are equal if all that they hold is; they can be copied, pickled, and
    used as keys.

    Attributes:
        loss: Mean loss of the first batch of each recorded epoch, and of one more batch after the last
            epoch: shape (T,), or (T, R) with replicas. What the model adds to it (regularisation) is in it.
        gradients: LayerHistory of the gradient of every kernel that is trained, on those batches; step e is the start
            of epoch e. ``gradients.steps`` (T,) says which epochs were recorded.
        recorded: What was asked for beside them, by name: LayerHistories, or arrays (T,) or (T, R).
        nonfinite: A NonFinite for each replica that left the finite numbers; empty if none did.
        interrupted: Whether the run was stopped by hand.
    """

    loss: np.ndarray
    gradients: LayerHistory
    recorded: Mapping[str, LayerHistory | np.ndarray] = field(default_factory=dict)
    nonfinite: tuple = ()
    interrupted: bool = False

    def __post_init__(self):
        """Make everything read-only."""
        recorded = {n: v if isinstance(v, LayerHistory) else _read_only(v) for n, v in self.recorded.items()}
        object.__setattr__(self, "loss", _read_only(self.loss))
        object.__setattr__(self, "recorded", MappingProxyType(recorded))

    def __getitem__(self, name):
        """What was recorded under ``name``; "gradients" and "loss" always are."""
        found = {"loss": self.loss, "gradients": self.gradients, **self.recorded}
        if name not in tuple(found):
            have = ", ".join(repr(n) for n in self.recorded) or "nothing else"
            if self.interrupted and name.endswith("updates"):
                raise KeyError(f"{name!r}: the run was interrupted before the first epoch was over")
            raise KeyError(f"{name!r} was not recorded (recorded: {have}); train with record=({name!r},)")
        return found[name]

    def __eq__(self, other):
        """Whether everything that was kept is the same; nan equals nan."""
        if not isinstance(other, TrainingRun):
            return NotImplemented
        about = (self.gradients, self.recorded.keys(), self.nonfinite, self.interrupted)
        theirs = (other.gradients, other.recorded.keys(), other.nonfinite, other.interrupted)
        return about == theirs and all(
            _same(mine, yours)
            for mine, yours in [(self.loss, other.loss), *((v, other.recorded[n]) for n, v in self.recorded.items())]
        )

    def __hash__(self):
        """Equal for equal runs."""
        return hash((self.gradients, frozenset(self.recorded), self.nonfinite, self.interrupted))

    def __reduce__(self):
        """For pickle and copy: made anew from its parts."""
        return TrainingRun, (self.loss, self.gradients, dict(self.recorded), self.nonfinite, self.interrupted)


def _read_only(values):
    values = np.array(values)
    values.setflags(write=False)
    return values


def _same(mine, yours):
    if isinstance(mine, LayerHistory) or isinstance(yours, LayerHistory):
        return isinstance(mine, LayerHistory) and isinstance(yours, LayerHistory) and mine == yours
    return np.array_equal(mine, yours, equal_nan=True)
