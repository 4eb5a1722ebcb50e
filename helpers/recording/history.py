"""LayerHistory: what one quantity was, layer by layer, step by step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from helpers.checks import integer, one_of, suggestion
from helpers.recording import file

STATISTICS = ("mean", "std", "mean_abs", "norm", "min", "max")


@dataclass(frozen=True, eq=False)
class LayerHistory:
    """One quantity of every layer at every recorded step. Immutable: its arrays are read-only.

    Two histories are equal if all that they hold is; they can be copied, pickled, and used as keys.

    Args:
        quantity: What was recorded, for titles: ``"weight"``, ``"gradient"``, ...
        steps: The T steps (epochs), integers in increasing order; -1 stands for "before training" where
            epochs are numbered by their end.
        layers: ``{layer name: array}``, first layer first; each array holds numbers and has shape ``(T, *shape)``, or
            ``(T, R, *shape)`` with R replicas, and is not empty.
        replicas: R, or None for a single net.

    Raises:
        TypeError: If steps are no integers, an array holds no numbers, a name is no text, or ``layers`` is no mapping.
        ValueError: If there is no step or no layer, if steps do not increase, or if an array is empty or
            does not have T steps and R replicas.

    Example:
        >>> h = LayerHistory("weight", [0, 1], {"a": np.zeros((2, 3)), "b": np.ones((2, 4, 4))})
        >>> h.names
        ('a', 'b')
        >>> h["b"].shape
        (2, 4, 4)
    """

    quantity: str
    steps: np.ndarray
    layers: Mapping[str, np.ndarray]
    replicas: int | None = None

    def __post_init__(self):
        """Check the shapes, then make everything read-only."""
        if self.replicas is not None:
            object.__setattr__(self, "replicas", integer("replicas", self.replicas))
        if not isinstance(self.quantity, str):
            raise TypeError(f"quantity must be text, such as 'weight', got {self.quantity!r}")
        steps = _steps(self.steps)
        if not isinstance(self.layers, Mapping):
            raise TypeError(f"layers must be {{layer name: array}}, got {type(self.layers).__name__}")
        if not self.layers:
            raise ValueError("layers is empty; a LayerHistory needs the array of at least one layer")
        odd = [name for name in self.layers if not isinstance(name, str)]
        if odd:
            raise TypeError(f"layers must be {{layer name: array}}, got a name that is no text, {odd[0]!r}")
        layers = {name: np.array(_numbers(name, values)) for name, values in self.layers.items()}  # its own copy
        lead = (len(steps),) if self.replicas is None else (len(steps), self.replicas)
        for name, values in layers.items():
            if values.shape[: len(lead)] != lead:
                raise ValueError(
                    f"layers[{name!r}] has shape {values.shape}; its first axes must be {lead} "
                    f"({'steps' if self.replicas is None else 'steps, replicas'})"
                )
            if values.size == 0:
                raise ValueError(f"layers[{name!r}] is empty, of shape {values.shape}; leave the layer out")
            values.setflags(write=False)
        steps.setflags(write=False)
        object.__setattr__(self, "steps", steps)
        object.__setattr__(self, "layers", MappingProxyType(layers))

    @classmethod
    def from_records(cls, quantity, steps, records, replicas=None):
        """Stack one ``{layer name: array}`` per step.

        Args:
            quantity: What was recorded.
            steps: T steps.
            records: T dictionaries with the same layer names and shapes.
            replicas: R if the arrays lead with a replica axis, else None.

        Raises:
            TypeError: If ``records`` is no list of dictionaries.
            ValueError: If there are no records or another number than steps, or their layers or shapes differ.

        Example:
            >>> LayerHistory.from_records("weight", [0, 1], [{"a": [1.0]}, {"a": [2.0]}])["a"].tolist()
            [[1.0], [2.0]]
        """
        if not isinstance(records, Sequence) or not all(isinstance(record, Mapping) for record in records):
            raise TypeError(f"records must be a list of {{layer name: array}}, one for each step, got {records!r}")
        steps = _steps(steps)
        if len(records) != len(steps):
            raise ValueError(f"records must hold one entry for each of {len(steps)} steps, got {len(records)}")
        records = [{name: _numbers(name, values) for name, values in record.items()} for record in records]
        for step, record in zip(steps, records, strict=True):
            if record.keys() != records[0].keys():
                raise ValueError(f"records: step {step} has the layers {list(record)}, the first {list(records[0])}")
            for name, values in record.items():
                if values.shape != records[0][name].shape:
                    raise ValueError(
                        f"records: {name!r} has shape {values.shape} at step {step}, and "
                        f"{records[0][name].shape} at the first"
                    )
        return cls(quantity, steps, {n: np.stack([r[n] for r in records]) for n in records[0]}, replicas)

    @property
    def names(self):
        """The names of the layers, first layer first."""
        return tuple(self.layers)

    def __getitem__(self, name):
        """The array of one layer, (T, *shape) or (T, R, *shape)."""
        if name not in self:
            raise KeyError(f"no layer named {name!r}; {suggestion(name, self.names)}")
        return self.layers[name]

    def __contains__(self, name):
        """Whether there is a layer of this name."""
        return name in self.names

    def __iter__(self):
        """The names of the layers, first layer first."""
        return iter(self.names)

    def __len__(self):
        """The number of recorded steps."""
        return len(self.steps)

    def __repr__(self):
        """Name the quantity, layers and sizes, not the numbers."""
        many = "" if self.replicas is None else f", {self.replicas} replicas"
        return (
            f"LayerHistory({self.quantity!r}, {len(self)} steps {self.steps[0]} to {self.steps[-1]}, "
            f"layers {', '.join(self.names)}{many})"
        )

    def __eq__(self, other):
        """Whether quantity, steps, layers, replicas and all numbers are the same; nan equals nan."""
        if not isinstance(other, LayerHistory):
            return NotImplemented
        about = (self.quantity, self.names, self.replicas) == (other.quantity, other.names, other.replicas)
        pairs = [(self.steps, other.steps), *((self.layers[n], other.layers.get(n)) for n in self.names)]
        return about and all(np.array_equal(a, b, equal_nan=True) for a, b in pairs)

    def __hash__(self):
        """Equal for equal histories."""
        shapes = tuple(values.shape for values in self.layers.values())
        return hash((self.quantity, self.names, self.replicas, tuple(self.steps.tolist()), shapes))

    def __reduce__(self):
        """For pickle and copy: made anew from its parts."""
        return LayerHistory, (self.quantity, self.steps, dict(self.layers), self.replicas)

    def save(self, path):
        """Write everything to a file that NumPy reads, without pickle. A file of that name is replaced.

        Args:
            path: Name of the file; ``.npz`` is added where it is missing.

        Returns:
            The path written.

        Raises:
            TypeError: If ``path`` is no path.
            ValueError: If it names no file.
            FileNotFoundError: If its folder does not exist.
        """
        return file.write(path, self.quantity, self.steps, self.layers, self.replicas)

    @classmethod
    def load(cls, path):
        """Read what ``save`` wrote.

        Args:
            path: Name of the file, as given to ``save`` or as returned by it.

        Returns:
            A LayerHistory, equal to the one that was saved.

        Raises:
            TypeError: If ``path`` is no path.
            FileNotFoundError: If there is no such file.
            ValueError: If the file is not one that ``save`` wrote.
        """
        return cls(*file.read(path))

    def replica(self, index):
        """The history of one replica, as that of a single net.

        Args:
            index: From 0 to R - 1, or from -R to -1, counted from the last.

        Raises:
            TypeError: If ``index`` is not an integer.
            ValueError: If this is the history of a single net.
            IndexError: If there is no such replica.
        """
        if self.replicas is None:
            raise ValueError("this history is of a single net; it has no replicas to choose from")
        if not _is_integer(index):
            raise TypeError(f"index must be an integer from 0 to {self.replicas - 1}, got {index!r}")
        if not -self.replicas <= index < self.replicas:
            raise IndexError(f"replica {index} does not exist; there are {self.replicas}, 0 to {self.replicas - 1}")
        return LayerHistory(self.quantity, self.steps, {n: a[:, index] for n, a in self.layers.items()})

    def statistic(self, name):
        """One number per step and layer (and replica), over the entries of the layer's array.

        Args:
            name: ``"mean"``, ``"std"`` (population), ``"mean_abs"``, ``"norm"`` (L2), ``"min"`` or ``"max"``.

        Returns:
            ``{layer name: array of (T,) or (T, R)}``.

        Raises:
            ValueError: If the statistic is unknown.
        """
        one_of("statistic", name, STATISTICS)
        lead = 1 if self.replicas is None else 2
        with np.errstate(invalid="ignore", over="ignore"):  # diverged runs hold inf and nan
            # in float64: squares of large float32 numbers overflow where the numbers do not
            wide = {n: a.reshape(*a.shape[:lead], -1).astype(np.float64, copy=False) for n, a in self.layers.items()}
            return {n: _reduce(name, a) for n, a in wide.items()}

    def profile(self, statistic, step=None):
        """One number per layer at one step: what ``plotting.plot_through_layers`` draws.

        Args:
            statistic: As for ``statistic``.
            step: One of ``steps``; None for the first.

        Returns:
            Array of (L,) or (L, R), first layer first.

        Raises:
            TypeError: If ``step`` is not an integer.
            ValueError: If the statistic is unknown or the step was not recorded.

        Example:
            >>> LayerHistory("weight", [0, 1], {"a": [1.0, 2.0], "b": [3.0, 4.0]}).profile("mean", step=1)
            array([2., 4.])
        """
        step = self.steps[0] if step is None else step
        if not _is_integer(step):
            raise TypeError(f"step must be one of the recorded steps, an integer, got {step!r}")
        found = np.flatnonzero(self.steps == step)
        if found.size == 0:
            raise ValueError(
                f"step={step!r} was not recorded; there are {len(self)}, {self.steps[0]} to {self.steps[-1]}"
            )
        one = LayerHistory(self.quantity, [step], {n: a[found] for n, a in self.layers.items()}, self.replicas)
        return np.stack([values[0] for values in one.statistic(statistic).values()])

    def summary(self):
        """A tidy table: a row for each step, layer and replica; a column for each statistic.

        Returns:
            pandas.DataFrame with columns step, layer (ordered categorical), replica (only with
            replicas), mean, std, mean_abs, norm, min, max.

        Example:
            >>> LayerHistory("weight", [0], {"a": [[3.0, -4.0]]}).summary()[["layer", "mean", "norm"]]
              layer  mean  norm
            0     a  -0.5   5.0
        """
        import pandas as pd  # half a second, and only tables need it

        shape = (len(self), len(self.layers), self.replicas or 1)
        step, layer, replica = (axis.ravel() for axis in np.indices(shape))
        columns = {
            "step": self.steps[step],
            "layer": pd.Categorical.from_codes(layer, categories=list(self.names), ordered=True),
        }
        if self.replicas is not None:
            columns["replica"] = replica
        for name in STATISTICS:
            values = [v.reshape(shape[0], shape[2]) for v in self.statistic(name).values()]
            columns[name] = np.stack(values, axis=1).ravel()
        return pd.DataFrame(columns)


def _reduce(statistic, values):
    match statistic:
        case "mean":
            return values.mean(axis=-1)
        case "std":
            return values.std(axis=-1)
        case "mean_abs":
            return np.abs(values).mean(axis=-1)
        case "norm":
            return np.sqrt(np.square(values).sum(axis=-1))
        case "min":
            return values.min(axis=-1)
        case _:
            return values.max(axis=-1)


def _is_integer(value):
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def _steps(steps):
    try:
        found = np.array(steps)
    except ValueError:
        found = np.array(None)
    if found.ndim != 1 or found.size == 0:
        raise ValueError(f"steps must be a list of at least one step, got {steps!r}; train for an epoch first")
    whole = found.dtype.kind in "iuf" and np.all(np.abs(found) < 2**53) and np.all(found == np.floor(found))
    if not whole:
        raise TypeError(f"steps must be integers, got {found.tolist()}")
    found = found.astype(np.int64)
    if np.any(np.diff(found) <= 0):
        raise ValueError(f"steps must increase, got {found.tolist()}")
    return found


def _numbers(name, values):
    try:
        array = np.asarray(values)
    except ValueError:
        raise ValueError(f"layers[{name!r}] must be one array of numbers, got rows of unequal length") from None
    if array.dtype.name == "bfloat16":
        array = array.astype(np.float32)  # which holds the same numbers; NumPy knows no bfloat16
    if array.dtype.kind not in "biuf":
        raise TypeError(f"layers[{name!r}] must be an array of numbers, got {array.dtype} of shape {array.shape}")
    return array
