import keras
import numpy as np
import pytest

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


def test_the_dtype_is_kept():
    assert PerReplica("glorot_uniform", 1, 0)((2, 3, 4), dtype="float32").dtype == "float32"


def test_per_replica_survives_saving():
    original = PerReplica(keras.initializers.RandomNormal(stddev=2.0), seed=1, layer=3)
    copy = keras.initializers.deserialize(keras.initializers.serialize(original))
    assert np.array_equal(original((2, 3, 3)), copy((2, 3, 3)))


def test_every_listed_name_is_known_to_keras():
    assert "he_normal" in names()
    for name in names():
        resolve(name)


@pytest.mark.parametrize("bad", ["glorot_unifrom", "constant", 3, None, object()])
def test_unknown_initialisers(bad):
    with pytest.raises(ValueError, match="initializer=.*is not a Keras initializer.*RandomNormal"):
        resolve(bad)


def test_the_seed_of_an_object():
    assert seed_of(keras.initializers.RandomNormal(seed=7)) == 7
    assert seed_of(keras.initializers.RandomNormal()) is None
    assert seed_of("zeros") is None


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
