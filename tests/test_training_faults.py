"""What people report of training elsewhere: each with the right value, or a refusal that names what is wrong.

The right value is that of Keras's ``fit`` on one batch of all samples, of its ``train_on_batch``, or of a formula.
"""

import os
import signal

import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
import tf_keras
from tf_keras.optimizers import legacy

from helpers import data, models, training
from helpers.engine.batches import Batches
from helpers.engine.trainable import mixes_samples
from helpers.models.replicas import row_of_layers

layers, losses, optimizers = keras.layers, keras.losses, keras.optimizers
X, Y = data.circles(24)
CLASSES = np.arange(24) % 3
SEQUENCES = np.random.default_rng(0).normal(size=(24, 5, 2))
TOKENS = np.random.default_rng(1).integers(0, 6, size=(24, 5))
SGD = lambda: optimizers.SGD(0.5)  # noqa: E731


def net(*inside, outputs=1, last="sigmoid", **of_first):
    first = layers.Dense(4, "tanh", name="first", **of_first)
    return keras.Sequential([keras.Input((2,)), first, *inside, layers.Dense(outputs, last, name="last")])


def twice(make):
    """The model that ``make`` makes, two times, with the same weights."""
    one, other = make(), make()
    other.set_weights(one.get_weights())
    return one, other


def train(model, X=X, y=Y, optimizer=None, **more):
    settings = {"epochs": 2, "batch_size": 24, "compiled": False, **more}
    return training.train_model(model, X, y, optimizer=optimizer, **settings)


def fit(model, optimizer, loss="binary_crossentropy", X=X, y=Y, epochs=2):
    """The loss before each epoch of Keras's own training, on one batch of all samples."""
    model.compile(optimizer, loss, run_eagerly=True)
    return model.fit(X, y, batch_size=24, shuffle=False, epochs=epochs, verbose=0).history["loss"]


def step(model, optimizer, loss="binary_crossentropy", X=X, y=Y, epochs=2, batch_size=24):
    """The losses of Keras's own steps, on the batches that ``train_model`` takes."""
    model.compile(optimizer, loss, run_eagerly=True)
    batches, found = Batches(24, batch_size, 0, apart=True), []
    for _ in range(epochs):
        rows, tail = batches.next_epoch()
        for batch in [*rows, tail] if tail is not None else rows:
            model.reset_metrics()
            found.append(model.train_on_batch(X[batch], y[batch]))
    return found


def same_weights(one, other, tolerance=1e-12):
    pairs = list(zip(one.get_weights(), other.get_weights(), strict=True))
    return all(np.allclose(a, b, rtol=tolerance, atol=tolerance) for a, b in pairs)


def assert_trains_as_keras(make, X=X, y=Y, optimizer=SGD, loss="binary_crossentropy", tolerance=1e-12, by=step):
    ours, theirs = twice(make)
    before = ours.get_weights()
    run = train(ours, X, y, optimizer(), loss=loss)
    assert np.allclose(run.loss[:-1], by(theirs, optimizer(), loss, X, y), rtol=tolerance)
    assert same_weights(ours, theirs, tolerance)
    assert any(np.abs(a - b).max() > 1e3 * tolerance for a, b in zip(before, ours.get_weights(), strict=True))


# --- what a model adds to its loss ---------------------------------------------------------------


class Pull(layers.Layer):
    """Adds to the loss, and changes nothing."""

    def call(self, x):
        self.add_loss(0.3 * keras.ops.mean(x**2))
        return x


def shared_layer():
    both = layers.Dense(2, "tanh", activity_regularizer="l2", name="both")
    inputs = keras.Input((2,))
    return keras.Model(inputs, layers.Dense(1, "sigmoid")(both(both(inputs))))


L1, L2 = keras.regularizers.L1, keras.regularizers.L2
ADDED = {
    "kernel": lambda: net(kernel_regularizer=L2(0.5)),
    "bias": lambda: net(bias_regularizer=L1(0.5), bias_initializer="ones"),
    "activity": lambda: net(layers.Dense(3, activity_regularizer=L2(0.1)), activity_regularizer=L2(0.5)),
    "add_loss": lambda: net(Pull()),
    "a layer called twice": shared_layer,
    "of a nested model": lambda: net(keras.Sequential([layers.Dense(3, kernel_regularizer=L2(0.5)), Pull()])),
}


@pytest.mark.parametrize("optimizer", [SGD, lambda: optimizers.AdamW(0.1)], ids=["with a rule", "without"])
@pytest.mark.parametrize("what", ADDED)
def test_what_a_model_adds_to_its_loss_counts_as_in_fit(what, optimizer):
    ours, theirs = twice(ADDED[what])
    run = train(ours, optimizer=optimizer(), record="full_loss")
    plain = train(net(), epochs=1, optimizer=SGD())
    assert np.allclose(run.loss[:-1], step(theirs, optimizer()), rtol=1e-12)
    assert same_weights(ours, theirs)
    final = theirs.evaluate(X, Y[:, None], batch_size=24, verbose=0)
    assert run["full_loss"][-1] == pytest.approx(final, rel=1e-12)
    assert training.evaluate(ours, X, Y).loss == pytest.approx(final, rel=1e-12)
    assert run.loss[0] != pytest.approx(plain.loss[0])


def test_a_heavy_regulariser_wins():
    model = net(kernel_regularizer=L2(10.0))
    train(model, optimizer=optimizers.SGD(0.04), epochs=20)
    assert np.linalg.norm(model.layers[0].kernel) < 0.01


@pytest.mark.parametrize("what", ["activity", "add_loss", "kernel"])
def test_no_added_loss_sees_padding(what):
    ours, theirs = twice(ADDED[what])
    train(ours, batch_size=10, epochs=2, optimizer=SGD())  # 10, 10 and 4 samples
    step(theirs, SGD(), batch_size=10)
    assert same_weights(ours, theirs)


def replica_net(replicas=2, seed=7, **of_first):
    """Replicas of ``net``, and each of them as a single net with the same weights."""
    first = layers.EinsumDense(
        "bi,rio->bro", (replicas, 4), bias_axes="ro", activation="tanh", bias_initializer="ones", **of_first
    )
    last = layers.EinsumDense("bri,rio->bro", (replicas, 1), bias_axes="ro", activation="sigmoid")
    many = row_of_layers([keras.Input((2,)), first, last], "crowd", replicas)
    draw = np.random.default_rng(seed)
    many.set_weights([draw.normal(size=w.shape) for w in many.get_weights()])
    singles = [net(**of_first) for _ in range(replicas)]
    for r, single in enumerate(singles):
        single.set_weights([w[r] for w in many.get_weights()])
    return many, singles


def assert_each_trains_as_alone(of_first, optimizer, compiled=False, **more):
    many, singles = replica_net(**of_first)
    run = train(many, optimizer=optimizer(), batch_size=12, record="full_loss", compiled=compiled, **more)
    for r, single in enumerate(singles):
        alone = train(single, optimizer=optimizer(), batch_size=12, record="full_loss", **more)
        assert np.allclose(run.loss[:, r], alone.loss, rtol=1e-9)
        assert np.allclose(run["full_loss"][:, r], alone["full_loss"], rtol=1e-9)
        for ours, theirs in zip(many.get_weights(), single.get_weights(), strict=True):
            assert np.allclose(ours[r], theirs, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("optimizer", [lambda: None, lambda: optimizers.AdamW(0.1)], ids=["with a rule", "without"])
def test_a_replica_is_regularised_as_it_would_be_alone(optimizer):
    assert_each_trains_as_alone({"kernel_regularizer": L2(0.5), "bias_regularizer": L1(0.3)}, optimizer)


def test_activity_regularisers_of_replicas_are_refused():
    many, _ = replica_net(activity_regularizer="l2")
    with pytest.raises(ValueError, match=r"adds a loss of shape \(\) .*2 replicas need one of shape \(2,\)"):
        train(many)


# --- constraints ---------------------------------------------------------------------------------

CONSTRAINTS = {
    "MaxNorm": (keras.constraints.MaxNorm(0.3), lambda w: w * np.minimum(1, 0.3 / np.linalg.norm(w, axis=0))),
    "NonNeg": (keras.constraints.NonNeg(), lambda w: np.maximum(w, 0)),
    "UnitNorm": (keras.constraints.UnitNorm(), lambda w: w / np.linalg.norm(w, axis=0)),
}


@pytest.mark.parametrize("optimizer", ["SGD", "Adam", "AdamW", "Lion"])  # the last two have no rule here
@pytest.mark.parametrize("name", CONSTRAINTS)
def test_constraints_hold_as_in_fit(name, optimizer):
    assert_trains_as_keras(
        lambda: net(kernel_constraint=CONSTRAINTS[name][0]), optimizer=lambda: getattr(optimizers, optimizer)(0.05)
    )


@pytest.mark.parametrize("name", CONSTRAINTS)
def test_constraints_hold_under_the_default_optimiser(name):
    constraint, formula = CONSTRAINTS[name]
    ours, plain = twice(lambda: net(kernel_constraint=constraint))
    by_hand = net()
    by_hand.set_weights(ours.get_weights())
    optimizer, weights = legacy.RMSprop(), [v.value for v in by_hand.trainable_variables]
    for _ in range(2):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(losses.binary_crossentropy(Y[:, None], by_hand(X)))
        optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
        weights[0].assign(formula(weights[0].numpy()))
    train(ours)
    training.train_plainly(plain, X, Y, epochs=2, batch_size=24)
    assert same_weights(ours, by_hand, 1e-6)  # Keras adds 1e-7 to norms
    assert same_weights(plain, ours)


@pytest.mark.parametrize(
    ("name", "optimizer"),
    [("MaxNorm", lambda: None), ("UnitNorm", SGD), ("NonNeg", lambda: legacy.Nadam(0.1))],  # the last has no rule here
)
def test_a_replica_is_constrained_as_it_would_be_alone(name, optimizer):
    assert_each_trains_as_alone({"kernel_constraint": CONSTRAINTS[name][0]}, optimizer)


def test_an_optimiser_that_would_constrain_all_replicas_at_once_is_refused():
    many, _ = replica_net(kernel_constraint="max_norm")
    with pytest.raises(ValueError, match="optimizer: this AdamW would hold .*kernel to its constraint over all"):
        train(many, optimizer="adamw")


# --- precision -----------------------------------------------------------------------------------


def under(policy, make):
    """A maker of models under a policy of its own."""

    def made():
        keras.config.set_dtype_policy(policy)
        try:
            return make()
        finally:
            keras.config.set_dtype_policy("float64")

    return made


@pytest.mark.parametrize("last", [None, "float32"])
@pytest.mark.parametrize(
    ("policy", "tolerance"),
    [("mixed_float16", 2e-3), ("mixed_bfloat16", 2e-2), ("float16", 2e-3), ("float32", 1e-6)],
)
def test_policies_train_as_in_fit(policy, tolerance, last):
    def make():
        first = layers.Dense(4, "tanh")
        return keras.Sequential([keras.Input((2,)), first, layers.Dense(1, "sigmoid", dtype=last)])

    ours, theirs = twice(under(policy, make))
    start = np.concatenate([w.ravel() for w in ours.get_weights()])
    run = train(ours, optimizer=SGD(), epochs=6, compiled=policy == "mixed_float16")
    assert np.allclose(run.loss[:-1], step(theirs, SGD(), epochs=6), rtol=tolerance)
    moved, expected = (np.concatenate([w.ravel() for w in m.get_weights()]) - start for m in (ours, theirs))
    assert np.allclose(moved, expected, rtol=0.1, atol=tolerance * np.abs(expected).max() * 5)


def faint():
    """A net whose first gradients float16 has no numbers for, unless the loss is scaled."""
    model = net(layers.Dense(4, "tanh"))
    model.set_weights([w * (1e-3 if k in (2, 4) else 1) for k, w in enumerate(model.get_weights())])
    return model


def test_the_loss_is_scaled_where_fit_scales_it():
    half, full = under("mixed_float16", faint)(), faint()
    full.set_weights(half.get_weights())
    found, right = (train(m, epochs=1, optimizer=SGD()).gradients["first"][0] for m in (half, full))
    assert np.abs(right).max() < 5e-8
    assert np.allclose(found, right, rtol=0.05, atol=0.02 * np.abs(right).max())


def test_no_legacy_optimiser_computes_in_float16():
    with pytest.raises(ValueError, match="optimizer: .* computes in float16.* legacy RMSprop does not; use one of"):
        train(under("mixed_float16", net)())


@pytest.mark.parametrize("policy", ["mixed_float16", "float64"])
def test_train_plainly_scales_no_loss(policy):
    optimizer = SGD() if policy == "mixed_float16" else optimizers.LossScaleOptimizer(SGD())
    with pytest.raises(ValueError, match="optimizer: train_plainly scales no loss"):
        training.train_plainly(under(policy, net)(), X, Y, optimizer=optimizer, batch_size=24)


def test_numpy_has_no_bfloat16():
    with pytest.raises(ValueError, match="first/kernel is of bfloat16; training takes"):
        train(under("bfloat16", net)())


def test_numbers_too_large_for_the_precision_of_a_model():
    with pytest.raises(ValueError, match=r"X must be finite in float16, got inf at \(0, 0\)"):
        inputs = keras.Input((2,), dtype="float16")
        train(keras.Sequential([inputs, layers.Dense(1)]), X=X * 1e6 + 1e6)


def test_a_loss_in_half_precision_is_no_better_than_that():
    wide = under("mixed_float16", lambda: net(last=None))()
    assert training.evaluate(wide, X, np.full(24, 300.0), "mse").loss > 70_000  # float16 ends at 65504


# --- optimisers ----------------------------------------------------------------------------------


class Doubling(optimizers.SGD):
    """An optimiser of the reader's own, in the method that ``fit`` calls."""

    def apply_gradients(self, gradients_and_variables):
        return super().apply_gradients([(2 * g, v) for g, v in gradients_and_variables])


def multi(model_free=True):
    chosen = optimizers.OptimizerMap(optimizers.Adam(0.05))
    chosen[".*bias"] = optimizers.SGD(0.5)
    return optimizers.MultiOptimizer(chosen)


def schedule():
    return optimizers.schedules.ExponentialDecay(0.5, 1, 0.5)


ENTRY_BY_ENTRY = {
    "a schedule": lambda: optimizers.SGD(schedule()),
    "averages": lambda: optimizers.SGD(0.5, use_ema=True, ema_momentum=0.5),
    "averages put in": lambda: optimizers.Adam(0.1, use_ema=True, ema_momentum=0.5, ema_overwrite_frequency=2),
    "decay": lambda: optimizers.Adam(0.1, weight_decay=0.1),
    "accumulation": lambda: optimizers.Adam(0.1, gradient_accumulation_steps=2),
    "Nadam": lambda: optimizers.Nadam(0.1),
    "Ftrl": lambda: optimizers.Ftrl(0.1),
    "Adagrad": lambda: optimizers.Adagrad(0.1),
    "Adadelta": lambda: optimizers.Adadelta(1.0),
    "Adamax": lambda: optimizers.Adamax(0.1),
    "Lion": lambda: optimizers.Lion(0.01),
    "momentum, centred": lambda: optimizers.RMSprop(0.01, momentum=0.5, centered=True),
    "own": lambda: Doubling(0.1),
}
WHOLE = {
    "Adafactor": lambda: optimizers.Adafactor(0.1),
    "Lamb": lambda: optimizers.Lamb(0.1),
    "Muon": lambda: optimizers.Muon(0.1),
    "MultiOptimizer": multi,
    "LossScaleOptimizer": lambda: optimizers.LossScaleOptimizer(optimizers.Adam(0.1, clipnorm=0.01)),
    "ScheduleFreeAdamW": lambda: optimizers.ScheduleFreeAdamW(0.1),
}


@pytest.mark.parametrize("name", [*ENTRY_BY_ENTRY, *WHOLE])
def test_optimisers_do_what_they_do_in_fit(name):
    assert_trains_as_keras(net, y=Y[:, None], optimizer={**ENTRY_BY_ENTRY, **WHOLE}[name], by=fit)


@pytest.mark.parametrize("name", ENTRY_BY_ENTRY)
def test_a_replica_is_optimised_as_it_would_be_alone(name):
    assert_each_trains_as_alone({}, ENTRY_BY_ENTRY[name])


@pytest.mark.parametrize("name", [name for name in WHOLE if name != "LossScaleOptimizer"])  # that has its own words
def test_optimisers_that_would_mix_replicas_are_refused(name):
    many, _ = replica_net()
    with pytest.raises(ValueError, match=f"optimizer: {name} looks at a weight as a whole and would mix 2 replicas"):
        train(many, optimizer=WHOLE[name]())


def test_gradients_are_kept_as_they_are_not_as_they_are_scaled():
    scaled, plain = twice(net)
    optimizer = optimizers.LossScaleOptimizer(SGD())
    a, b = train(scaled, optimizer=optimizer).gradients, train(plain, optimizer=SGD()).gradients
    assert np.allclose(a["first"], b["first"], rtol=1e-9)


# --- losses --------------------------------------------------------------------------------------


class Fourth(losses.Loss):
    def call(self, y, outputs):
        return keras.ops.mean((y - outputs) ** 4, axis=-1)


def cubed(y, outputs):
    return keras.ops.mean(keras.ops.abs(y - outputs) ** 3, axis=-1)


LOSSES = {
    "named": lambda: losses.BinaryCrossentropy(name="bce"),
    "smoothed": lambda: losses.BinaryCrossentropy(label_smoothing=0.2),
    "mean": lambda: losses.BinaryCrossentropy(reduction="mean"),
    "mean_with_sample_weight": lambda: losses.MeanSquaredError(reduction="mean_with_sample_weight"),
    "focal": lambda: losses.BinaryFocalCrossentropy(apply_class_balancing=True),
    "a function": lambda: cubed,
    "a subclass": lambda: Fourth(name="mse"),
    "a class by name": lambda: "MeanSquaredError",
    "compares samples": lambda: losses.Circle(),
}
OF_CLASSES = {
    "named": lambda: losses.SparseCategoricalCrossentropy(name="nll"),
    "generalised": lambda: losses.CategoricalGeneralizedCrossEntropy(),
    "one-hot": lambda: losses.CategoricalCrossentropy(label_smoothing=0.1, name="sparse"),
}


@pytest.mark.parametrize("name", LOSSES)
def test_losses_are_those_of_fit(name):
    assert_trains_as_keras(net, y=Y[:, None], loss=LOSSES[name]())  # without that axis Keras may pair all with all


@pytest.mark.parametrize("name", OF_CLASSES)
def test_losses_of_classes_are_those_of_fit(name):
    make, loss = lambda: net(outputs=3, last="softmax"), OF_CLASSES[name]()
    y = np.eye(3)[CLASSES] if name == "one-hot" else CLASSES
    ours, theirs = twice(make)
    run = train(ours, y=y, loss=loss, optimizer=SGD(), record="accuracy")
    step(theirs, SGD(), loss, y=y)
    assert same_weights(ours, theirs)
    assert run["accuracy"][-1] == np.mean(np.argmax(theirs(X), axis=1) == CLASSES)


def test_outputs_before_the_sigmoid():
    make, loss = lambda: net(last=None), losses.BinaryCrossentropy(from_logits=True, name="logits")
    assert_trains_as_keras(make, loss=loss)
    model = make()
    right = np.mean((model(X).numpy()[:, 0] > 0) == (Y > 0.5))
    assert training.evaluate(model, X, Y, loss).accuracy == right


def test_a_loss_in_another_precision():
    assert_trains_as_keras(net, loss=losses.BinaryCrossentropy(dtype="float32"), tolerance=1e-6)


@pytest.mark.parametrize("loss", [losses.BinaryCrossentropy(name="bce"), losses.binary_crossentropy, "bce"])
def test_labels_of_minus_one_are_refused_whatever_a_loss_is_called(loss):
    with pytest.raises(ValueError, match="y must hold only the labels 0 and 1"):
        train(net(), y=2 * Y - 1, loss=loss)


def test_labels_of_minus_one_are_what_a_hinge_takes():
    assert_trains_as_keras(lambda: net(last="tanh"), y=2 * Y - 1, loss=losses.Hinge(name="bce"))


class Whole(losses.Loss):
    def __call__(self, y, outputs, sample_weight=None):
        return keras.ops.mean((y - outputs) ** 2)


@pytest.mark.parametrize(
    ("loss", "error", "message"),
    [
        (losses.MeanSquaredError(reduction="sum"), ValueError, "does not average over a batch; .*reduction='sum'"),
        (losses.MeanSquaredError(reduction=None), ValueError, "does not average over a batch; .*reduction=None"),
        (losses.Dice(), ValueError, r"loss=.* must give one number for each sample, got shape \(\)"),
        (lambda y, outputs: tf.reduce_mean(outputs), ValueError, "loss=.* must give one number for each sample"),
        (lambda y, outputs: outputs[:2], ValueError, r"loss=.* one number for each sample, got shape \(2, 1\)"),
        (lambda y: y, TypeError, r"loss must be a function of \(y, outputs\), got .* which takes \(y\)"),
        (Whole(), ValueError, r"loss=.* must define call\(y, outputs\)"),
        (losses.CategoricalCrossentropy(axis=1), ValueError, "classes along axis 1; only the last will do"),
        ({"class_name": "none"}, ValueError, "loss=.* is unknown to Keras"),
    ],
)
def test_losses_that_would_be_computed_otherwise_than_they_say(loss, error, message):
    with pytest.raises(error, match=message):
        train(net(), loss=loss)


def test_a_class_that_a_loss_ignores():
    with pytest.raises(ValueError, match="leaves out class 0; drop its samples"):
        train(net(outputs=3, last="softmax"), y=CLASSES, loss=losses.SparseCategoricalCrossentropy(ignore_class=0))


def test_a_loss_that_compares_samples_sees_no_padding():
    def spread(y, outputs):
        return (outputs[:, 0] - tf.reduce_mean(outputs)) ** 2 - y[:, 0] * outputs[:, 0]

    ours, theirs = twice(net)
    train(ours, batch_size=10, loss=spread, optimizer=SGD(), epochs=2)
    step(theirs, SGD(), spread, batch_size=10)
    assert same_weights(ours, theirs)


def test_a_loss_of_the_readers_own_sees_one_replica_at_a_time():
    def first_axis_is_the_batch(y, outputs):
        return tf.reduce_sum((y - outputs) ** 2, axis=1) + 0 * tf.reduce_mean(outputs)

    assert_each_trains_as_alone({}, SGD, True, loss=first_axis_is_the_batch)


# --- models --------------------------------------------------------------------------------------


def functional():
    inputs = keras.Input((2,))
    one = layers.Dense(4, "tanh")(inputs)
    return keras.Model(inputs, layers.Dense(1, "sigmoid")(layers.Add()([one, layers.Dense(4, "tanh")(one)])))


def one_number():
    inputs = keras.Input((2,))
    return keras.Model(inputs, keras.ops.squeeze(layers.Dense(1, "sigmoid")(inputs), -1))


def by_name():
    inputs = keras.Input((2,))
    return keras.Model(inputs, {"output": layers.Dense(1, "sigmoid")(inputs)})


class Own(keras.Model):
    """A model whose call does not hear of training; its layers do."""

    def __init__(self, *between):
        super().__init__()
        self.first, self.between, self.last = layers.Dense(4, "tanh"), between, layers.Dense(1, "sigmoid")
        self(X[:1])

    def call(self, x):
        x = self.first(x)
        for layer in self.between:
            x = layer(x)
        return self.last(x)


class Told(Own):
    def call(self, x, training=None):
        return super().call(x)


def low_rank():
    model = net()
    model.layers[0].enable_lora(2, lora_alpha=3)
    return model


def frozen():
    model = net(keras.Sequential([layers.Dense(3), layers.BatchNormalization()]))
    model.layers[0].trainable = model.layers[1].layers[1].trainable = False
    return model


def embedded(**settings):
    return keras.Sequential(
        [keras.Input((5,), dtype="int32"), layers.Embedding(6, 3, **settings), layers.LSTM(4), layers.Dense(1)]
    )


STEPS = np.random.default_rng(2).normal(size=(24, 5, 3))
MODELS = {
    "functional": (functional, {}),
    "subclassed": (Own, {}),
    "subclassed, batch normalisation": (lambda: Told(layers.BatchNormalization()), {}),
    "nested": (lambda: net(keras.Sequential([layers.Dense(3), layers.BatchNormalization()])), {}),
    "output (n,)": (one_number, {}),
    "one output by name": (by_name, {}),
    "low rank": (low_rank, {}),
    "frozen parts": (frozen, {}),
    "sequences out": (
        lambda: keras.Sequential([keras.Input((5, 2)), layers.GRU(4, return_sequences=True), layers.Dense(3)]),
        {"X": SEQUENCES, "y": STEPS, "loss": "mse"},
    ),
    "classes at each step": (
        lambda: keras.Sequential([keras.Input((5, 2)), layers.LSTM(3, return_sequences=True), layers.Softmax()]),
        {"X": SEQUENCES, "y": TOKENS % 3, "loss": "sparse_categorical_crossentropy"},
    ),
    "tokens": (embedded, {"X": TOKENS, "loss": "mse"}),
    "masked tokens": (lambda: embedded(mask_zero=True), {"X": TOKENS, "loss": "mse"}),
    "masked steps": (
        lambda: keras.Sequential([keras.Input((5, 2)), layers.Masking(), layers.LSTM(4), layers.Dense(1)]),
        {"X": SEQUENCES * (TOKENS > 1)[..., None], "loss": "mse"},
    ),
}


@pytest.mark.parametrize("name", MODELS)
def test_models_train_as_in_fit(name):
    make, more = MODELS[name]
    assert_trains_as_keras(make, **more)


class Centred(layers.Layer):
    def call(self, x):
        return x - keras.ops.mean(x, axis=0)


class CentredItself(Own):
    def call(self, x):
        return super().call(x - keras.ops.mean(x, axis=0))


def centred_between():
    inputs = keras.Input((2,))
    hidden = layers.Dense(3, "tanh")(inputs)
    return keras.Model(inputs, layers.Dense(1, "sigmoid")(hidden - keras.ops.mean(hidden, axis=0)))


MIXING = {
    "batch normalisation": lambda: net(layers.BatchNormalization()),
    "dropout": lambda: net(layers.Dropout(0.5, seed=3)),
    "noise": lambda: net(layers.GaussianNoise(0.5, seed=3)),
    "a layer of one's own": lambda: net(Centred()),
    "a model of one's own": CentredItself,
    "operations between layers": centred_between,
    "an activation of one's own": lambda: net(layers.Dense(3, lambda z: z - tf.reduce_mean(z, axis=0))),
    "dropout, nested and subclassed": lambda: Told(keras.Sequential([layers.Dropout(0.5, seed=3)])),
    "recurrent dropout": lambda: net(layers.Reshape((2, 2)), layers.LSTM(3, dropout=0.5, seed=3)),
}


@pytest.mark.parametrize(
    ("name", "optimizer"),
    [*((name, SGD) for name in MIXING), ("dropout", lambda: optimizers.Lion(0.1))],  # the last has no rule here
)
def test_what_samples_do_to_each_other_and_what_is_drawn(name, optimizer):
    ours, theirs = twice(MIXING[name])
    train(ours, batch_size=10, optimizer=optimizer())
    step(theirs, optimizer(), batch_size=10)
    assert same_weights(ours, theirs, 1e-9)


def test_a_model_that_was_saved_and_compiled_with_metrics(tmp_path):
    model = net(layers.BatchNormalization(), kernel_constraint="max_norm", kernel_regularizer="l2")
    model.compile("adam", "mse", metrics=["mae", "accuracy"], run_eagerly=True)
    model.fit(X, Y[:, None], verbose=0)
    model.save(tmp_path / "net.keras")
    assert_trains_as_keras(lambda: keras.models.load_model(tmp_path / "net.keras"), y=Y[:, None], by=fit)
    train(model, optimizer=SGD())
    loaded = keras.models.load_model(tmp_path / "net.keras")
    train(loaded, optimizer=SGD())
    assert same_weights(model, loaded)


class OwnStep(Own):
    def train_step(self, data):
        return {}


class OwnLoss(Own):
    def compute_loss(self, *arguments, **more):
        return 0.0


class TwoArguments(keras.Model):
    def __init__(self):
        super().__init__()
        self.last = layers.Dense(1)
        self(X, X)

    def call(self, x, z):
        return self.last(x + z)


def several(inputs, outputs):
    given = [keras.Input((2,)) for _ in range(inputs)]
    joined = layers.Add()(given) if inputs > 1 else given[0]
    return keras.Model(given, [layers.Dense(1)(joined) for _ in range(outputs)])


def all_frozen():
    model = net()
    model.trainable = False
    return model


def quantized():
    model = keras.Sequential([keras.Input((2,)), layers.Dense(1)])
    model.layers[0].quantize("int8")
    return model


def not_three():
    model = net()
    model.replicas = 3
    return model


REFUSED = {
    "train_step": (OwnStep, {}, "has a train_step of its own"),
    "compute_loss": (OwnLoss, {}, "has a compute_loss of its own"),
    "two inputs": (lambda: several(2, 1), {}, "has 2 inputs and 1 outputs; one input and one output are needed"),
    "two outputs": (lambda: several(1, 2), {}, "has 1 inputs and 2 outputs; one input and one output are needed"),
    "two arguments": (TwoArguments, {}, "X: model .* cannot be called on an array .*missing a required argument"),
    "all frozen": (all_frozen, {}, "model .* has no weight to train; set trainable=True"),
    "quantised": (quantized, {}, "model .* has no kernel to train"),
    "stateful": (
        lambda: keras.Sequential([keras.Input(batch_shape=(24, 5, 2)), layers.SimpleRNN(3, stateful=True, name="rnn")]),
        {"X": SEQUENCES},
        "layer 'rnn' carries a state from batch to batch.* stateful=False",
    ),
    "a fixed batch": (
        lambda: keras.Sequential([keras.Input(batch_shape=(24, 2)), layers.Dense(1)]),
        {},
        "fixes its batch size at 24",
    ),
    "masked outputs": (
        lambda: keras.Sequential([keras.Input((5, 2)), layers.Masking(), layers.Dense(3)]),
        {"X": SEQUENCES * (TOKENS > 1)[..., None], "y": STEPS, "loss": "mse"},
        "masks some of its outputs",
    ),
    "masked samples": (
        lambda: keras.Sequential([keras.Input(()), layers.Embedding(6, 3, mask_zero=True), layers.Dense(3)]),
        {"X": TOKENS[:, 0], "y": STEPS[:, 0], "loss": "mse"},
        "masks some of its outputs",
    ),
    "unknown tokens": (embedded, {"X": TOKENS + 1, "loss": "mse"}, "X must hold integers from 0 to 5, the rows of"),
    "half tokens": (embedded, {"X": TOKENS / 2, "loss": "mse"}, "X must hold integers from 0 to 5"),
    "integers only": (
        lambda: keras.Sequential([keras.Input((2,), dtype="int32"), layers.Rescaling(1.0), layers.Dense(1)]),
        {},
        "X must hold integers of int32",
    ),
    "no replicas": (not_three, {}, r"says it has 3 replicas|would be shared by all replicas"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_models_that_would_be_trained_otherwise_than_they_say(name):
    make, more, message = REFUSED[name]
    with pytest.raises(ValueError, match=message):
        train(make(), **more)


def test_replicas_that_share_a_weight_are_refused():
    own = layers.EinsumDense("bi,rio->bro", (2, 1))
    many = row_of_layers([keras.Input((2,)), own, layers.LayerNormalization(name="shared")], "crowd", 2)
    with pytest.raises(ValueError, match=r"shared/gamma of shape \(1,\) would be shared by all replicas.* must be 2"):
        train(many)


@pytest.mark.parametrize("name", ["masked steps", "masked tokens"])
def test_masks_that_hide_nothing_are_no_reason_to_refuse(name):
    make = {
        "masked steps": lambda: keras.Sequential([keras.Input((5, 2)), layers.Masking(), layers.Dense(1)]),
        "masked tokens": lambda: keras.Sequential([keras.Input((5,)), layers.Embedding(9, 2, mask_zero=True)]),
    }[name]
    X, y = {"masked steps": (SEQUENCES, STEPS[..., :1]), "masked tokens": (TOKENS + 1, STEPS[..., :2])}[name]
    model = make()
    expected = np.mean((model(X) - y) ** 2)
    assert training.evaluate(model, X, y, "mse").loss == pytest.approx(expected)


# --- data ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "convert",
    [pd.DataFrame, np.ndarray.tolist, tf.constant, tf.Variable, np.asfortranarray, lambda a: np.ma.masked_array(a)],
)
def test_data_of_many_types(convert):
    ours, theirs = twice(net)
    labels = pd.Series(Y) if convert is pd.DataFrame else convert(Y)
    train(ours, X=convert(X), y=labels)
    train(theirs)
    assert same_weights(ours, theirs)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"X": tf.data.Dataset.from_tensor_slices((X, Y))}, "X must be an array of numbers, got a tf.data.Dataset"),
        ({"X": {"a": X}}, "X must be an array of numbers, got dict"),
        ({"X": (row for row in X)}, "X must be an array of numbers, got generator"),
        ({"X": pd.DataFrame({"a": ["b"] * 24, "c": 1})}, "X must be an array of numbers, got DataFrame of object"),
        ({"X": np.ma.masked_greater(X, 0.5)}, "X must be an array of numbers, got one with .* masked entries"),
        ({"X": tf.sparse.from_dense(X)}, "X must be an array of numbers, got SparseTensor"),
        ({"X": [[1.0], [2.0, 3.0]]}, "X must be an array of numbers, got list of unequal rows"),
        ({"X": X * 1j}, "X must be an array of numbers, got ndarray of complex128"),
        ({"y": None}, "y must be an array of numbers, got NoneType"),
        ({"y": ["a"] * 24}, "y must be an array of numbers, got list"),
        ({"y": np.full(24, np.datetime64("2020"))}, "y must be an array of numbers, got ndarray of datetime64"),
    ],
)
def test_data_of_other_types_is_refused_by_name(arguments, message):
    with pytest.raises(TypeError, match=message):
        training.train_model(net(), **{"X": X, "y": Y, "batch_size": 8, **arguments})


# --- stopping, and looking on the way ------------------------------------------------------------


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"record": ("accuracy", "updates")},
        {"optimizer": "adamw"},
        {"optimizer": "adamw", "record": "full_loss"},
    ],
)
def test_ctrl_c_during_the_first_compile_returns_what_there_is(more):
    def stop_once(z):
        calls.append(tf.executing_eagerly())
        if not tf.executing_eagerly() and calls.count(False) == 1:
            os.kill(os.getpid(), signal.SIGINT)
            signal.raise_signal(signal.SIGINT)
        return tf.tanh(z)

    calls = []
    model = models.make_mlp(stop_once, "glorot_uniform", hidden=(3,), seed=1)
    before, calls = model.get_weights(), []
    with pytest.warns(RuntimeWarning, match="interrupted after 1 records, the last of epoch 0 of 9"):
        run = train(model, compiled=True, epochs=9, batch_size=8, **more)
    assert run.interrupted
    assert run.loss.shape == (1,)
    assert run.gradients.steps.tolist() == [0]
    assert calls.count(False) == 1  # what was being compiled is not begun again
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))
    rows, _ = Batches(24, 8, 0).next_epoch()
    p = model(X[rows[0]]).numpy()[:, 0]
    assert run.loss[0] == pytest.approx(-np.mean(np.log(np.where(Y[rows[0]] > 0, p, 1 - p))))


@pytest.mark.parametrize("optimizer", [SGD, lambda: optimizers.AdamW(0.1)], ids=["with a rule", "without"])
def test_after_an_epoch_the_model_can_be_looked_at_and_changed(optimizer):
    def look():
        seen.append(training.evaluate(model, X, Y).loss)
        used.learning_rate = 0.0
        model.layers[-1].bias.assign([len(seen) / 10])

    model, used, seen = net(), optimizer(), []
    run = train(model, optimizer=used, record="full_loss", after_epoch=look)
    start, *_ = run["full_loss"]
    assert seen[0] != pytest.approx(start)
    kernel, bias = model.layers[0].kernel.numpy(), model.layers[-1].bias.numpy()
    assert bias[0] == pytest.approx(0.2)
    expected = []
    for value in (0.1, 0.2):  # with a rate of zero, what is left of learning is the reader's own change
        model.layers[-1].bias.assign([value])
        expected.append(training.evaluate(model, X, Y).loss)
    assert np.allclose(run["full_loss"][1:], expected, rtol=1e-9)
    assert np.array_equal(kernel, model.layers[0].kernel.numpy())


def test_after_epoch_ends_a_run():
    run = train(net(), after_epoch=lambda: True)
    assert run.interrupted
    assert run.loss.shape == (1,)


@pytest.mark.parametrize("optimizer", [SGD, lambda: optimizers.AdamW(0.1)], ids=["with a rule", "without"])
def test_ctrl_c_in_the_middle_of_an_epoch_undoes_it(optimizer):
    def stop(z):
        calls.append(1)
        if len(calls) == 5:  # the second of three batches of the second epoch
            signal.raise_signal(signal.SIGINT)
        return tf.tanh(z)

    calls = []
    model, expected = net(layers.Activation(stop)), net(layers.Activation("tanh"))
    expected.set_weights(model.get_weights())
    calls.clear()
    with pytest.warns(RuntimeWarning, match="interrupted after 1 records, the last of epoch 0 of 9"):
        train(model, optimizer=optimizer(), epochs=9, batch_size=8)
    step(expected, optimizer(), epochs=1, batch_size=8)
    assert same_weights(model, expected)


# --- what a fresh reader found -------------------------------------------------------------------


@pytest.mark.parametrize("weights", [True, False])
def test_batch_normalisation_over_all_replicas_is_refused(weights):
    norm = layers.BatchNormalization(center=weights, scale=weights, name="norm")
    first, last = (models.make_mlp("tanh", "glorot_uniform", replicas=3).layers[k] for k in (0, -1))
    many = row_of_layers([keras.Input((2,)), first, norm, last], "many", 3)
    with pytest.raises(ValueError, match="norm.* would (be shared by|normalise) all"):
        train(many)


@pytest.mark.parametrize("name", ["clipnorm", "global_clipnorm", "clipvalue"])
def test_a_limit_of_zero_is_none_as_in_keras(name):
    assert_trains_as_keras(net, optimizer=lambda: optimizers.SGD(0.5, **{name: 0.0}))


def test_an_activation_may_look_along_the_batch():
    ours, theirs = twice(lambda: net(layers.Activation(tf.math.l2_normalize)))
    train(ours, optimizer=SGD(), batch_size=10, compiled=True)  # 10, 10 and 4 samples
    step(theirs, SGD(), batch_size=10)
    assert same_weights(ours, theirs, 1e-9)


def test_the_plain_loop_and_the_fast_one_share_an_optimiser():
    for make in (SGD, lambda: optimizers.Adam(0.1), legacy.Adam):
        ours, theirs = twice(net)
        used, other = make(), make()
        training.train_plainly(ours, X, Y, epochs=1, batch_size=24, optimizer=used)
        train(ours, optimizer=used, epochs=1)
        train(theirs, optimizer=other, epochs=1)
        train(theirs, optimizer=other, epochs=1)
        assert same_weights(ours, theirs, 1e-9)


@pytest.mark.parametrize("optimizer", [SGD, lambda: optimizers.AdamW(0.1)], ids=["with a rule", "without"])
def test_a_moving_average_that_overflows_is_named(optimizer):
    model = net(layers.BatchNormalization(name="norm"))
    model.get_layer("norm").moving_variance.assign(np.full(4, np.inf))
    with pytest.warns(RuntimeWarning, match="the update of layer 'norm' is not finite"):
        run = train(model, optimizer=optimizer())
    assert run.nonfinite[0][1:] == (0, 0, "norm", "update")


@pytest.mark.parametrize(
    "wrap", [layers.TimeDistributed, lambda inner: layers.TimeDistributed(keras.Sequential([inner]))]
)
def test_a_state_inside_of_wrappers_is_refused(wrap):
    inner = layers.LSTM(2, stateful=True, name="inner")
    model = keras.Sequential([keras.Input((3, 5, 2), batch_size=24), wrap(inner)])
    with pytest.raises(ValueError, match="layer 'inner' carries a state"):
        train(model, X=np.zeros((24, 3, 5, 2)), y=np.zeros((24, 3, 2)))


# --- wrong arguments -----------------------------------------------------------------------------

NO_INTEGERS = (0.5, "a", None, [1], True, np.nan)
WRONG = [
    *(("seed", value, "seed must be an integer of 0 to") for value in (-1, 2**32, *NO_INTEGERS)),
    *(("epochs", value, "epochs must be an integer of at least 1") for value in (-1, 0, *NO_INTEGERS)),
    *(("batch_size", value, "batch_size must be an integer of 1 to 24") for value in (-1, 0, 25, *NO_INTEGERS)),
    *(("optimizer", value, "optimizer must be None, a Keras name") for value in (-1, 0.1, [1], {}, len, SGD)),
    *(("optimizer", name, "optimizer=.* is unknown to Keras") for name in ("a", "lossscaleoptimizer", "optimizer")),
    *(("loss", value, "loss=.* is unknown to Keras") for value in (-1, 0.5, "a", None, [1], {}, object())),
    *(("model", value, "model must be a keras.Model") for value in (None, "a", 3, net, tf_keras.Sequential())),
]
OF_TRAIN_MODEL = [
    *(("record_every", value, "record_every must be an integer of at least 1") for value in (-1, 0, *NO_INTEGERS)),
    *(("record", value, "record must be names and functions") for value in (-1, None, {}, 0.5)),
    *(("record", [value], "record must hold names and functions") for value in (-1, None, {})),
    ("record", "weight", "record='weight' is unknown; did you mean 'weights'"),
    ("record", lambda: 0, r"record: lambda must be a function of \(model, x, y\)"),
    ("record", lambda model, x, y: 0, "record: the function 'lambda' must return {layer name: tensor}, got 0"),
    *(("after_epoch", value, "after_epoch must be a function") for value in (3, "a", lambda epoch: 0)),
    *((name, value, f"{name}=.* is unknown") for name in ("compiled", "progress") for value in ("a", None, 2, [1])),
]


def refused_by_name(function, arguments, message):
    with pytest.raises((TypeError, ValueError), match=message):
        function(**{"model": net(), "X": X, "y": Y, **arguments})


@pytest.mark.parametrize(("name", "value", "message"), [*WRONG, *OF_TRAIN_MODEL])
def test_wrong_arguments_of_train_model(name, value, message):
    refused_by_name(training.train_model, {"epochs": 1, "batch_size": 8, name: value}, message)


@pytest.mark.parametrize(("name", "value", "message"), WRONG)
def test_wrong_arguments_of_train_plainly(name, value, message):
    refused_by_name(training.train_plainly, {"epochs": 1, "batch_size": 8, name: value}, message)


@pytest.mark.parametrize(("name", "value", "message"), [w for w in WRONG if w[0] in ("model", "loss")])
def test_wrong_arguments_of_evaluate(name, value, message):
    refused_by_name(training.evaluate, {name: value}, message)


def test_replicas_are_not_for_the_plain_loop():
    with pytest.raises(ValueError, match="has 2 replicas; train_plainly trains one net"):
        training.train_plainly(replica_net()[0], X, Y, batch_size=8)


ONE = net()
TWO_THAT_SHARE = [keras.Sequential([keras.Input((2,)), layer]) for layer in [layers.Dense(1)] for _ in range(2)]
USED = SGD()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        *(({"models": value}, "models must be {key: model} with at least one") for value in (None, {}, [ONE], ONE)),
        *(({"models": {"a": value}}, "model must be a keras.Model") for value in (None, "a", 3)),
        ({"models": {"a": ONE, "b": ONE}}, "models: 'a' and 'b' share .*; give each its own"),
        ({"models": dict(enumerate(TWO_THAT_SHARE))}, "models: 0 and 1 share .*kernel"),
        ({"optimizers": {"a": USED, "b": USED}}, "optimizers: 'a' and 'b' share"),
        *(({"optimizers": value}, "optimizers must be None, a name or") for value in (3, [1], USED)),
        ({"optimizers": {"a": None}}, "optimizers must have the keys of models"),
        ({"optimizers": "sdg"}, "optimizer='sdg' is unknown to Keras"),
        *(({"epochs": value}, "epochs must be an integer") for value in (0, *NO_INTEGERS)),
        ({"progress": 2}, "progress=2 is unknown"),
        ({"seed": -1}, "seed must be an integer"),
    ],
)
def test_wrong_arguments_of_train_each(arguments, message):
    given = {"models": {"a": net(), "b": net()}, "epochs": 1, "batch_size": 8, "compiled": False, **arguments}
    with pytest.raises((TypeError, ValueError), match=message):
        training.train_each(given.pop("models"), X, Y, given.pop("optimizers", None), **given)


@pytest.mark.parametrize("value", [-1, 0, np.nan, np.inf, "a", True, [1], np.array([1.0, 2.0])])
@pytest.mark.parametrize("limit", ["clipnorm", "global_clipnorm", "clipvalue"])
def test_wrong_limits(limit, value):
    with pytest.raises((TypeError, ValueError), match=f"{limit} must be a finite number above 0"):
        training.clip_gradients([np.ones(3)], **{limit: value})


@pytest.mark.parametrize("replicas", [-1, 0, *NO_INTEGERS[:2], [1], True])
def test_wrong_replicas(replicas):
    with pytest.raises((TypeError, ValueError), match="replicas must be an integer of at least 1"):
        training.clip_gradients([np.ones((2, 3))], clipnorm=1.0, replicas=replicas)


def test_gradients_of_two_precisions_are_clipped_together():
    short, wide = training.clip_gradients([np.float32([3.0]), np.array([4.0])], global_clipnorm=1.0)
    assert short.dtype == tf.float32
    assert (float(short[0]), float(wide[0])) == pytest.approx((0.6, 0.8))


@pytest.mark.parametrize("limit", [{}, {"clipnorm": 1.0}])
@pytest.mark.parametrize(
    "gradients",
    [None, 3, "abc", ["a"], [1, 2], [None], [np.ones(2), None], [np.arange(3)], [np.ones(2) * 1j], np.ones((2, 3))],
)
def test_wrong_gradients(gradients, limit):
    with pytest.raises(TypeError, match="gradients must (hold arrays of floating-point numbers|be a list of arrays)"):
        training.clip_gradients(gradients, **limit)


@pytest.mark.parametrize("compiled", [True, False])
def test_after_epoch_may_not_change_what_is_compiled(compiled):
    def thaw():
        model.layers[0].trainable, model.layers[1].trainable = True, False

    model = net(layers.Dense(2, "tanh", kernel_initializer="ones", name="middle"))
    model.layers[0].trainable = False
    before = model.layers[0].kernel.numpy()
    with pytest.raises(ValueError, match="after_epoch froze or thawed a weight"):
        train(model, optimizer=SGD(), after_epoch=thaw, compiled=compiled)
    assert np.array_equal(model.layers[0].kernel, before)

    used = optimizers.SGD(0.1, momentum=0.9)
    with pytest.raises(ValueError, match="changed a setting of the optimiser other than its learning"):
        train(net(), optimizer=used, after_epoch=lambda: setattr(used, "momentum", 0.1), compiled=compiled)


def test_ctrl_c_while_looking_for_what_is_not_finite_undoes_the_epoch():
    def stop(z):
        calls.append(1)
        if len(calls) == 10:  # two epochs of four batches, then the second of those gone through again
            signal.raise_signal(signal.SIGINT)
        return z * (np.nan if len(calls) == 8 else 1.0)

    calls = []
    model, expected = net(layers.Activation(stop)), net(layers.Activation("linear"))
    expected.set_weights(model.get_weights())
    calls.clear()
    with pytest.warns(RuntimeWarning, match="interrupted after 1 records, the last of epoch 0"):
        train(model, optimizer=SGD(), batch_size=6)
    assert len(calls) == 10
    step(expected, SGD(), epochs=1, batch_size=6)
    assert same_weights(model, expected)


def test_a_legacy_optimiser_that_knows_some_of_the_weights_only_is_refused():
    model, used = net(), legacy.Adam(0.01)
    model.layers[-1].trainable = False
    train(model, optimizer=used)
    model.layers[-1].trainable = True
    with pytest.raises(ValueError, match="has taken 2 steps on another model, or while layers were frozen"):
        train(model, optimizer=used)


def test_train_plainly_refuses_what_train_model_refuses():
    used = legacy.Adam(0.01)
    training.train_plainly(net(), X, Y, epochs=1, batch_size=24, optimizer=used)
    with pytest.raises(ValueError, match="steps on another model"):
        training.train_plainly(net(), X, Y, epochs=1, batch_size=24, optimizer=used)
    frozen = net()
    frozen.trainable = False
    with pytest.raises(ValueError, match="no weight to train"):
        training.train_plainly(frozen, X, Y, epochs=1, batch_size=24)


def test_ctrl_c_is_told_where_after_epoch_is_given():
    def stop(z):
        if calls and len(calls) == 1:
            signal.raise_signal(signal.SIGINT)
        return tf.tanh(z)

    calls = []
    with pytest.warns(RuntimeWarning, match="interrupted after 1 records"):
        train(net(layers.Activation(stop)), optimizer=SGD(), after_epoch=lambda: calls.append(1))


def test_updates_of_a_run_without_an_epoch_are_missed_by_name():
    def stop(z):
        calls.append(1)
        if len(calls) == 1:
            signal.raise_signal(signal.SIGINT)
        return tf.tanh(z)

    calls = []
    model = net(layers.Activation(stop))
    calls.clear()
    with pytest.warns(RuntimeWarning, match="interrupted"):
        run = train(model, optimizer=SGD(), record="updates")
    with pytest.raises(KeyError, match="'updates': the run was interrupted before the first epoch was over"):
        run["updates"]


def test_replicas_are_not_trained_in_mixed_float16():
    with pytest.raises(ValueError, match="one overflow in any of 3 replicas would make all of them skip"):
        train(models.make_mlp("tanh", "zeros", replicas=3), optimizer=optimizers.LossScaleOptimizer(SGD()))


def test_recurrent_replicas_say_that_samples_do_not_meet():
    assert not mixes_samples(models.make_rnn("gru", length=4, replicas=2))
