"""Checks of lesson 16: an orthogonal kernel, nets dead on both sides, the scatter of ReLU nets."""

import numpy as np

from helpers.exercises.answers import CHANGED, a_function, a_number


@a_function
def check_orthogonal(answer):
    """16.1: a function of a square array: whether its product with its own transpose is the identity."""
    turn = np.linalg.qr(np.random.default_rng(16).normal(size=(5, 5)))[0]
    turn[:, 0] *= np.sign(np.linalg.det(turn))
    mirror = turn * np.array([-1, 1, 1, 1, 1])
    cases = (
        (turn, True, "One that only turns keeps every length."),
        (mirror, True, "One that turns and mirrors keeps every length, too."),
        (np.eye(3), True, "The identity keeps every length."),
        (2 * turn, False, "This kernel doubles every length, though its columns stand perpendicular."),
        (np.zeros((3, 3)), False, "This kernel makes every length zero."),
        (
            np.array([[1.0, 0.6], [0.0, 0.8]]),
            False,
            "The columns of this kernel have length 1, but are not perpendicular.",
        ),
        (np.array([[1.0, 0.5], [0.0, 1.0]]), False, "Determinant 1 says that areas are kept, not lengths."),
        (np.array([[0.5, 0.0], [0.0, 2.0]]), False, "This kernel keeps areas, not lengths."),
        (
            np.array([[0.6, 0.6], [0.8, 0.8]]),
            False,
            "The columns of this kernel have length 1, but are the same.",
        ),
        (
            np.array([[0.6, 0.8], [0.8, 0.6]]),
            False,
            "The rows and the columns of this kernel have length 1, but are not perpendicular.",
        ),
        (np.diag([1.0, 0.5]), False, "This kernel lengthens no vector, but it shortens some."),
        (np.diag([1.0, 2.0]), False, "This kernel shortens no vector, but it lengthens some."),
        (
            np.diag([np.sqrt(2), 0.0]),
            False,
            "The mean of the squared singular values is 1 here, but each should be.",
        ),
    )
    for kernel, right, hint in cases:
        given = kernel.copy()
        found = answer(given)
        if not np.array_equal(given, kernel):
            return CHANGED
        if not isinstance(found, bool | np.bool_):
            return "Return True or False."
        if bool(found) != right:
            return f"{hint} Your function says {found} of it."
    return None


@a_number("a probability")
def check_both_sides(got):
    """16.2: the probability that five layers of two units are zero at 1 and at -1."""
    right, nine_layers, one_side = 0.621, 0.880, 1 - 0.75**5  # the first two from four million nets
    if abs(got - right) < 0.0105:
        return None
    if abs(got - nine_layers) < 0.0105:
        return "That is the share of nine layers; the task asks for five."
    if abs(got - one_side) < 0.0105:
        return "That is the share for one input; which of these nets are alive at the other?"
    if abs(got - one_side**2) < 0.0105:
        return "So it would be if the two sides died independently of each other; they share kernels and layers."
    if abs(got - (1 - (1 - one_side) ** 2)) < 0.0105:
        return "That counts nets that are dead on one side at least."
    if abs(got - (1 - right)) < 0.0105:
        return "That is the share of nets that are alive on a side; the task asks for the others."
    if not 0 <= got <= 1:
        return "A probability lies between 0 and 1."
    return "Send 1 and -1 through the same kernels, layer by layer, and count the nets in which both end at zero."


@a_number("what takes the place of 5", positive=True)
def check_scatter(got):
    """16.3: between 3 and 4: of the two parts of the variance, 2 and 3, an orthogonal kernel leaves the second."""
    if 2.85 <= got <= 4.7:
        return None
    if 2.1 < got < 2.85:
        return "Near, but that is what a standard deviation gives, times n / L; or your nets are too few."
    if 1.2 <= got <= 2.1:
        return "That is about what the variance itself is; the task asks for the number in front of L / n."
    if 4.7 < got <= 7.5:
        return "That is near the value of Gaussian kernels. Are yours orthogonal?"
    if got < 0.05:
        return "That is next to no scatter: is there a ReLU between the kernels, and does each net have its own draw?"
    if got < 1.2:
        return "Take the logarithm of the mean square, not of its root; then the variance over nets, times n / L."
    return "Take the natural logarithm of each net's mean square; then the variance over nets, times n / L."


CHECKS = {"16.1": check_orthogonal, "16.2": check_both_sides, "16.3": check_scatter}
