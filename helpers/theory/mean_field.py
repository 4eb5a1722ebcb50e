"""Signals and gradients through many wide layers: the recursion for their second moments.

Assumptions of everything here: layers wide enough for sums to be normal; weights independent with
mean 0 and variance ``weight_variance / fan_in``; biases normal with mean 0; gradients independent of
the signal; for gradients, equal widths. Sources: Poole et al. (2016), "Exponential expressivity in
deep neural networks through transient chaos"; Schoenholz et al. (2017), "Deep information propagation".
"""

from typing import NamedTuple

import numpy as np
from scipy.optimize import brentq

from helpers.checks import integer, number
from helpers.theory.quadrature import activation_and_slope, mean

_LARGEST = 1e12


class Moments(NamedTuple):
    """Second moments through L layers, each an array of shape (L,), first layer first.

    Attributes:
        preactivation: q, of what enters the activation; its variance.
        activation: m, of what leaves it.
        gradient: Of the loss's gradient with respect to the pre-activation, relative to the last layer's.
    """

    preactivation: np.ndarray
    activation: np.ndarray
    gradient: np.ndarray


def moments(activation, depth, weight_variance, bias_variance=0.0, input_moment=1.0):
    """Second moments of signal and gradient, layer by layer.

    q_1 = s2 m_0 + b2, m_l = E[f(sqrt(q_l) z)^2], q_(l+1) = s2 m_l + b2 going forward; going backward, the
    gradient's second moment is multiplied by ``backward_factor`` at each layer.

    Args:
        activation: f: a Keras name, or a function of tensors that acts on each entry alone.
        depth: L, number of layers, at least 1; each ends in the activation.
        weight_variance: s2 = fan_in * Var(W), more than 0.
        bias_variance: b2, 0 or more.
        input_moment: m_0, the mean square of the inputs, more than 0.

    Returns:
        Moments.

    Raises:
        TypeError: If ``depth`` is not an integer, or another argument no number.
        ValueError: If an argument is out of its range, ``activation`` is unknown, mixes entries or does not
            keep shape and precision, or the signal grows past 1e12.

    Source:
        Poole et al. (2016), equation 3; Schoenholz et al. (2017), section 4.

    Example:
        >>> tanh = moments("tanh", 5, 1.0)
        >>> round(float(np.sqrt(tanh.activation[-1] / tanh.activation[0])), 3)
        0.512
    """
    depth = integer("depth", depth)
    weight_variance, bias_variance = _weight(weight_variance), _bias(bias_variance)
    input_moment = number("input_moment", input_moment, above=0)
    f, slope, kinks = activation_and_slope(activation)
    q, m, factors, size = [], [], [], input_moment
    for layer in range(depth):
        q.append(weight_variance * size + bias_variance)
        if q[-1] > _LARGEST:
            raise ValueError(
                f"weight_variance={weight_variance!r} lets the signal grow past {_LARGEST:g} at layer {layer + 1}; "
                "use a smaller depth or variance"
            )
        size = _square(f, q[-1], kinks)
        m.append(size)
        factors.append(weight_variance * _square(slope, q[-1], kinks))
    gradient = np.cumprod([1.0, *factors[-2::-1]])[::-1]
    return Moments(np.array(q), np.array(m), gradient)


def backward_factor(activation, variance, weight_variance):
    """What one layer multiplies the gradient's second moment by: chi = s2 E[f'(sqrt(q) z)^2].

    Args:
        activation: As for ``moments``.
        variance: q, of the layer's pre-activations, 0 or more.
        weight_variance: s2 = fan_out * Var(W), more than 0.

    Returns:
        chi, a float.

    Raises:
        TypeError: If a variance is no number.
        ValueError: As ``moments``.

    Source:
        Schoenholz et al. (2017), equation 9.

    Example:
        >>> round(backward_factor("relu", 1.0, 2.0), 12)
        1.0
    """
    variance, weight_variance = number("variance", variance, minimum=0), _weight(weight_variance)
    _, slope, kinks = activation_and_slope(activation)
    return weight_variance * _square(slope, variance, kinks)


def fixed_point(activation, weight_variance, bias_variance=0.0):
    """q*, the variance of pre-activations that a deep net settles at.

    Args:
        activation: As for ``moments``.
        weight_variance: s2, more than 0.
        bias_variance: b2, 0 or more.

    Returns:
        q*, a float; 0.0 where the signal dies.

    Raises:
        TypeError: If a variance is no number.
        ValueError: As ``moments``, and if the variance grows without bound, or if every variance is a
            fixed point (ReLU with s2 = 2 and no bias).

    Source:
        Poole et al. (2016), section 3.1.

    Example:
        >>> q = fixed_point("tanh", (5 / 3) ** 2)
        >>> round((q / (5 / 3) ** 2) ** 0.5, 3)  # the activations' rms
        0.651
    """
    weight_variance, bias_variance = _weight(weight_variance), _bias(bias_variance)
    f, _, kinks = activation_and_slope(activation)
    return _settled(f, kinks, weight_variance, bias_variance)


def _settled(f, kinks, weight_variance, bias_variance):
    def growth(q):
        return weight_variance * _square(f, q, kinks) + bias_variance - q

    small = 1e-12
    if growth(0.0) == 0 and growth(small) <= 1e-9 * small:  # nothing comes of nothing, and little of little
        if abs(growth(1.0)) < 1e-12 and abs(growth(100.0)) < 1e-10:
            raise ValueError(
                f"weight_variance={weight_variance!r} keeps every variance as it is for this activation: "
                "there is no single fixed point"
            )
        return 0.0
    high = 1.0
    while growth(high) > 0:
        high *= 2
        if high > _LARGEST:
            raise ValueError(
                f"weight_variance={weight_variance!r} with bias_variance={bias_variance!r} has no fixed point: "
                "the variance grows from layer to layer without bound; use smaller ones"
            )
    return float(brentq(growth, small if growth(0.0) == 0 else 0.0, high, xtol=1e-15, rtol=1e-13))


def critical_weight_variance(activation, bias_variance=0.0):
    """The s2 at which gradients neither vanish nor explode in a deep net: chi = 1 at the fixed point.

    Args:
        activation: As for ``moments``; of bounded growth, such as tanh.
        bias_variance: b2, 0 or more.

    Returns:
        s2, a float between 0.01 and 100.

    Raises:
        TypeError: If ``bias_variance`` is no number.
        ValueError: If an argument is out of its range or unknown, or if there is no s2 in that range, as for
            ReLU, which has no fixed point at s2 = 2.

    Source:
        Schoenholz et al. (2017), figure 1: the line between order and chaos.

    Example:
        >>> round(critical_weight_variance("tanh", 0.05), 3)
        1.761
    """
    bias_variance = _bias(bias_variance)
    f, slope, kinks = activation_and_slope(activation)

    def excess(weight_variance):
        q = _settled(f, kinks, weight_variance, bias_variance)
        return weight_variance * _square(slope, q, kinks) - 1

    grid = np.geomspace(0.01, 100, 41).tolist()
    try:
        above = next((k for k, s2 in enumerate(grid) if excess(s2) > 0), 0)
    except ValueError:  # no fixed point
        above = 0
    if above == 0:  # or chaos from the first on
        raise ValueError(
            f"activation={activation!r} with bias_variance={bias_variance!r} has no critical weight variance "
            "between 0.01 and 100: no fixed point there has chi = 1"
        )
    return float(brentq(excess, grid[above - 1], grid[above], xtol=1e-12))


def depth_scale(activation, weight_variance, bias_variance=0.0):
    """Over how many layers the gradient's second moment changes by a factor e, at the fixed point.

    Args:
        activation: As for ``moments``.
        weight_variance: s2, more than 0.
        bias_variance: b2, 0 or more.

    Returns:
        -1 / log(chi): positive where gradients vanish, negative where they explode, inf where chi is 1.

    Raises:
        TypeError: If a variance is no number.
        ValueError: As ``fixed_point``.

    Source:
        Schoenholz et al. (2017), equation 18.

    Example:
        >>> depth_scale("tanh", 0.5) > 0 > depth_scale("tanh", 2.0)
        True
    """
    chi = backward_factor(activation, fixed_point(activation, weight_variance, bias_variance), weight_variance)
    if chi == 0:
        return 0.0  # no gradient passes a single layer
    return np.inf if abs(chi - 1) < 1e-12 else float(-1 / np.log(chi))


def _weight(weight_variance):
    return number("weight_variance", weight_variance, above=0)


def _bias(bias_variance):
    return number("bias_variance", bias_variance, minimum=0)


def _square(function, variance, kinks):
    return mean(lambda x: function(x) ** 2, variance, kinks)
