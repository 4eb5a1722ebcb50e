"""The layers of a net that hold kernels, and what suits them."""

from dataclasses import dataclass

import keras
import numpy as np

from helpers.recording.naming import named_layers

RELU_LIKE = ("relu", "leaky_relu", "elu", "relu6", "swish", "silu", "gelu")


@dataclass(frozen=True)
class Part:
    """One layer with a kernel.

    Attributes:
        name: As ``recording.layer_outputs`` has it.
        layer: The layer.
        kernel: Place of its kernel among the model's trainable variables, None if it is frozen.
        recurrent: Place of its recurrent kernel there, or None.
        bias: Place of its bias there, or None.
        activation: The name of what follows its sum: its own activation, or the next layer's if it has none.
        normalised: Whether a normalisation follows, before anything else.
    """

    name: str
    layer: object
    kernel: int | None
    recurrent: int | None
    bias: int | None
    activation: str
    normalised: bool

    def suitable(self, shape):
        """The deviation that He's rule (ReLU and its kin) or Glorot's gives a kernel of this shape."""
        inner = int(np.prod(shape[:-1]))
        outer = int(np.prod(shape[:-2])) * shape[-1]
        return np.sqrt(2 / inner) if self.activation in RELU_LIKE else np.sqrt(2 / (inner + outer))

    def off_by(self, kernel):
        """The deviation of a kernel about 0 over the nearest that a rule in use gives: 1 within their range."""
        inner = int(np.prod(kernel.shape[:-1]))
        outer = int(np.prod(kernel.shape[:-2])) * kernel.shape[-1]
        rules = np.sqrt([2 / inner, 1 / inner, 2 / (inner + outer)])
        size = np.sqrt(np.mean(np.square(kernel, dtype="float64")))
        return float(size / np.clip(size, rules.min(), rules.max()))


def parts_of(model):
    """The parts of a model, first layer first.

    Example:
        >>> net = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3, "relu"), keras.layers.Dense(1)])
        >>> [(part.kernel, part.activation) for part in parts_of(net)]
        [(0, 'relu'), (2, 'linear')]
    """
    places = {id(v): k for k, v in enumerate(model.trainable_variables)}
    layers = [(n, one) for n, one in named_layers(model) if not isinstance(one, keras.Model)]
    found = []
    for k, (name, layer) in enumerate(layers):
        mine = {v.path.rsplit("/", 1)[-1]: v for v in layer.weights}
        if "kernel" not in mine:
            continue
        follow = activation_name(layer)
        normalised = False
        for _, after in layers[k + 1 :]:
            if isinstance(after, keras.layers.BatchNormalization | keras.layers.LayerNormalization):
                normalised = True
            elif not isinstance(after, keras.layers.Dropout | keras.layers.Flatten) and not after.weights:
                if follow == "linear":
                    follow = activation_name(after)
                break
            elif after.weights:
                break
        place = {key: places.get(id(v)) for key, v in mine.items()}
        found.append(
            Part(name, layer, place["kernel"], place.get("recurrent_kernel"), place.get("bias"), follow, normalised)
        )
    return found


def activation_name(layer):
    """What a layer applies to each number, by name; "linear" if nothing.

    Example:
        >>> activation_name(keras.layers.Activation("tanh")), activation_name(keras.layers.ReLU())
        ('tanh', 'relu')
    """
    known = {keras.layers.ReLU: "relu", keras.layers.LeakyReLU: "leaky_relu", keras.layers.ELU: "elu"}
    for kind, name in {**known, keras.layers.Softmax: "softmax"}.items():
        if isinstance(layer, kind):
            return name
    activation = getattr(layer, "activation", None)
    return getattr(activation, "__name__", "linear") if activation is not None else "linear"


def redrawn(model, parts, start, seed=0):
    """Weights as a suitable initialiser would draw them: He or Glorot, orthogonal in recurrent layers, biases 0.

    Args:
        model: A Keras model; its weights stay.
        parts: From ``parts_of``.
        start: ``(trainable, other)`` arrays to start from.
        seed: From which the draws follow.

    Returns:
        ``(trainable, other)``; what is no kernel or bias of the parts is as in ``start``.
    """
    arrays = [np.array(a) for a in start[0]]
    rng = np.random.default_rng(seed)
    for part in parts:
        if part.kernel is not None:
            shape = arrays[part.kernel].shape
            arrays[part.kernel] = (rng.standard_normal(shape) * part.suitable(shape)).astype(arrays[part.kernel].dtype)
        if part.recurrent is not None:
            inner, outer = arrays[part.recurrent].shape
            blocks = [np.linalg.qr(rng.standard_normal((inner, inner)))[0] for _ in range(-(-outer // inner))]
            arrays[part.recurrent] = np.concatenate(blocks, 1)[:, :outer].astype(arrays[part.recurrent].dtype)
        if part.bias is not None:
            arrays[part.bias] = np.zeros_like(arrays[part.bias])
            if isinstance(part.layer, keras.layers.LSTM):  # gates of inputs, forgetting, cells, outputs
                arrays[part.bias][part.layer.units : 2 * part.layer.units] = 1
    return arrays, start[1]
