"""Run students' copies again and say, exercise by exercise, what is right.

    make grade FOLDER=handed_in        # handed_in/NAME/03_watch_the_gradients.ipynb, or handed_in/NAME_03_....ipynb

It EXECUTES the code that the students handed in, with your rights: use a machine, or an account, that can be spared.
Each copy runs in a process of its own with a time limit; what comes back is text, never a pickled object. The checks
are those of this checkout, whatever the copy says that they are.
"""

import argparse
import csv
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parent.parent
EXERCISE = re.compile(r"check\(\s*[\"'](\d\d\.\d)[\"']")
RUN, TOO_LONG, BROKEN = "ran", "stopped at the time limit", "could not be run"


def checks_of(lesson: Path) -> dict[str, str]:
    """``{exercise: the code of its check}`` of a lesson of this checkout."""
    cells = nbformat.read(lesson, as_version=4).cells
    sources = [cell.source for cell in cells if "check" in cell.metadata.get("tags", [])]
    return {EXERCISE.search(source)[1]: source for source in sources}


def with_our_checks(copy, checks: dict[str, str]):
    """The student's notebook with the checks of this checkout in place of its own; what was deleted comes last."""
    copy.cells = [c for c in copy.cells if c.cell_type == "code" and "solution" not in c.metadata.get("tags", [])]
    missing = dict(checks)
    for cell in copy.cells:
        found = EXERCISE.search(cell.source)
        if found and found[1] in missing:
            cell.source = f"{missing.pop(found[1])}\n"
            cell.metadata["graded"] = found[1]
    for exercise, source in missing.items():
        copy.cells.append(nbformat.v4.new_code_cell(source, metadata={"graded": exercise}))
    return copy


def run_one(copy: Path, lesson: Path) -> dict[str, str]:
    """Run a copy here and now; ``{exercise: what its check printed}``."""
    notebook = with_our_checks(nbformat.read(copy, as_version=4), checks_of(lesson))
    with tempfile.TemporaryDirectory() as folder:
        client = NotebookClient(notebook, allow_errors=True, timeout=None, kernel_name="python3")
        client.execute(cwd=folder, env=os.environ | {"PYTHONPATH": str(ROOT), "TQDM_DISABLE": "1"})
    found = {}
    for cell in notebook.cells:
        if exercise := cell.metadata.get("graded"):
            streams = (o for o in cell.outputs if o.output_type == "stream" and o.name == "stdout")
            found[exercise] = "".join(o.text for o in streams)
    return found


def grade(copy: Path, lesson: Path, seconds: float) -> tuple[str, dict[str, str]]:
    """Run a copy in a process of its own; return how that went, and what was found."""
    from helpers.exercises.progress import state  # brings TensorFlow, which each copy's process would load for nothing

    command = [sys.executable, "-m", "tools.grade", "--one", str(copy), str(lesson)]
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )
    try:
        out, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)  # its kernel sees that and ends, too
        process.communicate()
        how, printed = TOO_LONG, {}
    else:
        how, printed = (RUN, json.loads(out)) if process.returncode == 0 else (BROKEN, {})
    return how, {exercise: state(exercise, printed.get(exercise, "")) for exercise in checks_of(lesson)}


def lesson_of(copy: Path, lessons: Path) -> Path | None:
    """The lesson that a copy was made from, told by its name: ``Ada_03_watch_the_gradients.ipynb`` is of lesson 03."""
    return next((path for path in sorted(lessons.glob("*.ipynb")) if path.stem in copy.stem), None)


def student_of(copy: Path, folder: Path) -> str:
    """Whose copy it is: the folder that it lies in, or what its name adds to the lesson's."""
    inside = copy.parent.relative_to(folder)
    return str(inside) if inside.parts else re.sub(r"[\W_]*\d\d_\w+$", "", copy.stem) or copy.stem


def main(folder: Path, seconds: float, table: Path, lessons: Path = ROOT / "notebooks") -> int:
    """Grade all copies below ``folder``; print a table and write it as CSV."""
    copies = [p for p in sorted(folder.rglob("*.ipynb")) if ".ipynb_checkpoints" not in p.parts]
    if not copies:
        print(f"folder={str(folder)!r} holds no notebook: give the folder of the copies handed in", file=sys.stderr)
        return 1
    print(f"This runs the code of {len(copies)} copies with your rights, each for {seconds:.0f} s at most.\n")
    rows = []
    for copy in copies:
        lesson = lesson_of(copy, lessons)
        if lesson is None:
            print(f"{copy.relative_to(folder)}: no lesson is called so; keep the lesson's name in the copy's")
            continue
        how, found = grade(copy, lesson, seconds)
        who = student_of(copy, folder)
        rows += [{"student": who, "exercise": e, "result": r, "run": how} for e, r in found.items()]
        told = "  ".join(f"{exercise} {result}" for exercise, result in found.items())
        print(f"{who:20} {told}{'' if how == RUN else f'   ({how})'}", flush=True)
    with table.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, ["student", "exercise", "result", "run"])
        writer.writeheader()
        writer.writerows(rows)
    print(f"\n{table}: {sum(row['result'] == 'right' for row in rows)} of {len(rows)} answers are right")
    return 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(run_one(Path(sys.argv[2]), Path(sys.argv[3]))))
        sys.exit()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seconds", type=float, default=600, help="time limit of one copy")
    parser.add_argument("--table", type=Path, default=Path("grades.csv"))
    given = parser.parse_args()
    sys.exit(main(given.folder, given.seconds, given.table))
