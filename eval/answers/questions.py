"""The questions, with what answers them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

DATASET = Path(__file__).with_name("statutes.jsonl")
EVERYDAY = Path(__file__).parent.parent / "retrieval" / "everyday.jsonl"


@dataclass(frozen=True, slots=True)
class Question:
    """A question and what answers it.

    ``gold`` are the (title, article) pairs that answer, none when it cannot be answered; ``answer`` the words of the
    article that must be quoted, empty where nobody wrote them down; ``near`` says of an unanswerable question that it
    sounds like a matter of the statutes.
    """

    id: str
    split: str
    text: str
    gold: tuple[tuple[str, str], ...]
    answer: str = ""
    quote: str = ""
    near: bool = False


def load(path: Path, split: str | None) -> list[Question]:
    """Read the questions of one split, or all."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [
        Question(
            row["id"],
            row["split"],
            row["question"],
            tuple((g["title"], g["article"]) for g in row["gold"]),
            row.get("answer", ""),
            row["quote"],
            row.get("kind") == "near",
        )
        for row in rows
        if split in {None, row["split"]}
    ]


def plain(text: str) -> str:
    """Return a text without white space, which differs between source files and canonical texts."""
    return "".join(text.split())
