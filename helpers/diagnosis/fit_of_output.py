"""Whether the output's activation, the loss and the labels belong together."""

import numpy as np

LOG_LOSSES = ("poisson", "kl_divergence", "mean_squared_logarithmic_error", "log_cosh")


def misfits(y, units, activation, loss, logits):
    """What does not fit, the worst first.

    Args:
        y: Targets, (n, ...).
        units: Number of output units.
        activation: Name of the output's activation.
        loss: Name of the loss.
        logits: Whether the loss takes logits.

    Returns:
        A list of ``(certainty, evidence, remedy)``; below 0.5 it may well be harmless.

    Example:
        >>> misfits(np.array([[0.0], [1.0]]), 1, "softmax", "binary_crossentropy", False)[0][0]
        0.97
    """
    found = []
    low, high = float(np.min(y)), float(np.max(y))
    whole = bool(np.all(y == np.floor(y)))
    if activation == "softmax" and units == 1:
        found.append((0.97, "softmax of one unit is 1 whatever comes in", 'Dense(1, activation="sigmoid")'))
    if loss.startswith("sparse") and not whole:
        found.append(
            (0.96, f"labels are not whole numbers ({low:g} to {high:g}); the loss rounds them to 0 to {int(high)}",
             'y = y.astype("int32")  # class numbers, not scaled')
        )  # fmt: skip
    if loss.startswith("sparse") and (low < 0 or high >= units):
        found.append((0.96, f"labels go from {low:g} to {high:g}, outputs are {units}", f"Dense({int(high) + 1})"))
    cross = "crossentropy" in loss
    if "binary_crossentropy" in loss and (low < 0 or high > 1):
        remedy = f'Dense({int(high) + 1}, activation="softmax"), loss="sparse_categorical_crossentropy"'
        if units > 1 or low < 0 or not whole:
            remedy = 'y = (y > 0).astype("float32")  # or loss="mse" for real targets'
        elif low > 0 and high - low == 1:
            remedy = f"y = y - {low:g}"
        found.append((0.96, f"binary cross-entropy of labels from {low:g} to {high:g}", remedy))
    if loss == "categorical_crossentropy" and units == 1:
        found.append((0.96, "categorical cross-entropy of one unit is 0", 'loss="binary_crossentropy"'))
    if loss == "categorical_crossentropy" and units > 1 and not np.allclose(np.sum(y, -1), 1, atol=0.01):
        found.append((0.7, "targets of categorical cross-entropy do not add up to 1", 'loss="binary_crossentropy"'))
    if cross and not logits:
        soft = 'activation="softmax"' if units > 1 else 'activation="sigmoid"'
        if activation in ("linear", "relu", "tanh", "elu", "selu", "leaky_relu", "softplus", "exponential"):
            found.append((0.93, f"the loss takes probabilities, the output is {activation}", f"Dense({units}, {soft})"))
        elif activation == "sigmoid" and units > 1 and "binary" not in loss:
            found.append((0.35, "sigmoid outputs do not add up to 1", f"Dense({units}, {soft})"))
        elif activation == "softmax" and units > 1 and "binary" in loss and "focal" not in loss:
            found.append((0.15, "binary cross-entropy of softmax", 'loss="categorical_crossentropy"'))
    if cross and logits and activation in ("softmax", "sigmoid", "relu"):
        found.append((0.92, f"from_logits=True, and the output is {activation} already", f"Dense({units})"))
    if not cross and "hinge" not in loss:
        span = {"relu": (0, np.inf), "softplus": (0, np.inf), "exponential": (0, np.inf),
                "sigmoid": (0, 1), "softmax": (0, 1), "tanh": (-1, 1)}.get(activation)  # fmt: skip
        if span:
            beyond = float(np.mean((y < span[0] - 1e-6) | (y > span[1] + 1e-6)))
            if activation == "tanh" and np.mean(np.abs(y) > 1.2) < 0.05:
                beyond = 0.0  # targets a little beyond the limits are reached well enough
            if beyond > 0.02:
                text = f"{beyond:.0%} of the targets ({low:.3g} to {high:.3g}) are out of reach of {activation}"
                found.append((0.92, text, f"Dense({units})"))
        if activation == "relu" and low >= 0 and high <= 1 and whole:
            found.append((0.5, "ReLU at the output of a classifier", 'Dense(1, activation="sigmoid")'))
        if activation == "sigmoid" and low >= 0 and high <= 1 and whole and "squared" in loss:
            found.append((0.2, "squared error of a sigmoid is flat where it errs most", 'loss="binary_crossentropy"'))
        if activation in ("linear", "tanh") and loss in ("poisson", "kl_divergence"):
            found.append((0.6, f"{loss} takes the logarithm of the output, which may be negative",
                          f'Dense({units}, activation="softplus")'))  # fmt: skip
    return sorted(found, reverse=True)
