import keras
import numpy as np
import pytest
import tensorflow as tf
from tf_keras.optimizers import legacy

from helpers import data, learner, models, training
from helpers.optimizers import bind_optimizer, optimizer_variables
from helpers.packing import Packed, packable

X, Y = data.circles(80)
NORMAL = keras.initializers.RandomNormal(stddev=1.0)
PACKED = {
    **{f"Keras {n}": getattr(keras.optimizers, n) for n in ("SGD", "RMSprop", "Adam", "Adamax", "Nadam", "Lion")},
    **{f"Keras {n}": getattr(keras.optimizers, n) for n in ("Adagrad", "Adadelta")},
    **{f"legacy {n}": getattr(legacy, n) for n in ("SGD", "RMSprop", "Adam", "Adamax", "Adagrad", "Adadelta")},
    "momentum": lambda: keras.optimizers.SGD(0.1, momentum=0.9, nesterov=True),
    "centred": lambda: keras.optimizers.RMSprop(centered=True, momentum=0.5, clipvalue=0.01),
    "amsgrad": lambda: keras.optimizers.Adam(amsgrad=True),
    "legacy momentum": lambda: legacy.SGD(0.1, momentum=0.9, decay=0.01),
    "legacy centred": lambda: legacy.RMSprop(centered=True, momentum=0.5),
}
SEPARATE = {
    "by norm": lambda: keras.optimizers.SGD(clipnorm=1.0),
    "by the norm of all": lambda: keras.optimizers.SGD(global_clipnorm=1.0),
    "averaged": lambda: keras.optimizers.SGD(use_ema=True),
    "accumulated": lambda: keras.optimizers.SGD(gradient_accumulation_steps=2),
    "decayed": lambda: keras.optimizers.SGD(weight_decay=0.1),
    "Ftrl": keras.optimizers.Ftrl,
    "Lamb": keras.optimizers.Lamb,
    "legacy Nadam": legacy.Nadam,
    "legacy by norm": lambda: legacy.SGD(clipnorm=1.0),
}


def net(replicas=None, seed=1):
    return models.make_mlp("tanh", NORMAL, "net", replicas=replicas, hidden=(4,), seed=seed)


def train(model, optimizer, **more):
    return training.train_model(model, X, Y, **{"epochs": 2, "optimizer": optimizer, **more})


def close(a, b):
    return all(np.allclose(p, q, rtol=1e-9, atol=1e-12) for p, q in zip(a, b, strict=True))


def states(*pairs):
    return [[v.numpy() for v in optimizer_variables(optimizer, model)] for optimizer, model in pairs]


@pytest.mark.parametrize("name", PACKED)
def test_packed_an_optimiser_takes_the_steps_it_takes_alone_and_goes_on_where_it_was(name):
    model, alone = net(), net()
    optimizer, _ = bind_optimizer(PACKED[name](), model)
    own, apply = bind_optimizer(PACKED[name](), alone)
    assert packable(model, optimizer)
    rng = np.random.default_rng(0)
    for _ in range(2):
        packed = Packed(model, optimizer)
        for _ in range(2):
            gradients = [tf.constant(rng.normal(size=w.shape)) for w in alone.get_weights()]
            apply(gradients)
            packed.apply([tf.concat([tf.reshape(g, [-1]) for g in gradients], axis=0)])
        packed.unpack()
        assert close(model.get_weights(), alone.get_weights())
        assert close(*states((optimizer, model), (own, alone)))


@pytest.mark.parametrize(("name", "replicas"), [("Keras Adam", None), ("legacy RMSprop", 2)])
def test_a_run_is_packed_and_another_goes_on_from_it(monkeypatch, name, replicas):
    packs = []
    monkeypatch.setattr(learner, "Packed", lambda *both: packs.append(Packed(*both)) or packs[-1])
    model, alone = net(replicas), net(replicas)
    optimizer, own = PACKED[name](), PACKED[name]()
    for number in (1, 2):
        train(model, optimizer)
        train(alone, own, compiled=False)
        assert len(packs) == number
        assert close(model.get_weights(), alone.get_weights())
        assert close(*states((optimizer, model), (own, alone)))


@pytest.mark.parametrize("name", SEPARATE)
def test_what_looks_across_entries_is_not_packed(name):
    model = net()
    assert not packable(model, bind_optimizer(SEPARATE[name](), model)[0])


def test_frozen_weights_and_mixed_types_are_not_packed():
    frozen = net()
    frozen.layers[0].trainable = False
    assert not packable(frozen, bind_optimizer(None, frozen)[0])
    mixed = keras.Sequential(
        [keras.Input((2,)), keras.layers.Dense(2, dtype="float32"), keras.layers.Dense(1, dtype="float64")]
    )
    assert not packable(mixed, bind_optimizer(None, mixed)[0])


def test_large_nets_are_not_packed_however_few_there_are():
    small, large = (models.make_mlp("tanh", "zeros", replicas=50, hidden=h) for h in ((5, 5), (40, 40)))
    assert packable(small, bind_optimizer(None, small)[0])
    assert not packable(large, bind_optimizer(None, large)[0])


def test_nothing_is_changed_before_it_is_unpacked():
    model = net(replicas=2)
    before = model.get_weights()
    optimizer, _ = bind_optimizer(keras.optimizers.Adam(0.1), model)
    packed = Packed(model, optimizer)
    assert close(packed.arrays(), before)
    assert close([a.numpy() for a in packed.split(packed.variables)], before)
    assert np.allclose(packed.forward(X, training=False), model(X), rtol=1e-12)
    packed.apply([0 * packed.variables[0] + 1.0])
    assert close(model.get_weights(), before)
    assert int(optimizer.iterations) == 0
    packed.unpack()
    assert all(np.allclose(w, b - 0.1, atol=1e-6) for w, b in zip(model.get_weights(), before, strict=True))
    assert int(optimizer.iterations) == 1


@pytest.mark.parametrize("stop", [KeyboardInterrupt, ZeroDivisionError])
def test_a_run_cut_short_leaves_the_weights_it_reached(monkeypatch, stop):
    model, short = net(), net()
    real = learner.Learner.learn

    def learn(self, number, record=True):
        if number == 2:
            raise stop
        return real(self, number, record)

    monkeypatch.setattr(learner.Learner, "learn", learn)
    optimizer = keras.optimizers.Adam()
    with pytest.warns(RuntimeWarning) if stop is KeyboardInterrupt else pytest.raises(stop):
        train(model, optimizer, epochs=9)
    monkeypatch.undo()
    train(short, keras.optimizers.Adam(), epochs=2, compiled=False)
    assert close(model.get_weights(), short.get_weights())
    assert int(optimizer.iterations) == 2 * 3
