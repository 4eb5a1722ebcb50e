"""The guide for instructors asks before each prediction of each lesson, and names its right answer."""

import re
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parent.parent
GUIDE = (ROOT / "book" / "instructors.md").read_text(encoding="utf-8")
LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))
ANSWER = re.compile(r"\(([a-d])\)")


def told(lesson):
    """``[(right, tempting)]`` of the guide's table for a lesson."""
    block = GUIDE.split(f"(../notebooks/{lesson.name})\n", 1)[1].split("\n### ")[0]
    rows = [line.split("|")[2:4] for line in block.splitlines() if line.startswith("| ") and "| ask" not in line]
    return [(ANSWER.findall(right), ANSWER.findall(tempting)) for right, tempting in rows]


def predictions(lesson):
    """``[(choices, letters that the lesson names after it)]`` of a lesson, up to the next prediction."""
    cells = [cell for cell in nbformat.read(lesson, as_version=4).cells if cell.cell_type == "markdown"]
    starts = [
        k for k, cell in enumerate(cells) if cell.source.startswith("**Predict.**") or "\n**Predict.**" in cell.source
    ]
    found = []
    for start, end in zip(starts, [*starts[1:], None], strict=True):
        choices = re.findall(r"^- \(([a-d])\)", cells[start].source, re.M)
        named = [ANSWER.findall(cell.source) for cell in cells[start + 1 : end]]
        found.append((choices, next((letters for letters in named if letters), [])))
    return found


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_each_prediction_has_its_question_and_its_right_answer(lesson):
    asked, there = told(lesson), predictions(lesson)
    assert len(asked) == len(there)
    for (right, tempting), (choices, named) in zip(asked, there, strict=True):
        assert len(right) == 1 and right[0] in choices
        assert tempting and tempting[0] in choices and tempting[0] != right[0]
        assert right[0] in named or (lesson.stem, right) == ("01_two_circles", ["d"])  # which the whole lesson shows
