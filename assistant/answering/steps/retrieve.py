"""Retrieve: find passages this person may read, weigh the evidence, keep poisoned text away from the model."""

from __future__ import annotations

import asyncio
import re
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Final

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
_DEGRADED = {
    "dense": "검색 색인 일부에 연결할 수 없어 낱말 검색만으로 찾았습니다.",
    "lexical": "검색 색인 일부에 연결할 수 없어 의미 검색만으로 찾았습니다.",
    "rerank": "순위를 다듬는 모델이 응답하지 않아 처음 찾은 순서대로 보여 드립니다.",
}
WANTED: Final = 12  # hits looked at; the best ``sources_max`` of those that pass become sources
_NAMED = 3  # collections and departments named in a refusal
_WITH_DETAILS = 2  # sources whose decree is looked into
_LEAVES_TO_DECREE: Final = re.compile(r"대통령령(?:으로|이)\s?정하")


async def retrieve(turn: Turn, kit: Kit) -> None:
    """Fill ``turn.sources`` and ``turn.evidence``; end the turn when nothing good enough was found."""
    if turn.as_of is not None and turn.as_of != korean_today():
        turn.notice("as_of", f"{turn.as_of.isoformat()} 기준 법령으로 답했습니다.")
    response = await asyncio.to_thread(
        kit.search.search,
        turn.principal,
        turn.search_query,
        k=WANTED,
        collection=turn.collection,
        conversation=turn.conversation_id,
        as_of=turn.as_of,
    )
    for side in response.degraded:
        turn.notice(f"search_degraded_{side}", _DEGRADED[side])
    fingerprint = kit.embedder.fingerprint if kit.embedder is not None else ""
    turn.evidence = await asyncio.to_thread(strength, turn.search_query, response, fingerprint=fingerprint)
    hits = await asyncio.to_thread(_screened, response.results, turn, kit)
    turn.sources = [_source(n, hit) for n, hit in enumerate(hits[: kit.settings.sources_max], start=1)]
    await asyncio.to_thread(_read_on, hits[: kit.settings.sources_max], turn, kit)
    turn.grade = max([turn.grade, *(source.grade for source in turn.sources)], key=_GRADES.index)
    if any(source.legal_state == LegalState.REPEALED.value for source in turn.sources):
        turn.notice("repealed", "찾은 문서 가운데 폐지된 법령이 있습니다. 지금도 적용되는지 확인해 주세요.")
    turn.emit(EventType.SOURCES, {"items": [source.view() for source in turn.sources]})
    if not turn.sources or turn.evidence < kit.settings.refusal_threshold:
        turn.end(Status.UNANSWERABLE_NO_SOURCE, await asyncio.to_thread(_nothing_found, turn, kit))


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


def _read_on(hits: list[SearchHit], turn: Turn, kit: Kit) -> None:
    """Read the articles around the passages, and for the best ones the decree's article that gives their details.

    What is read passes the same guards as what was found: a neighbour may be poisoned where the passage is not.
    """
    if kit.articles is None or not hits:
        return
    articles = kit.articles.around(turn.principal, hits, conversation=turn.conversation_id)
    for source in turn.sources:
        article = articles.get(source.chunk_id)
        if article and article.text != source.text and _passes(article.text, turn, kit):
            source.around, source.around_start = article.text, article.start
    if turn.as_of is not None:
        return  # a decree of another day would have to be looked up as of that day
    known = {(source.version_id, source.locator.get("article")) for source in turn.sources}
    for source in turn.sources[:_WITH_DETAILS]:
        if not (source.locator.get("article") and _LEAVES_TO_DECREE.search(source.body)):
            continue
        for hit in kit.articles.carrying_out(turn.principal, source.title, str(source.locator["article"])):
            if (hit.version_id, hit.locator.article) not in known and _passes(hit.text, turn, kit):
                known.add((hit.version_id, hit.locator.article))
                turn.sources.append(replace(_source(len(turn.sources) + 1, hit), details=source.n))


def _nothing_found(turn: Turn, kit: Kit) -> str:
    """Say that nothing was found, where it was looked for, and whom to ask; empty for the canned text."""
    if kit.articles is None:
        return ""
    searched = kit.articles.searched(turn.principal, turn.collection)
    if not searched.collections:
        return ""
    named = ", ".join(f"‘{title}’" for title in searched.collections[:_NAMED])
    more = f" 등 자료집 {len(searched.collections)}개" if len(searched.collections) > _NAMED else ""
    day = turn.as_of or korean_today()
    keepers = ", ".join(searched.departments[:_NAMED])
    closest = " 가까운 문서는 ‘찾은 근거’에 있습니다." if turn.sources else ""
    return (
        f"근거를 찾지 못했습니다. {named}{more}에서 찾아보았으나({day.year}. {day.month}. {day.day}. 기준) "
        f"이 질문에 답할 만한 내용이 없었습니다.{closest} "
        f"다른 표현으로 다시 묻거나 담당 부서{f'({keepers})' if keepers else ''}에 확인해 주세요."
    )


def _passes(text: str, turn: Turn, kit: Kit) -> bool:
    """Whether the guards have nothing against a text that was read beside what search found."""
    report = kit.guards.inspect(text, Stage.CONTEXT)
    if report.action in {Action.BLOCK, Action.WARN}:
        turn.findings.extend(report.findings)
        return False
    return True


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
