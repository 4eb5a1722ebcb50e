"""The form of a lesson, as rules that a notebook can be checked against without running it.

`problems(path)` lists what is wrong with one lesson. CONTRIBUTING.md says the same in prose.
"""

import ast
import re
import warnings
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from itertools import takewhile
from pathlib import Path

import nbformat
from IPython.core.inputtransformer2 import TransformerManager
from nbformat import reader

MAX_BYTES = 1_000_000
SLIDE_TYPES = {"slide", "subslide", "fragment", "notes", "skip"}
RISE = {"scroll": True, "center": False}
UNCOMPARED_TAGS = {
    "nbval-ignore-output",
    "nbval-raises-exception",
    "nbval-skip",
    "pytest-validate-ignore-output",
    "raises-exception",
}
EXERCISE_TAGS = ("exercise", "stub", "check", "solution")
CLOSING_SECTIONS = ["What we found", "Exercises", "Read on"]


def problems(path: Path) -> list[str]:
    """What is wrong with the lesson at `path`, one line each; an empty list if nothing is."""
    try:
        notebook = reader.reads(Path(path).read_text(encoding="utf-8"))
        with warnings.catch_warnings(action="ignore"):
            nbformat.validate(deepcopy(notebook))  # a copy: it mends cell ids as it goes
    except (ValueError, nbformat.ValidationError) as error:
        return [f"not a valid notebook: {str(error).splitlines()[0]}"]
    if (notebook.nbformat, notebook.nbformat_minor) < (4, 5):
        return ["cells have no ids: save it in notebook format 4.5 or later"]
    lesson = Lesson(Path(path), notebook)
    return [problem for rule in RULES for problem in rule(lesson)]


# What the rules read ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cell:
    """One cell, with the parts that rules ask for."""

    number: int  # as a person counts, from 1
    node: nbformat.NotebookNode

    @property
    def is_code(self) -> bool:
        return self.node.cell_type == "code"

    @property
    def is_markdown(self) -> bool:
        return self.node.cell_type == "markdown"

    @property
    def source(self) -> str:
        return self.node.source

    @property
    def tags(self) -> list[str]:
        return self.node.metadata.get("tags", [])

    @property
    def outputs(self) -> list:
        return self.node.get("outputs", [])

    @property
    def has_image(self) -> bool:
        return any("image/png" in output.get("data", {}) for output in self.outputs)

    @property
    def stdout(self) -> str:
        return "".join(output.text for output in self.outputs if output.get("name") == "stdout")

    @cached_property
    def text_outputs(self) -> str:
        """Every output that is text: images may spell anything by chance."""
        parts = []
        for output in self.outputs:
            parts += [output.get("text", ""), *output.get("traceback", [])]
            data = output.get("data", {})
            parts += [data[kind] for kind in data if kind.startswith("text/")]
        return "\n".join(parts)

    @cached_property
    def tree(self) -> ast.Module:
        try:
            return ast.parse(TransformerManager().transform_cell(self.source))
        except SyntaxError:
            return ast.Module(body=[], type_ignores=[])

    @cached_property
    def prose(self) -> str:
        """Markdown without its fenced code."""
        return re.sub(r"^(```|~~~).*?^\1", "", self.source, flags=re.M | re.S)

    def __str__(self) -> str:
        return f"cell {self.number}"


class Lesson:
    """One notebook, with the parts that rules ask for."""

    def __init__(self, path: Path, notebook: nbformat.NotebookNode):
        self.path = path
        self.metadata = notebook.metadata
        self.cells = [Cell(number, node) for number, node in enumerate(notebook.cells, start=1)]
        self.code = [cell for cell in self.cells if cell.is_code]
        self.markdown = [cell for cell in self.cells if cell.is_markdown]
        self.claims = [cell for cell in self.code if "claim" in cell.tags]
        self.number = path.name[:2]

    def after(self, cell: Cell, count: int = 1) -> list[Cell]:
        return self.cells[cell.number : cell.number + count]

    @property
    def opening(self) -> str:
        return "\n".join(cell.prose for cell in takewhile(lambda cell: not cell.is_code, self.cells))

    @property
    def text(self) -> str:
        return "\n\n".join(cell.prose for cell in self.markdown)


def headings(text: str, level: int) -> list[str]:
    return re.findall(rf"^#{{{level}}} +(.+?) *$", text, re.M)


def section(text: str, title: str) -> str:
    """What stands between `## title` and the next heading of its level."""
    found = re.search(rf"^## {re.escape(title)} *$(.*?)(?=^## |\Z)", text, re.M | re.S)
    return found[1] if found else ""


def bullets(text: str) -> list[str]:
    return re.findall(r"^[-*] +(.+)$", text, re.M)


def leads(text: str, word: str) -> list[str]:
    return re.findall(rf"^\*\*{word}\.\*\*", text, re.M)


def names_assigned(tree: ast.Module) -> set[str]:
    """The names that a cell leaves behind: none that is local to a function or comprehension."""
    names, waiting = set(), list(tree.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif not isinstance(node, ast.Lambda | ast.comprehension):
            waiting += ast.iter_child_nodes(node)
    return names


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


def compared_by_nbval(lesson: Lesson) -> Iterator[str]:
    for cell in lesson.code:
        if UNCOMPARED_TAGS & set(cell.tags) or re.search(r"#\s*(?:NBVAL|PYTEST_VALIDATE)_", cell.source):
            yield f"{cell} is kept from nbval"


# The text -----------------------------------------------------------------------------------------


def slide_types(lesson: Lesson) -> Iterator[str]:
    for cell in lesson.cells:
        kind = cell.node.metadata.get("slideshow", {}).get("slide_type")
        if kind not in SLIDE_TYPES:
            yield f"{cell} has no slide type"
        elif cell.number == 1 and kind != "slide":
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


def predictions(lesson: Lesson) -> Iterator[str]:
    cells = [cell for cell in lesson.markdown if leads(cell.prose, "Predict")]
    if len(cells) < 2:
        yield "fewer than two cells say **Predict.**"
    for cell in cells:
        if not any(after.is_code for after in lesson.after(cell)):
            yield f"{cell} says **Predict.** but the next cell is not code"


def reasons(lesson: Lesson) -> Iterator[str]:
    if len(leads(lesson.text, "Why")) < 2:
        yield "fewer than two paragraphs start with **Why.**"


def figures_described(lesson: Lesson) -> Iterator[str]:
    for cell in lesson.code:
        after = lesson.after(cell)
        described = after and after[0].is_markdown and after[0].source.startswith("**Look.**")
        if cell.has_image and not described:
            yield f"{cell} shows a figure but the next cell does not start with **Look.**"


def claims_assert(lesson: Lesson) -> Iterator[str]:
    if len(lesson.claims) < 2:
        yield "fewer than two code cells are tagged 'claim'"
    for cell in lesson.claims:
        if not any(isinstance(node, ast.Assert) for node in ast.walk(cell.tree)):
            yield f"{cell} is tagged 'claim' but asserts nothing"


def closing_sections(lesson: Lesson) -> Iterator[str]:
    if headings(lesson.text, 2)[-len(CLOSING_SECTIONS) :] != CLOSING_SECTIONS:
        yield f"the last sections are not {', '.join(CLOSING_SECTIONS)}"


def findings_claimed(lesson: Lesson) -> Iterator[str]:
    found = section(lesson.text, "What we found")
    if found and not 1 <= (count := len(bullets(found))) <= len(lesson.claims):
        yield f"'What we found' has {count} bullets for {len(lesson.claims)} claims"


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
    for pattern in (
        r"`+[^`]*`+",  # code
        r"\$\$.*?\$\$|\$[^$]+\$",  # formulas
        r"^#+ .*$",  # headings
        r"!?\[[^]]*\]\([^)]*\)|<[^>]+>|\w+://\S+",  # links, markup
        r"(?i)\b(?:arxiv|chapters?|eq|eqs|equations?|exercises?|figs?|figures?|sections?|tables?"
        r"|version|python|keras|tensorflow|numpy)\b[.:]?\s*\d[\d.]*\d",
    ):
        prose = re.sub(pattern, " ", prose, flags=re.M | re.S if "$$" in pattern else re.M)
    return prose


# The exercises ------------------------------------------------------------------------------------


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
    if solution.node.metadata.get("jupyter", {}).get("source_hidden") is not True:
        yield f"{solution}: the solution of exercise {name} is not collapsed (source_hidden)"
    if shared := names_assigned(stub.tree) & names_assigned(solution.tree):
        yield f"{solution}: the solution of exercise {name} reassigns {', '.join(sorted(shared))}"


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
    compared_by_nbval,
    slide_types,
    slides_scroll,
    one_title,
    opening,
    session_started_first,
    predictions,
    reasons,
    figures_described,
    claims_assert,
    closing_sections,
    findings_claimed,
    numbers_shown,
    exercises,
)
