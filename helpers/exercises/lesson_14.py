"""Checks of lesson 14: gradients through time and gates."""

import numpy as np

from helpers.exercises.answers import one_number


def _sigmoid(z):
    return 1 / (1 + np.exp(-z))


def check_halving(answer):
    """A function of the number of steps: the forget bias that leaves half."""
    if not callable(answer):
        return "Hand in the function itself, without calling it."
    steps = np.array([1, 2, 10, 50, 1000])
    got = [one_number(answer(int(s))) for s in steps]
    if None in got:
        return "The function should return one finite number for each number of steps."
    got, keep = np.array(got), 0.5 ** (1 / steps)
    right = np.log(keep / (1 - keep))
    for values, hint in (
        (right, None),
        (keep, "That is what the gate lets through; which bias gives the gate that value?"),
        (-right, "The sign is turned: a number kept for longer needs a gate further open."),
        (np.log(np.maximum(steps - 1, 1e-300)), "That leaves about 1/e; and what of a single step?"),
        (_logit(np.exp(-1 / steps)), "That leaves 1/e, not one half."),
        (np.log(keep), "That is a logarithm of the gate's value; undo the whole sigmoid."),
    ):
        if np.allclose(got, values, rtol=1e-6, atol=1e-6):
            return hint
    left = _sigmoid(got) ** steps
    if np.allclose(left, left[0], rtol=1e-6):
        return f"A share of {left[0]:.2f} is left each time, which is not one half."
    return "Apply the gate as often as there are steps, and ask what one gate must be for the product to be a half."


def _logit(p):
    return np.log(p / (1 - p))


def check_gru_rate(answer):
    """A function of the candidate's block and the update gate's bias: the spectral radius of a step."""
    if not callable(answer):
        return "Hand in the function itself, without calling it."
    rng = np.random.default_rng(0)
    cases = [(rng.normal(size=(n, n)) * size / np.sqrt(n), b) for n, size, b in _CASES]
    got = [one_number(answer(U.copy(), b)) for U, b in cases]
    if None in got:
        return "The function should return one finite number."
    for rule, hint in _RULES:
        if np.allclose(got, [rule(U, b) for U, b in cases], rtol=1e-6):
            return hint
    return "Differentiate keep * h + (1 - keep) * tanh(reset * (h U)) at h = 0, and take the largest |eigenvalue|."


_CASES = ((5, 1.0, 0.0), (8, 0.6, 1.5), (8, 3.0, -1.0), (12, 1.2, -2.0))


def _radius(matrix):
    return np.abs(np.linalg.eigvals(matrix)).max()


def _step(U, keep, reset=0.5):
    return keep * np.eye(len(U)) + (1 - keep) * reset * U


_RULES = (
    (lambda U, b: _radius(_step(U, _sigmoid(b))), None),
    (
        lambda U, b: _radius(_step(U, 1 - _sigmoid(b))),
        "That is for a gate that says how much to replace; Keras's update gate says how much to keep.",
    ),
    (lambda U, b: _radius(_step(U, _sigmoid(b), 1.0)), "There is one more gate on the way through the candidate."),
    (
        lambda U, b: _radius(_sigmoid(b) * np.eye(len(U)) + U / 4),
        "The share of the candidate changes with the bias of the update gate too.",
    ),
    (
        lambda U, b: np.linalg.norm(_step(U, _sigmoid(b)), 2),
        "That is the largest singular value, the worst first step; the law is about the long run.",
    ),
    (
        lambda U, b: _sigmoid(b) + (1 - _sigmoid(b)) / 2 * _radius(U),
        "Absolute values do not add: the largest eigenvalue of U need not be a positive number.",
    ),
    (lambda U, b: np.linalg.eigvals(_step(U, _sigmoid(b))).real.max(), "Eigenvalues may be complex or negative."),
)


def check_chrono(answer):
    """A function of (units, length, rng): the bias of an LSTM, by the times it should remember."""
    if not callable(answer):
        return "Hand in the function itself, without calling it."
    units, length = 400, 101
    bias = np.asarray(answer(units, length, np.random.default_rng(1)), dtype=float)
    if bias.shape != (4 * units,):
        return f"For {units} units the bias should have shape ({4 * units},), got {bias.shape}."
    if not np.isfinite(bias).all():
        return "Some biases are not finite: from where to where does u go?"
    enter, forget, *others = bias.reshape(4, units)
    if np.abs(others).max() > 0:
        return "Candidate and output have no such bias; look up Keras's order of the four blocks."
    if np.allclose(enter, -forget) is False:
        return "Each unit's input bias is the negative of its forget bias."
    if forget.max() < 0.1 and enter.max() > 1:
        return "The signs are turned, or the first two blocks: a long memory needs a forget gate that is open."
    if np.ptp(forget) == 0:
        return "Each unit gets a time of its own."
    times = np.exp(forget)
    if times.max() > length or times.min() < 0.99:
        return "Some of the times lie outside the range from 1 to T - 1."
    if abs(np.mean(times) - length / 2) > 4 * length / np.sqrt(12 * units):
        return "The times should be uniform between 1 and T - 1; the biases are their logarithms."
    again = np.asarray(answer(units, length, np.random.default_rng(2)), dtype=float)
    if np.array_equal(bias, again):
        return "Draw from the generator that is handed in."
    return None


CHECKS = {"14.1": check_halving, "14.2": check_gru_rate, "14.3": check_chrono}
