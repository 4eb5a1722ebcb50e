"""Write copies of lessons for students: no outputs, no solutions, no claims, and the findings left to be written.

What would answer a prediction before it is made, the *Look* and *Why* after the cell that was run, is folded.

    python tools/student_copy.py FOLDER notebooks/*.ipynb [--repository https://HOST/OWNER/REPOSITORY]
"""

import argparse
import re
from pathlib import Path

import nbformat

from tools.hosted import install_cell

FINDINGS = "## What we found"
YOURS = (
    "## What did you find?\n\n"
    "Write three to five sentences here, one for each thing that you would tell somebody else, with its number."
)
FOLDED = {
    "**Look.**": "Look: open this once you have run the cell and looked at it yourself",
    "**Why.**": "Why: open this once you have an answer of your own",
}
ANSWER = "The answer: open this once you have run the cell"
LETTER = re.compile(r"\([a-d]\)")


def for_students(lesson):
    """The copy of a lesson; ``lesson`` itself is changed."""
    kept, findings, asked = [], False, False
    for cell in lesson.cells:
        tags = cell.metadata.get("tags", [])
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
            if "solution" not in tags and "claim" not in tags:
                kept.append(cell)
        elif "solution" in tags:
            continue
        elif cell.source.startswith(FINDINGS):
            findings = True
            cell.source = YOURS
            kept.append(cell)
        elif findings and not cell.source.startswith("#"):
            continue  # the rest of the findings
        else:
            findings = False
            if re.search(r"^\*\*Predict\.\*\*", cell.source, re.MULTILINE):
                asked = True
            elif asked and LETTER.search(cell.source):
                cell.source, asked = folded(cell.source, ANSWER), False
            else:
                cell.source = folded(cell.source)
            kept.append(cell)
    lesson.cells = kept
    lesson.metadata.pop("widgets", None)
    return lesson


def folded(source: str, line: str | None = None) -> str:
    """Markdown behind a line to click, if there is one or if it starts with what FOLDED names."""
    line = next((shown for start, shown in FOLDED.items() if source.startswith(start)), line)
    return f"<details><summary><b>{line}</b></summary>\n\n{source}\n\n</details>" if line else source


def write(lessons: list[Path], target: Path, repository: str | None = None) -> None:
    """Write the copies; with the address of a repository they install the helpers where these are missing."""
    target.mkdir(parents=True, exist_ok=True)
    for path in lessons:
        copy = for_students(nbformat.read(path, as_version=4))
        if repository:
            copy.cells.insert(0, install_cell(repository))
        nbformat.write(copy, target / path.name)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("target", type=Path)
    arguments.add_argument("lessons", type=Path, nargs="+")
    arguments.add_argument("--repository", help="address from which the copies install the helpers where missing")
    given = arguments.parse_args()
    write(given.lessons, given.target, given.repository)
    print(f"{len(given.lessons)} copies in {given.target}")
