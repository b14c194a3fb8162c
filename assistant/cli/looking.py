"""``assistant redact`` and ``assistant guard``: what the guards see in a text."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from assistant.cli import output
from assistant.cli.asking import AsJson, AsJsonl, Batch

Source = Annotated[str | None, typer.Argument(metavar="FILE", help="텍스트 파일 (-: 표준 입력)")]


class StageName(StrEnum):
    """Where the text stands."""

    INPUT = "input"
    CONTEXT = "context"
    OUTPUT = "output"


def redact(*, source: Source = None, batch: Batch = None, as_json: AsJson = False, as_jsonl: AsJsonl = False) -> None:
    """개인정보를 찾아 가립니다."""
    output.only_one(source, batch)
    from guardrails.pii.engine import PiiEngine

    engine = PiiEngine()

    def one(item: dict[str, Any]) -> dict[str, Any]:
        text, entities = engine.redact(item["text"])
        found = [{"type": e.type, "start": e.start, "end": e.end, "score": round(e.score, 4)} for e in entities]
        return {"entities": found, "text": text}

    if batch is not None:
        raise typer.Exit(output.batch(batch, "text", one))
    result = one({"text": output.read_text(source or "-")})
    if as_json or as_jsonl:
        output.emit({"id": None, **result})
    else:
        output.say(result["text"])


def guard(
    *,
    stage: Annotated[StageName, typer.Option("--stage", help="글이 놓인 자리: input, context, output")],
    source: Source = None,
    batch: Batch = None,
    as_json: AsJson = False,
    as_jsonl: AsJsonl = False,
) -> None:
    """글을 안전 정책에 비추어 봅니다."""
    output.only_one(source, batch)
    from assistant.settings import settings
    from assistant.wiring import build_container
    from guardrails.types import Stage

    guards = build_container(settings()).guards

    def one(item: dict[str, Any]) -> dict[str, Any]:
        report = guards.inspect(item["text"], Stage(stage.value))
        found = [
            {"rule": f.rule, "value": f.value.value, "score": round(f.score, 4), "start": f.start, "end": f.end}
            for f in report.findings
        ]
        return {"action": report.action.value, "findings": found}

    if batch is not None:
        raise typer.Exit(output.batch(batch, "text", one))
    result = one({"text": output.read_text(source or "-")})
    if as_json or as_jsonl:
        output.emit({"id": None, **result})
    else:
        output.say(f"{result['action']}: " + (", ".join(f["rule"] for f in result["findings"]) or "-"))
