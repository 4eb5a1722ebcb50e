"""Gather what the site is made of: the pages of book/, and the lessons with their claims and solutions folded.

The lessons stay as they are; what a static page needs (which cells fold, a figure's alternative text) is said in the
copies alone.
"""

import json
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def tags_of_the_page(cell: dict) -> list[str]:
    """The tags by which myst-nb folds a cell: `hide-cell`, `hide-input`, `hide-output`."""
    tags = list(cell["metadata"].get("tags", []))
    jupyter = cell["metadata"].get("jupyter", {})
    if "solution" in tags or "claim" in tags:
        return [*tags, "hide-cell"]
    if jupyter.get("source_hidden"):
        tags.append("hide-input")
    if jupyter.get("outputs_hidden"):
        tags.append("hide-output")
    return tags


def for_the_page(notebook: dict) -> dict:
    """The lesson as myst-nb wants it; `notebook` itself is changed."""
    for cell in notebook["cells"]:
        cell["metadata"]["tags"] = tags_of_the_page(cell)
        if alt := cell["metadata"].get("alt"):
            cell["metadata"]["mystnb"] = {"image": {"alt": alt}}
        for output in cell.get("outputs", []):
            # A slider moves only beside a kernel; the page shows the figure that was stored.
            output.get("data", {}).pop("application/vnd.jupyter.widget-view+json", None)
    return notebook


def gather(target: Path, root: Path = ROOT) -> None:
    """Write the sources of the site to `target`, anew."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(root / "book", target)
    shutil.copytree(root / "docs", target / "docs")
    shutil.copy(root / "README.md", target)  # pages include parts of it
    (target / "notebooks").mkdir()
    for page in target.glob("*.md"):  # they have moved next to the lessons' folder
        text = page.read_text(encoding="utf-8")
        page.write_text(text.replace("](../", "]("), encoding="utf-8")
    for lesson in sorted((root / "notebooks").glob("*.ipynb")):
        notebook = for_the_page(json.loads(lesson.read_text(encoding="utf-8")))
        (target / "notebooks" / lesson.name).write_text(json.dumps(notebook, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    gather(Path(sys.argv[1]))
