import keras
import numpy as np
import pytest
import tensorflow as tf

from helpers import models
from helpers.initializers import PerReplica, draw_layers, fresh, names, resolve, seed_of

SEEDED = [
    "random_normal",
    "random_uniform",
    "truncated_normal",
    "glorot_uniform",
    "he_normal",
    "lecun_uniform",
    "orthogonal",
]


@pytest.mark.parametrize(
    ("initializer", "variance"),
    [
        (keras.initializers.RandomNormal(stddev=1.0), 1.0),
        ("glorot_uniform", 2 / (8 + 4)),
        ("glorot_normal", 2 / (8 + 4)),
        ("he_normal", 2 / 8),
        ("he_uniform", 2 / 8),
        ("lecun_normal", 1 / 8),
        (keras.initializers.RandomUniform(-1, 1), 1 / 3),
    ],
)
def test_draws_have_the_stated_variance(initializer, variance):
    # fans of one replica: an initialiser that saw (R, 8, 4) would count R in
    draws = np.asarray(PerReplica(initializer, seed=1, layer=0)((2000, 8, 4)))
    squares = draws**2
    error = squares.std() / np.sqrt(squares.size)
    assert abs(squares.mean() - variance) < 4.5 * error
    assert abs(draws.mean()) < 4.5 * np.sqrt(variance / draws.size)


def test_glorot_uniform_stays_within_its_limit_and_reaches_it():
    draws = np.abs(PerReplica("glorot_uniform", seed=1, layer=0)((2000, 8, 4)))
    limit = np.sqrt(6 / (8 + 4))
    assert 0.999 * limit < draws.max() <= limit


def test_layers_replicas_seeds_and_parts_are_independent():
    shape = (30, 30)
    reference = np.ravel(fresh("random_normal", 1, layer=0)(shape))
    others = [
        fresh("random_normal", 1, layer=1),
        fresh("random_normal", 1, layer=0, replica=1),
        fresh("random_normal", 2, layer=0),
        fresh("random_normal", 1, layer=0, part="bias"),
    ]
    for other in others:
        correlation = np.corrcoef(reference, np.ravel(other(shape)))[0, 1]
        assert abs(correlation) < 4.5 / np.sqrt(reference.size)


def test_one_object_is_a_recipe_even_with_a_seed_of_its_own():
    recipe = keras.initializers.RandomNormal(seed=3)
    first, second = (np.asarray(fresh(recipe, 1, layer=k)((4, 4))) for k in (0, 1))
    assert not np.any(first == second)


def spawned(seed, replica, layer, part):
    """The seed that the docstring of ``fresh`` promises."""
    sequence = np.random.SeedSequence(seed, spawn_key=(replica, layer, {"kernel": 0, "bias": 1, "gate": 2}[part]))
    return int(sequence.generate_state(1)[0] // 2)


@pytest.mark.parametrize("part", ["kernel", "bias", "gate"])
def test_seeds_are_spawned_as_documented(part):
    for layer, replica in ((0, 0), (0, 1), (3, 0), (3, 2)):
        expected = keras.initializers.RandomNormal(seed=spawned(7, replica, layer, part))((4, 3))
        alone = fresh("random_normal", 7, layer=layer, replica=replica, part=part)((4, 3))
        stacked = PerReplica("random_normal", 7, layer, part)((replica + 1, 4, 3))
        layers = draw_layers("random_normal", 7, layer + 1, replica + 1, (4, 3), part=part)
        for drawn in (alone, stacked[replica], layers[layer, replica]):
            assert np.array_equal(drawn, expected)


def test_the_defaults_are_the_kernel_of_replica_0():
    for replica, part in ((0, "kernel"), (1, "kernel"), (0, "bias")):
        one = fresh("random_normal", 1, layer=0, replica=replica, part=part)((3, 3))
        is_default = (replica, part) == (0, "kernel")
        assert np.array_equal(one, fresh("random_normal", 1, layer=0)((3, 3))) == is_default
    for default in (PerReplica("random_normal", 1, 0)((1, 3, 3)), draw_layers("random_normal", 1, 1, 1, (3, 3))[0]):
        assert np.array_equal(default[0], fresh("random_normal", 1, layer=0)((3, 3)))


@pytest.mark.parametrize("name", SEEDED)
def test_stacked_draws_are_those_of_single_nets_bit_for_bit(name):
    stacked = np.asarray(PerReplica(name, seed=5, layer=2)((3, 6, 5)))
    single = [np.asarray(fresh(name, 5, layer=2, replica=r)((6, 5))) for r in range(3)]
    assert np.array_equal(stacked, single)


def test_constants_and_functions_are_taken_as_they_are():
    assert np.array_equal(PerReplica("zeros", 1, 0)((2, 3)), np.zeros((2, 3)))
    assert np.array_equal(PerReplica(keras.initializers.Constant(-8), 1, 0)((2, 3)), np.full((2, 3), -8))
    calls = []

    def counting(shape, dtype=None):
        calls.append(shape)
        return np.full(shape, len(calls), dtype)

    assert np.asarray(PerReplica(counting, 1, 0)((2, 3)))[:, 0].tolist() == [1, 2]
    assert calls == [(3,), (3,)]


class Coin(keras.initializers.Initializer):
    """Draws in NumPy, not in Keras's operations."""

    def __init__(self, seed=None):
        self.seed = seed

    def __call__(self, shape, dtype=None):
        return np.random.default_rng(self.seed).integers(2, size=shape)

    def get_config(self):
        return {"seed": self.seed}


class Forgetful(keras.initializers.RandomNormal):
    def __init__(self, size, seed=None):
        super().__init__(stddev=size, seed=seed)


def everywhere(initializer, shape, part="kernel"):
    """Each way to draw an array of a shape, as functions without arguments."""
    return [
        lambda: fresh(initializer, 1, layer=0, part=part)(shape),
        lambda: PerReplica(initializer, 1, 0, part)((1, *shape))[0],
        lambda: draw_layers(initializer, 1, 1, 1, shape, part=part)[0, 0],
    ]


@pytest.mark.parametrize(
    "initializer",
    [
        lambda shape: np.full(shape, 0.5),
        lambda shape, dtype=None: np.full(shape, 0.5, np.float32),
        lambda shape, dtype: tf.fill(shape, tf.constant(0.5, "float32")),
        lambda shape, **more: [[0.5, 0.5]] * shape[0],
        np.full((3, 2), 0.5),
        tf.fill((3, 2), 0.5),
        keras.initializers.Constant(0.5),
        keras.initializers.Constant(np.full((3, 2), 0.5)),
    ],
)
def test_what_can_be_drawn_from_is_cast_to_the_precision_of_the_weight(initializer):
    for draw in everywhere(initializer, (3, 2)):
        assert draw().dtype == "float64"
        assert np.array_equal(draw(), np.full((3, 2), 0.5))


def test_a_function_keeps_the_digits_of_a_list_and_may_be_written_in_c():
    for draw in everywhere(lambda shape: [[0.1]], (1, 1)):
        assert draw().numpy().item() == 0.1
    for draw in everywhere(np.zeros, (2, 2)):
        assert np.array_equal(draw(), np.zeros((2, 2)))


@pytest.mark.parametrize(
    ("initializer", "message"),
    [
        (np.ones((5, 2)), r"must draw an array of shape \(3, 2\), but failed with ValueError"),
        (keras.initializers.Constant(np.ones(5)), r"must draw an array of shape \(3, 2\)"),
        (lambda shape: np.ones(shape[::-1]), r"of shape \(3, 2\), got float64 of shape \(2, 3\)"),
        (lambda shape: 0.5, r"got float64 of shape \(\)"),
        (lambda shape: np.ones(shape) * 1j, "must draw an array of numbers of .*got complex128"),
        (lambda shape: np.full(shape, "x"), "got string"),
        (lambda shape: None, "failed with ValueError"),
        (lambda shape, other: np.ones(shape), "failed with TypeError: .*'other'"),
        (lambda shape: 1 / 0, "failed with ZeroDivisionError"),
        (len, r"got int64 of shape \(\)"),
        (Forgetful(2.0), "holds a Forgetful that cannot be made again from its get_config()"),
    ],
)
def test_what_does_not_fit_a_layer_is_refused(initializer, message):
    for part, name in (("kernel", "initializer"), ("gate", "initializer"), ("bias", "bias_initializer")):
        for draw in everywhere(initializer, (3, 2), part):
            with pytest.raises(ValueError, match=f"^{name} .*{message}"):
                draw()


def test_matrices_are_refused_for_a_bias():
    for initializer in ("orthogonal", keras.initializers.Identity()):
        for draw in everywhere(initializer, (3,), "bias"):
            with pytest.raises(ValueError, match="bias_initializer=.* draws matrices, and a bias is a vector"):
                draw()
    with pytest.raises(ValueError, match=r"initializer must draw an array of shape \(3,\), but failed"):
        PerReplica("orthogonal", 1, 0)((2, 3))


def test_one_that_draws_in_numpy_has_seeds_as_others_have():
    many = PerReplica(Coin(), 5, 2)((3, 4, 4))
    for replica in range(3):
        assert np.array_equal(many[replica], Coin(spawned(5, replica, 2, "kernel"))((4, 4)))
        assert np.array_equal(many[replica], fresh(Coin(3), 5, layer=2, replica=replica)((4, 4)))


def test_a_setting_that_is_an_array_belongs_to_the_draw():
    recipe = keras.initializers.RandomNormal(stddev=tf.constant([1.0, 100.0], "float64"))
    one, other = PerReplica(recipe, 1, 0)((2, 3, 2))
    assert np.array_equal(one, fresh(recipe, 1, layer=0)((3, 2)))
    assert np.array_equal(one[:, 0], fresh(keras.initializers.RandomNormal(stddev=1.0), 1, layer=0)((3, 2))[:, 0])
    assert not np.array_equal(one, other)


def test_the_dtype_is_kept():
    for dtype in ("float16", "bfloat16", "float32", "float64", tf.float32, np.dtype("float32")):
        for initializer in ("glorot_uniform", "zeros", lambda shape: np.ones(shape)):
            assert PerReplica(initializer, 1, 0)((2, 3, 4), dtype=dtype).dtype == dtype
            assert draw_layers(initializer, 1, 1, 2, (3, 4), dtype).dtype == dtype
    assert fresh(np.ones, 1, layer=0)((3, 4), "float32").dtype == "float32"


SEED = f"seed must be an integer of 0 to {2**32 - 1}, got"


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"seed": -1}, ValueError, SEED),
        ({"seed": 2**32}, ValueError, SEED),
        ({"seed": 0.5}, TypeError, SEED),
        ({"seed": "1"}, TypeError, SEED),
        ({"seed": True}, TypeError, SEED),
        ({"seed": None}, TypeError, SEED),
        ({"part": "kernl"}, ValueError, "part='kernl' is unknown; did you mean 'kernel'"),
        ({"initializer": "golrot_normal"}, ValueError, "initializer='golrot_normal' is not a Keras initializer"),
    ],
)
def test_bad_arguments_of_all(arguments, error, message):
    settings = {"initializer": "he_normal", "seed": 1, **arguments}
    for draw in (
        lambda: fresh(layer=0, **settings),
        lambda: PerReplica(layer=0, **settings),
        lambda: draw_layers(layers=1, replicas=1, shape=(2, 2), **settings),
    ):
        with pytest.raises(error, match=message):
            draw()


@pytest.mark.parametrize(
    ("draw", "error", "message"),
    [
        (lambda: fresh("zeros", 1, layer=-1), ValueError, "layer must be an integer of at least 0, got -1"),
        (lambda: fresh("zeros", 1, layer=0, replica=-1), ValueError, "replica must be an integer of at least 0"),
        (lambda: fresh("zeros", 1, layer=0, replica=1.0), TypeError, "replica"),
        (lambda: PerReplica("zeros", 1, -1), ValueError, "layer must be an integer of at least 0, got -1"),
        (lambda: PerReplica("zeros", 1, "0"), TypeError, "layer"),
        (lambda: PerReplica("zeros", 1, 0)(5), TypeError, "shape must be a tuple of integers such as"),
        (lambda: PerReplica("zeros", 1, 0)(()), TypeError, "shape must be a tuple of integers such as"),
        (lambda: PerReplica("zeros", 1, 0)((2, 3), "int32"), ValueError, "dtype='int32' is unknown"),
        (lambda: fresh(np.ones, 1, layer=0)((2, 3), "int32"), ValueError, "dtype='int32' is unknown"),
        (lambda: draw_layers("zeros", 1, 0, 1, (2, 2)), ValueError, "layers must be an integer of at least 1, got 0"),
        (lambda: draw_layers("zeros", 1, 1, True, (2, 2)), TypeError, "replicas"),
        (lambda: draw_layers("zeros", 1, 1, 1, 4), TypeError, "shape must be a tuple"),
        (lambda: draw_layers("zeros", 1, 1, 1, (4, 0)), ValueError, "shape must be an integer of at least 1, got 0"),
        (lambda: draw_layers("zeros", 1, 1, 1, (4, 4), "flaot32"), ValueError, "dtype='flaot32'.*mean 'float32'"),
        (lambda: draw_layers("zeros", 1, 1, 1, (4, 4), 5), ValueError, "dtype=5 is unknown"),
    ],
)
def test_bad_arguments_of_one(draw, error, message):
    with pytest.raises(error, match=message):
        draw()


def test_per_replica_survives_saving():
    original = PerReplica(keras.initializers.RandomNormal(stddev=2.0), seed=1, layer=3)
    copy = keras.initializers.deserialize(keras.initializers.serialize(original))
    assert np.array_equal(original((2, 3, 3)), copy((2, 3, 3)))


@keras.saving.register_keras_serializable(package="tests")
def halves(shape, dtype=None):
    return np.full(shape, 0.5)


def test_what_is_made_of_a_function_survives_saving():
    for original in (fresh(halves, 1, layer=0, part="bias"), PerReplica(halves, 1, 0, "bias")):
        copy = keras.initializers.deserialize(keras.initializers.serialize(original))
        assert np.array_equal(copy((2, 3)), np.full((2, 3), 0.5))
        assert copy.part == "bias"


def test_every_listed_name_is_known_to_keras():
    assert names() == sorted(names())
    assert {"he_normal", "glorot_uniform", "zeros", "random_normal"} <= set(names())
    assert not {"constant", "stft", "Zeros", "initializer", "identity_initializer"} & set(names())
    for name in names():
        resolve(name)


@pytest.mark.parametrize("bad", ["glorot_unifrom", "constant", 3, None, object(), {}, [[1.0]], "", ("zeros",)])
def test_unknown_initialisers(bad):
    with pytest.raises(ValueError, match="^initializer=.*is not a Keras initializer.*RandomNormal"):
        resolve(bad)
    with pytest.raises(ValueError, match="^bias_initializer="):
        resolve(bad, "bias_initializer")


def test_the_seed_of_an_object():
    assert seed_of(keras.initializers.RandomNormal(seed=7)) == 7
    assert seed_of(keras.initializers.RandomNormal()) is None
    assert seed_of("zeros") is None
    assert seed_of(np.zeros) is None


@pytest.mark.parametrize("initializer", ["he_normal", "glorot_uniform", keras.initializers.RandomNormal(stddev=2.0)])
def test_layers_drawn_at_once_are_those_of_the_model(initializer):
    net = models.make_mlp("tanh", initializer, hidden=(4, 4), inputs=4, outputs=4, replicas=2, seed=5)
    drawn = draw_layers(initializer, 5, layers=3, replicas=2, shape=(4, 4))
    for layer, kernels in zip(net.layers, drawn, strict=True):
        assert np.array_equal(layer.kernel.numpy(), kernels.numpy())


def test_layers_drawn_at_once_without_a_seed():
    drawn = draw_layers("zeros", 5, layers=3, replicas=2, shape=(4, 1), dtype="float32")
    assert drawn.shape == (3, 2, 4, 1)
    assert drawn.dtype == "float32"
    calls = iter(range(100))
    counted = draw_layers(lambda shape, dtype: np.full(shape, next(calls)), 5, 2, 2, (1, 1))
    assert counted.numpy().ravel().tolist() == [0, 1, 2, 3]


@keras.saving.register_keras_serializable(package="tests")
class Scaled(keras.initializers.Initializer):
    """Takes a setting that cannot be the key of a dictionary."""

    def __init__(self, scales, seed=None):
        self.scales, self.seed = list(scales), seed

    def __call__(self, shape, dtype=None):
        return keras.random.normal(shape, dtype=dtype, seed=self.seed) * self.scales[0]

    def get_config(self):
        return {"scales": self.scales, "seed": self.seed}


def test_a_drawing_that_is_kept_belongs_to_its_settings():
    for make in (lambda s: keras.initializers.RandomNormal(stddev=s), lambda s: Scaled([s])):
        one, other, again = (draw_layers(make(s), 3, 2, 2, (4, 5)) for s in (1.0, 2.0, 1.0))
        assert np.allclose(other, 2 * one.numpy(), rtol=1e-12)
        assert np.array_equal(one, again)
