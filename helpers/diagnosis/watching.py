"""Watch: the callback that speaks up, once, in the epoch in which a training goes wrong."""

import keras
import numpy as np

from helpers import checks
from helpers.diagnosis.anatomy import parts_of
from helpers.diagnosis.diagnose import diagnose
from helpers.diagnosis.report import FAULTS, Finding
from helpers.diagnosis.rules import bound
from helpers.diagnosis.sample import loss_of, sample
from helpers.diagnosis.task import task_of
from helpers.diagnosis.trial import lent
from helpers.diagnosis.untouched import random_state_kept
from helpers.recording.history import LayerHistory

TOO_LARGE = "keras.optimizers.Adam(learning_rate / 10), or optimizer with clipnorm=1.0"


class Watch(keras.callbacks.Callback):
    """Say what goes wrong while ``fit`` trains: ``model.fit(X, y, callbacks=[Watch()])``.

    It looks at the end of each epoch, prints one message in the first in which it sees a fault, and nothing for a
    healthy training, which it does not change. Alone it sees loss and weights, of any Keras model. Given data it asks
    ``diagnose`` for the cause as soon as the training shows a symptom, and says nothing if that finds no fault.

    Args:
        X: Inputs as for ``diagnose``, such as those of ``fit`` or some of them; None to go without.
        y: Targets as for ``diagnose``.
        patience: For how many epochs the loss may stand still at first.
        batch_size: As in ``fit``, for ``diagnose``; None for 32, or that of a Dataset.

    Attributes:
        losses: Loss of each epoch, as ``fit`` reports it.
        epoch: The epoch in which it spoke, as ``fit`` counts them, from 0; None if it did not.
        findings: Tuple of Finding, the most likely first; empty while nothing was found.
        not_finite: Where nan or infinity was first seen: ``(epoch, batch, names)``, with the names of the variables
            that were not finite then; batch is None where only the end of an epoch showed it. None while all is finite.

    Raises:
        TypeError: If patience or batch_size is no integer; when training starts, if X or y is no array of numbers.
        ValueError: If patience or batch_size is below 1, or y is given without X; when training starts, if the data
            do not fit the model.

    Source:
        The bounds ``risen``, ``leap``, ``moved`` and ``still`` in ``helpers.diagnosis.rules``.

    Example:
        >>> from helpers import data
        >>> net = keras.Sequential([keras.Input((2,)), keras.layers.Dense(4, "tanh"), keras.layers.Dense(1)])
        >>> net.compile(keras.optimizers.SGD(1e6), "mse")
        >>> watch = Watch()
        >>> _ = net.fit(*data.circles(64), epochs=3, verbose=0, callbacks=[watch])
        Watch, epoch 1: learning_rate_too_large...
          seen:   loss ...
          remedy: ...
          lesson: notebooks/05_what_an_optimiser_hides
    """

    def __init__(self, X=None, y=None, *, patience=5, batch_size=None):
        super().__init__()
        if X is None and y is not None:
            raise ValueError("X is None, but y is not; give both, or neither")
        self.X, self.y, self.patience = X, y, checks.integer("patience", patience)
        self.batch_size = None if batch_size is None else checks.integer("batch_size", batch_size)
        self._watched = None
        self._clear()

    def _clear(self):
        self.losses, self.epoch, self.findings, self.not_finite = [], None, (), None
        self._epochs, self._moves, self._norms = [], [], []
        self._parts, self._start, self._before, self._asked = None, None, None, False
        self._guess = None  # the loss of a constant answer, where data are given
        self._seen = None  # the first and the largest loss of a batch, as a mean since its epoch began

    @property
    def history(self):
        """How far each layer's kernel moved in each epoch, over its size before: a LayerHistory."""
        return self._kept("update / weight", self._moves)

    @property
    def norms(self):
        """The norm of each layer's kernel at the end of each epoch: a LayerHistory."""
        return self._kept("weight norm", self._norms)

    def _kept(self, quantity, records):
        if not records:
            raise ValueError("nothing watched yet; pass this to model.fit(callbacks=[...]) first")
        if not records[0]:
            raise ValueError(f"model {self._watched.name!r} has no trainable kernel to keep the {quantity} of")
        return LayerHistory.from_records(quantity, self._epochs, records)

    def set_model(self, model):
        """Keras calls this before training; another model starts anew."""
        super().set_model(model)
        if self._watched is not model:
            self._watched = model
            self._clear()

    def on_train_begin(self, logs=None):
        """Keep the weights from which training starts."""
        self._parts = None
        self._begin()

    def on_train_batch_end(self, batch, logs=None):
        """See where the loss is not finite; ``fit`` has built by now what was not built before."""
        if self._parts is None:
            self._begin()
        loss = float((logs or {}).get("loss", 0.0))
        if self.not_finite is None and not np.isfinite(loss):
            # Keras counts epochs of one ``fit``; the number of this one is known at its end
            self.not_finite = (None, batch, self._broken())
        elif np.isfinite(loss):
            self._seen = (loss, loss) if self._seen is None else (self._seen[0], max(self._seen[1], loss))

    def on_epoch_end(self, epoch, logs=None):
        """Record, and speak if there is something to say for the first time."""
        loss = float((logs or {}).get("loss", np.nan))
        self.losses.append(loss)
        now = self._kernels()
        self._moves.append({name: _moved(self._before[name], now[name]) for name in now})
        self._norms.append({name: float(np.linalg.norm(kernel.astype("float64"))) for name, kernel in now.items()})
        self._epochs.append(epoch if not self._epochs or epoch > self._epochs[-1] else self._epochs[-1] + 1)
        self._before = now
        broken = self._broken()
        if self.not_finite is None and (broken or not np.isfinite(loss)):
            self.not_finite = (None, None, broken)
        if self.not_finite and self.not_finite[0] is None:
            self.not_finite = (epoch, *self.not_finite[1:])
        if self.epoch is not None:
            return
        found = self._findings()
        if found:
            self.findings, self.epoch = found, epoch
            print(f"Watch, epoch {epoch + 1}: {_told(found)}")

    def _begin(self):
        if not _is_built(self._watched) and isinstance(self.X, np.ndarray):
            with random_state_kept():  # the seeds of weights are drawn where layers are made, not where they are built
                self._watched(self.X[:1])
        if not _is_built(self._watched):
            return
        if self.X is not None and self._start is None:
            with random_state_kept():
                targets = sample(self._watched, self.X, self.y, self.batch_size)[1]  # refuses what does not fit
            self._guess = _constant_loss(self._watched, targets)
        self._parts = [part for part in parts_of(self._watched) if part.kernel is not None]
        self._before = self._kernels()
        if self._start is None:
            self._start = _weights(self._watched)

    def _kernels(self):
        trainable = self._watched.trainable_variables
        return {part.name: trainable[part.kernel].numpy() for part in self._parts}

    def _broken(self):
        """Names of the variables that are not finite."""
        return tuple(v.path for v in self._watched.weights if not np.isfinite(v.numpy()).all())

    def _findings(self):
        alone = tuple(self._symptoms())
        if not alone or self.X is None:
            return alone
        if self._asked and np.isfinite(self.losses[-1]):
            return ()  # that it stands still is no news
        self._asked = True
        with lent(self._watched, self._start):  # the cause is older than the symptom
            planned = self.params.get("epochs")
            report = diagnose(self._watched, self.X, self.y, epochs=planned, batch_size=self.batch_size)
        # what is not finite is a fault whatever a copy does
        return report.findings or (alone if not np.isfinite(self.losses[-1]) else ())

    def _symptoms(self):
        loss, first = self.losses[-1], self.losses[0]
        moved = max((m for moves in self._moves for m in moves.values() if np.isfinite(m)), default=0.0)
        if self.not_finite:
            _, batch, broken = self.not_finite
            where = f", first {broken[0]!r}" if broken else ""
            when = "" if batch is None else f"from batch {batch + 1} of the epoch on; "
            evidence = f"loss {loss:.3g}; {when}{len(broken)} variables are not finite{where}"
            begun, largest = self._seen or (1.0, 1.0)
            if moved > bound("leap") or largest > bound("risen") * abs(begun):
                evidence += f"; before that the loss went from {begun:.3g} to {largest:.3g}"
                evidence += f", and a layer moved {moved:.2g} times its size in one epoch" if moved else ""
                yield _finding("learning_rate_too_large", None, evidence, TOO_LARGE, 0.7)
            layer = broken[0].split("/")[0] if broken else None
            yield _finding("non_finite_loss", layer, evidence, "np.isfinite(X).all(), np.isfinite(y).all()", 0.6)
        elif self._watched.weights and not self._watched.trainable_variables:
            layers = [layer.name for layer in self._watched.layers if layer.weights]
            evidence = f"none of {len(layers)} layers with weights is trainable"
            yield _finding("frozen_layers", None, evidence, "layer.trainable = True, then compile again", 0.9)
        elif (len(self.losses) > 1 and loss > bound("risen") * first and moved > bound("moved")) or moved > bound(
            "leap"
        ):
            evidence = f"loss {first:.3g} in the first epoch, now {loss:.3g}; a layer moved {moved:.2g} times its size"
            yield _finding("learning_rate_too_large", None, evidence, TOO_LARGE, 0.7)
        elif len(self.losses) > self.patience and self._moves[0]:
            yield from self._standing(moved)

    def _standing(self, moved):
        losses, still = self.losses, bound("still")
        evidence = f"loss {losses[0]:.4g} in the first epoch, {losses[-1]:.4g} in epoch {len(losses)}"
        fallen = min(losses) < losses[0] * (1 - still)
        if not fallen and moved < bound("moved"):
            evidence += f"; no layer moves more than {moved:.1e} of its size in an epoch"
            yield _finding("learning_rate_too_small", None, evidence, "learning_rate * 10", 0.7)
            return
        guess = self._guess or _guessing(self._watched)
        if guess:
            lately = np.array(losses[-1 - self.patience :])
            stands = bool(np.all(np.abs(lately / guess - 1) < still))
            if self.X is not None:  # above guessing it may stand as well, or be on its way down: diagnose will tell
                stands = bool(np.all(lately > guess * (1 - still)) and lately[-1] > lately[0] * (1 - still))
        else:
            stands = not fallen and self.X is not None
        if stands:
            moves = self._moves[-1]
            least = min(moves, key=moves.get)
            evidence += f", and guessing has {guess:.4g}" if guess else ""
            evidence += f"; {least!r} moves least, {moves[least]:.1e} of its size an epoch"
            remedy = "diagnosis.diagnose(model, X, y), which names the cause"
            yield _finding("vanishing_gradient", least, evidence, remedy, 0.4)


def _is_built(model):
    """Whether all weights exist; a model that was never called gets them in the first batch of ``fit``."""
    return model.built and all(layer.built for layer in model.layers)


def _weights(model):
    variables = model.trainable_variables, model.non_trainable_variables
    return tuple([np.array(v.numpy()) for v in group] for group in variables)


def _moved(before, now):
    with np.errstate(all="ignore"):
        return float(
            np.linalg.norm(now.astype("float64") - before) / (np.linalg.norm(before.astype("float64")) + 1e-12)
        )


def _constant_loss(model, targets):
    """The loss of the best constant answer to these targets, None where no formula is known."""
    name, _, logits = loss_of(model)
    outputs = getattr(model, "outputs", None)
    count = keras.tree.flatten(outputs)[0].shape[-1] if outputs else targets.shape[-1]
    return task_of(targets, count, name, logits).constant


def _guessing(model):
    """The loss of guessing among classes of equal size, None for other losses."""
    if isinstance(model.loss, list | tuple | dict) and len(model.loss) > 1:
        return None
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
    more = f" (also: {', '.join(other.fault for other in found[1:])})" if found[1:] else ""
    return f"{one.fault}{where}{more}\n  seen:   {one.evidence}\n  remedy: {one.remedy}\n  lesson: {one.lesson}"
