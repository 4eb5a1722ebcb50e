"""What is kept of a training: which weights, gradients and numbers were asked for, and the histories they make."""

from functools import partial

import numpy as np
import tensorflow as tf

from helpers.checks import function, suggestion
from helpers.engine import functions
from helpers.engine.compiling import Compiled, form_of, shared_form
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
        compiled: Whether to compile what is kept of all samples.

    Attributes:
        watched: Positions, among the trainable variables, of those whose gradients are needed.
        wants_updates: Whether their changes are needed too.
        steps: The epochs recorded so far.

    Raises:
        TypeError: If ``record`` holds something that is no name and no function of three arguments.
        ValueError: If a name is unknown, or two entries have one name.
    """

    def __init__(self, model, record, loss, compiled):
        refuse_without_gradients(model)
        self._model, self._objective = model, Objective(model, loss)
        self._names, self._on_all, self._functions = _parse(record, model)
        trainable = len(model.trainable_variables)
        places = {id(v): k for k, v in enumerate([*model.trainable_variables, *model.non_trainable_variables])}
        self._places = {
            name: {
                layer: places[id(v)]
                for layer, v in weights_by_layer(model, weight).items()
                if what == "values" or places[id(v)] < trainable
            }
            for name, (weight, what) in self._names.items()
        }
        for name, places in self._places.items():
            if not places:
                weight, what = self._names[name]
                raise ValueError(
                    f"record={name!r}: no {weight} of model {model.name!r} is trained, so there are no {what}; "
                    f"set trainable=True on its layer, or record {weight!r} for the values"
                )
        kept = {k for name, (_, what) in self._names.items() if what != "values" for k in self._places[name].values()}
        self.watched = tuple(sorted(kept))
        self.wants_updates = any(what == "updates" for _, what in self._names.values())
        self.steps, self._records, self._now = [], [], None
        self._evaluate = partial(_on_all, self._objective)
        if self._on_all and compiled:
            form, loss = form_of(model), shared_form(loss)
            self._evaluate = Compiled(self._evaluate, (form, loss, "evaluate") if form and loss else None)

    def keep_state(self, step, training, epoch):
        """Keep what is asked for of the weights as they are, at a step.

        Args:
            step: The epoch that is about to begin.
            training: What trains the model.
            epoch: An Epoch; functions see its first batch.
        """
        weights, others = training.variables
        values = [*weights, *others]
        now = {
            name: {layer: np.array(values[place]) for layer, place in self._places[name].items()}
            for name, (_, what) in self._names.items()
            if what == "values"
        }
        if self._on_all:
            loss, share = self._evaluate((weights, others), epoch.X, epoch.y)
            found = {"full_loss": loss, "accuracy": share}
            now |= {name: found[name].numpy() for name in self._on_all}
        if self._functions:
            now |= self._call_functions(training, *(tf.gather(a, epoch.rows[0]) for a in (epoch.X, epoch.y)))
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

    def _call_functions(self, training, x, y):
        training.store()
        variables = [*self._model.trainable_variables, *self._model.non_trainable_variables]
        before = [tf.identity(v.value) for v in variables]
        first = self._records[0] if self._records else {}
        try:
            return {
                name: functions.call(name, function, self._model, x, y, first.get(name))
                for name, function in self._functions.items()
            }
        finally:
            for variable, value in zip(variables, before, strict=True):
                variable.assign(value)  # to look must not change what is looked at: moving averages, random states

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
    weights = sorted({v.name for v in model.weights})
    more = {f"{w}{end}": (w, what) for w in weights for end, what in _ENDS.items()}
    known = {n: meant for n, meant in {**more, **_LONG}.items() if n not in (*ON_ALL, "loss")}
    names, on_all, own = {"gradients": _LONG["gradients"]}, {}, {}
    for entry in entries:
        if isinstance(entry, str) and entry == "loss":
            continue  # always kept, as the gradients are
        if isinstance(entry, str) and entry in known:
            names[entry] = known[entry]
        elif isinstance(entry, str) and entry in ON_ALL:
            on_all[entry] = True
        elif callable(entry):
            name = functions.name_of(entry)
            if name in own or name in known or name in (*ON_ALL, "loss"):
                raise ValueError(
                    f"record: there is another record of the name {name!r}; give the function a name of its own, "
                    "by def or by its __name__"
                )
            own[name] = function(f"record: {name}", entry, "model", "x", "y")
        elif isinstance(entry, str):
            choices = [*RECORDS, *(n for n in known if n not in _LONG and known[n] not in _LONG.values())]
            raise ValueError(
                f"record={entry!r} is unknown; {suggestion(entry, choices)}, or a function of (model, x, y)"
            )
        else:
            raise TypeError(f"record must hold names and functions of (model, x, y), got {entry!r}")
    return names, tuple(on_all), own


def refuse_without_gradients(model):
    """Refuse a model without a kernel that is trained: the gradients of kernels are always recorded.

    Args:
        model: A built Keras model.

    Raises:
        ValueError: If it has none, is not built, or two kernels share a name.
    """
    weights = {v.name for v in model.weights}
    if model.built and weights and "kernel" not in weights:
        raise ValueError(
            f"model {model.name!r} has no kernel whose gradient could be recorded, only {', '.join(sorted(weights))}; "
            "a Dense layer has one"
        )
    weights_by_layer(model)  # refuses a model that is not built, and kernels that share a name
    if not any(v.name == "kernel" for v in model.trainable_variables):
        what = "no kernel" if model.trainable_variables else "no weight"
        raise ValueError(f"model {model.name!r} has {what} to train; set trainable=True on a layer of it")


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
    parts = model.trainable_variables, model.non_trainable_variables
    return _on_all(Objective(model, loss), [[tf.convert_to_tensor(v) for v in part] for part in parts], X, y)


def _on_all(objective, variables, X, y):
    even = tf.fill([tf.shape(X)[0]], 1 / tf.cast(tf.shape(X)[0], objective.precision))
    loss, outputs, _ = objective(*variables, X, y, even, training=False)
    return loss, accuracy(objective.loss, y, outputs, objective.replicas)
