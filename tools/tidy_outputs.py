"""Store outputs as JupyterLab saves them, so that a reader who runs and saves a lesson sees only what really changed.

Prints of one cell that came in several pieces become one, and outputs carry no metadata. A figure's alternative text is
its cell's (`alt`), where the site and the slides find it.
"""

import sys
from pathlib import Path

import nbformat
from nbconvert.preprocessors.coalescestreams import CoalesceStreamsPreprocessor


def tidied(text: str) -> str:
    """The text of a notebook file with tidy outputs."""
    notebook, _ = CoalesceStreamsPreprocessor(enabled=True)(nbformat.reads(text, as_version=4), {})
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if "metadata" in output:
                output.metadata = {}
    return nbformat.writes(notebook) + "\n"


def tidy(path: Path) -> bool:
    """Tidy the outputs of a lesson; return whether the file changed."""
    before = path.read_text(encoding="utf-8")
    after = tidied(before)
    if after != before:
        path.write_text(after, encoding="utf-8")
    return after != before


if __name__ == "__main__":
    for lesson in sys.argv[1:]:
        if tidy(Path(lesson)):
            print(lesson, "tidied")
