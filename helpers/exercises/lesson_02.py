"""Checks of lesson 02: watching the weights."""

import keras
import numpy as np

from helpers.exercises.answers import a_function, returns_one_number

_NAMES = ("first", "second")


def check_recorder(answer):
    """02.1: a callback class that keeps the kernels before training and after every few epochs."""
    if isinstance(answer, keras.callbacks.Callback):
        return "Hand in the class itself, not an object made of it."
    if not (isinstance(answer, type) and issubclass(answer, keras.callbacks.Callback)):
        return "Hand in a class that inherits from keras.callbacks.Callback."
    for every, epochs, expected in ((3, 7, [-1, 2, 5]), (1, 2, [-1, 0, 1]), (4, 3, [-1])):
        recorder = answer(every)
        kept, kernels, values = _drive(recorder, epochs)
        hint = _look_at_epochs(kept, expected, every) or _look_at_kernels(kernels, kept, values)
        if hint:
            return hint
    return None


def _drive(recorder, epochs):
    """Call the recorder as ``fit`` would, with kernels that hold the number of epochs trained."""
    layers = [keras.layers.Dense(2, name=name) for name in _NAMES]
    net = keras.Sequential([keras.Input((3,)), *layers])
    for layer in layers:
        layer.kernel.assign(np.zeros(layer.kernel.shape))
    recorder.set_model(net)
    recorder.on_train_begin({})
    values = {-1: 0.0}
    for epoch in range(epochs):
        recorder.on_epoch_begin(epoch, {})
        for layer in layers:
            layer.kernel.assign(np.full(layer.kernel.shape, epoch + 1.0))
        values[epoch] = epoch + 1.0
        recorder.on_epoch_end(epoch, {})
    recorder.on_train_end({})
    return recorder.epochs, recorder.kernels, values


def _look_at_epochs(kept, expected, every):
    kept = [int(epoch) for epoch in kept]
    if kept == expected:
        return None
    if -1 not in kept:
        return "Epoch -1, the state before training, is missing."
    if every == 1:
        return "With every=1 the recorder should keep each epoch, like WeightCapture."
    if kept == list(range(-1, kept[-1] + 1)) and len(kept) > len(expected):
        return f"With every={every} some epochs should be left out, but all are there."
    if 0 in kept:
        return "fit numbers the epochs from 0. How many epochs are over when on_epoch_end gets the number 0?"
    return f"With every={every} the recorder kept other epochs than those asked for: {kept}."


def _look_at_kernels(kernels, kept, values):
    if len(kernels) != len(kept):
        return f"There are {len(kept)} epochs but {len(kernels)} entries in kernels."
    for epoch, record in zip(kept, kernels, strict=True):
        if not hasattr(record, "keys") or set(record) != set(_NAMES):
            return "Each entry of kernels should be a dictionary with the name of every layer as a key."
        for array in record.values():
            if np.shape(array) not in ((3, 2), (2, 2)):
                return f"An entry of kernels holds an array of shape {np.shape(array)}, which is no kernel's."
            if not np.all(np.asarray(array) == values[int(epoch)]):
                return (
                    "A kernel that was kept does not hold the values it had at its epoch. Did you keep a copy, "
                    "or the variable itself, which goes on changing?"
                )
    return None


@a_function
def check_straightness(answer):
    """02.2: a function of weights (steps, replicas, inputs, outputs): distance over path, for each replica."""
    rng = np.random.default_rng(0)
    line = np.linspace(0.0, 1.0, 11)[:, None, None, None] * rng.normal(size=(1, 3, 4, 2)) + 5.0
    found = np.asarray(answer(line), dtype=float)
    if found.shape != (3,):
        return f"Three replicas should give an array of three numbers, but the shape is {found.shape}."
    if not np.isfinite(found).all():
        return "A path that moves all the time should have a finite straightness."
    if not np.allclose(found, 1.0):
        return (
            "All weights that move at a steady pace in one direction should score exactly 1. Is the start "
            "subtracted from the end, and is the path the sum of all steps between epochs?"
        )
    back = np.concatenate([line, line[-2::-1]])
    found = np.asarray(answer(back), dtype=float)
    if not np.allclose(found, 0.0):
        return (
            "Weights that return to their start should score 0. A step back is no step undone: "
            "it makes the path longer."
        )
    mixed = line.copy()
    mixed[:, :, 0] = 5.0 + np.cumsum(rng.normal(size=(11, 3, 2)), axis=0)
    distance = np.abs(mixed[-1] - mixed[0]).sum(axis=(1, 2))
    path = np.abs(np.diff(mixed, axis=0)).sum(axis=(0, 2, 3))
    found = np.asarray(answer(mixed), dtype=float)
    if not np.allclose(found, distance / path, rtol=1e-6):
        return (
            "Right for paths that are the same for all weights of a kernel, not for others. Add up absolute "
            "values over the whole kernel first, and divide once for each replica."
        )
    return None


@returns_one_number("the gap in standard errors")
def check_standard_errors(answer):
    """02.3: a function of (a, b, runs): the gap between a / runs and b / runs, in standard errors."""
    for a, b, runs in ((10, 20, 100), (30, 50, 200), (90, 60, 500)):
        found = answer(a, b, runs)
        shares = np.array([a, b]) / runs
        gap = abs(shares[0] - shares[1])
        pooled = np.sqrt(2 * shares.mean() * (1 - shares.mean()) / runs)
        separate = np.sqrt(np.sum(shares * (1 - shares)) / runs)
        right = sorted((gap / pooled, gap / separate))
        if right[0] * 0.98 < abs(found) < right[1] * 1.02:
            continue
        ratio = abs(found) * pooled / gap
        if abs(ratio - np.sqrt(2)) < 0.1:
            return "Too large: both shares are uncertain, and the variance of a difference is the sum of the variances."
        if min(abs(ratio * np.sqrt(runs) - k) for k in (1, np.sqrt(2))) < 0.1:
            return "That is the gap in units of the spread of a single run; a share is the mean of many runs."
        if abs(ratio - runs) < 0.1 * runs:
            return "Divide counts by the number of runs: both the gap and its error should be in shares."
        if abs(abs(found) - gap) < 1e-9:
            return "The gap itself is not enough: how large a gap would chance alone leave?"
        return (
            "That is not the gap in standard errors. How far would one share scatter if its runs were "
            "drawn again, and how far then the difference of two?"
        )
    return None


CHECKS = {"02.1": check_recorder, "02.2": check_straightness, "02.3": check_standard_errors}
