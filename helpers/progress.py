"""One progress bar for all that takes long, hidden where nobody watches."""

import os

from tqdm.auto import tqdm

# a bar is never the same twice, and nbval would compare it; in notebooks tqdm itself forgets its own variable
_HIDING = ("TQDM_DISABLE", "PYTEST_CURRENT_TEST")


def progress_bar(total, description, unit, *, shown=True, steps=None, done=0):
    """A bar that appears after two seconds, in a terminal or in a notebook, and goes when it is closed.

    Args:
        total: How many steps there are.
        description: What stands before the bar.
        unit: What a step is.
        shown: Whether to show it at all. It stays hidden where ``TQDM_DISABLE`` is set, and under pytest.
        steps: What to go through while the bar counts; None to call its ``update``.
        done: How many of the steps were made before.

    Returns:
        A tqdm bar.

    Example:
        >>> with progress_bar(3, "tanh", "epoch", shown=False) as bar:
        ...     bar.total
        3
    """
    hidden = not shown or any(name in os.environ for name in _HIDING)
    return tqdm(steps, total=total, initial=done, desc=description, unit=unit, delay=2, leave=False, disable=hidden)
