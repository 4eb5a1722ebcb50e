"""Whether a model acts as in training or as in evaluation."""

import inspect


def mode(model, training):
    """The argument that says to a model whether it is being trained.

    Args:
        model: A Keras model.
        training: True or False.

    Returns:
        ``{"training": training}``; ``{}`` if the model's ``call`` takes no such argument, as ``fit`` has it.

    Example:
        >>> import keras
        >>> mode(keras.Sequential(), True)
        {'training': True}
    """
    return {"training": training} if "training" in inspect.signature(model.call).parameters else {}
