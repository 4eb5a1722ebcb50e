"""The guide for instructors: each lesson has its block, each *Predict* its question, each answer is the lesson's."""

import re
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest

from tests.lesson_examples import markdown
from tests.notebook_reading import CHOICE, leads
from tools.guide import GUIDE, blocks, note, questions

ROOT = Path(__file__).resolve().parent.parent
LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))
ROW = re.compile(r"^\| \[(?P<title>\d\d [^]]+)\]\(notebooks/\w+\.ipynb\) \|.*\| (?P<minutes>[\d +]+) \|$", re.M)
LETTER = re.compile(r"\(([a-d])\)")
# A sentence that names a choice in order to rule it out, or to say whom it tempts.
NOT_AN_ANSWER = re.compile(r"\bis out\b|\btempting\b|\b[Ww]ho says\b|\bmay say\b|\bchoose\b|\bdoes not explain\b")


@dataclass(frozen=True)
class Prediction:
    """A *Predict* cell: the letters of its choices, and the one that the text after it names; None if none is."""

    choices: str
    answer: str | None


def predictions(cells) -> list[Prediction]:
    starts = [k for k, cell in enumerate(cells) if cell.cell_type == "markdown" and leads(cell.source, "Predict")]
    found = []
    for start, end in zip(starts, [*starts[1:], len(cells)], strict=True):
        choices = "".join(match[1] for match in CHOICE.finditer(cells[start].source))
        after = (cell.source for cell in cells[start + 1 : end] if cell.cell_type == "markdown")
        named = next((letters for text in after if (letters := answers(text))), set())
        found.append(Prediction(choices, named.pop() if len(named) == 1 else None))
    return found


def answers(text: str) -> set[str]:
    """The letters that a cell names, but for sentences that speak of wrong choices; none after its next heading."""
    text = " ".join(re.split(r"^#", text, maxsplit=1, flags=re.M)[0].split())
    if stated := re.search(r"[Tt]he answer is \(([a-d])\)", text):
        return {stated[1]}
    sentences = re.split(r"(?<=[.!?]) ", text)
    return {letter for s in sentences if not NOT_AN_ANSWER.search(s) for letter in LETTER.findall(s)}


OF_LESSONS = {path.name: predictions(nbformat.read(path, as_version=4).cells) for path in LESSONS}
BLOCKS = blocks(GUIDE.read_text(encoding="utf-8"))
QUESTIONS = {file: questions(block["text"]) for file, block in BLOCKS.items()}
CHECKED = [
    (file, number, prediction.answer)
    for file, found in OF_LESSONS.items()
    for number, prediction in enumerate(found, start=1)
    if prediction.answer
]


def test_every_lesson_has_its_block_in_order():
    assert list(BLOCKS) == [path.name for path in LESSONS]
    assert [block["title"][:2] for block in BLOCKS.values()] == [path.name[:2] for path in LESSONS]


@pytest.mark.parametrize("file", OF_LESSONS)
def test_a_block_asks_one_question_for_each_prediction(file):
    numbers = [int(question["number"]) for question in QUESTIONS[file]]
    assert numbers == list(range(1, len(OF_LESSONS[file]) + 1)), f"{file} has {len(OF_LESSONS[file])} Predict cells"


@pytest.mark.parametrize("file", OF_LESSONS)
def test_a_question_offers_the_choices_of_the_lesson_and_a_wrong_one_tempts(file):
    for question, prediction in zip(QUESTIONS[file], OF_LESSONS[file], strict=True):
        where = f"{file}, question {question['number']}"
        assert "".join(LETTER.findall(question["ask"])) == prediction.choices, where
        tempting = set(LETTER.findall(question["tempting"]))
        assert tempting and question["right"] not in tempting, where
        assert tempting <= set(prediction.choices), where


@pytest.mark.parametrize(("file", "number", "answer"), CHECKED, ids=lambda value: str(value).removesuffix(".ipynb"))
def test_the_right_answer_is_the_one_that_the_lesson_names(file, number, answer):
    assert QUESTIONS[file][number - 1]["right"] == answer


def test_most_answers_are_checked():
    total = sum(map(len, OF_LESSONS.values()))
    print(f"{len(CHECKED)} of {total} answers are named by the lessons and checked")
    assert len(CHECKED) >= 0.9 * total > 50


def test_minutes_are_those_of_the_map():
    rows = {row["title"]: row["minutes"] for row in ROW.finditer((ROOT / "README.md").read_text(encoding="utf-8"))}
    assert rows.keys() == {block["title"] for block in BLOCKS.values()}
    for block in BLOCKS.values():
        assert f"**Minutes:** {rows[block['title']]}." in block["text"], block["title"]


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_says_the_minutes_of_its_block(path):
    text = "\n".join(cell.source for cell in nbformat.read(path, as_version=4).cells)
    ((reading, exercises),) = re.findall(r"\*\*Time\.\*\* (\d+) minutes, and (\d+) for the exercises[.;]", text)
    assert f"**Minutes:** {reading} + {exercises}." in BLOCKS[path.name]["text"]


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_what_takes_longest_and_what_to_skip_are_parts_of_the_lesson(path):
    told = [" ".join(text.split()) for text in BLOCKS[path.name]["text"].split("\n\n")]
    (minutes,) = [text for text in told if text.startswith("**Minutes:**")]
    (skip,) = [text for text in told if text.startswith("*Short of time:*")]
    assert "Longest cell: " in minutes
    cells = [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "markdown"]
    titles = [title.replace("`", "") for title in re.findall(r"^## (.+?) *$", "\n".join(cells), re.M)]
    named = re.findall(r"(?<!\*)\*([^*]+)\*(?!\*)", minutes + skip.removeprefix("*Short of time:*"))
    assert [title for title in named if title not in titles] == []
    assert all(0 < int(k) <= len(OF_LESSONS[path.name]) for k in re.findall(r"questions? (\d)", minutes + skip))


def test_the_term_takes_each_lesson_once_in_order():
    weeks = re.findall(r"^\| \d+ \| (\d\d), (\d\d) \|", GUIDE.read_text(encoding="utf-8"), re.M)
    assert [number for week in weeks for number in week] == [f"{k:02}" for k in range(1, 23)]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("**Look.** It falls, (c). One net each.", {"c"}),
        ("The answer is (d): one error. So (a) and (b) are\nwrong.", {"d"}),
        ("Most are above. Bad luck, answer (a), is out.", set()),
        ("(a) is tempting, because the mean is kept.", set()),
        ("Nothing, (b).\n\n## Next\n\nNow (c).", {"b"}),
        ("Both (a) and (b).", {"a", "b"}),
    ],
)
def test_which_letters_a_text_names(text, named):
    assert answers(text) == named


def test_a_prediction_ends_where_the_next_begins():
    ask = "**Predict.** Which?\n\n- (a) One.\n- (b) Two.\n- (c) Three."
    cells = [markdown(f"m{k}", text) for k, text in enumerate([ask, "Wait.", ask, "**Look.** It is two: (b).", "(c)"])]
    assert predictions(cells) == [Prediction("abc", None), Prediction("abc", "b")]


def test_a_note_says_what_tempts_and_what_is_right_and_nothing_of_the_next_question():
    block = (
        "1. Which? (a) One; (b) two.\\\n   *Tempting:* (a), because\n   it is first.\\\n"
        "   *Right:* (b). Two\n   are more.\n"
        "2. And? (a) One; (b) two.\\\n   *Tempting:* (b), again.\\\n   *Right:* (a). Once.\n\n*Short of time:* skip."
    )
    first, second = map(note, questions(block))
    assert first.endswith("*Tempting:* (a), because it is first.\n\n*Right:* (b). Two are more.")
    assert second.endswith("*Right:* (a). Once.")
