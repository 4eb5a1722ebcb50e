"""A small notebook that keeps the form of a lesson, to be broken on purpose."""

import json
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tests import notebook_basics, notebook_rules
from tests.notebook_reading import Lesson

KERNEL = {"name": "python3", "display_name": "Python 3 (ipykernel)"}
ALT = "One flat line: the loss of the net stays at its first value."


# Their parts --------------------------------------------------------------------------------------


def printed(text):
    return new_output("stream", name="stdout", text=text)


def shown(data):
    return new_output("display_data", data=data)


def figure(name="aaaa", alt=None):
    output = shown({"image/png": name, "text/plain": "<Figure size 640x480 with 1 Axes>"})
    if alt:
        output.metadata["image/png"] = {"alt": alt}
    return output


def markdown(name, source, slide_type="subslide", tags=()):
    metadata = {"slideshow": {"slide_type": slide_type}, "tags": list(tags)}
    return new_markdown_cell(source, id=name, metadata=metadata)


def code(name, source, *outputs, slide_type="subslide", tags=(), **metadata):
    metadata |= {"slideshow": {"slide_type": slide_type}, "tags": list(tags)}
    return new_code_cell(source, id=name, outputs=list(outputs), metadata=metadata)


def claim(k, source=""):
    source = f"# Claim {k}: so it is.\n{source or 'assert spread < 1'}"
    return code(f"claim{k}", source, slide_type="fragment", tags=["claim"], jupyter={"source_hidden": True})


def exercise(k):
    name = f"03.{k}"
    return [
        markdown(f"task{k}", f"### Exercise {name}: halve it\n\nFind the half of 3.", tags=["exercise"]),
        code(f"stub{k}", f"half{k} = None", tags=["stub"]),
        code(
            f"check{k}",
            f'check("{name}", half{k})',
            printed(f"{name}: not attempted yet\n"),
            tags=["check"],
        ),
        code(
            f"solution{k}",
            f'solved{k} = 3 / 2\ncheck("{name}", solved{k})',
            printed(f"{name}: right\n"),
            tags=["solution"],
            jupyter={"source_hidden": True, "outputs_hidden": True},
        ),
    ]


def numbered(notebook):
    """The notebook as if its code cells had been run from top to bottom."""
    code_cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for count, cell in enumerate(code_cells, start=1):
        cell.execution_count = count
    return notebook


def drop(notebook, *names):
    notebook.cells = [cell for cell in notebook.cells if cell.id not in names]
    numbered(notebook)


def insert(notebook, before, *cells):
    (position,) = [k for k, cell in enumerate(notebook.cells) if cell.id == before]
    notebook.cells[position:position] = cells
    numbered(notebook)


# The whole ----------------------------------------------------------------------------------------


def lesson_of(*cells):
    metadata = {"kernelspec": dict(KERNEL), "rise": dict(notebook_basics.RISE)}
    return numbered(new_notebook(cells=list(cells), metadata=metadata))


def good_lesson():
    """A lesson that keeps every rule; each cell is known by its id."""
    return lesson_of(
        markdown(
            "opening",
            "# Watch the weights\n\nWhich layer moves most? "
            "So asks [a notebook on vanishing gradients](https://example.org/vanishing).",
            "slide",
        ),
        markdown(
            "goals",
            "## Objectives\n\n- Measure a spread.\n- Explain it.\n\n**Time.** 20 minutes.\n\n**Needs.** Lesson 01.",
        ),
        code(
            "start",
            "import keras\nimport numpy as np\n\nfrom helpers import models, session, training\n\n"
            "session.start(seed=42)",
            slide_type="skip",
        ),
        markdown(
            "predict1",
            "## One net\n\n**Predict.** How far does its loss fall?\n\n"
            "- (a) It does not.\n- (b) By half.\n- (c) To zero.",
            "slide",
        ),
        code(
            "run1",
            'net = keras.Sequential([keras.layers.Dense(1)])\nnet.compile("sgd", "mse")\n'
            "history = net.fit(X, y, verbose=0)\ndraw(history, color=session.COLOURS[0])",
            figure(alt=ALT),
            alt=ALT,
        ),
        markdown("look1", "**Look.** The line lies flat.", "fragment"),
        claim(1),
        markdown("why1", "**Why.** A quarter, 0.25, is left in 97 % of runs.", "fragment"),
        markdown(
            "predict2",
            "## A hundred nets\n\n**Predict.** And in how many of a hundred?\n\n"
            "- (a) In all.\n- (b) In half\n  of them.\n- (c) In 3.5% of them.\n- (d) In none.",
            "slide",
        ),
        code(
            "run2",
            "nets = models.make_mlp('tanh', replicas=100)\nrun = training.train_model(nets, X, y)",
            printed("0.25 in 97% of runs\n"),
        ),
        claim(2),
        claim(3),
        markdown("why2", "**Why.** As above.", "fragment"),
        markdown("use", "## Use it\n\n```python\nkeras.layers.Dense(5, kernel_initializer='he_normal')\n```", "slide"),
        markdown("found", "## What we found\n\n1. One thing.\n2. Another.\n3. A third.", "slide"),
        markdown("exercises", "## Exercises", "slide"),
        *exercise(1),
        *exercise(2),
        markdown("reading", "## Read on\n\n- A paper that reports 12.5%.", "slide"),
    )


# Breaking them ------------------------------------------------------------------------------------


def save(notebook, folder, name="03_watch.ipynb"):
    path = Path(folder) / name
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path


def cells_by_id(notebook):
    return {cell.id: cell for cell in notebook.cells}


class Breakages(list):
    """Functions that break one rule each, collected as parameters of a test."""

    def of(self, rule, complaint):
        """Register a function that breaks `rule`; `{run1}` in `complaint` becomes "cell 5", say."""

        def register(function):
            self.append(pytest.param(rule, function, complaint, id=function.__name__))
            return function

        return register


def assert_only_problem(rule, function, complaint, folder):
    """The good lesson, broken by `function`, has one problem: `rule` finds it and says `complaint`."""
    notebook = good_lesson()
    cells = cells_by_id(notebook)
    function(notebook, cells)
    names = {id(cell): name for name, cell in cells.items()}  # as they were: the function may change them
    numbers = {
        names.get(id(cell), cell.get("id")): f"cell {number}" for number, cell in enumerate(notebook.cells, start=1)
    }
    path = save(notebook, folder)
    (problem,) = notebook_rules.problems(path)
    assert complaint.format_map(numbers) in problem
    assert [problem] == list(rule(Lesson(path, notebook)))
