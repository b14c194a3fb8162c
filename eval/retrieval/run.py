"""Puts everyday questions to the product's own search and says where the right article came."""

from __future__ import annotations

import argparse
import json
import math
import statistics
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.accounts.identity import Principal
    from assistant.wiring import Container

DATASET = Path(__file__).with_name("everyday.jsonl")
DEPTH = 10


@dataclass(frozen=True, slots=True)
class Question:
    """A question, the (title, article) pairs that answer it, and words that stand in the article letter by letter."""

    id: str
    split: str
    text: str
    gold: tuple[tuple[str, str], ...]
    quote: str


@dataclass(frozen=True, slots=True)
class Found:
    """Where the first right article came (from 0; ``None`` beyond ``DEPTH``) and how long the search took."""

    question: Question
    rank: int | None
    took_ms: float

    @property
    def ndcg(self) -> float:
        """NDCG@10 with binary gains and one right article in the ideal list (Järvelin and Kekäläinen 2002)."""
        return 0.0 if self.rank is None else 1 / math.log2(self.rank + 2)


def load(path: Path, split: str | None) -> list[Question]:
    """Read the questions of one split, or all."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [
        Question(
            row["id"],
            row["split"],
            row["question"],
            tuple((g["title"], g["article"]) for g in row["gold"]),
            row["quote"],
        )
        for row in rows
        if split in {None, row["split"]}
    ]


def summary(found: Sequence[Found]) -> dict[str, float | int]:
    """Return the means over questions; ``hit@k`` is the share with a right article among the first k."""
    if not found:
        raise ValueError("no questions")
    hits = {k: sum(one.rank is not None and one.rank < k for one in found) / len(found) for k in (1, 5, DEPTH)}
    return {
        "questions": len(found),
        "ndcg@10": round(statistics.fmean(one.ndcg for one in found), 4),
        **{f"hit@{k}": round(share, 4) for k, share in hits.items()},
        "median_ms": round(statistics.median(one.took_ms for one in found), 1),
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m eval.retrieval", description=__doc__)
    parser.add_argument("--dataset", type=Path, default=DATASET)
    parser.add_argument("--split", choices=["tuning", "test"])
    parser.add_argument("--collection")
    parser.add_argument("--json", action="store_true", help="one object instead of a table")
    parser.add_argument("--check", action="store_true", help="only see that each quote stands in its article")
    options = parser.parse_args(arguments)
    from assistant.accounts.identity import load_principal  # noqa: PLC0415 - heavy parts after --help
    from assistant.settings import settings  # noqa: PLC0415
    from assistant.wiring import build_container  # noqa: PLC0415

    questions = load(options.dataset, options.split)
    container = build_container(settings())
    try:
        if options.check:
            missing = unquoted(container, questions)
            sys.stdout.write("".join(f"{question.id}: {question.quote}\n" for question in missing))
            sys.exit(1 if missing else 0)
        with container.database.read() as session:
            principal = load_principal(session, container.settings.cli_user)
        container.search.search(principal, "준비", k=1, collection=options.collection)  # loads the models
        found = [_ask(container, principal, question, options.collection) for question in questions]
    finally:
        container.close()
    figures = {split: summary([f for f in found if f.question.split == split]) for split in _splits(questions)}
    if options.json:
        ranks = {f.question.id: f.rank for f in found}
        sys.stdout.write(json.dumps({"summary": figures, "ranks": ranks}, ensure_ascii=False) + "\n")
        return
    for split, values in figures.items():
        sys.stdout.write(f"{split:8} " + "  ".join(f"{name} {value}" for name, value in values.items()) + "\n")


def unquoted(container: Container, questions: Sequence[Question]) -> list[Question]:
    """Return the questions whose quote stands in none of their articles as the database holds them."""
    from sqlalchemy import select  # noqa: PLC0415

    from assistant.db.models import ChunkRow, Document, DocumentVersion  # noqa: PLC0415

    statement = (
        select(ChunkRow.text)
        .join(DocumentVersion, DocumentVersion.id == ChunkRow.version_id)
        .join(Document, Document.active_version_id == DocumentVersion.id)
        .order_by(ChunkRow.ordinal)
    )
    missing = []
    with container.database.read() as session:
        for question in questions:
            texts = [
                "\n".join(session.scalars(statement.where(DocumentVersion.title == title, ChunkRow.article == article)))
                for title, article in question.gold
            ]
            if not any(_plain(question.quote) in _plain(text) for text in texts):
                missing.append(question)
    return missing


def _plain(text: str) -> str:
    """White space differs between the source file and the canonical text; everything else must not."""
    return "".join(text.split())


def _ask(container: Container, principal: Principal, question: Question, collection: str | None) -> Found:
    response = container.search.search(principal, question.text, k=DEPTH, collection=collection)
    order = [(hit.title, hit.locator.article or "") for hit in response.results]
    rank = next((number for number, pair in enumerate(order) if pair in question.gold), None)
    return Found(question, rank, response.took_ms)


def _splits(questions: Sequence[Question]) -> list[str]:
    return list(dict.fromkeys(question.split for question in questions))
