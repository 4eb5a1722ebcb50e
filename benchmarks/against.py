"""The working tree beside a commit, in turn, so that a slow minute of the machine hits both: ratios new / old.

``python -m benchmarks.against COMMIT`` compares ``benchmarks.train_times``; with ``--lessons`` the time of all lessons,
each tree's own, run by nbval. Both use the packages that are installed now.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def times(tree):
    """What ``train_times`` prints, run with the helpers of a tree."""
    script = Path(__file__).with_name("train_times.py")
    return json.loads(_run([sys.executable, str(script)], tree).splitlines()[-1])


def lessons(tree):
    """Seconds for all lessons of a tree, two at a time."""
    command = [sys.executable, "-m", "pytest", "--nbval", "-q", "-n", "2", "--dist", "loadfile", "notebooks"]
    start = time.perf_counter()
    _run(command, tree)
    return {"all lessons": time.perf_counter() - start}


def _run(command, tree):
    environment = {**os.environ, "PYTHONPATH": str(tree)}
    return subprocess.run(command, cwd=tree, env=environment, check=True, capture_output=True, text=True).stdout


def main():
    """Print the medians and the ratios, pair by pair."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.against", description=__doc__)
    parser.add_argument("commit", help="what to compare with, such as HEAD~3")
    parser.add_argument("--pairs", type=int, default=5, help="how often (default 5)")
    parser.add_argument("--lessons", action="store_true", help="compare the time of all lessons instead")
    arguments = parser.parse_args()
    measure = lessons if arguments.lessons else times
    with tempfile.TemporaryDirectory() as folder:
        old = Path(folder) / "old"
        subprocess.run(["git", "worktree", "add", "-q", "--detach", str(old), arguments.commit], cwd=ROOT, check=True)
        try:
            pairs = [(measure(old), measure(ROOT)) for _ in range(arguments.pairs)]
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", str(old)], cwd=ROOT, check=True)
    print(f"{'':18}{'old':>9}{'new':>9}   new / old: median (smallest to largest)")
    for name in pairs[0][0]:
        before, after = ([pair[k][name] for pair in pairs] for k in (0, 1))
        ratios = sorted(b / a for a, b in zip(before, after, strict=True))
        row = f"{name:18}{statistics.median(before):9.2f}{statistics.median(after):9.2f}"
        print(f"{row}   {statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})")


if __name__ == "__main__":
    main()
