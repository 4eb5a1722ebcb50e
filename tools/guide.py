"""Read the guide for instructors: the block of each lesson, and in it the question to each *Predict*."""

import re
from pathlib import Path

GUIDE = Path(__file__).resolve().parent.parent / "book" / "instructors.md"
BLOCK = re.compile(
    r"^### \[(?P<title>\d\d [^]]+)\]\(\.\./notebooks/(?P<file>\w+\.ipynb)\)\n(?P<text>.*?)(?=^##|\Z)", re.M | re.S
)
QUESTION = re.compile(
    r"^(?P<number>\d+)\. (?P<ask>.+?)\*Tempting:\* (?P<tempting>.+?)"
    r"\*Right:\* (?P<answer>\((?P<right>[a-d])\)\..*?)(?=^\d+\. |^$|\Z)",
    re.M | re.S,
)


def blocks(guide: str) -> dict[str, re.Match]:
    """The block of each lesson, by the name of its file."""
    return {match["file"]: match for match in BLOCK.finditer(guide)}


def questions(block: str) -> list[re.Match]:
    """The questions of a block, in order."""
    return list(QUESTION.finditer(block))


def note(question: re.Match) -> str:
    """What a speaker wants beside a *Predict*: what students answer and why, and what is right."""
    tempting, answer = (" ".join(question[part].replace("\\\n", " ").split()) for part in ("tempting", "answer"))
    return f"**Ask, and wait for hands.**\n\n*Tempting:* {tempting}\n\n*Right:* {answer}"
