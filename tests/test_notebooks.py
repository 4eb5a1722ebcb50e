"""The lessons keep the form, and README.md maps all of them."""

import re
from pathlib import Path

import nbformat
import pytest

from tests.notebook_rules import problems

ROOT = Path(__file__).resolve().parent.parent
LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_the_lesson_keeps_the_form(path):
    assert problems(path) == []


def test_lessons_have_numbers_of_their_own():
    numbers = [path.name[:2] for path in LESSONS]
    assert numbers == sorted(set(numbers))


def test_the_map_in_the_readme_links_every_lesson_and_nothing_else():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    linked = set(re.findall(r"notebooks/(\w+\.ipynb)", readme))
    assert linked, "README.md links no lesson"
    assert linked == {path.name for path in LESSONS}


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_the_lessons_before_and_after_are_linked_at_the_end(path):
    place = LESSONS.index(path)
    cells = nbformat.read(path, as_version=4).cells
    (closing,) = (cell.source for cell in cells if cell.source.startswith("## Read on"))
    for neighbour in (*LESSONS[max(place - 1, 0) : place], *LESSONS[place + 1 : place + 2]):
        assert f"]({neighbour.name})" in closing
