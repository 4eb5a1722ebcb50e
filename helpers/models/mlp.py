"""Multilayer perceptrons: Keras models with named layers, one net or R replicas of it."""

import random

import keras

from helpers import activations, checks
from helpers.initializers import resolve, seed_of
from helpers.models.replicas import dense, row_of_layers


def make_mlp(
    activation,
    initializer,
    name=None,
    *,
    replicas=None,
    hidden=(5, 5, 5, 5),
    inputs=2,
    outputs=1,
    output_activation="sigmoid",
    bias_initializer="zeros",
    seed=None,
):
    """A multilayer perceptron, 2-5-5-5-5-1 by default, as one net or as R replicas that share their input.

    Replicas differ in their initial weights only. Replica r draws from seeds of its own; replica 0
    of any number of replicas starts from the weights of the single net with the same ``seed``.

    Args:
        activation: Of the hidden layers: a Keras name, a function, or None for linear layers.
        initializer: Of every kernel: a Keras name, object or function, taken as a recipe and
            drawn afresh for each layer and replica, with the fans of one net.
        name: Of the model; its layers are called name1, name2, ... Default: the activation's name.
        replicas: R, at least 1, for a model of R nets; None for a single net.
        hidden: Widths of the hidden layers, first to last; may be empty.
        inputs: Number of input features.
        outputs: Number of output units.
        output_activation: As ``activation``, for the last layer.
        bias_initializer: As ``initializer``, for the biases.
        seed: Integer from which all draws follow. Default: the seed in ``initializer`` if it
            has one, else one drawn from Python's generator, which ``session.start`` seeds.

    Returns:
        A built ``keras.Sequential``. Single net: input (batch, inputs), output (batch, outputs),
        kernels (i, o), biases (o,). Replicas: its attribute ``replicas`` is R, output (batch, R, outputs), kernels
        (R, i, o), biases (R, o).

    Raises:
        TypeError: If a width, ``replicas`` or ``seed`` is not an integer, or ``name`` is no text.
        ValueError: If an activation or initialiser is unknown, or a width, ``replicas``, ``seed`` or ``name`` is
            out of its range.

    Example:
        >>> model = make_mlp("tanh", "glorot_uniform", seed=0)
        >>> [layer.name for layer in model.layers]
        ['tanh1', 'tanh2', 'tanh3', 'tanh4', 'tanh5']
        >>> make_mlp("tanh", "glorot_uniform", replicas=100, seed=0).output_shape
        (None, 100, 1)
    """
    if not isinstance(hidden, list | tuple):
        raise TypeError(f"hidden must be a list of widths such as (5, 5), got {hidden!r}")
    widths = [checks.integer("hidden", units) for units in hidden]
    inputs, outputs = checks.integer("inputs", inputs), checks.integer("outputs", outputs)
    replicas = None if replicas is None else checks.integer("replicas", replicas)
    seed = seed_for(initializer, seed)
    hidden_activation = activations.resolve(activation)
    last_activation = activations.resolve(output_activation, "output_activation")
    recipes = resolve(initializer), resolve(bias_initializer, name="bias_initializer")
    name = name_for(name, hidden_activation)
    layers = [
        dense(
            units,
            last_activation if k == len(widths) else hidden_activation,
            f"{name}{k + 1}",
            recipes,
            seed,
            k,
            replicas,
        )
        for k, units in enumerate([*widths, outputs])
    ]
    return row_of_layers([keras.Input((inputs,)), *layers], name, replicas)


def seed_for(initializer, seed):
    """The seed of a model: the one given, else that of the initialiser, else one from Python's generator."""
    if seed is None:
        drawn = seed_of(resolve(initializer))
        seed = random.randrange(2**31) if drawn is None else drawn
    return checks.seed(seed)


def name_for(name, activation):
    """The name of a model: the one given, else that of its activation.

    Raises:
        TypeError: If the name is no text.
        ValueError: If it holds a slash, which Keras keeps for paths.
    """
    if name is None:
        return getattr(activation, "__name__", "mlp").strip("<>")
    if not isinstance(name, str):
        raise TypeError(f"name must be text, got {name!r}")
    if "/" in name or not name:
        raise ValueError(f"name must be text without a slash, got {name!r}")
    return name
