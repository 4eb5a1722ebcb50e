"""Every test starts as a lesson does, seeded, in float64, and leaves the environment as it was."""

import os

import pytest

from helpers import session


@pytest.fixture(autouse=True)
def _lesson():
    session.start(seed=42)


@pytest.fixture(autouse=True)
def _environment():
    # Lessons inherit it. Dask sets MALLOC_TRIM_THRESHOLD_ for its workers: all freed memory goes back at once.
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)
