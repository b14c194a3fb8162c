"""Check: what was proven sentence by sentence becomes the answer, with its citations, marks and status.

An answer of which nothing stands gives way to the sources' own sentences. Before that, rights are asked once more:
what was found when the question came may be closed by now.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from assistant.answering.choosing import written
from assistant.answering.citations import narrow
from assistant.answering.differences import differences
from assistant.answering.events import EventType
from assistant.answering.proof import admits_nothing_found, supported
from assistant.answering.steps.compose import extract
from assistant.answering.turn import Status
from guardrails.grounding import FIGURE, POLARITY, QUOTE, SENTENCE
from guardrails.types import Action, Finding, Stage, Value

if TYPE_CHECKING:
    from assistant.answering.kit import Kit
    from assistant.answering.turn import Turn

RIGHTS_CHANGED = (
    "답변을 쓰는 동안 근거 문서를 볼 권한이 바뀌어 답변을 보여 드리지 않습니다. "
    "다시 물으면 지금 볼 수 있는 문서에서 찾습니다."
)
GROUNDING_RULES = frozenset({FIGURE, SENTENCE, QUOTE, POLARITY})


async def check(turn: Turn, kit: Kit) -> None:
    """Turn ``turn.draft`` into ``turn.answer`` with cited sources and a final status."""
    lost = await asyncio.to_thread(turn.lost, turn.sources)
    if lost:
        _drop(turn, lost)
    if turn.ended:
        pass
    elif turn.extracts:
        _check_extracts(turn)
    else:
        await _check_written(turn, kit)
    for difference in await asyncio.to_thread(differences, turn.sources):
        turn.notice("sources_differ", difference)
    turn.emit(
        EventType.CITATIONS,
        {"items": [source.view() for source in turn.sources], "marks": turn.marks},
    )


def _drop(turn: Turn, lost: frozenset[int]) -> None:
    """Take sources away that the person may not read any more, and all that was written from them.

    Extracts of other sources may stay. What a model wrote was written from all its sources together: it goes.
    """
    turn.sources = [source for source in turn.sources if source.n not in lost]
    turn.notice("rights_changed", f"답변을 쓰는 동안 볼 수 없게 된 문서 {len(lost)}건을 근거에서 뺐습니다.")
    if not turn.extracts:
        turn.end(Status.BLOCKED_OUTPUT, RIGHTS_CHANGED)
        turn.emit(EventType.RETRACT, {"text": turn.answer, "reason": "rights_changed"})
        return
    turn.statements = [said for said in turn.statements if not lost & set(said.cited)]
    turn.extracts = [piece for piece in turn.extracts if piece.source.n not in lost]
    turn.draft = written(turn)
    if not turn.extracts:
        turn.end(Status.UNANSWERABLE_NO_SOURCE)
    turn.emit(EventType.RETRACT, {"text": turn.answer or turn.draft, "reason": "rights_changed"})


def _check_extracts(turn: Turn) -> None:
    """Cite what was quoted. A quote that does not stand in its source would be a defect and is not shown."""
    for piece in turn.extracts:
        if not piece.verbatim:
            raise AssertionError(f"quote of source {piece.source.n} is not verbatim")
        piece.cite()
    turn.end(Status.ANSWERED if turn.statements else Status.ANSWERED_EXTRACTIVE, turn.draft)


async def _check_written(turn: Turn, kit: Kit) -> None:
    """Give the answer what it stands on: its sentences were proven one by one as they came."""
    if supported(turn.statements):
        _finish(turn)
    elif admits_nothing_found(turn.statements):
        _retract(turn, Status.UNANSWERABLE_NO_SOURCE)
    else:
        await _instead(turn, kit)


async def _instead(turn: Turn, kit: Kit) -> None:
    """Show the sources' own sentences in place of an answer of which nothing stands."""
    turn.notice(
        "model_unsupported", "언어 모델이 쓴 답이 찾은 문서로 확인되지 않아, 찾은 문서의 문장을 대신 보여 드립니다."
    )
    turn.emit(EventType.RETRACT, {"text": "", "reason": Status.UNANSWERABLE_UNSUPPORTED.value})
    await extract(turn, kit)
    if turn.ended:
        _retract(turn, Status.UNANSWERABLE_UNSUPPORTED)
    else:
        _check_extracts(turn)


def _finish(turn: Turn) -> None:
    claims: dict[int, str] = {}
    at = 0
    for statement in turn.statements:
        if statement.rule:
            lead = len(statement.text) - len(statement.text.lstrip())
            turn.marks.append({"start": at + lead, "end": at + len(statement.text.rstrip()), "rule": statement.rule})
        else:
            for number in statement.cited:
                claims[number] = f"{claims.get(number, '')} {statement.body}"
        at += len(statement.text)
    for source in turn.sources:
        if source.n in claims:
            source.cited = True
            narrow(source, claims[source.n])
    turn.findings.extend(
        Finding(mark["rule"], Value.RELIABILITY, Stage.OUTPUT, Action.WARN, 1.0, mark["start"], mark["end"])
        for mark in turn.marks
    )
    turn.end(Status.ANSWERED_PARTLY_SUPPORTED if turn.marks else Status.ANSWERED, turn.draft.rstrip())


def _retract(turn: Turn, status: Status) -> None:
    turn.end(status)
    turn.emit(EventType.RETRACT, {"text": turn.answer, "reason": status.value})
