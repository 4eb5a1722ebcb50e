"""Every test starts as a lesson does: seeded, in float64."""

import pytest

from helpers import session


@pytest.fixture(autouse=True)
def _lesson():
    session.start(seed=42)
