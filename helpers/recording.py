"""Record what a quantity was, layer by layer, step by step: LayerHistory, and the callback that makes one."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import keras
import numpy as np

from helpers.checks import suggestion

STATISTICS = ("mean", "std", "mean_abs", "norm", "min", "max")


@dataclass(frozen=True)
class LayerHistory:
    """One quantity of every layer at every recorded step. Immutable: its arrays are read-only.

    Args:
        quantity: What was recorded, for titles: ``"weight"``, ``"gradient"``, ...
        steps: The T steps (epochs), in increasing order; -1 stands for "before training" where
            epochs are numbered by their end.
        layers: ``{layer name: array}``, first layer first; each array has shape (T, *shape), or
            (T, R, *shape) with R replicas.
        replicas: R, or None for a single net.

    Raises:
        ValueError: If there is no step or no layer, if steps do not increase, or if an array
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
        steps = np.array(self.steps)
        if steps.ndim != 1 or steps.size == 0:
            raise ValueError(f"steps must be a list of at least one step, got {self.steps!r}; train for an epoch first")
        if np.any(np.diff(steps) <= 0):
            raise ValueError(f"steps must increase, got {steps.tolist()}")
        if not self.layers:
            raise ValueError("layers is empty; a LayerHistory needs the array of at least one layer")
        layers = {name: np.array(values) for name, values in self.layers.items()}
        lead = (len(steps),) if self.replicas is None else (len(steps), self.replicas)
        for name, values in layers.items():
            if values.shape[: len(lead)] != lead:
                raise ValueError(
                    f"layers[{name!r}] has shape {values.shape}; its first axes must be {lead} "
                    f"({'steps' if self.replicas is None else 'steps, replicas'})"
                )
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
            ValueError: If there are no records or another number than steps.

        Example:
            >>> LayerHistory.from_records("weight", [0, 1], [{"a": [1.0]}, {"a": [2.0]}])["a"].tolist()
            [[1.0], [2.0]]
        """
        if len(records) == 0 or len(records) != len(steps):
            raise ValueError(f"records must hold one entry for each of {len(steps)} steps, got {len(records)}")
        return cls(quantity, steps, {n: np.stack([r[n] for r in records]) for n in records[0]}, replicas)

    @property
    def names(self):
        """The names of the layers, first layer first."""
        return tuple(self.layers)

    def __getitem__(self, name):
        """The array of one layer, (T, *shape) or (T, R, *shape)."""
        if name not in self.layers:
            raise KeyError(f"no layer named {name!r}; {suggestion(name, self.names)}")
        return self.layers[name]

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

    def replica(self, index):
        """The history of one replica, as that of a single net.

        Raises:
            ValueError: If this is the history of a single net.
            IndexError: If there is no such replica.
        """
        if self.replicas is None:
            raise ValueError("this history is of a single net; it has no replicas to choose from")
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
        if name not in STATISTICS:
            raise ValueError(f"statistic={name!r} is unknown; {suggestion(name, STATISTICS)}")
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
            ValueError: If the statistic is unknown or the step was not recorded.

        Example:
            >>> LayerHistory("weight", [0, 1], {"a": [1.0, 2.0], "b": [3.0, 4.0]}).profile("mean", step=1)
            array([2., 4.])
        """
        step = self.steps[0] if step is None else step
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


def replica_count(model):
    """The number of replicas a model trains side by side, None for a single net.

    A model of replicas is known by its EinsumDense layers, whose kernels lead with the replica axis ``r``.

    Args:
        model: A built Keras model.

    Returns:
        R, or None.

    Raises:
        ValueError: If layers disagree on R.
    """
    counts = {
        layer.kernel.shape[0]
        for layer in model.layers
        if isinstance(layer, keras.layers.EinsumDense) and layer.equation.endswith(",rio->bro")
    }
    if len(counts) > 1:
        raise ValueError(f"the layers of model {model.name!r} hold different numbers of replicas: {sorted(counts)}")
    return counts.pop() if counts else None


def weights_by_layer(model, weight="kernel", layers=None):
    """The variables that a recorder watches, by the name of their layer.

    Args:
        model: A built Keras model.
        weight: The variable's own name within its layer: ``"kernel"``, ``"bias"``, ...
        layers: Names of layers to keep, in any order; None keeps all that have such a weight.

    Returns:
        ``{layer name: keras.Variable}``, first layer first.

    Raises:
        ValueError: If the model is not built, no layer has such a weight, or a name in
            ``layers`` is unknown.
    """
    if not model.built:
        raise ValueError(f"model {model.name!r} has no weights yet; start it with keras.Input(...) or call it on data")
    # Keras 3 names a weight just "kernel"; only layer.name and weight.path tell layers apart.
    found = {
        layer.name: variable
        for layer in model.layers
        for variable in reversed(layer.trainable_variables)
        if variable.name == weight
    }
    if not found:
        kinds = sorted({v.name for v in model.trainable_variables})
        raise ValueError(f"weight={weight!r}: no layer of {model.name!r} has one; {suggestion(weight, kinds)}")
    for name in layers or ():
        if name not in found:
            raise ValueError(f"layers: no layer named {name!r} with a {weight}; {suggestion(name, found)}")
    return {name: v for name, v in found.items() if layers is None or name in layers}


class WeightCapture(keras.callbacks.Callback):
    """Keep every layer's weights: once before training, and at the end of each epoch.

    Give it to ``model.fit(callbacks=[capture])``. A second ``fit`` of the same model goes on where
    the first ended; with another model the capture starts anew.

    Args:
        weight: Which variable of each layer: ``"kernel"``, ``"bias"``, ...
        layers: Names of the layers to watch; None for all that have such a weight.

    Attributes:
        history: A LayerHistory; step -1 is the state before training, step e the end of epoch e.

    Raises:
        ValueError: At the start of training, if a layer is unknown or no layer has such a weight.
    """

    def __init__(self, weight="kernel", layers=None):
        super().__init__()
        if isinstance(layers, str):
            raise TypeError(f"layers must be a list of names, got the string {layers!r}; use [{layers!r}]")
        self.weight, self.layers = weight, layers
        self._captured, self._records = None, []

    @property
    def history(self):
        """What was captured, as a LayerHistory."""
        if not self._records:
            raise ValueError("nothing captured yet; pass this to model.fit(callbacks=[...]) first")
        steps = np.arange(len(self._records)) - 1
        return LayerHistory.from_records("weight", steps, self._records, replica_count(self._captured))

    def on_train_begin(self, logs=None):
        """Keep the weights before training, unless this goes on with the same model."""
        if self._captured is not self.model:
            self._captured, self._records = self.model, []
            self._keep()

    def on_epoch_end(self, epoch, logs=None):
        """Keep the weights after an epoch."""
        self._keep()

    def _keep(self):
        watched = weights_by_layer(self.model, self.weight, self.layers)
        self._records.append({name: np.array(v.numpy()) for name, v in watched.items()})
