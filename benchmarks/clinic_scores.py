"""Scores of ``diagnose`` on made nets: shares, confusion matrix, calibration, seconds."""

import contextlib
import io
import json
import time
from collections import Counter, defaultdict

import keras
import numpy as np

from benchmarks.clinic_nets import BATCH, EPOCHS, FAULTS, make, trains
from helpers import diagnosis


def pair_of(seed):
    """The fault of a seed; two seeds in a row, one for each half, share it."""
    return FAULTS[seed // 2 % len(FAULTS)]


def verify(seed):
    """Train a net made sick, and its healthy twin if it does not learn: a row that says whether both behave as made.

    ``Watch`` looks on, without data; what it said is kept.
    """
    fault = pair_of(seed)
    row = {"seed": seed, "fault": fault, "sound": False}
    truth = make(seed, fault, mended=True)[2]
    for key, mended in (("sick", False), ("twin", True)):
        model, X, y, kind = make(seed, fault, mended)
        watch, clock = diagnosis.Watch(), _Clock()
        with contextlib.redirect_stdout(io.StringIO()):
            learnt = trains(model, X, y, kind, truth, [watch, clock])
        row[key] = {
            "trains": learnt, "epoch": clock.median, "spoke": None if watch.epoch is None else watch.epoch + 1,
            "watch": [one.fault for one in watch.findings],
        }  # fmt: skip
        keras.backend.clear_session()
        if learnt != mended:
            return row
    row["sound"] = True
    return row


def ask(row):
    """Diagnose the sick net and the healthy twin of a sound row: two answers."""
    found = []
    for key, mended in (("sick", False), ("twin", True)):
        model, X, y, _ = make(row["seed"], row["fault"], mended)
        begun, worked = time.perf_counter(), time.process_time()
        report = diagnosis.diagnose(model, X, y, epochs=EPOCHS, batch_size=BATCH)
        found.append({
            "seed": row["seed"], "fault": None if mended else row["fault"],
            "told": [(one.fault, one.certainty) for one in report.findings],
            "seconds": round(time.perf_counter() - begun, 2), "worked": round(time.process_time() - worked, 2),
            "epoch": row[key]["epoch"], "watch": row[key]["watch"],
        })  # fmt: skip
        keras.backend.clear_session()
    return found


class _Clock(keras.callbacks.Callback):
    """Seconds of an epoch, the first left out, in which the step is compiled."""

    def on_train_begin(self, logs=None):
        self.times = []

    def on_epoch_end(self, epoch, logs=None):
        self.times.append(time.perf_counter())

    @property
    def median(self):
        return round(float(np.median(np.diff(self.times))), 4)


def kept(path, seeds, work):
    """What ``work`` gives for seeds, one line of JSON each; what the file has already is read, not done again."""
    done = {}
    if path and path.exists():
        done = {row["seed"]: row for row in map(json.loads, path.read_text(encoding="utf-8").splitlines())}
    for seed in seeds:
        if seed not in done:
            done[seed] = work(seed)
            if path:
                with path.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(done[seed]) + "\n")
    return [done[seed] for seed in seeds]


def collect(seeds, folder=None):
    """Verify the nets of seeds and diagnose those that behave as made.

    Args:
        seeds: Integers.
        folder: Where rows are kept, so that a run that was stopped goes on; None to keep nothing.

    Returns:
        A list of answers, two for each sound seed.
    """
    paths = [folder and folder / name for name in ("verified.jsonl", "answers.jsonl")]
    rows = {row["seed"]: row for row in kept(paths[0], seeds, verify)}
    sound = [seed for seed in seeds if rows[seed]["sound"]]
    return [a for pair in kept(paths[1], sound, lambda s: {"seed": s, "told": ask(rows[s])}) for a in pair["told"]]


def tables(found):
    """Print the tables of a list of answers."""
    for name, part in zip(("even seeds, for choosing", "odd seeds, reported"), halves(found), strict=True):
        sick, healthy = [a for a in part if a["fault"]], [a for a in part if not a["fault"]]
        if not sick:
            continue
        first = sum(bool(a["told"]) and a["told"][0][0] == a["fault"] for a in sick)
        three = sum(a["fault"] in [f for f, _ in a["told"][:3]] for a in sick)
        alarms = sum(bool(a["told"]) for a in healthy)
        print(f"{name}: sick {len(sick)}, first {first} ({first / len(sick):.0%}), first three {three} "
              f"({three / len(sick):.0%}); healthy {len(healthy)}, alarms {alarms}")  # fmt: skip
        matrix = defaultdict(Counter)
        for a in sick:
            matrix[a["fault"]][a["told"][0][0] if a["told"] else "nothing"] += 1
        for fault, row in sorted(matrix.items()):
            print(f"  {fault:<26}", ", ".join(f"{n} {k}" for k, n in row.most_common()))
        for low, said, right, count in calibration(part):
            print(f"  certainty {low:.1f} to {low + 0.1:.1f}: said {said:.2f}, right {right:.2f} of {count}")
        watched = sum(bool(a["watch"]) for a in healthy)
        seen = sum(bool(a["watch"]) for a in sick)
        print(f"  Watch alone: spoke on {seen} of {len(sick)} sick and {watched} of {len(healthy)} healthy trainings")
    for key in ("seconds", "worked"):
        took = np.array([a[key] for a in found])
        over = took - 2 * np.array([a["epoch"] for a in found])
        print(f"{key}: median {np.median(took):.1f}, 95 % within {np.quantile(took, 0.95):.1f}, most {took.max():.1f}; "
              f"beyond two epochs: median {np.median(over):.1f}, at most 2 s in {np.mean(over <= 2):.0%}")  # fmt: skip
    return found


def calibration(found):
    """How often findings of a certainty were right, all ranks, in bins of 0.1.

    Returns:
        A list of ``(lower end, mean certainty, share right, count)``.
    """
    bins = defaultdict(list)
    for a in found:
        for fault, certainty in a["told"]:
            bins[min(int(certainty * 10 + 1e-9), 9)].append((certainty, fault == a["fault"]))
    return [(k / 10, *np.mean(pairs, axis=0).tolist(), len(pairs)) for k, pairs in sorted(bins.items())]


def halves(found):
    """Answers of even seeds, for choosing bounds, and of odd seeds, reported."""
    return [[a for a in found if a["seed"] % 2 == half] for half in (0, 1)]


def confusion(found):
    """What was named first, for each fault that was made.

    Returns:
        ``(made, named, counts)``: names of rows and columns, and counts; "none" is a healthy net or silence.
    """
    made = [fault for fault in FAULTS if any(a["fault"] == fault for a in found)] + ["none"]
    first = [(a["fault"] or "none", a["told"][0][0] if a["told"] else "none") for a in found]
    named = made[:-1] + sorted({n for _, n in first} - set(made)) + ["none"]
    counts = np.zeros((len(made), len(named)), int)
    for fault, name in first:
        counts[made.index(fault), named.index(name)] += 1
    return made, named, counts


def draw(found, path):
    """Draw the confusion matrix as shares of each row, with the counts written in, and save it."""
    import matplotlib.pyplot as plt

    made, named, counts = confusion(found)
    figure, axis = plt.subplots(figsize=(11, 9), layout="constrained")
    shares = counts / counts.sum(axis=1, keepdims=True)
    image = axis.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for (row, column), count in np.ndenumerate(counts):
        if count:
            colour = "white" if shares[row, column] > 0.5 else "black"
            axis.text(column, row, count, ha="center", va="center", color=colour, fontsize=13)
    axis.set_xticks(range(len(named)), [n.replace("_", " ") for n in named], rotation=60, ha="right", fontsize=13)
    axis.set_yticks(range(len(made)), [n.replace("_", " ") for n in made], fontsize=13)
    axis.set_xlabel("named first", fontsize=14)
    axis.set_ylabel("made", fontsize=14)
    figure.colorbar(image, label="share of the row", shrink=0.6)
    figure.savefig(path, dpi=80)
    plt.close(figure)
