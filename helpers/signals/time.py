"""The gradient that comes back to each time step of a recurrent net."""

import numpy as np
import tensorflow as tf

from helpers.engine import fit_data, sample_losses
from helpers.models import ReplicaRNN
from helpers.recording import LayerHistory


def gradients_through_time(model, X, y, loss="mse"):
    """The gradient of the loss with respect to the state after each step: the ruler of lesson 20.

    Args:
        model: From ``make_rnn(..., replicas=R)``.
        X: Inputs, (n, length, inputs).
        y: Targets, (n,) or (n, outputs).
        loss: A Keras name, function or Loss object, averaged over the samples.

    Returns:
        A LayerHistory with a "layer" for each state, ``"h"`` and for an LSTM ``"c"``, each (length, R, n,
        units); step t is the state after t inputs, 1 to length. A state's gradient counts all ways by
        which it reaches the loss.

    Raises:
        ValueError: If the model is of another kind, or X and y do not fit it.

    Source:
        R. Pascanu, T. Mikolov and Y. Bengio (2013), "On the difficulty of training recurrent neural networks".

    Example:
        >>> from helpers import data, models
        >>> model = models.make_rnn("gru", length=50, replicas=3, seed=0)
        >>> gradients_through_time(model, *data.adding_problem(8, 50))["h"].shape
        (50, 3, 8, 32)
    """
    first = model.layers[0] if model.layers else None
    if not isinstance(first, ReplicaRNN):
        raise ValueError(f"model {model.name!r} does not start with replicas; use make_rnn(..., replicas=1) or more")
    X, y = fit_data(model, X, y, loss)
    with tf.GradientTape() as tape:
        inputs = tf.constant(X)
        tape.watch(inputs)  # the tape also watches all that follows from it
        states = first.unroll(inputs)
        outputs = tf.transpose(states[-1][0], (1, 0, 2))
        for layer in model.layers[1:]:
            outputs = layer(outputs)
        total = tf.reduce_sum(tf.reduce_mean(sample_losses(loss, y, outputs, first.replicas), axis=0))
    gradients = tape.gradient(total, states, unconnected_gradients="zero")
    names = first.state_names
    layers = {name: np.stack([g[k].numpy() for g in gradients]) for k, name in enumerate(names)}
    return LayerHistory("gradient", np.arange(1, len(states) + 1), layers, first.replicas)
