"""Give the named lessons, in place, a first cell that installs what is missing where they are opened alone.

    python tools/hosted.py https://HOST/OWNER/REPOSITORY notebooks/*.ipynb

Only the copies that a hosted service opens have that cell: only where a repository is published is its address known.
"""

import re
import sys
from pathlib import Path

import nbformat

INSTALL = """\
# Opened alone, in Colab say, this installs the helpers of these lessons. Where they are installed it does nothing.
import importlib.util

if importlib.util.find_spec("helpers") is None:
    %pip install --quiet "git+{address}"
"""


def install_cell(address: str):
    """The first cell of a hosted lesson."""
    if not re.fullmatch(r"(https|file)://[^\s\"']+", address):
        raise ValueError(f"address is {address!r}: give the repository's, such as https://host/owner/repository")
    cell = nbformat.v4.new_code_cell(INSTALL.format(address=address))
    cell.id = "hosted"
    cell.metadata = {"tags": ["hosted"], "jupyter": {"source_hidden": True}, "slideshow": {"slide_type": "skip"}}
    return cell


def make_hosted(path: Path, address: str) -> None:
    """Put the cell first; a lesson that has it gets the new address."""
    lesson = nbformat.read(path, as_version=4)
    lesson.cells = [install_cell(address), *(cell for cell in lesson.cells if cell.id != "hosted")]
    nbformat.write(lesson, path)


if __name__ == "__main__":
    address, *lessons = sys.argv[1:]
    for lesson in lessons:
        make_hosted(Path(lesson), address)
