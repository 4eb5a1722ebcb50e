"""What theory says of signals and gradients through depth: curves to lay over measured ones.

Mean-field theory of wide nets with independent weights of mean zero (``mean_field``), gains that
keep a signal's size (``gains``), and what finite width adds (``finite_width``).
"""

from helpers.theory.finite_width import (
    born_dead_probability,
    log_norm_law,
    preactivation_kurtosis,
    quarter_circle_cdf,
    quarter_circle_density,
)
from helpers.theory.gains import exact_gain, variance_factors
from helpers.theory.mean_field import (
    Moments,
    backward_factor,
    critical_weight_variance,
    depth_scale,
    fixed_point,
    moments,
)
from helpers.theory.quadrature import gaussian_mean

__all__ = [
    "Moments",
    "backward_factor",
    "born_dead_probability",
    "critical_weight_variance",
    "depth_scale",
    "exact_gain",
    "fixed_point",
    "gaussian_mean",
    "log_norm_law",
    "moments",
    "preactivation_kurtosis",
    "quarter_circle_cdf",
    "quarter_circle_density",
    "variance_factors",
]
