"""Drives ``ask()`` over the questions and prints what became of them."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eval.answers.judge import Outcome, cited_pairs, summary, unsupported_numbers
from eval.answers.questions import DATASET, EVERYDAY, Question, load, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.accounts.identity import Principal
    from assistant.wiring import Container


def main(arguments: Sequence[str] | None = None) -> None:
    """Run from the command line."""
    options = _options(arguments)
    from assistant.accounts.identity import load_principal  # noqa: PLC0415 - heavy parts after --help
    from assistant.settings import settings  # noqa: PLC0415
    from assistant.wiring import build_container  # noqa: PLC0415

    questions = [] if options.everyday and not options.split else load(options.dataset, options.split)
    if options.everyday:
        questions += load(EVERYDAY, options.everyday)
    container = build_container(settings())
    try:
        if options.check:
            missing = unquoted(container, questions)
            sys.stdout.write("".join(f"{q.id}: {q.answer or q.quote}\n" for q in missing))
            sys.exit(1 if missing else 0)
        container.warm()
        with container.database.read() as session:
            principal = load_principal(session, container.settings.cli_user)
        if options.calibrate or options.features:
            from eval.answers.calibrate import calibrate  # noqa: PLC0415

            calibrate(container, principal, collection=options.collection, write=options.calibrate)
            return
        outcomes = asyncio.run(_run(container, principal, questions, options.collection))
    finally:
        container.close()
    _report(outcomes, as_json=options.json, full=options.full)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m eval.answers", description=__doc__)
    parser.add_argument("--dataset", type=Path, default=DATASET)
    parser.add_argument("--split", choices=["tuning", "test", "plain"])
    parser.add_argument(
        "--everyday", choices=["tuning", "test"], help="that part of eval/retrieval, alone or beside --split"
    )
    parser.add_argument("--collection")
    parser.add_argument("--json", action="store_true", help="one object instead of a table")
    parser.add_argument("--full", action="store_true", help="print the answers as well")
    parser.add_argument(
        "--check", action="store_true", help="only see that the words to be quoted stand in the articles"
    )
    parser.add_argument("--features", action="store_true", help="print how each feature tells answerable questions")
    parser.add_argument(
        "--calibrate",
        action="store_true",
        help="fit sentence choice and gate on the tuning parts, write them",
    )
    return parser.parse_args(arguments)


async def _run(
    container: Container, principal: Principal, questions: Sequence[Question], collection: str | None
) -> list[Outcome]:
    from assistant.answering.extractive import CAUTION  # noqa: PLC0415 - heavy parts after --help

    outcomes = []
    for number, question in enumerate(questions, start=1):
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{number}/{len(questions)}")
        turn = await container.answers.answer(principal, question.text, collection=collection)
        outcomes.append(
            Outcome(
                question,
                turn["status"],
                turn["answer"],
                cited_pairs(turn),
                sum(step["ms"] for step in turn["steps"]),
                _not_verbatim(container, turn),
                unsupported_numbers(turn),
                doubtful=turn["answer"].startswith(CAUTION),
            )
        )
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


def unquoted(container: Container, questions: Sequence[Question]) -> list[Question]:
    """Return the questions whose quote or answer words stand in none of their articles as the database holds them."""
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
                plain(
                    "\n".join(session.scalars(statement.where(DocumentVersion.title == title, ChunkRow.article == at)))
                )
                for title, at in question.gold
            ]
            wanted = plain(question.answer or question.quote)
            if question.gold and not any(wanted in text for text in texts):
                missing.append(question)
    return missing


def _report(outcomes: Sequence[Outcome], *, as_json: bool, full: bool) -> None:
    figures = summary(outcomes)
    write = sys.stdout.write
    if as_json:
        rows = [
            {"id": o.question.id, "status": o.status, "right": o.right, "cited": o.cited, "answer": o.answer}
            for o in outcomes
        ]
        write(json.dumps({"summary": figures, "questions": rows}, ensure_ascii=False) + "\n")
        return
    for o in outcomes:
        cited = "; ".join(f"{title} {article}" for title, article in o.cited) or "-"
        said = "!" if o.question.answer and not o.says else " "
        write(f"{'o' if o.right else 'x'}{'1' if o.first else ' '}{said} {o.question.text}  →  {cited}  ({o.status})\n")
        if full:
            write("".join(f"        {line}\n" for line in o.answer.splitlines() if line))
    write("\n" + "\n".join(f"{name}: {value}" for name, value in figures.items()) + "\n")
