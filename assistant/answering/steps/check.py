"""Check: citations resolve, figures and articles stand in the sources, what does not is marked or withheld.

Before that, rights are asked once more: what was found when the question came may be closed by now.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from assistant.answering import extractive
from assistant.answering.citations import marks, narrow, normalise_marks, without_marks
from assistant.answering.events import EventType
from assistant.answering.turn import Status
from guardrails.grounding import FIGURE, NO_SOURCE_TEXT, SENTENCE, Evidence
from guardrails.stream import SentenceGate
from guardrails.types import Action, Finding, Stage, Value

if TYPE_CHECKING:
    from assistant.answering.kit import Kit
    from assistant.answering.turn import Source, Turn

RIGHTS_CHANGED = (
    "답변을 쓰는 동안 근거 문서를 볼 권한이 바뀌어 답변을 보여 드리지 않습니다. "
    "다시 물으면 지금 볼 수 있는 문서에서 찾습니다."
)
UNSUPPORTED_NOTE = " (근거 확인 필요)"
GROUNDING_RULES = frozenset({FIGURE, SENTENCE})


async def check(turn: Turn, kit: Kit) -> None:
    """Turn ``turn.draft`` into ``turn.answer`` with cited sources and a final status."""
    del kit
    lost = await asyncio.to_thread(turn.lost, turn.sources)
    if lost:
        _drop(turn, lost)
    if turn.ended:
        pass
    elif turn.extracts:
        _check_extracts(turn)
    else:
        await asyncio.to_thread(_check_written, turn)
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
    turn.extracts = [extract for extract in turn.extracts if extract.source.n not in lost]
    turn.draft = extractive.compose(turn.extracts, doubtful=extractive.doubtful(turn.evidence))
    if not turn.extracts:
        turn.end(Status.UNANSWERABLE_NO_SOURCE)
    turn.emit(EventType.RETRACT, {"text": turn.answer or turn.draft, "reason": "rights_changed"})


def _check_extracts(turn: Turn) -> None:
    """Cite what was quoted. A quote that does not stand in its source would be a defect and is not shown."""
    for extract in turn.extracts:
        if not extract.verbatim:
            raise AssertionError(f"quote of source {extract.source.n} is not verbatim")
        extract.cite()
    turn.end(Status.ANSWERED_EXTRACTIVE, turn.draft)


def _check_written(turn: Turn) -> None:
    by_number = {source.n: source for source in turn.sources}
    draft = normalise_marks(turn.draft, by_number.keys()).strip()
    if not draft or without_marks(draft).startswith(NO_SOURCE_TEXT):
        _retract(turn, Status.UNANSWERABLE_NO_SOURCE)
        return
    pieces, claims, unsupported, checked = [], dict.fromkeys(by_number, ""), 0, 0
    evidence = {number: _evidence(source) for number, source in by_number.items()}
    gate = SentenceGate()
    for piece in [*gate.feed(draft), *gate.flush()]:
        cited = marks(piece)
        body = without_marks(piece)
        if not any(character.isalnum() for character in body):
            pieces.append(piece)
            continue
        checked += 1
        rule, cited = _supported(body, cited, evidence)
        supported = rule is None
        for number in cited:
            claims[number] += " " + body
        start = sum(map(len, pieces))
        text = _marked(piece, cited if supported else marks(piece), supported=supported)
        pieces.append(text)
        if not supported:
            unsupported += 1
            turn.marks.append({"start": start, "end": start + len(text.rstrip()), "rule": rule})
    if checked in {0, unsupported}:
        turn.marks.clear()
        _retract(turn, Status.UNANSWERABLE_UNSUPPORTED)
        return
    _finish(turn, "".join(pieces), claims, unsupported)


def _evidence(source: Source) -> Evidence:
    """Read a source once: its title and place are part of what it says."""
    place = f"{source.title} {source.locator.get('article') or ''} {source.locator.get('article_title') or ''}"
    since = source.effective_on.isoformat() if source.effective_on else ""
    return Evidence([f"{place} {since}\n{source.text}"])


def _supported(body: str, cited: list[int], evidence: dict[int, Evidence]) -> tuple[str | None, list[int]]:
    """Return the rule a sentence breaks, ``None`` when it stands in its sources, and the sources to cite.

    Where it stands in another source than the one it names, that one is cited instead.
    """
    for number in [*cited, *(n for n in evidence if n not in cited)]:
        if evidence[number].check(body).ok:
            return None, [number, *(n for n in cited if n != number and evidence[n].check(body).ok)]
    figures = any(
        support.unsupported and support.unsupported != ((0, len(body)),)
        for support in (evidence[number].check(body) for number in cited or evidence)
    )
    return (FIGURE if figures else SENTENCE), cited


def _marked(piece: str, cited: list[int], *, supported: bool) -> str:
    """Put the citation marks (and the note on a missing ground) at the end of a sentence, its white space kept."""
    body = without_marks(piece.strip())
    lead = piece[: len(piece) - len(piece.lstrip())]
    tail = piece[len(piece.rstrip()) :]
    numbers = "".join(f"[{number}]" for number in cited)
    note = "" if supported else UNSUPPORTED_NOTE
    return f"{lead}{body}{' ' + numbers if numbers else ''}{note}{tail}"


def _finish(turn: Turn, answer: str, claims: dict[int, str], unsupported: int) -> None:
    for source in turn.sources:
        if claims[source.n]:
            source.cited = True
            narrow(source, claims[source.n])
    turn.findings.extend(
        Finding(mark["rule"], Value.RELIABILITY, Stage.OUTPUT, Action.WARN, 1.0, mark["start"], mark["end"])
        for mark in turn.marks
    )
    if answer != turn.draft:
        turn.emit(EventType.RETRACT, {"text": answer, "reason": "checked"})
    turn.end(Status.ANSWERED_PARTLY_SUPPORTED if unsupported else Status.ANSWERED, answer)


def _retract(turn: Turn, status: Status) -> None:
    turn.end(status)
    turn.emit(EventType.RETRACT, {"text": turn.answer, "reason": status.value})
