"""What is wrong with a net: look at it, train a copy, prove a cause on other copies."""

import warnings

import keras
import numpy as np

from helpers import checks
from helpers.diagnosis.anatomy import activation_name, parts_of
from helpers.diagnosis.bound_optimizer import bound_elsewhere
from helpers.diagnosis.facts import Facts
from helpers.diagnosis.fit_of_output import misfits
from helpers.diagnosis.proofs import prove
from helpers.diagnosis.report import Report
from helpers.diagnosis.rest import equal_kernels, equal_units, kernel_sizes, look
from helpers.diagnosis.rules import bound
from helpers.diagnosis.sample import loss_of, sample
from helpers.diagnosis.task import task_of
from helpers.diagnosis.trial import Trial, lent
from helpers.diagnosis.trials import Trials, gain
from helpers.diagnosis.untouched import random_state_kept
from helpers.diagnosis.verdict import findings
from helpers.recording import mode
from helpers.recording.naming import named_layers

MOST_STEPS = 600
SECONDS = 5.0  # of all cores together; a recurrent net needs them for a few hundred steps
LEAST_STEPS = 120  # a plan of a step or two shows nothing
UNSEEN_STEPS = 400  # where the reader does not say how long the training is


def diagnose(model, X, y=None, epochs=None, batch_size=None):
    """Say what is wrong with a net that does not learn; the net stays as it is.

    Data, labels, output and weights are looked at first. Then a copy is trained for at most 600 steps; if it learns
    although its loss leapt, another one with its batches in another order. If a copy does not learn, more are trained
    with one thing changed each (inputs scaled, a tenth of the rate, clipping, weights drawn anew), and what cures it
    is named.

    Args:
        model: A built, compiled Keras model with one input and one output, trained or not.
        X: Inputs, (n, ...): an array, a pandas table, or a ``tf.data.Dataset`` of pairs, batched or not.
        y: Targets, (n,) or (n, ...); None if X is a Dataset.
        epochs: For how many epochs you would train it; None if that is open.
        batch_size: As in ``fit``; None for 32, or that of the Dataset.

    Returns:
        Report; its ``findings`` are empty for a healthy net.

    Raises:
        TypeError: If model is no Keras model, X or y is no array of numbers, or epochs or batch_size no integer.
        ValueError: If the model is not built or compiled, or the data are empty or do not fit it.

    Source:
        X. Zhang, J. Zhai, S. Ma and C. Shen (2021), "AUTOTRAINER", ICSE, tries repairs in turn; the rest are the
        bounds in ``helpers.diagnosis.rules``.

    Example:
        >>> net = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, activation="softmax")])
        >>> net.compile("sgd", "binary_crossentropy")
        >>> diagnose(net, [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]).findings[0].fault
        'wrong_output_or_loss'
    """
    epochs = None if epochs is None else checks.integer("epochs", epochs)
    batch_size = None if batch_size is None else checks.integer("batch_size", batch_size)
    with random_state_kept(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what Keras says of a bad net, the report says better
        return _diagnose(model, X, y, epochs, batch_size)


def _diagnose(model, X, y, epochs, batch_size):
    X, y, batch, total = sample(model, X, y, batch_size)
    name, loss, logits = loss_of(model)
    parts = parts_of(model)
    facts = Facts(model=model, X=X, y=y, parts=parts, loss=name, foreign=bound_elsewhere(model))
    if X.dtype.kind == "f":
        facts.bad_inputs = int((~np.isfinite(X)).sum())
    facts.bad_targets = int((~np.isfinite(y)).sum())
    facts.bad_weights = tuple(v.path for v in model.weights if not np.isfinite(v.numpy()).all())
    if facts.bad_weights:
        return Report(findings(facts), {}, (), "Nothing was trained: what goes in is not finite.")
    finite = np.isfinite(X).reshape(len(X), -1).all(1) & np.isfinite(y).reshape(len(y), -1).all(1)
    if not finite.any():
        return Report(findings(facts), {}, (), "Nothing was trained: what goes in is not finite.")
    if not finite.all():  # what is finite still tells of other faults
        facts.shown = X
        facts.X, facts.y = X, y = X[finite], y[finite]

    rest = facts.rest = look(model, X)
    with keras.StatelessScope():  # what a layer assigns when it is called is forgotten
        outputs = keras.ops.convert_to_numpy(model(X[:64], **mode(model, False)))
    facts.misfits = misfits(y, outputs.shape[-1], _output_activation(model, parts, outputs), name, logits)
    task = facts.task = task_of(y, outputs.shape[-1], name, logits)
    if name.startswith("sparse") and (y.min() < 0 or y.max() >= outputs.shape[-1]):
        return Report(findings(facts), {}, rest.unseen, "Nothing was trained: there is no output for some labels.")
    trial = Trial(model, loss, y, task, batch)
    facts.symmetric = equal_units(parts, trial.start[0])
    if not finite.all():
        return Report(findings(facts), {}, rest.unseen, "Nothing was trained: what goes in is not finite.")
    facts.shared = equal_kernels(parts, trial.start[0])
    facts.sizes = kernel_sizes(parts, trial.start[0])
    plan = None if epochs is None else epochs * -(-total // batch)
    facts.base = _train(trial, X, plan)
    facts.projected = _projected(facts.base, task, plan)
    if facts.trains and facts.spiked > bound("spiked"):  # what survived large steps may owe it to the order of batches
        _once_more(facts, trial, plan)
    base = facts.base
    # in both modes at the end, since a net can train and yet answer wrongly
    facts.one_by_one = _one_by_one(trial, base, X, y, task, model)
    facts.after = _after(model, trial, base, X) if not facts.trains else None
    if not facts.trains:
        facts.trials = Trials(trial, base, X, parts, seconds=1.2)
        prove(facts)
    profile = {"signal": rest.signal, "share of dead units": rest.dead, "saturated share": rest.saturated}
    profile.update(_through_layers(parts, base))
    found, summary = findings(facts), _summary(base, task)
    if facts.other_order is not None:
        what = _summary(facts.other_order, task).removeprefix("A copy trained for ")
        summary += f" Another, with its batches in another order: {what}"
    if facts.trains and plan is not None and plan < len(base.losses):
        summary += f" That is more than the {plan} steps of {epochs} epochs: train for longer."
    if not found and not facts.trains:
        summary += " No change that was tried cured it: look at the data, or train for longer."
    return Report(found, profile, rest.unseen, summary, facts.trains)


def _once_more(facts, trial, plan):
    """Train another copy with its batches in another order, and keep the one that trains worse as the base."""
    first, projected = facts.base, facts.projected
    facts.base = _train(trial, facts.X, plan, seed=1)
    facts.projected = _projected(facts.base, facts.task, plan)
    if facts.trains:
        facts.base, facts.projected = first, projected
    else:
        facts.other_order = first


def _train(trial, X, plan, seed=0):
    steps = max(min(plan or UNSEEN_STEPS, MOST_STEPS), LEAST_STEPS)
    task = trial.task
    until = task.mark + 0.5 * (1 - task.mark)
    base = trial.run(X, steps, seconds=SECONDS, until=until, seed=seed)
    slow = len(base.losses) < min(steps, 200)
    if base.finite and slow and base.score < task.mark:  # a slow net gets twice as long
        base = trial.run(X, steps, seconds=2 * SECONDS, until=task.mark, seed=seed)
    return base


def _projected(base, task, plan):
    """The gain that training would reach in as many steps as planned, if it went on as it did."""
    now, done = gain(base, task), len(base.losses)
    more = (plan or 3 * UNSEEN_STEPS) / max(done, 1)
    return now if now <= 0.02 else min(now * max(1.0, more**0.7), 1.0)


def _one_by_one(trial, base, X, y, task, model):
    normal = keras.layers.BatchNormalization
    if not base.finite or not any(isinstance(layer, normal) for _, layer in named_layers(model)):
        return None
    picked = slice(0, None, max(1, len(X) // 40))
    trial.at(base.weights, X[:1])
    together = trial.outputs(X)[picked]
    alone = np.concatenate([trial.outputs(X[k : k + 1]) for k in range(*picked.indices(len(X)))])
    return task.score(y[picked], together) - task.score(y[picked], alone)


def _after(model, trial, base, X):
    """Dead and saturated shares after training: the copy's weights are lent to the model for one look."""
    if not base.finite:
        return None
    with lent(model, base.weights):
        return look(model, X)


def _output_activation(model, parts, outputs):
    if not parts:
        return "unknown"
    named = parts[-1].activation
    last = [layer for layer in model.layers if not isinstance(layer, keras.Model)][-1:]
    if named == "linear" and last and last[0] is not parts[-1].layer:
        named = activation_name(last[0])
    with np.errstate(all="ignore"):  # what a layer of the reader's own does shows in what it gives out
        if named == "linear" and outputs.min() >= 0 and outputs.max() <= 1:
            if outputs.shape[-1] > 1 and np.allclose(outputs.sum(-1), 1, atol=1e-3):
                return "softmax"
            if type(last[0]).__module__.split(".")[0] != "keras":
                return "unknown"
    return named


def _through_layers(parts, base):
    gradients, ratios = {}, {}
    for part in parts:
        if part.kernel is not None and len(base.losses):
            gradients[part.name] = float(base.gradients[0, part.kernel])
            ratios[part.name] = float(np.median(base.ratios[:, part.kernel]))
    return {"gradient norm": gradients, "update / weight": ratios}


def _summary(base, task):
    what = "R2" if task.kind == "values" else "accuracy"
    if not base.finite:
        return f"A copy stopped being finite after {len(base.losses)} steps."
    guess = "" if task.kind == "values" else f" (the largest class: {task.chance:.2f})"
    return f"A copy trained for {len(base.losses)} steps: loss {base.loss:.3g}, {what} {base.score:.2f}{guess}."
