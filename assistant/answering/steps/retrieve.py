"""Retrieve: find passages this person may read, weigh the evidence, keep poisoned text away from the model."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import TYPE_CHECKING

from assistant.answering.events import EventType
from assistant.answering.evidence import strength
from assistant.answering.turn import Source, Status
from assistant.library.legal import LegalState, korean_today
from guardrails.types import Action, Stage

if TYPE_CHECKING:
    from assistant.answering.kit import Kit
    from assistant.answering.turn import Turn
    from assistant.library.search import SearchHit

_GRADES = "OSC"
_WANTED = 12  # hits looked at; the best ``sources_max`` of those that pass become sources


async def retrieve(turn: Turn, kit: Kit) -> None:
    """Fill ``turn.sources`` and ``turn.evidence``; end the turn when nothing good enough was found."""
    if turn.as_of is not None and turn.as_of != korean_today():
        turn.notice("as_of", f"{turn.as_of.isoformat()} 기준 법령으로 답했습니다.")
    response = await asyncio.to_thread(
        kit.search.search,
        turn.principal,
        turn.search_query,
        k=_WANTED,
        collection=turn.collection,
        conversation=turn.conversation_id,
        as_of=turn.as_of,
    )
    for side in response.degraded:
        turn.notice(
            f"search_degraded_{side}",
            "검색 색인 일부에 연결할 수 없어 낱말 검색만으로 찾았습니다."
            if side == "dense"
            else "검색 색인 일부에 연결할 수 없어 의미 검색만으로 찾았습니다.",
        )
    fingerprint = kit.embedder.fingerprint if kit.embedder is not None else ""
    turn.evidence = await asyncio.to_thread(strength, turn.search_query, response, fingerprint=fingerprint)
    hits = await asyncio.to_thread(_screened, response.results, turn, kit)
    turn.sources = [_source(n, hit) for n, hit in enumerate(hits[: kit.settings.sources_max], start=1)]
    turn.grade = max([turn.grade, *(source.grade for source in turn.sources)], key=_GRADES.index)
    if any(source.legal_state == LegalState.REPEALED.value for source in turn.sources):
        turn.notice("repealed", "찾은 문서 가운데 폐지된 법령이 있습니다. 지금도 적용되는지 확인해 주세요.")
    turn.emit(EventType.SOURCES, {"items": [source.view() for source in turn.sources]})
    if not turn.sources or turn.evidence < kit.settings.refusal_threshold:
        turn.end(Status.UNANSWERABLE_NO_SOURCE)


def _screened(hits: tuple[SearchHit, ...], turn: Turn, kit: Kit) -> list[SearchHit]:
    """Drop passages that policy blocks as context and put suspicious ones last."""
    clean, suspicious, dropped = [], [], 0
    for hit in hits:
        report = kit.guards.inspect(hit.text, Stage.CONTEXT)
        turn.findings.extend(report.findings)
        if report.action is Action.BLOCK:
            dropped += 1
        elif report.action is Action.WARN:
            suspicious.append(hit)
        else:
            clean.append(hit)
    if dropped:
        turn.notice("context_dropped", f"지시문이 숨어 있는 것으로 보이는 문서 조각 {dropped}건을 근거에서 뺐습니다.")
    return clean + suspicious


def _source(n: int, hit: SearchHit) -> Source:
    return Source(
        n=n,
        chunk_id=hit.chunk_id,
        document_id=hit.document_id,
        version_id=hit.version_id,
        collection_id=hit.collection_id,
        collection=hit.collection,
        grade=hit.grade,
        title=hit.title,
        locator={**asdict(hit.locator), "heading": list(hit.locator.heading)},
        text=hit.text,
        start=hit.start,
        end=hit.end,
        quote=hit.text,
        score=hit.score,
        legal_state=hit.legal_state.value,
        effective_on=hit.effective_on,
        chunk_start=hit.start,
    )
