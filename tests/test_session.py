import random

import keras
import matplotlib
import numpy as np
import pytest
import threadpoolctl

from helpers import session


def test_the_same_seed_gives_the_same_draws():
    draws = []
    for _ in range(2):
        session.start(seed=7)
        draws.append((random.random(), np.random.rand(), float(keras.random.normal(()))))  # noqa: NPY002 the generator that is seeded
    assert draws[0] == draws[1]
    session.start(seed=8)
    assert random.random() != draws[0][0]


def test_a_seed_of_numpys_is_a_seed():
    session.start(seed=np.int64(3))
    drawn = random.random()
    session.start(seed=3)
    assert random.random() == drawn


def test_float64_and_the_figure_style():
    session.start()
    assert keras.config.floatx() == "float64"
    assert matplotlib.rcParams["axes.spines.top"] is False


def test_a_matrix_product_has_one_thread():
    with threadpoolctl.threadpool_limits(2, user_api="blas"):
        session.start()
        threads = [pool["num_threads"] for pool in threadpoolctl.threadpool_info() if pool["user_api"] == "blas"]
    if not threads:
        pytest.skip("this NumPy's BLAS has no threads that can be set")
    assert set(threads) == {1}


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_a_seed_out_of_range_is_refused(seed):
    with pytest.raises(ValueError, match=f"seed must be an integer of 0 to .* got {seed}"):
        session.start(seed=seed)


@pytest.mark.parametrize("seed", ["42", 1.0, True, None])
def test_a_seed_that_is_no_integer_is_refused(seed):
    with pytest.raises(TypeError, match="seed must be an integer"):
        session.start(seed=seed)


def test_another_backend_is_refused(monkeypatch):
    monkeypatch.setattr(keras.config, "backend", lambda: "jax")
    with pytest.raises(RuntimeError, match="'jax'.*restart the kernel"):
        session.start()


def test_a_layer_made_earlier_does_not_keep_float32():
    keras.config.set_dtype_policy("float32")
    session.start()
    layer = keras.layers.Dense(1)
    layer.build((None, 2))
    assert layer.kernel.dtype == "float64"
