"""Checks of lesson 22: a thousand runs."""

import inspect

import numpy as np
from scipy.stats import binom

from helpers.exercises.answers import hint_of_rule, returns_one_number


@returns_one_number("a failure rate")
def check_largest_rate(largest_rate):
    """22.1: a function of n, the largest failure rate that n clean runs leave possible."""
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
        if abs(rate - 3 / n) < 1e-3:
            return "The rule of three is a good guess for many runs; solve the equation, which holds for few, too."
        if abs(rate - 1 / n) < 1e-3 or abs(rate - 1 / (n + 1)) < 1e-3:
            return "At that rate a clean experiment is not rare yet: compute how often it happens."
        return f"Not so for n={n}. How likely are n runs without a failure, if each fails with probability p?"
    return None


@returns_one_number("a number of seeds, at least 1, whichever setting is better")
def check_seeds_needed(seeds_needed):
    """22.2: a function of the scores of two settings, the number of seeds that ranks their means."""
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


@returns_one_number("a probability")
def check_surprise(surprise):
    """22.3: a function of (rate, runs, failures, settings), the chance of as many failures in at least one setting."""
    if len(inspect.signature(surprise).parameters) != 4:
        return "The function takes rate, runs, failures and settings, in this order."
    cases = (0.21, 12, 7, 18), (0.1, 5, 2, 3), (0.3, 8, 0, 4), (0.5, 3, 3, 1), (0.02, 20, 1, 40)
    rules = (
        (lambda p, n, k, m: 1 - (1 - binom.sf(k - 1, n, p)) ** m, None),
        (lambda p, n, k, m: binom.sf(k - 1, n, p), "That is the chance for one setting; there are several."),
        (lambda p, n, k, m: binom.pmf(k, n, p), "That is one setting, and exactly so many failures: more count, too."),
        (lambda p, n, k, m: 1 - (1 - binom.pmf(k, n, p)) ** m, "More failures than that are a surprise as well."),
        (lambda p, n, k, m: 1 - (1 - binom.sf(k, n, p)) ** m, "As many failures as that count, not only more."),
        (
            lambda p, n, k, m: m * binom.sf(k - 1, n, p),
            "Chances add up only where one excludes the other.",
        ),
        (
            lambda p, n, k, m: min(1, m * binom.sf(k - 1, n, p)),
            "An upper bound: two settings can do it at once.",
        ),
        (lambda p, n, k, m: binom.sf(k - 1, n, p) ** m, "That is the chance that all settings do it; one is enough."),
        (lambda p, n, k, m: (1 - binom.sf(k - 1, n, p)) ** m, "That is the chance that no setting does it."),
    )
    otherwise = "First one setting: how likely are so many failures or more? Then: how likely is it that none has them?"
    return hint_of_rule([surprise(*case) for case in cases], cases, rules, otherwise, rtol=1e-4, atol=1e-9)


CHECKS = {"22.1": check_largest_rate, "22.2": check_seeds_needed, "22.3": check_surprise}
