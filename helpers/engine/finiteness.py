"""Say where a batch stops being finite: in which layer, and in which pass."""

from collections import namedtuple

import numpy as np

from helpers.recording import layer_outputs

NonFinite = namedtuple("NonFinite", "replica epoch batch layer what")
NonFinite.__doc__ = """Where a run stopped being finite.

``what`` is "output" (of ``layer``, in the forward pass), "gradient" (of a weight of ``layer``), "loss" (of the output
of ``layer``, the last one) or "update" (a step that took a weight of ``layer`` out of the finite numbers); epochs and
batches count from 0; ``replica`` is None for a single net.
"""


def locate(model, x, loss, gradients, moved=(), replica=None):
    """The layer in which a batch turns non-finite, and in which pass.

    Args:
        model: A built Keras model, with the weights that met the batch.
        x: The batch, (batch, ...).
        loss: Of the batch, () or (R,).
        gradients: One array for each trainable variable, with R in front if there are replicas.
        moved: What the step would make of those variables, if that is known.
        replica: Number of the replica, None for a single net.

    Returns:
        ``(layer name, "output" | "gradient" | "loss" | "update")``.
    """

    def bad(values, axis=0):
        values = np.asarray(values)
        return not np.isfinite(values if replica is None else np.take(values, replica, axis)).all()

    def owner(flags):
        # the last variable of them is the first that the backward pass met
        variable = [v for v, flag in zip(model.trainable_variables, flags, strict=True) if flag][-1]
        owners = [layer.name for layer in model.layers if any(v is variable for v in layer.trainable_variables)]
        return (owners or [variable.path])[0]

    try:
        outputs = layer_outputs(model, x)
    except ValueError:  # a model whose layers cannot be seen, or told apart
        outputs = {}
    for name, output in outputs.items():
        if bad(output, axis=1):
            return name, "output"
    if any(flags := [bad(g) for g in gradients]):
        return owner(flags), "gradient"
    if not bad(loss) and any(flags := [bad(w) for w in moved]):
        return owner(flags), "update"
    return (model.layers or [model])[-1].name, "loss"
