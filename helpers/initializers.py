"""Initialisers as recipes: a fresh, independent draw for every layer and every replica.

A Keras initialiser object without a seed draws one seed when it is made and keeps it, so that
an object handed to several layers gives all of them the same numbers. Here an object only says
*how* to draw (``RandomNormal(stddev=1.0)``); each layer and each replica gets a copy with a
seed of its own.
"""

import re
from functools import lru_cache

import keras
import numpy as np
import tensorflow as tf

from helpers.checks import suggestion

_PARTS = {"kernel": 0, "bias": 1, "gate": 2}


def resolve(initializer, name="initializer"):
    """Turn what Keras accepts as an initialiser into an object or a function.

    Args:
        initializer: A Keras name (``"glorot_uniform"``), object, class, configuration
            dictionary, or a function of ``(shape, dtype)``.
        name: What the argument is called in an error.

    Returns:
        A ``keras.initializers.Initializer`` or the function.

    Raises:
        ValueError: If Keras knows no such initialiser.

    Example:
        >>> resolve("he_normal").__class__.__name__
        'HeNormal'
    """
    try:
        found = keras.initializers.get(initializer)
    except (ValueError, TypeError, KeyError):  # KeyError: 'constant' needs its value
        found = None
    if not callable(found):
        raise ValueError(
            f"{name}={initializer!r} is not a Keras initializer; {suggestion(initializer, names())}, "
            "or an object such as keras.initializers.RandomNormal(stddev=1.0)"
        )
    return found


def names():
    """The names of Keras's random and constant initialisers that need no argument, sorted.

    Example:
        >>> "glorot_uniform" in names()
        True
    """
    classes = {n for n in dir(keras.initializers) if n[0].isupper() and not n.endswith("Initializer")}
    classes -= {"Constant", "STFT"}
    snake = {re.sub(r"(?<=[a-z])(?=[A-Z])", "_", n).lower() for n in classes}
    return sorted(snake)


def fresh(initializer, seed, *, layer, replica=0, part="kernel"):
    """A copy of ``initializer`` with a seed that belongs to one layer of one replica.

    The seed is spawned from ``(seed, replica, layer, part)`` by ``numpy.random.SeedSequence``, so
    draws for different layers and replicas are independent, and replica 0 of many nets draws
    what a single net draws.

    Args:
        initializer: As for ``resolve``. A seed set in the object is replaced; an initialiser
            that has no seed (``"zeros"``, a function) is returned as it is.
        seed: Integer, 0 or more: the seed of the whole model.
        layer: Index of the layer, 0 for the first.
        replica: Index of the replica.
        part: ``"kernel"``, ``"bias"`` or ``"gate"`` (the kernel of a gate).

    Returns:
        An initialiser, callable as ``initializer(shape, dtype)``.

    Example:
        >>> a = fresh("random_normal", 1, layer=0)((2, 2))
        >>> b = fresh("random_normal", 1, layer=1)((2, 2))
        >>> bool((a == b).numpy().any())
        False
    """
    found = resolve(initializer)
    if not _is_seeded(found):
        return found
    own_seed = _spawn(seed, replica, layer, part)
    return type(found).from_config({**found.get_config(), "seed": own_seed})


def _is_seeded(found):
    return isinstance(found, keras.initializers.Initializer) and "seed" in found.get_config()


def _spawn(seed, replica, layer, part):
    key = np.random.SeedSequence(seed, spawn_key=(replica, layer, _PARTS[part]))
    return int(key.generate_state(1)[0] >> 1)  # Keras takes 31 bits


def seed_of(initializer):
    """The seed set in an initialiser object, or None where it has none.

    Example:
        >>> seed_of(keras.initializers.RandomNormal(seed=7))
        7
    """
    found = resolve(initializer)
    config = found.get_config() if isinstance(found, keras.initializers.Initializer) else {}
    seed = config.get("seed")
    return seed if isinstance(seed, int) else None


def draw_layers(initializer, seed, layers, replicas, shape, dtype=None, part="kernel"):
    """The kernels of many layers of one shape, in one array: those that a model with this seed would have.

    Args:
        initializer: As for ``resolve``.
        seed: Integer: the seed of the whole model.
        layers: L, number of layers.
        replicas: R, number of nets.
        shape: Of one kernel, (inputs, outputs).
        dtype: Of the result; None for Keras's floatx.
        part: As for ``fresh``.

    Returns:
        A tensor of shape (L, R, inputs, outputs).

    Example:
        >>> draw_layers("he_normal", seed=1, layers=3, replicas=2, shape=(4, 4)).shape
        TensorShape([3, 2, 4, 4])
    """
    found = resolve(initializer)
    dtype = keras.backend.standardize_dtype(dtype or keras.config.floatx())
    if _is_seeded(found):
        drawn = _draw_each(
            found, [_spawn(seed, r, k, part) for k in range(layers) for r in range(replicas)], shape, dtype
        )
    else:
        drawn = tf.stack([tf.convert_to_tensor(found(shape, dtype=dtype), dtype) for _ in range(layers * replicas)])
    return tf.reshape(drawn, (layers, replicas, *shape))


@keras.saving.register_keras_serializable(package="helpers")
class PerReplica(keras.initializers.Initializer):
    """Draw each replica of a stacked weight separately, so that fans and seeds are its own.

    An initialiser that saw the whole (R, inputs, outputs) kernel would count R in its fans.

    Args:
        initializer: As for ``resolve``.
        seed: Integer: the seed of the whole model.
        layer: Index of the layer.
        part: ``"kernel"`` or ``"bias"``.

    Example:
        >>> kernel = PerReplica("glorot_uniform", seed=1, layer=0)((1000, 2, 5))
        >>> kernel.shape
        TensorShape([1000, 2, 5])
    """

    def __init__(self, initializer, seed, layer, part="kernel"):
        self.initializer = resolve(initializer)
        self.seed, self.layer, self.part = seed, layer, part

    def __call__(self, shape, dtype=None):
        """Draw an array of ``shape`` = (R, *shape of one replica)."""
        replicas, *one = shape
        dtype = keras.backend.standardize_dtype(dtype or keras.config.floatx())
        if not _is_seeded(self.initializer):
            # a plain function may be random: ask it for every replica
            draws = [self.initializer(tuple(one), dtype=dtype) for _ in range(replicas)]
            return tf.stack([tf.convert_to_tensor(d, dtype) for d in draws])
        seeds = [_spawn(self.seed, r, self.layer, self.part) for r in range(replicas)]
        return _draw_each(self.initializer, seeds, tuple(one), dtype)

    def get_config(self):
        """The arguments, serialised, for saving a model."""
        return {
            "initializer": keras.initializers.serialize(self.initializer),
            "seed": self.seed,
            "layer": self.layer,
            "part": self.part,
        }

    @classmethod
    def from_config(cls, config):
        """Rebuild from ``get_config``."""
        return cls(**{**config, "initializer": keras.initializers.get(config["initializer"])})


class _TensorSeed(keras.random.SeedGenerator):
    """The seed [s, 0] that Keras makes of an integer s, for an s known only inside a graph."""

    def __init__(self, seed):  # no super().__init__: there is no state to keep
        self._seed = seed

    def next(self, ordered=True):
        return tf.stack([self._seed, tf.zeros_like(self._seed)])


def _draw_each(initializer, seeds, shape, dtype):
    """Draw one array for each seed: one graph, because 1000 eager draws take a third of a second."""
    config = {name: value for name, value in initializer.get_config().items() if name != "seed"}
    try:
        draw_all = _drawer(type(initializer), tuple(sorted(config.items())), tuple(shape), dtype)
    except TypeError:  # a setting that cannot be a key
        draw_all = _drawer.__wrapped__(type(initializer), tuple(config.items()), tuple(shape), dtype)
    return draw_all(tf.constant(seeds, tf.uint32))


@lru_cache(maxsize=64)
def _drawer(kind, config, shape, dtype):
    """A function of seeds that draws; kept, as a model of replicas spends most of its making on tracing it."""
    initializer = kind.from_config({**dict(config), "seed": 0})

    def draw(seed):
        initializer.seed = _TensorSeed(seed)
        return initializer(shape, dtype=dtype)

    @tf.function(autograph=False, input_signature=[tf.TensorSpec([None], tf.uint32)])
    def draw_all(seeds):
        return tf.map_fn(draw, seeds, fn_output_signature=tf.TensorSpec(shape, dtype))

    return draw_all
