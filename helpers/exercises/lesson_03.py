"""Checks of lesson 03: watching the gradients."""

import numpy as np

from helpers.exercises.answers import a_function, hint_of_rule, returns_one_number


@a_function
def check_rms(answer):
    """03.1: a function of an array: its root mean square."""
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


def check_epsilon(answer):
    """03.2: the epsilon inside the root whose edge is that of 1e-7 outside it."""
    answer = float(answer)
    if answer <= 0:
        return "Epsilon is a small positive number."
    if np.isclose(answer, 1e-7, rtol=0.01, atol=0):
        return "That is its default, with which it stops far too early."
    if np.isclose(answer, np.sqrt(1e-7), rtol=0.1, atol=0):
        return "That is the |g| at which it stops now, and it would stop earlier still."
    if not np.isclose(answer, 1e-7**2, rtol=0.01, atol=0):
        return (
            "Write down at which v each denominator is made up half of epsilon: one compares "
            "sqrt(v) with it, the other v itself."
        )
    return None


@returns_one_number("a learning rate")
def check_sgd_rate(answer):
    """03.3: a function of (learning_rate, epsilon): the rate of SGD that Keras 3's RMSprop turns into."""
    settings = ((0.001, 1e-7), (0.01, 1e-8), (0.5, 0.25))
    rules = (
        (lambda rate, epsilon: rate / np.sqrt(epsilon), None),
        (lambda rate, epsilon: rate / epsilon, "That is for an epsilon outside the root, as in the legacy rule."),
        (
            lambda rate, epsilon: rate * np.sqrt(epsilon),
            "The denominator is small, so the rate must come out larger than it was.",
        ),
        (lambda rate, epsilon: rate, "Look at what the gradient is divided by when v is negligible."),
    )
    otherwise = "Set v = 0 in the Keras 3 rule; what multiplies g is the rate you look for."
    return hint_of_rule([answer(*setting) for setting in settings], settings, rules, otherwise, rtol=1e-3)


CHECKS = {"03.1": check_rms, "03.2": check_epsilon, "03.3": check_sgd_rate}
