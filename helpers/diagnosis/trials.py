"""Prove a cause: change one thing on a copy and see whether it trains."""

from contextlib import contextmanager

import keras
import numpy as np

from helpers.diagnosis.anatomy import redrawn
from helpers.diagnosis.rules import bound
from helpers.diagnosis.trial import Trial
from helpers.recording.naming import named_layers

PATIENCE = 120  # steps: no copy of the even made nets stood still for so long and was cured in the end
SWAPPED = ("sigmoid", "tanh", "exponential", "hard_sigmoid", "softsign")


def gain(trace, task):
    """The share of a constant answer's loss that training took away: 1 for no errors, 0 for guessing, -1 at worst.

    Example:
        >>> from helpers.diagnosis.task import Task
        >>> from types import SimpleNamespace
        >>> gain(SimpleNamespace(finite=True, loss=0.5, score=0.8), Task("classes", 0.5, 1.0, False))
        0.5
    """
    if not trace.finite or np.isnan(trace.score):
        return -1.0
    if task.kind == "values":
        found = trace.score
    elif task.constant:
        found = max(1 - trace.loss / task.constant, (trace.score - task.chance) / (1 - task.chance + 1e-9) - 0.2)
    else:
        found = (trace.score - task.chance) / (1 - task.chance + 1e-9)
    return float(np.clip(found, -1, 1))


class Trials:
    """The changes that are tried, each for as many steps as the net itself was given.

    Args:
        trial: Trial.
        base: Trace of the net as it is.
        X: Inputs.
        parts: From ``anatomy.parts_of``.
        seconds: For each change.

    Attributes:
        gains: ``{change: gain}`` of those tried.
    """

    def __init__(self, trial, base, X, parts, seconds):
        self.trial, self.base, self.X, self.parts = trial, base, X, parts
        self.seconds, self.gains, self.traces = seconds, {"base": gain(base, trial.task)}, {}
        self.steps = int(np.clip(len(base.losses), 120, 400))

    def attempt(self, change, X=None, **options):
        """Train a copy with a change; its gain."""
        if change not in self.gains:
            until = options.pop("until", self.trial.task.mark)
            trial = options.pop("trial", self.trial)
            options = {"seconds": self.seconds, "until": until, "patience": PATIENCE, **options}
            trace = trial.run(self.X if X is None else X, self.steps, **options)
            self.traces[change] = trace
            self.gains[change] = gain(trace, self.trial.task)
        return self.gains[change]

    def cures(self, change):
        """Whether a tried change made it train: clearly better than without, and than a constant answer."""
        if change not in self.gains:
            return False
        return self.gains[change] >= max(bound("cured"), max(self.gains["base"], 0) + bound("cured"))

    def suffices(self, change):
        """Whether a copy with a tried change trains as a healthy net does, so that nothing else can be wrong."""
        trace = self.traces.get(change)
        return trace is not None and trace.finite and trace.best >= self.trial.task.mark

    def better_than(self, changes):
        """In words, what cures clearly better than all of these changes; None if nothing does."""
        best = max(self.gains[change] for change in changes) + bound("cured")
        others = {"scaled inputs": "with inputs standardised", "drawn anew": "with kernels drawn anew"}
        return next((told for one, told in others.items() if self.cures(one) and self.gains[one] > best), None)

    def none_cures(self):
        """Whether nothing that was tried made it train."""
        return not any(self.cures(change) for change in self.gains if change != "base")

    def scaled(self, targets=False):
        """Standardise inputs, and with ``targets`` the targets too."""
        scaled = {"X": standardised(self.X), "patience": np.inf}  # what is large may have to fall first
        if not targets:
            return self.attempt("scaled inputs", **scaled)
        y = self.trial.y
        y = ((y - y.mean()) / max(float(y.std()), 1e-12)).astype(y.dtype)
        return self.attempt("scaled inputs and targets", targets=y, **scaled)

    def rate(self, factor):
        """Multiply the rate."""
        return self.attempt(f"rate x {factor:g}", factor=factor)

    def clipped(self, norm=0.1):
        """Limit the norm of the gradients."""
        return self.attempt("clipped", clip=norm)

    def drawn_anew(self):
        """Draw weights as suits the activations."""
        return self.attempt("drawn anew", weights=redrawn(self.trial.model, self.parts, self.trial.start))

    def mended(self, factor, inputs, weights):
        """Multiply the rate of a copy whose other faults are mended: inputs standardised, weights drawn anew."""
        options = {"weights": redrawn(self.trial.model, self.parts, self.trial.start)} if weights else {}
        X = standardised(self.X) if inputs else self.X
        return self.attempt(f"the rest mended, rate x {factor:g}", X=X, factor=factor, **options)

    def swapped(self):
        """Put SELU in place of sigmoid and its kin in the hidden layers, with kernels that suit it."""
        if "SELU" in self.gains:  # to compile another trial takes longer than to run it
            return self.gains["SELU"]
        with other_activations(self.trial.model, keras.activations.selu):
            other = Trial(self.trial.model, self.trial.loss, self.trial.y, self.trial.task, self.trial.batch)
            weights = redrawn(other.model, self.parts, other.start)
            return self.attempt("SELU", trial=other, weights=weights)


def standardised(X):
    """Columns (the last axis) with mean 0 and deviation 1; constant ones become 0.

    Example:
        >>> standardised(np.array([[1.0, 5.0], [3.0, 5.0]])).tolist()
        [[-1.0, 0.0], [1.0, 0.0]]
    """
    axes = tuple(range(X.ndim - 1))
    values = X.astype("float64")
    deviation = values.std(axes)
    found = (values - values.mean(axes)) / np.where(deviation > 1e-9, deviation, 1.0)
    return found.astype(X.dtype)


@contextmanager
def other_activations(model, activation):
    """Exchange the hidden layers' sigmoid-like activations for a while."""
    layers = [layer for _, layer in named_layers(model) if not isinstance(layer, keras.Model)]
    layers = [one for one in layers if not isinstance(one, keras.layers.RNN)]
    mine = [one for one in layers if getattr(getattr(one, "activation", None), "__name__", "") in SWAPPED]
    ends = [one for one in layers if one.weights][-1:] + layers[-1:]
    kept = [(one, one.activation) for one in mine if not any(one is end for end in ends)]
    try:
        for one, _ in kept:
            one.activation = activation
        yield
    finally:
        for one, before in kept:
            one.activation = before
