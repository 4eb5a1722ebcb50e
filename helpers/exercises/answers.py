"""Read what a learner hands in where one number is asked for."""

import math

import numpy as np


def one_number(answer):
    """The answer as a finite float, or None if it is something else.

    Args:
        answer: A number, or an array or tensor of one.

    Returns:
        A float, or None for text, truth values, several numbers, inf and nan.

    Example:
        >>> one_number(np.array([0.5])), one_number("0.5")
        (0.5, None)
    """
    if isinstance(answer, bool | np.bool_ | str) or np.size(answer) != 1:
        return None
    try:
        number = float(np.asarray(answer).reshape(()))
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None
