"""Whether a compiled optimiser belongs to another model."""

import keras


def bound_elsewhere(model):
    """Whether the optimiser was built with the variables of another model, so that ``fit`` would refuse.

    Asked by an update with gradients of zero, after which weights and optimiser are put back bit for bit.

    Args:
        model: A built and compiled Keras model.

    Example:
        >>> sgd = keras.optimizers.SGD(momentum=0.9)
        >>> first, second = (keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)]) for _ in range(2))
        >>> for net in (first, second):
        ...     net.compile(sgd, "mse")
        >>> sgd.build(first.trainable_variables)
        >>> bound_elsewhere(first), bound_elsewhere(second)
        (False, True)
    """
    optimizer, weights = model.optimizer, model.trainable_variables
    if not optimizer.built or not weights:
        return False
    kept = [(variable, variable.numpy()) for variable in [*weights, *optimizer.variables]]
    try:
        optimizer.apply([keras.ops.zeros(v.shape, v.dtype) for v in weights], weights)
    except ValueError:  # Keras checks before it changes anything
        return True
    finally:
        for variable, value in kept:
            variable.assign(value)
    return False
