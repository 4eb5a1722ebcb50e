"""Initialisers as recipes: a fresh, independent draw for every layer and every replica.

A Keras initialiser object without a seed draws one seed when it is made and keeps it, so that
an object handed to several layers gives all of them the same numbers. Here an object only says
*how* to draw (``RandomNormal(stddev=1.0)``); each layer and each replica gets a copy with a
seed of its own.
"""

import inspect
import re
from functools import lru_cache
from numbers import Real

import keras
import numpy as np
import tensorflow as tf

from helpers import checks

_PARTS = {"kernel": 0, "bias": 1, "gate": 2}
_DTYPES = ("float16", "bfloat16", "float32", "float64")


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
            f"{name}={initializer!r} is not a Keras initializer; {checks.suggestion(initializer, names())}, "
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

    The seed is the first word that ``numpy.random.SeedSequence(seed, spawn_key=(replica, layer, p))``
    generates, halved to the 31 bits that Keras takes; p is 0 for a kernel, 1 for a bias, 2 for a gate. So
    draws for different layers and replicas are independent, and replica 0 of many nets draws what a
    single net draws.

    Args:
        initializer: As for ``resolve``. A seed set in the object is replaced; one of Keras's that has no
            seed, such as ``"zeros"``, is returned as it is. A function may take the shape alone, and what it
            returns is cast to the precision of the weight, but not stretched to its shape.
        seed: Integer from 0 to 2**32 - 1: the seed of the whole model.
        layer: Index of the layer, 0 for the first.
        replica: Index of the replica.
        part: ``"kernel"``, ``"bias"`` or ``"gate"`` (the kernel of a gate).

    Returns:
        An initialiser, callable as ``initializer(shape, dtype)``; ValueError from that call if what it
        draws does not fit the shape.

    Raises:
        TypeError: If ``seed``, ``layer`` or ``replica`` is not an integer.
        ValueError: If one of them is out of range, or Keras knows no such initialiser or part.

    Example:
        >>> a = fresh("random_normal", 1, layer=0)((2, 2))
        >>> b = fresh("random_normal", 1, layer=1)((2, 2))
        >>> bool((a == b).numpy().any())
        False
    """
    found = _recipe(initializer, part)
    seed, layer = checks.seed(seed), checks.integer("layer", layer, minimum=0)
    own = _with_seed(found, _spawn(seed, checks.integer("replica", replica, minimum=0), layer, part), part)
    return own if _is_plain(found) else Checked(own, part)


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
        initializer: As for ``fresh``.
        seed: Integer from 0 to 2**32 - 1: the seed of the whole model.
        layers: L, number of layers, at least 1.
        replicas: R, number of nets, at least 1.
        shape: Of one kernel, (inputs, outputs).
        dtype: Of the result, one of floating point; None for Keras's floatx.
        part: As for ``fresh``.

    Returns:
        A tensor of shape (L, R, inputs, outputs).

    Raises:
        TypeError: If ``seed`` or a size is not an integer.
        ValueError: If an argument is unknown or out of its range, or what is drawn does not fit ``shape``.

    Example:
        >>> draw_layers("he_normal", seed=1, layers=3, replicas=2, shape=(4, 4)).shape
        TensorShape([3, 2, 4, 4])
    """
    found = _recipe(initializer, part)
    seed, layers, replicas = checks.seed(seed), checks.integer("layers", layers), checks.integer("replicas", replicas)
    shape, dtype = _shape(shape), _dtype(dtype)
    seeds = [_spawn(seed, r, k, part) for k in range(layers) for r in range(replicas)]
    return tf.reshape(_draw_each(found, seeds, shape, dtype, part), (layers, replicas, *shape))


@keras.saving.register_keras_serializable(package="helpers")
class PerReplica(keras.initializers.Initializer):
    """Draw each replica of a stacked weight separately, so that fans and seeds are its own.

    An initialiser that saw the whole (R, inputs, outputs) kernel would count R in its fans.

    Args:
        initializer: As for ``fresh``.
        seed: Integer from 0 to 2**32 - 1: the seed of the whole model.
        layer: Index of the layer, 0 for the first.
        part: As for ``fresh``.

    Raises:
        TypeError: If ``seed`` or ``layer`` is not an integer.
        ValueError: If an argument is unknown or out of its range.

    Example:
        >>> kernel = PerReplica("glorot_uniform", seed=1, layer=0)((1000, 2, 5))
        >>> kernel.shape
        TensorShape([1000, 2, 5])
    """

    def __init__(self, initializer, seed, layer, part="kernel"):
        self.initializer = _recipe(initializer, part)
        self.seed, self.layer, self.part = checks.seed(seed), checks.integer("layer", layer, minimum=0), part

    def __call__(self, shape, dtype=None):
        """Draw an array of ``shape`` = (R, *shape of one replica)."""
        replicas, *one = _shape(shape)
        seeds = [_spawn(self.seed, r, self.layer, self.part) for r in range(replicas)]
        return _draw_each(self.initializer, seeds, tuple(one), _dtype(dtype), self.part)

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


@keras.saving.register_keras_serializable(package="helpers")
class Checked(keras.initializers.Initializer):
    """Draw from a function, and refuse what does not fit the weight: what ``fresh`` makes of a function.

    Args:
        initializer: As for ``resolve``.
        part: As for ``fresh``.

    Example:
        >>> Checked(lambda shape: np.ones(shape, np.float32))((2, 1), "float64").numpy().tolist()
        [[1.0], [1.0]]
    """

    def __init__(self, initializer, part="kernel"):
        self.initializer, self.part = _recipe(initializer, part), part

    def __call__(self, shape, dtype=None):
        """Draw an array of ``shape``."""
        return _draw(self.initializer, _shape(shape), _dtype(dtype), self.part)

    def get_config(self):
        """The arguments, serialised, for saving a model."""
        return {"initializer": keras.initializers.serialize(self.initializer), "part": self.part}

    @classmethod
    def from_config(cls, config):
        """Rebuild from ``get_config``."""
        return cls(**{**config, "initializer": keras.initializers.get(config["initializer"])})


def _recipe(initializer, part):
    checks.one_of("part", part, _PARTS)
    found = resolve(initializer, _argument(part))
    if part == "bias" and isinstance(found, keras.initializers.Orthogonal | keras.initializers.Identity):
        raise ValueError(f"bias_initializer={initializer!r} draws matrices, and a bias is a vector; use 'zeros'")
    return found


def _argument(part):
    """What models call the argument that draws a part."""
    return "bias_initializer" if part == "bias" else "initializer"


def _shape(shape):
    if not isinstance(shape, list | tuple | tf.TensorShape) or not len(shape):
        raise TypeError(f"shape must be a tuple of integers such as (4, 4), got {shape!r}")
    return tuple(checks.integer("shape", size) for size in shape)


def _dtype(dtype):
    if dtype is None:
        return keras.config.floatx()
    try:
        name = keras.backend.standardize_dtype(dtype)
    except (ValueError, TypeError):
        name = dtype
    return checks.one_of("dtype", name, _DTYPES)


def _is_seeded(found):
    return isinstance(found, keras.initializers.Initializer) and "seed" in found.get_config()


def _is_plain(found):
    """Whether it is one of Keras's own that holds no array: it fits every layer."""
    if type(found).__module__.split(".")[0] != "keras":
        return False
    return all(v is None or isinstance(v, str | Real) for k, v in found.get_config().items() if k != "seed")


def _spawn(seed, replica, layer, part):
    key = np.random.SeedSequence(seed, spawn_key=(replica, layer, _PARTS[part]))
    return int(key.generate_state(1)[0] >> 1)


def _with_seed(found, seed, part):
    if not _is_seeded(found):
        return found
    try:
        return type(found).from_config({**found.get_config(), "seed": seed})
    except Exception as error:  # of a class of one's own
        raise ValueError(
            f"{_argument(part)} holds a {type(found).__name__} that cannot be made again from its get_config(): {error}"
        ) from error


def _draw_each(found, seeds, shape, dtype, part):
    """One array for each seed, stacked."""
    if not _is_plain(found):  # one of the reader's own: it may be random, and draw in NumPy
        return tf.stack([_draw(_with_seed(found, s, part), shape, dtype, part) for s in seeds])
    if not _is_seeded(found):
        return tf.repeat(_draw(found, shape, dtype, part)[tf.newaxis], len(seeds), axis=0)
    settings = tuple((k, v) for k, v in found.get_config().items() if k != "seed")
    return _drawer(type(found), settings, shape, dtype, part)(tf.constant(seeds, tf.int64))


@lru_cache(maxsize=64)
def _drawer(kind, settings, shape, dtype, part):
    """A function of seeds that draws an array for each, in one graph: single draws would take six times as long."""
    generator = keras.random.SeedGenerator(0)
    initializer = kind.from_config({**dict(settings), "seed": generator})

    def draw(seed):
        # an integer seed s is to Keras what a generator is in the state (s, 0)
        with keras.StatelessScope([(generator.state, tf.stack([seed, 0]))]):
            return _draw(initializer, shape, dtype, part)

    @tf.function(autograph=False, input_signature=[tf.TensorSpec([None], tf.int64)])
    def draw_all(seeds):
        return tf.map_fn(draw, seeds, fn_output_signature=tf.TensorSpec(shape, dtype))

    return draw_all


def _draw(initializer, shape, dtype, part):
    """One array from any initialiser or function, of the shape and precision asked for."""
    name = _argument(part)
    try:
        values = initializer(shape, dtype=dtype) if _takes_dtype(initializer) else initializer(shape)
        values = values if tf.is_tensor(values) else tf.convert_to_tensor(np.asarray(values))
    except Exception as error:
        problem = f"{type(error).__name__}: {error}"
        raise ValueError(f"{name} must draw an array of shape {shape}, but failed with {problem}") from error
    if values.shape != shape or not (values.dtype.is_floating or values.dtype.is_integer):
        raise ValueError(
            f"{name} must draw an array of numbers of shape {shape}, got {values.dtype.name} of shape {values.shape}"
        )
    return tf.cast(values, dtype)


def _takes_dtype(function):
    try:
        inspect.signature(function).bind((), dtype=None)
    except TypeError:
        return False
    except ValueError:  # written in C, such as np.zeros
        return True
    return True
