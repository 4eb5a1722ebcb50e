"""Checks of lesson 23: the clinic."""

import keras

from helpers import mystery
from helpers.diagnosis import FAULTS

_WHERE = {  # to look, for each net; said whenever an answer is wrong
    "A": "Train it as planned, and read its accuracy on the data held out.",
    "B": "Follow the gradient from the last kernel down to the first.",
    "C": "Signals and gradients are those of a healthy net. How far does one step take the weights?",
    "D": "Follow the signal from the inputs up, before you follow the gradient down.",
    "E": "Print the first kernel, column by column.",
    "F": "Ask which units answer at all, and then what the loss takes the outputs for.",
    "G": "Train it as planned, and read its accuracy on the data held out.",
    "H": "Signals and gradients are those of a healthy net. How far does one step take the weights?",
}
_CONSEQUENCES = {
    ("D", "vanishing_gradient"): "The gradient is small in every layer, the last one, too. What is small before it?",
    ("D", "dead_units"): "Most units live before training. What do they live on?",
    ("H", "dead_units"): "The units live before training. What kills them is the fault.",
    ("H", "exploding_gradient"): "The first gradient is of the size that healthy nets have. What is made of it is not.",
    ("E", "vanishing_gradient"): "The first kernel's gradient is nearly as large as the last one's.",
    ("C", "vanishing_gradient"): "The first kernel's gradient is as large as the last one's.",
    ("B", "saturation"): "Its sigmoids lie in the middle, where they are steepest. It is not steep enough.",
}


def check_faults(answer):
    """23.1: a dictionary of A to H: "healthy", the name of a fault, or a tuple of two."""
    if not isinstance(answer, dict) or not set(mystery.NETS) <= set(answer):
        return 'Hand in a dictionary with an entry for each of "A" to "H".'
    given = {name: _names(answer[name]) for name in mystery.NETS}
    for name, names in given.items():
        if names is None:
            return f'Net {name}: give "healthy", the name of a fault, or a tuple of two names.'
        unknown = sorted(names - {"healthy", *FAULTS})
        if unknown:
            return f"Net {name}: {unknown[0]!r} is no name of a fault; print(*FAULTS) shows them."
        if "healthy" in names and len(names) > 1:
            return f"Net {name}: it is healthy or it has a fault, not both."
    for name, names in given.items():
        hint = _hint_of_faults(name, names)
        if hint is not None:
            return f"Net {name}: {hint}"
    return None


def _names(given):
    names = [given] if isinstance(given, str) else given
    if not isinstance(names, list | tuple | set) or not names or not all(isinstance(one, str) for one in names):
        return None
    return {"_".join(one.lower().replace("-", " ").split()) for one in names}


def _hint_of_faults(name, names):
    true = set(mystery.faults(name))
    if names == (true or {"healthy"}):
        return None
    if not true:
        return f"is it sick? {_WHERE[name]}"
    if names == {"healthy"}:
        return "train it as planned: it stays near guessing."
    if len(true) > 1 and names < true:
        return "that is one fault of it. Mend it on a copy and train: does it learn?"
    if names > true:
        return "one of these follows from another. Name the one whose remedy cures the net by itself."
    for one in sorted(names):
        if (name, one) in _CONSEQUENCES:
            return _CONSEQUENCES[name, one]
    return _WHERE[name]


def check_mended(answer):
    """23.2: a dictionary of sick nets: functions of a net and its inputs that return the mended net."""
    if not isinstance(answer, dict) or not answer:
        return "Hand in a dictionary: the name of a net, and a function that mends it."
    for name, mend in answer.items():
        if name not in mystery.NETS:
            return f"There is no net {name!r}; they are {', '.join(mystery.NETS)}."
        if not callable(mend):
            return f"Net {name}: hand in a function of the net and its inputs, without calling it."
    reached = {}
    for name, mend in sorted(answer.items()):
        reached[name] = _after(name, mend)
        if isinstance(reached[name], str):
            return reached[name]
    told = ", ".join(f"{name} {_verdict(accuracy)} {accuracy:.2f}" for name, accuracy in reached.items())
    told = f"Held-out accuracy: {told}."
    unhurt = [name for name in reached if not mystery.faults(name)]
    if unhurt:
        return f"Net {unhurt[0]} learns as it is: leave it alone. {told}"
    if min(reached.values()) < mystery.CURED:
        return f"{told} {mystery.CURED} is asked for."
    if any(mystery.faults(name) and name not in reached for name in mystery.NETS):
        return f"{told} Go on: not all of the sick nets are here."
    print(told)
    return None


def check_one_by_one(answer):
    """23.3: a pair of functions, each of which mends one of the two faults of a net."""
    if not isinstance(answer, list | tuple) or len(answer) != 2 or not all(callable(mend) for mend in answer):
        return "Hand in two functions of a net and its inputs, without calling them."
    (name,) = (name for name in mystery.NETS if len(mystery.faults(name)) == 2)
    first, second = answer
    reached = {}
    for label, mends in (("first alone", [first]), ("second alone", [second]), ("both", [first, second])):
        reached[label] = _after(name, *mends)
        if isinstance(reached[label], str):
            return reached[label]
    told = ", ".join(f"{label} {accuracy:.2f}" for label, accuracy in reached.items())
    told = f"Held-out accuracy: {told}."
    for label in ("first alone", "second alone"):
        if reached[label] >= mystery.CURED:
            return f"{told} The {label} cures it, so it mends both faults: leave one for the other function."
    if reached["both"] < mystery.CURED:
        return f"{told} One of the faults is still there after both."
    print(told)
    return None


def _verdict(accuracy):
    return "cured" if accuracy >= mystery.CURED else "not cured"


def _after(name, *mends):
    """Held-out accuracy of a net that was mended and then trained as planned, or a hint."""
    case = mystery.net(name)
    model, shapes = case.model, _kernels(case.model)
    for mend in mends:
        model = mend(model, case.X.copy())
        if not isinstance(model, keras.Model):
            return f"Net {name}: the function should return the mended net, a Keras model."
        if not model.built or getattr(model, "optimizer", None) is None or model.loss is None:
            return f"Net {name}: start the model with keras.Input, and compile it with an optimizer and a loss."
        if model.output_shape[1:] != case.model.output_shape[1:] or _kernels(model) != shapes:
            return f"Net {name}: a mended net keeps its layers, with kernels of the same shapes in the same order."
    return mystery.train(model, case)


def _kernels(model):
    return [tuple(weight.shape) for weight in model.weights if weight.path.endswith("kernel")]


CHECKS = {"23.1": check_faults, "23.2": check_mended, "23.3": check_one_by_one}
