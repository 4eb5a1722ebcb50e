"""Score ``diagnose`` on published faulty trainings (a folder) and on nets made sick: python -m benchmarks.clinic.

Examples:
    python -m benchmarks.clinic --cases FOLDER        cases.json and traps.json of a folder, with its build.py
    python -m benchmarks.clinic --made 360            sick nets and their healthy twins, made by benchmarks.clinic_nets
"""

import argparse
import importlib.util
import json
import time
from collections import Counter
from pathlib import Path

import keras

from benchmarks.clinic_scores import collect, draw, halves, kept, tables, verify
from helpers import diagnosis


def main(arguments=None):
    """Score what is asked for, and print tables."""
    parser = argparse.ArgumentParser(description="Score helpers.diagnosis.")
    parser.add_argument("--cases", type=Path, help="a folder with build.py, cases.json and traps.json")
    parser.add_argument("--open", action="store_true", help="do not tell epochs and batch size")
    parser.add_argument("--made", type=int, default=0, help="how many seeds: a sick net and its healthy twin each")
    parser.add_argument("--half", choices=("even", "odd"), help="only these seeds: for choosing bounds, or reported")
    parser.add_argument("--verify", action="store_true", help="only make the nets and see whether they behave as made")
    parser.add_argument("--kept", type=Path, help="a folder for what was measured; a run that was stopped goes on")
    parser.add_argument("--figure", type=Path, help="draw the confusion matrix of the reported half there")
    options = parser.parse_args(arguments)
    if options.kept:
        options.kept.mkdir(parents=True, exist_ok=True)
    if options.cases:
        score_cases(options.cases, options.open)
    if options.made:
        seeds = range(options.half == "odd", options.made, 2 if options.half else 1)
        if options.verify:
            rows = kept(options.kept and options.kept / "verified.jsonl", seeds, verify)
            print(f"{sum(row['sound'] for row in rows)} of {len(rows)} pairs behave as made")
            return
        found = tables(collect(seeds, options.kept))
        if options.figure:
            draw(halves(found)[1], options.figure)


def score_cases(folder, hidden_settings=False):
    """Cases, their healthy twins and traps of a folder; one line each, then the counts."""
    spec = importlib.util.spec_from_file_location("cases_build", folder / "build.py")
    builder = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(builder)
    counts, seconds = Counter(), []

    def ask(case):
        model, X, y, settings = builder.build(case)
        begun = time.perf_counter()
        report = diagnosis.diagnose(model, X, y, **({} if hidden_settings else settings))
        seconds.append(time.perf_counter() - begun)
        keras.backend.clear_session()
        return report

    for case in json.loads((folder / "cases.json").read_text(encoding="utf-8")):
        report = ask(case)
        named = [one.fault for one in report.findings]
        also = case.get("also_acceptable", [])
        first = named[:1] == [case["fault"]]
        half = not first and bool(named) and named[0] in also
        three = case["fault"] in named[:3]
        counts.update(cases=1, first=first, half=half, three=three)
        told = " ".join(f"{one.fault}:{one.certainty:g}" for one in report.findings)
        print(f"{'ok  ' if first else 'half' if half else '3   ' if three else 'MISS'} {case['id']:<30} "
              f"{case['fault']:<24} {seconds[-1]:4.1f} s | {told}", flush=True)  # fmt: skip
        report = ask(case["healthy_twin"])
        counts.update(healthy=1, alarms=bool(report.findings))
        if report.findings:
            print(f"ALARM on the twin of {case['id']}\n{report}", flush=True)
    traps = folder / "traps.json"
    for case in json.loads(traps.read_text(encoding="utf-8")) if traps.exists() else []:
        report = ask(case)
        counts.update(healthy=1, alarms=bool(report.findings))
        if report.findings:
            print(f"ALARM on {case['id']}\n{report}", flush=True)
    seconds.sort()
    print(f"{counts['cases']} cases: fault first {counts['first']} (another acceptable one {counts['half']}), among "
          f"the first three {counts['three']}; false alarms {counts['alarms']} of {counts['healthy']}; seconds "
          f"{seconds[len(seconds) // 2]:.1f} median, {seconds[-1]:.1f} longest")  # fmt: skip


if __name__ == "__main__":
    main()
