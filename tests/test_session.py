import random
import subprocess
import sys

import keras
import matplotlib
import numpy as np
import pytest

from helpers import session


def test_the_same_seed_gives_the_same_draws():
    draws = []
    for _ in range(2):
        session.start(seed=7)
        draws.append((random.random(), np.random.rand(), float(keras.random.normal(()))))  # noqa: NPY002 the generator that is seeded
    assert draws[0] == draws[1]
    session.start(seed=8)
    assert random.random() != draws[0][0]


def test_float64_and_the_figure_style():
    session.start()
    assert keras.config.floatx() == "float64"
    assert matplotlib.rcParams["axes.spines.top"] is False


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_a_seed_out_of_range_is_refused(seed):
    with pytest.raises(ValueError, match=f"seed must lie .* got {seed}"):
        session.start(seed=seed)


@pytest.mark.parametrize("seed", ["42", 1.0, True, None])
def test_a_seed_that_is_no_integer_is_refused(seed):
    with pytest.raises(TypeError, match="seed must be an integer"):
        session.start(seed=seed)


def test_another_backend_is_refused(monkeypatch):
    monkeypatch.setattr(keras.config, "backend", lambda: "jax")
    with pytest.raises(RuntimeError, match="'jax'.*restart the kernel"):
        session.start()


def test_importing_helpers_says_nothing():
    code = "from helpers import session, data, models, recording, training, plotting; session.start()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_what_is_no_log_line_is_passed_on():
    code = (
        "import os, sys, types, importlib\n"
        "from importlib import import_module as real\n"
        "def fake(name): os.write(2, b'I0000 00:00 x.cc:1] noise\\nsomething else\\n'); return types.ModuleType(name)\n"
        "importlib.import_module = fake\n"
        "sys.path.insert(0, 'helpers')\n"
        "import quiet_import; quiet_import.import_tensorflow()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0
    assert set(done.stderr.splitlines()) == {"something else"}
