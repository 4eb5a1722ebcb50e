"""Checks of lesson 06: Glorot's rule on the circles."""

import numpy as np

from helpers.exercises.answers import a_number, hint_of_rule, returns_one_number


@a_number("the limit", positive=True)
def check_limit(limit):
    """06.1: the limit of Glorot's rule for 30 inputs and 20 units."""
    rules = (
        (lambda n_in, n_out: np.sqrt(6 / (n_in + n_out)), None),
        (lambda n_in, n_out: 6 / (n_in + n_out), "That is the square of the limit: take the root of the sum, too."),
        (
            lambda n_in, n_out: np.sqrt(2 / (n_in + n_out)),
            "That is the standard deviation of the weights; a uniform distribution reaches further.",
        ),
        (lambda n_in, n_out: 2 / (n_in + n_out), "That is the variance of the weights, not how far they reach."),
        (lambda n_in, n_out: np.sqrt(6) / (n_in + n_out), "Take the root of the sum of the widths, too."),
        (
            lambda n_in, n_out: np.sqrt(6) / (np.sqrt(n_in) + np.sqrt(n_out)),
            "Add the two widths first, then take the root.",
        ),
        (lambda n_in, n_out: np.sqrt(6 / (n_in * n_out)), "The rule adds the two widths; it does not multiply them."),
        (lambda n_in, n_out: np.sqrt(6 / n_in), "The units count as well as the inputs."),
        (lambda n_in, n_out: np.sqrt(6 / n_out), "The inputs count as well as the units."),
        (lambda n_in, n_out: 2 * np.sqrt(6 / (n_in + n_out)), "That is from end to end; give the upper end alone."),
        (lambda n_in, n_out: np.sqrt(6 / 10), "That is for layers of five, as in the first figure."),
    )
    return hint_of_rule([limit], [(30, 20)], rules, "Put 30 and 20 into the formula of Glorot's rule.", rtol=0.02)


@a_number("the scale", positive=True)
def check_scale(scale):
    """06.2: the scale of VarianceScaling that makes up for a slope of 1/6."""
    rules = (
        (lambda slope: slope**-2, None),
        (lambda slope: 1 / slope, "That multiplies the limit; the scale multiplies the variance."),
        (lambda slope: slope**2, "Upside down: a small slope asks for large kernels."),
        (lambda slope: slope, "Upside down: a small slope asks for large kernels."),
        (lambda slope: 3 * slope**-2, "The factor 3 of a uniform distribution is taken care of by Keras."),
        (lambda slope: slope**-4, "You squared twice: once takes you from the limit to the variance."),
        (lambda slope: 16, "That is for the sigmoid of the lesson, whose slope is another."),
        (lambda slope: 4, "That is for the limit of the sigmoid of the lesson."),
        (lambda slope: 1, "That is Glorot's rule itself, which takes the slope to be 1."),
    )
    otherwise = "By what must the limit be multiplied to undo the slope? And what does that do to the variance?"
    return hint_of_rule([scale], [(1 / 6,)], rules, otherwise, rtol=0.005)


@returns_one_number("a standard deviation")
def check_suited_std(suited_std):
    """06.3: a function of (n, slope): the standard deviation that makes kernel size times slope 1."""
    cases = ((5, 0.25), (64, 0.25), (100, 1.0), (7, 0.6))
    rules = (
        (lambda n, slope: 1 / (slope * np.sqrt(n)), None),
        (lambda n, slope: 1 / (slope**2 * n), "That is the variance; the function should return its root."),
        (lambda n, slope: 1 / (slope * n), "Kernel size holds the root of n, not n."),
        (lambda n, slope: 1 / np.sqrt(n), "That is right for slope 1 only: where is the slope?"),
        (lambda n, slope: slope / np.sqrt(n), "A smaller slope asks for larger kernels; yours get smaller."),
        (lambda n, slope: np.sqrt(n) / slope, "Wider layers ask for smaller weights; yours get larger."),
        (lambda n, slope: 1 / slope, "The more units are added up, the smaller each weight: where is n?"),
        (lambda n, slope: np.sqrt(3 / n) / slope, "That is the limit of a uniform distribution, not its deviation."),
        (lambda n, slope: 1 / np.sqrt(slope * n), "The slope stands outside the root: it multiplies a size."),
        (lambda n, slope: slope * np.sqrt(n), "That is the product at standard deviation 1; make it 1."),
    )
    otherwise = "Write down sqrt(n) * std * slope = 1 and solve it for std."
    return hint_of_rule([suited_std(*case) for case in cases], cases, rules, otherwise, rtol=1e-3)


CHECKS = {"06.1": check_limit, "06.2": check_scale, "06.3": check_suited_std}
