"""Checks of lesson 18: batch normalisation written out, its moving averages, its factor."""

import numpy as np
from scipy.special import expit

from helpers import theory
from helpers.exercises.answers import CHANGED, a_function, one_number, returns_one_number, same_arrays


@a_function
def check_batch_norm(answer):
    """18.1: a function of z, (samples, units): each column less its mean, over its standard deviation."""
    generator = np.random.default_rng(16)
    for samples, units in ((40, 6), (12, 12), (200, 3)):
        z = generator.normal(generator.normal(0, 4, units), generator.uniform(0.5, 5, units), size=(samples, units))
        given = z.copy()
        got = _array(answer(given))
        if not same_arrays([given], [z]):
            return CHANGED
        if got is None or got.shape != z.shape:
            return f"For z of shape {z.shape} the function should return an array of that shape."
        for rule, hint in _NORMALISED:
            if np.allclose(got, rule(z), rtol=0, atol=1e-4):
                if hint is not None:
                    return hint
                break
        else:
            return "Each column of what you return should have mean 0 and standard deviation 1."
    return None


def _array(answer):
    try:
        return np.asarray(answer, dtype=float)
    except (TypeError, ValueError):
        return None


def _centred(z, axis):
    return z - z.mean(axis=axis, keepdims=True)


_NORMALISED = (
    (lambda z: _centred(z, 0) / z.std(axis=0), None),
    (lambda z: _centred(z, 1) / z.std(axis=1, keepdims=True), "That is layer normalisation: within each sample."),
    (lambda z: _centred(z, None) / z.std(), "That takes one mean and one spread for all units; each has its own."),
    (lambda z: _centred(z, 0), "Each column has mean 0 now; and its spread?"),
    (lambda z: z / z.std(axis=0), "Each column has the right spread now; and its mean?"),
    (lambda z: _centred(z, 0) / z.var(axis=0), "Divide by the root of the variance, not by the variance."),
    (
        lambda z: _centred(z, 0) / z.std(axis=0, ddof=1),
        "Nearly: batch normalisation takes the mean of the squares, over all samples, not over one less.",
    ),
    (lambda z: z, "That is what came in."),
)


@returns_one_number("a number of batches")
def check_batches(answer):
    """18.2: a function of (momentum, share): the least number of batches after which less than share is left."""
    for momentum, share in ((0.9, 0.05), (0.99, 0.01), (0.9, 0.5), (0.999, 0.2), (0.8, 0.37)):
        got = answer(momentum, share)
        if got != round(got):
            return "Part of a batch cannot be had: return a whole number."
        right = int(np.floor(np.log(share) / np.log(momentum))) + 1
        if got == right:
            continue
        where = f"For momentum {momentum} and a share of {share}"
        if got == int(np.floor(np.log(1 - share) / np.log(momentum))) + 1:
            return f"{where} that is when the share has gone; the task asks when no more than it is left."
        if got == int(np.floor(np.log(share) / np.log(1 - momentum))) + 1:
            return f"{where}: which of the two, momentum or the rest, does the average keep of itself?"
        return f"{where} that is too {'few' if got < right else 'many'}. What is left after two batches?"
    return None


# E[f], E[f^2] of the activations asked about come from theory, by name; the linear one is a trap: it has factor 1
_FUNCTIONS = {
    "relu": lambda z: np.maximum(z, 0),
    "tanh": np.tanh,
    "softsign": lambda z: z / (1 + np.abs(z)),
    "sigmoid": expit,
    "linear": lambda z: z,
}


@a_function
def check_explosion(answer):
    """18.3: a function of an activation's name: E[f'^2] / Var f."""
    for name, f in _FUNCTIONS.items():
        got = one_number(answer(name))
        if got is None:
            return f"For {name!r} the function should return one number."
        slope = theory.backward_factor(name, 1.0, 1.0)
        square, mean = theory.gaussian_mean(lambda z, f=f: f(z) ** 2, 1.0), theory.gaussian_mean(f, 1.0)
        right = slope / (square - mean**2)
        if abs(got / right - 1) < 0.01:
            continue
        if abs(got * right - 1) < 0.01:
            return f"For {name} that is one over it: a gradient that passes is divided by the spread of the signal."
        if abs(got / np.sqrt(right) - 1) < 0.01:
            return f"For {name} that is the factor of the gradient; the task asks for that of its square."
        if abs(got / (slope / square) - 1) < 0.01:
            return f"For {name} that is layer norm's: what all samples share does not count for batch norm."
        if abs(got - slope) < 0.01:
            return f"For {name} that is only what the activation does to a gradient; and the division by the spread?"
        return f"Not so for {name}. Two expectations over a normal variable: one of the slope, one of the output."
    return None


CHECKS = {"18.1": check_batch_norm, "18.2": check_batches, "18.3": check_explosion}
