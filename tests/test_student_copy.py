"""The copies that `make student` writes hold no output, no solution and no answer, and everything else."""

import re
from pathlib import Path

import nbformat
import pytest

from tests.lesson_examples import cells_by_id, figure, good_lesson, markdown
from tools.student_copy import FINDINGS, for_students, write

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"
LESSONS = sorted(NOTEBOOKS.glob("*.ipynb"))


@pytest.fixture
def lesson():
    notebook = good_lesson()
    cells = cells_by_id(notebook)
    cells["claim1"].outputs = [nbformat.v4.new_output("stream", name="stdout", text="all of them")]
    cells["solution2"].outputs.append(figure())
    notebook.cells.append(markdown("look2", "**Look.** It is half.", tags=["solution"]))
    return notebook


def test_nothing_has_been_run(lesson):
    code = [cell for cell in for_students(lesson).cells if cell.cell_type == "code"]
    assert [cell.outputs for cell in code] == [[]] * len(code)
    assert {cell.execution_count for cell in code} == {None}


def test_tasks_stubs_checks_and_questions_stay(lesson):
    before = {cell.id: cell.source for cell in lesson.cells}
    after = {cell.id: cell.source for cell in for_students(lesson).cells}
    tags = {cell.id: set(cell.metadata.tags) for cell in good_lesson().cells}
    for name, source in before.items():
        if tags.get(name, {"solution"}) & {"exercise", "stub", "check"} or source.startswith("**Predict.**"):
            assert after[name] == source


def test_a_look_is_folded(lesson):
    (look,) = [c for c in for_students(lesson).cells if "**Look.**" in c.source][:1]
    assert re.fullmatch(r"<details><summary>.*</summary>\n\n\*\*Look\.\*\*.*\n\n</details>", look.source, re.DOTALL)


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_the_answer_to_a_prediction_is_folded(path):
    cells = [c for c in for_students(nbformat.read(path, as_version=4)).cells if c.cell_type == "markdown"]
    questions = [k for k, c in enumerate(cells) if re.search(r"^\*\*Predict\.\*\*", c.source, re.MULTILINE)]
    assert len(questions) >= 2
    for start, end in zip(questions, [*questions[1:], len(cells)], strict=True):
        naming = [c.source for c in cells[start + 1 : end] if re.search(r"\([a-d]\)", c.source)]
        assert naming and naming[0].startswith("<details>")


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_no_answer_is_left_in_a_lesson(path):
    lesson, copy = nbformat.read(path, as_version=4), for_students(nbformat.read(path, as_version=4))
    text = "\n".join(cell.source for cell in copy.cells)
    secret = [c for c in lesson.cells if {"solution", "claim"} & set(c.metadata.get("tags", []))]
    assert len(secret) >= 5
    for cell in secret:
        lines = [line for line in cell.source.splitlines() if line.startswith(("# Claim", "check("))]
        assert lines or cell.cell_type == "markdown"
        assert not [line for line in lines if line in text]
        assert cell.source not in text
    (start,) = [k for k, c in enumerate(lesson.cells) if c.source.startswith(FINDINGS)]
    findings = re.findall(r"^\d\. (.{80})", "\n".join(c.source for c in lesson.cells[start : start + 8]), re.M)
    assert len(findings) >= 3
    assert not [finding for finding in findings if finding in text]
    assert all(not cell.get("outputs") for cell in copy.cells)
    assert "widgets" not in copy.metadata


def test_a_copy_can_install_what_it_needs(tmp_path):
    write(LESSONS[:1], tmp_path, "https://example.org/owner/lessons")
    first = nbformat.read(tmp_path / LESSONS[0].name, as_version=4).cells[0]
    assert "git+https://example.org/owner/lessons" in first.source
