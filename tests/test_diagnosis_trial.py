"""Copies are trained as ``fit`` would train them, whatever their weights are stored in; and stopped in time."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest

from helpers.diagnosis import diagnose as asked
from helpers.diagnosis.facts import Facts
from helpers.diagnosis.task import Task
from helpers.diagnosis.trial import Trial
from helpers.diagnosis.trials import Trials
from helpers.diagnosis.weights import ELEMENTWISE, Weights, one_by_one

rng = np.random.default_rng(0)
X = rng.standard_normal((12, 3)).astype("float32")
Y = (X[:, :1] * X[:, 1:2] > 0).astype("float32")
TASK = Task("binary", 0.5, 0.69, False)
STORED = [*(kind(0.01) for kind in ELEMENTWISE), keras.optimizers.Adam(0.01, amsgrad=True, global_clipnorm=0.1),
          keras.optimizers.SGD(0.1, momentum=0.9, nesterov=True, clipvalue=0.01)]  # fmt: skip
APART = [keras.optimizers.Adam(0.01, clipnorm=0.01), keras.optimizers.Lamb(0.01), keras.optimizers.Adafactor(0.01)]


def make(optimizer, *before):
    keras.utils.set_random_seed(1)
    ends = [keras.layers.Dense(4, "tanh"), keras.layers.Dense(1, "sigmoid")]
    model = keras.Sequential([keras.Input((3,)), *before, *ends])
    model.compile(optimizer, "binary_crossentropy", run_eagerly=True)
    return model


def trial_of(model, task=TASK):
    return Trial(model, keras.losses.BinaryCrossentropy(), Y, task, len(X))


@pytest.mark.parametrize("optimizer", [*STORED, *APART], ids=lambda one: type(one).__name__)
def test_a_copy_is_trained_as_fit_trains(optimizer):
    joined = not any(optimizer is one for one in APART)
    again = type(optimizer).from_config(optimizer.get_config())
    model = make(optimizer)
    before = [np.array(w) for w in model.get_weights()]
    trial = trial_of(model)
    assert trial.own.joined == joined
    trace = trial.run(X, 5)
    other = make(again)
    history = other.fit(X, Y, batch_size=len(X), epochs=5, verbose=0)
    np.testing.assert_allclose(trace.losses, history.history["loss"], rtol=1e-5)
    for found, expected, start in zip(trace.weights[0], other.get_weights(), before, strict=True):
        assert np.abs(expected - start).max() > 1e-5
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)
    for found, start in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(found, start)


def test_norms_are_those_of_each_weight():
    model = make(keras.optimizers.SGD(0.1))
    before = [np.array(w) for w in model.get_weights()]
    trace = trial_of(model).run(X, 1, factor=0.5)
    moved = [np.linalg.norm(new - old) for new, old in zip(trace.weights[0], before, strict=True)]
    np.testing.assert_allclose(trace.gradients[0], np.array(moved) / 0.05, rtol=1e-4)
    sizes = np.array([np.linalg.norm(w) for w in before])
    kernels = sizes > 0
    np.testing.assert_allclose(trace.ratios[0][kernels], (np.array(moved) / sizes.clip(1e-9))[kernels], rtol=1e-4)


def test_what_is_stored_as_one_variable():
    class Own(keras.optimizers.SGD):
        pass

    one = [np.zeros(2, "float32")]
    assert one_by_one(keras.optimizers.SGD(), one)
    assert not one_by_one(Own(), one), "its update may be anything"
    assert not one_by_one(keras.optimizers.Muon(), one)
    assert not one_by_one(keras.optimizers.SGD(), [*one, np.zeros(2, "float16")])
    assert not one_by_one(keras.optimizers.SGD(), []), "a frozen net has no weights to join"


@pytest.mark.parametrize("joined", [True, False])
def test_weights_come_back_as_they_were_given(joined):
    arrays = [np.arange(6, dtype="float32").reshape(2, 3), np.float32(7), np.zeros((0, 2), "float32")]
    weights = Weights([np.zeros_like(a) for a in arrays], joined)
    weights.assign(arrays)
    for found in (weights.arrays(), weights.apart(weights.values())):
        for one, given in zip(found, arrays, strict=True):
            np.testing.assert_array_equal(one, given)
    assert len(weights.together(weights.apart(weights.values()))) == (1 if joined else 3)


def test_a_copy_that_stands_where_a_constant_answer_does_is_given_up():
    still = make(keras.optimizers.SGD(1e-9))
    known = Task("binary", 0.99, 0.58, False)  # its loss is 0.574
    assert len(trial_of(still, known).run(X, 400, patience=120).losses) == 120
    assert len(trial_of(still, known).run(X, 200).losses) == 200


def test_a_copy_whose_loss_still_falls_is_not_given_up():
    model = make(keras.optimizers.Adam(0.01))
    far = Task("binary", 0.999, None, False)  # so that the score tells nothing
    assert len(trial_of(model, far).run(X, 200, patience=40).losses) > 40


@pytest.mark.parametrize("scores, trains", [((0.9, 0.8), True), ((0.9, 0.5), False)])
def test_a_net_that_trains_with_one_order_of_batches_only_does_not_train(scores, trains):
    traces = [
        SimpleNamespace(finite=True, losses=np.array([1.0, 3.0, 0.5]), loss=0.69, score=score) for score in scores
    ]
    trial = SimpleNamespace(task=TASK, run=lambda *_, seed, **__: traces[seed])
    facts = Facts(model=None, X=X, y=Y, parts=[], loss="", task=TASK, base=traces[0])
    asked.__globals__["_once_more"](facts, trial, None)
    assert facts.trains == trains
    assert facts.base is traces[0 if trains else 1]
    assert facts.other_order is (None if trains else traces[0])


def test_a_scaled_copy_has_time_to_come_down():
    asked = {}
    trial = SimpleNamespace(
        task=TASK, y=Y, run=lambda X, steps, **how: asked.update(how) or SimpleNamespace(finite=False)
    )
    trials = Trials(trial, SimpleNamespace(finite=False, losses=[]), X, [], seconds=1)
    trials.rate(10)
    assert asked["patience"] == 120
    for targets in (False, True):
        asked.clear()
        trials.scaled(targets)
        assert asked["patience"] == np.inf
