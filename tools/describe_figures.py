"""Give every figure of the named lessons the alternative text of its cell (`alt` in the cell's metadata).

Running a notebook makes its outputs anew, so the text is put back each time. nbconvert's template `classic` shows it.
"""

import json
import sys
from pathlib import Path


def written(notebook: dict) -> str:
    """The notebook as nbformat writes it."""
    return json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"


def describe(path: Path) -> int:
    """Copy each cell's text into its figures; return how many figures changed, and leave all else as it is."""
    before = path.read_text(encoding="utf-8")
    notebook = json.loads(before)
    if written(notebook) != before:
        raise ValueError(f"{path} is not laid out as nbconvert writes it; `make notebooks` does")
    changed = 0
    for cell in notebook["cells"]:
        alt = cell["metadata"].get("alt")
        for output in cell.get("outputs", []):
            for kind in output.get("data", {}):
                if alt and kind.startswith("image/"):
                    about = output["metadata"].setdefault(kind, {})
                    changed += about.get("alt") != alt
                    about["alt"] = alt
    if changed:
        path.write_text(written(notebook), encoding="utf-8")
    return changed


if __name__ == "__main__":
    for lesson in sys.argv[1:]:
        if changed := describe(Path(lesson)):
            print(lesson, f"{changed} figures described")
