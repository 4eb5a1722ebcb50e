"""Keep Python's garbage collector from walking through TensorFlow's objects while they are no garbage.

TensorFlow and Keras leave about a million objects when imported, and tracing makes many more. The collector
for cycles walks through all of them whenever enough others have piled up: a quarter of the time of a
short training.
"""

import gc
from contextlib import contextmanager


@contextmanager
def paused():
    """Do not collect while the block runs.

    Example:
        >>> with paused():
        ...     gc.isenabled()
        False
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@contextmanager
def exempted():
    """Do not collect while the block runs, and never look at what it leaves: for imports.

    Source:
        ``gc.freeze`` in the documentation of Python's ``gc`` module.

    Example:
        >>> with exempted():
        ...     import xml
    """
    gc.collect()  # or garbage would be kept for ever with the rest
    with paused():
        try:
            yield
        finally:
            gc.freeze()
