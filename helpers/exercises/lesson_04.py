"""Checks of lesson 04: which statistic of a gradient answers which question."""

import numpy as np

from helpers.exercises.answers import a_function, a_number, returns_one_number


@a_number("mean |g| of the four entries")
def check_size(answer):
    """04.1: mean |g| of a small gradient."""
    gradient = np.array([[0.3, -0.1], [-0.4, 0.2]])
    wrong = (
        (gradient.mean(), "That is the signed mean, in which the entries cancel: take sizes first, then the mean."),
        (np.abs(gradient).sum(), "That is the sum of the sizes; divide it by how many there are."),
        (np.linalg.norm(gradient), "That is the L2 norm, which squares the entries."),
        (np.sqrt(np.square(gradient).mean()), "That squares the entries; here the mean of their sizes is asked for."),
        (np.square(gradient).mean(), "That is the mean of the squares; use the sizes themselves."),
        (np.abs(gradient).max(), "That is the largest size; all entries should count."),
    )
    for value, hint in wrong:
        if np.isclose(answer, value, rtol=0.005, atol=1e-9):
            return hint
    if not np.isclose(answer, np.abs(gradient).mean(), rtol=0.005):
        return "Drop the signs of the four entries and average what is left."
    return None


@a_function
def check_rms(answer):
    """04.2: a function of an array: its root mean square."""
    gradient = np.array([[3.0, -4.0], [1.0, 2.0]])
    values = {
        "cancel": np.array([0.25, -0.25]),
        "flat": np.full((2, 3), 0.5),
        "once": gradient,
        "twice": np.concatenate([gradient, gradient]),
    }
    got = {name: np.asarray(answer(array), dtype=float) for name, array in values.items()}
    if any(value.ndim for value in got.values()):
        return "Your function returns an array; return one number for the whole gradient."
    if got["cancel"] < 0.01:
        return "For +0.25 and -0.25 yours gives nearly nothing: do something about signs first."
    if got["flat"] < 0.01:
        return "For a gradient whose entries are all equal yours gives zero: it subtracts the mean."
    if not np.isclose(got["once"], got["twice"], equal_nan=True):
        return "With every entry written twice yours changes: it depends on the number of entries."
    if np.isclose(got["once"], np.abs(gradient).mean()):
        return "That is mean |g|, an honest statistic too, but the task asks for squares."
    if np.isclose(got["once"], np.square(gradient).mean()):
        return "That is the mean square; it has the unit of the gradient squared."
    if not all(np.isclose(got[name], np.sqrt(np.square(values[name]).mean())) for name in values):
        return "Say the name backwards: square the entries, average, then take the root."
    return None


@returns_one_number("how far the kernel moved, as a share of its length")
def check_update_ratio(answer):
    """04.3: a function of (before, after): the length of the move divided by the length before it."""
    before, after = np.array([[3.0, -4.0], [1.0, 2.0]]), np.array([[3.5, -3.0], [0.5, 4.0]])
    before_length, after_length = np.linalg.norm(before), np.linalg.norm(after)
    moved = np.linalg.norm(after - before)
    found = answer(before.copy(), after.copy())
    wrong = (
        (moved, "That is how far it moved; divide by how long the kernel was."),
        (before_length / moved, "That is upside down: the move belongs above the line."),
        (moved / after_length, "You divide by the length after the move; the task asks for that before it."),
        (
            abs(after_length - before_length) / before_length,
            "You compare two lengths; a kernel that turns keeps its length, but it moves. Subtract the kernels first.",
        ),
        (after_length / before_length, "That is how the length grew; subtract the kernels first."),
        ((moved / before_length) ** 2, "That is the square of the ratio; take the roots."),
        (np.mean((after - before) / before), "You average signed ratios of single weights, and they cancel."),
        (
            np.mean(np.abs((after - before) / before)),
            "You divide weight by weight, and a weight near zero would decide; divide one length by another.",
        ),
    )
    for value, hint in wrong:
        if np.isclose(found, value):
            return hint
    if not np.isclose(found, moved / before_length):
        return "Take the L2 norm of what changed, and divide it by the L2 norm of the kernel before."
    return None


CHECKS = {"04.1": check_size, "04.2": check_rms, "04.3": check_update_ratio}
