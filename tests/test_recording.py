import keras
import numpy as np
import pytest

from helpers import data, models
from helpers.engine.losses import sample_losses
from helpers.recording import LayerHistory, WeightCapture, replica_count, weights_by_layer


def history(replicas=None):
    rng = np.random.default_rng(0)
    lead = (3,) if replicas is None else (3, replicas)
    return LayerHistory(
        "weight", [-1, 0, 1], {"a": rng.normal(size=(*lead, 2, 5)), "b": rng.normal(size=(*lead, 5, 1))}, replicas
    )


def test_summary_of_numbers_worked_out_by_hand():
    table = LayerHistory("gradient", [0, 5], {"a": [[3.0, -4.0], [0.0, 0.0]]}).summary()
    assert table["step"].tolist() == [0, 5]
    first = table.iloc[0]
    assert (first["mean"], first["std"], first["mean_abs"]) == (-0.5, 3.5, 3.5)
    assert (first["norm"], first["min"], first["max"]) == (5.0, -4.0, 3.0)
    assert (table.iloc[1][["mean", "std", "mean_abs", "norm", "min", "max"]] == 0).all()


def test_summary_of_one_net_is_tidy():
    h = history()
    table = h.summary()
    assert table.columns.tolist() == ["step", "layer", "mean", "std", "mean_abs", "norm", "min", "max"]
    assert len(table) == 3 * 2
    row = table[(table["step"] == 1) & (table["layer"] == "b")]
    assert row["norm"].item() == pytest.approx(np.linalg.norm(h["b"][2]), rel=1e-12)
    assert table["layer"].cat.categories.tolist() == ["a", "b"]


def test_summary_of_replicas_has_a_replica_column():
    h = history(replicas=4)
    table = h.summary()
    assert len(table) == 3 * 2 * 4
    row = table[(table["step"] == 0) & (table["layer"] == "a") & (table["replica"] == 2)]
    assert row["std"].item() == pytest.approx(h["a"][1, 2].std(), rel=1e-12)


def test_a_replica_has_the_summary_of_its_rows():
    h = history(replicas=4)
    table = h.summary()
    rows = table[table["replica"] == 3].drop(columns="replica").reset_index(drop=True)
    assert h.replica(3).summary().equals(rows)


def test_statistics_do_not_mix_layers_or_steps():
    h = history(replicas=2)
    assert np.allclose(h.statistic("mean_abs")["a"], np.abs(h["a"]).mean(axis=(2, 3)))
    assert h.statistic("max")["b"].shape == (3, 2)


def test_histories_cannot_be_changed():
    h = history()
    with pytest.raises(ValueError, match="read-only"):
        h["a"][0] = 0
    with pytest.raises(TypeError):
        h.layers["c"] = 0
    with pytest.raises(AttributeError):
        h.quantity = "x"
    mine = np.zeros((1, 2))
    kept = LayerHistory("weight", [0], {"a": mine})
    mine[:] = 9
    assert kept["a"].max() == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("w", [], {"a": np.zeros((0, 2))}), "steps must be a list of at least one step"),
        (("w", [0], {}), "layers is empty"),
        (("w", [1, 0], {"a": np.zeros((2, 2))}), "steps must increase"),
        (("w", [0, 1], {"a": np.zeros((3, 2))}), r"layers\['a'\] has shape \(3, 2\).*\(2,\)"),
        (("w", [0, 1], {"a": np.zeros((2, 3, 2))}, 4), r"layers\['a'\].*\(2, 4\).*replicas"),
    ],
)
def test_what_is_no_history(arguments, message):
    with pytest.raises(ValueError, match=message):
        LayerHistory(*arguments)


def test_no_records_no_history():
    with pytest.raises(ValueError, match="records must hold one entry for each of 2 steps, got 0"):
        LayerHistory.from_records("w", [0, 1], [])


def test_unknown_names():
    h = history()
    with pytest.raises(KeyError, match="no layer named 'c'"):
        h["c"]
    with pytest.raises(ValueError, match="statistic='median' is unknown"):
        h.statistic("median")
    with pytest.raises(ValueError, match="single net"):
        h.replica(0)
    with pytest.raises(IndexError, match="there are 4, 0 to 3"):
        history(4).replica(4)


def test_repr_says_what_is_in_it():
    assert repr(history(4)) == "LayerHistory('weight', 3 steps -1 to 1, layers a, b, 4 replicas)"


# --- WeightCapture -------------------------------------------------------------------------------


def compiled(replicas=None):
    model = models.make_mlp("tanh", "glorot_uniform", seed=1, replicas=replicas)
    model.compile(
        keras.optimizers.SGD(0.5),
        # Keras squeezes an output of higher rank than the target: targets have rank 3 in fit
        lambda t, p: sample_losses("binary_crossentropy", t[:, 0] if replicas else t, p, replicas),
    )
    return model


def fitted(capture, *more, epochs=3, model=None):
    X, y = data.circles(64)
    model = model or compiled()
    y = y.reshape(-1, *[1] * (len(model.output_shape) - 1))
    model.fit(X, y, epochs=epochs, batch_size=32, verbose=0, callbacks=[capture, *more])
    return model


class ByHand(keras.callbacks.Callback):
    """Reads get_weights() at the same moments, in its own way."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def on_train_begin(self, logs=None):
        self.seen.append([layer.get_weights()[0].copy() for layer in self.model.layers])

    def on_epoch_end(self, epoch, logs=None):
        self.on_train_begin()


@pytest.mark.parametrize("replicas", [None, 3])
def test_capture_keeps_what_get_weights_returns(replicas):
    model = compiled(replicas)
    start = [layer.get_weights()[0].copy() for layer in model.layers]
    capture, by_hand = WeightCapture(), ByHand()
    fitted(capture, by_hand, model=model)
    h = capture.history
    assert h.steps.tolist() == [-1, 0, 1, 2]
    assert h.names == ("tanh1", "tanh2", "tanh3", "tanh4", "tanh5")
    assert h.replicas == replicas
    for k, name in enumerate(h.names):
        assert np.array_equal(h[name][0], start[k])
        assert np.array_equal(h[name], [weights[k] for weights in by_hand.seen])
        assert not np.array_equal(h[name][0], h[name][-1])


def test_capture_of_one_layers_bias():
    capture = WeightCapture(weight="bias", layers=["tanh2"])
    model = fitted(capture)
    assert capture.history.names == ("tanh2",)
    assert np.array_equal(capture.history["tanh2"][-1], model.layers[1].get_weights()[1])


def test_a_second_fit_goes_on_and_another_model_starts_anew():
    capture = WeightCapture()
    model = fitted(capture, epochs=2)
    fitted(capture, epochs=2, model=model)
    assert capture.history.steps.tolist() == [-1, 0, 1, 2, 3]
    fitted(capture, epochs=1)
    assert capture.history.steps.tolist() == [-1, 0]


def test_capture_refuses():
    with pytest.raises(ValueError, match="nothing captured yet"):
        _ = WeightCapture().history
    with pytest.raises(ValueError, match="no layer named 'tanh9'"):
        fitted(WeightCapture(layers=["tanh9"]))
    with pytest.raises(ValueError, match="weight='kernal'.*did you mean 'kernel'"):
        fitted(WeightCapture(weight="kernal"))
    with pytest.raises(TypeError, match="layers must be a list of names"):
        WeightCapture(layers="tanh1")


# --- reading a model -----------------------------------------------------------------------------


def test_replica_count():
    assert replica_count(models.make_mlp("relu", "zeros")) is None
    assert replica_count(models.make_mlp("relu", "zeros", replicas=1)) == 1
    assert replica_count(models.make_mlp("relu", "zeros", replicas=7)) == 7


def test_an_unbuilt_model_has_no_weights_to_watch():
    with pytest.raises(ValueError, match="has no weights yet"):
        weights_by_layer(keras.Sequential([keras.layers.Dense(1)]))


@pytest.mark.parametrize("replicas", [None, 4])
def test_profile_is_one_statistic_of_all_layers_at_one_step(replicas):
    lead = (3,) if replicas is None else (3, replicas)
    rng = np.random.default_rng(0)
    h = LayerHistory("gradient", [0, 5, 10], {n: rng.normal(size=(*lead, 2, 2)) for n in "ab"}, replicas)
    for step, k in ((None, 0), (5, 1), (10, 2)):
        profile = h.profile("norm", step)
        assert profile.shape == (2, *lead[1:])
        assert np.allclose(profile[1], np.linalg.norm(h["b"][k].reshape(*lead[1:], 4), axis=-1))


def test_profile_refuses_what_is_not_there():
    h = LayerHistory("gradient", [0, 5], {"a": np.zeros((2, 3))})
    with pytest.raises(ValueError, match="step=1 was not recorded; there are 2, 0 to 5"):
        h.profile("norm", step=1)
    with pytest.raises(ValueError, match="did you mean 'norm'"):
        h.profile("nrom")


def test_statistics_of_large_float32_numbers_do_not_overflow():
    h = LayerHistory("activation", [0], {"a": np.array([[3e30, -4e30]], dtype=np.float32)})
    assert h.statistic("norm")["a"][0] == pytest.approx(5e30, rel=1e-6)
    assert h.statistic("std")["a"][0] == pytest.approx(3.5e30, rel=1e-6)
