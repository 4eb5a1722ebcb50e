"""Set up pytest: quiet kernels, no windows, and what nbval leaves out of its comparison."""

import os

import matplotlib

# Kernels inherit this: a progress bar is never the same twice.
os.environ.setdefault("TQDM_DISABLE", "1")

matplotlib.use("Agg")


def pytest_collectstart(collector):
    # TensorFlow writes its start-up lines to stderr under Jupyter but not under pytest.
    if collector.path.suffix == ".ipynb":
        collector.skip_compare += ("stderr",)
