"""A change to the whole process that several threads need at once: made by the first, undone by the last."""

import threading
from contextlib import contextmanager


class Together:
    """A context that threads may be in at the same time.

    ``warnings.catch_warnings`` and its like put back at the end what they found at the start. What a
    second thread finds is what the first has changed, and if it leaves last, that stays for good.

    Args:
        context: A function that returns a context manager, such as one made by
            ``contextlib.contextmanager``. It is entered by the thread that comes when none is inside, and
            left by the one after whom none is inside.

    Raises:
        TypeError: If ``context`` is no function.

    Example:
        >>> from contextlib import redirect_stdout
        >>> import io
        >>> unheard = Together(lambda: redirect_stdout(io.StringIO()))
        >>> with unheard():
        ...     print("nothing")
    """

    def __init__(self, context):
        if not callable(context):
            raise TypeError(f"context must be a function that returns a context manager, got {context!r}")
        self._context = context
        self._lock = threading.Lock()
        self._inside, self._open = 0, None

    @contextmanager
    def __call__(self, *arguments):
        """Be inside; the arguments of the first go to ``context``."""
        with self._lock:
            if not self._inside:
                self._open = self._context(*arguments)
                self._open.__enter__()
            self._inside += 1
        try:
            yield
        finally:
            with self._lock:
                self._inside -= 1
                if not self._inside:
                    self._open.__exit__(None, None, None)
