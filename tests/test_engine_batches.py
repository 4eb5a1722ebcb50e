import numpy as np
import pytest

from helpers.engine.batches import Batches


@pytest.mark.parametrize(("samples", "size"), [(10, 5), (10, 4), (10, 10), (3, 1), (7, 6)])
def test_every_sample_once_and_every_batch_a_mean(samples, size):
    batches = Batches(samples, size, seed=0)
    rows, tail = batches.next_epoch()
    assert tail is None
    assert rows.shape == batches.weights.shape == (-(-samples // size), size)
    assert sorted(rows[batches.weights > 0]) == list(range(samples))
    assert np.allclose(batches.weights.sum(axis=1), 1)
    for weights in batches.weights:
        assert len(set(weights[weights > 0])) == 1


def test_the_last_batch_apart():
    batches = Batches(10, 4, seed=0, apart=True)
    rows, tail = batches.next_epoch()
    assert rows.shape == batches.weights.shape == (2, 4)
    assert sorted([*rows.ravel(), *tail]) == list(range(10))
    assert np.all(batches.weights == 0.25)
    assert Batches(8, 4, seed=0, apart=True).next_epoch()[1] is None


def test_padded_or_apart_the_order_is_the_same():
    padded, apart = Batches(10, 4, seed=3).next_epoch()[0], Batches(10, 4, seed=3, apart=True).next_epoch()
    assert np.array_equal(padded[:2], apart[0])
    assert np.array_equal(padded[2, :2], apart[1])


def test_orders_change_from_epoch_to_epoch_and_follow_from_the_seed():
    a, b, other = (Batches(100, 10, seed=s) for s in (1, 1, 2))
    first, second = a.next_epoch()[0], a.next_epoch()[0]
    assert not np.array_equal(first, second)
    assert np.array_equal(first, b.next_epoch()[0])
    assert not np.array_equal(first, other.next_epoch()[0])
