"""The networks of the lessons: Keras models with named layers, one net or R replicas of it."""

import random

import keras

from helpers import activations
from helpers.checks import integer
from helpers.initializers import PerReplica, fresh, resolve, seed_of
from helpers.recording import replica_count
from helpers.stack import Stack


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
        kernels (i, o), biases (o,). Replicas: output (batch, R, outputs), kernels (R, i, o),
        biases (R, o).

    Raises:
        TypeError: If a width, ``replicas`` or ``seed`` is not an integer.
        ValueError: If an activation or initialiser is unknown, or a width, ``replicas`` or
            ``seed`` is too small.

    Example:
        >>> model = make_mlp("tanh", "glorot_uniform", seed=0)
        >>> [layer.name for layer in model.layers]
        ['tanh1', 'tanh2', 'tanh3', 'tanh4', 'tanh5']
        >>> make_mlp("tanh", "glorot_uniform", replicas=100, seed=0).output_shape
        (None, 100, 1)
    """
    widths = [integer("hidden", w) for w in _sequence("hidden", hidden)]
    integer("inputs", inputs)
    integer("outputs", outputs)
    if replicas is not None:
        integer("replicas", replicas)
    seed = _seed_for(initializer, seed)
    hidden_activation = activations.resolve(activation)
    last_activation = activations.resolve(output_activation, "output_activation")
    resolve(bias_initializer, name="bias_initializer")
    name = name or getattr(hidden_activation, "__name__", "mlp").strip("<>")

    layers = [keras.Input((inputs,))]
    for k, units in enumerate([*widths, outputs]):
        layers.append(
            _dense(
                units,
                last_activation if k == len(widths) else hidden_activation,
                f"{name}{k + 1}",
                (initializer, bias_initializer),
                seed,
                k,
                replicas,
            )
        )
    return keras.Sequential(layers, name=name)


def make_deep_mlp(
    activation,
    initializer,
    name=None,
    *,
    depth,
    width=64,
    normalization=None,
    residual=False,
    residual_scale=1.0,
    gated=False,
    gate_bias=-2.0,
    replicas=None,
    inputs=64,
    outputs=10,
    output_activation="softmax",
    bias_initializer="zeros",
    seed=None,
):
    """A net of ``depth`` equal blocks between a linear layer and an output layer, as one net or as R replicas.

    The blocks run in one loop, so that compiling takes hardly longer for a hundred of them than for ten. The
    layers are name1 (linear, from ``inputs`` to ``width``), name_stack (a ``stack.Stack``) and name_out. Kernels are
    those of ``make_mlp(..., hidden=(width,) * (depth + 1), seed=seed)``.

    Args:
        activation: Of the blocks: a Keras name, a function, or None for linear blocks.
        initializer: Of every kernel: as for ``make_mlp``.
        name: Of the model. Default: the activation's name.
        depth: L, the number of blocks, at least 1.
        width: n, units in each block.
        normalization: None, ``"batch"`` or ``"layer"``, as for ``stack.Stack``.
        residual: Whether blocks add to their input: ``h + f(norm(h)) W + b`` instead of ``f(norm(h W + b))``.
        residual_scale: The factor of what a residual block adds, such as ``1 / sqrt(depth)``.
        gated: Whether blocks replace only a part of their input, by gates as in highway networks.
        gate_bias: Of every gate at the start.
        replicas: R, at least 1, for a model of R nets; None for a single net.
        inputs: Number of input features.
        outputs: Number of output units.
        output_activation: As ``activation``, for the last layer.
        bias_initializer: As ``initializer``, for the biases.
        seed: As for ``make_mlp``.

    Returns:
        A built ``keras.Sequential``. Single net: output (batch, outputs), kernels (inputs, n), (L, n, n),
        (n, outputs). Replicas: output (batch, R, outputs), kernels with R in front.

    Raises:
        TypeError: If a size, ``replicas`` or ``seed`` is not an integer.
        ValueError: If an activation, initialiser or normalisation is unknown, or a size is too small.

    Source:
        See ``stack.Stack`` for the blocks.

    Example:
        >>> model = make_deep_mlp("relu", "he_normal", depth=100, normalization="layer", residual=True, seed=0)
        >>> [layer.name for layer in model.layers]
        ['relu1', 'relu_stack', 'relu_out']
    """
    for label, value in {"depth": depth, "width": width, "inputs": inputs, "outputs": outputs}.items():
        integer(label, value)
    if replicas is not None:
        integer("replicas", replicas)
    seed = _seed_for(initializer, seed)
    last_activation = activations.resolve(output_activation, "output_activation")
    recipes = (initializer, bias_initializer)
    stack = Stack(
        depth,
        activation,
        normalization=normalization,
        residual=residual,
        residual_scale=residual_scale,
        gated=gated,
        gate_bias=gate_bias,
        replicas=replicas,
        initializer=initializer,
        bias_initializer=bias_initializer,
        seed=seed,
        first=1,
    )
    name = name or getattr(stack.activation, "__name__", "mlp").strip("<>")
    stack.name = f"{name}_stack"
    first = _dense(width, None, f"{name}1", recipes, seed, 0, replicas)
    last = _dense(outputs, last_activation, f"{name}_out", recipes, seed, depth + 1, replicas)
    return keras.Sequential([keras.Input((inputs,)), first, stack, last], name=name)


def take_replica(model, index):
    """One replica of a model, as a single net with the same weights and layer names.

    Args:
        model: A model of replicas, from ``make_mlp(..., replicas=R)`` or ``make_deep_mlp(..., replicas=R)``.
        index: Which replica, from 0 to R - 1.

    Returns:
        A built ``keras.Sequential``, free of the original, with Dense layers for those of replicas.

    Raises:
        ValueError: If ``model`` is a single net.
        IndexError: If there is no such replica.

    Example:
        >>> many = make_mlp("tanh", "glorot_uniform", replicas=3, seed=0)
        >>> take_replica(many, 2).output_shape
        (None, 1)
    """
    replicas = replica_count(model)
    if replicas is None:
        raise ValueError(f"model {model.name!r} is a single net; make_mlp(..., replicas=R) makes one to take from")
    if not 0 <= index < replicas:
        raise IndexError(f"index must lie between 0 and {replicas - 1}, got {index}")
    net = keras.Sequential([keras.Input(model.input_shape[1:])], name=model.name)
    for layer in model.layers:
        if isinstance(layer, Stack):
            net.add(layer.take_replica(index))
            continue
        net.add(keras.layers.Dense(layer.kernel.shape[-1], activation=layer.activation, name=layer.name))
        net.layers[-1].set_weights([w[index] for w in layer.get_weights()])
    return net


def _seed_for(initializer, seed):
    if seed is None:
        drawn = seed_of(resolve(initializer))
        seed = random.randrange(2**31) if drawn is None else drawn
    return integer("seed", seed, minimum=0)


def _dense(units, activation, name, recipes, seed, index, replicas):
    if replicas is None:
        kernel, bias = (fresh(i, seed, layer=index, part=p) for i, p in zip(recipes, ("kernel", "bias"), strict=True))
        return keras.layers.Dense(
            units, activation=activation, kernel_initializer=kernel, bias_initializer=bias, name=name
        )
    kernel, bias = (PerReplica(i, seed, index, p) for i, p in zip(recipes, ("kernel", "bias"), strict=True))
    return keras.layers.EinsumDense(
        "bi,rio->bro" if index == 0 else "bri,rio->bro",
        output_shape=(replicas, units),
        bias_axes="ro",
        activation=activation,
        kernel_initializer=kernel,
        bias_initializer=bias,
        name=name,
    )


def _sequence(name, value):
    if not isinstance(value, list | tuple):
        raise TypeError(f"{name} must be a list of widths such as (5, 5), got {value!r}")
    return value
