"""What is kept of a training: which weights, gradients and numbers were asked for, and the histories they make."""

import re
from functools import partial

import numpy as np
import tensorflow as tf

from helpers.checks import function, suggestion
from helpers.engine.compiling import compiled, form_of, shared_form
from helpers.engine.losses import accuracy
from helpers.engine.objective import Objective
from helpers.recording import LayerHistory, weights_by_layer

_LONG = {  # what the usual names stand for: (weight, what of it)
    "gradients": ("kernel", "gradients"),
    "weights": ("kernel", "values"),
    "biases": ("bias", "values"),
    "bias_gradients": ("bias", "gradients"),
    "updates": ("kernel", "updates"),
}
ON_ALL = ("accuracy", "full_loss")
RECORDS = (*(name for name in _LONG if name != "gradients"), *ON_ALL)  # gradients always are
_ENDS = {"": "values", "_gradients": "gradients", "_updates": "updates"}  # after the name of a weight


class Recorder:
    """Keeps what ``train_model(record=...)`` asks for.

    Args:
        model: A built Keras model.
        record: Names and functions, as for ``train_model``.
        loss: A Keras name, function or Loss object.
        compile_evaluation: Whether to compile what is kept of all samples.

    Attributes:
        watched: Positions, among the trainable variables, of those whose gradients are needed.
        wants_updates: Whether their changes are needed too.
        steps: The epochs recorded so far.

    Raises:
        TypeError: If ``record`` holds something that is no name and no function of three arguments.
        ValueError: If a name is unknown, or two entries have one name.
    """

    def __init__(self, model, record, loss, compile_evaluation):
        weights_by_layer(model)  # refuses a model that is not built or has no kernels
        self._model, self._objective = model, Objective(model, loss)
        self._names, self._on_all, self._functions = _parse(record, model)
        if not model.trainable_variables:
            raise ValueError(f"model {model.name!r} has no weight to train; set trainable=True on a layer of it")
        trainable = {id(v): k for k, v in enumerate(model.trainable_variables)}
        self._places = {
            name: {
                layer: trainable.get(id(v), v) if what == "values" else trainable[id(v)]
                for layer, v in weights_by_layer(model, weight).items()
                if what == "values" or id(v) in trainable
            }
            for name, (weight, what) in self._names.items()
        }
        for name, places in self._places.items():
            if not places:
                raise ValueError(
                    f"record={name!r}: every {self._names[name][0]} of model {model.name!r} is frozen; "
                    "set trainable=True on a layer of it"
                )
        kept = {k for name, (_, what) in self._names.items() if what != "values" for k in self._places[name].values()}
        self.watched = tuple(sorted(kept))
        self.wants_updates = any(what == "updates" for _, what in self._names.values())
        self.steps, self._records, self._now = [], [], None
        self._evaluate = partial(_on_all, self._objective)
        if self._on_all and compile_evaluation:
            form, loss = form_of(model), shared_form(loss)
            self._evaluate = compiled(self._evaluate, (form, loss, "evaluate") if form and loss else None)

    def keep_state(self, step, training, data, rows, plainly=False):
        """Keep what is asked for of the weights as they are, at a step.

        Args:
            step: The epoch that is about to begin.
            training: What trains the model.
            data: ``(X, y)``, tensors.
            rows: Sample numbers, (batches, batch_size); functions see the first batch.
            plainly: Not compiled, if it is not yet.
        """
        weights, others = training.variables
        now = {
            name: {
                layer: np.array(weights[place] if isinstance(place, int) else place.numpy())
                for layer, place in self._places[name].items()
            }
            for name, (_, what) in self._names.items()
            if what == "values"
        }
        if self._on_all:
            evaluate = getattr(self._evaluate, "function", self._evaluate) if plainly else self._evaluate
            loss, share = evaluate(weights, others, *data)
            found = {"full_loss": loss, "accuracy": share}
            now |= {name: found[name].numpy() for name in self._on_all}
        if self._functions:
            training.store()
            x, y = (tf.gather(a, rows[0]) for a in data)
            for name, asked in self._functions.items():
                found = asked(self._model, x, y)
                if not isinstance(found, dict) or not found:
                    raise TypeError(f"record: {name} must return {{layer: tensor}}, got {found!r}")
                now[name] = {layer: np.array(values) for layer, values in found.items()}
        self._now = step, now

    def keep_batch(self, kept):
        """Keep what is asked for of a batch, for the step of ``keep_state``.

        Args:
            kept: A Kept; without updates where nothing was learnt.
        """
        step, now = self._now
        place = {k: index for index, k in enumerate(self.watched)}
        now["loss"] = kept.loss.numpy()
        for name, (_, what) in self._names.items():
            values = {"gradients": kept.gradients, "updates": kept.updates, "values": ()}[what]
            if len(values):
                now[name] = {layer: np.array(values[place[k]]) for layer, k in self._places[name].items()}
        self.steps.append(step)
        self._records.append(now)
        self._now = None

    def drop_state(self):
        """Forget what ``keep_state`` kept last: there is no batch to go with it."""
        self._now = None

    def histories(self):
        """All that was kept: ``{"loss": array, "gradients": LayerHistory, "recorded": {name: ...}}``."""
        found = {}
        for name in self._records[0]:
            values = [record[name] for record in self._records if name in record]  # no update follows the last epoch
            if isinstance(values[0], dict):
                steps = self.steps[: len(values)]
                found[name] = LayerHistory.from_records(self._quantity(name), steps, values, self._objective.replicas)
            else:
                found[name] = np.stack(values)
        return {"loss": found.pop("loss"), "gradients": found.pop("gradients"), "recorded": found}

    def _quantity(self, name):
        if name not in self._names:
            return name
        weight, what = self._names[name]
        of = "" if weight == "kernel" else f"{weight.replace('_', ' ')} "
        return {"values": of.strip() or "weight", "gradients": f"{of}gradient", "updates": f"{of}update"}[what]


def _parse(record, model):
    """``{name: (weight, what)}``, names from ON_ALL, and ``{name: function}``."""
    entries = [record] if isinstance(record, str) or callable(record) else record
    if not isinstance(entries, list | tuple | set | frozenset):
        raise TypeError(f"record must be names and functions, such as ('weights',), got {record!r}")
    weights = sorted({v.name for layer in model.layers for v in layer.weights})
    more = {f"{w}{end}": (w, what) for w in weights for end, what in _ENDS.items()}
    known = {**more, **_LONG}
    names, on_all, functions = {"gradients": _LONG["gradients"]}, {}, {}
    for entry in entries:
        if isinstance(entry, str) and entry in known:
            names[entry] = known[entry]
        elif isinstance(entry, str) and entry in ON_ALL:
            on_all[entry] = True
        elif callable(entry):
            name = _name_of(entry)
            if name in functions or name in known or name in (*ON_ALL, "loss"):
                raise ValueError(
                    f"record: there is more than one record of the name {name!r}; give the function another"
                )
            functions[name] = function(f"record: {name}", entry, "model", "x", "y")
        elif isinstance(entry, str):
            choices = [*RECORDS, *(n for n in more if more[n] not in _LONG.values())]
            raise ValueError(
                f"record={entry!r} is unknown; {suggestion(entry, choices)}, or a function of (model, x, y)"
            )
        else:
            raise TypeError(f"record must hold names and functions of (model, x, y), got {entry!r}")
    return names, tuple(on_all), functions


def _name_of(function):
    while hasattr(function, "func"):  # functools.partial
        function = function.func
    return re.sub(r"\W", "", getattr(function, "__name__", type(function).__name__)) or "function"


def evaluate(model, X, y, loss):
    """Mean loss, with what the model adds to it, and accuracy of one net or of each replica, as it stands.

    Args:
        model: A built Keras model.
        X: Inputs, (n, ...), a tensor.
        y: Targets, a tensor, as ``fit_data`` makes them.
        loss: A Keras name, function or Loss object.

    Returns:
        ``(loss, accuracy)``: tensors of shape () or (R,).
    """
    weights, others = (
        [tf.convert_to_tensor(v) for v in part] for part in (model.trainable_variables, model.non_trainable_variables)
    )
    return _on_all(Objective(model, loss), weights, others, X, y)


def _on_all(objective, weights, others, X, y):
    even = tf.fill([tf.shape(X)[0]], 1 / tf.cast(tf.shape(X)[0], objective.precision))
    loss, outputs, _ = objective(weights, others, X, y, even, training=False)
    return loss, accuracy(objective.loss, y, outputs, objective.replicas)
