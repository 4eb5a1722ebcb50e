"""Find the weights of a model by the name of their layer."""

from collections import Counter

from helpers.checks import suggestion


def replica_count(model):
    """The number of replicas a model trains side by side, None for a single net: the model's ``replicas``.

    Args:
        model: A Keras model.

    Returns:
        R, or None.
    """
    return getattr(model, "replicas", None)


def weights_by_layer(model, weight="kernel", layers=None):
    """The variables that a recorder watches, by the name of their layer.

    A layer that is made of others (a nested model, Bidirectional, attention) has an entry for each of its parts that
    holds such a weight, ``"layer/part"``, unless there is only one. Frozen layers count too.

    Args:
        model: A built Keras model.
        weight: The variable's own name within its layer: ``"kernel"``, ``"bias"``, ``"recurrent_kernel"``,
            ``"embeddings"``, ...
        layers: Names of layers to keep, in any order, or of layers whose parts to keep; None keeps all.

    Returns:
        ``{layer name: keras.Variable}``, first layer first.

    Raises:
        TypeError: If ``layers`` is one string.
        ValueError: If the model is not built, no layer has such a weight, a name in ``layers`` is unknown, or two
            layers have one name.
    """
    if isinstance(layers, str):
        raise TypeError(f"layers must be a list of names, got the string {layers!r}; use [{layers!r}]")
    if not model.built or not model.layers:
        raise ValueError(f"model {model.name!r} has no weights yet; start it with keras.Input(...) or call it on data")
    names = [layer.name for layer in model.layers]
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise ValueError(
            f"model {model.name!r} has more than one layer named {twice[0]!r}; give them names of their own"
        )
    found = {}
    for layer in model.layers:
        own = {id(v): v for v in layer.weights if v.name == weight}  # a shared layer lists its weights twice
        for variable in own.values():
            name = layer.name if len(own) == 1 else _part(layer, variable)
            if name in found:
                raise ValueError(
                    f"model {model.name!r} has more than one part named {name!r} with a {weight}; "
                    "give them names of their own"
                )
            found[name] = variable
    of_layers = {id(v) for layer in model.layers for v in layer.weights}
    found |= {v.path.rpartition("/")[0]: v for v in model.weights if v.name == weight and id(v) not in of_layers}
    if not found:
        kinds = sorted({v.name for layer in model.layers for v in layer.weights})
        raise ValueError(f"weight={weight!r}: no layer of {model.name!r} has one; {suggestion(weight, kinds)}")
    if layers is None:
        return found
    for name in layers:
        if not any(_is_in(part, name) for part in found):
            raise ValueError(f"layers: no layer named {name!r} with a {weight}; {suggestion(name, found)}")
    return {part: v for part, v in found.items() if any(_is_in(part, name) for name in layers)}


def _part(layer, variable):
    """The path of a variable from its layer on: ``"bidirectional/forward_lstm/lstm_cell"``."""
    parts = variable.path.split("/")[:-1]
    start = parts.index(layer.name) + 1 if layer.name in parts else 0
    return "/".join([layer.name, *parts[start:]])


def _is_in(part, name):
    return part == name or part.startswith(f"{name}/")
