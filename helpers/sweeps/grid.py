"""A grid of settings: one dictionary for each cell."""

import hashlib
import inspect
import itertools
import json

import keras
import numpy as np


def grid(**axes):
    """All combinations of the values given for each setting; the last setting varies fastest.

    Args:
        **axes: For each setting a list of values, or one value for all cells. Values are strings,
            numbers, booleans, None, or Keras initialisers; NumPy's numbers become Python's.

    Returns:
        A list of dictionaries, one for each cell.

    Raises:
        TypeError: If a value is of another kind, or cannot be told from others (see ``label``).
        ValueError: If nothing is given, a list is empty, or a value stands in it twice.

    Example:
        >>> grid(activation=["tanh", "relu"], depth=[2, 4], width=5)[1]
        {'activation': 'tanh', 'depth': 4, 'width': 5}
    """
    if not axes:
        raise ValueError("give at least one setting, such as activation=['tanh', 'relu']")
    lists = {name: list(v) if isinstance(v, list | tuple) else [v] for name, v in axes.items()}
    for name, values in lists.items():
        labels = [label(value, name) for value in values]
        if not labels:
            raise ValueError(f"{name} is empty; give one value or a list of them")
        twice = {one for one in labels if labels.count(one) > 1}
        if twice:
            raise ValueError(f"{name} holds {twice.pop()!r} more than once; each cell would be run twice")
    lists = {name: [_plain(value) for value in values] for name, values in lists.items()}
    return [dict(zip(lists, values, strict=True)) for values in itertools.product(*lists.values())]


def label(value, name="value"):
    """What stands for a setting in the table: itself, or a short name for an initialiser.

    The name is the class with those arguments that are not its defaults, but for a seed: an initialiser
    is a recipe here. A class that is not from Keras is named with its module, and a
    long argument by the first digits of its SHA-256: other recipes have other names.

    Raises:
        TypeError: If the value is of another kind than ``grid`` takes, or an initialiser whose
            ``get_config`` leaves out an argument.

    Example:
        >>> label("tanh"), label(0.5), label(keras.initializers.RandomNormal(stddev=1.0))
        ('tanh', 0.5, 'RandomNormal(stddev=1.0)')
    """
    value = _plain(value)
    if _is_plain(value):
        return value
    config = _config(value, name)
    defaults = {k: _written(p.default, name) for k, p in _parameters(value).items() if p.default is not p.empty}
    told = {k: text for k, text in config.items() if k != "seed" and text != defaults.get(k)}
    return f"{_class_name(value)}({', '.join(f'{k}={_short(text)}' for k, text in told.items())})"


def identity(value, name="value"):
    """All that makes a setting what it is, to be written as JSON: what a cell on disk is known by.

    A label may be the same for what is not the same: defaults differ between versions of Keras, and a
    class of the reader's own may have been written anew.

    Raises:
        TypeError: As ``label``.

    Example:
        >>> identity("tanh"), identity(keras.initializers.Zeros())["class"].split(".")[-1]
        ('tanh', 'Zeros')
    """
    value = _plain(value)
    if _is_plain(value):
        return value
    kind = type(value)
    written_in = "" if _is_keras(kind) else source(kind)
    return {
        "class": f"{kind.__module__}.{kind.__qualname__}",
        "config": _config(value, name),
        "source": written_in,
    }


def source(thing):
    """The source of a function or class, or nothing where Python cannot find it."""
    try:
        return inspect.getsource(thing)
    except (OSError, TypeError):
        return ""


def _plain(value):
    """A number of NumPy's as one of Python's, which a table and a file give back; else the value itself."""
    return value.item() if isinstance(value, np.bool_ | np.integer | np.floating) else value


def _is_plain(value):
    return value is None or isinstance(value, str | int | float)


def _is_keras(kind):
    return kind.__module__.split(".")[0] == "keras"


def _class_name(value):
    kind = type(value)
    return kind.__qualname__ if _is_keras(kind) else f"{kind.__module__}.{kind.__qualname__}"


def _parameters(value):
    parameters = inspect.signature(type(value)).parameters
    return {k: p for k, p in parameters.items() if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)}


def _config(value, name):
    """An initialiser's arguments, each as JSON; refused if one is missing."""
    if not isinstance(value, keras.initializers.Initializer):
        raise TypeError(f"{name} must hold strings, numbers, None or Keras initialisers, got {value!r}")
    config = {k: v for k, v in value.get_config().items() if not isinstance(v, keras.DTypePolicy)}
    missing = [k for k in _parameters(value) if k not in config]
    if missing:
        raise TypeError(
            f"{name} holds a {type(value).__name__} whose get_config() leaves out {', '.join(missing)}, so that two of "
            "them cannot be told apart; let it return every argument"
        )
    return {k: _written(v, name) for k, v in config.items()}


def _written(value, name):
    def number(other):
        if hasattr(other, "tolist"):  # NumPy
            return other.tolist()
        raise TypeError(f"{name} holds an initialiser with an argument that cannot be written as JSON: {other!r}")

    return json.dumps(value, sort_keys=True, default=number)


def _short(text):
    return text if len(text) <= 24 else f"#{hashlib.sha256(text.encode()).hexdigest()[:8]}"
