"""Scores of ``diagnose`` on made nets: shares, confusion matrix, calibration, seconds."""

import json
import time
from collections import Counter, defaultdict

import keras
import numpy as np

from benchmarks.clinic_nets import BATCH, EPOCHS, FAULTS, make, trains
from helpers.diagnosis import diagnose


def ask(seed, fault):
    """Make a net and diagnose it; None if it does not behave as made (a sick one trains, a healthy one does not)."""
    model, X, y, kind = make(seed, fault)
    if trains(model, X, np.round(y * 255) if fault and y.max() < 0.1 else y, kind) != (fault is None):
        keras.backend.clear_session()
        return None
    model, X, y, kind = make(seed, fault)
    begun = time.perf_counter()
    report = diagnose(model, X, y, epochs=EPOCHS, batch_size=BATCH)
    took = time.perf_counter() - begun
    keras.backend.clear_session()
    told = [(one.fault, one.certainty) for one in report.findings]
    return {"seed": seed, "fault": fault, "told": told, "seconds": round(took, 2)}


def collect(seeds, path=None):
    """Answers for seeds: of each four in a row, two are sick and two are healthy, one of each with an odd seed."""
    found = []
    for seed in seeds:
        answer = ask(seed, FAULTS[seed // 4 % len(FAULTS)] if seed % 4 < 2 else None)
        if answer is not None:
            found.append(answer)
            if path:
                with path.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(answer) + "\n")
    return found


def tables(found):
    """Print the tables of a list of answers."""
    for name, part in zip(("even seeds, for choosing", "odd seeds, reported"), halves(found), strict=True):
        sick, healthy = [a for a in part if a["fault"]], [a for a in part if not a["fault"]]
        first = sum(bool(a["told"]) and a["told"][0][0] == a["fault"] for a in sick)
        three = sum(a["fault"] in [f for f, _ in a["told"][:3]] for a in sick)
        alarms = sum(bool(a["told"]) for a in healthy)
        print(f"{name}: sick {len(sick)}, first {first}, first three {three}; healthy {len(healthy)}, alarms {alarms}")
        matrix = defaultdict(Counter)
        for a in sick:
            matrix[a["fault"]][a["told"][0][0] if a["told"] else "nothing"] += 1
        for fault, row in sorted(matrix.items()):
            print(f"  {fault:<26}", ", ".join(f"{n} {k}" for k, n in row.most_common()))
        bins = defaultdict(list)
        for a in part:
            for fault, certainty in a["told"][:1]:
                bins[min(int(certainty * 5), 4)].append((certainty, fault == a["fault"]))
        for k, pairs in sorted(bins.items()):
            said, right = np.mean(pairs, axis=0)
            print(f"  certainty {k / 5:.1f} to {k / 5 + 0.2:.1f}: said {said:.2f}, right {right:.2f} of {len(pairs)}")
        watched = sum(bool(a["watch"]) for a in healthy)
        seen = sum(bool(a["watch"]) for a in sick)
        print(f"  Watch alone: spoke on {seen} of {len(sick)} sick and {watched} of {len(healthy)} healthy trainings")
    seconds = np.array([a["seconds"] for a in found])
    over = np.array([a["seconds"] - 2 * a["epoch"] for a in found])
    print(f"seconds: median {np.median(seconds):.1f}, 95 % within {np.quantile(seconds, 0.95):.1f}")
    print(f"seconds beyond two epochs: median {np.median(over):.1f}, at most 2 in {np.mean(over <= 2):.0%}")
    return found


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
