"""Decks hold what is on the slides, load nothing from elsewhere, and have beside them what they load."""

import re

import nbformat
import pytest

from tests.lesson_examples import ALT, cells_by_id, figure, good_lesson

pytest.importorskip("sphinx_revealjs", reason="the tools for site and slides are an extra")

from tools import decks


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("decks")
    lesson = good_lesson()
    cells = cells_by_id(lesson)
    cells["run1"].outputs = [figure()]
    cells["claim1"].source = "# Claim 1: it halves"
    cells["solution1"].metadata.slideshow.slide_type = "fragment"
    nbformat.write(lesson, folder / "03_watch.ipynb")
    (deck,) = decks.write([folder / "03_watch.ipynb"], folder / "slides")
    return deck


def test_nothing_is_loaded_from_elsewhere_and_all_else_is_there(written):
    text = written.read_text(encoding="utf-8")
    loaded = re.findall(r"<(?:script|link)[^>]*?(?:src|href)=\"([^\"]+)\"", text)
    assert len(loaded) >= 6
    for name in loaded:
        assert (written.parent / name).is_file(), name
        if name.endswith(".css"):
            asked = re.findall(r"(?:@import|url\()[^;]*", (written.parent / name).read_text(encoding="utf-8"))
            assert not [address for address in asked if "//" in address]


def test_what_is_collapsed_is_not_shown(written):
    text = written.read_text(encoding="utf-8")
    assert "it halves" not in text
    assert "03.1: right" not in text


def test_figures_are_described(written):
    assert f'alt="{ALT}"' in written.read_text(encoding="utf-8")


def test_a_missing_package_is_named():
    with pytest.raises(ModuleNotFoundError, match="no_such_package brings static"):
        decks.files_of("no_such_package", "static")
