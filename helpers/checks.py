"""Refuse a bad argument with an error that names it, what it got and what would do."""

import difflib

import numpy as np


def positive_integer(name, value, minimum=1):
    """Return ``value`` as an int if it is an integer of at least ``minimum``.

    Raises:
        TypeError: If ``value`` is not an integer.
        ValueError: If it is less than ``minimum``.

    Example:
        >>> positive_integer("epochs", 3)
        3
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise TypeError(f"{name} must be an integer of at least {minimum}, got {value!r}")
    if value < minimum:
        raise ValueError(f"{name} must be an integer of at least {minimum}, got {value}")
    return int(value)


def one_of(name, value, choices):
    """Return ``value`` if it is among ``choices``, else name the nearest and all of them.

    Raises:
        ValueError: If ``value`` is not among ``choices``.

    Example:
        >>> one_of("statistic", "std", ["mean", "std"])
        'std'
    """
    choices = list(choices)
    if value not in choices:
        raise ValueError(f"{name}={value!r} is unknown; {suggestion(value, choices)}")
    return value


def suggestion(value, choices):
    """Say which of ``choices`` was probably meant, and what they all are.

    Example:
        >>> suggestion("men", ["mean", "std"])
        "did you mean 'mean'? Use one of 'mean', 'std'"
    """
    near = difflib.get_close_matches(str(value), [str(c) for c in choices], n=1)
    guess = f"did you mean {near[0]!r}? Use" if near else "use"
    return f"{guess} one of {', '.join(repr(c) for c in choices)}"
