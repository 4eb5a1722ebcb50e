"""What people report of training elsewhere: each with the right value, or a refusal that names what is wrong.

The right value is that of Keras's ``fit`` on one batch of all samples, of its ``train_on_batch``, or of a formula.
"""

import keras
import numpy as np
import pytest
import tensorflow as tf
from tf_keras.optimizers import legacy

from helpers import training
from tests.training_examples import (
    CLASSES,
    SGD,
    X,
    Y,
    assert_trains_as_keras,
    fit,
    layers,
    losses,
    net,
    optimizers,
    replica_net,
    same_weights,
    step,
    train,
    twice,
)

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
