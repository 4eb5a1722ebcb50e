import functools

import keras
import numpy as np
import pytest
import tensorflow as tf

from helpers import data, models, training
from helpers.recording import weights_by_layer
from tests.test_recording_weights import InContainers, OnlyOwn, OwnKernel, attention, dense, functional, row

layers = keras.layers
RNG = np.random.default_rng(0)
X, Y = data.circles(32)


def net(*parts, shape=(2,), units=1):
    return keras.Sequential([keras.Input(shape), *parts, layers.Dense(units, "sigmoid", name="head")])


def small():
    return net(layers.Dense(3, "tanh", name="base"))


def train(model, x=X, y=Y, *, epochs=1, rate=0.1, optimizer=None, loss="mse", compiled=False, **settings):
    """All samples in one batch, so that what is recorded at it is that of all data."""
    optimizer = optimizer or keras.optimizers.SGD(rate)
    return training.train_model(
        model, x, y, epochs=epochs, batch_size=len(x), optimizer=optimizer, loss=loss, compiled=compiled, **settings
    )


def by_tape(model, x, y, variables, mode=None):
    """The gradients of the mean squared error, dense, as anyone would take them."""
    with tf.GradientTape() as tape:
        outputs = model(tf.constant(x), **({"training": True} if mode is None else mode))
        loss = tf.reduce_mean(tf.square(tf.reshape(y, outputs.shape) - outputs))
    return [tf.convert_to_tensor(g).numpy() for g in tape.gradient(loss, [v.value for v in variables])]


def agree(ours, theirs):
    return np.allclose(ours, theirs, rtol=1e-9, atol=1e-12 + 1e-9 * np.abs(theirs).max())


# --- gradients of all kernels, whatever the model is made of -------------------------------------


class WithoutMode(keras.Model):
    """Its call takes no ``training``; a layer and a model are within."""

    def __init__(self):
        super().__init__(name="without")
        self.base, self.head = row(dense("a"), dense("b"), name="base"), layers.Dense(1, name="head")

    def call(self, x):
        return self.head(tf.tanh(self.base(x)))


class KeepsTheMode(keras.Model):
    """Its call takes ``training`` and hands it to nobody: Keras tells the layers within."""

    def __init__(self):
        super().__init__(name="keeps")
        self.base, self.norm, self.head = dense("base"), layers.BatchNormalization(name="norm"), dense("head", 1)

    def call(self, x, training=None):
        return self.head(self.norm(self.base(x)))


def shared():
    once = layers.Dense(3, "tanh", name="once")
    return row(once, row(once, layers.Dense(2, "tanh", name="x"), name="base"), dense("head"))


@pytest.mark.parametrize(
    ("make", "shape", "takes_mode"),
    [
        (lambda: row(row(dense("a"), functional(dense("b"), name="low"), name="base"), dense("head")), (3,), True),
        (shared, (3,), True),
        (attention, (4, 3), True),
        (lambda: row(InContainers(), layers.Activation("tanh"), OwnKernel()), (3,), True),
        (WithoutMode, (3,), False),
        (OnlyOwn, (3,), False),
        (KeepsTheMode, (3,), True),
    ],
)
def test_gradients_of_all_kernels_are_those_of_a_tape(make, shape, takes_mode):
    model = make()
    x = RNG.normal(size=(6, *shape))
    y = RNG.normal(size=model(x).shape)
    watched = weights_by_layer(model)
    assert len(watched) == sum(v.name == "kernel" for v in model.weights)
    expected = by_tape(model, x, y, watched.values(), mode=None if takes_mode else {})
    gradients = train(model, x, y).gradients
    assert gradients.names == tuple(watched)
    for name, theirs in zip(watched, expected, strict=True):
        assert agree(gradients[name][0], theirs)
        assert np.abs(theirs).max() > 0


def test_weights_that_a_call_changes_are_refused():
    model = net(layers.SpectralNormalization(layers.Dense(3), name="spectral"))
    with pytest.raises(ValueError, match="changes .*kernel whenever it is called.*only fit can train"):
        train(model)


# --- weights of other names ----------------------------------------------------------------------


def separable():
    return net(layers.SeparableConv1D(2, 2, name="separable"), layers.Flatten(), shape=(4, 3))


def words():
    parts = layers.Embedding(6, 2, name="words"), layers.Conv1D(2, 2, name="conv"), layers.Flatten()
    return net(*parts, shape=(4,))


@pytest.mark.parametrize(
    ("weight", "make", "names"),
    [
        (
            "recurrent_kernel",
            lambda: net(layers.GRU(2, return_sequences=True, name="low"), layers.LSTM(2, name="high"), shape=(2, 3)),
            ["low", "high"],
        ),
        ("pointwise_kernel", separable, ["separable"]),
        ("embeddings", words, ["words"]),
        ("gamma", lambda: net(dense("a"), layers.BatchNormalization(name="norm"), shape=(3,)), ["norm"]),
    ],
)
def test_values_gradients_and_updates_by_the_name_of_a_weight(weight, make, names):
    model = make()
    x = RNG.integers(0, 3, size=(6, 4)) if weight == "embeddings" else RNG.normal(size=(6, *model.input_shape[1:]))
    y = RNG.normal(size=(6, 1))
    watched = weights_by_layer(model, weight)
    start = {name: v.numpy() for name, v in watched.items()}
    expected = dict(zip(watched, by_tape(model, x, y, watched.values()), strict=True))
    run = train(model, x, y, rate=0.25, record=(weight, f"{weight}_gradients", f"{weight}_updates"))
    assert list(run[weight].names) == names
    title = weight.replace("_", " ")
    quantities = [run[f"{weight}{end}"].quantity for end in ("", "_gradients", "_updates")]
    assert quantities == [title, f"{title} gradient", f"{title} update"]
    for name in names:
        assert np.array_equal(run[weight][name], [start[name], watched[name].numpy()])
        assert agree(run[f"{weight}_gradients"][name][0], expected[name])
        assert agree(run[f"{weight}_updates"][name][0], -0.25 * expected[name])
        assert np.abs(expected[name]).max() > 0


def test_gradients_of_an_embedding_are_dense():
    model = words()
    rows = RNG.integers(0, 3, size=(6, 4))
    gradient = train(model, rows, np.zeros(6), record="embeddings_gradients")["embeddings_gradients"]["words"]
    assert gradient.shape == (2, 6, 2)
    assert (gradient[:, 3:] == 0).all()  # words that do not occur
    assert (gradient[:, np.unique(rows)] != 0).all()


@pytest.mark.parametrize("optimizer", ["sgd", "lion"])  # by a rule of ours, and by its own
def test_moving_averages_are_recorded_as_they_are(optimizer):
    model = net(layers.BatchNormalization(name="norm", momentum=0.5))
    moving = train(model, epochs=2, optimizer=optimizer, record="moving_mean")["moving_mean"]["norm"]
    mean = X.mean(axis=0)
    assert np.allclose(moving, [0 * mean, 0.5 * mean, 0.75 * mean], rtol=1e-12)


# --- frozen layers -------------------------------------------------------------------------------


def test_freezing_and_unfreezing_between_two_trainings():
    model = small()
    everything = ("weights", "updates", "bias_gradients")
    for trainable in (True, False, True):
        model.layers[0].trainable = trainable
        run = train(model, record=everything)
        learnt = ("base", "head") if trainable else ("head",)
        assert run["weights"].names == ("base", "head")
        assert run.gradients.names == run["updates"].names == run["bias_gradients"].names == learnt
        assert np.array_equal(*run["weights"]["base"]) != trainable


def only(*names):
    model = net(dense("base"), layers.BatchNormalization(name="norm"))
    for layer in model.layers:
        layer.trainable = layer.name in names
    return model


@pytest.mark.parametrize(
    ("model", "record", "message"),
    [
        (only(), (), "has no weight to train; set trainable=True"),
        (only("norm"), (), "has no kernel to train; set trainable=True"),
        (only("base"), "gamma_gradients", "no gamma of model .* is trained, so there are no gradients"),
        (only("base", "norm"), "moving_mean_gradients", "no moving_mean .*record 'moving_mean' for the values"),
        (
            functional(layers.LayerNormalization()),
            (),
            "has no kernel whose gradient could be .*, only beta, gamma",
        ),
    ],
)
def test_what_is_not_trained_has_no_gradients(model, record, message):
    with pytest.raises(ValueError, match=message):
        train(model, np.zeros((4, *model.input_shape[1:])), np.zeros((4, model.output_shape[-1])), record=record)


# --- record= -------------------------------------------------------------------------------------


def means(model, x, y):
    return {"x": tf.reduce_mean(x, axis=0)}


def scaled(model, x, y, factor=1):
    return {"x": factor * x}


class Callable:
    def __call__(self, model, x, y):
        return means(model, x, y)

    def method(self, model, x, y):
        return means(model, x, y)


def named(name):
    def function(model, x, y):
        return means(model, x, y)

    function.__name__ = name
    return function


def giving(value):
    return functools.partial(lambda model, x, y: value)


twice = functools.partial(scaled, factor=2)
thrice = functools.partial(scaled, factor=3)
thrice.__name__ = "thrice"


@pytest.mark.parametrize(
    ("record", "names"),
    [
        ("weights", ["weights"]),
        (means, ["means"]),
        ((twice, thrice), ["scaled", "thrice"]),
        ((Callable(), Callable().method), ["Callable", "method"]),
        ((tf.function(means),), ["means"]),
        ((means, "accuracy", "weights"), ["weights", "accuracy", "means"]),
    ],
)
def test_what_can_be_recorded(record, names):
    run = train(small(), record=record, loss="binary_crossentropy")
    assert sorted(run.recorded) == sorted(names)
    assert all(len(run[name]) == 2 for name in names)


def test_functions_of_one_kind_are_told_apart():
    run = train(small(), record=(twice, thrice))
    assert np.allclose(3 * run["scaled"]["x"], 2 * run["thrice"]["x"])
    assert run["scaled"].quantity == "scaled"


@pytest.mark.parametrize(
    ("record", "error", "message"),
    [
        ((lambda *_: {}, lambda *_: {}), ValueError, "another record of the name 'lambda'.*by def or by its __name__"),
        ((scaled, twice), ValueError, "another record of the name 'scaled'"),
        ((named("gradients"),), ValueError, "another record of the name 'gradients'"),
        ((named("loss"),), ValueError, "another record of the name 'loss'"),
        ((named("accuracy"),), ValueError, "another record of the name 'accuracy'"),
        ((named("kernel_updates"),), ValueError, "another record of the name 'kernel_updates'"),
        ({"x": means}, TypeError, "record must be names and functions.*got {'x'"),
        ((name for name in ["weights"]), TypeError, "record must be names and functions.*generator"),
        (None, TypeError, "record must be names and functions.*got None"),
        ((3,), TypeError, "record must hold names and functions of \\(model, x, y\\), got 3"),
        (("acuracy",), ValueError, "record='acuracy' is unknown; did you mean 'accuracy'"),
        (("recurrent_kernel",), ValueError, "record='recurrent_kernel' is unknown; use one of 'weights'"),
        (giving(None), TypeError, "function 'lambda' must return {layer name: tensor}, got None"),
        (giving(tf.ones(3)), TypeError, "must return {layer name: tensor}, got <tf.Tensor"),
        (giving({}), TypeError, "must return {layer name: tensor}, got {}"),
        (giving({1: 2.0}), TypeError, "must return {layer name: tensor}, got {1: 2.0}"),
        (giving({"x": None}), TypeError, "must give 'x' a tensor of numbers, got None"),
        (giving({"x": [[1], [1, 2]]}), TypeError, "must give 'x' a tensor of numbers, got \\[\\[1\\], \\[1, 2\\]\\]"),
        (giving({"x": "a"}), TypeError, "must give 'x' a tensor of numbers, got 'a'"),
        (giving({"x": []}), ValueError, "gives 'x' an empty tensor, of shape \\(0,\\)"),
    ],
)
def test_what_cannot_be_recorded(record, error, message):
    model = small()
    start = model.get_weights()
    with pytest.raises(error, match=message):
        train(model, record=record)
    assert all(np.array_equal(a, b) for a, b in zip(start, model.get_weights(), strict=True))


@pytest.mark.parametrize("change", [lambda n: {"x": tf.ones(n)}, lambda n: {f"x{n}": tf.ones(1)}])
def test_a_function_that_changes_its_mind_is_refused_by_name(change):
    calls = []

    def growing(model, x, y):
        calls.append(x)
        return change(len(calls))

    with pytest.raises(ValueError, match="'growing' must give the same layers and shapes at each epoch, got {'x"):
        train(small(), epochs=2, record=growing)


@pytest.mark.parametrize(("replicas", "optimizer"), [(None, "lion"), (2, None)])
def test_functions_see_the_weights_of_their_epoch(optimizer, replicas):
    def kernels(model, x, y):
        return {layer.name: layer.kernel.value for layer in model.layers}

    model = models.make_mlp("tanh", "glorot_uniform", hidden=(3,), replicas=replicas, seed=0)
    settings = {"epochs": 2, "batch_size": 16, "optimizer": optimizer, "record": ("weights", kernels)}
    run = training.train_model(model, X, Y, compiled=False, **settings)
    assert run["kernels"].replicas == replicas
    assert run["kernels"].names == run["weights"].names
    for name in run["weights"].names:
        assert np.array_equal(run["kernels"][name], run["weights"][name])
        assert not np.array_equal(run["weights"][name][1], run["weights"][name][2])


def test_gradients_that_a_function_takes_of_an_embedding_are_dense():
    def slopes(model, x, y):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(y - model(x)))
        return {"words": tape.gradient(loss, model.layers[0].embeddings.value)}

    run = train(words(), RNG.integers(0, 3, size=(6, 4)), np.zeros(6), record=("embeddings_gradients", slopes))
    assert agree(run["slopes"]["words"], run["embeddings_gradients"]["words"])


def test_what_a_function_gives_must_lead_with_replicas():
    model = models.make_mlp("tanh", "zeros", hidden=(2,), replicas=5)
    with pytest.raises(ValueError, match="'means' gives 'x' a tensor of shape \\(2,\\).*the 5 replicas"):
        train(model, record=means)


@pytest.mark.parametrize("optimizer", ["sgd", "lion"])
def test_to_look_changes_nothing(optimizer):
    def touches(model, x, y):
        outputs = model(x, training=True)  # moves averages and random states
        model.layers[0].kernel.assign(model.layers[0].kernel * 0)
        return {"outputs": outputs}

    ends = []
    for record in ((), touches):
        model = net(dense("base"), layers.BatchNormalization(name="norm"), layers.Dropout(0.5, seed=1))
        model.layers[0].kernel.assign(np.arange(6.0).reshape(2, 3))
        model.layers[-1].kernel.assign([[1.0], [-1.0], [0.5]])
        run = train(model, epochs=2, optimizer=optimizer, record=record)
        ends.append((run.loss, *(v.numpy() for v in model.variables)))
    assert all(np.array_equal(a, b) for a, b in zip(*ends, strict=True))


def test_a_weight_called_loss_leaves_the_loss_alone():
    class Odd(layers.Layer):
        def build(self, shape):
            self.loss_weight = self.add_weight(shape=shape[-1:], name="loss", initializer="ones")

        def call(self, x):
            return x * self.loss_weight

    run = train(net(Odd(name="odd")), record=("loss", "loss_gradients"))
    assert run["loss"].shape == (2,)
    assert run["loss"] is run.loss
    assert run["loss_gradients"]["odd"].shape == (2, 2)


def test_a_nested_model_says_where_it_stopped_being_finite():
    base = row(layers.Dense(2, kernel_initializer="ones", name="a"), layers.Dense(2, name="b"), name="base")
    base.layers[1].kernel.assign(np.full((2, 2), 1e308))
    with pytest.warns(RuntimeWarning, match="the output of layer 'base/b' is not finite"):
        run = train(net(base, shape=(3,)), np.full((4, 3), 10.0), np.zeros(4))
    assert (run.nonfinite[0].layer, run.nonfinite[0].what) == ("base/b", "output")
