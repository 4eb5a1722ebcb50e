"""Each rule finds its fault, and nothing else, in a good lesson that was broken on purpose."""

import ast
import json

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tests import notebook_rules as rules

BREAKAGES = []
KERNEL = {"name": "python3", "display_name": "Python 3 (ipykernel)"}


def printed(text):
    return new_output("stream", name="stdout", text=text)


def shown(data):
    return new_output("display_data", data=data)


def figure(name="aaaa"):
    return shown({"image/png": name, "text/plain": "<Figure size 640x480 with 1 Axes>"})


def markdown(name, source, tags=()):
    return new_markdown_cell(source, id=name, metadata={"tags": list(tags)})


def code(name, source, *outputs, tags=(), **metadata):
    return new_code_cell(source, id=name, outputs=list(outputs), metadata={"tags": list(tags), **metadata})


def exercise(k):
    name = f"03.{k}"
    return [
        markdown(f"task{k}", f"### Exercise {name}: halve it\n\nFind the half of 3.", ["exercise"]),
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
            jupyter={"source_hidden": True},
        ),
    ]


def good_lesson():
    """A lesson that keeps every rule; each cell is known by its id."""
    cells = [
        markdown(
            "opening",
            "# Watch the weights\n\nWhich layer moves most?\n\n## Objectives\n\n"
            "- Measure a spread.\n- Explain it.\n\n**Time.** 20 minutes.\n\n**Needs.** Lesson 01.",
        ),
        code("start", "from helpers import session\n\nsession.start(seed=42)"),
        markdown("predict1", "## Two spreads\n\n**Predict.** Will they be the same?"),
        code("run1", "draw()", figure()),
        markdown("look1", "**Look.** The curves lie flat."),
        code("claim1", 'print("0.25 in 97% of runs")\nassert 0.25 < 1', tags=["claim"]),
        markdown("why1", "**Why.** A quarter, 0.25, is left in 97 % of runs."),
        markdown("predict2", "**Predict.** And deeper?"),
        code("claim2", "assert True", printed("0.25 in 97% of runs\n"), tags=["claim"]),
        markdown("why2", "**Why.** As above."),
        markdown("found", "## What we found\n\n- One thing.\n- Another."),
        markdown("exercises", "## Exercises"),
        *exercise(1),
        *exercise(2),
        markdown("reading", "## Read on\n\n- A paper that reports 12.5%."),
    ]
    notebook = new_notebook(cells=cells, metadata={"kernelspec": dict(KERNEL), "rise": dict(rules.RISE)})
    for cell in notebook.cells:
        cell.metadata["slideshow"] = {"slide_type": "subslide"}
    notebook.cells[0].metadata.slideshow.slide_type = "slide"
    return numbered(notebook)


def numbered(notebook):
    code_cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for count, cell in enumerate(code_cells, start=1):
        cell.execution_count = count
    return notebook


def drop(notebook, *names):
    notebook.cells = [cell for cell in notebook.cells if cell.id not in names]
    numbered(notebook)


def save(notebook, folder, name="03_watch_the_weights.ipynb"):
    path = folder / name
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path


def breaks(rule, complaint):
    """Register a function that makes a good lesson break `rule`, and what is said about it."""

    def register(function):
        BREAKAGES.append(pytest.param(rule, function, complaint, id=function.__name__))
        return function

    return register


def test_a_good_lesson_has_no_problems(tmp_path):
    assert rules.problems(save(good_lesson(), tmp_path)) == []


@pytest.mark.parametrize("name", ["3_weights", "03-weights", "03_Weights", "03_", "weights"])
def test_a_file_name_tells_number_and_topic(name, tmp_path):
    found = rules.problems(save(good_lesson(), tmp_path, f"{name}.ipynb"))
    assert f"{name}.ipynb is not named NN_snake_case.ipynb" in found


@breaks(rules.file_size, "a lesson stays under 1000000")
def a_figure_is_huge(notebook, cells):
    cells["run1"].outputs[0].data["image/png"] = "a" * 1_000_000


@breaks(rules.cell_ids, "cell 5 has the id of another cell: run1")
def two_cells_share_an_id(notebook, cells):
    cells["look1"].id = "run1"


@breaks(rules.cell_ids, "cell 5 has no id")
def a_cell_has_no_id(notebook, cells):
    del cells["look1"]["id"]


@breaks(rules.kernel, "the kernel is my-env, not python3")
def the_kernel_is_one_of_my_own(notebook, cells):
    notebook.metadata.kernelspec.name = "my-env"


@breaks(rules.kernel, "the kernel is None")
def no_kernel_is_named(notebook, cells):
    del notebook.metadata["kernelspec"]


@breaks(rules.executed_in_order, "not run in order")
def two_cells_were_run_in_another_order(notebook, cells):
    cells["run1"].execution_count, cells["claim1"].execution_count = 3, 2


@breaks(rules.executed_in_order, "not run in order")
def a_cell_was_not_run(notebook, cells):
    cells["solution2"].execution_count = None


@breaks(rules.no_errors, "cell 4 holds an error")
def an_error_is_stored(notebook, cells):
    error = new_output("error", ename="ValueError", evalue="no", traceback=["no"])
    cells["run1"].outputs.append(error)


@breaks(rules.no_stderr, "cell 4 holds stderr")
def a_warning_is_stored(notebook, cells):
    cells["run1"].outputs.append(new_output("stream", name="stderr", text="beware"))


@breaks(rules.no_machine_paths, "/home/ada/data.csv")
def a_path_is_read(notebook, cells):
    cells["run1"].source = 'read("/home/ada/data.csv")'


@breaks(rules.no_machine_paths, r"C:\\Users")
def a_windows_path_is_read(notebook, cells):
    cells["run1"].source = 'read("C:\\\\Users\\\\ada")'


@breaks(rules.no_machine_paths, "/opt/python/keras.py")
def a_path_is_printed(notebook, cells):
    cells["run1"].outputs.append(printed("saved: file:///opt/python/keras.py"))


@breaks(rules.no_machine_paths, "/Users/ada")
def a_path_is_told(notebook, cells):
    cells["why1"].source += " See /Users/ada for more."


@breaks(rules.no_addresses, "at 0x7f31")
def an_address_is_shown(notebook, cells):
    cells["run1"].outputs.append(shown({"text/plain": "<function f at 0x7f31>"}))


@breaks(rules.no_bare_artists, "<Axes")
def an_artist_is_shown(notebook, cells):
    cells["run1"].outputs.append(shown({"text/plain": "<Axes: title={'center': 'loss'}>"}))


@breaks(rules.no_progress_bars, "cell 4 holds a progress bar")
def a_progress_bar_is_stored(notebook, cells):
    cells["run1"].outputs.append(shown({"text/plain": "  0%|          | 0/3 [00:00<?, ?it/s]"}))


@breaks(rules.no_figure_twice, "the same figure twice")
def a_figure_is_shown_twice(notebook, cells):
    cells["run1"].outputs.append(figure())


@breaks(rules.no_trailing_semicolons, "cell 4 ends in a semicolon")
def a_semicolon_hides_a_result(notebook, cells):
    cells["run1"].source = "draw(); \n"


@breaks(rules.compared_by_nbval, "cell 4 is kept from nbval")
def a_comment_keeps_a_cell_from_nbval(notebook, cells):
    cells["run1"].source = "#NBVAL_IGNORE_OUTPUT\ndraw()"


@breaks(rules.compared_by_nbval, "cell 4 is kept from nbval")
def a_tag_keeps_a_cell_from_nbval(notebook, cells):
    cells["run1"].metadata.tags = ["nbval-skip"]


@breaks(rules.slide_types, "cell 5 has no slide type")
def a_cell_has_no_slide_type(notebook, cells):
    del cells["look1"].metadata["slideshow"]


@breaks(rules.slide_types, "cell 5 has no slide type")
def a_slide_type_is_unknown(notebook, cells):
    cells["look1"].metadata.slideshow.slide_type = "-"


@breaks(rules.slides_scroll, "metadata.rise is not")
def slides_do_not_scroll(notebook, cells):
    notebook.metadata.rise.scroll = False


@breaks(rules.slides_scroll, "metadata.rise is not")
def nothing_says_how_to_present(notebook, cells):
    del notebook.metadata["rise"]


@breaks(rules.slide_types, "cell 1 does not start a slide")
def the_first_slide_is_no_slide(notebook, cells):
    cells["opening"].metadata.slideshow.slide_type = "notes"


@breaks(rules.one_title, "does not start with the title")
def there_is_no_title(notebook, cells):
    cells["opening"].source = cells["opening"].source.removeprefix("# Watch the weights")


@breaks(rules.one_title, "more than one title: ['Watch the weights', 'Two']")
def there_are_two_titles(notebook, cells):
    cells["look1"].source += "\n\n# Two"


@breaks(rules.opening, "no '## Objectives' with two bullets or more")
def there_is_one_objective(notebook, cells):
    cells["opening"].source = cells["opening"].source.replace("- Explain it.\n", "")


@breaks(rules.opening, "no '## Objectives' with two bullets or more")
def objectives_have_no_heading(notebook, cells):
    cells["opening"].source = cells["opening"].source.replace("## Objectives", "You will:")


@breaks(rules.opening, "starts with **Time.**")
def the_time_is_not_told(notebook, cells):
    cells["opening"].source = cells["opening"].source.replace("**Time.** 20 minutes.", "")


@breaks(rules.opening, "starts with **Needs.**")
def the_needs_are_not_told(notebook, cells):
    cells["opening"].source = cells["opening"].source.replace("**Needs.**", "Needs:")


@breaks(rules.session_started_first, "does not call session.start(")
def the_session_is_not_started(notebook, cells):
    cells["start"].source = "from helpers import session"


@breaks(rules.predictions, "fewer than two cells say **Predict.**")
def only_one_prediction_is_asked_for(notebook, cells):
    cells["predict2"].source = "And deeper?"


@breaks(rules.predictions, "cell 8 says **Predict.** but the next cell is not code")
def a_prediction_comes_before_text(notebook, cells):
    cells["claim2"].outputs, cells["why1"].source = [], "**Why.** Because."
    position = notebook.cells.index(cells["claim2"])
    notebook.cells.insert(position, markdown("aside", "An aside."))
    notebook.cells[position].metadata["slideshow"] = {"slide_type": "notes"}


@breaks(rules.reasons, "fewer than two paragraphs start with **Why.**")
def only_one_reason_is_given(notebook, cells):
    drop(notebook, "why2")


@breaks(rules.figures_described, "cell 4 shows a figure but")
def a_figure_is_not_described(notebook, cells):
    cells["look1"].source = "The curves lie flat."


@breaks(rules.figures_described, "cell 21 shows a figure but")
def the_figure_of_the_last_cell_is_not_described(notebook, cells):
    last = cells["reading"]
    notebook.cells.remove(last)
    notebook.cells.insert(notebook.cells.index(cells["task2"]), last)
    last.source = "The first task again."
    cells["found"].source += "\n\n## Exercises\n\n## Read on"
    cells["exercises"].source = "Two tasks."
    cells["solution2"].outputs.append(figure("bbbb"))


@breaks(rules.claims_assert, "cell 6 is tagged 'claim' but asserts nothing")
def a_claim_asserts_nothing(notebook, cells):
    cells["claim1"].source = 'print("0.25 in 97% of runs")  # assert'


@breaks(rules.claims_assert, "fewer than two code cells are tagged 'claim'")
def there_is_one_claim(notebook, cells):
    cells["claim1"].metadata.tags = []
    cells["found"].source = "## What we found\n\n- One thing."


@breaks(rules.closing_sections, "the last sections are not")
def reading_comes_before_exercises(notebook, cells):
    notebook.cells.remove(cells["reading"])
    notebook.cells.insert(notebook.cells.index(cells["exercises"]), cells["reading"])


@breaks(rules.closing_sections, "the last sections are not")
def a_section_comes_after_the_last(notebook, cells):
    cells["reading"].source += "\n\n## And also"


@breaks(rules.findings_claimed, "'What we found' has 3 bullets for 2 claims")
def more_is_found_than_claimed(notebook, cells):
    cells["found"].source += "\n- A third."


@breaks(rules.findings_claimed, "'What we found' has 0 bullets for 2 claims")
def nothing_is_found(notebook, cells):
    cells["found"].source = "## What we found\n\nNot much."


@breaks(rules.numbers_shown, "cell 7 says 0.75, which no code cell has or prints")
def a_number_comes_from_nowhere(notebook, cells):
    cells["why1"].source = "**Why.** It falls to 0.75."


@breaks(rules.numbers_shown, "cell 7 says 9%, which")
def a_percentage_comes_from_nowhere(notebook, cells):
    cells["why1"].source = "**Why.** It does so in 9% of runs."


@breaks(rules.exercises, "4 exercises: a lesson has two or three")
def there_are_four_exercises(notebook, cells):
    added = [*exercise(3), *exercise(4)]
    for cell in added:
        cell.metadata["slideshow"] = {"slide_type": "fragment"}
    notebook.cells[-1:-1] = added
    numbered(notebook)


@breaks(rules.exercises, "1 exercises: a lesson has two or three")
def there_is_one_exercise(notebook, cells):
    drop(notebook, "task2", "stub2", "check2", "solution2")


@breaks(rules.exercises, "cell 17 does not start with '### Exercise 03.2'")
def an_exercise_has_the_wrong_number(notebook, cells):
    cells["task2"].source = "### Exercise 03.3: halve it"


@breaks(rules.exercises, "cell 13: exercise 03.1 is not followed by stub, check and solution cells")
def an_exercise_has_no_stub(notebook, cells):
    cells["stub1"].metadata.tags = []


@breaks(rules.exercises, "exercise 03.2 is not followed by stub, check and solution cells")
def the_last_exercise_has_no_solution(notebook, cells):
    drop(notebook, "solution2")


@breaks(rules.exercises, "cell 4 is tagged solution but belongs to no exercise")
def a_solution_stands_elsewhere(notebook, cells):
    cells["run1"].metadata.tags = ["solution"]


@breaks(rules.exercises, 'the check of exercise 03.1 does not call check("03.1"')
def a_check_is_of_another_exercise(notebook, cells):
    cells["check1"].source = 'check("03.2", half1)'


@breaks(rules.exercises, "the check of exercise 03.1 did not print '03.1: not attempted yet'")
def the_stub_was_accepted(notebook, cells):
    cells["check1"].outputs = [printed("03.1: right\n")]


@breaks(rules.exercises, "the solution of exercise 03.1 did not print '03.1: right'")
def the_solution_was_not_accepted(notebook, cells):
    cells["solution1"].outputs = [printed("03.1: not yet: it is too small\n")]


@breaks(rules.exercises, 'the solution of exercise 03.1 does not call check("03.1"')
def the_solution_is_not_checked(notebook, cells):
    cells["solution1"].source = "solved1 = 3 / 2"


@breaks(rules.exercises, "the solution of exercise 03.2 is not collapsed (source_hidden)")
def a_solution_is_open_to_view(notebook, cells):
    del cells["solution2"].metadata["jupyter"]


@breaks(rules.exercises, "the solution of exercise 03.1 reassigns half1")
def a_solution_overwrites_the_answer(notebook, cells):
    cells["solution1"].source = 'half1 = 3 / 2\ncheck("03.1", half1)'


@pytest.mark.parametrize(("rule", "break_it", "complaint"), BREAKAGES)
def test_a_broken_lesson_has_that_problem_only(rule, break_it, complaint, tmp_path):
    notebook = good_lesson()
    break_it(notebook, {cell.id: cell for cell in notebook.cells})
    path = save(notebook, tmp_path)
    (problem,) = rules.problems(path)
    assert complaint in problem
    assert [problem] == list(rule(rules.Lesson(path, notebook)))


def test_every_rule_has_a_lesson_that_breaks_it():
    broken = {breakage.values[0] for breakage in BREAKAGES} | {rules.file_name}
    assert broken == set(rules.RULES)


def test_a_file_that_is_no_notebook_is_named_so(tmp_path):
    path = tmp_path / "03_weights.ipynb"
    path.write_text("{", encoding="utf-8")
    (problem,) = rules.problems(path)
    assert problem.startswith("not a valid notebook")


def test_a_notebook_that_breaks_the_format_is_named_so(tmp_path):
    notebook = good_lesson()
    notebook.cells[1].outputs = "none"
    (problem,) = rules.problems(save(notebook, tmp_path))
    assert problem.startswith("not a valid notebook")


def test_an_older_format_has_no_ids(tmp_path):
    notebook = nbformat.convert(good_lesson(), 4)
    notebook.nbformat_minor = 4
    for cell in notebook.cells:
        del cell["id"]
    (problem,) = rules.problems(save(notebook, tmp_path))
    assert "cells have no ids" in problem


def test_an_empty_notebook_is_faulted_not_fatal(tmp_path):
    assert rules.problems(save(new_notebook(), tmp_path)) != []


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
    notebook.cells[6].source = f"**Why.**\n\n{prose}"
    assert rules.problems(save(notebook, tmp_path)) == []


@pytest.mark.parametrize("number", ["0.5", "0.2", "25.5%", "7 %", "2.50", "1.5e-3"])
def test_prose_may_not_say(number, tmp_path):
    notebook = good_lesson()
    notebook.cells[6].source = f"**Why.** It is about {number}."
    (problem,) = rules.problems(save(notebook, tmp_path))
    assert number in problem


def test_images_are_not_searched_for_paths(tmp_path):
    notebook = good_lesson()
    notebook.cells[3].outputs = [figure("//home/x+/tmp/y")]
    assert rules.problems(save(notebook, tmp_path)) == []


def test_only_names_that_outlive_the_cell_count_as_assigned():
    tree = ast.parse(
        "a = b = [c for c in d]\nfor e, (f, *g) in h:\n    i.j = k[0] = 1\n"
        "def m(n):\n    o = n\nif (p := q):\n    r: int = lambda s: s\n"
    )
    assert rules.names_assigned(tree) == set("abefgmpr")
