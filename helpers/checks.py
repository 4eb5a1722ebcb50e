"""Refuse a bad argument with an error that names it, what it got and what would do."""

import difflib
import inspect
from numbers import Real

import numpy as np


def integer(name, value, minimum=1, maximum=None):
    """Return ``value`` as an int if it is an integer in its range.

    Args:
        name: What the argument is called in an error.
        value: A Python or NumPy integer; no truth value.
        minimum: The smallest that will do.
        maximum: The largest that will do; None for no limit.

    Raises:
        TypeError: If ``value`` is not an integer.
        ValueError: If it is out of range.

    Example:
        >>> integer("epochs", 3)
        3
    """
    want = f"at least {minimum}" if maximum is None else f"{minimum} to {maximum}"
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | np.integer):
        raise TypeError(f"{name} must be an integer of {want}, got {value!r}")
    if value < minimum or (maximum is not None and value > maximum):
        raise ValueError(f"{name} must be an integer of {want}, got {value}")
    return int(value)


def seed(value, name="seed"):
    """Return ``value`` as an int if it can seed a generator: an integer from 0 to 2**32 - 1.

    Raises:
        TypeError: If ``value`` is not an integer.
        ValueError: If it is out of range.

    Example:
        >>> seed(np.int64(42))
        42
    """
    return integer(name, value, minimum=0, maximum=2**32 - 1)


def number(name, value, *, above=None, minimum=None, below=None, maximum=None):
    """Return ``value`` as a float if it is one finite number in its range.

    Args:
        name: What the argument is called in an error.
        value: A Python or NumPy number; no truth value, no text.
        above: It must be larger than this.
        minimum: It must be at least this.
        below: It must be smaller than this.
        maximum: It must be at most this.

    Raises:
        TypeError: If ``value`` is not one real number.
        ValueError: If it is nan, infinite or out of range.

    Example:
        >>> number("noise", 0.1, minimum=0)
        0.1
    """
    limits = {"above": above, "at least": minimum, "below": below, "at most": maximum}
    want = " and ".join(f"{word} {limit:g}" for word, limit in limits.items() if limit is not None)
    want = f"a finite number {want}".rstrip()
    if isinstance(value, np.ndarray) and value.shape == ():
        value = value[()]
    if isinstance(value, bool | np.bool_) or not isinstance(value, Real):
        raise TypeError(f"{name} must be {want}, got {value!r}")
    try:
        found = float(value)
    except OverflowError:  # an integer beyond the largest float
        found = np.inf
    fits = (
        np.isfinite(found)
        and (above is None or found > above)
        and (minimum is None or found >= minimum)
        and (below is None or found < below)
        and (maximum is None or found <= maximum)
    )
    if not fits:
        raise ValueError(f"{name} must be {want}, got {value!r}")
    return found


def function(name, value, *arguments):
    """Return ``value`` if it can be called with so many arguments.

    Args:
        name: What the argument is called in an error.
        value: A function, or another callable.
        *arguments: What it is called with, in words.

    Raises:
        TypeError: If ``value`` cannot be called, or not so.

    Example:
        >>> function("loss", max, "y", "outputs")
        <built-in function max>
    """
    want = f"a function of ({', '.join(arguments)})"
    if not callable(value):
        raise TypeError(f"{name} must be {want}, got {value!r}")
    try:
        signature = inspect.signature(value)
    except ValueError:  # some built-in functions do not say
        return value
    try:
        signature.bind(*arguments)
    except TypeError:
        raise TypeError(f"{name} must be {want}, got {value!r}, which takes {signature}") from None
    return value


def one_of(name, value, choices):
    """Return ``value`` if it is among ``choices``, else name the nearest and all of them.

    Raises:
        ValueError: If ``value`` is not among ``choices``.

    Example:
        >>> one_of("statistic", "std", ["mean", "std"])
        'std'
    """
    choices = list(choices)
    if not any(type(value) is type(choice) and value == choice for choice in choices):
        raise ValueError(f"{name}={value!r} is unknown; {suggestion(value, choices)}")
    return value


def suggestion(value, choices):
    """Say which of ``choices`` was probably meant, and what they all are.

    Example:
        >>> suggestion("men", ["mean", "std"])
        "did you mean 'mean'? Use one of 'mean', 'std'"
    """
    choices = list(choices)
    if not choices:
        return "there is none to choose from"
    near = difflib.get_close_matches(str(value), [str(c) for c in choices], n=1)
    guess = f"did you mean {near[0]!r}? Use" if near else "use"
    return f"{guess} one of {', '.join(repr(c) for c in choices)}"
