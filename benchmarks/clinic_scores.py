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
    for name, half in (("even seeds, for choosing", 0), ("odd seeds, reported", 1)):
        part = [a for a in found if a["seed"] % 2 == half]
        sick, healthy = [a for a in part if a["fault"]], [a for a in part if not a["fault"]]
        first = sum(a["told"][:1] and a["told"][0][0] == a["fault"] for a in sick)
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
    seconds = np.array([a["seconds"] for a in found])
    print(f"seconds: median {np.median(seconds):.1f}, 95 % within {np.quantile(seconds, 0.95):.1f}")
    return found
