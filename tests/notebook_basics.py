"""The rules of any notebook here: the file, its outputs, its text, its exercises."""

import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import takewhile

from tests.notebook_reading import (
    CHOICE,
    EXERCISE_TAGS,
    FORMULA,
    Cell,
    Lesson,
    bullets,
    headings,
    leads,
    names_assigned,
    section,
)

MAX_BYTES = 1_000_000
SLIDE_TYPES = {"slide", "subslide", "fragment", "notes", "skip"}
RISE = {"scroll": True, "center": False}
NOT_MEASURED = (
    CHOICE,  # of a prediction: most are wrong
    re.compile(r"`+[^`]*`+"),  # code
    FORMULA,
    re.compile(r"^#+ .*$", re.M),  # headings
    re.compile(r"!?\[[^]]*\]\([^)]*\)|<[^>]+>|\w+://\S+"),  # links, markup
    re.compile(
        r"\b(?:arxiv|chapters?|eq|eqs|equations?|exercises?|figs?|figures?|sections?|tables?"
        r"|version|python|keras|tensorflow|numpy)\b[.:]?\s*\d[\d.]*\d",
        re.I,
    ),
)


# The file and its outputs -------------------------------------------------------------------------


def file_name(lesson: Lesson) -> Iterator[str]:
    if not re.fullmatch(r"\d\d(_[a-z0-9]+)+\.ipynb", lesson.path.name):
        yield f"{lesson.path.name} is not named NN_snake_case.ipynb"


def file_size(lesson: Lesson) -> Iterator[str]:
    if (size := lesson.path.stat().st_size) >= MAX_BYTES:
        yield f"{size} bytes: a lesson stays under {MAX_BYTES}"


def cell_ids(lesson: Lesson) -> Iterator[str]:
    known = set()
    for cell in lesson.cells:
        if (name := cell.node.get("id")) is None:
            yield f"{cell} has no id"
        elif name in known:
            yield f"{cell} has the id of another cell: {name}"
        known.add(name)


def kernel(lesson: Lesson) -> Iterator[str]:
    if (name := lesson.metadata.get("kernelspec", {}).get("name")) != "python3":
        yield f"the kernel is {name}, not python3"


def executed_in_order(lesson: Lesson) -> Iterator[str]:
    counts = [cell.node.execution_count for cell in lesson.code]
    if counts != list(range(1, len(counts) + 1)):
        yield f"code cells were not run in order, each once: {counts}"


def no_errors(lesson: Lesson) -> Iterator[str]:
    for cell in lesson.code:
        if any(output.output_type == "error" for output in cell.outputs):
            yield f"{cell} holds an error"


def no_stderr(lesson: Lesson) -> Iterator[str]:
    for cell in lesson.code:
        if any(output.get("name") == "stderr" for output in cell.outputs):
            yield f"{cell} holds stderr"


def no_machine_paths(lesson: Lesson) -> Iterator[str]:
    roots = "Users|content|home|mnt|opt|private|root|tmp|usr|var|work"
    pattern = rf"(?<![\w.~-])/(?:{roots})/[^\s'\"]*|\b[A-Z]:\\+(?:Users|Windows)\b"
    for cell in lesson.cells:
        if found := re.search(pattern, f"{cell.source}\n{cell.text_outputs}"):
            yield f"{cell} names a path of one machine: {found[0]}"


def no_addresses(lesson: Lesson) -> Iterator[str]:
    for cell in lesson.code:
        if found := re.search(r"\bat 0x[0-9a-fA-F]+", cell.text_outputs):
            yield f"{cell} shows a memory address: {found[0]}"


def no_bare_artists(lesson: Lesson) -> Iterator[str]:
    for cell in lesson.code:
        outputs = "\n".join(output.get("data", {}).get("text/plain", "") for output in cell.outputs)
        if found := re.search(r"<(?:matplotlib|mpl_toolkits|Axes)", outputs):
            yield f"{cell} ends in a bare artist ({found[0]}...): end it with plt.show()"


def no_progress_bars(lesson: Lesson) -> Iterator[str]:
    for cell in lesson.code:
        if re.search(r"\d%\|", cell.text_outputs):
            yield f"{cell} holds a progress bar, which is never the same twice"


def no_figure_twice(lesson: Lesson) -> Iterator[str]:
    for cell in lesson.code:
        images = [output.get("data", {}).get("image/png") for output in cell.outputs]
        images = [image for image in images if image]
        if len(images) > len(set(images)):
            yield f"{cell} shows the same figure twice: do not end it with the figure"


def no_trailing_semicolons(lesson: Lesson) -> Iterator[str]:
    for cell in lesson.code:
        if cell.source.rstrip().endswith(";"):
            yield f"{cell} ends in a semicolon"


# The text -----------------------------------------------------------------------------------------


def slide_types(lesson: Lesson) -> Iterator[str]:
    for cell in lesson.cells:
        if cell.slide_type not in SLIDE_TYPES:
            yield f"{cell} has no slide type"
        elif cell.number == 1 and cell.slide_type != "slide":
            yield "cell 1 does not start a slide"


def slides_scroll(lesson: Lesson) -> Iterator[str]:
    if lesson.metadata.get("rise") != RISE:
        yield f"metadata.rise is not {RISE}: figures below the edge of a slide would be out of reach"


def one_title(lesson: Lesson) -> Iterator[str]:
    first = lesson.cells[0] if lesson.cells else None
    if not (first and first.is_markdown and first.source.startswith("# ")):
        yield "the first cell does not start with the title (# ...)"
    elif len(titles := headings(lesson.text, 1)) > 1:
        yield f"more than one title: {titles}"


def opening(lesson: Lesson) -> Iterator[str]:
    if len(bullets(section(lesson.opening, "Objectives"))) < 2:
        yield "the opening has no '## Objectives' with two bullets or more"
    for word in ("Time", "Needs"):
        if not leads(lesson.opening, word):
            yield f"the opening has no line that starts with **{word}.**"


def session_started_first(lesson: Lesson) -> Iterator[str]:
    if not lesson.code or "session.start(" not in lesson.code[0].source:
        yield "the first code cell does not call session.start("


def reasons(lesson: Lesson) -> Iterator[str]:
    if len(leads(lesson.text, "Why")) < 2:
        yield "fewer than two paragraphs start with **Why.**"


def figures_described(lesson: Lesson) -> Iterator[str]:
    for cell in lesson.code:
        after = lesson.after(cell)
        described = after and after[0].is_markdown and after[0].source.startswith("**Look.**")
        if cell.images and not described:
            yield f"{cell} shows a figure but the next cell does not start with **Look.**"


def numbers_shown(lesson: Lesson) -> Iterator[str]:
    """A decimal or a percentage in the text is one that the code has, or that it printed."""
    number = r"(?<![\w.])\d+(?:\.\d+)?(?:[eE][-+]?\d+)?(?:[ \u00a0\u202f]?%)?"
    shown = set()
    for cell in lesson.code:
        text_outputs = re.sub(r"<[a-z/!][^>]*>", " ", cell.text_outputs)  # tables carry styles
        found = re.findall(number, f"{cell.source}\n{text_outputs}")
        shown |= {numeric_value(text) for text in found}
    for cell in takewhile(lambda cell: "Read on" not in headings(cell.prose, 2), lesson.cells):
        if not cell.is_markdown:
            continue
        for found in re.findall(rf"{number}(?!\.?\d)", quantities(cell.prose)):
            if re.search(r"[.%]", found) and numeric_value(found) not in shown:
                yield f"{cell} says {found}, which no code cell has or prints"


def numeric_value(text: str) -> Decimal:
    """0.97, 0.970 and 97 % are the same number."""
    digits = text.rstrip("% \u00a0\u202f")
    return (Decimal(digits) / 100 if text.endswith("%") else Decimal(digits)).normalize()


def quantities(prose: str) -> str:
    """Prose without what holds digits but measures nothing."""
    for pattern in NOT_MEASURED:
        prose = pattern.sub(" ", prose)
    return prose


# The exercises ------------------------------------------------------------------------------------


def links_lead_somewhere(lesson: Lesson) -> Iterator[str]:
    for cell in lesson.markdown:
        for target in re.findall(r"\]\((?!\w+:|#)([^)#\s]+)", cell.source):
            if not (lesson.path.parent / target).exists():
                yield f"{cell} links {target}, and there is no such file"


def exercises(lesson: Lesson) -> Iterator[str]:
    tasks = [cell for cell in lesson.cells if "exercise" in cell.tags]
    if not 2 <= len(tasks) <= 3:
        yield f"{len(tasks)} exercises: a lesson has two or three"
    used = set()
    for k, task in enumerate(tasks, start=1):
        name = f"{lesson.number}.{k}"
        group = [task, *lesson.after(task, 3)]
        used |= {cell.number for cell in group}
        kinds = [next((tag for tag in EXERCISE_TAGS if tag in cell.tags), "-") for cell in group]
        if kinds != list(EXERCISE_TAGS) or not all(cell.is_code for cell in group[1:]):
            yield f"{task}: exercise {name} is not followed by stub, check and solution cells"
        else:
            yield from exercise_parts(name, *group)
    for cell in lesson.code:
        if cell.number not in used and set(cell.tags) & set(EXERCISE_TAGS):
            yield f"{cell} is tagged {', '.join(cell.tags)} but belongs to no exercise"


def exercise_parts(name: str, task: Cell, stub: Cell, check: Cell, solution: Cell) -> Iterator[str]:
    if not re.match(rf"### Exercise {re.escape(name)}(?!\d)", task.source):
        yield f"{task} does not start with '### Exercise {name}'"
    for cell, kind, verdict in (
        (check, "check", "not attempted yet"),
        (solution, "solution", "right"),
    ):
        if not re.search(rf"\bcheck\(\s*[\"']{re.escape(name)}[\"']", cell.source):
            yield f'{cell}: the {kind} of exercise {name} does not call check("{name}"'
        elif f"{name}: {verdict}" not in cell.stdout:
            yield f"{cell}: the {kind} of exercise {name} did not print '{name}: {verdict}'"
    if not solution.is_collapsed:
        yield f"{solution}: the solution of exercise {name} is not collapsed (source_hidden)"
    if shared := names_assigned(stub.tree) & names_assigned(solution.tree):
        yield f"{solution}: the solution of exercise {name} reassigns {', '.join(sorted(shared))}"


def own_exercises(lesson: Lesson) -> Iterator[str]:
    """A number that was left when a lesson was given another."""
    for cell in lesson.cells:
        for number in re.findall(r"(?:\bexercise |\blesson_)(\d\d)\b", cell.source, re.IGNORECASE):
            if number != lesson.number:
                yield f"{cell} speaks of an exercise of lesson {number}, and this is lesson {lesson.number}"


RULES = (
    file_name,
    file_size,
    cell_ids,
    kernel,
    executed_in_order,
    no_errors,
    no_stderr,
    no_machine_paths,
    no_addresses,
    no_bare_artists,
    no_progress_bars,
    no_figure_twice,
    no_trailing_semicolons,
    slide_types,
    slides_scroll,
    one_title,
    opening,
    session_started_first,
    reasons,
    figures_described,
    numbers_shown,
    links_lead_somewhere,
    exercises,
    own_exercises,
)
