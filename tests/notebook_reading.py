"""What the rules of a lesson read: a notebook as cells, sections, slides and words, without running it."""

import ast
import re
from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile
from pathlib import Path

import nbformat
from IPython.core.inputtransformer2 import TransformerManager

EXERCISE_TAGS = ("exercise", "stub", "check", "solution")
FENCE = re.compile(r"^ *(```|~~~)[^\n]*\n(.*?)^ *\1", re.M | re.S)
FORMULA = re.compile(r"\$\$.*?\$\$|\$(?:[^$\n]|\n(?!\n))+\$", re.S)
CHOICE = re.compile(r"^[-*] \(([a-z])\) +\S.*(?:\n[ \t]+\S.*)*", re.M)
UNSHOWN = ("skip", "notes")  # what slides leave out


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
    def is_collapsed(self) -> bool:
        return self.node.metadata.get("jupyter", {}).get("source_hidden") is True

    @property
    def hides_outputs(self) -> bool:
        return self.node.metadata.get("jupyter", {}).get("outputs_hidden") is True

    @property
    def is_visible_code(self) -> bool:
        """Code of the story itself: not collapsed, and no part of an exercise."""
        return self.is_code and not self.is_collapsed and not set(self.tags) & set(EXERCISE_TAGS)

    @property
    def source(self) -> str:
        return self.node.source

    @property
    def tags(self) -> list[str]:
        return self.node.metadata.get("tags", [])

    @property
    def slide_type(self) -> str | None:
        return self.node.metadata.get("slideshow", {}).get("slide_type")

    @property
    def outputs(self) -> list:
        return self.node.get("outputs", [])

    @property
    def images(self) -> list[tuple[nbformat.NotebookNode, str]]:
        """Each output that is an image, with its kind (image/png)."""
        return [(o, kind) for o in self.outputs for kind in o.get("data", {}) if kind.startswith("image/")]

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
        return FENCE.sub("", self.source)

    def __str__(self) -> str:
        return f"cell {self.number}"


class Lesson:
    """One notebook, with the parts that rules ask for."""

    def __init__(self, path: Path, notebook: nbformat.NotebookNode):
        self.path = path
        self.metadata = notebook.metadata
        self.cells = [Cell(number, node) for number, node in enumerate(notebook.cells, start=1)]
        self.code = [cell for cell in self.cells if cell.is_code]
        self.visible_code = [cell for cell in self.code if cell.is_visible_code]
        self.markdown = [cell for cell in self.cells if cell.is_markdown]
        self.claims = [cell for cell in self.code if "claim" in cell.tags]
        self.number = path.name[:2]

    def after(self, cell: Cell, count: int = 1) -> list[Cell]:
        return self.cells[cell.number : cell.number + count]

    def shown_after(self, cell: Cell, count: int = 1) -> list[Cell]:
        """The cells that slides show next."""
        return [
            after for after in self.cells[cell.number :] if after.slide_type not in UNSHOWN and not after.is_collapsed
        ][:count]

    @property
    def opening(self) -> str:
        return "\n".join(cell.prose for cell in takewhile(lambda cell: not cell.is_code, self.cells))

    @property
    def text(self) -> str:
        return "\n\n".join(cell.prose for cell in self.markdown)

    @property
    def story(self) -> str:
        """The text that everyone reads: no exercises, and nothing after `## Exercises`, such as the reading list."""
        kept = [cell.prose for cell in self.markdown if not set(cell.tags) & set(EXERCISE_TAGS)]
        return re.sub(r"^## Exercises *$.*", "", "\n\n".join(kept), flags=re.M | re.S)

    def examples(self, title: str) -> list[str]:
        """The code that stands in section `title`, fenced or in a visible cell."""
        found, inside = [], False
        for cell in self.cells:
            if cell.is_visible_code and inside:
                found.append(cell.source)
            elif cell.is_markdown:
                # text, fence, code, text, fence, code, ..., text
                parts = [*FENCE.split(cell.source), "", ""]
                for text, code in zip(parts[::3], parts[2::3], strict=True):
                    for heading in headings(text, 2):
                        inside = heading == title
                    if inside and code:
                        found.append(code)
        return found

    @property
    def slides(self) -> list[list[Cell]]:
        """Cells that are shown together; those that no audience sees are left out."""
        slides = []
        for cell in self.cells:
            if cell.slide_type in ("slide", "subslide") or not slides:
                slides.append([])
            hidden = cell.slide_type in UNSHOWN or cell.is_collapsed
            if not hidden and not set(cell.tags) & {"stub", "check", "solution"}:
                slides[-1].append(cell)
        return [slide for slide in slides if slide]


def headings(text: str, level: int) -> list[str]:
    return re.findall(rf"^#{{{level}}} +(.+?) *$", text, re.M)


def section(text: str, title: str) -> str:
    """What stands between `## title` and the next heading of its level."""
    found = re.search(rf"^## {re.escape(title)} *$(.*?)(?=^## |\Z)", text, re.M | re.S)
    return found[1] if found else ""


def bullets(text: str) -> list[str]:
    return re.findall(r"^[-*] +(.+)$", text, re.M)


def numbered_items(text: str) -> list[int]:
    return [int(number) for number in re.findall(r"^(\d+)[.)] +\S", text, re.M)]


def leads(text: str, word: str) -> list[str]:
    """The paragraphs that start with `**word.**`, each up to the next lead or heading."""
    return re.findall(rf"^\*\*{word}\.\*\*(.*?)(?=^\*\*\w+\.\*\*|^#|\Z)", text, re.M | re.S)


def words(markdown: str) -> int:
    """How many words a reader reads: no code blocks, formulas, addresses of links, or bars of tables."""
    text = FORMULA.sub(" ", FENCE.sub(" ", markdown))
    text = re.sub(r"!\[[^]]*\]\([^)]*\)|\]\([^)]*\)|</?[a-zA-Z!][^>]*>|\w+://\S+", " ", text)
    return len(re.findall(r"[^\s|]*[^\W_][^\s|]*", text))


def lines(code: str) -> int:
    """How many lines are not blank."""
    return sum(bool(line.strip()) for line in code.splitlines())


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
