"""Find the weights of a model by the name of their layer."""

from helpers.checks import suggestion
from helpers.recording.naming import named_layers


def replica_count(model):
    """The number of replicas a model trains side by side, None for a single net: the model's ``replicas``.

    Args:
        model: A Keras model.

    Returns:
        R, or None.
    """
    return getattr(model, "replicas", None)


def weights_by_layer(model, weight="kernel", layers=None):
    """The variables that a recorder watches, by the name of their layer; each variable once.

    A layer of a model within the model is called ``"base/dense"``. Another layer that is made of layers (Bidirectional,
    attention) has an entry for each part that holds such a weight, ``"bidirectional/forward_lstm/lstm_cell"``, or
    one of its own name if there is only one. A weight of the model itself has the name of the model. Frozen layers
    count too.

    Args:
        model: A built Keras model.
        weight: The variable's own name within its layer: ``"kernel"``, ``"bias"``, ``"recurrent_kernel"``,
            ``"embeddings"``, ...
        layers: Names of layers to keep, in any order, or of layers whose parts to keep; None keeps all.

    Returns:
        ``{layer name: keras.Variable}``, first layer first.

    Raises:
        TypeError: If ``weight`` is no name, or ``layers`` no list of names.
        ValueError: If the model is not built, no layer has such a weight, ``layers`` is empty or has an unknown name,
            two such weights have one name, or one does not lead with the model's replicas.

    Example:
        >>> from helpers import models
        >>> model = models.make_rnn("lstm", units=2, length=3, seed=0)
        >>> {name: tuple(v.shape) for name, v in weights_by_layer(model, "recurrent_kernel").items()}
        {'lstm1': (2, 8)}
    """
    layers = check_names(weight, layers)
    if not model.built or not model.weights:
        raise ValueError(f"model {model.name!r} has no weights yet; start it with keras.Input(...) or call it on data")
    found, seen = {}, set()
    for name, layer in [*named_layers(model), (model.name, model)]:
        own = {id(v): v for v in layer.weights if v.name == weight and id(v) not in seen}
        seen |= own.keys()
        for variable in own.values():
            part = name if len(own) == 1 else _part(name, layer, variable)
            if part in found:
                raise ValueError(
                    f"model {model.name!r} has more than one {weight} in layers named {part!r}; "
                    "give them names of their own"
                )
            found[part] = variable
    if not found:
        kinds = sorted({v.name for v in model.weights})
        raise ValueError(f"weight={weight!r}: no layer of {model.name!r} has one; {suggestion(weight, kinds)}")
    for name in layers or ():
        if not any(_is_in(part, name) for part in found):
            raise ValueError(f"layers: no layer named {name!r} with a {weight}; {suggestion(name, found)}")
    kept = {part: v for part, v in found.items() if layers is None or any(_is_in(part, name) for name in layers)}
    replicas = replica_count(model)
    for part, variable in kept.items():
        if replicas is not None and tuple(variable.shape[:1]) != (replicas,):
            raise ValueError(
                f"the {weight} of layer {part!r} has shape {tuple(variable.shape)}; model {model.name!r} holds "
                f"{replicas} replicas, and their number must be its first axis"
            )
    return kept


def check_names(weight, layers):
    """Refuse what is no name of a weight, or no names of layers; return ``layers`` as a tuple, or None.

    Args:
        weight: As for ``weights_by_layer``.
        layers: The same.
    """
    if not isinstance(weight, str):
        raise TypeError(f"weight must be the name of a weight, such as 'kernel', got {weight!r}")
    if layers is None:
        return None
    if isinstance(layers, str):
        raise TypeError(f"layers must be a list of names, got the string {layers!r}; use [{layers!r}]")
    if not isinstance(layers, list | tuple | set | frozenset) or not all(isinstance(name, str) for name in layers):
        raise TypeError(f"layers must be a list of names, or None for all layers, got {layers!r}")
    if not layers:
        raise ValueError("layers is empty; name at least one layer, or use None for all")
    return tuple(layers)


def _part(name, layer, variable):
    """The name of a layer with the path of a variable from there on: ``"bidirectional/forward_lstm/lstm_cell"``."""
    parts = variable.path.split("/")[:-1]
    start = parts.index(layer.name) + 1 if layer.name in parts else 0
    return "/".join([name, *parts[start:]])


def _is_in(part, name):
    return part == name or part.startswith(f"{name}/")
