"""The form of a lesson, as rules that a notebook can be checked against without running it.

`problems(path)` lists what is wrong with one lesson. CONTRIBUTING.md says the same in prose.
"""

import ast
import re
import warnings
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path

import nbformat
from nbformat import reader

from tests import notebook_basics
from tests.notebook_reading import (
    CHOICE,
    UNSHOWN,
    Cell,
    Lesson,
    headings,
    leads,
    lines,
    numbered_items,
    section,
    words,
)

# What a reader reads in half an hour.
MAX_WORDS = 1500
MAX_CELLS = 20
MAX_LINES = 200
MAX_CELL_LINES = 25
FIRST_FIGURE_WITHIN = 2  # code cells

# What fits on a slide of 1280 x 720.
MAX_SLIDE_LINES = 12
MAX_SLIDE_WORDS = 60
MAX_FINDING_WORDS = 90  # one finding to a slide, which holds nothing else

MIN_PREDICTIONS = 2
CHOICES = {"abc", "abcd"}
MAX_LOOK_WORDS = 60
MIN_ALT, MAX_ALT = 30, 400  # characters
EMPTY_ALT = ("figure", "image", "plot of")  # what a screen reader has said already

MIN_FINDINGS, MAX_FINDINGS = 3, 5
MAX_CLAIM_LINES = 15
MAX_EXAMPLE_LINES = 15
CLOSING_SECTIONS = ["Use it", "What we found", "Exercises", "Read on"]

# Of helpers, what stands for many nets at once; and what trains one.
MACHINERY = {"train_model", "train_each", "probe", "sweeps"}
TRAINING = {"train_model", "train_each", "train_plainly", "sweeps"}
PLAIN_LIBRARIES = {"numpy", "keras", "tensorflow", "tf_keras"}
TRICKS = ("compiled already", "share what is compiled", "threadpool_limits", "bind_optimizer")

MAY_IGNORE_OUTPUT = "nbval-ignore-output"
UNCOMPARED_TAGS = {
    "nbval-raises-exception",
    "nbval-skip",
    "pytest-validate-ignore-output",
    "raises-exception",
}


def problems(path: Path) -> list[str]:
    """What is wrong with the lesson at `path`, one line each; an empty list if nothing is."""
    path = Path(path)
    try:
        notebook = reader.reads(path.read_text(encoding="utf-8"))
        with warnings.catch_warnings(action="ignore"):
            nbformat.validate(deepcopy(notebook))  # a copy: it mends cell ids as it goes
    except (ValueError, nbformat.ValidationError) as error:
        return [f"not a valid notebook: {str(error).splitlines()[0]}"]
    if (notebook.nbformat, notebook.nbformat_minor) < (4, 5):
        return ["cells have no ids: save it in notebook format 4.5 or later"]
    lesson = Lesson(path, notebook)
    return [problem for rule in notebook_basics.RULES + RULES for problem in rule(lesson)]


# Its size -----------------------------------------------------------------------------------------


def prose_is_short(lesson: Lesson) -> Iterator[str]:
    if (count := words(lesson.story)) > MAX_WORDS:
        yield f"{count} words of prose: a lesson has at most {MAX_WORDS}"


def code_is_short(lesson: Lesson) -> Iterator[str]:
    if (count := len(lesson.visible_code)) > MAX_CELLS:
        yield f"{count} visible code cells: a lesson has at most {MAX_CELLS}"
    if (count := sum(lines(cell.source) for cell in lesson.visible_code)) > MAX_LINES:
        yield f"{count} visible lines of code: a lesson has at most {MAX_LINES}"
    for cell in lesson.visible_code:
        if (count := lines(cell.source)) > MAX_CELL_LINES:
            yield f"{cell} has {count} lines of code: a visible cell has at most {MAX_CELL_LINES}"


def slides_fit(lesson: Lesson) -> Iterator[str]:
    for slide in lesson.slides:
        code = sum(lines(cell.source) for cell in slide if cell.is_code)
        text = sum(words(cell.source) for cell in slide if cell.is_markdown)
        if code > MAX_SLIDE_LINES:
            yield f"the slide that starts at {slide[0]} holds {code} lines of code: at most {MAX_SLIDE_LINES}"
        finding = bool(re.match(r"\d\. ", slide[0].source)) and all(cell.is_markdown for cell in slide)
        most = MAX_FINDING_WORDS if finding else MAX_SLIDE_WORDS
        if text > most:
            yield f"the slide that starts at {slide[0]} holds {text} words: at most {most}"


# How it starts ------------------------------------------------------------------------------------


def source_linked(lesson: Lesson) -> Iterator[str]:
    if not re.search(r"(?<!!)\[[^]]+\]\(https?://[^)]+\)", lesson.opening):
        yield "the opening does not link its source: [name](https://...)"


def first_figure_early(lesson: Lesson) -> Iterator[str]:
    if not any(cell.images for cell in lesson.code[:FIRST_FIGURE_WITHIN]):
        yield f"none of the first {FIRST_FIGURE_WITHIN} code cells shows a figure"


def plain_keras_first(lesson: Lesson) -> Iterator[str]:
    """Before helpers do it for many nets, a reader sees what she could have typed."""
    imported = imports(lesson)
    plain = [cell for cell in lesson.visible_code if not helpers_used(cell, imported)]
    if any(trains(cell) or helpers_used(cell, imported) & TRAINING for cell in lesson.code):
        wanted = "trains in plain Keras (.fit or GradientTape, nothing of helpers but session)"
        plain = [cell for cell in plain if trains(cell)]
        later = [cell for cell in lesson.code if names_replicas(cell) or helpers_used(cell, imported) & MACHINERY]
    else:
        wanted = "computes in plain NumPy or Keras (nothing of helpers but session)"
        plain = [cell for cell in plain if libraries_used(cell, imported) & PLAIN_LIBRARIES]
        later = [cell for cell in lesson.code if helpers_used(cell, imported)]
    if not plain:
        yield f"no visible cell {wanted}"
    elif later and plain[0].number >= later[0].number:
        yield f"no visible cell before {later[0]} {wanted}"


def imports(lesson: Lesson) -> dict[str, list[str]]:
    """What each imported name stands for: `train` may be helpers, training, train_model."""
    names = {}
    for node in (node for cell in lesson.code for node in ast.walk(cell.tree)):
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {n.asname or n.name: f"{node.module}.{n.name}".split(".") for n in node.names}
        elif isinstance(node, ast.Import):
            for n in node.names:
                path = n.name.split(".")
                names |= {n.asname: path} if n.asname else {path[0]: path[:1]}
    return names


def paths_used(cell: Cell, imported: dict[str, list[str]]) -> Iterator[list[str]]:
    """Each use of an imported name, in full: `keras.layers.Dense` as keras, layers, Dense."""
    for node in ast.walk(cell.tree):
        attributes = []
        while isinstance(node, ast.Attribute):
            attributes.insert(0, node.attr)
            node = node.value
        if isinstance(node, ast.Name) and node.id in imported:
            yield imported[node.id] + attributes


def helpers_used(cell: Cell, imported: dict[str, list[str]]) -> set[str]:
    """What a cell names of helpers, session left out."""
    paths = [path[1:] for path in paths_used(cell, imported) if path[0] == "helpers"]
    return {name for path in paths if path[:1] != ["session"] for name in path}


def libraries_used(cell: Cell, imported: dict[str, list[str]]) -> set[str]:
    return {path[0] for path in paths_used(cell, imported)}


def trains(cell: Cell) -> bool:
    for node in ast.walk(cell.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "fit":
            return True
        if "GradientTape" in (getattr(node, "attr", None), getattr(node, "id", None)):
            return True
    return False


def names_replicas(cell: Cell) -> bool:
    calls = [node for node in ast.walk(cell.tree) if isinstance(node, ast.Call)]
    return any(keyword.arg == "replicas" for call in calls for keyword in call.keywords)


# Predict, run, look -------------------------------------------------------------------------------


def predictions(lesson: Lesson) -> Iterator[str]:
    cells = [cell for cell in lesson.markdown if leads(cell.prose, "Predict")]
    if len(cells) < MIN_PREDICTIONS:
        yield f"fewer than {MIN_PREDICTIONS} cells say **Predict.**"
    for cell in cells:
        choices = list(CHOICE.finditer(cell.prose))
        if "".join(choice[1] for choice in choices) not in CHOICES:
            yield f"{cell} says **Predict.** but does not offer (a), (b), (c) and perhaps (d), as '- (a) ...' each"
        elif cell.prose[choices[-1].end() :].strip():
            yield f"{cell} goes on after its choices: an answer stands in a later cell"
        if not any(after.is_visible_code for after in lesson.after(cell)):
            yield f"{cell} says **Predict.** but the next cell is not visible code"
        elif any(after.is_code and after.slide_type == "fragment" for after in lesson.shown_after(cell)):
            yield f"{cell} says **Predict.** but its answer is a fragment of the same slide, which has no room for both"


def looks_are_short(lesson: Lesson) -> Iterator[str]:
    for cell in lesson.markdown:
        for look in leads(cell.prose, "Look"):
            if (count := words(look)) > MAX_LOOK_WORDS:
                yield f"{cell} looks at a figure for {count} words: at most {MAX_LOOK_WORDS}"


def figures_are_shown(lesson: Lesson) -> Iterator[str]:
    """Who sees the slides sees what the text beside them looks at."""
    for cell in (cell for cell in lesson.code if cell.images and cell.slide_type in UNSHOWN):
        if any(leads(after.prose, "Look") and after.slide_type not in UNSHOWN for after in lesson.after(cell)):
            yield f"{cell} shows a figure that slides leave out, but they show the **Look.** after it"


def alternative_text(lesson: Lesson) -> Iterator[str]:
    for cell in (cell for cell in lesson.code if cell.images):
        alt = cell.node.metadata.get("alt")
        if not isinstance(alt, str) or not MIN_ALT <= len(alt.strip()) <= MAX_ALT:
            yield f"{cell} shows a figure, but 'alt' in its metadata is no text of {MIN_ALT} to {MAX_ALT} characters"
        elif alt.strip().lower().startswith(EMPTY_ALT):
            yield f"{cell}: its alternative text starts with {alt.split()[0]!r}: say what is to be seen"


def no_tricks(lesson: Lesson) -> Iterator[str]:
    for cell in lesson.cells:
        text = " ".join(cell.source.lower().split())
        for trick in TRICKS:
            if trick in text and not cell.is_collapsed:
                yield f"{cell} speaks of how lessons are made fast: {trick}"


# What is claimed ----------------------------------------------------------------------------------


def findings_numbered(lesson: Lesson) -> Iterator[str]:
    items = numbered_items(section(lesson.text, "What we found"))
    if not MIN_FINDINGS <= len(items) <= MAX_FINDINGS:
        yield f"'What we found' has {len(items)} numbered items: {MIN_FINDINGS} to {MAX_FINDINGS}"
    elif items != list(range(1, len(items) + 1)):
        yield f"'What we found' is not numbered from 1 on: {items}"


def findings_are_shown(lesson: Lesson) -> Iterator[str]:
    """Who sees the slides sees what was found, one finding to a slide."""
    inside = False
    for cell in (cell for cell in lesson.cells if cell.is_markdown):
        if re.match(r"#+ ", cell.source):
            inside = cell.source.startswith("## What we found")
        if inside and numbered_items(cell.source) and cell.slide_type in UNSHOWN:
            yield f"{cell} holds what was found, and slides leave it out: one finding to a cell, each a slide"


def findings_claimed(lesson: Lesson) -> Iterator[str]:
    """Item k of what was found has one claim cell, `# Claim k`, and no claim is without an item."""
    claimed = []
    for cell in lesson.claims:
        if label := re.match(r"# Claim (\d+)\b", cell.source):
            claimed.append(int(label[1]))
        else:
            yield f"{cell} is tagged 'claim' but does not begin with '# Claim ' and a number"
            return
    items = numbered_items(section(lesson.text, "What we found"))
    for k in sorted({*items, *claimed}):
        if k not in items:
            yield f"claim {k} has no item in 'What we found'"
        elif claimed.count(k) != 1:
            yield f"item {k} of 'What we found' has {claimed.count(k)} claim cells"


def claims_in_form(lesson: Lesson) -> Iterator[str]:
    for cell in lesson.claims:
        if not cell.is_collapsed:
            yield f"{cell} is tagged 'claim' but not collapsed (source_hidden)"
        if (count := lines(cell.source)) > MAX_CLAIM_LINES:
            yield f"{cell} has {count} lines: a claim has at most {MAX_CLAIM_LINES}"
        tests = [node.test for node in ast.walk(cell.tree) if isinstance(node, ast.Assert)]
        if not any(isinstance(part, ast.Name) for test in tests for part in ast.walk(test)):
            yield f"{cell} is tagged 'claim' but asserts nothing of what was measured"


def compared_by_nbval(lesson: Lesson) -> Iterator[str]:
    """One cell may go uncompared, if a claim after it bounds what it shows."""
    ignored = [cell for cell in lesson.code if MAY_IGNORE_OUTPUT in cell.tags]
    if len(ignored) > 1:
        yield f"{', '.join(map(str, ignored))} are kept from nbval: at most one"
    for cell in ignored:
        if not any(claim.number > cell.number for claim in lesson.claims):
            yield f"{cell} is kept from nbval but no claim follows that bounds its numbers"
    for cell in lesson.code:
        if UNCOMPARED_TAGS & set(cell.tags) or re.search(r"#\s*(?:NBVAL|PYTEST_VALIDATE)_", cell.source):
            yield f"{cell} is kept from nbval"


# How it ends --------------------------------------------------------------------------------------


def closing_sections(lesson: Lesson) -> Iterator[str]:
    titles = headings(lesson.text, 2)
    if titles[-len(CLOSING_SECTIONS) :] != CLOSING_SECTIONS or any(
        titles.count(title) > 1 for title in CLOSING_SECTIONS
    ):
        yield f"the last sections are not {', '.join(CLOSING_SECTIONS)}, each once"


def use_it(lesson: Lesson) -> Iterator[str]:
    examples = lesson.examples("Use it")
    if "Use it" in headings(lesson.text, 2) and not examples:
        yield "'Use it' holds no code to take home"
    for code in examples:
        if (count := lines(code)) > MAX_EXAMPLE_LINES:
            yield f"an example in 'Use it' has {count} lines: at most {MAX_EXAMPLE_LINES}"


def solutions_hidden(lesson: Lesson) -> Iterator[str]:
    for cell in lesson.code:
        if "solution" in cell.tags and not cell.hides_outputs:
            yield f"{cell}: the outputs of a solution are not collapsed (outputs_hidden)"


RULES = (
    prose_is_short,
    code_is_short,
    slides_fit,
    source_linked,
    first_figure_early,
    plain_keras_first,
    predictions,
    looks_are_short,
    figures_are_shown,
    alternative_text,
    no_tricks,
    findings_numbered,
    findings_are_shown,
    findings_claimed,
    claims_in_form,
    compared_by_nbval,
    closing_sections,
    use_it,
    solutions_hidden,
)
