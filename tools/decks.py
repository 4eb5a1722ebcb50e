"""Write each named lesson as a deck of slides that needs no network, with reveal.js and MathJax beside it."""

import importlib.util
import shutil
import sys
from pathlib import Path

from nbconvert.exporters import SlidesExporter

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
    decks = []
    for lesson in lessons:
        html, _ = exporter().from_filename(str(lesson))
        deck = target / f"{lesson.stem}.html"
        deck.write_text(html, encoding="utf-8")
        decks.append(deck)
    return decks


if __name__ == "__main__":
    target, *lessons = map(Path, sys.argv[1:])
    print(f"{len(write(lessons, target))} decks in {target}: open one in a browser, S shows the speaker's notes")
