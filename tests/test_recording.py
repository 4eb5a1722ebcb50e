import copy
import pickle

import joblib
import keras
import ml_dtypes
import numpy as np
import pytest

from helpers import data, models
from helpers.engine.finiteness import NonFinite
from helpers.engine.losses import sample_losses
from helpers.recording import LayerHistory, TrainingRun, WeightCapture, replica_count, weights_by_layer


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
        (("w", 2, {"a": np.zeros((2, 2))}), "steps must be a list of at least one step, got 2"),
        (("w", [[0], [0, 1]], {"a": np.zeros((2, 2))}), "steps must be a list of at least one step"),
        (("w", np.array([1, 0], np.uint8), {"a": np.zeros((2, 2))}), r"steps must increase, got \[1, 0\]"),
        (("w", [0, 1], {"a": np.zeros((2, 0))}), r"layers\['a'\] is empty, of shape \(2, 0\)"),
        (("w", [0, 1], {"a": [[1], [1, 2]]}), r"layers\['a'\] must be one array of numbers, got rows of unequal"),
        (("w", [0], {"a": 3.0}), r"layers\['a'\] has shape \(\); its first axes must be \(1,\)"),
        (("w", [0], {"a": [1.0]}, 0), "replicas must be an integer of at least 1, got 0"),
    ],
)
def test_what_is_no_history(arguments, message):
    with pytest.raises(ValueError, match=message):
        LayerHistory(*arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("w", ["0", "1"], {"a": [1, 2]}), r"steps must be integers, got \['0', '1'\]"),
        (("w", [0, np.nan], {"a": [1, 2]}), r"steps must be integers, got \[0.0, nan\]"),
        (("w", [0, np.inf], {"a": [1, 2]}), "steps must be integers"),
        (("w", [0, 0.5], {"a": [1, 2]}), "steps must be integers"),
        (("w", [False, True], {"a": [1, 2]}), "steps must be integers"),
        (("w", [0], [1.0]), "layers must be {layer name: array}, got list"),
        (("w", [0], {1: [1.0]}), "got a name that is no text, 1"),
        (("w", [0], {"a": [object()]}), r"layers\['a'\] must be an array of numbers, got object of shape \(1,\)"),
        (("w", [0], {"a": ["1"]}), r"layers\['a'\] must be an array of numbers, got <U1"),
        (("w", [0], {"a": None}), r"layers\['a'\] must be an array of numbers"),
        ((None, [0], {"a": [1.0]}), "quantity must be text, such as 'weight', got None"),
        (("w", [0], {"a": [1.0]}, True), "replicas must be an integer of at least 1, got True"),
        (("w", [0], {"a": [1.0]}, 1.0), "replicas must be an integer of at least 1, got 1.0"),
    ],
)
def test_what_is_of_a_wrong_type(arguments, message):
    with pytest.raises(TypeError, match=message):
        LayerHistory(*arguments)


def test_steps_are_integers_however_they_were_given():
    for steps in (range(2), (0.0, 1.0), np.array([0, 1], np.uint8)):
        history = LayerHistory("w", steps, {"a": [1, 2]})
        assert history.steps.dtype == np.int64
        assert history.steps.tolist() == [0, 1]


def test_half_precision_is_kept_and_brain_floats_become_float32():
    values = np.array([[1.5, 60000.0]])
    half = LayerHistory("w", [0], {"a": values.astype(np.float16)})
    assert half["a"].dtype == np.float16
    assert half.statistic("norm")["a"][0] == pytest.approx(np.hypot(1.5, 60000.0), rel=1e-3)
    brain = LayerHistory("w", [0], {"a": values.astype(ml_dtypes.bfloat16)})
    assert brain["a"].dtype == np.float32
    assert brain["a"].tolist() == values.astype(ml_dtypes.bfloat16).astype(float).tolist()


def test_no_records_no_history():
    with pytest.raises(ValueError, match="records must hold one entry for each of 2 steps, got 0"):
        LayerHistory.from_records("w", [0, 1], [])


def test_records_are_put_together_by_name():
    records = [{"a": [1.0], "b": [2.0]}, {"b": [4.0], "a": [3.0]}]
    made = LayerHistory.from_records("w", [0, 5], records)
    assert made == LayerHistory("w", [0, 5], {"a": [[1.0], [3.0]], "b": [[2.0], [4.0]]})


@pytest.mark.parametrize(
    ("records", "error", "message"),
    [
        ([{"a": [1]}, {"a": [1, 2]}], ValueError, r"'a' has shape \(2,\) at step 1, and \(1,\) at the first"),
        ([{"a": [1]}, {"b": [1]}], ValueError, r"step 1 has the layers \['b'\], the first \['a'\]"),
        ([{"a": [[1], [1, 2]]}] * 2, ValueError, r"layers\['a'\] must be one array of numbers"),
        ([{"a": [None]}] * 2, TypeError, r"layers\['a'\] must be an array of numbers"),
        ([{}, {}], ValueError, "layers is empty"),
        ([[1], [2]], TypeError, "records must be a list of {layer name: array}"),
        (None, TypeError, "records must be a list of {layer name: array}, one for each step, got None"),
        ({"a": [1, 2]}, TypeError, "records must be a list"),
    ],
)
def test_records_that_do_not_fit(records, error, message):
    with pytest.raises(error, match=message):
        LayerHistory.from_records("w", [0, 1], records)


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
    for index in (True, 1.0, "0", None):
        with pytest.raises(TypeError, match="index must be an integer from 0 to 3"):
            history(4).replica(index)
    for statistic in ("nrom", None, ["norm"]):
        with pytest.raises(ValueError, match="is unknown.*'mean', 'std', 'mean_abs', 'norm', 'min', 'max'"):
            h.statistic(statistic)


def test_a_history_knows_its_layers():
    h = history()
    assert "a" in h
    assert "c" not in h
    assert list(h) == ["a", "b"]


def test_repr_says_what_is_in_it():
    assert repr(history(4)) == "LayerHistory('weight', 3 steps -1 to 1, layers a, b, 4 replicas)"


# --- kept whole: copies, files, workers ----------------------------------------------------------


def mixed(replicas=2):
    """Arrays of several types under names that a file or a path might not like."""
    layers = {
        "base/dense": np.arange(12.0).reshape(3, 2, 2),
        "größe 1": np.full((3, 2), np.nan, np.float32),
        "..": np.ones((3, 2), np.int16),
        "": np.ones((3, 2), bool),
        "end\0": np.ones((3, 2), np.float16),
    }
    return LayerHistory("gradient", [-1, 0, 5], layers, replicas)


def run():
    recorded = {"weights": mixed(), "accuracy": np.array([0.5, np.nan])}
    return TrainingRun(np.array([1.0, np.nan]), history(), recorded, (NonFinite(None, 1, 0, "a", "loss"),))


def saved(history, path):
    return LayerHistory.load(history.save(path))


def by_pickle(kept):
    return pickle.loads(pickle.dumps(kept))


def all_arrays(kept):
    if isinstance(kept, LayerHistory):
        return [kept.steps, *kept.layers.values()]
    return [kept.loss, *all_arrays(kept.gradients), kept["accuracy"], *all_arrays(kept["weights"])]


@pytest.mark.parametrize("kept", [mixed(), mixed(None), run()], ids=["replicas", "one net", "run"])
@pytest.mark.parametrize("copied", [by_pickle, copy.copy, copy.deepcopy])
def test_a_copy_is_equal_and_read_only(kept, copied):
    other = copied(kept)
    assert other == kept
    assert hash(other) == hash(kept)
    assert len({other, kept}) == 1
    for mine, theirs in zip(all_arrays(kept), all_arrays(other), strict=True):
        assert not (mine.flags.writeable or theirs.flags.writeable)
        assert mine.dtype == theirs.dtype


def changed(**parts):
    h = mixed()
    return LayerHistory(**{"quantity": h.quantity, "steps": h.steps, "layers": h.layers, "replicas": 2, **parts})


@pytest.mark.parametrize(
    "other",
    [
        changed(quantity="weight"),
        changed(steps=[-1, 0, 6]),
        changed(replicas=None),
        changed(layers={**mixed().layers, "more": np.ones((3, 2))}),
        changed(layers={**mixed().layers, "..": np.zeros((3, 2))}),
        "gradient",
    ],
)
def test_what_differs_is_not_equal(other):
    assert changed() == mixed()
    assert mixed() != other
    assert other != mixed()


def test_runs_differ_where_anything_differs():
    one, h = run(), history()
    assert one != TrainingRun(np.array([1.0, 2.0]), h, dict(one.recorded), one.nonfinite)
    assert one != TrainingRun(one.loss, h, dict(one.recorded), one.nonfinite, interrupted=True)
    assert one != TrainingRun(one.loss, h, dict(one.recorded), ())
    assert one != TrainingRun(one.loss, h, {"weights": mixed()}, one.nonfinite)
    exchanged = TrainingRun(one.loss, h, {"weights": one["accuracy"], "accuracy": mixed()}, one.nonfinite)
    assert one != exchanged
    assert exchanged != one
    assert one != "run"


def test_runs_cannot_be_changed():
    loss = np.ones(2)
    kept = TrainingRun(loss, history(), {"accuracy": np.ones(2)})
    loss[:] = 9
    assert kept.loss.max() == 1
    for array in (kept.loss, kept["accuracy"]):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0
    with pytest.raises(TypeError):
        kept.recorded["accuracy"] = 0
    with pytest.raises(KeyError, match="'weights' was not recorded .recorded: 'accuracy'"):
        kept["weights"]


@pytest.mark.parametrize("kept", [mixed(), mixed(None), LayerHistory("w\0", [0], {"a": [1.0]})])
def test_a_file_holds_all_of_it(tmp_path, kept):
    for name in ("whole", "whole.npz", "v1.0", str(tmp_path / "by name")):
        read = saved(kept, tmp_path / name)
        assert read == kept
        assert read.replicas == kept.replicas
        assert [v.dtype for v in read.layers.values()] == [v.dtype for v in kept.layers.values()]
        assert not any(a.flags.writeable for a in all_arrays(read))
        assert LayerHistory.load(tmp_path / name) == kept  # by the name given to save
    assert {path.name for path in tmp_path.iterdir()} == {"whole.npz", "v1.0.npz", "by name.npz"}


def test_a_file_is_replaced(tmp_path):
    mixed().save(tmp_path / "x")
    assert saved(history(), tmp_path / "x") == history()


def test_a_file_is_read_without_pickle(tmp_path):
    with np.load(mixed().save(tmp_path / "x"), allow_pickle=False) as found:
        assert np.array_equal(found["layer0"], mixed()["base/dense"])
        assert found["steps"].tolist() == [-1, 0, 5]


def test_paths_that_lead_nowhere(tmp_path):
    h = history()
    with pytest.raises(FileNotFoundError, match=f"no folder {tmp_path / 'none'}"):
        h.save(tmp_path / "none" / "x.npz")
    with pytest.raises(FileNotFoundError, match="no file .*none.npz"):
        LayerHistory.load(tmp_path / "none")
    (tmp_path / "folder.npz").mkdir()
    with pytest.raises(ValueError, match="folder.npz is a folder"):
        h.save(tmp_path / "folder")
    for wrong, error in ((None, TypeError), (3, TypeError), ("", ValueError)):
        for use in (h.save, LayerHistory.load):
            with pytest.raises(error, match="path must be the name of a file"):
                use(wrong)


def test_files_of_another_kind(tmp_path):
    path = tmp_path / "x.npz"
    good = mixed().save(path).read_bytes()
    damaged = bytearray(good)
    for k in range(0, len(good), 40):
        damaged[k] ^= 255
    np.savez(tmp_path / "other.npz", steps=[0])
    np.save(tmp_path / "array.npy", np.ones(3))
    contents = [b"", b"text", good[: len(good) // 2], bytes(damaged), pickle.dumps({"a": 1})]
    contents += [(tmp_path / name).read_bytes() for name in ("other.npz", "array.npy")]
    for content in contents:
        path.write_bytes(content)
        with pytest.raises(ValueError, match="x.npz is not a file that LayerHistory.save wrote"):
            LayerHistory.load(path)


def test_joblib_keeps_what_was_computed_from_equal_histories(tmp_path):
    calls = []

    def norms(kept):
        calls.append(kept)
        return kept.gradients.statistic("norm")["a"] if isinstance(kept, TrainingRun) else kept.statistic("norm")

    cached = joblib.Memory(tmp_path, verbose=0).cache(norms, ignore=[])
    for kept in (mixed(), by_pickle(mixed()), run(), copy.deepcopy(run())):
        cached(kept)
    assert len(calls) == 2


# --- WeightCapture -------------------------------------------------------------------------------


def compiled(replicas=None):
    model = models.make_mlp("tanh", "glorot_uniform", seed=1, replicas=replicas)
    model.compile(
        keras.optimizers.SGD(0.5),
        # Keras squeezes an output of higher rank than the target: targets have rank 3 in fit
        lambda t, p: sample_losses("binary_crossentropy", t[:, 0] if replicas else t, p, replicas),
        run_eagerly=True,  # nothing to compile: faster
    )
    return model


def fitted(capture, *more, epochs=3, model=None):
    X, y = data.circles(32)
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
    for step in (True, "0", [0], 0.5):
        with pytest.raises(TypeError, match="step must be one of the recorded steps, an integer"):
            h.profile("norm", step=step)


def test_statistics_of_large_float32_numbers_do_not_overflow():
    h = LayerHistory("activation", [0], {"a": np.array([[3e30, -4e30]], dtype=np.float32)})
    assert h.statistic("norm")["a"][0] == pytest.approx(5e30, rel=1e-6)
    assert h.statistic("std")["a"][0] == pytest.approx(3.5e30, rel=1e-6)
