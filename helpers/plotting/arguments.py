"""Refuse what cannot be drawn, by the name of the argument, before a figure is opened."""

from collections.abc import Mapping

import numpy as np
from matplotlib import cbook
from matplotlib.mathtext import MathTextParser

from helpers.plotting.style import MOST_CURVES
from helpers.recording import LayerHistory

SHAPES = {1: "(n,)", 2: "(n, R)"}


def check_text(**texts):
    r"""Refuse what is no text, or has formulas that matplotlib cannot set.

    Args:
        **texts: Each argument by its name.

    Raises:
        TypeError: If one is not text.
        ValueError: If matplotlib cannot read the formula between its dollar signs.

    Example:
        >>> check_text(ylabel=r"norm of $\delta$", xlabel="layer")
    """
    for name, text in texts.items():
        if not isinstance(text, str):
            raise TypeError(f"{name} must be text, got {text!r}")
        for line in text.split("\n"):
            try:
                if cbook.is_math_text(line):
                    MathTextParser("path").parse(line)
            except ValueError as error:
                problem = str(error).strip().splitlines()[-1]
                raise ValueError(
                    f"{name} has a formula that matplotlib cannot read, {line!r}: {problem}; a dollar sign is \\$"
                ) from None


def check_title(title):
    """Refuse a title that is neither text nor None, or cannot be set.

    Raises:
        TypeError: If it is neither text nor None.
        ValueError: If matplotlib cannot read the formula between its dollar signs.

    Example:
        >>> check_title(None)
    """
    if title is not None:
        check_text(title=title)


def check_flag(name, value):
    """Refuse what is neither True nor False.

    Raises:
        TypeError: If ``value`` is not a truth value.

    Example:
        >>> check_flag("log", True)
    """
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"{name} must be True or False, got {value!r}")


def check_mapping(name, value, form):
    """Refuse what is no dictionary or holds nothing, and labels that cannot be set.

    Args:
        name: What the argument is called in an error.
        value: What was given.
        form: What it should look like, such as ``"{label: array}"``.

    Raises:
        TypeError: If ``value`` is no dictionary.
        ValueError: If it is empty, or matplotlib cannot read a label.

    Example:
        >>> check_mapping("curves", {"loss": [1, 2]}, "{label: array}")
    """
    if not isinstance(value, Mapping):
        raise TypeError(f"{name} must be a dictionary {form}, got {type(value).__name__}")
    if not value:
        raise ValueError(f"{name} is empty; give {form}")
    for label in value:
        check_text(**{f"the label {label!r} of {name}": str(label)})


def numbers(name, value, dimensions=(1, 2)):
    """Return ``value`` as a float64 array if it is one of real numbers with 1 or 2 axes, and not empty.

    Args:
        name: What the argument is called in an error.
        value: Array, list, or what NumPy can make one of. nan and infinity will do; masked is nan.
        dimensions: How many axes it may have.

    Returns:
        Array of float64.

    Raises:
        TypeError: If it does not hold real numbers.
        ValueError: If it has another number of axes, rows of unequal length, or no entry.

    Example:
        >>> numbers("loss", [1, 2])
        array([1., 2.])
    """
    shapes = " or ".join(SHAPES[d] for d in dimensions)
    if isinstance(value, np.ma.MaskedArray):
        value = value.astype(np.float64).filled(np.nan)
    try:
        array = np.asarray(value)
    except ValueError:
        raise ValueError(f"{name} must have shape {shapes}, but its rows differ in length") from None
    if array.dtype.kind not in "biuf" and array.size:
        raise TypeError(f"{name} must hold real numbers, got {array.dtype} such as {array.flat[0]!r}")
    if array.ndim not in dimensions or array.size == 0:
        raise ValueError(f"{name} must have shape {shapes} and not be empty, got {array.shape}")
    with np.errstate(over="ignore"):
        return array.astype(np.float64)


def curves_of_numbers(name, value, dimensions=(1, 2)):
    """Return ``{label: array}`` with arrays of float64, as ``numbers`` does for each.

    Raises:
        TypeError: If ``value`` is no dictionary, or one of its arrays does not hold real numbers.
        ValueError: If it is empty, has more entries than there are looks, or an array has another shape.

    Example:
        >>> curves_of_numbers("curves", {"loss": [1, 2]})
        {'loss': array([1., 2.])}
    """
    check_mapping(name, value, "{label: array}")
    if len(value) > MOST_CURVES:
        raise ValueError(
            f"{name} has {len(value)} entries, but only {MOST_CURVES} can be told apart; draw fewer, "
            "or stack runs of one kind as the columns of one array"
        )
    return {label: numbers(f"{name}[{label!r}]", array, dimensions) for label, array in value.items()}


def check_history(name, value):
    """Refuse what is no LayerHistory; one that is holds numbers for each layer and step.

    Args:
        name: What the argument is called in an error.
        value: What was given.

    Raises:
        TypeError: If it is no LayerHistory.
        ValueError: If matplotlib cannot set a name in it.

    Example:
        >>> check_history("history", LayerHistory("weight", [0], {"a": [[1.0]]}))
    """
    if not isinstance(value, LayerHistory):
        raise TypeError(
            f"{name} must be a LayerHistory, such as run.gradients or capture.history, got {type(value).__name__}"
        )
    check_text(**{f"the quantity of {name}": str(value.quantity)})
    for layer in value.names:
        check_text(**{f"the layer {layer!r} of {name}": str(layer)})
