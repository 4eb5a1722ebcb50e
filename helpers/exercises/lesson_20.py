"""Checks of lesson 20: a thousand runs."""

import inspect

import numpy as np

from helpers.exercises.answers import returns_one_number


@returns_one_number("a failure rate")
def check_largest_rate(largest_rate):
    """20.1: a function of n, the largest failure rate that n clean runs leave possible."""
    for n in (10, 1, 60):
        rate = largest_rate(n)
        right = 1 - 0.05 ** (1 / n)
        if abs(rate - right) < 1e-3:
            continue
        if not 0 <= rate <= 1:
            return "A failure rate lies between 0 and 1, for one run as well."
        if abs(rate - (1 - right)) < 1e-3:
            return "That is the rate of success; the failures are the rest."
        if abs(rate - (1 - 0.95 ** (1 / n))) < 1e-3:
            return "At that rate clean experiments are the rule: they should happen only once in twenty."
        if abs(rate - 1 / n) < 1e-3 or abs(rate - 1 / (n + 1)) < 1e-3:
            return "At that rate a clean experiment is not rare yet: compute how often it happens."
        return f"Not so for n={n}. How likely are n runs without a failure, if each fails with probability p?"
    return None


@returns_one_number("a number of seeds, at least 1, whichever setting is better")
def check_seeds_needed(seeds_needed):
    """20.2: a function of the scores of two settings, the number of seeds that ranks their means."""
    generator = np.random.default_rng(3)
    low = generator.normal(size=800)
    low = (low - low.mean()) / low.std()
    found = {}
    for gap in (1.0, 0.5):  # bell curves: n = 2 (1.645 / gap)^2
        high = generator.permutation(low) + gap
        for order in ("first", "second"):
            number = seeds_needed(high, low) if order == "first" else seeds_needed(low, high)
            if number < 1:
                return "The function should return one number, at least 1, whichever setting is better."
            found[gap, order] = number
    for gap, low_end, high_end in ((1.0, 4, 8), (0.5, 16, 30)):
        first, second = found[gap, "first"], found[gap, "second"]
        if not low_end <= first <= high_end and low_end <= second <= high_end:
            return "Right if the second setting is the better one, but not if the first is."
        if not low_end <= second <= high_end and low_end <= first <= high_end:
            return "Right if the first setting is the better one, but not if the second is."
        if first < low_end:
            return "Too few: with so few seeds the means are in the wrong order more often than once in twenty."
        if first > high_end:
            return "Too many: fewer seeds of each are right in 95 % of repeats already."
    return None


@returns_one_number("a time")
def check_bill(bill):
    """20.3: a function of the size of a map and of its costs, the time it takes."""
    if len(inspect.signature(bill).parameters) != 5:
        return "The function takes cells, forms, workers, training and compiling, in this order."
    for cells, forms, workers, training, compiling in (
        (27, 9, 2, 0.5, 1.75),
        (270, 9, 10, 2.0, 7.0),
        (12, 3, 40, 1.0, 4.0),
    ):
        time = bill(cells, forms, workers, training, compiling)
        if abs(time - (cells * training / min(workers, cells) + forms * compiling)) < 1e-6:
            continue
        if workers > cells and abs(time - (cells * training / workers + forms * compiling)) < 1e-6:
            return "A cell is not divided among workers: with more workers than cells some have nothing to do."
        if abs(time - (cells * training + forms * compiling) / min(workers, cells)) < 1e-6:
            return "Workers do not share what they have compiled: every one of them compiles."
        if abs(time - cells * (training + compiling) / min(workers, cells)) < 1e-6:
            return "Cells of one form share what was compiled: a worker compiles a form once."
        if abs(time - (cells * training + forms * compiling)) < 1e-6:
            return "That is the time of one worker."
        return f"Not so for {cells} cells of {forms} forms on {workers} workers: add up the two terms."
    return None


CHECKS = {"20.1": check_largest_rate, "20.2": check_seeds_needed, "20.3": check_bill}
