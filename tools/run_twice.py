"""Run every cell of the named lessons twice in a row: a reader does, and must see the same again."""

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient


def text(cell):
    """What a code cell printed or returned, pictures left out."""
    outputs = [o for o in cell.outputs if o.get("name") != "stderr"]
    # joined, because a kernel under load sends one cell's prints in several pieces
    return "".join(o.get("text") or o.get("data", {}).get("text/plain", "") + "\n" for o in outputs)


def differences(path):
    """The numbers of the code cells that say something else the second time."""
    notebook = nbformat.read(path, as_version=4)
    code = [c for c in notebook.cells if c.cell_type == "code"]
    notebook.cells = [nbformat.v4.new_code_cell(c.source) for c in code for _ in range(2)]
    NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
    pairs = zip(notebook.cells[::2], notebook.cells[1::2], strict=True)
    return [k + 1 for k, (first, second) in enumerate(pairs) if text(first) != text(second)]


if __name__ == "__main__":
    failed = False
    for lesson in sys.argv[1:]:
        changed = differences(Path(lesson))
        failed |= bool(changed)
        print(lesson, f"code cells {changed} say something else the second time" if changed else "the same twice")
    sys.exit(failed)
