import json

import keras
import numpy as np
import pytest
import tensorflow as tf
from tf_keras.optimizers import legacy

from helpers import data, models, training
from helpers.engine.clipping import LIMITS, clip_gradients
from tests.reference import torch_clipping

X, Y = data.circles(40)


def clip(gradients, **limits):
    return [g.numpy() for g in clip_gradients(gradients, **limits)]


def norm(arrays):
    return np.sqrt(sum((np.asarray(a) ** 2).sum() for a in arrays))


@pytest.mark.parametrize("name", LIMITS)
@pytest.mark.parametrize("limit", torch_clipping.LIMITS)
def test_clipped_as_pytorch_clips(name, limit):
    stored = json.loads(torch_clipping.STORED.read_text())[str(limit)][name]
    for ours, theirs in zip(clip(torch_clipping.gradients(), **{name: limit}), stored, strict=True):
        assert np.allclose(ours, theirs, rtol=3e-6)  # PyTorch adds 1e-6 to the norm


@pytest.mark.parametrize("limit", torch_clipping.LIMITS)
def test_the_stored_reference_is_what_pytorch_computes(limit):
    pytest.importorskip("torch", reason="torch is optional: the stored reference stands in for it")
    stored, computed = json.loads(torch_clipping.STORED.read_text())[str(limit)], torch_clipping.by_torch(limit)
    for name in LIMITS:
        assert all(np.allclose(s, c, rtol=1e-12) for s, c in zip(stored[name], computed[name], strict=True))


@pytest.mark.parametrize("name", LIMITS)
@pytest.mark.parametrize("make", [keras.optimizers.SGD, legacy.SGD])
def test_clipped_as_kerass_optimisers_clip(name, make):
    gradients = torch_clipping.gradients()
    weights = [tf.Variable(np.zeros(s)) for s in torch_clipping.SHAPES]
    if make is keras.optimizers.SGD:
        weights = [keras.Variable(w, dtype="float64") for w in weights]
    make(1.0, **{name: 2.0}).apply_gradients(zip(map(tf.constant, gradients), weights, strict=True))
    for ours, weight in zip(clip(gradients, **{name: 2.0}), weights, strict=True):
        assert np.allclose(ours, -weight.numpy(), rtol=1e-6)  # the rate of 1 is a float32


@pytest.mark.parametrize("name", LIMITS)
def test_each_replica_by_its_own_norm(name):
    sizes = np.array([1e-3, 1.0, 1e6])
    many = [np.multiply.outer(sizes, g) for g in torch_clipping.gradients()]
    clipped = clip(many, **{name: 2.0}, replicas=3)
    for r, size in enumerate(sizes):
        alone = clip([size * g for g in torch_clipping.gradients()], **{name: 2.0})
        assert all(np.allclose(c[r], a, rtol=1e-12) for c, a in zip(clipped, alone, strict=True))


def test_below_the_limit_nothing_changes_above_it_only_the_length():
    gradients = torch_clipping.gradients()
    size = norm(gradients)
    for same, g in zip(clip(gradients, global_clipnorm=1.01 * size), gradients, strict=True):
        assert np.array_equal(same, g)
    shorter = clip(gradients, global_clipnorm=0.1 * size)
    assert norm(shorter) == pytest.approx(0.1 * size, rel=1e-12)
    for short, g in zip(shorter, gradients, strict=True):
        assert np.allclose(short, 0.1 * g, rtol=1e-12)


@pytest.mark.parametrize("name", ["clipnorm", "global_clipnorm"])
def test_squares_do_not_overflow_and_zeros_stay(name):
    assert np.allclose(clip([np.array([3e200, -4e200])], **{name: 1.0})[0], [0.6, -0.8])
    assert np.allclose(clip([np.array([3e-200, -4e-200])], **{name: 1.0})[0], [3e-200, -4e-200], rtol=1e-12)
    assert np.array_equal(clip([np.zeros((2, 2))], **{name: 1.0})[0], np.zeros((2, 2)))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("name", ["clipnorm", "global_clipnorm"])
def test_what_is_not_finite_is_not_hidden(name, bad):
    one_bad = np.ones((2, 3))
    one_bad[1, 2] = bad
    clipped = clip([one_bad], **{name: 1.0}, replicas=2)[0]
    assert np.allclose(clipped[0], 1 / np.sqrt(3))
    assert not np.isfinite(clipped[1]).all()


def test_no_limit_and_no_gradients():
    gradients = torch_clipping.gradients()
    assert all(np.array_equal(a, b) for a, b in zip(clip(gradients), gradients, strict=True))
    assert clip([], clipnorm=1.0) == []


@pytest.mark.parametrize(
    ("limits", "error", "message"),
    [
        ({"clipnorm": 0}, ValueError, "clipnorm must be a finite number above 0, got 0"),
        ({"global_clipnorm": -1.0}, ValueError, "global_clipnorm must be a finite number above 0, got -1.0"),
        ({"clipvalue": float("nan")}, ValueError, "clipvalue must be a finite number above 0, got nan"),
        ({"clipnorm": "1"}, TypeError, "clipnorm must be a finite number above 0, got '1'"),
        ({"clipnorm": 1.0, "clipvalue": 1.0}, ValueError, "give one of .*, got clipnorm and clipvalue"),
        ({"clipnorm": 1.0, "replicas": 4}, ValueError, r"must lead with the 4 replicas, got shape \(2, 5\)"),
    ],
)
def test_bad_limits_are_refused(limits, error, message):
    with pytest.raises(error, match=message):
        clip_gradients(torch_clipping.gradients(), **limits)


@pytest.mark.parametrize(
    ("name", "make", "compiled"),
    [  # every pair of the three
        ("clipnorm", keras.optimizers.SGD, True),
        ("clipnorm", legacy.SGD, False),
        ("global_clipnorm", keras.optimizers.SGD, False),
        ("global_clipnorm", legacy.SGD, True),
        ("clipvalue", keras.optimizers.SGD, True),
        ("clipvalue", legacy.SGD, False),
    ],
)
def test_a_replica_trains_clipped_as_it_would_alone(name, make, compiled):
    limit = {"clipnorm": 0.02, "global_clipnorm": 0.03, "clipvalue": 0.01}[name]
    settings = {"epochs": 2, "record": "updates"}
    many = models.make_mlp("tanh", keras.initializers.RandomNormal(stddev=2.0), replicas=2, hidden=(4,), seed=1)
    singles = [models.take_replica(many, r) for r in range(2)]
    optimizer = make(0.5, **{name: limit})
    run = training.train_model(many, X, Y, optimizer=optimizer, compiled=compiled, **settings)
    assert getattr(optimizer, name) == limit  # still there afterwards
    for r, single in enumerate(singles):
        alone = training.train_model(single, X, Y, optimizer=make(0.5, **{name: limit}), compiled=False, **settings)
        assert np.allclose(run.loss[:, r], alone.loss, rtol=1e-6)
        for layer, update in alone["updates"].layers.items():
            assert np.allclose(run["updates"][layer][:, r], update, rtol=1e-6, atol=1e-12)
