"""Means over a normal variable, exact to rounding: the integrals of which mean-field theory is made."""

import numpy as np
import tensorflow as tf

from helpers import checks
from helpers.activations import tried

_REACH = 12.0  # a normal lies beyond with probability 4e-33
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)
# where Keras activations have a kink, if not at 0
KINKS = {
    "relu6": (0.0, 6.0),
    "hard_sigmoid": (-3.0, 3.0),
    "hard_silu": (-3.0, 3.0),
    "hard_swish": (-3.0, 3.0),
    "hard_tanh": (-1.0, 1.0),
    "hard_shrink": (-0.5, 0.5),
    "soft_shrink": (-0.5, 0.5),
    "sparse_plus": (-1.0, 1.0),
    "sparse_sigmoid": (-1.0, 1.0),
}


def gaussian_mean(function, variance, kinks=(0.0,)):
    """E[f(x)] for a normal x of mean 0.

    Gauss-Legendre panels that grow finer towards each kink. Gauss-Hermite nodes would do for smooth
    functions of moderate variance, but err by a percent at the kink of ReLU and on a steep tanh.

    Args:
        function: f, of an array to an array of the same shape; smooth but for the kinks, and of no
            more than polynomial growth.
        variance: Of x; 0 or more.
        kinks: List of the places where f or its derivative jumps.

    Returns:
        The mean, a float, with a relative error of about 1e-13.

    Raises:
        TypeError: If ``function`` is none, ``variance`` no number, or ``kinks`` no list of numbers.
        ValueError: If ``variance`` is negative or not finite, or f fails, returns something else than an
            array of the same shape, or is not finite where x may lie.

    Example:
        >>> round(gaussian_mean(lambda x: np.maximum(x, 0) ** 2, 2.0), 12)
        1.0
    """
    if not callable(function):
        raise TypeError(f"function must be a function of an array, got {function!r}")
    variance = checks.number("variance", variance, minimum=0)
    if not isinstance(kinks, list | tuple | np.ndarray) or (isinstance(kinks, np.ndarray) and kinks.ndim != 1):
        raise TypeError(f"kinks must be a list of numbers, got {kinks!r}")
    kinks = [checks.number("kinks", kink) for kink in kinks]
    return mean(lambda x: _returned(function, x, "function"), variance, kinks)


def mean(function, variance, kinks):
    """As ``gaussian_mean``, of arguments that were checked before.

    Example:
        >>> round(mean(np.square, 2.0, ()), 12)
        2.0
    """
    scale = np.sqrt(variance)
    nodes, weights = _panels([k / scale for k in kinks] if scale > 0 else [])
    with np.errstate(over="ignore"):  # what is too large becomes inf, and is told of
        return float(weights @ function(scale * nodes))


def activation_and_slope(activation):
    """An activation and its derivative as functions of float64 arrays.

    Args:
        activation: A Keras name or a function of tensors that acts on each entry alone.

    Returns:
        ``(f, slope, kinks)``.

    Raises:
        ValueError: If the activation is unknown, does not keep shape and precision, or mixes entries, as
            softmax does; ``f`` and ``slope`` raise it where they are not finite.

    Example:
        >>> f, slope, kinks = activation_and_slope("relu")
        >>> f(np.array([-1.0, 2.0])), slope(np.array([-1.0, 2.0])), kinks
        (array([0., 2.]), array([0., 1.]), (0.0,))
    """
    unit = tried(activation, (1, 2), "float64")

    def f(x):
        return _returned(lambda x: unit(tf.constant(x, tf.float64)), x, f"activation={activation!r}")

    def slope(x):
        return _returned(differentiated, x, f"the slope of activation={activation!r}")

    def differentiated(x):
        x = tf.constant(x, tf.float64)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = unit(x)
        return tape.gradient(y, x, unconnected_gradients="zero")

    if f(np.array([[0.5, -1.5]]))[0, 0] != f(np.array([[0.5, 2.0]]))[0, 0]:
        raise ValueError(f"activation={activation!r} mixes the entries of a layer; theory needs one that does not")
    return f, slope, KINKS.get(getattr(unit, "__name__", ""), (0.0,))


def _returned(function, x, name):
    """What a function makes of an array: as many finite numbers, else an error that names it."""
    want = f"{name} must return a finite array of the shape of its argument"
    try:
        values = np.asarray(function(x))
    except Exception as error:
        raise ValueError(f"{want}, but failed with {type(error).__name__}: {error}") from error
    if values.shape != x.shape or values.dtype.kind not in "biuf":
        raise ValueError(f"{want}, {x.shape}, got {values.dtype} of shape {values.shape}")
    lost = ~np.isfinite(values)
    if lost.any():
        raise ValueError(f"{want}, got {values[lost][0]} at {x[lost][0]:.3g}")
    return values.astype(float)


def _panels(kinks):
    edges = [np.arange(-_REACH, _REACH + 0.5, 0.5)]
    for kink in kinks:
        # halving distances: whatever the scale on which f bends there, some panels resolve it
        steps = 2.0 ** np.arange(-40, 1)
        edges += [kink - steps, [kink], kink + steps]
    edges = np.unique(np.concatenate(edges))
    edges = edges[np.abs(edges) <= _REACH]
    half, middle = np.diff(edges) / 2, (edges[1:] + edges[:-1]) / 2
    nodes = (middle[:, None] + half[:, None] * _NODES).ravel()
    weights = (half[:, None] * _WEIGHTS).ravel() * np.exp(-(nodes**2) / 2) / np.sqrt(2 * np.pi)
    return nodes, weights
