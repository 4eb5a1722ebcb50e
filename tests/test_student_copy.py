"""The copies that `make student` writes hold no outputs and no solutions, and everything else."""

from pathlib import Path

import nbformat
import pytest
from nbconvert.exporters import NotebookExporter
from traitlets.config import JSONFileConfigLoader

from tests.lesson_examples import cells_by_id, figure, good_lesson, markdown

TOOLS = Path(__file__).resolve().parent.parent / "tools"


@pytest.fixture
def lesson():
    notebook = good_lesson()
    cells = cells_by_id(notebook)
    cells["claim1"].outputs = [nbformat.v4.new_output("stream", name="stdout", text="all of them")]
    cells["solution2"].outputs.append(figure())
    notebook.cells.append(markdown("look2", "**Look.** It is half.", tags=["solution"]))
    return notebook


@pytest.fixture
def copy(lesson):
    config = JSONFileConfigLoader("student_copy.json", path=str(TOOLS)).load_config()
    text, _ = NotebookExporter(config=config).from_notebook_node(lesson)
    return nbformat.reads(text, as_version=4)


def test_nothing_has_been_run(copy):
    code = [cell for cell in copy.cells if cell.cell_type == "code"]
    assert [cell.outputs for cell in code] == [[]] * len(code)
    assert {cell.execution_count for cell in code} == {None}


def test_solutions_are_gone_and_all_else_is_as_it_was(lesson, copy):
    kept = [cell for cell in lesson.cells if "solution" not in cell.metadata.tags]
    assert len(kept) == len(lesson.cells) - 3  # two solutions, and a look at the figure of one
    assert [(cell.id, cell.source) for cell in copy.cells] == [(cell.id, cell.source) for cell in kept]
    assert copy.metadata == lesson.metadata
