"""tools/describe_figures.py gives figures the text of their cell, and changes nothing else."""

import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbconvert.exporters import HTMLExporter

from tests.lesson_examples import ALT, cells_by_id, figure, good_lesson
from tools.describe_figures import describe

ROOT = Path(__file__).resolve().parent.parent


def executed(folder, outputs):
    """The example as nbconvert leaves it: outputs made anew, which no text describes."""
    notebook = good_lesson()
    cells = cells_by_id(notebook)
    cells["run1"].outputs = outputs
    cells["opening"].source += " Größe ≤ 1"
    path = folder / "03_watch.ipynb"
    nbformat.write(notebook, path)
    return path


def stored(path):
    return cells_by_id(nbformat.read(path, as_version=4))["run1"].outputs


def test_every_figure_gets_the_text_of_its_cell(tmp_path):
    path = executed(tmp_path, [figure("aaaa"), figure("bbbb", "an older text")])
    assert describe(path) == 2
    assert [output.metadata["image/png"]["alt"] for output in stored(path)] == [ALT, ALT]


def test_a_page_shows_the_text_of_the_figure(tmp_path):
    path = executed(tmp_path, [figure()])
    describe(path)
    notebook = nbformat.read(path, as_version=4)
    del cells_by_id(notebook)["run1"].metadata["alt"]  # the figure carries it by itself
    page, _ = HTMLExporter(template_name="classic").from_notebook_node(notebook)
    assert f'alt="{ALT}"' in page


def test_only_the_lines_of_the_text_change(tmp_path):
    path = executed(tmp_path, [figure()])
    before = path.read_bytes().decode()
    describe(path)
    after = path.read_bytes().decode()
    added = f'"metadata": {{\n      "image/png": {{\n       "alt": {json.dumps(ALT)}\n      }}\n     }}'
    assert after.count(added) == 1
    assert after.replace(added, '"metadata": {}') == before
    assert after.endswith("}\n")


def test_it_writes_what_nbformat_would(tmp_path):
    path = executed(tmp_path, [figure()])
    describe(path)
    before = path.read_bytes()
    nbformat.write(nbformat.read(path, as_version=4), path)
    assert path.read_bytes() == before


def test_what_a_figure_says_of_itself_is_kept(tmp_path):
    output = figure()
    output.metadata["image/png"] = {"width": 640}
    path = executed(tmp_path, [output])
    describe(path)
    assert stored(path)[0].metadata["image/png"] == {"width": 640, "alt": ALT}


def test_a_described_lesson_is_not_written_again(tmp_path):
    path = executed(tmp_path, [figure(alt=ALT)])
    os.utime(path, (0, 0))
    assert describe(path) == 0
    assert path.stat().st_mtime == 0


def test_a_cell_without_a_text_is_left_alone(tmp_path):
    path = executed(tmp_path, [figure()])
    notebook = nbformat.read(path, as_version=4)
    cells_by_id(notebook)["run2"].outputs = [figure()]
    nbformat.write(notebook, path)
    assert describe(path) == 1
    assert cells_by_id(nbformat.read(path, as_version=4))["run2"].outputs == [figure()]


def test_another_layout_is_refused_rather_than_changed(tmp_path):
    path = executed(tmp_path, [figure()])
    text = json.dumps(json.loads(path.read_text(encoding="utf-8")), indent=2)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match="03_watch.ipynb is not laid out as nbconvert writes it"):
        describe(path)
    assert path.read_text(encoding="utf-8") == text


def test_lessons_are_named_on_the_command_line(tmp_path):
    path = executed(tmp_path, [figure()])
    command = [sys.executable, "tools/describe_figures.py", str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "1 figures described" in done.stdout
    assert stored(path)[0].metadata["image/png"]["alt"] == ALT
