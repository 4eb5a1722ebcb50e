"""R nets in one model: their layers, the model that says how many they are, and one of them taken out."""

import keras

from helpers.checks import integer
from helpers.initializers import PerReplica, fresh
from helpers.recording import replica_count


@keras.saving.register_keras_serializable(package="helpers")
class Replicas(keras.Model):
    """A model that holds R nets side by side, each with weights of its own.

    It is made as any functional model, ``Replicas(inputs, outputs)``, of layers whose weights lead with R, and can be
    saved, loaded, copied and cloned as such.

    Attributes:
        replicas: R, the second axis of its outputs, which are (batch, R, ...).
        layers: Its layers, first to last; as in a ``keras.Sequential``, without that of the input.

    Example:
        >>> from helpers import models
        >>> many = models.make_mlp("tanh", "glorot_uniform", replicas=3, seed=0)
        >>> many.replicas, keras.models.clone_model(many).replicas
        (3, 3)
    """

    @property
    def replicas(self):
        """The number of nets."""
        return self.output_shape[1]

    @property
    def layers(self):
        """The layers, first to last, without that of the input."""
        return [layer for layer in super().layers if not isinstance(layer, keras.layers.InputLayer)]


def row_of_layers(layers, name, replicas):
    """A model of layers one after the other: ``keras.Sequential``, or Replicas if there is a number of them."""
    if replicas is None:
        return keras.Sequential(layers, name=name)
    inputs, *rest = layers
    outputs = inputs
    for layer in rest:
        outputs = layer(outputs)
    return Replicas(inputs, outputs, name=name)


def dense(units, activation, name, recipes, seed, index, replicas):
    """A dense layer of one net, or of R nets that share their input if it is the first.

    Args:
        units: Width of the output.
        activation: As Keras takes it.
        name: Of the layer.
        recipes: Initialisers of the kernel and of the bias.
        seed: Of the whole model.
        index: Of the layer in its model, 0 for the first.
        replicas: R, or None for one net.

    Returns:
        A ``keras.layers.Dense``, or an EinsumDense with kernel (R, inputs, units) and bias (R, units).
    """
    parts = list(zip(recipes, ("kernel", "bias"), strict=True))
    if replicas is None:
        kernel, bias = (fresh(recipe, seed, layer=index, part=part) for recipe, part in parts)
        return keras.layers.Dense(
            units, activation=activation, kernel_initializer=kernel, bias_initializer=bias, name=name
        )
    kernel, bias = (PerReplica(recipe, seed, index, part) for recipe, part in parts)
    return keras.layers.EinsumDense(
        "bi,rio->bro" if index == 0 else "bri,rio->bro",
        output_shape=(replicas, units),
        bias_axes="ro",
        activation=activation,
        kernel_initializer=kernel,
        bias_initializer=bias,
        name=name,
    )


def take_replica(model, index):
    """One replica of a model, as a single net with the same weights and layer names.

    Args:
        model: A model of replicas, from ``make_mlp(..., replicas=R)`` or ``make_deep_mlp(..., replicas=R)``.
        index: Which replica, from 0 to R - 1.

    Returns:
        A built ``keras.Sequential``, free of the original, with Dense layers for those of replicas.

    Raises:
        TypeError: If ``index`` is not an integer.
        ValueError: If ``model`` is a single net, or has a layer of another kind.
        IndexError: If there is no such replica.

    Example:
        >>> from helpers import models
        >>> many = models.make_mlp("tanh", "glorot_uniform", replicas=3, seed=0)
        >>> take_replica(many, 2).output_shape
        (None, 1)
    """
    replicas = replica_count(model)
    if replicas is None:
        raise ValueError(f"model {model.name!r} is a single net; make_mlp(..., replicas=R) makes one to take from")
    index = integer("index", index, minimum=-(2**31))
    if not 0 <= index < replicas:
        raise IndexError(f"index must lie between 0 and {replicas - 1}, got {index}")
    net = keras.Sequential([keras.Input(model.input_shape[1:], dtype=model.inputs[0].dtype)], name=model.name)
    for layer in model.layers:
        if hasattr(layer, "take_replica"):
            net.add(layer.take_replica(index))
        elif isinstance(layer, keras.layers.EinsumDense):
            net.add(
                keras.layers.Dense(
                    layer.kernel.shape[-1], activation=layer.activation, name=layer.name, dtype=layer.dtype_policy
                )
            )
            net.layers[-1].set_weights([w[index] for w in layer.get_weights()])
        else:
            raise ValueError(
                f"model {model.name!r}: a replica of {layer.name!r}, a {type(layer).__name__}, cannot be taken"
            )
    return net
