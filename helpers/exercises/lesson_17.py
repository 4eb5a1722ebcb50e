"""Checks of lesson 17: exploding gradients and clipping."""

import numpy as np

from helpers.exercises.answers import CHANGED, a_function, a_number, hint_of_rule, returns_one_number, same_arrays


@a_function
def check_clip(answer):
    """17.1: a function of (gradients, c): the list of gradients, scaled to a common norm of at most c."""
    generator = np.random.default_rng(12)
    large = [generator.normal(size=(3, 4)), generator.normal(size=(4,)) * 5]
    norm = _norm(large)
    for gradients, c in ((large, norm / 7), (large, 1.0), (large, norm * 2)):
        given = [g.copy() for g in gradients]
        with np.errstate(all="ignore"):
            got = answer(given, c)
        if not same_arrays(given, gradients):
            return CHANGED
        hint = _compare(got, gradients, c)
        if hint:
            return hint
    with np.errstate(all="ignore"):
        zero = answer([np.zeros((2, 2)), np.zeros(3)], 1.0)
    if not all(np.array_equal(g, np.zeros_like(g)) for g in zero) or len(zero) != 2:
        return "A gradient of zeros should stay one: what do you divide by?"
    return None


def _compare(got, gradients, c):
    if not isinstance(got, list | tuple) or [np.shape(g) for g in got] != [g.shape for g in gradients]:
        return "Return a list of arrays, as many and of the same shapes as you were given."
    norm = _norm(gradients)
    right = [g * min(1, c / norm) for g in gradients]
    if _close(got, right):
        return None
    if c > norm:
        return "A gradient whose norm is below c should come back as it was."
    if _close(got, [np.clip(g, -c, c) for g in gradients]):
        return "That cuts every entry by itself, and turns the direction."
    if _close(got, [g * min(1, c / np.linalg.norm(g)) for g in gradients]):
        return "That gives each array a norm of its own; the task asks for one over all of them."
    if _close(got, [g * min(1, c / sum(np.linalg.norm(h) for h in gradients)) for g in gradients]):
        return "Norms of parts do not add up to the norm of the whole; what does?"
    if _close(got, [g * min(1, c / norm**2) for g in gradients]):
        return "You divide by the square of the norm."
    flat, before = (np.concatenate([np.ravel(a) for a in arrays]) for arrays in (got, gradients))
    if not np.isfinite(flat).all() or not flat.any():
        return "An ordinary gradient comes back as zeros or not finite."
    cosine = flat @ before / np.linalg.norm(flat) / np.linalg.norm(before)
    if cosine < 1 - 1e-9:
        return "The direction has changed: use one factor for everything."
    return f"The direction is right, but for c = {c:.3g} the common norm comes out as {np.linalg.norm(flat):.3g}."


@a_number("the w at which the wall begins")
def check_wall(w):
    """17.2: the w from which on the factor of one step at x = 0.5 exceeds 1."""
    sigmoid = 1 / (1 + np.exp(-0.5))
    slope = sigmoid * (1 - sigmoid)
    if abs(w - 1 / slope) <= 0.0051:
        return None
    if abs(w - 4) <= 0.01:
        return "There a sigmoid at its steepest has a factor of 1; but the state is not at its steepest point."
    if abs(w - 1 / sigmoid) <= 0.01:
        return "That makes w times the sigmoid itself 1; which derivative does the chain rule ask for?"
    if abs(w - slope) <= 0.01:
        return "That is what the sigmoid contributes to the factor; what must w contribute?"
    if abs(w - 1 / slope) <= 0.1:
        return "Near. Give it to two decimals."
    return "Write down by what one step multiplies the gradient while x stays at 0.5, and when that grows."


@returns_one_number("a distance")
def check_reach(answer):
    """17.3: a function of (c, rate, steps): the longest way of clipped SGD."""
    settings = ((1.0, 0.1, 100), (0.03, 0.2, 60), (5.0, 0.01, 7))
    rules = (
        (lambda c, rate, steps: c * rate * steps, None),
        (
            lambda c, rate, steps: c * steps,
            "That is the sum of the gradients' norms; a step is shorter than its gradient.",
        ),
        (lambda c, rate, steps: c * rate, "That is one step."),
        (
            lambda c, rate, steps: c * rate * np.sqrt(steps),
            "So far a random walk gets; the longest way has all steps in one direction.",
        ),
    )
    otherwise = "How long is one step at most, and what if all of them point the same way?"
    return hint_of_rule([answer(*setting) for setting in settings], settings, rules, otherwise)


def _norm(arrays):
    return np.sqrt(sum(np.square(a).sum() for a in arrays))


def _close(got, expected):
    return all(np.allclose(a, b, rtol=1e-6, atol=1e-12) for a, b in zip(got, expected, strict=True))


CHECKS = {"17.1": check_clip, "17.2": check_wall, "17.3": check_reach}
