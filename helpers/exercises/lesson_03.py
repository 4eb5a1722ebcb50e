"""Checks of lesson 03: watching the gradients."""

from itertools import pairwise

import keras
import numpy as np
import tensorflow as tf

from helpers.exercises.answers import a_function, hint_of_rule, one_number, returns_one_number
from helpers.models import make_mlp


@returns_one_number("the bound")
def check_slope_bound(answer):
    """03.1: a function of a number of sigmoid layers: the largest value of the product of their slopes."""
    cases = [(1,), (2,), (4,), (7,)]
    rules = (
        (lambda n: 0.25**n, None),
        (lambda n: 0.25 * n, "That is a sum of slopes, and it grows with depth; the chain rule multiplies them."),
        (lambda n: 0.25 / n, "Each further layer multiplies again; yours only divides by the number of layers."),
        (lambda n: 0.25 ** (n - 1), "Yours is 1 for one layer, but that layer has a slope already."),
        (lambda n: 0.25 ** (n + 1), "One slope too many: the output layer's is not asked for."),
        (lambda n: 0.5**n, "A half is the sigmoid's value at 0; what is its slope there?"),
        (lambda n: 1.0, "That is the largest slope of tanh or ReLU; read the sigmoid's off the figure."),
        (lambda n: 4.0**n, "Yours grows with depth, and a product of numbers below 1 cannot."),
        (lambda n: 1 / 256, "That is for four layers; use the argument."),
        (lambda n: 0.25, "That is for one layer; use the argument."),
    )
    otherwise = "What is the largest slope of one layer? Two layers multiply two of these."
    return hint_of_rule([answer(*case) for case in cases], cases, rules, otherwise)


@returns_one_number("the factor of one step back")
def check_factor_per_step(answer):
    """03.2: a function of sizes, first layer to last: the factor per step that takes the last to the first."""
    cases = [([0.001, 0.03, 0.02, 0.05],), ([0.5, 0.001, 8.0],), ([2.0, 3.0],), ([0.0002, 0.001, 0.002, 0.03, 0.04],)]
    rules = (
        (lambda s: (s[0] / s[-1]) ** (1 / (len(s) - 1)), None),
        (lambda s: s[0] / s[-1], "That is what all the steps together make of it; look for the factor of one."),
        (lambda s: s[-1] / s[0], "That is last over first, and of all the steps together; the gradient travels back."),
        (
            lambda s: (s[-1] / s[0]) ** (1 / (len(s) - 1)),
            "Yours is above 1 where the gradient shrinks: which size does the gradient start from?",
        ),
        (
            lambda s: (s[0] / s[-1]) ** (1 / len(s)),
            "You count the layers; how many steps are there between the first and the last?",
        ),
        (
            lambda s: (s[0] / s[-1]) / (len(s) - 1),
            "Factors multiply: dividing by the number of steps does not undo that.",
        ),
        (
            lambda s: np.mean([a / b for a, b in pairwise(s)]),
            "That is the mean of the factors; applied at every step it does not take the last size to the first.",
        ),
        (
            lambda s: np.median([a / b for a, b in pairwise(s)]),
            "That is the median of the factors; applied at every step it does not take the last size to the first.",
        ),
    )
    otherwise = (
        "Call the factor f. After one step back the last size s is f * s, after two f * f * s; go on to the first."
    )
    return hint_of_rule([answer(np.array(sizes)) for (sizes,) in cases], cases, rules, otherwise)


@a_function
def check_gradient_norms(answer):
    """03.3: a function of (model, loss_fn, x, target): {layer: L2 norm of the gradient of its kernel}."""
    net = make_mlp("tanh", "glorot_uniform", hidden=(4, 3), bias_initializer="ones", seed=3)
    x = np.array([[0.2, -1.0], [1.5, 0.3], [-0.7, 0.8], [0.1, 0.4]])
    target = np.array([[0.0], [1.0], [1.0], [0.0]])
    loss_fn = keras.losses.MeanSquaredError()
    with tf.GradientTape() as tape:
        loss = loss_fn(target, net(x))
    weights = [v.value for v in net.trainable_variables]
    gradients = [np.asarray(g) for g in tape.gradient(loss, weights)]
    kernels, biases = gradients[::2], gradients[1::2]
    before = net.get_weights()
    given = answer(net, loss_fn, x, target)
    if any(not np.array_equal(w, b) for w, b in zip(net.get_weights(), before, strict=True)):
        return "Your function changes the weights of the model; it should only look."
    if not isinstance(given, dict):
        return "The function should return a dictionary: a norm for the name of each layer."
    names = [layer.name for layer in net.layers]
    if set(given) != set(names):
        return f"The keys should be the names of the layers, {', '.join(names)}, each with one norm."
    found = [one_number(given[name]) for name in names]
    if None in found:
        return "Give one finite number for each layer: the norm of its kernel's gradient."
    rules = (
        (lambda k: np.linalg.norm(kernels[k]), None),
        (lambda k: np.linalg.norm(before[2 * k]), "These are still the norms of the weights: where do gradients go?"),
        (lambda k: np.linalg.norm(biases[k]), "These belong to the biases; the task asks for the kernels."),
        (
            lambda k: np.sqrt(np.square(kernels[k]).sum() + np.square(biases[k]).sum()),
            "Yours takes in the biases; the task asks for the kernels alone.",
        ),
        (lambda k: np.square(kernels[k]).sum(), "That is the sum of squares; its root is missing."),
        (lambda k: np.std(kernels[k]), "That is the standard deviation; the task asks for the L2 norm."),
        (lambda k: np.sqrt(np.square(kernels[k]).mean()), "That is the root of a mean of squares, not of their sum."),
        (lambda k: np.abs(kernels[k]).sum(), "That is the sum of |g|, the L1 norm."),
        (lambda k: np.abs(kernels[k]).mean(), "That is the mean of |g|; the task asks for the L2 norm."),
        (lambda k: np.abs(kernels[k]).max(), "That is the largest entry; the task asks for the L2 norm."),
        (lambda k: np.linalg.norm(kernels[k], 2), "That is the largest singular value; take the root of all squares."),
        (lambda k: np.linalg.norm(kernels[-1 - k]), "Right norms under wrong names: their order is turned round."),
        (
            lambda k: len(x) * np.linalg.norm(kernels[k]),
            "Yours is the gradient of a loss summed over the samples; take loss_fn as it is.",
        ),
    )
    otherwise = "For each layer: the gradient of the loss with respect to its kernel, squared, summed, then the root."
    return hint_of_rule(found, [(k,) for k in range(len(names))], rules, otherwise)


CHECKS = {"03.1": check_slope_bound, "03.2": check_factor_per_step, "03.3": check_gradient_norms}
