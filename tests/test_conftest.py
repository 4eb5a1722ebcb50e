import os

import pytest


@pytest.mark.parametrize("time", ["first", "second"])
def test_no_test_finds_what_another_left_in_the_environment(time):
    assert "LEFT_BEHIND" not in os.environ
    os.environ["LEFT_BEHIND"] = time
