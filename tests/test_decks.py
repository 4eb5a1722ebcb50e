"""Decks hold what is on the slides, load nothing from elsewhere, and have beside them what they load."""

import re

import nbformat
import pytest

from tests.lesson_examples import ALT, cells_by_id, figure, good_lesson, markdown

pytest.importorskip("sphinx_revealjs", reason="the tools for site and slides are an extra")

from tools import decks, guide

QUESTION = "1. Which? (a) One; (b) two.\\\n   *Tempting:* (a), it is first.\\\n   *Right:* (b). Two.\n"


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


def test_each_question_has_its_note_where_it_is_shown():
    (first,) = guide.questions(QUESTION)
    ask = markdown("ask", "**Predict.** Which?\n\n- (a) One.\n- (b) Two.", "fragment")
    lesson = nbformat.v4.new_notebook(
        cells=[markdown("title", "# Title", "slide"), ask, markdown("end", "End.", "slide")]
    )
    cells = decks.with_notes(lesson, [first]).cells
    assert [cell.metadata.slideshow.slide_type for cell in cells] == ["slide", "fragment", "notes", "slide"]
    assert "*Right:* (b). Two." in cells[2].source


def test_a_question_that_is_skipped_has_no_note():
    (first,) = guide.questions(QUESTION)
    lesson = nbformat.v4.new_notebook(cells=[markdown("ask", "**Predict.** Which?", "skip")])
    assert len(decks.with_notes(lesson, [first]).cells) == 1
