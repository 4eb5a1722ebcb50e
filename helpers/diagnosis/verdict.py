"""From what was measured and proved to findings, the most likely first."""

import keras
import numpy as np

from helpers.diagnosis.anatomy import RELU_LIKE, activation_name
from helpers.diagnosis.facts import worst
from helpers.diagnosis.fit_of_output import LOG_LOSSES
from helpers.diagnosis.report import FAULTS, Finding
from helpers.diagnosis.rules import bound
from helpers.recording.naming import named_layers

KEEP_FINITE = "kept = np.isfinite(X).reshape(len(X), -1).all(1); X, y = X[kept], y[kept]"


def findings(facts):
    """The findings of a net, the most likely first.

    Args:
        facts: Facts.

    Returns:
        Tuple of Finding, one for each fault at most.
    """
    found = list(_finiteness(facts))
    if facts.base is None:  # nothing was trained
        facts.misfits = [one for one in facts.misfits if one[0] >= 0.7]
        found += [*_output(facts), *_alike(facts), *_born_dead(facts)]
    else:
        found = [*_optimizer(facts), *_output(facts), *_alike(facts), *_normalisation(facts)]
        if not facts.trains:
            found += [*_at_start(facts), *_depth(facts), *_scale(facts), *_rate(facts), *_frozen(facts)]
        elif not facts.learned:  # on its way, with a burden that healthy nets do not carry
            found += _burdens(facts)
    best = {}
    for one in sorted(found, key=lambda one: -one.certainty):
        best.setdefault(one.fault, one)
    return tuple(one for one in best.values() if one.certainty >= 0.3)


def _finding(fault, layer, evidence, remedy, certainty):
    return Finding(fault, layer, evidence, remedy, f"notebooks/{FAULTS[fault]}", round(float(certainty), 2))


def _kind(facts, name):
    """What the reader called to make a layer."""
    return next((type(part.layer).__name__ for part in facts.parts if part.name == name), "Dense")


def _through(facts, name):
    """What lets the gradient through, for the kind of the layer."""
    if any(isinstance(part.layer, keras.layers.RNN) for part in facts.parts if part.name == name):
        return 'LSTM(..., recurrent_initializer="orthogonal", unit_forget_bias=True)'
    return f'{_kind(facts, name)}(..., activation="selu", kernel_initializer="lecun_normal")'


def _finiteness(facts):
    if facts.bad_inputs:
        shown = facts.X if facts.shown is None else facts.shown
        columns = np.unique(np.argwhere(~np.isfinite(shown))[:, -1])[:5].tolist()
        text = f"{facts.bad_inputs} entries of X are nan or infinite, in columns {columns}"
        yield _finding("non_finite_loss", None, text, KEEP_FINITE, 0.97)
    elif facts.bad_targets:
        text = f"{facts.bad_targets} entries of y are nan or infinite"
        yield _finding("non_finite_loss", None, text, KEEP_FINITE.replace("(X)", "(y)", 1), 0.97)
    elif facts.bad_weights:
        text = f"weights are nan or infinite, first {facts.bad_weights[0]!r}: an earlier training diverged"
        yield _finding("non_finite_loss", facts.bad_weights[0].split("/")[0], text, "build the model anew", 0.8)


def _optimizer(facts):
    if facts.foreign:
        text = "the optimiser was built with the weights of another model, so that fit refuses"
        remedy = 'model.compile(optimizer="adam", ...), with an optimiser of its own'
        yield _finding("optimizer_of_another_model", None, text, remedy, 0.97)


def _output(facts):
    layer = facts.parts[-1].name if facts.parts else None
    for certainty, evidence, remedy in facts.misfits:
        if certainty < 0.7 and facts.trains:
            continue  # it may be slow, it is not wrong
        dead = facts.after is not None and facts.after.dead.get(layer, 0) >= 1
        if dead and "out of reach" in evidence:  # what is dead hides what else is wrong
            certainty = min(certainty, 0.75)
        yield _finding("wrong_output_or_loss", layer, evidence, remedy, certainty)
    logs = facts.loss in LOG_LOSSES and facts.base is not None and not facts.base.finite
    if logs and any(c > 0.5 for c, _, _ in facts.misfits):
        text = (
            f"the loss {facts.loss!r} is nan after {len(facts.base.losses)} steps: its logarithm met an output below 0"
        )
        yield _finding("non_finite_loss", layer, text, 'Dense(1, activation="softplus")', 0.88)


def _alike(facts):
    for name, how in facts.symmetric.items():
        born = facts.rest.dead.get(name, 0) if facts.rest else 0
        if how == "all" and not (facts.learned and born < 1):
            text = "all units of the layer have the same weights, going in and coming out: they stay alike"
            yield _finding("no_symmetry_breaking", name, text, 'kernel_initializer="glorot_uniform"', 0.93)
        elif not facts.trains:
            text = "all units of the layer start with the same weights"
            yield _finding("no_symmetry_breaking", name, text, 'kernel_initializer="glorot_uniform"', 0.88)
    for names in facts.shared:
        text = f"layers {', '.join(names)} hold one and the same kernel: an initialiser with a seed was shared"
        yield _finding(
            "shared_initialiser", names[1], text, "a new initialiser object, or another seed, for each layer",
            0.4 if facts.trains else 0.6,
        )  # fmt: skip


def _normalisation(facts):
    layers = [(n, one) for n, one in named_layers(facts.model) if isinstance(one, keras.layers.BatchNormalization)]
    if not layers:
        return
    frozen = [n for n, one in layers if not one.trainable]
    name = layers[0][0]
    if frozen and not facts.trains and len(frozen) == len(layers):
        text = (
            f"{len(frozen)} of {len(layers)} batch normalisations are frozen: they use stored averages while training"
        )
        yield _finding("batch_norm_mode", frozen[0], text, "layer.trainable = True", 0.9)
    base = facts.base
    gap = base.training_score - base.score
    if base.finite and gap > bound("mode_gap") and base.score < facts.task.mark:
        text = f"score {base.training_score:.2f} with the batch's statistics, {base.score:.2f} with the stored averages"
        yield _finding("batch_norm_mode", name, text, "BatchNormalization(momentum=0.9)", 0.93)
    elif base.finite and gap > bound("mode_gap") / 2 and facts.stale > bound("stale"):
        text = (
            f"stored averages still hold {facts.stale:.0%} of their initial values after {len(base.losses)} steps; "
            f"score {base.training_score:.2f} with the batch's statistics, {base.score:.2f} with theirs"
        )
        yield _finding("batch_norm_mode", name, text, "BatchNormalization(momentum=0.9)", 0.75)
    if facts.one_by_one is not None and facts.one_by_one > bound("mode_gap"):
        text = (
            f"the score falls by {facts.one_by_one:.2f} when samples come one at a time: batch statistics at inference"
        )
        yield _finding("batch_norm_mode", name, text, "model(x, training=False)", 0.93)


def _at_start(facts):
    """Units that are dead or saturated, before training or after it."""
    stuck = facts.projected < bound("cured")
    if facts.base.finite:
        yield from _born_dead(facts)
    name, share = facts.killed
    if share >= 0.5 and stuck:
        large = facts.travelled > bound("travelled") or not facts.far
        cause = "steps that were too large" if large else "signals that are smaller than the biases' first steps"
        text = f"{share:.0%} of the units died in training; a consequence of {cause}"
        last = facts.parts[-1].name if facts.parts else None
        sure = 0.85 if name == last and share >= 1 else 0.5 if large else 0.4  # below its cause
        remedy = f'{_kind(facts, name)}(..., activation="leaky_relu") and a smaller rate'
        yield _finding("dead_units", name, text, remedy, sure)
    yield from _saturated(facts)


def _saturated(facts):
    last = facts.parts[-1].name if facts.parts else None
    before = {n: v for n, v in facts.rest.saturated.items() if n != last}
    after = {n: v for n, v in (facts.after.saturated if facts.after else {}).items() if n != last}
    name, share = worst(before)
    when = "before training"
    if share < bound("saturated"):
        (name, share), when = worst(after), "after training"
    if share >= bound("saturated"):
        large = max(facts.sizes.values(), default=1) > bound("kernel") or facts.inputs_large
        text = f"{share:.0%} of the outputs are within 0.01 of a limit, {when}"
        if facts.inputs_large and when == "before training":
            text += f": a consequence of inputs of size {facts.input_size:.3g}"
        remedy = "X = (X - X.mean(0)) / X.std(0)" if facts.inputs_large else 'kernel_initializer="glorot_uniform"'
        sure = 0.91 if when == "before training" and large else 0.6 if when == "before training" else 0.45
        scaled = ("scaled inputs", "scaled inputs and targets")
        if facts.inputs_large and (not facts.trials or any(facts.trials.cures(change) for change in scaled)):
            sure = min(sure, 0.8)  # below its cause, which is proved, or stands beside it
        yield _finding("saturation", name, text, remedy, sure)


def _burdens(facts):
    """Of a net that is on its way: what no healthy one carries."""
    yield from _born_dead(facts)
    born = [name for name, share in facts.rest.saturated.items() if share >= bound("saturated")]
    for one in _saturated(facts):
        yield one
        if facts.inputs_large and one.layer in born and not facts.far:
            text = f"a column of X has size {facts.input_size:.3g}, which saturates layer {one.layer!r}"
            yield _finding("unscaled_inputs", None, text, "X = (X - X.mean(0)) / X.std(0)", 0.86)
    if facts.frozen_share > 0.5:  # a head on frozen features learns soon
        yield from _frozen(facts)


def _born_dead(facts):
    if facts.rest is None:
        return
    name, share = facts.born_dead
    if share >= bound("dead"):
        text = f"{share:.0%} of the units answer the same to all {len(facts.X)} samples, before any training: born dead"
        sure = 0.9 if facts.parts and name == facts.parts[-1].name else 0.95  # at the output, ReLU itself is the fault
        if share == 1 and any(facts.sizes.get(layer) == 0 for layer in facts.symmetric):
            text += ", a consequence of kernels of zeros"
            sure = 0.6
        yield _finding("dead_units", name, text, 'kernel_initializer="he_normal", bias_initializer="zeros"', sure)


def _depth(facts):
    trials, base = facts.trials, facts.base
    hidden = [p for p in facts.parts if not p.normalised]
    sizes = {p.name: facts.sizes[p.name] for p in hidden if p.name in facts.sizes}
    log = {n: abs(np.log(max(v, 1e-9))) for n, v in sizes.items()}
    far = [n for n, v in log.items() if v > np.log(bound("kernel"))]
    most = len(far) >= max(1, 0.5 * len(sizes))
    farthest = worst(log)[0]
    anew = trials.cures("drawn anew")
    swap = trials.cures("SELU")
    constant = any(facts.symmetric.values())
    if (most or far) and not constant:
        text = f"kernels of {len(far)} of {len(sizes)} layers do not suit; "
        text += f"{farthest!r} has {sizes[farthest]:.2g} times the size"
        text += "; drawn anew, it trains" if anew else ""
        remedy = (
            'kernel_initializer="he_normal"'
            if any(p.activation in RELU_LIKE for p in facts.parts)
            else 'kernel_initializer="glorot_uniform"'
        )
        calmed = most and facts.start_gradient > bound("exploding") and facts.calmed_by("drawn anew")
        text += "; drawn anew, its gradient is of an ordinary size" if calmed and not anew else ""
        sure = 0.9 if anew and most else 0.72 if anew or calmed else 0.5 if most else 0.35
        yield _finding("bad_initialisation", farthest, text, remedy, sure)
    elif anew and not constant:
        text = "with kernels drawn as suits the activations, and biases of 0, a copy trains"
        yield _finding("bad_initialisation", farthest, text, 'kernel_initializer="he_normal"', 0.45)
    name = facts.parts[0].name if facts.parts else None
    if facts.falling < bound("vanishing") and base.finite:
        factor = max(facts.falling, 1e-30) ** (1 / max(len(facts.parts) - 1, 1))
        text = (
            f"the first kernel's gradient is {facts.falling:.1e} of the last's, a factor of {factor:.2g} for each layer"
        )
        text += "; with SELU instead it trains" if swap else ""
        sure = 0.9 if swap else 0.82 if not far else 0.6
        if facts.inputs_large and trials.suffices("scaled inputs"):
            text += f": a consequence of inputs of size {facts.input_size:.3g}"
            sure = 0.4
        yield _finding("vanishing_gradient", name, text, _through(facts, name), sure)
    elif facts.deep and facts.squashing and base.finite and swap and not facts.unstable:
        text = f"the first kernel's gradient is {facts.falling:.1e} of the last's; with SELU instead it trains"
        yield _finding("vanishing_gradient", name, text, _through(facts, name), 0.75)
    born = not len(base.losses) or not np.isfinite(base.losses[0])
    signals = list(facts.rest.signal.values())
    overflow = [n for n, v in facts.rest.signal.items() if not np.isfinite(v) or v > bound("overflow")]
    if ((born or overflow) and facts.loss not in LOG_LOSSES) or facts.start_gradient > bound("exploding"):
        name = overflow[0] if overflow else name
        text = (
            f"gradient norm {facts.start_gradient:.2g} at the first batch, signals up to {max(signals, default=0):.2g}"
        )
        explosive = any(activation_name(p.layer) == "exponential" for p in facts.parts[:-1])
        sure = 0.9 if explosive and (born or overflow) else 0.8 if (born or overflow) else 0.6
        if facts.inputs_large and facts.calmed_by("scaled inputs"):
            text += f": a consequence of inputs of size {facts.input_size:.3g}"
            sure = 0.4
        elif most and facts.calmed_by("drawn anew"):
            text += ": a consequence of the kernels"
            sure = 0.4
        remedy = f'{_kind(facts, name)}(..., activation="tanh"), or optimizer with clipnorm=1.0'
        yield _finding("exploding_gradient", name, text, remedy, sure)
    elif facts.unstable and not base.finite:
        text = f"not finite after {len(base.losses)} steps; gradient norm {facts.start_gradient:.2g} at the first"
        yield _finding("exploding_gradient", name, text, "optimizer with clipnorm=1.0", 0.45)
    recurrent = [p for p in facts.parts if isinstance(p.layer, keras.layers.RNN)]
    if recurrent and facts.unstable:
        clip = trials.cures("clipped") or (
            not base.finite and "clipped" in trials.traces and trials.traces["clipped"].finite
        )
        if clip:
            largest = np.nanmax(np.linalg.norm(base.gradients, axis=1))
            text = f"largest gradient norm {largest:.2g}; clipped, a copy stays finite"
            yield _finding(
                "missing_clipping",
                recurrent[0].name,
                text,
                "optimizer with clipnorm=1.0",
                0.92 if not base.finite else 0.6,
            )


def _scale(facts):
    trials = facts.trials
    if trials.cures("scaled inputs") and facts.inputs_large:
        text = f"a column of X has size {facts.input_size:.3g}; with inputs standardised a copy trains"
        sure = 0.86 if facts.input_size > bound("input_size") else 0.5
        yield _finding("unscaled_inputs", None, text, "X = (X - X.mean(0)) / X.std(0)", sure)
    elif facts.inputs_large and facts.input_size > 10 * bound("input_size"):
        text = f"a column of X has size {facts.input_size:.3g}"
        yield _finding("unscaled_inputs", None, text, "X = (X - X.mean(0)) / X.std(0)", 0.6)
    if facts.targets_large:
        cured = trials.cures("scaled inputs and targets")
        large = facts.target_size > bound("target_size")
        text = f"targets have a deviation of {facts.target_size:.3g}"
        text += "; with inputs and targets standardised a copy trains" if cured else ""
        remedy = "X = (X - X.mean(0)) / X.std(0); y = (y - y.mean()) / y.std()"
        yield _finding(
            "unscaled_inputs", None, text, remedy, 0.9 if cured and large else 0.7 if large else 0.55 if cured else 0.35
        )


def _rate(facts):
    trials, base = facts.trials, facts.base
    small = [c for c in ("rate x 0.1", "rate x 0.01") if trials.cures(c)]
    if small and (facts.unstable or len(facts.parts)):
        text = (
            f"loss up to {facts.spiked:.2g} times its start"
            if facts.base.finite
            else f"not finite after {len(base.losses)} steps"
        )
        text += f"; at {small[0]} a copy trains"
        sure = 0.85 if facts.unstable else 0.8
        if better := trials.better_than(small):
            text += f", but {better} it trains clearly better"
            sure = 0.4
        divided = "learning_rate / 10" if small[0] == "rate x 0.1" else "learning_rate / 100"
        yield _finding("learning_rate_too_large", None, text, divided, sure)
    elif not base.finite or facts.spiked > bound("spiked"):
        seen = f"loss up to {facts.spiked:.2g} times its start"
        seen = seen if base.finite else f"not finite after {len(base.losses)} steps"
        tried = "; a tenth of the rate does not cure it" if "rate x 0.1" in trials.gains else ""
        text = f"{seen}{tried}"
        yield _finding("learning_rate_too_large", None, text, "learning_rate / 100", 0.32)
    large = [c for c in ("rate x 10", "rate x 100", "rate x 1000") if trials.cures(c)]
    if large and not facts.unstable:
        ratio = float(np.median(base.ratios)) if base.ratios.size else 0.0
        text = f"updates of {ratio:.1e} of the weights; at {large[0]} a copy trains"
        # a change of the weights themselves that also cures is the likelier cause
        far = any(not 1 / bound("kernel") < v < bound("kernel") for v in facts.sizes.values())
        rival = (far and trials.cures("drawn anew")) or (facts.deep and trials.cures("SELU"))
        rival = rival or trials.cures("scaled inputs and targets") or facts.frozen_share > 0.5
        times = f"learning_rate * {large[0].removeprefix('rate x ')}"
        yield _finding("learning_rate_too_small", None, text, times, 0.55 if rival else 0.88)
    for factor in (100, 1000, 0.1, 0.01):
        if trials.cures(f"the rest mended, rate x {factor:g}"):
            text = f"with the other faults mended a copy trains at rate x {factor:g}, and not at the rate as it is"
            fault, remedy = "learning_rate_too_small", f"learning_rate * {factor:g}"
            if factor < 1:
                fault, remedy = "learning_rate_too_large", f"learning_rate / {1 / factor:g}"
            yield _finding(fault, None, text, remedy, 0.55)


def _frozen(facts):
    frozen = [p.name for p in facts.parts if p.kernel is None]
    if frozen:
        text = f"{len(frozen)} of {len(facts.parts)} layers with kernels are frozen ({', '.join(frozen[:4])})"
        sure = 0.95 if facts.frozen_share == 1 else 0.7 if facts.frozen_share > 0.5 else 0.4
        sure = min(sure, 0.45) if facts.trains else sure
        yield _finding("frozen_layers", frozen[0], text, "layer.trainable = True, then compile again", sure)
