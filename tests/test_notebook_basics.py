"""Each basic rule finds its fault, and nothing else, in a good lesson that was broken on purpose."""

import ast

import nbformat
import pytest
from nbformat.v4 import new_notebook, new_output

from tests import notebook_basics as rules
from tests.lesson_examples import (
    ALT,
    Breakages,
    assert_only_problem,
    cells_by_id,
    drop,
    exercise,
    figure,
    good_lesson,
    insert,
    printed,
    save,
    shown,
)
from tests.notebook_reading import names_assigned
from tests.notebook_rules import problems

BREAKAGES = Breakages()


def test_a_good_lesson_has_no_problems(tmp_path):
    assert problems(save(good_lesson(), tmp_path)) == []


@pytest.mark.parametrize("name", ["3_weights", "03-weights", "03_Weights", "03_", "weights"])
def test_a_file_name_tells_number_and_topic(name, tmp_path):
    found = problems(save(good_lesson(), tmp_path, f"{name}.ipynb"))
    assert f"{name}.ipynb is not named NN_snake_case.ipynb" in found


@BREAKAGES.of(rules.file_size, "a lesson stays under 1000000")
def a_figure_is_huge(notebook, cells):
    cells["run1"].outputs[0].data["image/png"] = "a" * 1_000_000


@BREAKAGES.of(rules.links_lead_somewhere, "{look1} links 99_gone.ipynb, and there is no such file")
def a_link_leads_nowhere(notebook, cells):
    cells["look1"].source += " See [lesson 99](99_gone.ipynb#why), and [the web](https://example.org/a.ipynb)."


@BREAKAGES.of(rules.cell_ids, "{look1} has the id of another cell: run1")
def two_cells_share_an_id(notebook, cells):
    cells["look1"].id = "run1"


@BREAKAGES.of(rules.cell_ids, "{look1} has no id")
def a_cell_has_no_id(notebook, cells):
    del cells["look1"]["id"]


@BREAKAGES.of(rules.kernel, "the kernel is my-env, not python3")
def the_kernel_is_one_of_my_own(notebook, cells):
    notebook.metadata.kernelspec.name = "my-env"


@BREAKAGES.of(rules.kernel, "the kernel is None")
def no_kernel_is_named(notebook, cells):
    del notebook.metadata["kernelspec"]


@BREAKAGES.of(rules.executed_in_order, "not run in order")
def two_cells_were_run_in_another_order(notebook, cells):
    cells["run1"].execution_count, cells["claim1"].execution_count = 3, 2


@BREAKAGES.of(rules.executed_in_order, "not run in order")
def a_cell_was_not_run(notebook, cells):
    cells["solution2"].execution_count = None


@BREAKAGES.of(rules.no_errors, "{run1} holds an error")
def an_error_is_stored(notebook, cells):
    error = new_output("error", ename="ValueError", evalue="no", traceback=["no"])
    cells["run1"].outputs.append(error)


@BREAKAGES.of(rules.no_stderr, "{run1} holds stderr")
def a_warning_is_stored(notebook, cells):
    cells["run1"].outputs.append(new_output("stream", name="stderr", text="beware"))


@BREAKAGES.of(rules.no_machine_paths, "/home/ada/data.csv")
def a_path_is_read(notebook, cells):
    cells["run1"].source += '\nread("/home/ada/data.csv")'


@BREAKAGES.of(rules.no_machine_paths, r"C:\\Users")
def a_windows_path_is_read(notebook, cells):
    cells["run1"].source += '\nread("C:\\\\Users\\\\ada")'


@BREAKAGES.of(rules.no_machine_paths, "/opt/python/keras.py")
def a_path_is_printed(notebook, cells):
    cells["run1"].outputs.append(printed("saved: file:///opt/python/keras.py"))


@BREAKAGES.of(rules.no_machine_paths, "/Users/ada")
def a_path_is_told(notebook, cells):
    cells["why1"].source += " See /Users/ada for more."


@BREAKAGES.of(rules.no_addresses, "at 0x7f31")
def an_address_is_shown(notebook, cells):
    cells["run1"].outputs.append(shown({"text/plain": "<function f at 0x7f31>"}))


@BREAKAGES.of(rules.no_bare_artists, "<Axes")
def an_artist_is_shown(notebook, cells):
    cells["run1"].outputs.append(shown({"text/plain": "<Axes: title={'center': 'loss'}>"}))


@BREAKAGES.of(rules.no_progress_bars, "{run1} holds a progress bar")
def a_progress_bar_is_stored(notebook, cells):
    cells["run1"].outputs.append(shown({"text/plain": "  0%|          | 0/3 [00:00<?, ?it/s]"}))


@BREAKAGES.of(rules.no_figure_twice, "the same figure twice")
def a_figure_is_shown_twice(notebook, cells):
    cells["run1"].outputs.append(figure(alt=ALT))


@BREAKAGES.of(rules.no_trailing_semicolons, "{run1} ends in a semicolon")
def a_semicolon_hides_a_result(notebook, cells):
    cells["run1"].source += "; \n"


@BREAKAGES.of(rules.slide_types, "{look1} has no slide type")
def a_cell_has_no_slide_type(notebook, cells):
    del cells["look1"].metadata["slideshow"]


@BREAKAGES.of(rules.slide_types, "{look1} has no slide type")
def a_slide_type_is_unknown(notebook, cells):
    cells["look1"].metadata.slideshow.slide_type = "-"


@BREAKAGES.of(rules.slides_scroll, "metadata.rise is not")
def slides_do_not_scroll(notebook, cells):
    notebook.metadata.rise.scroll = False


@BREAKAGES.of(rules.slides_scroll, "metadata.rise is not")
def nothing_says_how_to_present(notebook, cells):
    del notebook.metadata["rise"]


@BREAKAGES.of(rules.slide_types, "cell 1 does not start a slide")
def the_first_slide_is_no_slide(notebook, cells):
    cells["opening"].metadata.slideshow.slide_type = "notes"


@BREAKAGES.of(rules.one_title, "does not start with the title")
def there_is_no_title(notebook, cells):
    cells["opening"].source = cells["opening"].source.removeprefix("# Watch the weights")


@BREAKAGES.of(rules.one_title, "more than one title: ['Watch the weights', 'Two']")
def there_are_two_titles(notebook, cells):
    cells["look1"].source += "\n\n# Two"


@BREAKAGES.of(rules.opening, "no '## Objectives' with two bullets or more")
def there_is_one_objective(notebook, cells):
    cells["goals"].source = cells["goals"].source.replace("- Explain it.\n", "")


@BREAKAGES.of(rules.opening, "no '## Objectives' with two bullets or more")
def objectives_have_no_heading(notebook, cells):
    cells["goals"].source = cells["goals"].source.replace("## Objectives", "You will:")


@BREAKAGES.of(rules.opening, "starts with **Time.**")
def the_time_is_not_told(notebook, cells):
    cells["goals"].source = cells["goals"].source.replace("**Time.** 20 minutes.", "")


@BREAKAGES.of(rules.opening, "starts with **Needs.**")
def the_needs_are_not_told(notebook, cells):
    cells["goals"].source = cells["goals"].source.replace("**Needs.**", "Needs:")


@BREAKAGES.of(rules.session_started_first, "does not call session.start(")
def the_session_is_not_started(notebook, cells):
    cells["start"].source = cells["start"].source.replace("session.start(seed=42)", "")


@BREAKAGES.of(rules.reasons, "fewer than two paragraphs start with **Why.**")
def only_one_reason_is_given(notebook, cells):
    drop(notebook, "why2")


@BREAKAGES.of(rules.figures_described, "{run1} shows a figure but")
def a_figure_is_not_described(notebook, cells):
    cells["look1"].source = "The curves lie flat."


@BREAKAGES.of(rules.figures_described, "{solution2} shows a figure but")
def the_figure_of_the_last_cell_is_not_described(notebook, cells):
    last = cells["reading"]
    notebook.cells.remove(last)
    notebook.cells.insert(notebook.cells.index(cells["task2"]), last)
    last.source = "The first task again."
    cells["found"].source += "\n\n## Exercises\n\n## Read on"
    cells["exercises"].source = "Two tasks."
    cells["solution2"].outputs.append(figure("bbbb", ALT))
    cells["solution2"].metadata["alt"] = ALT


@BREAKAGES.of(rules.numbers_shown, "{why1} says 0.75, which no code cell has or prints")
def a_number_comes_from_nowhere(notebook, cells):
    cells["why1"].source = "**Why.** It falls to 0.75."


@BREAKAGES.of(rules.numbers_shown, "{why1} says 9%, which")
def a_percentage_comes_from_nowhere(notebook, cells):
    cells["why1"].source = "**Why.** It does so in 9% of runs."


@BREAKAGES.of(rules.exercises, "4 exercises: a lesson has two or three")
def there_are_four_exercises(notebook, cells):
    insert(notebook, "reading", *exercise(3), *exercise(4))


@BREAKAGES.of(rules.exercises, "1 exercises: a lesson has two or three")
def there_is_one_exercise(notebook, cells):
    drop(notebook, "task2", "stub2", "check2", "solution2")


@BREAKAGES.of(rules.exercises, "{task2} does not start with '### Exercise 03.2'")
def an_exercise_has_the_wrong_number(notebook, cells):
    cells["task2"].source = "### Exercise 03.3: halve it"


@BREAKAGES.of(rules.exercises, "{task1}: exercise 03.1 is not followed by stub, check and solution cells")
def an_exercise_has_no_stub(notebook, cells):
    cells["stub1"].metadata.tags = []


@BREAKAGES.of(rules.exercises, "exercise 03.2 is not followed by stub, check and solution cells")
def the_last_exercise_has_no_solution(notebook, cells):
    drop(notebook, "solution2")


@BREAKAGES.of(rules.exercises, "{start} is tagged solution but belongs to no exercise")
def a_solution_stands_elsewhere(notebook, cells):
    cells["start"].metadata.tags = ["solution"]
    cells["start"].metadata["jupyter"] = {"outputs_hidden": True}


@BREAKAGES.of(rules.exercises, 'the check of exercise 03.1 does not call check("03.1"')
def a_check_is_of_another_exercise(notebook, cells):
    cells["check1"].source = 'check("03.2", half1)'


@BREAKAGES.of(rules.exercises, "the check of exercise 03.1 did not print '03.1: not attempted yet'")
def the_stub_was_accepted(notebook, cells):
    cells["check1"].outputs = [printed("03.1: right\n")]


@BREAKAGES.of(rules.exercises, "the solution of exercise 03.1 did not print '03.1: right'")
def the_solution_was_not_accepted(notebook, cells):
    cells["solution1"].outputs = [printed("03.1: not yet: it is too small\n")]


@BREAKAGES.of(rules.exercises, 'the solution of exercise 03.1 does not call check("03.1"')
def the_solution_is_not_checked(notebook, cells):
    cells["solution1"].source = "solved1 = 3 / 2"


@BREAKAGES.of(rules.exercises, "the solution of exercise 03.2 is not collapsed (source_hidden)")
def a_solution_is_open_to_view(notebook, cells):
    cells["solution2"].metadata.jupyter.source_hidden = False


@BREAKAGES.of(rules.exercises, "the solution of exercise 03.1 reassigns half1")
def a_solution_overwrites_the_answer(notebook, cells):
    cells["solution1"].source = 'half1 = 3 / 2\ncheck("03.1", half1)'


@BREAKAGES.of(rules.own_exercises, "{why1} speaks of an exercise of lesson 05, and this is lesson 03")
def an_exercise_is_called_by_its_former_number(notebook, cells):
    cells["why1"].source += " See exercise 05.1."


@BREAKAGES.of(rules.own_exercises, "{start} speaks of an exercise of lesson 05, and this is lesson 03")
def a_module_of_checks_is_called_by_its_former_number(notebook, cells):
    cells["start"].source += "\nfrom helpers.exercises import lesson_05"


@pytest.mark.parametrize(("rule", "break_it", "complaint"), BREAKAGES)
def test_a_broken_lesson_has_that_problem_only(rule, break_it, complaint, tmp_path):
    assert_only_problem(rule, break_it, complaint, tmp_path)


def test_every_rule_has_a_lesson_that_breaks_it():
    broken = {breakage.values[0] for breakage in BREAKAGES} | {rules.file_name}
    assert broken == set(rules.RULES)


def test_a_file_that_is_no_notebook_is_named_so(tmp_path):
    path = tmp_path / "03_weights.ipynb"
    path.write_text("{", encoding="utf-8")
    (problem,) = problems(path)
    assert problem.startswith("not a valid notebook")


def test_a_notebook_that_breaks_the_format_is_named_so(tmp_path):
    notebook = good_lesson()
    cells_by_id(notebook)["start"].outputs = "none"
    (problem,) = problems(save(notebook, tmp_path))
    assert problem.startswith("not a valid notebook")


def test_an_older_format_has_no_ids(tmp_path):
    notebook = nbformat.convert(good_lesson(), 4)
    notebook.nbformat_minor = 4
    for cell in notebook.cells:
        del cell["id"]
    (problem,) = problems(save(notebook, tmp_path))
    assert "cells have no ids" in problem


def test_an_empty_notebook_is_faulted_not_fatal(tmp_path):
    assert problems(save(new_notebook(), tmp_path)) != []


@pytest.mark.parametrize(
    "prose",
    [
        "It is 0.250, or 25%, no less than 25 %.",
        "It stays at 0.97 (97.0%).",
        "The code says `0.75`, the formula $0.75^4$, and $$0.75 \\cdot 0.5$$ too.",
        "See [He et al., 0.75](https://example.org/1502.01852) and https://example.org/0.75.",
        "Exercise 03.2, section 4.2 and Python 3.11 are names; 3.11.7 is a version.",
        "There are 12 layers, 1000 points and 3 of them in lesson 7.",
        "### Now 0.75 of it",
        "```\n0.75\n```",
    ],
)
def test_prose_may_say(prose, tmp_path):
    notebook = good_lesson()
    cells_by_id(notebook)["why1"].source = f"**Why.**\n\n{prose}"
    assert problems(save(notebook, tmp_path)) == []


@pytest.mark.parametrize("number", ["0.5", "0.2", "25.5%", "7 %", "2.50", "1.5e-3"])
def test_prose_may_not_say(number, tmp_path):
    notebook = good_lesson()
    cells_by_id(notebook)["why1"].source = f"**Why.** It is about {number}."
    (problem,) = problems(save(notebook, tmp_path))
    assert number in problem


def test_images_are_not_searched_for_paths(tmp_path):
    notebook = good_lesson()
    cells_by_id(notebook)["run1"].outputs = [figure("//home/x+/tmp/y", ALT)]
    assert problems(save(notebook, tmp_path)) == []


def test_only_names_that_outlive_the_cell_count_as_assigned():
    tree = ast.parse(
        "a = b = [c for c in d]\nfor e, (f, *g) in h:\n    i.j = k[0] = 1\n"
        "def m(n):\n    o = n\nif (p := q):\n    r: int = lambda s: s\n"
    )
    assert names_assigned(tree) == set("abefgmpr")
