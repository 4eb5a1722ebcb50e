import pytest

from helpers import exercises
from helpers.exercises import check


def documented(x):
    """What to do stands here."""


def empty(x): ...


class Unwritten:
    """What to write stands here."""


@pytest.mark.parametrize("answer", [..., None, empty, documented, Unwritten])
def test_what_was_not_attempted(answer, capsys):
    check("01.1", answer)
    assert capsys.readouterr().out == "01.1: not attempted yet\n"


@pytest.fixture
def one_check(monkeypatch):
    def use(function):
        monkeypatch.setattr(exercises, "_find", lambda exercise: function)

    return use


def test_right_and_not_yet(one_check, capsys):
    one_check(lambda answer: None if answer == 4 else "Count again.")
    check("01.1", 4)
    check("01.1", 5)
    assert capsys.readouterr().out == "01.1: right\n01.1: not yet. Count again.\n"


def test_a_function_with_a_body_is_an_attempt(one_check, capsys):
    one_check(lambda answer: None if answer(2) == 4 else "No.")
    check("01.1", lambda x: x * x)
    check("01.1", lambda x: 0)
    assert capsys.readouterr().out == "01.1: right\n01.1: not yet. No.\n"


def test_a_class_with_a_method_or_a_base_is_an_attempt(one_check, capsys):
    class WithMethod:
        def __call__(self):
            return 4

    class WithBase(WithMethod):
        """Inherits it."""

    one_check(lambda answer: None if answer()() == 4 else "No.")
    check("01.1", WithMethod)
    check("01.1", WithBase)
    assert capsys.readouterr().out == "01.1: right\n" * 2


@pytest.mark.parametrize("answer", [0, 0.0, False, "", []])
def test_an_empty_answer_is_an_answer(answer, one_check, capsys):
    one_check(lambda answer: "No.")
    check("01.1", answer)
    assert "not yet" in capsys.readouterr().out


def test_an_answer_that_cannot_be_used_does_not_stop_the_lesson(one_check, capsys):
    one_check(lambda answer: answer + 1)
    check("01.1", "abc")
    assert "01.1: not yet. The check could not use your answer: TypeError" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("exercise", "message"),
    [("99.1", "there is no such lesson"), ("01.99", "exercise='01.99' is unknown"), (3, "no such")],
)
def test_unknown_exercises(exercise, message):
    with pytest.raises(ValueError, match=message):
        check(exercise, 1)
