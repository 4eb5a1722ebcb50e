"""tools/grade.py: copies are run apart, within their time, against the checks of this checkout."""

import csv

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from tools import grade

CHECK = 'from helpers.exercises import check\n\ncheck("{}", {})'


def notebook(*cells):
    return new_notebook(cells=[new_code_cell(source, metadata={"tags": [tag]} if tag else {}) for source, tag in cells])


@pytest.fixture
def lessons(tmp_path):
    folder = tmp_path / "lessons"
    folder.mkdir()
    lesson = notebook(
        ("count = ...", "stub"),
        (CHECK.format("01.1", "count"), "check"),
        (CHECK.format("01.1", "44"), "solution"),
        ("share = ...", "stub"),
        (CHECK.format("01.2", "share"), "check"),
    )
    nbformat.write(lesson, folder / "01_two_circles.ipynb")
    return folder


@pytest.fixture
def hand_in(tmp_path):
    def hand_in(name, *cells):
        path = tmp_path / "handed_in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook(*cells), path)
        return path

    return hand_in


def graded(copy, lessons, seconds=120):
    return grade.grade(copy, lessons / "01_two_circles.ipynb", seconds)


def test_right_not_yet_and_what_was_broken(hand_in, lessons):
    """An error elsewhere does not matter, a check that was deleted is put back, one that was forged is ours again."""
    copy = hand_in(
        "Ada_01_two_circles.ipynb",
        ("1 / 0", None),
        ("count = 44", "stub"),
        ("share = 2", "stub"),
        ('print("01.2: right")  # check("01.2", share)', "check"),
    )
    assert graded(copy, lessons) == (grade.RUN, {"01.1": "right", "01.2": "not yet"})


def test_a_solution_left_in_the_copy_does_not_count(lessons):
    copy = notebook((CHECK.format("01.1", "44"), "solution"))
    checks = grade.checks_of(lessons / "01_two_circles.ipynb")
    assert list(checks) == ["01.1", "01.2"]
    cells = grade.with_our_checks(copy, checks).cells
    assert [(cell.metadata.graded, cell.source) for cell in cells] == list(checks.items())


def test_a_copy_that_never_ends_is_stopped(hand_in, lessons):
    copy = hand_in("Ada_01_two_circles.ipynb", ("import time\ntime.sleep(600)", None))
    assert graded(copy, lessons, seconds=8) == (grade.TOO_LONG, {"01.1": "not attempted", "01.2": "not attempted"})


def test_a_file_that_is_no_notebook_is_told(tmp_path, lessons):
    copy = tmp_path / "Ada_01_two_circles.ipynb"
    copy.write_text("nothing")
    assert graded(copy, lessons)[0] == grade.BROKEN


def test_the_table(hand_in, lessons, tmp_path, capsys, monkeypatch):
    results = {"01.1": "right", "01.2": "not attempted"}
    monkeypatch.setattr(grade, "grade", lambda copy, lesson, seconds: (grade.RUN, results))
    hand_in("Ada/01_two_circles.ipynb", ("1", None))
    hand_in("Ada/.ipynb_checkpoints/01_two_circles.ipynb", ("1", None))
    hand_in("Emmy_essay.ipynb", ("1", None))
    table = tmp_path / "grades.csv"
    assert grade.main(tmp_path / "handed_in", 120, table, lessons) == 0
    printed = capsys.readouterr().out
    assert "with your rights" in printed and "Emmy_essay.ipynb: no lesson is called so" in printed
    with table.open(encoding="utf-8") as file:
        rows = [tuple(row.values()) for row in csv.DictReader(file)]
    assert rows == [("Ada", "01.1", "right", "ran"), ("Ada", "01.2", "not attempted", "ran")]


def test_a_folder_without_copies_is_refused(tmp_path, capsys):
    assert grade.main(tmp_path, 1, tmp_path / "grades.csv") == 1
    assert "holds no notebook" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("path", "who"),
    [("Ada/01_two_circles.ipynb", "Ada"), ("group 1/Ada/x.ipynb", "group 1/Ada"), ("Ada_01_two_circles.ipynb", "Ada")],
)
def test_whose_copy_it_is(tmp_path, path, who):
    assert grade.student_of(tmp_path / path, tmp_path) == who
