"""Which changes are tried on copies of a net that does not learn, in which order, and when it is enough."""

import keras

from helpers.diagnosis.rules import bound


def prove(facts):
    """Run the trials that the facts call for; what they show is kept in ``facts.trials``.

    The likeliest cause is tried first. A copy that trains as a healthy net does ends the trials: nothing else is wrong.

    Args:
        facts: Facts of a net that does not train, with ``trials``.
    """
    trials = facts.trials
    recurrent = any(isinstance(part.layer, keras.layers.RNN) for part in facts.parts)
    if facts.training_mode_suffices or any(certainty >= 0.95 for certainty, *_ in facts.misfits):
        return  # nothing else is wrong, or no copy can train before the output is mended
    if facts.inputs_large:
        trials.scaled()
    if facts.targets_large:
        trials.scaled(targets=True)
    if facts.inputs_large:
        trials.rate(0.1)
        if trials.suffices("scaled inputs"):
            return  # nothing else is wrong, as below
    weights = facts.born_dead[1] >= bound("dead") or bool(facts.symmetric or facts.far)
    if weights and not (recurrent and facts.unstable):  # what shows before training is the likeliest
        trials.drawn_anew()
        if trials.suffices("drawn anew"):
            return
    swaps = facts.squashing and not facts.inputs_large
    if swaps and facts.falling < bound("vanishing") and not facts.unstable:
        trials.swapped()
        if trials.suffices("SELU"):
            return
    trials.rate(0.1)
    if not trials.cures("rate x 0.1") and facts.unstable:
        trials.rate(0.01)
    if recurrent and facts.unstable:
        trials.clipped()
    if not facts.unstable:
        trials.rate(10.0)
        for more in (100.0, 1000.0):
            if not any(trials.cures(f"rate x {factor:g}") for factor in (10, 100)):
                trials.rate(more)
    if any(r > 1.5 or r < 0.67 for r in facts.sizes.values()) or facts.symmetric or facts.deep:
        trials.drawn_anew()
    vanishes = facts.falling < bound("vanishing") or (facts.deep and not facts.unstable)
    if swaps and vanishes and facts.base.finite and not trials.cures("drawn anew"):
        trials.swapped()
    if trials.none_cures():
        trials.drawn_anew()  # what is wrong with biases, or with gates, shows in no size
    inputs = facts.inputs_large
    if (inputs or weights) and trials.none_cures():
        for factor in (1.0, 100.0, 1000.0, 0.1, 0.01):  # a second fault shows where the first is mended
            trials.mended(factor, inputs, weights)
            if trials.cures(f"the rest mended, rate x {factor:g}"):
                break
