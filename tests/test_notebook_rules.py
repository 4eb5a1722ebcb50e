"""Each rule finds its fault, and nothing else, in a good lesson that was broken on purpose."""

from pathlib import Path

import pytest

from tests import notebook_rules as rules
from tests.lesson_examples import (
    ALT,
    Breakages,
    assert_only_problem,
    cells_by_id,
    claim,
    code,
    drop,
    figure,
    good_lesson,
    insert,
    markdown,
    save,
)
from tests.notebook_reading import Lesson, words
from tests.notebook_rules import problems

BREAKAGES = Breakages()
KEEPERS = []

TABLE = "| layer | slope |\n|---|---|\n| one | flat |"


def keeps(function):
    """Register a function that changes a good lesson, perhaps as far as a rule lets it."""
    KEEPERS.append(pytest.param(function, id=function.__name__))
    return function


def statements(count):
    return "\n\n".join(["pass"] * count)


def text(count):
    return " ".join(["word"] * count)


def alt_of(notebook, name, alt):
    """Give the figures of a cell an alternative text."""
    cells_by_id(notebook)[name].metadata["alt"] = alt


# Its size -----------------------------------------------------------------------------------------


def fill_up(notebook, count):
    """Add a cell that brings the prose of the example to `count` words."""
    missing = count - words(Lesson(Path("03_watch.ipynb"), notebook).story)
    insert(notebook, "use", markdown("aside", text(missing), "skip"))


@keeps
def it_has_1500_words(notebook, cells):
    fill_up(notebook, 1500)


@keeps
def its_exercises_and_what_to_read_are_long(notebook, cells):
    for name in ("task1", "exercises", "reading"):
        cells[name].source += "\n\n" + text(1500)
        cells[name].metadata.slideshow.slide_type = "skip"


@keeps
def a_long_exercise_stands_before_the_others(notebook, cells):
    moved = [cells[f"{part}1"] for part in ("task", "stub", "check", "solution")]
    drop(notebook, *[cell.id for cell in moved])
    insert(notebook, "use", *moved)
    cells["task1"].source += "\n\n" + text(1500)
    cells["task1"].metadata.slideshow.slide_type = "skip"


@BREAKAGES.of(rules.prose_is_short, "1501 words of prose")
def it_has_1501_words(notebook, cells):
    fill_up(notebook, 1501)


@pytest.mark.parametrize(
    ("markdown", "count"),
    [
        ("Two words.", 2),
        ("## A heading, **bold** - and `code`", 5),
        ("So $a + b$, and\n\n$$\nc = d\n$$\n\nthen", 3),
        ("Before\n\n```python\nx = 1\n```\n\nafter", 2),
        ("See [the paper](https://example.org/a_b) or https://example.org", 4),
        ("One ![the loss falls](attachment:loss.png) <br> two", 2),
        ("[One](two.ipynb 'the second lesson')", 1),
        (TABLE, 4),
        ("|one|two|", 2),
        ("- (a) mean |g| falls", 4),
        ("", 0),
    ],
)
def test_words_are_what_a_reader_reads(markdown, count):
    assert words(markdown) == count


@keeps
def it_has_20_code_cells(notebook, cells):
    insert(notebook, "use", *[code(f"extra{k}", "pass") for k in range(17)])


@BREAKAGES.of(rules.code_is_short, "21 visible code cells: a lesson has at most 20")
def it_has_21_code_cells(notebook, cells):
    insert(notebook, "use", *[code(f"extra{k}", "pass") for k in range(18)])


def long_cells(total):
    """Cells of 25 lines and one of what is left."""
    sizes = [25] * (total // 25) + [total % 25]
    return [code(f"extra{k}", statements(size), slide_type="skip") for k, size in enumerate(sizes) if size]


def visible_lines(notebook):
    names = ("start", "run1", "run2")
    return sum(bool(line) for name in names for line in cells_by_id(notebook)[name].source.splitlines())


@keeps
def it_has_200_lines_of_code(notebook, cells):
    insert(notebook, "use", *long_cells(200 - visible_lines(notebook)))


@BREAKAGES.of(rules.code_is_short, "201 visible lines of code: a lesson has at most 200")
def it_has_201_lines_of_code(notebook, cells):
    insert(notebook, "use", *long_cells(201 - visible_lines(notebook)))


@keeps
def cells_that_nobody_sees_are_long(notebook, cells):
    for name in ("stub1", "solution2"):
        cells[name].source = statements(250) + "\n" + cells[name].source
    insert(notebook, "use", code("hidden", statements(250), jupyter={"source_hidden": True}))


@BREAKAGES.of(rules.code_is_short, "{run2} has 26 lines of code: a visible cell has at most 25")
def a_cell_has_26_lines(notebook, cells):
    cells["run2"].source += "\n" + statements(24)
    cells["run2"].metadata.slideshow.slide_type = "skip"


@keeps
def a_slide_holds_12_lines_of_code(notebook, cells):
    cells["run2"].source += "\n" + statements(10)


@BREAKAGES.of(rules.slides_fit, "the slide that starts at {run2} holds 13 lines of code: at most 12")
def a_slide_holds_13_lines_of_code(notebook, cells):
    cells["run2"].source += "\n" + statements(11)


@BREAKAGES.of(rules.slides_fit, "the slide that starts at {run2} holds 13 lines of code: at most 12")
def a_slide_holds_13_lines_of_code_in_fragments(notebook, cells):
    insert(notebook, "claim2", code("more", statements(11), slide_type="fragment"))


@keeps
def a_slide_holds_60_words(notebook, cells):
    cells["exercises"].source += f"\n\n{text(59)}"


@BREAKAGES.of(rules.slides_fit, "the slide that starts at {exercises} holds 61 words: at most 60")
def a_slide_holds_61_words(notebook, cells):
    cells["exercises"].source += f"\n\n{text(60)}"


@BREAKAGES.of(rules.slides_fit, "the slide that starts at {exercises} holds 61 words: at most 60")
def a_slide_holds_61_words_around_one_that_is_skipped(notebook, cells):
    skipped, fragment = markdown("skipped", text(99), "skip"), markdown("more", text(60), "fragment")
    insert(notebook, "task1", skipped, fragment)


@keeps
def what_no_audience_sees_stands_between_slides(notebook, cells):
    insert(
        notebook,
        "why2",
        markdown("aside", text(61), "notes"),
        code("skipped", statements(13), slide_type="skip"),
        code("hidden", statements(13), slide_type="fragment", jupyter={"source_hidden": True}),
    )


@keeps
def an_exercise_is_longer_than_a_slide(notebook, cells):
    for name in ("stub1", "check1", "solution1"):
        cells[name].source = statements(13) + "\n" + cells[name].source
    insert(notebook, "task2", markdown("look2", text(61), tags=["solution"]))


# How it starts ------------------------------------------------------------------------------------


@BREAKAGES.of(rules.source_linked, "the opening does not link its source")
def the_source_has_no_address(notebook, cells):
    cells["opening"].source = cells["opening"].source.replace("https://example.org/vanishing", "#needs")


@BREAKAGES.of(rules.source_linked, "the opening does not link its source")
def the_source_is_a_picture(notebook, cells):
    cells["opening"].source = cells["opening"].source.replace("[a notebook", "![a notebook")


@BREAKAGES.of(rules.source_linked, "the opening does not link its source")
def the_source_is_linked_later(notebook, cells):
    cells["predict1"].source = "[It](https://example.org) says so.\n\n" + cells["predict1"].source
    cells["opening"].source = cells["opening"].source.replace("(https://example.org/vanishing)", "")


@keeps
def the_source_is_linked_beside_the_objectives(notebook, cells):
    cells["opening"].source = cells["opening"].source.replace("(https://example.org/vanishing)", "")
    cells["goals"].source += " See [it](http://example.org)."


@BREAKAGES.of(rules.first_figure_early, "none of the first 2 code cells shows a figure")
def the_first_figure_comes_in_the_third_code_cell(notebook, cells):
    insert(notebook, "predict1", code("data", "X, y = circles()"))


@keeps
def the_first_code_cell_shows_the_first_figure(notebook, cells):
    cells["start"].outputs, cells["run1"].outputs = cells["run1"].outputs, []
    cells["start"].metadata["alt"] = cells["run1"].metadata.pop("alt")
    insert(notebook, "predict1", markdown("look0", "**Look.** It lies flat.", "skip"), code("data", "X, y = circles()"))


PLAIN = "trains in plain Keras"


@BREAKAGES.of(rules.plain_keras_first, f"no visible cell {PLAIN}")
def nothing_is_trained_in_plain_keras(notebook, cells):
    cells["run1"].source = "net = keras.Sequential([])\ndraw(net)"


@BREAKAGES.of(rules.plain_keras_first, f"no visible cell {PLAIN}")
def only_a_hidden_cell_trains_in_plain_keras(notebook, cells):
    hidden = code("hidden", cells["run1"].source, jupyter={"source_hidden": True})
    cells["run1"].source = "draw()"
    insert(notebook, "predict2", hidden)


@BREAKAGES.of(rules.plain_keras_first, f"no visible cell {PLAIN}")
def the_plain_model_comes_from_helpers(notebook, cells):
    cells["run1"].source = "net = models.make_mlp('tanh')\nnet.fit(X, y)"


@BREAKAGES.of(rules.plain_keras_first, f"no visible cell {PLAIN}")
def the_plain_figure_comes_from_helpers(notebook, cells):
    cells["run1"].source = "import helpers.plotting as p\n\nnet.fit(X, y)\np.plot_gradients(net)"


def put_before_training(notebook, cells, source):
    """Let a cell `early` stand between the first figure and the plain training."""
    early, late = code("early", source, slide_type="skip"), code("late", cells["run1"].source, slide_type="skip")
    cells["run1"].source = "draw()"
    insert(notebook, "predict2", early, late)


@BREAKAGES.of(rules.plain_keras_first, f"no visible cell before {{early}} {PLAIN}")
def replicas_come_first(notebook, cells):
    put_before_training(notebook, cells, "make(replicas=100)")


@BREAKAGES.of(rules.plain_keras_first, f"no visible cell before {{early}} {PLAIN}")
def a_training_by_helpers_comes_first(notebook, cells):
    put_before_training(notebook, cells, "from helpers.training import train_model as fit\n\nfit(net, X, y)")


@BREAKAGES.of(rules.plain_keras_first, f"no visible cell before {{early}} {PLAIN}")
def a_training_of_several_comes_first(notebook, cells):
    put_before_training(notebook, cells, "training.train_each(nets, X, y)")


@BREAKAGES.of(rules.plain_keras_first, f"no visible cell before {{early}} {PLAIN}")
def a_sweep_comes_first(notebook, cells):
    put_before_training(notebook, cells, "from helpers import sweeps\n\nsweeps.run(cells, X, y)")


@BREAKAGES.of(rules.plain_keras_first, f"no visible cell before {{early}} {PLAIN}")
def a_probe_comes_first(notebook, cells):
    put_before_training(notebook, cells, "from helpers import signals\n\nsignals.probe('tanh')")


@keeps
def probe_is_a_word_of_ones_own(notebook, cells):
    put_before_training(notebook, cells, "probe = np.zeros(3)\nprobe.sum()")


@keeps
def a_tape_trains_in_plain_keras(notebook, cells):
    cells["run1"].source = "with tf.GradientTape() as tape:\n    loss = net(X)"


@keeps
def a_tape_trains_under_its_own_name(notebook, cells):
    cells["run1"].source = "from tensorflow import GradientTape\n\nwith GradientTape() as tape:\n    loss = net(X)"


@keeps
def nothing_is_trained_at_all(notebook, cells):
    cells["run1"].source = "draw(np.tanh(x))"
    cells["run2"].source = "from helpers import theory\n\ntheory.gain('tanh')"


@keeps
def a_net_of_keras_is_run_but_not_trained(notebook, cells):
    cells["run1"].source = "import keras\n\ndraw(keras.nn(x))"
    cells["run2"].source = "from helpers import theory\n\ntheory.gain('tanh')"


@keeps
def a_net_of_tensorflow_is_run_but_not_trained(notebook, cells):
    cells["run1"].source = "import tensorflow as tf\n\ndraw(tf.nn(x))"
    cells["run2"].source = "from helpers import theory\n\ntheory.gain('tanh')"


@keeps
def a_net_of_old_keras_is_run_but_not_trained(notebook, cells):
    cells["run1"].source = "import tf_keras\n\ndraw(tf_keras.nn(x))"
    cells["run2"].source = "from helpers import theory\n\ntheory.gain('tanh')"


@BREAKAGES.of(rules.plain_keras_first, f"no visible cell {PLAIN}")
def only_helpers_train_one_net(notebook, cells):
    cells["run1"].source, cells["run2"].source = "draw(np.tanh(x))", "training.train_plainly(net, X, y)"


@BREAKAGES.of(rules.plain_keras_first, f"no visible cell {PLAIN}")
def only_helpers_train_a_net(notebook, cells):
    cells["run1"].source, cells["run2"].source = "draw(np.tanh(x))", "training.train_model(net, X, y)"


@BREAKAGES.of(rules.plain_keras_first, f"no visible cell {PLAIN}")
def only_helpers_train_several_nets(notebook, cells):
    cells["run1"].source, cells["run2"].source = "draw(np.tanh(x))", "training.train_each(nets, X, y)"


@BREAKAGES.of(rules.plain_keras_first, f"no visible cell {PLAIN}")
def only_a_sweep_trains(notebook, cells):
    cells["run1"].source, cells["run2"].source = (
        "draw(np.tanh(x))",
        "from helpers import sweeps\n\nsweeps.run(cells, X, y)",
    )


@BREAKAGES.of(rules.plain_keras_first, "no visible cell before {run1} computes in plain NumPy or Keras")
def nothing_is_trained_and_helpers_come_first(notebook, cells):
    cells["run1"].source = "from helpers import theory\n\ndraw(theory.gain('tanh'))"
    cells["run2"].source = "np.tanh(x)"


@BREAKAGES.of(rules.plain_keras_first, "no visible cell computes in plain NumPy or Keras")
def nothing_is_trained_and_helpers_do_it_all(notebook, cells):
    cells["run1"].source = "draw()"
    cells["run2"].source = "from helpers import theory\n\ntheory.gain('tanh')"


# Predict, run, look -------------------------------------------------------------------------------


@BREAKAGES.of(rules.predictions, "fewer than 2 cells say **Predict.**")
def only_one_prediction_is_asked_for(notebook, cells):
    cells["predict2"].source = "And in how many?"


@BREAKAGES.of(rules.predictions, "{predict1} says **Predict.** but does not offer (a), (b), (c)")
def a_prediction_offers_two_choices(notebook, cells):
    cells["predict1"].source = cells["predict1"].source.replace("\n- (c) To zero.", "")


@BREAKAGES.of(rules.predictions, "{predict2} says **Predict.** but does not offer (a), (b), (c)")
def a_prediction_offers_five_choices(notebook, cells):
    cells["predict2"].source += "\n- (e) In one."


@BREAKAGES.of(rules.predictions, "{predict1} says **Predict.** but does not offer (a), (b), (c)")
def choices_stand_in_one_line(notebook, cells):
    cells["predict1"].source = "## One net\n\n**Predict.** How far? (a) Not. (b) By half. (c) To zero."


@BREAKAGES.of(rules.predictions, "{predict1} says **Predict.** but does not offer (a), (b), (c)")
def choices_are_out_of_order(notebook, cells):
    cells["predict1"].source = cells["predict1"].source.replace("(b)", "(z)")


@BREAKAGES.of(rules.predictions, "{predict1} says **Predict.** but does not offer (a), (b), (c)")
def a_choice_is_empty(notebook, cells):
    cells["predict1"].source = cells["predict1"].source.replace(" To zero.", "")


@keeps
def the_last_choice_takes_two_lines(notebook, cells):
    cells["predict1"].source += "\n  Or to 0.125."


@BREAKAGES.of(rules.predictions, "{predict1} goes on after its choices")
def the_answer_stands_below_the_choices(notebook, cells):
    cells["predict1"].source += "\n\nIt is (a)."


@BREAKAGES.of(rules.predictions, "{predict1} says **Predict.** but the next cell is not visible code")
def a_prediction_comes_before_text(notebook, cells):
    insert(notebook, "run1", markdown("aside", "An aside.", "notes"))


@BREAKAGES.of(rules.predictions, "{predict1} says **Predict.** but its answer is a fragment of the same slide")
def the_answer_is_on_the_slide_of_its_question(notebook, cells):
    cells["run1"].metadata["slideshow"]["slide_type"] = "fragment"


@BREAKAGES.of(rules.predictions, "{predict1} says **Predict.** but its answer is a fragment of the same slide")
def the_answer_is_on_the_slide_of_its_question_after_a_cell_that_is_not(notebook, cells):
    cells["start"].metadata["slideshow"]["slide_type"] = "skip"
    notebook.cells.remove(cells["predict1"])
    insert(notebook, "start", cells["predict1"])
    cells["run1"].metadata["slideshow"]["slide_type"] = "fragment"


@BREAKAGES.of(rules.predictions, "{predict2} says **Predict.** but the next cell is not visible code")
def a_prediction_comes_before_a_claim(notebook, cells):
    notebook.cells.remove(cells["claim2"])
    insert(notebook, "run2", cells["claim2"])


@keeps
def a_look_has_60_words(notebook, cells):
    cells["look1"].source = f"**Look.** {text(60)}\n\n**Why.** {text(9)}"
    cells["look1"].metadata.slideshow.slide_type = "skip"


@BREAKAGES.of(rules.figures_are_shown, "{run1} shows a figure that slides leave out, but they show the **Look.**")
def slides_show_a_look_without_its_figure(notebook, cells):
    cells["run1"].metadata["slideshow"]["slide_type"] = "skip"
    cells["look1"].metadata["slideshow"]["slide_type"] = "subslide"


@keeps
def slides_leave_out_a_figure_and_its_look(notebook, cells):
    cells["run1"].metadata["slideshow"]["slide_type"] = "skip"
    cells["look1"].metadata["slideshow"]["slide_type"] = "skip"


@BREAKAGES.of(rules.findings_are_shown, "{found} holds what was found, and slides leave it out")
def slides_leave_out_the_findings(notebook, cells):
    cells["found"].metadata["slideshow"]["slide_type"] = "skip"


@keeps
def a_finding_fills_its_slide(notebook, cells):
    cells["found"].source = cells["found"].source.replace("\n3. A third.", "")
    insert(notebook, "exercises", markdown("finding", f"3. {text(89)}"))


@BREAKAGES.of(rules.slides_fit, "holds 91 words: at most 90")
def a_finding_is_too_long_for_its_slide(notebook, cells):
    cells["found"].source = cells["found"].source.replace("\n3. A third.", "")
    insert(notebook, "exercises", markdown("finding", f"3. {text(90)}"))


@BREAKAGES.of(rules.looks_are_short, "{look1} looks at a figure for 61 words: at most 60")
def a_look_has_61_words(notebook, cells):
    cells["look1"].source = f"**Look.** {text(60)}\n\nMore."
    cells["look1"].metadata.slideshow.slide_type = "skip"


@BREAKAGES.of(rules.alternative_text, "{run1} shows a figure, but 'alt' in its metadata is no text")
def a_figure_has_no_alternative_text(notebook, cells):
    del cells["run1"].metadata["alt"]


@BREAKAGES.of(rules.alternative_text, "{run1} shows a figure, but 'alt' in its metadata is no text")
def an_alternative_text_is_a_list(notebook, cells):
    cells["run1"].metadata["alt"] = [ALT]


@keeps
def an_alternative_text_has_30_characters(notebook, cells):
    alt_of(notebook, "run1", "a" * 30)


@BREAKAGES.of(rules.alternative_text, "no text of 30 to 400 characters")
def an_alternative_text_has_29_characters(notebook, cells):
    alt_of(notebook, "run1", "a" * 29)


@keeps
def an_alternative_text_has_400_characters(notebook, cells):
    alt_of(notebook, "run1", "a" * 400)


@BREAKAGES.of(rules.alternative_text, "no text of 30 to 400 characters")
def an_alternative_text_has_401_characters(notebook, cells):
    alt_of(notebook, "run1", "a" * 401)


@BREAKAGES.of(rules.alternative_text, "{run1}: its alternative text starts with 'Plot'")
def an_alternative_text_is_a_plot(notebook, cells):
    alt_of(notebook, "run1", f"Plot of {ALT}")


@BREAKAGES.of(rules.alternative_text, "{run1}: its alternative text starts with 'figure'")
def an_alternative_text_is_a_figure(notebook, cells):
    alt_of(notebook, "run1", f"figure: {ALT}".replace("figure:", "figure"))


@BREAKAGES.of(rules.alternative_text, "{run1}: its alternative text starts with 'Image:'")
def an_alternative_text_is_an_image(notebook, cells):
    alt_of(notebook, "run1", f"Image: {ALT}")


@BREAKAGES.of(rules.alternative_text, "{solution1} shows a figure, but 'alt'")
def the_figure_of_a_solution_has_no_alternative_text(notebook, cells):
    cells["solution1"].outputs.append(figure("bbbb"))
    insert(notebook, "task2", markdown("look2", "**Look.** It is half.", tags=["solution"]))


@BREAKAGES.of(rules.no_tricks, "{why1} speaks of how lessons are made fast: compiled already")
def text_tells_a_trick(notebook, cells):
    cells["why1"].source += " The epoch is compiled\nalready."


@BREAKAGES.of(rules.no_tricks, "{why1} speaks of how lessons are made fast: share what is compiled")
def text_tells_another_trick(notebook, cells):
    cells["why1"].source += " Nets share what is compiled."


@BREAKAGES.of(rules.no_tricks, "{run1} speaks of how lessons are made fast: threadpool_limits")
def code_plays_a_trick(notebook, cells):
    cells["run1"].source += "\nthreadpool_limits(1)"


@BREAKAGES.of(rules.no_tricks, "{stub1} speaks of how lessons are made fast: bind_optimizer")
def an_exercise_plays_a_trick(notebook, cells):
    cells["stub1"].source += "\nbind_optimizer(net)"


@keeps
def a_hidden_cell_plays_a_trick(notebook, cells):
    cells["claim1"].source += "\nthreadpool_limits(1)"


# What is claimed ----------------------------------------------------------------------------------


def findings(count, form="{k}. Item."):
    return "## What we found\n\n" + "\n".join(form.format(k=k) for k in range(1, count + 1))


@keeps
def five_things_are_found(notebook, cells):
    cells["found"].source = findings(5, "{k}. Item\n   in two lines.")
    insert(notebook, "why2", claim(4), claim(5))


@BREAKAGES.of(rules.findings_numbered, "'What we found' has 6 numbered items: 3 to 5")
def six_things_are_found(notebook, cells):
    cells["found"].source = findings(6)
    insert(notebook, "why2", claim(4), claim(5), claim(6))


@BREAKAGES.of(rules.findings_numbered, "'What we found' has 2 numbered items: 3 to 5")
def two_things_are_found(notebook, cells):
    cells["found"].source = findings(2)
    drop(notebook, "claim3")


@BREAKAGES.of(rules.findings_numbered, "'What we found' has 0 numbered items: 3 to 5")
def what_was_found_is_not_numbered(notebook, cells):
    cells["found"].source = findings(3, "- Item {k}.")
    drop(notebook, "claim1", "claim2", "claim3")


@BREAKAGES.of(rules.findings_numbered, "'What we found' is not numbered from 1 on: [1, 3, 2]")
def what_was_found_is_numbered_out_of_order(notebook, cells):
    cells["found"].source = "## What we found\n\n1. One thing.\n3. Another.\n2. A third."


@BREAKAGES.of(rules.findings_claimed, "item 2 of 'What we found' has 0 claim cells")
def an_item_has_no_claim(notebook, cells):
    drop(notebook, "claim2")


@BREAKAGES.of(rules.findings_claimed, "item 2 of 'What we found' has 0 claim cells")
def a_claim_has_no_tag(notebook, cells):
    cells["claim2"].metadata.tags = []


@BREAKAGES.of(rules.findings_claimed, "item 3 of 'What we found' has 2 claim cells")
def an_item_has_two_claims(notebook, cells):
    again = claim(3)
    again.id = "again"
    insert(notebook, "why2", again)


@BREAKAGES.of(rules.findings_claimed, "claim 4 has no item in 'What we found'")
def a_claim_has_no_item(notebook, cells):
    insert(notebook, "why2", claim(4))


@BREAKAGES.of(rules.findings_claimed, "{claim2} is tagged 'claim' but does not begin with '# Claim ' and a number")
def a_claim_does_not_say_which(notebook, cells):
    cells["claim2"].source = "# So it is.\nassert spread < 1"


@BREAKAGES.of(rules.findings_claimed, "{claim2} is tagged 'claim' but does not begin with '# Claim ' and a number")
def a_claim_says_which_too_late(notebook, cells):
    cells["claim2"].source = "low = 0\n" + cells["claim2"].source


@BREAKAGES.of(rules.claims_in_form, "{claim1} is tagged 'claim' but not collapsed")
def a_claim_is_open_to_view(notebook, cells):
    cells["claim1"].metadata.jupyter.source_hidden = False


@keeps
def a_claim_has_15_lines(notebook, cells):
    cells["claim1"].source += "\n" + statements(13)


@BREAKAGES.of(rules.claims_in_form, "{claim1} has 16 lines: a claim has at most 15")
def a_claim_has_16_lines(notebook, cells):
    cells["claim1"].source += "\n" + statements(14)


@BREAKAGES.of(rules.claims_in_form, "{claim1} is tagged 'claim' but asserts nothing")
def a_claim_asserts_nothing(notebook, cells):
    cells["claim1"].source = "# Claim 1: so it is.\nspread < 1  # assert"


@BREAKAGES.of(rules.claims_in_form, "{claim1} is tagged 'claim' but asserts nothing of what was measured")
def a_claim_asserts_what_is_always_true(notebook, cells):
    cells["claim1"].source = "# Claim 1: so it is.\nassert 0.25 < 1"


@keeps
def one_cell_prints_what_depends_on_the_machine(notebook, cells):
    cells["run2"].metadata.tags = ["nbval-ignore-output"]


@BREAKAGES.of(rules.compared_by_nbval, "{run1}, {run2} are kept from nbval: at most one")
def two_cells_are_kept_from_nbval(notebook, cells):
    cells["run1"].metadata.tags = cells["run2"].metadata.tags = ["nbval-ignore-output"]


@BREAKAGES.of(rules.compared_by_nbval, "{late} is kept from nbval but no claim follows")
def no_claim_bounds_a_cell_that_is_kept_from_nbval(notebook, cells):
    insert(notebook, "why2", code("late", "print(spread)", tags=["nbval-ignore-output"]))


@BREAKAGES.of(rules.compared_by_nbval, "{run2} is kept from nbval")
def a_cell_is_skipped_by_nbval(notebook, cells):
    cells["run2"].metadata.tags = ["nbval-skip"]


@BREAKAGES.of(rules.compared_by_nbval, "{run2} is kept from nbval")
def a_cell_may_raise(notebook, cells):
    cells["run2"].metadata.tags = ["raises-exception"]


@BREAKAGES.of(rules.compared_by_nbval, "{run2} is kept from nbval")
def a_comment_keeps_a_cell_from_nbval(notebook, cells):
    cells["run2"].source += "\n# NBVAL_IGNORE_OUTPUT"


# How it ends --------------------------------------------------------------------------------------


@BREAKAGES.of(rules.closing_sections, "the last sections are not Use it, What we found, Exercises, Read on")
def nothing_is_of_use(notebook, cells):
    drop(notebook, "use")


@BREAKAGES.of(rules.closing_sections, "the last sections are not")
def what_was_found_comes_before_what_is_of_use(notebook, cells):
    notebook.cells.remove(cells["use"])
    insert(notebook, "exercises", cells["use"])


@BREAKAGES.of(rules.closing_sections, "the last sections are not")
def reading_comes_before_exercises(notebook, cells):
    notebook.cells.remove(cells["reading"])
    insert(notebook, "exercises", cells["reading"])


@BREAKAGES.of(rules.closing_sections, "the last sections are not")
def a_section_comes_after_the_last(notebook, cells):
    cells["reading"].source += "\n\n## And also"


@BREAKAGES.of(rules.closing_sections, "each once")
def there_are_exercises_in_the_middle(notebook, cells):
    insert(notebook, "predict2", markdown("middle", "## Exercises"))


@BREAKAGES.of(rules.use_it, "'Use it' holds no code to take home")
def there_is_nothing_to_take_home(notebook, cells):
    cells["use"].source = "## Use it\n\nTake `he_normal`."


@BREAKAGES.of(rules.use_it, "'Use it' holds no code to take home")
def what_to_take_home_stands_in_other_sections(notebook, cells):
    fence = "```\nDense(5)\n```"
    cells["use"].source = f"{fence}\n\n## Use it\n\nTake `he_normal`."
    cells["found"].source += f"\n\n{fence}"


@BREAKAGES.of(rules.use_it, "'Use it' holds no code to take home")
def there_is_only_a_claim_to_take_home(notebook, cells):
    drop(notebook, "claim3")
    cells["use"].source = "## Use it\n\nTake `he_normal`."
    insert(notebook, "found", cells["claim3"])


@keeps
def a_cell_is_to_be_taken_home(notebook, cells):
    cells["use"].source = "## Use it\n\nTake this:"
    insert(notebook, "found", code("home", statements(15), slide_type="skip"))


@keeps
def there_are_15_lines_to_take_home(notebook, cells):
    cells["use"].source = f"## Use it\n\n~~~python\n## a net\n{statements(14)}\n~~~\n"


@BREAKAGES.of(rules.use_it, "an example in 'Use it' has 16 lines: at most 15")
def there_are_16_lines_to_take_home(notebook, cells):
    cells["use"].source += f"\n\nOr:\n\n~~~python\n{statements(16)}\n~~~\n"


@BREAKAGES.of(rules.use_it, "an example in 'Use it' has 16 lines: at most 15")
def a_cell_of_16_lines_is_to_be_taken_home(notebook, cells):
    insert(notebook, "found", code("home", statements(16), slide_type="skip"))


@BREAKAGES.of(rules.solutions_hidden, "{solution2}: the outputs of a solution are not collapsed")
def the_outputs_of_a_solution_are_open_to_view(notebook, cells):
    del cells["solution2"].metadata.jupyter["outputs_hidden"]


# All of them --------------------------------------------------------------------------------------


@pytest.mark.parametrize("change", KEEPERS)
def test_a_lesson_that_goes_as_far_as_it_may_has_no_problems(change, tmp_path):
    notebook = good_lesson()
    change(notebook, cells_by_id(notebook))
    assert problems(save(notebook, tmp_path)) == []


@pytest.mark.parametrize(("rule", "break_it", "complaint"), BREAKAGES)
def test_a_broken_lesson_has_that_problem_only(rule, break_it, complaint, tmp_path):
    assert_only_problem(rule, break_it, complaint, tmp_path)


def test_every_rule_has_a_lesson_that_breaks_it():
    assert {breakage.values[0] for breakage in BREAKAGES} == set(rules.RULES)
