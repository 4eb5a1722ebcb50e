"""Run a grid: the cells side by side, each finished one kept, one tidy table at the end."""

import hashlib
import inspect
import json
from contextlib import contextmanager

import joblib
import keras
import numpy as np
import pandas as pd
import tensorflow as tf

from helpers import checks
from helpers.data import paired
from helpers.progress import progress_bar
from helpers.sweeps.grid import identity, label, source
from helpers.sweeps.mlp import train_mlp
from helpers.sweeps.store import Store
from helpers.sweeps.together import Together


def run(cells, X, y, *, replicas, measure=train_mlp, seed=0, folder=None, jobs=None, progress=True, **fixed):
    """Measure every cell of a grid over R replicas.

    The table is the same whatever the number of workers and the order in which they finish. Cells run
    through joblib: one after the other in this process by default, in worker processes with
    ``jobs=2``, in threads inside ``with joblib.parallel_config(backend="threading", n_jobs=2):``, and
    on a cluster inside ``with joblib.parallel_config(backend="dask"):`` while a
    ``distributed.Client`` is open. With ``folder`` each finished cell is kept there, and a sweep
    that was killed goes on with the cells that are missing.

    Args:
        cells: List of dictionaries of settings, as from ``grid``.
        X: Inputs, (n, ...), given to each cell.
        y: Targets, (n, ...), given to each cell.
        replicas: R, at least 1.
        measure: Function ``measure(X, y, replicas=R, seed=seed, **settings)`` that returns
            ``{name: (R,) array}``, the same names for every cell, none that of a setting; importable by the
            workers. What it returns must follow from its arguments alone.
        seed: Integer from 0 to 2**32 - 1, given to each cell.
        folder: Where finished cells are kept and looked for; None keeps nothing. A cell is known by its
            settings (initialisers by class and all their arguments), data and ``measure``'s name and
            source: change what ``measure`` calls, and the folder has to be a new one.
        jobs: Number of worker processes, -1 for one on each core; None leaves it to joblib's context.
        progress: Show a progress bar when the sweep takes more than two seconds.
        **fixed: Settings that are the same for all cells; not in the table.

    Returns:
        A DataFrame with one row for each cell and replica, cells in the order given: the settings
        (initialisers by their ``label``), "replica", and what ``measure`` returned. A net whose gradients
        have died has nan among the ratios of ``train_mlp`` (0/0), which pandas leaves out of a median.

    Raises:
        TypeError: If an argument has the wrong type, a setting is of a kind that ``grid`` does not take, or
            ``measure`` does not take the settings.
        ValueError: If X and y differ in length, there are no cells, their settings differ in name, two cells
            are the same, ``folder`` is no folder, another argument is out of its range, or ``measure``
            returns other names or shapes than it should.

    Example:
        >>> from helpers import data
        >>> from helpers.sweeps import grid
        >>> table = run(grid(activation=["tanh", "relu"]), *data.circles(100), replicas=2, epochs=1)
        >>> table.columns[:3].tolist(), len(table)
        (['activation', 'replica', 'accuracy'], 4)
    """
    replicas, seed = checks.integer("replicas", replicas), checks.seed(seed)
    if jobs is not None and checks.integer("jobs", jobs, minimum=-1) == 0:
        raise ValueError("jobs must be at least 1, or -1 for one on each core, got 0")
    X, y = _data(X, y)
    rows = _rows(cells, fixed)
    common = {"replicas": replicas, "seed": seed, **fixed}
    _check_measure(measure, {**common, **cells[0]})
    about = _about(X, y, replicas, seed, measure, fixed)
    keys = [_key(about, cell) for cell in cells]
    store = None if folder is None else Store(folder)
    done = {k: _load(store, key, rows[k], replicas) for k, key in enumerate(keys)} if store else {}
    done = {k: table for k, table in done.items() if table is not None}
    missing = [k for k in range(len(cells)) if k not in done]
    # in a tuple: joblib would put a large array on one worker of a Dask cluster, and it would die with that worker
    both = (X, y)
    tasks = (joblib.delayed(_measure)(k, measure, both, {**common, **cells[k]}, _as_here()) for k in missing)
    results = joblib.Parallel(n_jobs=jobs, return_as="generator_unordered", batch_size=1)(tasks)
    bar = progress_bar(len(cells), "sweep", "cell", shown=progress, steps=results, done=len(done))
    for k, measured in bar:
        done[k] = _table(rows[k], measured, replicas)
        _check_names(done[k], next(iter(done.values())))
        if store:
            store.save(keys[k], done[k])
    return pd.concat([done[k] for k in range(len(cells))], ignore_index=True)


def _as_here():
    """What ``session.start`` may have set in this process and a worker has to set as well."""
    return keras.config.floatx(), keras.config.dtype_policy().name, tf.get_logger().level


def _measure(number, measure, both, settings, as_there):
    with _settled(*as_there):
        try:
            return number, _arrays(measure(*both, **settings))
        except Exception as error:
            error.add_note(f"in the cell with {settings}")
            raise


def _arrays(measured):
    try:
        return {name: np.asarray(values) for name, values in dict(measured).items()}
    except (TypeError, ValueError) as error:
        raise TypeError(f"measure must return {{name: (R,) array}}, got {measured!r}") from error


@Together  # a worker of a cluster may have several threads
@contextmanager
def _settled(*as_there):
    own = _as_here()
    _set(*as_there)
    try:
        yield
    finally:
        _set(*own)


def _set(floatx, policy, level):
    keras.config.set_floatx(floatx)
    keras.config.set_dtype_policy(policy)
    tf.get_logger().setLevel(level)


def _data(X, y):
    X, y = paired(X, y)
    for name, values in {"X": X, "y": y}.items():
        if values.dtype.hasobject:  # cells on disk are known by the data's bytes, and these are addresses
            raise TypeError(f"{name} must be an array of numbers or strings, got one of Python objects")
    return X, y


def _rows(cells, fixed):
    """What stands for each cell in the table."""
    if not isinstance(cells, list | tuple) or not all(isinstance(cell, dict) for cell in cells):
        raise TypeError(f"cells must be a list of dictionaries, as from grid, got {cells!r}")
    if not cells:
        raise ValueError("cells is empty; grid(activation=['tanh', 'relu']) makes two")
    rows = [{name: label(value, name) for name, value in cell.items()} for cell in cells]
    names = list(rows[0])
    for name in names:
        if not isinstance(name, str) or name in ("replica", "replicas"):
            raise ValueError(f"cells must have names of settings as keys, got {name!r}; run itself gives the replicas")
    for row in rows:
        if list(row) != names:
            raise ValueError(f"cells must all have the settings {names}, got one with {list(row)}")
    both = set(names) & set(fixed)
    if both:
        raise ValueError(f"{', '.join(sorted(both))}: given both in the cells and for all of them")
    seen = set()
    for row in rows:
        if (key := json.dumps(row)) in seen:
            raise ValueError(f"cells holds {row} more than once")
        seen.add(key)
    return rows


def _check_measure(measure, settings):
    if not callable(measure):
        raise TypeError(f"measure must be a function, got {measure!r}")
    try:
        inspect.signature(measure).bind(None, None, **settings)
    except TypeError as error:
        raise TypeError(f"measure must take X, y, {', '.join(settings)}, but {error}: {measure!r}") from None
    except ValueError:  # written in C, it does not say what it takes
        return


def _table(row, measured, replicas):
    for name, values in measured.items():
        if not isinstance(name, str) or name in ("replica", *row):
            raise ValueError(f"measure must return names of its own, strings, got {name!r}")
        if values.shape != (replicas,) or values.dtype.kind not in "fiub":
            raise ValueError(
                f"measure must return numbers of shape ({replicas},), got {values.dtype} of {values.shape} for {name!r}"
            )
    wide = {"f": "float64", "i": "int64", "u": "int64", "b": "bool"}  # what a CSV file gives back
    measured = {name: values.astype(wide[values.dtype.kind]) for name, values in measured.items()}
    return pd.DataFrame({**_settings(row, replicas), "replica": np.arange(replicas), **measured})


def _check_names(table, first):
    names, others = list(table.columns), list(first.columns)
    if sorted(names) != sorted(others):
        raise ValueError(f"measure must return the same names for every cell, got {names} and {others}")


def _settings(row, replicas):
    return {name: [value] * replicas for name, value in row.items()}


def _about(X, y, replicas, seed, measure, fixed):
    """What all cells have in common, for their keys."""
    arrays = [(a.shape, str(a.dtype), hashlib.sha256(np.ascontiguousarray(a).tobytes()).hexdigest()) for a in (X, y)]
    name = f"{getattr(measure, '__module__', '')}.{getattr(measure, '__qualname__', repr(measure))}"
    settings = {n: identity(v, n) for n, v in sorted(fixed.items())}
    return [arrays, replicas, seed, _as_here()[:2], name, source(measure), settings]


def _key(about, cell):
    settings = {name: identity(value, name) for name, value in cell.items()}
    return hashlib.sha256(json.dumps([about, settings], sort_keys=True).encode()).hexdigest()[:24]


def _load(store, key, row, replicas):
    table = store.load(key, [*row, "replica"], replicas)
    return None if table is None else table.assign(**_settings(row, replicas))  # a CSV file knows no None
