"""What the site is built from: claims and solutions folded, figures described, links that still lead somewhere."""

import json
import re
from pathlib import Path

import pytest

from tests.lesson_examples import ALT, cells_by_id, good_lesson
from tools import site_source

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def page():
    notebook = json.loads(json.dumps(good_lesson()))
    by_id = site_source.for_the_page(notebook)["cells"]
    return {cell["id"]: cell for cell in by_id}


@pytest.fixture(scope="module")
def gathered(tmp_path_factory):
    target = tmp_path_factory.mktemp("site") / "source"
    site_source.gather(target)
    return target


def test_claims_and_solutions_are_folded(page):
    tags = {name: cell["metadata"]["tags"] for name, cell in page.items()}
    assert "hide-cell" in tags["claim1"] and "hide-cell" in tags["solution2"]
    assert not any(tag.startswith("hide") for tag in tags["run1"] + tags["task1"] + tags["check1"])


def test_figures_are_described(page):
    assert page["run1"]["metadata"]["mystnb"] == {"image": {"alt": ALT}}


def test_the_source_of_each_cell_stays(page):
    assert {name: "".join(cell["source"]) for name, cell in page.items()} == {
        name: cell.source for name, cell in cells_by_id(good_lesson()).items()
    }


def test_a_widget_leaves_its_text():
    widget = {"application/vnd.jupyter.widget-view+json": {"model_id": "a"}, "text/plain": ["a slider"]}
    cell = {"metadata": {}, "outputs": [{"output_type": "display_data", "data": widget}]}
    (shown,) = site_source.for_the_page({"cells": [cell]})["cells"][0]["outputs"]
    assert shown["data"] == {"text/plain": ["a slider"]}


def test_every_lesson_and_page_is_gathered(gathered):
    assert {p.name for p in (gathered / "notebooks").iterdir()} == {
        p.name for p in (ROOT / "notebooks").glob("*.ipynb")
    }
    assert {p.name for p in gathered.glob("*.md")} == {p.name for p in (ROOT / "book").glob("*.md")} | {"README.md"}


def test_links_of_the_pages_lead_to_files(gathered):
    for page in gathered.rglob("*.md"):
        for link in re.findall(r"\]\(((?!http)[^)#]+)", page.read_text(encoding="utf-8")):
            if page.name != "README.md":
                assert (page.parent / link).exists(), f"{page.name}: {link}"


def test_a_file_of_last_time_is_gone(tmp_path):
    site_source.gather(tmp_path / "source")
    (tmp_path / "source" / "old.md").touch()
    site_source.gather(tmp_path / "source")
    assert not (tmp_path / "source" / "old.md").exists()
