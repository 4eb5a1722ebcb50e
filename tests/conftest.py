"""Every test starts as a lesson does, seeded, in float64, and leaves the environment as it was."""

import os
import signal

import pytest

from helpers import session


@pytest.fixture(autouse=True)
def _lesson():
    session.start(seed=42)


@pytest.fixture(autouse=True)
def _ctrl_c():
    # A shell starts what runs in its background with Ctrl-C ignored; what a test stops would then go on for ever.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(autouse=True)
def _environment():
    # Lessons inherit it. Dask sets MALLOC_TRIM_THRESHOLD_ for its workers: all freed memory goes back at once.
    before = dict(os.environ)
    yield
    for name in os.environ.keys() - before.keys():
        del os.environ[name]
    os.environ.update({name: value for name, value in before.items() if os.environ.get(name) != value})
