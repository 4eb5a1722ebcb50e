"""tools/tidy_outputs.py stores outputs as JupyterLab does, and changes nothing else."""

from pathlib import Path

import nbformat
import pytest

from tests.lesson_examples import cells_by_id, figure, good_lesson, printed
from tools.tidy_outputs import tidied, tidy

LESSONS = sorted((Path(__file__).resolve().parent.parent / "notebooks").glob("*.ipynb"))


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "03_watch.ipynb"
    notebook = good_lesson()
    cells_by_id(notebook)["run1"].outputs = [
        printed("Größe "),
        printed("≤ 1\n"),
        figure("aaaa", "a text"),
        printed("b"),
    ]
    nbformat.write(notebook, path)
    return path


def outputs(path):
    return cells_by_id(nbformat.read(path, as_version=4))["run1"].outputs


def test_prints_of_one_cell_become_one(path):
    assert tidy(path)
    assert [output.get("text") for output in outputs(path)] == ["Größe ≤ 1\n", None, "b"]


def test_a_figure_keeps_its_picture_alone(path):
    tidy(path)
    assert outputs(path)[1].metadata == {}
    assert outputs(path)[1].data["image/png"].strip() == "aaaa"


def test_all_else_stays(path):
    before = nbformat.read(path, as_version=4)
    tidy(path)
    after = nbformat.read(path, as_version=4)
    assert [(c.id, c.source, c.metadata) for c in after.cells] == [(c.id, c.source, c.metadata) for c in before.cells]
    assert after.metadata == before.metadata


def test_a_second_time_changes_nothing(path):
    tidy(path)
    text = path.read_bytes()
    assert not tidy(path)
    assert path.read_bytes() == text


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_the_lessons_are_tidy(lesson):
    text = lesson.read_text(encoding="utf-8")
    assert tidied(text) == text, f"python tools/tidy_outputs.py notebooks/{lesson.name}"
