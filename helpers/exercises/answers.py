"""What the checks of all lessons share: refuse an answer of another kind, and find the rule behind a wrong one.

A check takes an answer and returns None if it is right, else a hint. The decorators here stand above a check and
return the hint for an answer that it could not even call or compare.
"""

import functools
import math

import numpy as np

CHANGED = "Your function changes the arrays it is given; work on a copy."
"""The hint for a function that should return new arrays; see ``same_arrays``."""


def a_function(check):
    """Decorate a check whose answer is a function.

    Args:
        check: A function of a callable answer.

    Returns:
        The check of any answer.

    Example:
        >>> @a_function
        ... def check_square(answer):
        ...     return None if answer(3) == 9 else "Try 3."
        >>> check_square(9)
        'Hand in the function itself, without calling it.'
    """

    @functools.wraps(check)
    def guarded(answer):
        if not callable(answer):
            return "Hand in the function itself, without calling it."
        return check(answer)

    return guarded


def returns_one_number(what):
    """Decorate a check whose answer is a function that returns one finite number.

    Args:
        what: Which number, for the hint.

    Returns:
        A decorator. The check gets a function that returns floats; where the learner's returns anything else, the
        check ends with a hint.

    Example:
        >>> @returns_one_number("the square of n")
        ... def check_square(answer):
        ...     return None if answer(3) == 9 else "Try 3."
        >>> check_square(lambda n: [n, n])
        'The function should return one finite number: the square of n.'
    """

    def decorate(check):
        @a_function
        @functools.wraps(check)
        def guarded(answer):
            @functools.wraps(answer, updated=())
            def to_a_float(*arguments):
                number = one_number(answer(*arguments))
                if number is None:
                    raise _NotOneNumberError
                return number

            try:
                return check(to_a_float)
            except _NotOneNumberError:
                return f"The function should return one finite number: {what}."

        return guarded

    return decorate


class _NotOneNumberError(Exception):
    """Ends a check when the learner's function has returned something else."""


def a_number(what, positive=False):
    """Decorate a check whose answer is one finite number.

    Args:
        what: Which number, for the hint.
        positive: Whether zero and negative numbers are refused, too.

    Returns:
        A decorator. The check gets a float.

    Example:
        >>> @a_number("a share of pairs")
        ... def check_share(share):
        ...     return None if share == 0.5 else "Count again."
        >>> check_share("half")
        'Hand in one number: a share of pairs.'
    """

    def decorate(check):
        @functools.wraps(check)
        def guarded(answer):
            number = one_number(answer)
            if number is None or (positive and number <= 0):
                return f"Hand in one {'positive ' if positive else ''}number: {what}."
            return check(number)

        return guarded

    return decorate


def a_dictionary(keys, what):
    """Decorate a check whose answer is a dictionary.

    Args:
        keys: Those it must have; others do no harm.
        what: How the sentence "Give a dictionary" ends.

    Returns:
        A decorator.

    Example:
        >>> @a_dictionary(["mean", "std"], "with the keys 'mean' and 'std'")
        ... def check_statistics(answer):
        ...     return None
        >>> check_statistics(0.5), check_statistics({"mean": 0.5})
        ("Give a dictionary with the keys 'mean' and 'std'.", "The dictionary has no entry 'std'.")
    """

    def decorate(check):
        @functools.wraps(check)
        def guarded(answer):
            if not hasattr(answer, "keys"):
                return f"Give a dictionary {what}."
            missing = [key for key in keys if key not in answer]
            return f"The dictionary has no entry {missing[0]!r}." if missing else check(answer)

        return guarded

    return decorate


def one_number(answer):
    """Read one finite number.

    Args:
        answer: A number, or a list, array or tensor of one.

    Returns:
        A float, or None for text, truth values, times, several numbers, inf and nan.

    Example:
        >>> one_number(np.array([0.5])), one_number("0.5")
        (0.5, None)
    """
    try:
        array = np.asarray(answer)
        value = array.reshape(()).item()
        if isinstance(value, bool | str | bytes) or array.dtype.kind in "mM":  # float() reads text and times, too
            return None
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def two_numbers(answer):
    """Read a pair of finite numbers.

    Args:
        answer: A list, tuple, array or tensor of two.

    Returns:
        An array of shape (2,), or None for anything else.

    Example:
        >>> two_numbers((1, 0.5)), two_numbers(0.5)
        (array([1. , 0.5]), None)
    """
    try:
        pair = np.asarray(answer, dtype=float)
    except (TypeError, ValueError, OverflowError):
        return None
    return pair if pair.shape == (2,) and np.isfinite(pair).all() else None


def same_arrays(arrays, others):
    """Whether two lists hold equal arrays.

    Args:
        arrays: A list of arrays.
        others: Another one.

    Returns:
        A truth value.

    Example:
        >>> same_arrays([np.zeros(2), np.ones(3)], [np.zeros(2), np.zeros(3)])
        False
    """
    return len(arrays) == len(others) and all(np.array_equal(a, b) for a, b in zip(arrays, others, strict=True))


def hint_of_rule(found, cases, rules, otherwise, rtol=1e-6, atol=0.0):
    """Find the rule that gives the same numbers as a learner's function, and return its hint.

    Args:
        found: What the learner's function has returned, one number for each case.
        cases: Tuples of arguments.
        rules: Pairs of a function of such arguments and its hint, which is None for the right rule. The first that
            fits counts.
        otherwise: The hint if no rule fits.
        rtol: Relative tolerance of a fit.
        atol: Absolute tolerance of a fit.

    Returns:
        A hint, or None if the answer is right.

    Example:
        >>> rules = (lambda n: n**2, None), (lambda n: 2 * n, "That is twice as much, not the square.")
        >>> hint_of_rule([4, 8], [(2,), (4,)], rules, otherwise="Multiply.")
        'That is twice as much, not the square.'
    """
    for rule, hint in rules:
        if np.allclose(found, [rule(*case) for case in cases], rtol=rtol, atol=atol):
            return hint
    return otherwise
