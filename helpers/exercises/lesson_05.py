"""Checks of lesson 05: what an optimiser hides."""

import numpy as np

from helpers.exercises.answers import a_number, hint_of_rule, returns_one_number


@a_number("an epsilon", positive=True)
def check_epsilon(answer):
    """05.1: the epsilon under the root whose edge is that of PyTorch's 1e-8 outside it."""
    outside = 1e-8
    rules = (
        (lambda: outside**2, None),
        (lambda: 1e-7, "That is the default of Keras, with which it stops far too early."),
        (lambda: outside, "That is PyTorch's own number, but here it goes under a root."),
        (lambda: np.sqrt(outside), "That is the |g| at which the number of PyTorch would stop Keras: far too early."),
        (lambda: 1e-14, "That moves the edge to where the legacy rule of Keras has it; PyTorch's lies lower."),
    )
    otherwise = (
        "Write down at which v epsilon equals what it is added to: one compares sqrt(v) with it, the other v itself."
    )
    return hint_of_rule([answer], [()], rules, otherwise, rtol=0.01)


@returns_one_number("a learning rate")
def check_sgd_rate(answer):
    """05.2: a function of (learning_rate, epsilon): the rate of SGD that Keras 3's RMSprop turns into."""
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


CHECKS = {"05.1": check_epsilon, "05.2": check_sgd_rate}
