"""What people report of training models of other forms, data and stops: the right value, or a refusal.

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

from helpers import models, training
from helpers.engine.batches import Batches
from helpers.engine.trainable import mixes_samples
from helpers.models.replicas import row_of_layers
from tests.training_examples import (
    SEQUENCES,
    SGD,
    TOKENS,
    X,
    Y,
    assert_trains_as_keras,
    fit,
    layers,
    net,
    optimizers,
    replica_net,
    same_weights,
    step,
    train,
    twice,
)

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
