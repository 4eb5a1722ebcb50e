"""What the net is asked to do, and what a constant answer would score."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Task:
    """A task as its targets and its loss tell it.

    Attributes:
        kind: "classes" (one output for each), "binary" (one output), or "values".
        chance: The accuracy of always answering the largest class; 0, that of R2, for values.
        constant: The loss of the best constant answer, None where no formula is known here.
        logits: Whether the outputs are logits.

    Example:
        >>> Task("binary", 0.5, 0.69, False).kind
        'binary'
    """

    kind: str
    chance: float
    constant: float | None
    logits: bool

    def score(self, y, outputs):
        """Accuracy, or R2 for values; nan where an output is not finite."""
        outputs = np.asarray(outputs, "float64")
        if not np.isfinite(outputs).all():
            return float("nan")
        if self.kind == "classes":
            true = y if y.ndim < outputs.ndim else y.argmax(-1)
            return float(np.mean(outputs.argmax(-1) == true))
        if self.kind == "binary":
            cut = 0.0 if self.logits else 0.5
            return float(np.mean((outputs > cut) == (y > 0.5)))
        with np.errstate(all="ignore"):
            return float(1 - np.mean((outputs - y) ** 2) / max(np.var(y), 1e-30))

    @property
    def mark(self):
        """The score from which on a net counts as trained: 60 % of the way from chance to no errors; R2 of 0.5."""
        return 0.5 if self.kind == "values" else self.chance + 0.6 * (1 - self.chance)


def task_of(y, outputs, name, logits):
    """The task that targets of shape (n, ...) and a loss stand for.

    Example:
        >>> task_of(np.array([[0.0], [1.0]]), 1, "binary_crossentropy", False).chance
        0.5
    """
    whole = bool(np.isin(y, (0, 1)).all())
    if name.startswith("sparse"):
        share = np.unique(y, return_counts=True)[1] / y.size
        return Task("classes", float(share.max()), float(-(share * np.log(share)).sum()), logits)
    if whole and outputs > 1 and y.shape[-1] == outputs and np.all(y.sum(-1) == 1):
        share = y.reshape(-1, outputs).mean(0)
        share = share[share > 0]
        entropy = float(-(share * np.log(share)).sum())
        known = {"categorical_crossentropy": entropy, "mean_squared_error": float(np.var(y, 0).mean())}
        if name == "binary_crossentropy":
            p = np.clip(y.reshape(-1, outputs).mean(0), 1e-7, 1 - 1e-7)
            known[name] = float(-(p * np.log(p) + (1 - p) * np.log(1 - p)).mean())
        return Task("classes", float(share.max()), known.get(name), logits)
    if whole or "binary" in name or "hinge" in name:
        p = float(np.clip(np.mean(y > 0.5), 1e-7, 1 - 1e-7))
        known = {"binary_crossentropy": -(p * np.log(p) + (1 - p) * np.log(1 - p)), "mean_squared_error": p * (1 - p)}
        return Task("binary", max(p, 1 - p), known.get(name), logits or "hinge" in name)
    known = {
        "mean_squared_error": float(np.var(y)),
        "mean_absolute_error": float(np.mean(np.abs(y - np.median(y)))),
    }
    return Task("values", 0.0, known.get(name), logits)
