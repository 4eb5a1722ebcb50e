"""Nets of many equal blocks, which compile as fast as nets of few."""

import keras

from helpers import activations, checks
from helpers.initializers import resolve
from helpers.models.mlp import name_for, seed_for
from helpers.models.replicas import dense, row_of_layers
from helpers.models.stack import Stack


def make_deep_mlp(
    activation,
    initializer,
    name=None,
    *,
    depth,
    width=64,
    block=None,
    replicas=None,
    inputs=64,
    outputs=10,
    output_activation="softmax",
    bias_initializer="zeros",
    seed=None,
):
    """A net of ``depth`` equal blocks between a linear layer and an output layer, as one net or as R replicas.

    The blocks run in one loop, so that compiling takes hardly longer for a hundred of them than for ten. The
    layers are name1 (linear, from ``inputs`` to ``width``), name_stack (a Stack) and name_out. Kernels are
    those of ``make_mlp(..., hidden=(width,) * (depth + 1), seed=seed)``.

    Args:
        activation: Of the blocks: a Keras name, a function, or None for linear blocks.
        initializer: Of every kernel: as for ``make_mlp``.
        name: Of the model. Default: the activation's name.
        depth: L, the number of blocks, at least 1.
        width: n, units in each block.
        block: A Block, which says whether blocks normalise, add to their input or have gates; None for plain ones.
        replicas: R, at least 1, for a model of R nets; None for a single net.
        inputs: Number of input features.
        outputs: Number of output units.
        output_activation: As ``activation``, for the last layer.
        bias_initializer: As ``initializer``, for the biases.
        seed: As for ``make_mlp``.

    Returns:
        A built ``keras.Sequential``. Single net: output (batch, outputs), kernels (inputs, n), (L, n, n),
        (n, outputs). Replicas: its attribute ``replicas`` is R, output (batch, R, outputs), kernels with R in front.

    Raises:
        TypeError: If a size, ``replicas`` or ``seed`` is not an integer, or ``block`` is no Block.
        ValueError: If an activation or initialiser is unknown, or a size is too small.

    Source:
        See Block for the blocks.

    Example:
        >>> from helpers.models import Block
        >>> block = Block(normalization="layer", residual=True)
        >>> model = make_deep_mlp("relu", "he_normal", depth=100, block=block, seed=0)
        >>> [layer.name for layer in model.layers]
        ['relu1', 'relu_stack', 'relu_out']
    """
    width, inputs, outputs = (
        checks.integer(label, value) for label, value in (("width", width), ("inputs", inputs), ("outputs", outputs))
    )
    replicas = None if replicas is None else checks.integer("replicas", replicas)
    seed = seed_for(initializer, seed)
    unit = activations.resolve(activation)
    last_activation = activations.resolve(output_activation, "output_activation")
    recipes = resolve(initializer), resolve(bias_initializer, name="bias_initializer")
    name = name_for(name, unit)
    stack = Stack(
        depth,
        unit,
        block,
        replicas=replicas,
        initializer=recipes[0],
        bias_initializer=recipes[1],
        seed=seed,
        first=1,
        name=f"{name}_stack",
    )
    first = dense(width, None, f"{name}1", recipes, seed, 0, replicas)
    last = dense(outputs, last_activation, f"{name}_out", recipes, seed, depth + 1, replicas)
    return row_of_layers([keras.Input((inputs,)), first, stack, last], name, replicas)
