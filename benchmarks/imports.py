"""Seconds of an import: ``python -m benchmarks.imports tensorflow keras`` or ``... helpers``."""

import importlib
import sys
import time

if __name__ == "__main__":
    start = time.perf_counter()
    for name in sys.argv[1:]:
        importlib.import_module(name)
    print(time.perf_counter() - start)
