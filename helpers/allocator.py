"""Keep freed memory for the next array: given back to the system, each of its pages has to be faulted in again."""

import ctypes
import os

# names of settings in glibc's malloc.h
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD = -1, -2, -3


def keep_freed_memory():
    """Tell glibc to keep up to 2 GB of what the process frees, and to take arrays below 32 MB from there.

    By itself it gives back what it can after every few large arrays; a lesson that computes with such
    (02) spent a fifth of its time in page faults. Where the C library is another, or where the reader's
    environment has ``MALLOC_`` settings or ``GLIBC_TUNABLES``, nothing changes.

    Returns:
        Whether all settings were made.

    Source:
        ``mallopt(3)``, Linux manual.

    Example:
        >>> keep_freed_memory() in (True, False)
        True
    """
    if any(name.startswith("MALLOC_") or name == "GLIBC_TUNABLES" for name in os.environ):
        return False
    try:
        mallopt = ctypes.CDLL("libc.so.6").mallopt
    except (OSError, AttributeError):
        return False
    settings = ((_MMAP_THRESHOLD, 32 * 2**20), (_TRIM_THRESHOLD, 2**31 - 1), (_TOP_PAD, 64 * 2**20))
    return all([mallopt(name, value) == 1 for name, value in settings])
