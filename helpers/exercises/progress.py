"""Where a reader stands: what the checks of the saved lessons say."""

import json
import re
from pathlib import Path

__all__ = ["progress"]

MARKS = {"right": "●", "not yet": "◐", "not attempted": "○"}


def progress(folder="."):
    """Print, lesson by lesson, which exercises are right, as the notebooks were last saved.

    Save a notebook first (Ctrl+S). Solutions do not count: only the check below your own answer does.

    Args:
        folder: Where the notebooks are; a notebook's own folder is the default.

    Raises:
        FileNotFoundError: If there is no such folder, or no notebook in it.

    Example:
        >>> progress("notebooks")  # doctest: +SKIP
        01_two_circles        ● ○ ○
        ● right  ◐ not yet  ○ not attempted: 1 of 3 are right
    """
    lessons = sorted(Path(folder).glob("*.ipynb"))
    if not lessons:
        raise FileNotFoundError(f"folder={str(folder)!r} holds no notebook; give the folder of the lessons")
    standings = {path.stem: _standings(path) for path in lessons}
    width = max(map(len, standings))
    for name, found in standings.items():
        if found:
            print(f"{name:{width}}  {' '.join(MARKS[state] for state in found.values())}")
    states = [state for found in standings.values() for state in found.values()]
    legend = "  ".join(f"{mark} {state}" for state, mark in MARKS.items())
    print(f"{legend}: {states.count('right')} of {len(states)} are right")


def _standings(path):
    """``{exercise: "right", "not yet" or "not attempted"}`` of a notebook file."""
    found = {}
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        if "check" not in cell["metadata"].get("tags", []):
            continue
        asked = re.search(r"check\(\s*[\"'](\d\d\.\d)", "".join(cell["source"]))
        if asked:
            printed = "".join("".join(o.get("text", "")) for o in cell.get("outputs", []))
            found[asked[1]] = state(asked[1], printed)
    return found


def state(exercise, printed):
    """What a check printed, as a key of ``MARKS``.

    Example:
        >>> state("01.1", "01.1: not yet. Give the count, not the share.")
        'not yet'
    """
    said = re.findall(rf"^{re.escape(exercise)}: (right|not yet|not attempted)", printed, re.MULTILINE)
    return said[-1] if said else "not attempted"
