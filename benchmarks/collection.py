"""The whole test run, lint left out, beside the published experiments as they are written, on this machine.

``python -m benchmarks.collection 8`` runs the tests with eight workers; they need a core and up to 4 GB each.
"""

import subprocess
import sys
import time

PUBLISHED = [sys.executable, "-m", "benchmarks.published"]
TESTS = [sys.executable, "-m", "pytest", "--nbval", "-q", "--dist", "loadfile", "--no-loadscope-reorder"]
PLACES = ["notebooks", "tests", "helpers"]  # small files last: no core waits for a long lesson


def seconds(command):
    """The time a command takes from start to end, imports included."""
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


if __name__ == "__main__":
    workers = sys.argv[1] if len(sys.argv) > 1 else "2"
    published, tests = seconds(PUBLISHED), seconds([*TESTS, "-n", workers, *PLACES])
    print(f"six fits and three eager loops: {published:.0f} s; all tests and lessons: {tests:.0f} s")
    print(f"ratio: {published / tests:.2f}")
