"""What only lessons in the old form keep: this file goes when the last of them is rewritten."""

import ast
import re
from collections.abc import Iterator

from tests.notebook_reading import Lesson, bullets, headings, leads, section

UNCOMPARED_TAGS = {
    "nbval-ignore-output",
    "nbval-raises-exception",
    "nbval-skip",
    "pytest-validate-ignore-output",
    "raises-exception",
}
CLOSING_SECTIONS = ["What we found", "Exercises", "Read on"]


def compared_by_nbval(lesson: Lesson) -> Iterator[str]:
    for cell in lesson.code:
        if UNCOMPARED_TAGS & set(cell.tags) or re.search(r"#\s*(?:NBVAL|PYTEST_VALIDATE)_", cell.source):
            yield f"{cell} is kept from nbval"


def predictions(lesson: Lesson) -> Iterator[str]:
    cells = [cell for cell in lesson.markdown if leads(cell.prose, "Predict")]
    if len(cells) < 2:
        yield "fewer than two cells say **Predict.**"
    for cell in cells:
        if not any(after.is_code for after in lesson.after(cell)):
            yield f"{cell} says **Predict.** but the next cell is not code"


def claims_assert(lesson: Lesson) -> Iterator[str]:
    if len(lesson.claims) < 2:
        yield "fewer than two code cells are tagged 'claim'"
    for cell in lesson.claims:
        if not any(isinstance(node, ast.Assert) for node in ast.walk(cell.tree)):
            yield f"{cell} is tagged 'claim' but asserts nothing"


def closing_sections(lesson: Lesson) -> Iterator[str]:
    if headings(lesson.text, 2)[-len(CLOSING_SECTIONS) :] != CLOSING_SECTIONS:
        yield f"the last sections are not {', '.join(CLOSING_SECTIONS)}"


def findings_claimed(lesson: Lesson) -> Iterator[str]:
    found = section(lesson.text, "What we found")
    if found and not 1 <= (count := len(bullets(found))) <= len(lesson.claims):
        yield f"'What we found' has {count} bullets for {len(lesson.claims)} claims"


RULES = (
    compared_by_nbval,
    predictions,
    claims_assert,
    closing_sections,
    findings_claimed,
)
