import itertools
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import joblib
import keras
import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from helpers import data, models, session, sweeps, training
from helpers.initializers import PerReplica
from helpers.sweeps import mlp
from helpers.sweeps.grid import identity
from helpers.sweeps.together import Together

run_module = sys.modules["helpers.sweeps.run"]  # the package has a function of this name

X, Y = data.circles(120)
SMALL = {"depth": 2, "width": 3}  # with two replicas: the form that is compiled
LOST = {"activation": "relu", "initializer": keras.initializers.RandomNormal(stddev=1e160), **SMALL}
CELLS = sweeps.grid(slope=[1.0, -2.5, 1 / 3], name=["a", None], flag=[True, False])


def line(X, y, *, replicas, seed, slope, name, flag, shift=0.0):
    """Numbers that are hard to write down: thirds, nan, inf, whole floats."""
    r = np.arange(replicas)
    values = (slope * r + shift) / 3 + seed
    return {
        "value": values,
        "odd": np.where(r == 1, np.nan, np.inf * np.sign(slope)),
        "flag2": (r > 0) ^ flag,
        "count": r * 2,
        "whole": r.astype(np.float32),
        "length": np.full(replicas, len(X) + (0 if name is None else len(name))),
    }


def sweep(cells=CELLS, **more):
    return sweeps.run(cells, X, Y, **{"replicas": 3, "measure": line, "progress": False, **more})


# --- the grid ------------------------------------------------------------------------------------


def test_a_grid_is_all_combinations_the_last_setting_fastest():
    cells = sweeps.grid(a=[1, 2], b="x", c=("u", "v"))
    assert cells == [{"a": a, "b": "x", "c": c} for a in (1, 2) for c in ("u", "v")]


def test_initialisers_are_known_by_what_they_do():
    one, same, other = (keras.initializers.RandomNormal(stddev=s, seed=k) for s, k in ((1.0, 1), (1.0, 2), (2.0, 1)))
    assert sweeps.label(one) == sweeps.label(same) == "RandomNormal(stddev=1.0)"
    assert sweeps.label(other) != sweeps.label(one)


class Told(keras.initializers.Initializer):
    def __init__(self, a=1, b=None):
        self.a, self.b = a, b

    def get_config(self):
        return {"a": self.a, "b": self.b}


class Untold(keras.initializers.RandomNormal):
    def __init__(self, a=1):
        super().__init__(stddev=a)
        self.a = a

    def get_config(self):
        return {"stddev": self.a}


@pytest.mark.parametrize(
    ("initializer", "text"),
    [
        (keras.initializers.GlorotUniform(seed=3), "GlorotUniform()"),
        (keras.initializers.Zeros(), "Zeros()"),
        (keras.initializers.RandomNormal(), "RandomNormal()"),
        (keras.initializers.RandomNormal(mean=0.0, stddev=np.float64(0.1)), "RandomNormal(stddev=0.1)"),
        (keras.initializers.RandomNormal(stddev=np.float32(0.5)), "RandomNormal(stddev=0.5)"),
        (keras.initializers.RandomUniform(-1, 1), "RandomUniform(minval=-1, maxval=1)"),
        (keras.initializers.VarianceScaling(2.0), "VarianceScaling(scale=2.0)"),
        (keras.initializers.VarianceScaling(mode="fan_avg"), 'VarianceScaling(mode="fan_avg")'),
        (Told(b=2), f"{__name__}.Told(b=2)"),
    ],
)
def test_labels_of_initialisers_say_what_is_not_the_default(initializer, text):
    assert sweeps.label(initializer) == text


def test_other_initialisers_have_other_short_labels_every_time():
    def several():
        return [
            *(keras.initializers.Constant(np.arange(9.0) + k) for k in range(2)),
            *(PerReplica(keras.initializers.RandomNormal(stddev=s), 1, layer) for s in (1.0, 2.0) for layer in (0, 1)),
            *(Told(a, b) for a in (1, 2) for b in (None, 1)),
        ]

    labels = [sweeps.label(one) for one in several()]
    assert len(set(labels)) == len(labels)
    assert max(map(len, labels)) < 70
    assert labels == [sweeps.label(one) for one in several()]


@pytest.mark.parametrize(
    ("initializer", "message"),
    [
        (Untold(2), r"a holds a Untold whose get_config\(\) leaves out a, so"),
        (Told(a=len), "a holds an initialiser with an argument that cannot be written as JSON: <built-in"),
    ],
)
def test_initialisers_that_cannot_be_told_apart_are_refused(initializer, message):
    with pytest.raises(TypeError, match=message):
        sweeps.grid(a=[initializer])


@pytest.mark.parametrize(
    ("axes", "error", "message"),
    [
        ({}, ValueError, "at least one setting"),
        ({"a": []}, ValueError, "a is empty"),
        ({"a": [1, 2, 1]}, ValueError, "a holds 1 more than once"),
        ({"a": [len]}, TypeError, "a must hold strings, numbers, None or Keras initialisers, got <built-in"),
        ({"a": np.ones(2)}, TypeError, "a must hold"),
        ({"a": [[1, 2]]}, TypeError, "a must hold"),
        ({"a": [np.int64(1), 1]}, ValueError, "a holds 1 more than once"),
    ],
)
def test_bad_grids(axes, error, message):
    with pytest.raises(error, match=message):
        sweeps.grid(**axes)


def test_numbers_of_numpys_become_pythons():
    cells = sweeps.grid(a=list(np.arange(2)), b=np.float32(0.5), c=np.True_)
    assert cells == [{"a": a, "b": 0.5, "c": True} for a in (0, 1)]
    assert [type(v) for v in cells[0].values()] == [int, float, bool]
    for value in (np.int64(3), np.float64(0.1), np.True_):
        assert sweeps.label(value) == identity(value) == value.item()
        assert type(sweeps.label(value)) is type(identity(value)) is type(value.item())


# --- the table -----------------------------------------------------------------------------------


def test_the_table_has_a_row_for_each_cell_and_replica_in_the_order_given():
    table = sweep(shift=5.0)
    assert table.columns.tolist() == ["slope", "name", "flag", "replica", *line(X, Y, replicas=1, seed=0, **CELLS[0])]
    assert len(table) == len(CELLS) * 3
    for k, cell in enumerate(CELLS):
        rows = table.iloc[3 * k : 3 * k + 3]
        assert rows[["slope", "name", "flag"]].to_dict("records") == [cell] * 3
        expected = line(X, Y, replicas=3, seed=0, shift=5.0, **cell)
        for name, values in expected.items():
            assert np.array_equal(rows[name].to_numpy(), values, equal_nan=values.dtype.kind == "f")


def test_two_workers_give_the_table_of_one():
    assert_frame_equal(sweep(jobs=2), sweep(), check_exact=True)


def test_the_order_of_the_cells_changes_no_number():
    there, back = sweep(), sweep(CELLS[::-1])
    restored = pd.concat([back.iloc[3 * k : 3 * k + 3] for k in reversed(range(len(CELLS)))], ignore_index=True)
    assert_frame_equal(restored, there, check_exact=True)


def wrong_shape(X, y, *, replicas, seed, a):
    return {"value": np.zeros(replicas + 1)}


def words(X, y, *, replicas, seed, a):
    return {"value": np.array(["x"] * replicas)}


def returning(value):
    def measure(X, y, *, replicas, seed, a):
        return value

    return measure


def others(X, y, *, replicas, seed, a):
    return {f"value{a}": np.zeros(replicas)}


ONE = [{"a": 1}]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"cells": []}, ValueError, "cells is empty"),
        (
            {"cells": [{"a": 1}, {"b": 1}]},
            ValueError,
            r"cells must all have the settings \['a'\], got one with \['b'\]",
        ),
        ({"cells": [{"a": 1}, {"a": 1}]}, ValueError, "more than once"),
        ({"cells": [{"a": len}]}, TypeError, "a must hold"),
        ({"cells": [{"a": 1}], "a": 2}, ValueError, "a: given both"),
        ({"replicas": 0}, ValueError, "replicas must be an integer of at least 1"),
        ({"cells": [{"a": 1}], "measure": wrong_shape}, ValueError, r"numbers of shape \(3,\), got float64 of \(4,\)"),
        ({"cells": [{"a": 1}], "measure": words}, ValueError, "for 'value'"),
        ({"cells": "ab"}, TypeError, "cells must be a list of dictionaries, as from grid, got 'ab'"),
        ({"cells": {"a": 1}}, TypeError, "cells must be a list of dictionaries"),
        ({"cells": [{"a": 1}, 5]}, TypeError, "cells must be a list of dictionaries"),
        ({"cells": [{1: 2}]}, ValueError, "cells must have names of settings as keys, got 1"),
        ({"cells": [{"replicas": 2}]}, ValueError, "cells must have names .* got 'replicas'"),
        ({"cells": [{"replica": 2}]}, ValueError, "cells must have names .* got 'replica'"),
        ({"replicas": True}, TypeError, "replicas must be an integer"),
        ({"seed": -1}, ValueError, "seed must be an integer of 0 to"),
        ({"seed": 0.5}, TypeError, "seed must be an integer of 0 to"),
        ({"jobs": 0}, ValueError, "jobs must be at least 1, or -1 for one on each core, got 0"),
        ({"jobs": "two"}, TypeError, "jobs must be an integer"),
        ({"jobs": -2}, ValueError, "jobs must be an integer"),
        ({"folder": __file__}, ValueError, "folder must be one that is there or can be made, got .*test_sweeps.py"),
        ({"folder": ""}, ValueError, "folder is empty"),
        ({"folder": 5}, TypeError, "folder must be a string or a pathlib.Path, got 5"),
        ({"cells": ONE, "measure": "line"}, TypeError, "measure must be a function, got 'line'"),
        ({"cells": ONE}, TypeError, "measure must take X, y, replicas, seed, a, but .*: <function line"),
        (
            {"cells": ONE, "measure": words, "b": 1},
            TypeError,
            "measure must take X, y, replicas, seed, b, a, but .*'b'",
        ),
        ({"cells": ONE, "measure": returning(None)}, TypeError, "measure must return {name: .* got None"),
        ({"cells": ONE, "measure": returning({"v": [[1], [1, 2]]})}, TypeError, "measure must return {name:"),
        ({"cells": ONE, "measure": returning({"v": 3})}, ValueError, r"measure must return numbers of shape \(3,\)"),
        ({"cells": ONE, "measure": returning({"a": np.zeros(3)})}, ValueError, "measure must return names of its own"),
        ({"cells": ONE, "measure": returning({"replica": np.zeros(3)})}, ValueError, "measure must return names of"),
        ({"cells": ONE, "measure": returning({1: np.zeros(3)})}, ValueError, "measure must return names of its own"),
        ({"cells": [{"a": 1}, {"a": 2}], "measure": others}, ValueError, "measure must return the same names"),
    ],
)
def test_bad_sweeps(arguments, error, message):
    with pytest.raises(error, match=message):
        sweep(**arguments)


@pytest.mark.parametrize(
    ("X", "y", "error", "message"),
    [
        (X, Y[:3], ValueError, "X and y must have the same length, got 120 and 3"),
        (5, Y, TypeError, "X must be an array with one row for each sample, got 5"),
        (X, None, TypeError, "y must be an array with one row"),
        (np.full(3, None), np.zeros(3), TypeError, "X must be an array of numbers or strings"),
        (np.zeros(3), np.full(3, None), TypeError, "y must be an array of numbers or strings"),
    ],
)
def test_bad_data(X, y, error, message):
    with pytest.raises(error, match=message):
        sweeps.run(CELLS, X, y, replicas=3, measure=line, progress=False)


def test_a_setting_of_the_wrong_kind_is_named_with_its_cell():
    with pytest.raises(TypeError, match="learning_rate must be a finite number") as caught:
        sweeps.run([{"learning_rate": "0.1"}], X, Y, replicas=2, epochs=1, progress=False)
    assert "in the cell with {'replicas': 2, 'seed': 0, 'epochs': 1, 'learning_rate': '0.1'}" in caught.value.__notes__


# --- kept on disk --------------------------------------------------------------------------------


def counted(X, y, *, replicas, seed, log, **cell):
    with open(log, "a") as file:
        file.write("x")
    return line(X, y, replicas=replicas, seed=seed, **cell)


def calls(log):
    return len(log.read_text()) if log.exists() else 0


def test_finished_cells_are_not_measured_again_and_give_the_same_table(tmp_path):
    log, settings = tmp_path / "log", {"measure": counted, "folder": tmp_path / "cells"}
    sweep(CELLS[:4], log=str(log), **settings)
    assert calls(log) == 4
    whole = sweep(log=str(log), **settings)
    assert calls(log) == len(CELLS)
    again = sweep(CELLS[::-1], log=str(log), **settings)
    assert calls(log) == len(CELLS)
    assert_frame_equal(whole, sweep(), check_exact=True)
    assert len(again) == len(whole)


@pytest.mark.parametrize(
    "other",
    [{"seed": 1}, {"replicas": 4}, {"shift": 1.0}, {"y": 1 - Y}, {"X": X[::-1]}, {"measure": line}],
)
def test_another_question_is_another_cell(tmp_path, other):
    log = tmp_path / "log"
    arguments = {"X": X, "y": Y, "replicas": 3, "measure": counted, "folder": tmp_path / "cells", "log": str(log)}
    sweeps.run(CELLS[:1], **arguments)
    if other.get("measure"):
        del arguments["log"]
    sweeps.run(CELLS[:1], **{**arguments, **other})
    assert len(list((tmp_path / "cells").glob("*.csv"))) == 2


def normal(**arguments):
    return keras.initializers.RandomNormal(**arguments)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (normal(stddev=1.0), normal(stddev=2.0)),
        (normal(stddev=1.0), normal(stddev=1.0, seed=1)),  # the same label: a measure of one's own may use the seed
        (normal(stddev=1.0), "RandomNormal(stddev=1.0)"),
        (normal(stddev=1.0), "RandomNormal(mean=0.0, stddev=1.0)"),  # the label it once had
        (normal(), "random_normal"),
    ],
)
@pytest.mark.parametrize("in_the_cells", [True, False])
def test_a_cell_kept_for_one_initialiser_is_not_trusted_for_another(tmp_path, old, new, in_the_cells):
    log = tmp_path / "log"
    for n, name in enumerate((old, new, old, new)):
        cells, fixed = ([{"name": name}], {}) if in_the_cells else ([{"count": 1}], {"name": name})
        sweep(cells, measure=named, folder=tmp_path / "cells", log=str(log), **fixed)
        assert calls(log) == min(n + 1, 2)


def named(X, y, *, replicas, seed, log, name, count=0):
    with open(log, "a") as file:
        file.write("x")
    return {"value": np.zeros(replicas)}


def test_a_default_that_changes_changes_the_cell_though_not_the_label(tmp_path, monkeypatch):
    kind = keras.initializers.RandomNormal
    before, label = identity(normal()), sweeps.label(normal())
    monkeypatch.setattr(kind.__init__, "__defaults__", (0.0, 0.07, None))
    assert sweeps.label(normal()) == label == "RandomNormal()"
    assert identity(normal()) != before


def test_a_class_of_ones_own_is_known_by_its_source(monkeypatch):
    before = identity(Told())
    assert "def get_config" in before["source"]
    monkeypatch.setattr(sys.modules["helpers.sweeps.grid"], "source", lambda thing: "rewritten")
    assert identity(Told()) != before
    assert identity(normal())["source"] == ""


def cut(path):
    path.write_bytes(path.read_bytes()[:-20])


def alter(path):
    path.write_bytes(path.read_bytes().replace(b"0.3333", b"0.3334", 1) + b"")


def forge(path):
    """Fewer rows, with a checksum that fits."""
    import hashlib

    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
    Path(f"{path}.sha256").write_text(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n")


def remove(path):
    path.unlink()


@pytest.mark.parametrize("damage", [cut, alter, forge, remove])
def test_a_damaged_file_is_named_and_not_trusted(tmp_path, damage):
    log, settings = tmp_path / "log", {"measure": counted, "folder": tmp_path / "cells"}
    whole = sweep(log=str(log), **settings)
    victim = next(p for p in sorted((tmp_path / "cells").glob("*.csv")) if b"0.3333" in p.read_bytes())
    damage(victim)
    with pytest.warns(RuntimeWarning, match=f"{victim.name} is damaged"):
        mended = sweep(log=str(log), **settings)
    assert calls(log) == len(CELLS) + 1
    assert_frame_equal(mended, whole, check_exact=True)
    sweep(log=str(log), **settings)
    assert calls(log) == len(CELLS) + 1


def test_a_cell_without_its_checksum_was_not_finished(tmp_path):
    log, settings = tmp_path / "log", {"measure": counted, "folder": tmp_path / "cells"}
    sweep(log=str(log), **settings)
    next((tmp_path / "cells").glob("*.sha256")).unlink()
    sweep(log=str(log), **settings)
    assert calls(log) == len(CELLS) + 1


def test_the_checksums_are_those_of_sha256sum(tmp_path):
    sweep(CELLS[:2], folder=tmp_path)
    marks = sorted(p.name for p in tmp_path.glob("*.sha256"))
    done = subprocess.run(["sha256sum", "--check", *marks], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.fixture(scope="module")
def processes():
    """Starts processes from one that has imported TensorFlow: else each takes seconds."""
    if sys.platform != "linux":  # elsewhere a process with TensorFlow may not fork
        return multiprocessing.get_context("spawn")
    from multiprocessing import forkserver

    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["distributed", "helpers.sweeps"])
    forkserver.ensure_running()  # now: Dask would have it load others
    return context


def slow(X, y, *, replicas, seed, a, log):
    with open(log, "a") as file:
        file.write("x")
    if not os.path.exists(f"{log} killed"):
        time.sleep(0.4)
    return {"value": np.arange(replicas) / (a + 3)}


def sweep_slowly(folder, log):
    session.start()
    cells = sweeps.grid(a=list(range(8)))
    return sweeps.run(cells, X, Y, replicas=2, measure=slow, folder=folder, progress=False, log=str(log))


def test_a_killed_sweep_loses_only_the_cell_under_way(tmp_path, processes):
    log, folder = tmp_path / "log", tmp_path / "cells"
    process = processes.Process(target=sweep_slowly, args=(folder, log))
    process.start()
    deadline = time.monotonic() + 120
    while calls(log) < 4 and time.monotonic() < deadline:
        time.sleep(0.02)
    process.kill()
    process.join()
    begun, finished = calls(log), len(list(folder.glob("*.csv.sha256")))
    assert finished >= begun - 1 >= 3
    Path(f"{log} killed").touch()
    table = sweep_slowly(folder, log)  # another process goes on: this one
    assert calls(log) == begun + 8 - finished
    assert np.allclose(table["value"], [r / (a + 3) for a in range(8) for r in range(2)])


# --- on a cluster --------------------------------------------------------------------------------


def patient(X, y, *, replicas, seed, a, place):
    """Say that it runs, and where; the cell with a = 1 waits until a worker has been killed."""
    with open(f"{place}/{a}", "a") as file:
        file.write(f"{os.getpid()} ")
    while a == 1 and not os.path.exists(f"{place}/killed"):
        time.sleep(0.05)
    return {"value": np.arange(replicas) / (a + 3)}


def test_a_dask_cluster_gives_the_whole_table_though_a_worker_is_killed(tmp_path, processes):
    distributed = pytest.importorskip("distributed", reason="Dask is an optional extra")
    import dask

    cells = sweeps.grid(a=list(range(6)))
    with (
        dask.config.set({"distributed.worker.multiprocessing-method": processes.get_start_method()}),
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        assert len(client.run(os.getpid)) == 2

        def kill_who_waits():
            while not (tmp_path / "1").exists() or not (tmp_path / "1").read_text().endswith(" "):
                time.sleep(0.05)
            os.kill(int((tmp_path / "1").read_text()), signal.SIGTERM if os.name == "nt" else signal.SIGKILL)
            (tmp_path / "killed").touch()

        killer = threading.Thread(target=kill_who_waits, daemon=True)
        killer.start()
        with joblib.parallel_config(backend="dask"):
            table = sweeps.run(cells, X, Y, replicas=2, measure=patient, progress=False, place=str(tmp_path))
        killer.join()
    assert len((tmp_path / "1").read_text().split()) == 2  # begun twice: the first was killed
    assert np.allclose(table["value"], [r / (a + 3) for a in range(6) for r in range(2)])


# --- what is measured ----------------------------------------------------------------------------


def test_training_gives_the_same_table_in_workers_and_here():
    wide = keras.initializers.RandomNormal(stddev=9)
    cells = sweeps.grid(initializer=["he_normal", wide])
    settings = {"replicas": 2, "epochs": 2, "progress": False, **SMALL}
    here = sweeps.run(cells, X, Y, **settings)
    there = sweeps.run(cells, X, Y, jobs=2, **settings)
    assert_frame_equal(there, here, rtol=1e-9)


def precision(X, y, *, replicas, seed, a):
    layer = keras.layers.Dense(1)
    layer.build((None, 2))
    return {"bytes": np.full(replicas, layer.kernel.numpy().itemsize)}


def test_workers_take_the_precision_of_this_process():
    policy = keras.config.dtype_policy().name
    try:
        for name, size in (("float64", 8), ("float32", 4), ("float64", 8)):
            keras.config.set_dtype_policy(name)
            assert (sweep([{"a": 1}, {"a": 2}], measure=precision, jobs=2)["bytes"] == size).all()
    finally:
        keras.config.set_dtype_policy(policy)


def failing(X, y, *, replicas, seed, a):
    raise ZeroDivisionError("no")


@pytest.mark.parametrize("jobs", [None, 2])
def test_a_cell_that_fails_is_named(jobs):  # after the other tests with workers: it is the end of these
    with pytest.raises(ZeroDivisionError) as caught:
        sweep([{"a": 1}], measure=failing, jobs=jobs)
    assert "in the cell with {'replicas': 3, 'seed': 0, 'a': 1}" in "".join(caught.value.__notes__)


@pytest.fixture
def eager(monkeypatch):
    """Train step by step: where it does not matter how, compiling would take most of the time."""
    monkeypatch.setattr(mlp.training, "train_model", partial(training.train_model, compiled=False))


def test_what_train_mlp_measures_is_what_the_parts_give():
    measured = sweeps.train_mlp(X, Y, replicas=2, seed=4, epochs=3, learning_rate=0.01, **SMALL)
    model = models.make_mlp("tanh", "glorot_uniform", "layer", replicas=2, hidden=(3, 3), seed=4)
    from tf_keras.optimizers import legacy

    run = training.train_model(model, X, Y, epochs=3, optimizer=legacy.RMSprop(0.01), seed=4)
    end = training.evaluate(model, X, Y)
    assert np.allclose(measured["accuracy"], end.accuracy)
    assert np.allclose(measured["loss"], end.loss, rtol=1e-9)
    size = {n: np.abs(g).mean(axis=(2, 3)) for n, g in run.gradients.layers.items()}
    assert np.allclose(measured["gradient_ratio_start"], (size["layer1"] / size["layer2"])[0], rtol=1e-9)
    assert np.allclose(measured["gradient_ratio_end"], (size["layer1"] / size["layer2"])[-1], rtol=1e-9)
    assert not measured["nonfinite"].any()
    assert (measured["dead"] == 0).all()


def test_dead_units_and_lost_replicas_are_counted(eager):
    dead = sweeps.train_mlp(X, Y, replicas=2, epochs=1, activation="relu", depth=1, width=4, initializer="zeros")
    assert (dead["dead"] == 1).all()
    half = sweeps.train_mlp(X, Y, replicas=40, epochs=1, activation="relu", depth=3, width=2, learning_rate=1e-6)
    assert half["dead"].shape == (40,)
    assert 0 < half["dead"].mean() < 1
    assert np.isnan(dead["gradient_ratio_start"]).all() and np.isnan(dead["gradient_ratio_end"]).all()
    lost = sweeps.train_mlp(X, Y, replicas=2, epochs=2, **LOST)
    assert lost["nonfinite"].all()
    assert set(lost) == set(dead)


def test_a_net_trained_in_part_is_no_finished_cell(tmp_path, eager, monkeypatch):
    monkeypatch.setattr(mlp.training, "train_model", interrupted_once(training.train_model))
    settings = {"replicas": 2, "epochs": 1, "progress": False, "folder": tmp_path}
    with pytest.raises(KeyboardInterrupt):
        sweeps.run(sweeps.grid(depth=[1]), X, Y, **settings)
    assert not list(tmp_path.glob("*.csv"))
    assert len(sweeps.run(sweeps.grid(depth=[1]), X, Y, **settings)) == 2


def interrupted_once(train):
    times = []

    def once(*arguments, **settings):
        run = train(*arguments, **settings)
        times.append(run)
        return run if len(times) > 1 else training.TrainingRun(run.loss, run.gradients, interrupted=True)

    return once


# --- threads -------------------------------------------------------------------------------------


def in_threads(cells, jobs=3, **settings):
    with joblib.parallel_config(backend="threading", n_jobs=jobs):
        return sweeps.run(cells, X, Y, replicas=2, progress=False, **settings)


def test_a_sweep_in_threads_leaves_the_warning_filters_and_is_silent(eager):
    before = list(warnings.filters)
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        inside = list(warnings.filters)
        table = in_threads(sweeps.grid(learning_rate=[0.1, 0.2, 0.3]), epochs=2, **LOST)
        assert warnings.filters == inside
    assert warnings.filters == before
    assert table["nonfinite"].all()
    assert not [str(one.message) for one in seen]


def test_the_same_training_outside_a_sweep_does_warn(eager):
    model = models.make_mlp("relu", LOST["initializer"], replicas=2, hidden=(3, 3), seed=0)
    with pytest.warns(RuntimeWarning, match="2 of 2 replicas stopped"):
        training.train_model(model, X, Y, epochs=2)
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        sweeps.train_mlp(X, Y, replicas=2, epochs=2, **LOST)
    assert not [str(one.message) for one in seen]


class Slow:
    """train_mlp's training, entered by one thread after the other and left in the same order, not nested."""

    def __init__(self, train):
        self.train, self.both_are_inside = train, threading.Barrier(2, timeout=120)
        self.order, self.first_is_out = itertools.count(), threading.Event()

    def __call__(self, model, *arguments, **settings):
        number = next(self.order)
        run = self.train(model, *arguments, **settings)
        self.both_are_inside.wait()
        if number:
            assert self.first_is_out.wait(60)
            time.sleep(0.2)
            warnings.warn("still passed over", RuntimeWarning, stacklevel=2)
        else:
            threading.Timer(0.1, self.first_is_out.set).start()
        return run


def test_the_thread_that_leaves_last_puts_nothing_wrong_back(eager, monkeypatch):
    monkeypatch.setattr(mlp.training, "train_model", Slow(training.train_model))
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        before = list(warnings.filters)
        in_threads(sweeps.grid(learning_rate=[0.1, 0.2]), jobs=2, epochs=1, depth=1)
        assert warnings.filters == before
    assert not [str(one.message) for one in seen]


def cautious(X, y, *, replicas, seed, a):
    warnings.warn(f"cell {a}", RuntimeWarning, stacklevel=1)
    return {"value": np.zeros(replicas)}


def test_warnings_of_a_measure_of_ones_own_come_through():
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        in_threads(sweeps.grid(a=[1, 2, 3]), measure=cautious)
    assert sorted(str(one.message) for one in seen) == ["cell 1", "cell 2", "cell 3"]


def test_together_is_set_up_once_and_undone_once():
    steps = []

    @Together
    @contextmanager
    def context(name):
        steps.append(f"{name} opens")
        yield
        steps.append(f"{name} closes")

    first, second, third = (context(name) for name in "abc")
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert steps == ["a opens"]
    second.__exit__(None, None, None)
    with pytest.raises(ZeroDivisionError), third:
        raise ZeroDivisionError
    assert steps == ["a opens", "a closes", "c opens", "c closes"]


def test_together_wants_a_function():
    with pytest.raises(TypeError, match="context must be a function that returns a context manager, got None"):
        Together(None)


def test_threads_of_one_worker_keep_the_precision_of_the_sweep():
    own = run_module._as_here()
    there = ("float32", "float32", own[2])
    begun, ended = threading.Event(), threading.Event()
    found = {}

    def measure(X, y, *, first):
        if first:
            assert begun.wait(60)
        else:
            begun.set()
            assert ended.wait(60)
        found[first] = keras.config.floatx(), keras.config.dtype_policy().name
        return {}

    def cell(first):
        run_module._measure(0, measure, (X, Y), {"first": first}, there)
        if first:
            ended.set()

    threads = [threading.Thread(target=cell, args=(first,)) for first in (True, False)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == dict.fromkeys((True, False), ("float32", "float32"))
    assert run_module._as_here() == own


# --- choices -------------------------------------------------------------------------------------


def test_classes_and_optimisers(eager):
    rng = np.random.default_rng(0)
    points, classes = rng.normal(size=(60, 3)), np.arange(60) % 3
    for optimizer in ("adam", "legacy_sgd"):
        measured = sweeps.train_mlp(points, classes, replicas=2, epochs=1, depth=1, optimizer=optimizer, batch_size=100)
        assert measured["loss"].shape == (2,)
    for bad in ("adm", "legacy_adm", "", "loss_scale_optimizer", "legacy_optimizer"):
        with pytest.raises(ValueError, match=f"optimizer='{bad}' is unknown"):
            sweeps.train_mlp(points, classes, replicas=2, epochs=1, optimizer=bad)


def test_no_hidden_layer(eager):
    measured = sweeps.train_mlp(X, Y, replicas=2, epochs=1, depth=0)
    assert (measured["gradient_ratio_start"] == 1).all()
    assert (measured["dead"] == 0).all()


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"replicas": None}, TypeError, "replicas must be an integer"),
        ({"seed": 2**32}, ValueError, "seed must be an integer of 0 to"),
        ({"seed": "1"}, TypeError, "seed must be an integer of 0 to"),
        ({"epochs": 0}, ValueError, "epochs must be an integer of at least 1, got 0"),
        ({"batch_size": "32"}, TypeError, "batch_size must be an integer"),
        ({"batch_size": 0}, ValueError, "batch_size must be an integer of at least 1, got 0"),
        ({"depth": 2.0}, TypeError, "depth must be an integer of at least 0"),
        ({"depth": -1}, ValueError, "depth must be an integer of at least 0, got -1"),
        ({"width": True}, TypeError, "width must be an integer"),
        ({"learning_rate": -0.1}, ValueError, "learning_rate must be a finite number at least 0"),
        ({"learning_rate": None}, TypeError, "learning_rate"),
        ({"optimizer": None}, TypeError, "optimizer must be a name such as 'sgd'"),
        ({"optimizer": keras.optimizers.SGD()}, TypeError, "optimizer must be a name"),
        ({"activation": "tahn"}, ValueError, "activation='tahn'"),
        ({"initializer": 5}, ValueError, "initializer=5"),
        (
            {"X": X[:, 0]},
            TypeError,
            r"X must be an array of numbers of shape \(n, features\), got float64 of shape \(120,\)",
        ),
        ({"X": X.astype(str)}, TypeError, "X must be an array of numbers"),
        ({"X": X[:3]}, ValueError, "X and y must have the same length"),
        ({"X": X[:0], "y": Y[:0]}, TypeError, "X must be an array of numbers"),
        ({"y": Y.astype(str)}, TypeError, "y must be an array of class numbers"),
        ({"y": Y + 1}, ValueError, "y must hold only the labels 0 and 1"),
    ],
)
def test_bad_arguments_of_train_mlp(arguments, error, message):
    with pytest.raises(error, match=message):
        sweeps.train_mlp(**{"X": X, "y": Y, "replicas": 2, "epochs": 1, **SMALL, **arguments})
