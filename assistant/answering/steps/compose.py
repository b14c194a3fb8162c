"""Compose: let the model write from the numbered sources, each sentence guarded and proven before it is shown.

A small model chooses a source and says the answer in a few words instead (``choosing``). Where no model may or can
write - none is connected, the grade forbids it, it failed - the answer is made of the sources' own sentences, and a
notice says so.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from assistant.answering import extractive
from assistant.answering.choosing import choose
from assistant.answering.events import EventType
from assistant.answering.turn import Status
from assistant.answering.writing import write
from assistant.errors import Failure
from assistant.messages import title

if TYPE_CHECKING:
    from assistant.answering.kit import Kit
    from assistant.answering.turn import Turn

EXTRACTIVE = "extractive"
_GRADES = "OSC"


async def compose(turn: Turn, kit: Kit) -> None:
    """Fill ``turn.draft`` and emit it as it is written."""
    model = kit.model
    if model is None:
        turn.notice("no_model", "연결된 언어 모델이 없어, 찾은 문서의 문장을 그대로 보여 드립니다.")
        await extract(turn, kit)
    elif _GRADES.index(model.max_grade) < _GRADES.index(turn.grade):
        turn.notice(
            "grade_local",
            f"{turn.grade}등급 자료가 포함되어 언어 모델에 보내지 않고, 찾은 문서의 문장을 그대로 보여 드립니다.",
        )
        await extract(turn, kit)
    else:
        try:
            await (choose if kit.short_answers(model) else write)(turn, kit, model)
        except Failure as failure:
            turn.failure = failure
            turn.notice(failure.code.value, f"{title(failure.code)} 찾은 문서의 문장을 대신 보여 드립니다.")
            if turn.draft:
                turn.emit(EventType.RETRACT, {"text": "", "reason": failure.code.value})
            await extract(turn, kit)


async def extract(turn: Turn, kit: Kit) -> None:
    """Answer with the sources' own sentences, whatever a model wrote before."""
    turn.statements.clear()
    turn.model = EXTRACTIVE
    turn.extracts = await asyncio.to_thread(extractive.extract, turn.search_query, turn.sources, kit.embedder)
    turn.draft = extractive.compose(turn.extracts, doubtful=extractive.doubtful(turn.evidence))
    if not turn.draft:
        turn.end(Status.UNANSWERABLE_NO_SOURCE)
        return
    turn.emit(EventType.DELTA, {"text": turn.draft})
