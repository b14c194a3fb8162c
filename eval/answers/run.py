"""Drives ``ask()`` over the questions and prints what became of them."""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.accounts.identity import Principal
    from assistant.wiring import Container

DATASET = Path(__file__).with_name("statutes.jsonl")


@dataclass(frozen=True, slots=True)
class Question:
    """A question and the (title, article) pairs that answer it; none when it cannot be answered."""

    id: str
    split: str
    text: str
    gold: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one question."""

    question: Question
    status: str
    cited: tuple[tuple[str, str], ...]
    took_ms: float
    not_verbatim: int

    @property
    def refused(self) -> bool:
        """Whether the product said that it found nothing."""
        return self.status.startswith("unanswerable")

    @property
    def right(self) -> bool:
        """Whether a gold article was cited, or rightly none."""
        return self.refused if not self.question.gold else any(pair in self.question.gold for pair in self.cited)

    @property
    def first(self) -> bool:
        """Whether the first citation is a gold article."""
        return bool(self.cited) and self.cited[0] in self.question.gold


def load(path: Path, split: str | None) -> list[Question]:
    """Read the questions of one split, or all."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [
        Question(row["id"], row["split"], row["question"], tuple((g["title"], g["article"]) for g in row["gold"]))
        for row in rows
        if split in {None, row["split"]}
    ]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m eval.answers", description=__doc__)
    parser.add_argument("--dataset", type=Path, default=DATASET)
    parser.add_argument("--split", choices=["tuning", "test", "plain"])
    parser.add_argument("--collection")
    parser.add_argument("--json", action="store_true", help="one object instead of a table")
    parser.add_argument("--features", action="store_true", help="print what the refusal gate sees")
    options = parser.parse_args(arguments)
    from assistant.accounts.identity import load_principal  # noqa: PLC0415 - heavy parts after --help
    from assistant.settings import settings  # noqa: PLC0415
    from assistant.wiring import build_container  # noqa: PLC0415

    container = build_container(settings())
    try:
        container.warm()
        with container.database.read() as session:
            principal = load_principal(session, container.settings.cli_user)
        questions = load(options.dataset, options.split)
        if options.features:
            _features(container, principal, questions, options.collection)
            return
        outcomes = asyncio.run(_run(container, principal, questions, options.collection))
    finally:
        container.close()
    _report(outcomes, as_json=options.json)


async def _run(
    container: Container, principal: Principal, questions: Sequence[Question], collection: str | None
) -> list[Outcome]:
    outcomes = []
    for number, question in enumerate(questions, start=1):
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{number}/{len(questions)}")
        turn = await container.answers.answer(principal, question.text, collection=collection)
        cited = tuple((c["title"], c["locator"].get("article") or "") for c in turn["citations"])
        took = sum(step["ms"] for step in turn["steps"])
        outcomes.append(Outcome(question, turn["status"], cited, took, _not_verbatim(container, turn)))
    await container.answers.shutdown()
    return outcomes


def _not_verbatim(container: Container, turn: dict[str, Any]) -> int:
    """Count quotes that do not stand, letter by letter, where they say in their version's text."""
    from assistant.db.models import VersionText  # noqa: PLC0415

    wrong = 0
    with container.database.read() as session:
        for citation in turn["citations"]:
            text = session.get_one(VersionText, citation["version_id"]).text
            wrong += text[citation["start"] : citation["end"]] != citation["quote"]
    return wrong


def _features(
    container: Container, principal: Principal, questions: Sequence[Question], collection: str | None
) -> None:
    from assistant.answering.evidence import features  # noqa: PLC0415

    for question in questions:
        response = container.search.search(principal, question.text, k=12, collection=collection)
        seen = features(question.text, response)
        line = {"id": question.id, "answerable": bool(question.gold), **{k: round(v, 4) for k, v in seen.items()}}
        sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")


def _report(outcomes: Sequence[Outcome], *, as_json: bool) -> None:
    answerable = [o for o in outcomes if o.question.gold]
    unanswerable = [o for o in outcomes if not o.question.gold]
    summary = {
        "answerable": len(answerable),
        "gold_cited": sum(o.right for o in answerable),
        "gold_cited_first": sum(o.first for o in answerable),
        "over_refused": sum(o.refused for o in answerable),
        "unanswerable": len(unanswerable),
        "refused": sum(o.refused for o in unanswerable),
        "quotes_not_verbatim": sum(o.not_verbatim for o in outcomes),
        "median_ms": round(statistics.median(o.took_ms for o in outcomes), 1) if outcomes else None,
    }
    write = sys.stdout.write
    if as_json:
        rows = [{"id": o.question.id, "status": o.status, "right": o.right, "cited": o.cited} for o in outcomes]
        write(json.dumps({"summary": summary, "questions": rows}, ensure_ascii=False) + "\n")
        return
    for o in outcomes:
        cited = "; ".join(f"{title} {article}" for title, article in o.cited) or "-"
        write(f"{'o' if o.right else 'x'}{'1' if o.first else ' '} {o.question.text}  →  {cited}  ({o.status})\n")
    write("\n" + "\n".join(f"{name}: {value}" for name, value in summary.items()) + "\n")
