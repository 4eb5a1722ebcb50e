"""Cost of ``train_model`` against replicas and depth, beside what this machine's arithmetic would allow.

``python -m benchmarks.scaling`` prints the table, ``--plot scaling.png`` draws it. Time against epochs is a
straight line: the compile time plus epochs times the time of one.
"""

import argparse
import time
from itertools import pairwise

import keras
import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks import BATCH
from helpers import data, models, session, training

REPLICAS, DEPTHS, EPOCHS = (1, 10, 100, 1000), (1, 2, 4, 8, 16), 20


def measure(replicas, depth):
    """Seconds of a run of one epoch, nearly all of it compiling, and of an epoch of a longer run."""
    X, y = data.circles()
    normal = keras.initializers.RandomNormal(stddev=1.0)
    model = models.make_mlp("tanh", normal, replicas=replicas, hidden=(5,) * depth, seed=0)
    times = []
    for epochs in (1, 1, 1 + EPOCHS):  # the others use what the first compiled
        start = time.perf_counter()
        training.train_model(model, X, y, epochs=epochs, batch_size=BATCH, record_every=EPOCHS, progress=False)
        times.append(time.perf_counter() - start)
    return times[0], (times[2] - times[1]) / EPOCHS


def rates():
    """Multiply-adds and tanh a second on one core, float64: a large matrix product, and NumPy's tanh."""
    a, z = np.ones((1024, 1024)), np.linspace(-3, 3, 2**16)
    with threadpool_limits(1):
        return 1024**3 / _best(lambda: a @ a), len(z) / _best(lambda: np.tanh(z))


def limit(replicas, depth, rates, samples=1000):
    """Seconds an epoch would take if products and tanh ran at those rates and nothing else cost anything."""
    widths = [2, *[5] * depth, 1]
    products = sum(i * o for i, o in pairwise(widths))
    multiply_adds = samples * replicas * (3 * products - widths[0] * widths[1])  # no gradient for the inputs
    return multiply_adds / rates[0] + samples * replicas * 5 * depth / rates[1]


def _best(work, repeats=20):
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def main():
    """Print the table; draw it if asked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scaling", description=__doc__)
    parser.add_argument("--plot", help="file to draw to, such as scaling.png")
    where = parser.parse_args().plot
    session.start()
    measure(1, 1)  # what only the first training of a process pays
    found = rates()
    cells = dict.fromkeys([(r, 4) for r in REPLICAS] + [(100, d) for d in DEPTHS])
    print(f"one core: {found[0] / 1e9:.1f} billion multiply-adds, {found[1] / 1e6:.0f} million tanh a second")
    print("replicas  depth  compile s  epoch ms  us/replica  limit ms  share of limit")
    for replicas, depth in cells:
        compile_time, epoch = measure(replicas, depth)
        bound = limit(replicas, depth, found)
        cells[replicas, depth] = epoch, bound
        print(
            f"{replicas:8}{depth:7}{compile_time:11.2f}{1e3 * epoch:10.2f}{1e6 * epoch / replicas:12.0f}"
            f"{1e3 * bound:10.2f}{bound / epoch:15.0%}"
        )
    if where:
        draw(cells, where)


def draw(cells, where):
    """Time of an epoch, measured and limit, against replicas and against depth."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 2, figsize=(10, 4))
    for axis, key, fixed, label in (
        (axes[0], 0, (1, 4), "replicas, depth 4"),
        (axes[1], 1, (0, 100), "depth, 100 nets"),
    ):
        chosen = {cell[key]: times for cell, times in cells.items() if cell[fixed[0]] == fixed[1]}
        for k, name in enumerate(("measured", "limit of one core's arithmetic")):
            values = [1e3 * times[k] for _, times in sorted(chosen.items())]
            axis.plot(sorted(chosen), values, "o-" if k == 0 else "s--", color=session.COLOURS[k], label=name)
        axis.set(xlabel=label, ylabel="milliseconds an epoch", xscale="log", yscale="log")
        axis.legend()
    figure.savefig(where)


if __name__ == "__main__":
    main()
