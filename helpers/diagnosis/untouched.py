"""Leave the random state as it was."""

import random
from contextlib import contextmanager

import numpy as np
import tensorflow as tf


@contextmanager
def random_state_kept():
    """Put back the states of Python's, NumPy's and TensorFlow's generators; Keras seeds its own from Python's.

    Example:
        >>> before = random.getstate()
        >>> with random_state_kept():
        ...     _ = random.random()
        >>> random.getstate() == before
        True
    """
    python, legacy = random.getstate(), np.random.get_state()  # noqa: NPY002 - the reader's state, not ours
    generator = tf.random.get_global_generator()
    state = np.array(generator.state.numpy())
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(legacy)  # noqa: NPY002
        generator.state.assign(state)
