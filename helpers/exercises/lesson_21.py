"""Checks of lesson 21: which remedy for which fault."""

from itertools import pairwise

import numpy as np

from helpers.exercises.answers import CHANGED, a_function, same_arrays

REMEDIES = ("clipping", "initialisation", "activation", "batch norm", "shortcut", "Adam")
_MENDS = {
    "A": {"initialisation", "batch norm", "shortcut"},
    "B": {"initialisation", "batch norm"},
    "C": {"initialisation", "batch norm"},
}
_HINTS = {
    ("A", "clipping"): "A limit only makes gradients smaller. What is wrong with those of the first layers?",
    ("A", "activation"): "Of the table's sigmoid nets not all learnt after that. What did all five learn with?",
    ("A", "Adam"): "It makes small steps larger; look in the table at what became of the vanishing net.",
    ("B", "clipping"): "There is no gradient that could be too long: it is zero.",
    ("B", "activation"): "Then no unit is dead, but the error still has to come down all layers.",
    ("B", "shortcut"): "It may learn so, but around its units: ask whether they live.",
    ("B", "Adam"): "A gradient of zero stays zero, whatever it is divided by.",
    ("C", "clipping"): "Steps are then short. Is it the steps that are too large, or the signal?",
    ("C", "activation"): "A leaky ReLU lets more through, not less.",
    ("C", "shortcut"): "In the table it failed at high rates, and this signal grows far more: what is surer?",
    ("C", "Adam"): "It rescales the steps. Is it the steps that are too large, or the signal?",
}


def check_remedies(answer):
    """21.1: a dictionary of A, B and C: a remedy of the table after which the net learns with living units."""
    if not isinstance(answer, dict) or set(answer) != set(_MENDS):
        return "Hand in a dictionary with a remedy for each of A, B and C."
    if any(remedy is None or remedy is ... for remedy in answer.values()):
        return "A net is still without a remedy."
    known = {remedy.lower(): remedy for remedy in REMEDIES}
    for net, given in answer.items():
        name = " ".join(given.lower().replace("-", " ").split()) if isinstance(given, str) else None
        if name not in known:
            return f"Net {net}: name a remedy as the table does, one of {', '.join(REMEDIES)}."
        if known[name] not in _MENDS[net]:
            return f"Net {net}: {_HINTS[net, known[name]]}"
    return None


@a_function
def check_fit(answer):
    """21.2: a function of (kernels, points): kernels in proportion, after which each layer's output has rms 1."""
    generator = np.random.default_rng(19)
    for widths, size, shift in (((6, 20, 20, 20), 3.0, 0.0), ((5, 12, 30, 8, 10), 0.05, 1.0)):
        shapes = list(pairwise(widths))
        kernels = [size * generator.normal(size=shape) for shape in shapes]
        points = generator.normal(size=(80, widths[0])) + shift
        given = [kernel.copy() for kernel in kernels], points.copy()
        new = answer(*given)
        if not same_arrays([*given[0], given[1]], [*kernels, points]):
            return CHANGED
        if not isinstance(new, list | tuple | np.ndarray) or len(new) != len(kernels):
            return "Return a list with as many kernels as you are given."
        new = [np.asarray(kernel, dtype=float) for kernel in new]
        hint = _hint_of_kernels(kernels, new, points)
        if hint is not None:
            return hint
    return None


def _hint_of_kernels(kernels, new, points):
    factors = []
    for kernel, fitted in zip(kernels, new, strict=True):
        if fitted.shape != kernel.shape or not np.isfinite(fitted).all():
            return "Each kernel keeps its shape, and its numbers are finite."
        factors.append((fitted * kernel).sum() / (kernel**2).sum())
        if factors[-1] <= 0 or not np.allclose(fitted, factors[-1] * kernel, rtol=1e-6, atol=0):
            return "Multiply a kernel as a whole, by one positive number."
    if np.allclose(factors, 1):
        return "These are the kernels as they were."
    before, after = _outputs(kernels, points), _outputs(new, points)
    root = [np.sqrt(np.mean(h**2)) for h in after]
    if np.allclose(root, 1, rtol=1e-6):
        return None
    if np.allclose(factors, [1 / np.sqrt(np.mean(h**2)) for h in before]):
        return "The first layer is right. What comes into the second has changed by then."
    if np.allclose([h.std() for h in after], 1):
        return "That is the standard deviation: a ReLU's outputs have a mean that counts, too."
    if np.allclose([np.sqrt(np.mean((h @ k) ** 2)) for h, k in zip([points, *after], new, strict=False)], 1):
        return "That is what enters the ReLU; what leaves it should have an rms of 1."
    if np.isclose(root[-1], 1):
        return "The last layer is right, but each layer's output should have an rms of 1."
    return f"Layer {1 + int(np.argmax(~np.isclose(root, 1)))} gives out an rms that is not 1."


def _outputs(kernels, points):
    h, outputs = points, []
    for kernel in kernels:
        h = np.maximum(h @ kernel, 0)
        outputs.append(h)
    return outputs


CHECKS = {"21.1": check_remedies, "21.2": check_fit}
