"""Finished cells of a sweep on disk: a CSV file for each, with a checksum that is looked at when it is read."""

import hashlib
import io
import os
import warnings
from pathlib import Path

import pandas as pd


class Store:
    """A folder of finished cells.

    Each cell is ``<key>.csv`` beside ``<key>.csv.sha256``, a line that ``sha256sum --check`` reads. Both
    are put in place whole, the checksum last: a cell whose writing was cut short is not there.

    Args:
        folder: Where to keep them, a string or Path; made if missing.

    Raises:
        TypeError: If ``folder`` is neither a string nor a Path.
        ValueError: If it is no folder and cannot be made one.
    """

    def __init__(self, folder):
        if not isinstance(folder, str | Path):
            raise TypeError(f"folder must be a string or a pathlib.Path, got {folder!r}")
        if not str(folder):
            raise ValueError("folder is empty; name one, such as folder='cells'")
        self._folder = Path(folder)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except (OSError, ValueError) as error:
            raise ValueError(f"folder must be one that is there or can be made, got {folder!r}: {error}") from error

    def load(self, key, columns, rows):
        """One cell, if it is there and whole.

        Args:
            key: Name of the cell.
            columns: The columns it must begin with.
            rows: How many rows it must have.

        Returns:
            A DataFrame, or None if the cell is not there or is damaged; a damaged file is named in a
            RuntimeWarning.
        """
        path, mark = self._paths(key)
        if not mark.exists():
            return None
        why = None
        try:
            written = path.read_bytes()
            if mark.read_text(encoding="ascii").split()[:1] != [hashlib.sha256(written).hexdigest()]:
                why = "its checksum does not fit"
            else:
                table = pd.read_csv(io.BytesIO(written))
                if list(table.columns[: len(columns)]) != list(columns) or len(table) != rows:
                    why = f"it holds {len(table)} rows of {', '.join(table.columns)}"
        except (OSError, ValueError) as error:
            why = str(error)
        if why is None:
            return table
        warnings.warn(f"{path} is damaged ({why}); the cell is computed again", RuntimeWarning, stacklevel=3)
        return None

    def save(self, key, table):
        """Keep one finished cell.

        Args:
            key: Name of the cell.
            table: DataFrame.
        """
        path, mark = self._paths(key)
        written = table.to_csv(index=False, lineterminator="\n").encode()
        mark.unlink(missing_ok=True)
        self._put(path, written)
        self._put(mark, f"{hashlib.sha256(written).hexdigest()}  {path.name}\n".encode())

    def _paths(self, key):
        path = self._folder / f"{key}.csv"
        return path, path.with_name(f"{path.name}.sha256")

    def _put(self, path, content):
        unfinished = path.with_name(f"{path.name}.{os.getpid()}.part")
        unfinished.write_bytes(content)
        os.replace(unfinished, path)
