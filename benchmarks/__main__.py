"""Run every contender in a process of its own, in turn, and print the table of ratios."""

import argparse
import importlib.util
import statistics
import subprocess
import sys

CONTENDERS = {
    "eager loop, 1 net": ["benchmarks.eager_loop"],
    "Keras fit, 1 net (weights only)": ["benchmarks.keras_fit"],
    "PyTorch eager, 1 net": ["benchmarks.torch_eager"],
    "train_model, 1 net": ["benchmarks.packaged"],
    "train_model, 1000 nets": ["benchmarks.packaged", "1000"],
}


def seconds(module_and_arguments):
    """The seconds one contender reports for one run."""
    command = [sys.executable, "-m", *module_and_arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])


def main():
    """Time the contenders in turn, so that a slow minute of the machine hits all of them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--repeats", type=int, default=3, help="runs of each contender (default 3)")
    repeats = parser.parse_args().repeats
    chosen = dict(CONTENDERS)
    if importlib.util.find_spec("torch") is None:
        del chosen["PyTorch eager, 1 net"]
    times = {name: [] for name in chosen}
    for _ in range(repeats):
        for name, module in chosen.items():
            times[name].append(seconds(module))
    baseline = times["eager loop, 1 net"]
    print(f"{'':34}{'seconds':>9}{'eager loop takes':>18}")
    for name, values in times.items():
        ratio = statistics.median(b / v for b, v in zip(baseline, values, strict=True))
        print(f"{name:34}{statistics.median(values):9.2f}{ratio:16.1f} x")


if __name__ == "__main__":
    main()
