import gc

import pytest

from helpers.collector import exempted, paused

BOTH = pytest.mark.parametrize("block", [paused, exempted])


@pytest.fixture(autouse=True)
def collecting():
    gc.enable()
    yield
    gc.enable()


@BOTH
def test_nothing_is_collected_meanwhile(block):
    with block():
        assert not gc.isenabled()
    assert gc.isenabled()


@BOTH
def test_a_collector_that_was_off_stays_off(block):
    gc.disable()
    with block():
        pass
    assert not gc.isenabled()


@BOTH
def test_an_error_passes_and_the_collector_runs_again(block):
    with pytest.raises(ImportError), block():
        raise ImportError
    assert gc.isenabled()


@BOTH
def test_later_garbage_is_collected(block):
    with block():
        pass
    gc.collect()
    cycle = []
    cycle.append(cycle)
    del cycle
    assert gc.collect() >= 1


@pytest.mark.parametrize(("block", "seen"), [(paused, True), (exempted, False)])
def test_only_what_an_exempted_block_leaves_is_out_of_sight(block, seen):
    with block():
        left = [[]]
    assert any(thing is left for thing in gc.get_objects()) == seen
