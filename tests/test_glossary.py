"""The glossary: in order, and each term is spoken of in the lesson that is said to introduce it."""

import re
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parent.parent
GLOSSARY = ROOT / "book" / "glossary.md"
ENTRY = re.compile(
    r"- \*\*(?P<term>[^*]+)\*\*: .+\. \[Lesson (?P<number>\d\d)\]\(\.\./notebooks/(?P<file>\w+\.ipynb)\)"
)
LINES = GLOSSARY.read_text(encoding="utf-8").splitlines()
ENTRIES = [match for line in LINES if (match := ENTRY.fullmatch(line))]
STEMS = {
    "Backpropagation": "backpropagat",
    "GradientTape": "gradienttape",
    "Held out": "held.out",
    "Overfitting": "overfit",
    "Saturated": "saturat",
}


def test_every_line_of_the_list_is_an_entry():
    assert len(ENTRIES) == sum(line.startswith("- ") for line in LINES) > 30


def test_terms_are_in_alphabetical_order_and_each_stands_once():
    terms = [entry["term"].strip("`").lower() for entry in ENTRIES]
    assert terms == sorted(set(terms))


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["term"])
def test_the_lesson_speaks_of_the_term(entry):
    path = ROOT / "notebooks" / entry["file"]
    assert path.exists() and path.name.startswith(entry["number"])
    cells = nbformat.read(path, as_version=4).cells
    text = " ".join(" ".join(cell.source for cell in cells if cell.cell_type == "markdown").lower().split())
    term = entry["term"].strip("`")
    assert re.search(STEMS.get(term, re.escape(term.lower())), text.replace("*", ""))
