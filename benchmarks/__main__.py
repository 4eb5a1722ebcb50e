"""Run every contender in a process of its own, in turn, and print the table of ratios."""

import argparse
import importlib.util
import statistics
import subprocess
import sys

TRAINING = {  # the first of each table is what the others are compared with
    "eager loop, 1 net": ["benchmarks.eager_loop"],
    "Keras fit, 1 net (weights only)": ["benchmarks.keras_fit"],
    "PyTorch eager, 1 net": ["benchmarks.torch_eager"],
    "train_model, 1 net": ["benchmarks.packaged"],
    "train_model, 1000 nets": ["benchmarks.packaged", "1000"],
    "train_each, 2 models of 500 nets": ["benchmarks.packaged", "1000", "2"],
}
PROBING = {
    "PyTorch eager, 100 layers of 256": ["benchmarks.torch_probe", "probe", "float64"],
    "of it, drawing the kernels": ["benchmarks.torch_probe", "drawing", "float64"],
    "signals.probe, 100 layers of 256": ["benchmarks.probe", "probe", "float64"],
    "of it, drawing the kernels ": ["benchmarks.probe", "drawing", "float64"],
}
IMPORTING = {
    "import tensorflow, keras": ["benchmarks.imports", "tensorflow", "keras"],
    "import helpers": ["benchmarks.imports", "helpers"],
}


def seconds(module_and_arguments):
    """The seconds one contender reports for one run: the median of five of its runs, fewer if they take long."""
    command, times = [sys.executable, "-m", *module_and_arguments], []
    while len(times) < 5 and sum(times) < 10:  # a second's pause of the machine is nothing to a minute, all to a second
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        times.append(float(done.stdout.split()[-1]))
    return statistics.median(times)


def compare(contenders, repeats):
    """Time the contenders in turn, so that a slow minute of the machine hits all of them; print the table."""
    times = {name: [] for name in contenders}
    for _ in range(repeats):
        for name, module in contenders.items():
            times[name].append(seconds(module))
    baseline = next(iter(times))
    print(f"{'':34}{'seconds':>9}   ratio to the first")
    for name, values in times.items():
        ratio = statistics.median(b / v for b, v in zip(times[baseline], values, strict=True))
        print(f"{name:34}{statistics.median(values):9.2f}{ratio:16.1f} x")


def main():
    """Print the tables, without PyTorch where it is not installed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--repeats", type=int, default=3, help="runs of each contender (default 3)")
    repeats = parser.parse_args().repeats
    for contenders in (TRAINING, PROBING, IMPORTING):
        if importlib.util.find_spec("torch") is None:
            contenders = {name: module for name, module in contenders.items() if "torch" not in module[0]}
        compare(contenders, repeats)


if __name__ == "__main__":
    main()
