import importlib
import pkgutil
from pathlib import Path

import keras
import numpy as np
import pytest

from helpers import exercises
from helpers.exercises import check

LESSONS = [m.name for m in pkgutil.iter_modules(exercises.__path__) if m.name.startswith("lesson_")]
CHECKS = {}
for lesson in LESSONS:
    CHECKS |= importlib.import_module(f"helpers.exercises.{lesson}").CHECKS


def documented(x):
    """What to do stands here."""


def empty(x): ...


class Unwritten:
    """What to write stands here."""


def reach(c, rate, steps):
    """The answer to 15.3."""
    return c * rate * steps


@pytest.mark.parametrize("answer", [..., None, empty, documented, Unwritten])
@pytest.mark.parametrize("exercise", CHECKS)
def test_what_was_not_attempted(exercise, answer, capsys):
    check(exercise, answer)
    assert capsys.readouterr().out == f"{exercise}: not attempted yet\n"


def test_right_and_not_yet(capsys):
    check("11.3", 75)
    check("11.3", 74)
    assert capsys.readouterr().out == (
        "11.3: right\n11.3: not yet. Almost: look at what is left after that many layers.\n"
    )


def test_a_function_with_a_body_is_an_attempt(capsys):
    check("17.3", reach)
    check("17.3", lambda c, rate, steps: 0)
    right, wrong = capsys.readouterr().out.splitlines()
    assert right == "17.3: right"
    assert wrong.startswith("17.3: not yet. How long is one step")


def test_a_class_with_a_method_or_a_base_is_an_attempt(capsys):
    class WithMethod:
        def on_epoch_end(self, epoch, logs=None):
            pass

    class WithBase(keras.callbacks.Callback):
        """Inherits it."""

    check("02.1", WithMethod)
    check("02.1", WithBase)
    without_base, without_steps = capsys.readouterr().out.splitlines()
    assert without_base == "02.1: not yet. Hand in a class that inherits from keras.callbacks.Callback."
    assert without_steps.startswith("02.1: not yet. The check could not use your answer: TypeError:")


@pytest.mark.parametrize("answer", [0, 0.0, False, "", []])
def test_an_empty_answer_is_an_answer(answer, capsys):
    check("11.3", answer)
    assert capsys.readouterr().out.startswith("11.3: not yet. ")


def test_a_function_that_fails_does_not_stop_the_lesson(capsys):
    check("17.3", lambda c, rate, steps: c / 0)
    assert capsys.readouterr().out == (
        "17.3: not yet. The check could not use your answer: ZeroDivisionError: float division by zero\n"
    )


def test_a_function_of_too_few_arguments_does_not_stop_the_lesson(capsys):
    check("14.1", lambda n_in: n_in)
    assert "14.1: not yet. The check could not use your answer: TypeError:" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("exercise", "message"),
    [
        ("99.1", "exercise='99.1': there is no such lesson; use one of '01', '02'"),
        ("01.99", "exercise='01.99' is unknown; .* one of '01.1', '01.2', '01.3'"),
        ("3.2", "exercise='3.2' is unknown; did you mean '03.2'"),
        ("", "exercise='': there is no such lesson"),
        (1.1, "exercise=1.1 is unknown; did you mean '01.1'. Use one of '01.1', '01.2', '01.3'"),
        (3, "exercise=3 is unknown; use one of '03.1', '03.2', '03.3'"),
        (None, "exercise=None: there is no such lesson; use one of '01', '02'"),
        (np.array("01.1"), "exercise=array.*is unknown; did you mean '01.1'"),
        (["01.1"], r"exercise=\['01.1'\]: there is no such lesson; did you mean '01'"),
    ],
)
def test_unknown_exercises(exercise, message):
    with pytest.raises(ValueError, match=message):
        check(exercise, ...)


def test_every_lesson_has_two_or_three_checks():
    notebooks = Path(__file__).parents[1].glob("notebooks/*.ipynb")
    assert sorted(f"lesson_{path.name[:2]}" for path in notebooks) == LESSONS
    for lesson in LESSONS:
        names = [name for name in CHECKS if name.startswith(f"{lesson[-2:]}.")]
        assert names in ([f"{lesson[-2:]}.{k}" for k in range(1, last + 1)] for last in (2, 3))


@pytest.mark.parametrize("exercise", CHECKS)
def test_a_check_is_public_and_says_in_one_line_what_the_answer_is(exercise):
    function = CHECKS[exercise]
    assert function.__name__.startswith("check_")
    assert function.__doc__.startswith(f"{exercise}: ")
    assert "\n" not in function.__doc__
