"""A grid of settings: one dictionary for each cell."""

import itertools
import json

import keras


def grid(**axes):
    """All combinations of the values given for each setting; the last setting varies fastest.

    Args:
        **axes: For each setting a list of values, or one value for all cells. Values are strings,
            numbers, booleans, None, or Keras initialisers.

    Returns:
        A list of dictionaries, one for each cell.

    Raises:
        TypeError: If a value is of another kind.
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
    return [dict(zip(lists, values, strict=True)) for values in itertools.product(*lists.values())]


def label(value, name="value"):
    """What stands for a setting in the table: itself, or what makes an initialiser what it is.

    Raises:
        TypeError: If the value is of another kind than ``grid`` takes.

    Example:
        >>> label("tanh"), label(0.5), label(keras.initializers.RandomNormal(stddev=1.0))
        ('tanh', 0.5, 'RandomNormal(mean=0.0, stddev=1.0)')
    """
    if value is None or isinstance(value, str | int | float):
        return value
    if not isinstance(value, keras.initializers.Initializer):
        raise TypeError(f"{name} must hold strings, numbers, None or Keras initialisers, got {value!r}")
    config = {k: v for k, v in value.get_config().items() if k != "seed" and not isinstance(v, keras.DTypePolicy)}
    return f"{type(value).__name__}({', '.join(f'{k}={json.dumps(v)}' for k, v in config.items())})"
