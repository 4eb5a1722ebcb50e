"""Set up pytest: quiet kernels, no windows, no figures left open, and what nbval leaves out of its comparison."""

import os

import matplotlib
import matplotlib.pyplot as plt
import pytest

# Kernels inherit this: a progress bar is never the same twice.
os.environ.setdefault("TQDM_DISABLE", "1")
# There is a worker for each core: two threads in each would wait for one another.
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")

matplotlib.use("Agg")


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")  # matplotlib warns of more than 20 open ones


def pytest_collectstart(collector):
    # TensorFlow writes its start-up lines to stderr under Jupyter but not under pytest.
    if collector.path.suffix == ".ipynb":
        collector.skip_compare += ("stderr",)
