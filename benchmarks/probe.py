"""``signals.probe``: 100 layers of 256, drawn and measured; ``python -m benchmarks.probe drawing`` draws only."""

import sys
import time

from keras.initializers import RandomNormal

from benchmarks import CALLS, DEPTH, WIDTH
from helpers import session, signals
from helpers.initializers import draw_layers


def drawing(dtype):
    """Only draw the kernels."""
    return draw_layers(RandomNormal(stddev=WIDTH**-0.5), 0, DEPTH, 1, (WIDTH, WIDTH), dtype).numpy()


def probe(dtype):
    """Draw them, send 16 inputs forward and gradients back, keep three quantities of every layer."""
    return signals.probe("tanh", RandomNormal(stddev=WIDTH**-0.5), depth=DEPTH, width=WIDTH, dtype=dtype)


if __name__ == "__main__":
    session.start()
    what = {"drawing": drawing, "probe": probe}[sys.argv[1]]
    times = []
    for _ in range(CALLS + 1):  # the first compiles
        start = time.perf_counter()
        what(sys.argv[2])
        times.append(time.perf_counter() - start)
    print(sorted(times[1:])[CALLS // 2])
