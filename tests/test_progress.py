"""exercises.progress reads what the checks of saved notebooks said."""

from pathlib import Path

import nbformat
import pytest

from helpers import exercises
from tests.lesson_examples import cells_by_id, good_lesson, printed


@pytest.fixture
def saved(tmp_path):
    def saved(name="03_watch", **outputs):
        lesson = good_lesson()
        for check, text in outputs.items():
            cells_by_id(lesson)[check].outputs = [printed(line + "\n") for line in text.splitlines()]
        nbformat.write(lesson, tmp_path / f"{name}.ipynb")
        return tmp_path

    return saved


def lines(capsys):
    return capsys.readouterr().out.splitlines()


def test_each_state_has_its_mark(saved, capsys):
    exercises.progress(saved(check1="03.1: right", check2="03.2: not yet. Is it right: no."))
    assert lines(capsys) == ["03_watch  ● ◐", "● right  ◐ not yet  ○ not attempted: 1 of 2 are right"]


def test_solutions_do_not_count(saved, capsys):
    exercises.progress(saved())
    assert lines(capsys)[0] == "03_watch  ○ ○"


def test_lessons_are_lined_up(saved, capsys):
    saved("03_watch")
    exercises.progress(saved("04_longer_name"))
    assert [line.index("○") for line in lines(capsys)[:2]] == [16, 16]


def test_a_check_that_was_not_run_is_not_attempted(saved, capsys):
    exercises.progress(saved(check1="", check2=""))
    assert lines(capsys)[0] == "03_watch  ○ ○"


@pytest.mark.parametrize("folder", ["no_such_folder", "."])
def test_a_folder_without_notebooks_is_refused(tmp_path, monkeypatch, folder):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError, match="holds no notebook"):
        exercises.progress(folder)


def test_every_exercise_of_the_lessons_is_found(capsys):
    from tests.test_exercises import CHECKS

    exercises.progress(Path(__file__).resolve().parent.parent / "notebooks")
    assert lines(capsys)[-1].endswith(f": 0 of {len(CHECKS)} are right")
