"""A name for every layer of a model, whatever it is made of."""

import keras


def named_layers(model):
    """The layers of a model, and those of the models within it, each once.

    Args:
        model: A Keras model.

    Returns:
        A list of ``(name, layer)``, first layer first. A layer of a model that is itself a layer, ``base``, is called
        ``"base/dense"``, and stands before ``base``. A layer at two places has the name of the first.

    Example:
        >>> base = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3, name="dense")], name="base")
        >>> model = keras.Sequential([keras.Input((2,)), base, keras.layers.Dense(1, name="head")])
        >>> [name for name, _ in named_layers(model)]
        ['base/dense', 'base', 'head']
    """
    found = {}
    for layer in model.layers:
        parts = named_layers(layer) if isinstance(layer, keras.Model) else []
        for name, one in [*((f"{layer.name}/{name}", part) for name, part in parts), (layer.name, layer)]:
            found.setdefault(id(one), (name, one))
    return list(found.values())
