"""Watch: the callback that speaks up, once, in the epoch in which a training goes wrong."""

import keras
import numpy as np

from helpers import checks
from helpers.diagnosis.anatomy import parts_of
from helpers.diagnosis.diagnose import diagnose
from helpers.diagnosis.report import FAULTS, Finding
from helpers.diagnosis.rules import bound
from helpers.diagnosis.sample import loss_of
from helpers.diagnosis.trial import lent
from helpers.recording.history import LayerHistory

TOO_LARGE = "keras.optimizers.Adam(learning_rate / 10), or optimizer with clipnorm=1.0"


class Watch(keras.callbacks.Callback):
    """Say what goes wrong while ``fit`` trains: ``model.fit(X, y, callbacks=[Watch()])``.

    It looks at the end of each epoch, prints one message in the first in which it sees a fault, and nothing for a
    healthy training, which it does not change. Alone it sees loss and weights. Given data it asks ``diagnose`` for the
    cause as soon as the training shows a symptom, and says nothing if that finds no fault.

    Args:
        X: Inputs as for ``diagnose``, such as those of ``fit``; None to go without.
        y: Targets as for ``diagnose``.
        patience: For how many epochs the loss may stand still at first.

    Attributes:
        losses: Loss of each epoch, as ``fit`` reports it.
        epoch: The epoch in which it spoke, as ``fit`` counts them, from 0; None if it did not.
        findings: Tuple of Finding, the most likely first; empty while nothing was found.

    Raises:
        TypeError: If patience is no integer.
        ValueError: If patience is below 1, or only one of X and y is given where both are needed.

    Source:
        The bounds ``risen``, ``leap``, ``moved`` and ``still`` in ``helpers.diagnosis.rules``.

    Example:
        >>> from helpers import data
        >>> net = keras.Sequential([keras.Input((2,)), keras.layers.Dense(4, "tanh"), keras.layers.Dense(1)])
        >>> net.compile(keras.optimizers.SGD(1e6), "mse")
        >>> watch = Watch()
        >>> _ = net.fit(*data.circles(64), epochs=3, verbose=0, callbacks=[watch])
        Watch, epoch 1: learning_rate_too_large. Seen: loss ...: notebooks/05_what_an_optimiser_hides.
    """

    def __init__(self, X=None, y=None, *, patience=5):
        super().__init__()
        if X is None and y is not None:
            raise ValueError("X is None, but y is not; give both, or neither")
        self.X, self.y, self.patience = X, y, checks.integer("patience", patience)
        self._watched = None
        self._clear()

    def _clear(self):
        self.losses, self.epoch, self.findings = [], None, ()
        self._epochs, self._moves, self._start, self._before, self._asked = [], [], None, None, False

    @property
    def history(self):
        """How far each layer's kernel moved in each epoch, over its size before: a LayerHistory."""
        if not self._moves:
            raise ValueError("nothing watched yet; pass this to model.fit(callbacks=[...]) first")
        layers = {name: np.array([moved[name] for moved in self._moves]) for name in self._moves[0]}
        return LayerHistory("update / weight", self._epochs, layers)

    def set_model(self, model):
        """Keras calls this before training; another model starts anew."""
        super().set_model(model)
        if self._watched is not model:
            self._watched = model
            self._clear()

    def on_train_begin(self, logs=None):
        """Keep the weights from which training starts."""
        self._parts = [part for part in parts_of(self._watched) if part.kernel is not None]
        self._before = self._kernels()
        if self._start is None:
            self._start = _weights(self._watched)

    def on_epoch_end(self, epoch, logs=None):
        """Record, and speak if there is something to say for the first time."""
        loss = float((logs or {}).get("loss", np.nan))
        self.losses.append(loss)
        now = self._kernels()
        self._moves.append({name: _moved(self._before[name], now[name]) for name in now})
        self._epochs.append(epoch if not self._epochs or epoch > self._epochs[-1] else self._epochs[-1] + 1)
        self._before = now
        if self.epoch is not None:
            return
        found = self._findings()
        if found:
            self.findings, self.epoch = found, epoch
            print(f"Watch, epoch {epoch + 1}: {_told(found)}")

    def _kernels(self):
        trainable = self._watched.trainable_variables
        return {part.name: trainable[part.kernel].numpy() for part in self._parts}

    def _findings(self):
        alone = tuple(self._symptoms())
        if not alone or self.X is None:
            return alone
        if self._asked and np.isfinite(self.losses[-1]):
            return ()  # that it stands still is no news
        self._asked = True
        with lent(self._watched, self._start):  # the cause is older than the symptom
            planned = self.params.get("epochs")
            report = diagnose(self._watched, self.X, self.y, epochs=planned)
        # what is not finite is a fault whatever a copy does
        return report.findings or (alone if not np.isfinite(self.losses[-1]) else ())

    def _symptoms(self):
        loss, first = self.losses[-1], self.losses[0]
        broken = [v.path for v in self._watched.weights if not np.isfinite(v.numpy()).all()]
        moved = max((m for moves in self._moves for m in moves.values() if np.isfinite(m)), default=0.0)
        if broken or not np.isfinite(loss):
            where = f", first in {broken[0]!r}" if broken else ""
            evidence = f"loss {loss:.3g}; {len(broken)} weights are not finite{where}"
            if moved > bound("leap") or (len(self.losses) > 1 and self.losses[-2] > bound("risen") * first):
                evidence += f"; before that a layer moved {moved:.2g} times its size in one epoch"
                yield _finding("learning_rate_too_large", None, evidence, TOO_LARGE, 0.7)
            layer = broken[0].split("/")[0] if broken else None
            yield _finding("non_finite_loss", layer, evidence, "np.isfinite(X).all(), np.isfinite(y).all()", 0.6)
        elif not self._parts:
            layers = [layer.name for layer in self._watched.layers if layer.weights]
            evidence = f"none of {len(layers)} layers with weights is trainable"
            yield _finding("frozen_layers", None, evidence, "layer.trainable = True, then compile again", 0.9)
        elif (len(self.losses) > 1 and loss > bound("risen") * first and moved > bound("moved")) or moved > bound(
            "leap"
        ):
            evidence = f"loss {first:.3g} in the first epoch, now {loss:.3g}; a layer moved {moved:.2g} times its size"
            yield _finding("learning_rate_too_large", None, evidence, TOO_LARGE, 0.7)
        elif len(self.losses) > self.patience:
            yield from self._standing(moved)

    def _standing(self, moved):
        losses, still = self.losses, bound("still")
        evidence = f"loss {losses[0]:.4g} in the first epoch, {losses[-1]:.4g} in epoch {len(losses)}"
        fallen = min(losses) < losses[0] * (1 - still)
        if not fallen and moved < bound("moved"):
            evidence += f"; no layer moves more than {moved:.1e} of its size in an epoch"
            yield _finding("learning_rate_too_small", None, evidence, "learning_rate * 10", 0.7)
            return
        guess = _guessing(self._watched)
        if guess:
            lately = np.array(losses[-1 - self.patience :])
            stands = bool(np.all(np.abs(lately / guess - 1) < still))
        else:
            stands = not fallen and self.X is not None
        if stands:
            moves = self._moves[-1]
            least = min(moves, key=moves.get)
            evidence += f", that of guessing ({guess:.4g})" if guess else ""
            evidence += f"; {least!r} moves least, {moves[least]:.1e} of its size an epoch"
            remedy = "diagnosis.diagnose(model, X, y), which names the cause"
            yield _finding("vanishing_gradient", least, evidence, remedy, 0.4)


def _weights(model):
    variables = model.trainable_variables, model.non_trainable_variables
    return tuple([np.array(v.numpy()) for v in group] for group in variables)


def _moved(before, now):
    with np.errstate(all="ignore"):
        return float(
            np.linalg.norm(now.astype("float64") - before) / (np.linalg.norm(before.astype("float64")) + 1e-12)
        )


def _guessing(model):
    """The loss of guessing among classes of equal size, None for other losses."""
    name = loss_of(model)[0]
    classes = keras.tree.flatten(model.outputs)[0].shape[-1] if getattr(model, "outputs", None) else None
    if name == "binary_crossentropy":
        return float(np.log(2))
    return float(np.log(classes)) if "crossentropy" in name and classes and classes > 1 else None


def _finding(fault, layer, evidence, remedy, certainty):
    return Finding(fault, layer, evidence, remedy, f"notebooks/{FAULTS[fault]}", certainty)


def _told(found):
    one = found[0]
    where = f" in layer {one.layer!r}" if one.layer else ""
    more = f" Also: {', '.join(other.fault for other in found[1:])}." if found[1:] else ""
    return f"{one.fault}{where}. Seen: {one.evidence}. Remedy: {one.remedy}. Lesson: {one.lesson}.{more}"
