import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import integrate, stats

from helpers import theory

RNG = np.random.default_rng(0)


def leaky(slope):
    return lambda z: tf.where(z > 0, z, slope * z)


# Means over a normal -----------------------------------------------------------------------------


@pytest.mark.parametrize("variance", [1e-12, 0.3, 1.0, 50.0, 1e8])
def test_polynomials_have_their_known_moments(variance):
    assert theory.gaussian_mean(np.ones_like, variance) == pytest.approx(1, abs=1e-12)
    assert theory.gaussian_mean(lambda x: x**2, variance) == pytest.approx(variance, rel=1e-12)
    assert theory.gaussian_mean(lambda x: x**6, variance) == pytest.approx(15 * variance**3, rel=1e-11)
    assert abs(theory.gaussian_mean(lambda x: x**3, variance)) < 1e-10 * variance**1.5


@pytest.mark.parametrize("slope", [0.0, 0.01, 0.3])
def test_rectified_units_are_exact(slope):
    mean = theory.gaussian_mean(lambda x: np.where(x > 0, x, slope * x) ** 2, 3.7)
    assert mean == pytest.approx(3.7 * (1 + slope**2) / 2, rel=1e-12)


def test_a_kink_elsewhere_is_exact_too():
    # E[max(x - 1, 0)] for a standard normal: phi(1) - (1 - Phi(1))
    mean = theory.gaussian_mean(lambda x: np.maximum(x - 1, 0), 1.0, kinks=(1.0,))
    assert mean == pytest.approx(stats.norm.pdf(1) - stats.norm.sf(1), rel=1e-12)


@pytest.mark.parametrize("variance", [0.01, 1.0, 400.0, 1e6])
def test_tanh_agrees_with_adaptive_quadrature(variance):
    def integrand(z):
        return np.tanh(np.sqrt(variance) * z) ** 2 * stats.norm.pdf(z)

    points = [2.0**-k for k in range(16)]
    half, _ = integrate.quad(integrand, 0, 12, points=points, epsabs=1e-14, epsrel=1e-12, limit=500)
    assert theory.gaussian_mean(lambda x: np.tanh(x) ** 2, variance) == pytest.approx(2 * half, rel=1e-11)


def test_a_normal_of_no_variance_is_its_mean():
    assert theory.gaussian_mean(lambda x: x + 4, 0.0) == pytest.approx(4, rel=1e-12)


@pytest.mark.parametrize(
    ("function", "variance", "message"),
    [
        (np.tanh, -1.0, "variance must be a finite number at least 0, got -1.0"),
        (np.tanh, np.nan, "variance"),
        (np.tanh, np.inf, "variance"),
        (lambda x: np.exp(x**2), 100.0, "function must return a finite array"),
        (lambda x: 1.0, 1.0, "function must return a finite array"),
        (lambda x: x[:3], 1.0, r"function must return a finite array of the shape.*got float64 of shape \(3,\)"),
        (lambda x: x * 1j, 1.0, "function must return .* got complex128"),
        (lambda x: 1 / 0, 1.0, "function must return .* failed with ZeroDivisionError"),
        (np.tanh, 10**400, "variance"),
    ],
)
def test_what_gaussian_mean_refuses(function, variance, message):
    with pytest.raises(ValueError, match=message):
        theory.gaussian_mean(function, variance)


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (("tanh", 1.0), "function"),
        ((np.tanh, "1"), "variance"),
        ((np.tanh, np.ones(2)), "variance"),
        ((np.tanh, True), "variance"),
        ((np.tanh, 1.0, 0.5), "kinks"),
        ((np.tanh, 1.0, ["0"]), "kinks"),
        ((np.tanh, 1.0, np.array(0.5)), "kinks"),
        ((np.tanh, 1.0, [[0], [1, 2]]), "kinks"),
    ],
)
def test_gaussian_mean_wants_a_function_numbers_and_a_list(arguments, name):
    with pytest.raises(TypeError, match=f"{name} must be"):
        theory.gaussian_mean(*arguments)


# Through depth -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("variance", "activations", "gradients"),
    [(1 / 3, 0.101, 0.083), (1.0, 0.512, 0.410)],  # standard and normalised draws, five layers
)
def test_glorot_and_bengios_five_tanh_layers(variance, activations, gradients):
    five = theory.moments("tanh", 5, variance)
    assert np.sqrt(five.activation[-1] / five.activation[0]) == pytest.approx(activations, abs=5e-4)
    assert np.sqrt(five.gradient[0]) == pytest.approx(gradients, abs=5e-4)
    assert five.gradient[-1] == 1


def test_relu_has_a_closed_form():
    slope, variance, depth = 0.2, 1.7, 12
    net = theory.moments(leaky(slope), depth, variance, input_moment=0.4)
    factor = variance * (1 + slope**2) / 2
    assert np.allclose(net.activation, 0.4 * factor ** np.arange(1, depth + 1), rtol=1e-10)
    assert np.allclose(net.preactivation[1:], variance * net.activation[:-1], rtol=1e-12)
    assert np.allclose(net.gradient, factor ** np.arange(depth - 1, -1, -1), rtol=1e-10)


def test_linear_layers_with_biases_have_a_closed_form():
    net = theory.moments(None, 3, 0.5, bias_variance=1.0)
    assert np.allclose(net.preactivation, [1.5, 1.75, 1.875])
    assert np.allclose(net.activation, net.preactivation)
    assert np.allclose(net.gradient, [0.25, 0.5, 1.0])


@pytest.mark.parametrize(
    ("activation", "variance", "bias_variance"),
    [("tanh", 1.5, 0.05), ("sigmoid", 1.0, 0.0), ("relu", 2.0, 0.1), ("gelu", 1.5, 0.0), ("elu", 1.2, 0.3)],
)
def test_wide_random_nets_agree(activation, variance, bias_variance):
    width, depth, nets = 300, 6, 30
    f = keras.activations.get(activation)
    forward, backward = np.zeros((nets, depth)), np.zeros((nets, depth))
    for net in range(nets):
        kernels = RNG.normal(size=(depth, width, width)) * np.sqrt(variance / width)
        biases = RNG.normal(size=(depth, width)) * np.sqrt(bias_variance)
        h, slopes = RNG.normal(size=width), []
        h *= np.sqrt(width) / np.linalg.norm(h)
        for layer in range(depth):
            z = tf.constant(h @ kernels[layer] + biases[layer])
            with tf.GradientTape() as tape:
                tape.watch(z)
                y = f(z)
            slopes.append(tape.gradient(y, z).numpy())
            h = y.numpy()
            forward[net, layer] = (h**2).mean()
        delta = RNG.normal(size=width) * slopes[-1]
        backward[net, -1] = (delta**2).mean()
        for layer in range(depth - 2, -1, -1):
            delta = kernels[layer + 1] @ delta * slopes[layer]
            backward[net, layer] = (delta**2).mean()
    predicted = theory.moments(activation, depth, variance, bias_variance)
    last = backward[:, -1:].mean()
    error = forward.std(axis=0) / np.sqrt(nets)
    assert np.all(np.abs(forward.mean(axis=0) - predicted.activation) < 4 * error + 0.01 * predicted.activation)
    error = backward.std(axis=0) / last / np.sqrt(nets)
    assert np.all(np.abs(backward.mean(axis=0) / last - predicted.gradient) < 5 * error + 0.01)


def test_backward_factors_that_are_known():
    assert theory.backward_factor(None, 3.0, 0.7) == pytest.approx(0.7, rel=1e-12)
    assert theory.backward_factor("relu", 5.0, 2.0) == pytest.approx(1, rel=1e-12)
    assert theory.backward_factor("sigmoid", 0.0, 1.0) == pytest.approx(1 / 16, rel=1e-12)
    deep = theory.moments("sigmoid", 30, 1.0)
    assert np.sqrt(deep.gradient[-3] / deep.gradient[-2]) == pytest.approx(0.236, abs=5e-4)


def test_the_tabulated_tanh_gain_lets_gradients_grow():
    variance = (5 / 3) ** 2
    q = theory.fixed_point("tanh", variance)
    assert np.sqrt(q / variance) == pytest.approx(0.651, abs=5e-4)
    assert np.sqrt(theory.backward_factor("tanh", q, variance)) == pytest.approx(1.10, abs=5e-4)


@pytest.mark.parametrize(
    ("activation", "variance", "bias_variance"),
    [("tanh", 2.0, 0.0), ("tanh", 4.0, 0.05), ("sigmoid", 1.0, 0.0), ("relu", 1.0, 0.5)],
)
def test_a_deep_net_settles_at_the_fixed_point(activation, variance, bias_variance):
    deep = theory.moments(activation, 300, variance, bias_variance)
    assert deep.preactivation[-1] == pytest.approx(theory.fixed_point(activation, variance, bias_variance), rel=1e-9)


def test_signals_that_die_settle_at_zero():
    assert theory.fixed_point("tanh", 1.0) == theory.fixed_point("tanh", 0.4) == 0
    assert theory.fixed_point("relu", 1.9) == 0


def test_the_critical_line_of_tanh():
    assert theory.critical_weight_variance("tanh") == pytest.approx(1, abs=1e-9)
    critical = theory.critical_weight_variance("tanh", 0.05)
    assert critical == pytest.approx(1.761, abs=5e-4)
    assert theory.depth_scale("tanh", 0.9 * critical, 0.05) > 0 > theory.depth_scale("tanh", 1.1 * critical, 0.05)


def test_no_gradient_passes_a_constant():
    assert theory.depth_scale(lambda z: tf.ones_like(z), 1.0) == 0
    assert theory.backward_factor(tf.sign, 1.0, 1.0) == 0


def test_the_depth_scale_is_that_of_the_gradient():
    scale = theory.depth_scale("tanh", 1.2, 0.05)
    deep = theory.moments("tanh", 200, 1.2, 0.05)
    assert np.log(deep.gradient[120] / deep.gradient[100]) == pytest.approx(20 / scale, rel=1e-6)
    assert theory.depth_scale("tanh", 1.0) == np.inf


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: theory.moments("tanh", 0, 1.0), ValueError, "depth must be an integer of at least 1"),
        (lambda: theory.moments("tanh", 2.5, 1.0), TypeError, "depth"),
        (lambda: theory.moments("tanh", 2, 0.0), ValueError, "weight_variance must be a finite number above 0"),
        (lambda: theory.moments("tanh", 2, 1.0, -0.1), ValueError, "bias_variance must be a finite number at least 0"),
        (lambda: theory.moments("tanh", 2, 1.0, 0.0, 0.0), ValueError, "input_moment must be a finite number above 0"),
        (lambda: theory.moments("tahn", 2, 1.0), ValueError, "did you mean 'tanh'"),
        (lambda: theory.moments("softmax", 2, 1.0), ValueError, "mixes the entries of a layer"),
        (lambda: theory.moments("relu", 90, 4.0), ValueError, "grow past 1e[+]12 at layer 39"),
        (lambda: theory.backward_factor("tanh", -1.0, 1.0), ValueError, "variance must be a finite number at least 0"),
        (lambda: theory.backward_factor("tanh", 1.0, "1"), TypeError, "weight_variance"),
        (lambda: theory.moments("tanh", 2, np.ones(2)), TypeError, "weight_variance"),
        (lambda: theory.moments("tanh", 2, 1.0, np.nan), ValueError, "bias_variance"),
        (lambda: theory.moments("tanh", 2, 1.0, 0.0, "1"), TypeError, "input_moment"),
        (lambda: theory.moments(lambda z: z[:, :1], 2, 1.0), ValueError, "activation=.* must make a tensor of float64"),
        (lambda: theory.moments(lambda z: tf.sqrt(z), 2, 1.0), ValueError, "activation=.* finite array.*got nan at"),
        (lambda: theory.fixed_point("tanh", True), TypeError, "weight_variance"),
        (lambda: theory.fixed_point(np.tanh, 1.0), ValueError, "activation=<ufunc 'tanh'>"),
        (lambda: theory.depth_scale("tanh", 1.0, None), TypeError, "bias_variance"),
        (lambda: theory.critical_weight_variance("tahn"), ValueError, "activation='tahn'.*did you mean 'tanh'"),
        (lambda: theory.critical_weight_variance("tanh", -1.0), ValueError, "bias_variance must be a finite number"),
        (lambda: theory.critical_weight_variance(lambda z: tf.tanh(50 * z)), ValueError, "no critical weight variance"),
        (lambda: theory.critical_weight_variance(lambda z: 0 * z), ValueError, "no critical weight variance"),
        (lambda: theory.exact_gain(lambda z: z**200), ValueError, "activation=.* grows too fast"),
        (lambda: theory.fixed_point("relu", 2.0), ValueError, "no single fixed point"),
        (lambda: theory.fixed_point("relu", 2.5), ValueError, "grows from layer to layer without bound"),
        (lambda: theory.fixed_point("relu", 2.0, 0.1), ValueError, "without bound"),
        (lambda: theory.critical_weight_variance("relu"), ValueError, "no critical weight variance"),
        (lambda: theory.exact_gain(lambda z: 0 * z), ValueError, "is zero everywhere"),
    ],
)
def test_what_the_mean_field_refuses(call, error, message):
    with pytest.raises(error, match=message):
        call()


# Gains -------------------------------------------------------------------------------------------


def test_gains_against_closed_forms_and_samples():
    assert theory.exact_gain(None) == pytest.approx(1, rel=1e-12)
    assert theory.exact_gain("relu") == pytest.approx(np.sqrt(2), rel=1e-12)
    assert theory.exact_gain(leaky(0.3)) == pytest.approx(np.sqrt(2 / (1 + 0.3**2)), rel=1e-12)
    assert theory.exact_gain("tanh") == pytest.approx(1.5925, abs=5e-5)
    squares = np.tanh(RNG.normal(size=400_000)) ** 2
    mean, error = squares.mean(), squares.std() / np.sqrt(len(squares))
    assert abs(theory.exact_gain("tanh") ** -2 - mean) < 4 * error


def test_the_mean_of_sigmoid_counts():
    z = RNG.normal(size=400_000)
    s = 1 / (1 + np.exp(-z))
    assert theory.exact_gain("sigmoid") == pytest.approx(1 / np.sqrt((s**2).mean()), rel=2e-3)
    assert 1 / s.std() > 2 * theory.exact_gain("sigmoid")


def test_glorots_and_hes_factors():
    glorot = theory.variance_factors(30, 50, 2 / 80)
    assert np.allclose(glorot, (0.75, 1.25))
    assert np.allclose(theory.variance_factors(30, 50, 2 / 30, negative_slope=0.0), (1.0, 5 / 3))
    assert np.allclose(theory.variance_factors(10, 10, 0.1, negative_slope=0.5), 0.625)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((0, 5, 0.1), ValueError, "fan_in must be an integer of at least 1"),
        ((5, 0.5, 0.1), TypeError, "fan_out must be an integer"),
        ((5, 5, -0.1), ValueError, "weight_variance must be a finite number at least 0"),
        ((5, 5, "0.1"), TypeError, "weight_variance"),
        ((5, 5, 0.1, 2.0), ValueError, "negative_slope must be a finite number at least 0 and at most 1"),
        ((5, 5, 0.1, None), TypeError, "negative_slope"),
    ],
)
def test_bad_layers(arguments, error, message):
    with pytest.raises(error, match=message):
        theory.variance_factors(*arguments)


# Finite width ------------------------------------------------------------------------------------


def first_units(depth, width, nets):
    """One pre-activation of the last ReLU layer, and ||h||^2 / n after it, of nets drawn by He's rule."""
    size = np.ones(nets)
    for _ in range(depth):
        # given h, pre-activations of independent normal kernels are normal with variance 2 ||h||^2 / n
        z = RNG.normal(size=(nets, width)) * np.sqrt(2 * size[:, None])
        size = (np.maximum(z, 0) ** 2).mean(axis=1)
    return z[:, 0], size


@pytest.mark.parametrize(("depth", "width"), [(8, 80), (10, 20), (3, 4), (30, 10), (1, 1)])
def test_the_log_norm_law_against_simulation(depth, width):
    mean, variance = theory.log_norm_law(depth, width)
    size = first_units(depth, width, 20_000)[1]
    logs = np.log(size[size > 0])
    assert len(logs) / 20_000 == pytest.approx(1 - theory.born_dead_probability(depth, width), abs=0.015)
    assert abs(logs.mean() - mean) < 4 * logs.std() / np.sqrt(len(logs))
    squares = (logs - mean) ** 2
    assert abs(squares.mean() - variance) < 4 * squares.std() / np.sqrt(len(logs))


def test_the_log_norm_law_against_matrices():
    """Nets drawn in full, kernel by kernel, with an input of another width."""
    nets, depth, width, inputs = 4000, 6, 12, 5
    h = np.full((nets, 1, inputs), 1.0)
    for _ in range(depth):
        h = np.maximum(h @ RNG.normal(0, np.sqrt(2 / h.shape[2]), (nets, h.shape[2], width)), 0)
    size = (h**2).mean(axis=(1, 2))
    logs, (mean, variance) = np.log(size[size > 0]), theory.log_norm_law(depth, width)
    assert abs(logs.mean() - mean) < 4 * logs.std() / np.sqrt(nets)
    squares = (logs - mean) ** 2
    assert abs(squares.mean() - variance) < 4 * squares.std() / np.sqrt(nets)


def test_the_log_norm_law_has_hanins_limit():
    for width, rtol in ((20, 0.26), (100, 0.04), (1000, 0.004)):
        mean, variance = theory.log_norm_law(2 * width, width)
        assert mean == pytest.approx(-5, rel=rtol / 2) and variance == pytest.approx(10, rel=rtol)
    assert theory.log_norm_law(1, 1) == pytest.approx((-np.euler_gamma, np.pi**2 / 2))  # log chi-square, 1 degree
    assert theory.log_norm_law(40, 20) == pytest.approx(tuple(40 * v for v in theory.log_norm_law(1, 20)))


@pytest.mark.parametrize(("depth", "width"), [(1, 20), (2, 3), (4, 20), (3, 100)])
def test_preactivation_kurtosis_against_simulation(depth, width):
    # of few layers: the fourth power of deep ones is a matter of a few nets in a million
    fourth = [first_units(depth, width, 20_000)[0] ** 4 for _ in range(20)]
    means = np.mean(fourth, axis=1) / 4  # E[z^2] is 2 in every layer
    error = means.std(ddof=1) / np.sqrt(20)
    assert abs(means.mean() - theory.preactivation_kurtosis(depth, width)) < 4 * error
    assert error < 0.1 * means.mean()


def test_preactivation_kurtosis_of_ten_narrow_layers():
    z = np.concatenate([first_units(10, 20, 100_000)[0] for _ in range(10)])
    assert theory.preactivation_kurtosis(10, 20) == pytest.approx(22.35, abs=0.01)
    assert (z**4).mean() / (z**2).mean() ** 2 == pytest.approx(22.35, rel=0.25)


@pytest.mark.parametrize(("depth", "width"), [(1, 1), (10, 2), (5, 3)])
def test_born_dead_against_simulation(depth, width):
    nets = 20_000
    h = np.ones((nets, 1))
    for _ in range(depth):
        kernels = RNG.normal(size=(nets, h.shape[1], width))
        h = np.maximum(np.einsum("bi,bio->bo", h, kernels), 0)
    dead = (h == 0).all(axis=1).mean()
    p = theory.born_dead_probability(depth, width)
    assert abs(dead - p) < 4 * np.sqrt(p * (1 - p) / nets)


def test_born_dead_limits():
    assert theory.born_dead_probability(10, 2) == pytest.approx(0.944, abs=5e-4)
    assert theory.born_dead_probability(1, 1) == 0.5
    assert theory.born_dead_probability(10, 60) == pytest.approx(10 * 2.0**-60, rel=1e-9)


def test_singular_values_fill_a_quarter_circle():
    size = 300
    values = np.linalg.svd(RNG.normal(size=(size, size)) / np.sqrt(size), compute_uv=False)
    ranks = (np.arange(size) + 0.5) / size
    assert np.abs(theory.quarter_circle_cdf(np.sort(values)) - ranks).max() < 0.02
    grid = np.linspace(0, 2, 20_001)
    area = integrate.cumulative_trapezoid(theory.quarter_circle_density(grid), grid, initial=0)
    assert np.allclose(area, theory.quarter_circle_cdf(grid), atol=1e-6)
    assert theory.quarter_circle_cdf(5.0) == 1


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: theory.log_norm_law(0, 5), ValueError, "depth must be an integer of at least 1"),
        (lambda: theory.log_norm_law(2, 5.0), TypeError, "width"),
        (lambda: theory.preactivation_kurtosis(0, 5), ValueError, "depth must be an integer of at least 1"),
        (lambda: theory.preactivation_kurtosis(1, True), TypeError, "width"),
        (lambda: theory.born_dead_probability(2, 0), ValueError, "width must be an integer of at least 1"),
        (lambda: theory.born_dead_probability(2.0, 1), TypeError, "depth"),
        (lambda: theory.quarter_circle_density(-1.0), ValueError, "values must be singular values"),
        (lambda: theory.quarter_circle_cdf([np.nan]), ValueError, "values"),
        (lambda: theory.quarter_circle_cdf("1"), TypeError, "values must be singular values, an array of numbers"),
        (lambda: theory.quarter_circle_density([[1.0], [1.0, 2.0]]), TypeError, "values"),
        (lambda: theory.quarter_circle_density(1j), TypeError, "values"),
    ],
)
def test_what_finite_width_refuses(call, error, message):
    with pytest.raises(error, match=message):
        call()
