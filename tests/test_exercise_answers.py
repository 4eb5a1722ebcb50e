import numpy as np
import pytest
import tensorflow as tf

from helpers.exercises.answers import one_number


@pytest.mark.parametrize("answer", [0.5, np.float32(0.5), np.array([0.5]), np.array([[0.5]]), [0.5], tf.constant(0.5)])
def test_one_number_in_any_wrapping(answer):
    assert one_number(answer) == 0.5


@pytest.mark.parametrize(
    "answer", [True, np.True_, "0.5", [], [0.5, 0.5], np.nan, np.inf, None, {"a": 1}, len, 1j, [None]]
)
def test_what_is_not_one_number(answer):
    assert one_number(answer) is None
