"""Each rule of the old form finds its fault, and nothing else, in a good lesson that was broken on purpose."""

import pytest

from tests import notebook_old_rules as rules
from tests.lesson_examples import Breakages, assert_only_problem, insert, markdown

BREAKAGES = Breakages()


@BREAKAGES.of(rules.compared_by_nbval, "{run1} is kept from nbval")
def a_comment_keeps_a_cell_from_nbval(notebook, cells):
    cells["run1"].source = "#NBVAL_IGNORE_OUTPUT\ndraw()"


@BREAKAGES.of(rules.compared_by_nbval, "{run1} is kept from nbval")
def a_tag_keeps_a_cell_from_nbval(notebook, cells):
    cells["run1"].metadata.tags = ["nbval-skip"]


@BREAKAGES.of(rules.predictions, "fewer than two cells say **Predict.**")
def only_one_prediction_is_asked_for(notebook, cells):
    cells["predict2"].source = "And deeper?"


@BREAKAGES.of(rules.predictions, "{predict2} says **Predict.** but the next cell is not code")
def a_prediction_comes_before_text(notebook, cells):
    insert(notebook, "claim2", markdown("aside", "An aside."))


@BREAKAGES.of(rules.claims_assert, "{claim1} is tagged 'claim' but asserts nothing")
def a_claim_asserts_nothing(notebook, cells):
    cells["claim1"].source = "0.25 < 1  # assert"


@BREAKAGES.of(rules.claims_assert, "fewer than two code cells are tagged 'claim'")
def there_is_one_claim(notebook, cells):
    cells["claim1"].metadata.tags = []
    cells["found"].source = "## What we found\n\n- One thing."


@BREAKAGES.of(rules.closing_sections, "the last sections are not")
def reading_comes_before_exercises(notebook, cells):
    notebook.cells.remove(cells["reading"])
    notebook.cells.insert(notebook.cells.index(cells["exercises"]), cells["reading"])


@BREAKAGES.of(rules.closing_sections, "the last sections are not")
def a_section_comes_after_the_last(notebook, cells):
    cells["reading"].source += "\n\n## And also"


@BREAKAGES.of(rules.findings_claimed, "'What we found' has 3 bullets for 2 claims")
def more_is_found_than_claimed(notebook, cells):
    cells["found"].source += "\n- A third."


@BREAKAGES.of(rules.findings_claimed, "'What we found' has 0 bullets for 2 claims")
def nothing_is_found(notebook, cells):
    cells["found"].source = "## What we found\n\nNot much."


@pytest.mark.parametrize(("rule", "break_it", "complaint"), BREAKAGES)
def test_a_broken_lesson_has_that_problem_only(rule, break_it, complaint, tmp_path):
    assert_only_problem(rule, break_it, complaint, "old", tmp_path)


def test_every_rule_has_a_lesson_that_breaks_it():
    assert {breakage.values[0] for breakage in BREAKAGES} == set(rules.RULES)
