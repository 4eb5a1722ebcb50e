"""Checks of lesson 11: breaking the symmetry."""

import numpy as np

from helpers.exercises.answers import a_function, a_number, same_arrays, two_numbers


@a_function
def check_reorder(answer):
    """11.1: a function of (weights, order): the same net with its hidden units in that order."""
    rng = np.random.default_rng(0)
    points = rng.standard_normal((20, 2))
    order = [2, 0, 4, 1, 3]  # not its own inverse
    weights = [rng.standard_normal(shape) for shape in ((2, 5), (5,), (5, 1), (1,))]
    got = answer([w.copy() for w in weights], list(order))
    if not isinstance(got, list | tuple) or len(got) != len(weights):
        return "Return a list of four arrays, in the order in which they came."
    got = [np.asarray(w) for w in got]
    if any(g.shape != w.shape for g, w in zip(got, weights, strict=True)):
        return "A shape has changed: every array keeps its own; along which axis of each do the units lie?"
    if same_arrays(got, weights):
        return "Nothing has moved yet."
    if not np.allclose(_outputs(got, points), _outputs(weights, points), rtol=0, atol=1e-12):
        return "The net gives other outputs than before. A unit has three kinds of weights; they must travel together."
    if np.array_equal(got[0][:, order], weights[0]):
        return "Same outputs, but the order is undone instead of applied: which way round does the task read?"
    if not np.array_equal(got[0], weights[0][:, order]):
        return "Same outputs, but the units do not stand in the order asked for."
    return None


def _outputs(weights, points):
    kernel, bias, output_kernel, output_bias = weights
    return np.tanh(points @ kernel + bias) @ output_kernel + output_bias


@a_function
def check_rates_of_one(answer):
    """11.2: a function of (rate, width): the rates of the 2-1-1 net, (hidden, output)."""
    settings = ((0.2, 5), (0.3, 1), (1.0, 8))
    got = []
    for rate, width in settings:
        pair = two_numbers(answer(rate, width))
        if pair is None or (pair <= 0).any():
            return "Return two positive numbers, the rate of the hidden layer and that of the output kernel."
        got.append(pair)
    got = np.array(got)
    hidden, output = np.array([(rate / width, rate * width) for rate, width in settings]).T
    if not np.allclose(got[1], 0.3):
        return "A width of one is no change at all: the rates should stay what they are."
    right_hidden, right_output = np.allclose(got[:, 0], hidden), np.allclose(got[:, 1], output)
    if right_hidden and right_output:
        return None
    if np.allclose(got, np.column_stack([output, hidden])):
        return "Right numbers, wrong places: the pair is (hidden, output)."
    if right_output:
        return (
            "The output kernel's rate is right. In the hidden gradient stands the output weight: it is larger now, "
            "but the hidden weights should move as before."
        )
    if right_hidden:
        return (
            "The hidden rate is right. When every output weight of the wide net moves by a little, "
            "by how much does their sum move?"
        )
    return "Write both nets' gradients down: which contain the output weight, and which one is a sum over units?"


@a_number("a whole number of layers")
def check_layers(layers):
    """11.3: the number of float32 factors 1/4 that take 1 to zero."""
    if layers != round(layers):
        return "Layers come whole: after which one is the product exactly zero?"
    if layers in (63, 64):
        return "That is where the normal numbers end, or where TensorFlow flushes to zero; NumPy has smaller ones."
    if layers in (537, 538):
        return "That is the answer for float64. Is every factor, and every product, a np.float32?"
    if layers == 74:
        return "Almost: look at what is left after that many layers."
    if layers == 76:
        return "A layer too many: does half of the smallest number round up or down?"
    if layers in (149, 150):
        return "That counts factors of one half."
    if layers != 75:
        return "Compute it: start at np.float32(1), multiply by np.float32(0.25) until nothing is left, and count."
    return None


CHECKS = {"11.1": check_reorder, "11.2": check_rates_of_one, "11.3": check_layers}
