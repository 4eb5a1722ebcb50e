"""Whatever a learner hands in, a check says what it is not, and never that it is right."""

import importlib
import pkgutil

import keras
import numpy as np
import pytest
import tensorflow as tf

from helpers import exercises
from helpers.exercises import check

EXERCISES = [
    exercise
    for m in pkgutil.iter_modules(exercises.__path__)
    if m.name.startswith("lesson_")
    for exercise in importlib.import_module(f"helpers.exercises.{m.name}").CHECKS
]

VALUES = {
    "text": "abc",
    "no text": "",
    "bytes": b"1",
    "nan": np.nan,
    "inf": np.inf,
    "too large for a float": 10**400,
    "complex": 1j,
    "true": True,
    "negative": -1,
    "empty list": [],
    "empty dictionary": {},
    "texts": ["a", "b"],
    "two nans": (np.nan, np.nan),
    "four nones": [None] * 4,
    "ragged": [[1], [1, 2]],
    "empty array": np.array([]),
    "array": np.zeros((2, 3)),
    "array of objects": np.array([None, {}], dtype=object),
    "tensor": tf.zeros((2,)),
    "tensor of text": tf.constant("abc"),
    "keras tensor": keras.Input((3,)),
    "object": object(),
    "module": np,
    "dictionary of none": {name: None for name in ("A", "B", "C", "D", "softsign", "elu")},
    "dictionary of lists": {name: [[1]] for name in ("A", "B", "C", "D", "softsign", "elu")},
}


def fails(*args, **kwargs):
    raise RuntimeError("as functions do")


class Callable:
    def __call__(self, *args, **kwargs):
        return np.nan


class Recorder(keras.callbacks.Callback):
    def __init__(self, every):
        super().__init__()
        self.steps, self.kernels = None, "abc"


FUNCTIONS = {
    "a function that fails": fails,
    "a function of nothing": lambda: 1,
    "a function that returns none": lambda *args, **kwargs: None,
    "a function that returns a generator": lambda *args, **kwargs: (x for x in range(3)),
    "a function that returns its arguments": lambda *args, **kwargs: args,
    "a built-in function": len,
    "an object to call": Callable(),
    "a class to call": Callable,
    "a recorder of nothing": Recorder,
    "an error": ValueError,
} | {f"a function that returns {name}": (lambda *args, value=value, **kwargs: value) for name, value in VALUES.items()}


def verdict(exercise, answer, capsys):
    check(exercise, answer)
    return capsys.readouterr().out


# A warning of NumPy's is no error where a learner works, and the check goes on.
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", [*VALUES, *FUNCTIONS])
def test_an_odd_answer_is_neither_right_nor_an_error(name, capsys):
    for exercise in EXERCISES:
        text = verdict(exercise, (VALUES | FUNCTIONS)[name], capsys)
        assert text == f"{exercise}: not attempted yet\n" or text.startswith(f"{exercise}: not yet. "), text


@pytest.mark.filterwarnings("ignore")
def test_a_generator_is_neither_right_nor_an_error(capsys):
    for exercise in EXERCISES:
        assert verdict(exercise, (x for x in range(3)), capsys).startswith(f"{exercise}: not yet. ")
