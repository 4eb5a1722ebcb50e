"""Hosted copies: one cell more, which installs what is missing and does nothing where nothing is."""

import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell

from tests.lesson_examples import good_lesson
from tools.hosted import install_cell, make_hosted

ADDRESS = "https://example.org/owner/lessons"


@pytest.fixture
def lesson(tmp_path):
    path = tmp_path / "03_watch.ipynb"
    nbformat.write(good_lesson(), path)
    return path


def test_the_first_cell_installs_and_all_others_stay(lesson):
    make_hosted(lesson, ADDRESS)
    first, *others = nbformat.read(lesson, as_version=4).cells
    assert f"git+{ADDRESS}" in first.source
    assert first.metadata.slideshow.slide_type == "skip"
    assert [cell.source for cell in others] == [cell.source for cell in good_lesson().cells]


def test_a_second_time_changes_the_address_alone(lesson):
    make_hosted(lesson, "https://example.org/old")
    make_hosted(lesson, ADDRESS)
    cells = nbformat.read(lesson, as_version=4).cells
    assert len(cells) == len(good_lesson().cells) + 1
    assert "old" not in cells[0].source


@pytest.mark.parametrize("missing", [True, False])
def test_it_installs_only_what_is_missing(monkeypatch, missing):
    asked = []
    shell = InteractiveShell.instance()
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if missing else object())
    monkeypatch.setattr(shell, "run_line_magic", lambda name, line, **_: asked.append((name, line)))
    code = shell.transform_cell(install_cell(ADDRESS).source)
    exec(code, {"get_ipython": lambda: shell})
    assert asked == ([("pip", f'install --quiet "git+{ADDRESS}"')] if missing else [])


@pytest.mark.parametrize("address", ["", "owner/lessons", 'https://a"b', "https://a b"])
def test_an_address_that_is_none_is_refused(address):
    with pytest.raises(ValueError, match="address is"):
        install_cell(address)
