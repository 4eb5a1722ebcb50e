"""All that was measured of one net, and what follows from it at once."""

from dataclasses import dataclass, field

import keras
import numpy as np

from helpers.diagnosis.rules import bound
from helpers.recording.naming import named_layers


def worst(values):
    """The name with the largest value, and the value; (None, 0.0) if there is none.

    Example:
        >>> worst({"dense": 0.2, "dense_1": 0.9})
        ('dense_1', 0.9)
    """
    name = max(values, key=values.get, default=None)
    return name, values.get(name, 0.0)


@dataclass
class Facts:
    """All that was measured of one net; None or empty where it was not."""

    model: object
    X: np.ndarray
    y: np.ndarray
    parts: list
    loss: str
    foreign: bool = False
    bad_inputs: int = 0
    bad_targets: int = 0
    bad_weights: tuple = ()
    rest: object = None
    after: object = None
    misfits: list = field(default_factory=list)
    task: object = None
    symmetric: dict = field(default_factory=dict)
    shared: list = field(default_factory=list)
    sizes: dict = field(default_factory=dict)
    base: object = None
    projected: float = 0.0
    one_by_one: float | None = None
    other_order: object = None
    trials: object = None
    shown: np.ndarray | None = None

    @property
    def input_size(self):
        """Largest deviation, or mean, of a column; 0 where sizes mean nothing (class numbers, normalised at once)."""
        for _, layer in named_layers(self.model):
            if isinstance(layer, keras.layers.Embedding | keras.layers.BatchNormalization | keras.layers.Normalization):
                return 0.0
            if layer.weights and not isinstance(layer, keras.Model):
                break
        axes = tuple(range(self.X.ndim - 1))
        values = self.X.astype("float64")
        return float(max(values.std(axes).max(), np.abs(values.mean(axes)).max()))

    @property
    def inputs_large(self):
        """Whether inputs are of a size worth a trial."""
        return self.input_size > bound("input_trial")

    @property
    def target_size(self):
        """Deviation of real targets; 0 for classes."""
        return float(np.std(self.y)) if self.task.kind == "values" else 0.0

    @property
    def targets_large(self):
        """Whether targets are of a size worth a trial."""
        return self.target_size > bound("target_trial")

    @property
    def spiked(self):
        """Largest loss of a batch over the first."""
        losses = self.base.losses
        if not np.isfinite(losses[:1]).all() or not len(losses):
            return 1.0
        return float(np.nanmax(losses) / max(abs(losses[0]), 1e-12))

    @property
    def killed(self):
        """The layer with the largest share of dead units after training that was alive before, and the share."""
        if self.after is None:
            return None, 0.0
        grown = {n: v for n, v in self.after.dead.items() if v - self.rest.dead.get(n, 0) > 0.3}
        name = max(grown, key=grown.get, default=None)
        return name, grown.get(name, 0.0)

    @property
    def trains(self):
        """Whether it reached the mark, or would if it went on as it did."""
        base = self.base
        if base is None:
            return False
        return bool(base.finite and (base.score >= self.task.mark or self.projected >= bound("trained")))

    @property
    def learned(self):
        """Whether it reached the mark in as many steps as planned; one that ``trains`` may only be on the way."""
        return bool(self.base is not None and self.base.finite and self.base.score >= self.task.mark)

    @property
    def stale(self):
        """The largest share of their initial values that stored averages still hold after the trial."""
        found = [one for _, one in named_layers(self.model) if isinstance(one, keras.layers.BatchNormalization)]
        return max((one.momentum ** len(self.base.losses) for one in found if one.trainable), default=0.0)

    @property
    def training_mode_suffices(self):
        """Whether it learned, and answers wrongly only with the stored averages of batch normalisation."""
        base = self.base
        apart = base.training_score - base.score > bound("mode_gap")
        return bool(base.finite and apart and base.training_score >= self.task.mark)

    @property
    def born_dead(self):
        """The layer with the largest share of dead units before training, and the share."""
        inner = {p.name for p in self.parts[:-1]} | {n for n, _ in named_layers(self.model)}
        return worst({n: v for n, v in self.rest.dead.items() if n in inner})

    @property
    def far(self):
        """Names of the layers whose kernels do not suit, except where a normalisation makes up for it."""
        off = {p.name: abs(np.log(max(self.sizes.get(p.name, 1.0), 1e-9))) for p in self.parts if not p.normalised}
        return [name for name, size in off.items() if size > np.log(bound("kernel"))]

    @property
    def travelled(self):
        """The way of the kernel that went farthest in training, in sizes of its own."""
        places = [p.kernel for p in self.parts if p.kernel is not None]
        ratios = self.base.ratios[:, places] if len(self.base.losses) else np.zeros((1, 1))
        return float(np.nansum(ratios, 0).max(initial=0.0))

    @property
    def unstable(self):
        """Whether training threw the weights away: not finite, a loss that rose, or units that died of large steps."""
        killed = self.killed[1] >= 0.5 and self.travelled > bound("travelled")
        return not self.base.finite or self.spiked > bound("spiked") or killed or self.start_gradient > bound("steep")

    def calmed_by(self, change):
        """Whether the first gradient is of an ordinary size in a copy with a change."""
        trace = self.trials.traces.get(change)
        if trace is None or not len(trace.losses):
            return False
        return bool(np.linalg.norm(trace.gradients[0]) <= bound("exploding"))

    @property
    def frozen_share(self):
        """The share of layers with kernels whose kernel is not trained."""
        return sum(part.kernel is None for part in self.parts) / max(len(self.parts), 1)

    @property
    def deep(self):
        """Whether there are so many layers that a factor for each matters."""
        return len(self.parts) >= 4

    @property
    def squashing(self):
        """Whether hidden layers have an activation with two flat sides, or one that explodes."""
        return any(
            p.activation in ("sigmoid", "tanh", "exponential", "hard_sigmoid", "softsign") for p in self.parts[:-1]
        )

    @property
    def start_gradient(self):
        """Norm of the gradient of all variables at the first batch."""
        first = self.base.gradients[:1]
        return float(np.linalg.norm(first)) if first.size else 0.0

    @property
    def falling(self):
        """Gradient of the first kernel over that of the last, at the first batch."""
        places = [p.kernel for p in self.parts if p.kernel is not None]
        if len(places) < 2 or not len(self.base.gradients):
            return 1.0
        first, last = (float(self.base.gradients[0, k]) for k in (places[0], places[-1]))
        return first / last if last > 0 else 1.0
