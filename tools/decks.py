"""Write each named lesson as a deck of slides that needs no network, with reveal.js and MathJax beside it."""

import importlib.util
import re
import shutil
import sys
from pathlib import Path

import nbformat
from nbconvert.exporters import SlidesExporter

from tools import guide

TOOLS = Path(__file__).resolve().parent
TEMPLATES = TOOLS / "templates"


def files_of(package: str, *path: str) -> Path:
    """A folder that an installed package brings."""
    spec = importlib.util.find_spec(package)
    if spec is None:
        raise ModuleNotFoundError(f"{package} brings {'/'.join(path)}: pip install -r requirements-dev.txt")
    return Path(spec.submodule_search_locations[0]).joinpath(*path)


def exporter() -> SlidesExporter:
    """What turns a lesson into the HTML of its deck."""
    return SlidesExporter(
        template_name="deck",
        extra_template_basedirs=[str(TEMPLATES)],
        reveal_url_prefix="reveal",
        reveal_theme="white",
    )


def with_notes(lesson: nbformat.NotebookNode, questions: list) -> nbformat.NotebookNode:
    """The lesson with the guide's note after each *Predict* that is on a slide; `lesson` itself is changed."""
    cells, asked = [], iter(questions)
    for cell in lesson.cells:
        cells.append(cell)
        if cell.cell_type == "markdown" and re.search(r"^\*\*Predict\.\*\*", cell.source, re.M):
            question = next(asked, None)
            if question and cell.metadata.get("slideshow", {}).get("slide_type") != "skip":
                notes = nbformat.v4.new_markdown_cell(guide.note(question))
                notes.metadata["slideshow"] = {"slide_type": "notes"}
                cells.append(notes)
    lesson.cells = cells
    return lesson


def write(lessons: list[Path], target: Path) -> list[Path]:
    """Write the decks and what they load to `target`; return the decks."""
    target.mkdir(parents=True, exist_ok=True)
    reveal = files_of("sphinx_revealjs", "_static", "revealjs")
    mathjax = files_of("sphinx-mathjax-offline", "static", "mathjax")
    shutil.copytree(reveal / "dist", target / "reveal" / "dist", dirs_exist_ok=True)
    shutil.copytree(reveal / "plugin" / "notes", target / "reveal" / "plugin" / "notes", dirs_exist_ok=True)
    shutil.copytree(mathjax, target / "mathjax", dirs_exist_ok=True)
    for style in (TOOLS / "slides.css", TEMPLATES / "deck.css"):
        shutil.copy(style, target)
    blocks = guide.blocks(guide.GUIDE.read_text(encoding="utf-8"))
    decks = []
    for lesson in lessons:
        asked = guide.questions(blocks[lesson.name]["text"]) if lesson.name in blocks else []
        notebook = with_notes(nbformat.read(lesson, as_version=4), asked)
        html, _ = exporter().from_notebook_node(notebook, {"metadata": {"name": lesson.stem}})
        deck = target / f"{lesson.stem}.html"
        deck.write_text(html, encoding="utf-8")
        decks.append(deck)
    return decks


if __name__ == "__main__":
    target, *lessons = map(Path, sys.argv[1:])
    print(f"{len(write(lessons, target))} decks in {target}: open one in a browser, S shows the speaker's notes")
