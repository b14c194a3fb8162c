"""Check: citations resolve, figures and articles stand in the sources, what does not is marked or withheld."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from assistant.answering.citations import marks, narrow, normalise_marks, quote_span, without_marks
from assistant.answering.events import EventType
from assistant.answering.turn import Status
from guardrails import grounding
from guardrails.stream import SentenceGate
from guardrails.types import Action, Finding, Stage, Value

if TYPE_CHECKING:
    from assistant.answering.kit import Kit
    from assistant.answering.turn import Turn

UNSUPPORTED_NOTE = " (근거 확인 필요)"
UNSUPPORTED_RULE = "reliability.unsupported"
_NOTHING_FOUND = "근거를 찾지 못했습니다"


async def check(turn: Turn, kit: Kit) -> None:
    """Turn ``turn.draft`` into ``turn.answer`` with cited sources and a final status."""
    del kit
    if turn.extracts:
        _check_extracts(turn)
    else:
        await asyncio.to_thread(_check_written, turn)
    turn.emit(
        EventType.CITATIONS,
        {"items": [source.view() for source in turn.sources], "marks": turn.marks},
    )


def _check_extracts(turn: Turn) -> None:
    """Cite what was quoted. A quote that does not stand in its source would be a defect and is not shown."""
    for extract in turn.extracts:
        source, sentence = extract.source, extract.sentence
        if source.text[sentence.start : sentence.end] != sentence.text:
            raise AssertionError(f"quote of source {source.n} is not verbatim")
        quote_span(source, sentence.start, sentence.end)
        source.cited = True
    turn.end(Status.ANSWERED_EXTRACTIVE, turn.draft)


def _check_written(turn: Turn) -> None:
    by_number = {source.n: source for source in turn.sources}
    draft = normalise_marks(turn.draft, by_number.keys()).strip()
    if not draft or without_marks(draft).startswith(_NOTHING_FOUND):
        _retract(turn, Status.UNANSWERABLE_NO_SOURCE)
        return
    pieces, claims, unsupported, checked = [], dict.fromkeys(by_number, ""), 0, 0
    gate = SentenceGate()
    for piece in [*gate.feed(draft), *gate.flush()]:
        cited = marks(piece)
        body = without_marks(piece)
        if not any(character.isalnum() for character in body):
            pieces.append(piece)
            continue
        checked += 1
        supported, cited = _supported(body, cited, turn)
        for number in cited:
            claims[number] += " " + body
        start = sum(map(len, pieces))
        text = _marked(piece, cited if supported else marks(piece), supported=supported)
        pieces.append(text)
        if not supported:
            unsupported += 1
            turn.marks.append({"start": start, "end": start + len(text.rstrip()), "rule": UNSUPPORTED_RULE})
    if checked in {0, unsupported}:
        turn.marks.clear()
        _retract(turn, Status.UNANSWERABLE_UNSUPPORTED)
        return
    _finish(turn, "".join(pieces), claims, unsupported)


def _supported(body: str, cited: list[int], turn: Turn) -> tuple[bool, list[int]]:
    """Whether a sentence stands in its sources; where it stands in another one, that one is cited instead."""
    texts = {
        source.n: f"{source.title} {source.locator.get('article') or ''}\n{source.text}" for source in turn.sources
    }
    if cited and grounding.check(body, [texts[n] for n in cited]).ok:
        return True, cited
    for number, text in texts.items():
        if grounding.check(body, [text]).ok:
            return True, [number]
    return False, cited


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
        Finding(UNSUPPORTED_RULE, Value.RELIABILITY, Stage.OUTPUT, Action.WARN, 1.0, mark["start"], mark["end"])
        for mark in turn.marks
    )
    if answer != turn.draft:
        turn.emit(EventType.RETRACT, {"text": answer, "reason": "checked"})
    turn.end(Status.ANSWERED_PARTLY_SUPPORTED if unsupported else Status.ANSWERED, answer)


def _retract(turn: Turn, status: Status) -> None:
    turn.end(status)
    turn.emit(EventType.RETRACT, {"text": turn.answer, "reason": status.value})
