"""The file in which a LayerHistory is kept: an npz that NumPy reads without pickle."""

import json
from os import PathLike
from pathlib import Path

import numpy as np


def write(path, quantity, steps, layers, replicas):
    """Write the parts of a LayerHistory, in place of a file that may be there.

    Args:
        path: Name of the file; ``.npz`` is added where it is missing.
        quantity: As for a LayerHistory; so are the next three.
        steps: See there.
        layers: See there.
        replicas: See there.

    Returns:
        The path written.
    """
    path = _with_npz(path)
    if not path.parent.is_dir():
        raise FileNotFoundError(f"path: there is no folder {path.parent} to write {path.name} to; make it first")
    if path.is_dir():
        raise ValueError(f"path: {path} is a folder; give the name of a file")
    about = {"quantity": quantity, "replicas": replicas, "names": list(layers)}  # as JSON: NumPy cuts text at a \0
    arrays = {f"layer{k}": values for k, values in enumerate(layers.values())}
    np.savez_compressed(path, about=json.dumps(about), steps=steps, **arrays)
    return path


def read(path):
    """Read what ``write`` wrote.

    Args:
        path: Name of the file, with or without ``.npz``.

    Returns:
        ``(quantity, steps, layers, replicas)``.
    """
    path = _with_npz(path)
    if not path.is_file():
        raise FileNotFoundError(f"path: there is no file {path}; LayerHistory.save writes one")
    try:
        with np.load(path, allow_pickle=False) as found:
            about = json.loads(str(found["about"]))
            layers = {name: found[f"layer{k}"] for k, name in enumerate(about["names"])}
            return about["quantity"], found["steps"], layers, about["replicas"]
    except Exception:  # what zip, zlib, JSON and NumPy say to another file has no end, and does not name the path
        raise ValueError(f"path: {path} is not a file that LayerHistory.save wrote") from None


def _with_npz(path):
    want = f"path must be the name of a file, such as 'weights.npz', got {path!r}"
    if not isinstance(path, str | PathLike):
        raise TypeError(want)
    if not Path(path).name:
        raise ValueError(want)
    path = Path(path)
    return path if path.suffix == ".npz" else path.with_name(f"{path.name}.npz")
