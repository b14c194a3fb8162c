"""Compose: let the model write from the numbered sources, sentence by sentence through the output guard.

Where no model may or can write - none is connected, the grade forbids it, it failed - the answer is made of the
sources' own sentences, and a notice says so.
"""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING, Any

from assistant.answering import extractive
from assistant.answering.events import EventType
from assistant.answering.turn import Status
from assistant.errors import Failure
from assistant.library.legal import korean_today
from assistant.messages import title
from guardrails.stream import SentenceGate
from guardrails.types import Action, Stage

if TYPE_CHECKING:
    from assistant.answering.kit import Kit
    from assistant.answering.turn import Turn
    from assistant.ports import ChatMessage, ChatModel

EXTRACTIVE = "extractive"
_GRADES = "OSC"
_RESERVE_TOKENS = 64  # chat templates add a few tokens a message
_SMALLEST_SOURCE = 80  # tokens; less of a source than this is not worth sending


async def compose(turn: Turn, kit: Kit) -> None:
    """Fill ``turn.draft`` and emit it as it is written."""
    model = kit.model
    if model is None:
        turn.notice("no_model", "연결된 언어 모델이 없어, 찾은 문서의 문장을 그대로 보여 드립니다.")
        await _extract(turn, kit)
    elif _GRADES.index(model.max_grade) < _GRADES.index(turn.grade):
        turn.notice(
            "grade_local",
            f"{turn.grade}등급 자료가 포함되어 언어 모델에 보내지 않고, 찾은 문서의 문장을 그대로 보여 드립니다.",
        )
        await _extract(turn, kit)
    else:
        try:
            await _write(turn, kit, model)
        except Failure as failure:
            turn.failure = failure
            turn.notice(failure.code.value, f"{title(failure.code)} 찾은 문서의 문장을 대신 보여 드립니다.")
            if turn.draft:
                turn.emit(EventType.RETRACT, {"text": "", "reason": failure.code.value})
            await _extract(turn, kit)


async def _extract(turn: Turn, kit: Kit) -> None:
    turn.model = EXTRACTIVE
    turn.extracts = await asyncio.to_thread(extractive.extract, turn.search_query, turn.sources, kit.embedder)
    turn.draft = extractive.compose(turn.extracts, doubtful=extractive.doubtful(turn.evidence))
    if not turn.draft:
        turn.end(Status.UNANSWERABLE_NO_SOURCE)
        return
    turn.emit(EventType.DELTA, {"text": turn.draft})


async def _write(turn: Turn, kit: Kit, model: ChatModel) -> None:
    """Stream the model's answer through the sentence gate.

    Raises:
        Failure: the model's, when it fails before or while it writes.
    """
    messages = _messages(turn, kit, model)
    turn.model = model.name
    turn.tokens_in = sum(kit.tokens.count(message["content"]) for message in messages)
    gate = SentenceGate()
    async for piece in model.stream(messages, max_tokens=kit.settings.llm_max_output_tokens):
        for sentence in gate.feed(piece):
            await _release(sentence, turn, kit)
        if turn.stopped() and not turn.ended:
            turn.end(Status.REFUSED_STOPPED)
        if turn.ended:
            break
    if not turn.ended:
        for sentence in gate.flush():
            await _release(sentence, turn, kit)
    turn.tokens_out = kit.tokens.count(turn.draft)


async def _release(sentence: str, turn: Turn, kit: Kit) -> None:
    """Show one sentence, redacted where policy says so, or take the whole answer back."""
    if turn.ended:
        return
    report = await asyncio.to_thread(kit.guards.inspect, sentence, Stage.OUTPUT)
    turn.findings.extend(report.findings)
    if report.action is Action.BLOCK:
        turn.end(Status.BLOCKED_OUTPUT)
        turn.emit(EventType.RETRACT, {"text": turn.answer, "reason": Status.BLOCKED_OUTPUT.value})
        return
    if report.action is Action.REDACT:
        sentence, _ = kit.pii.redact(sentence)
    turn.draft += sentence
    turn.emit(EventType.DELTA, {"text": sentence})


def _messages(turn: Turn, kit: Kit, model: ChatModel) -> list[ChatMessage]:
    """Render the prompt with as many sources as the context window holds, best first."""
    prompt = kit.prompts.get("answer")
    turn.prompt = f"{prompt.name}@{prompt.version}:{prompt.hash[:12]}"
    variables: dict[str, Any] = {
        "question": turn.question,
        "nonce": secrets.token_hex(8),
        "today": (turn.as_of or korean_today()).isoformat(),
        "history": turn.background,
    }
    empty = prompt.render(sources=[], **variables)
    budget = model.context_tokens - kit.settings.llm_max_output_tokens - _RESERVE_TOKENS
    budget -= sum(kit.tokens.count(message["content"]) for message in empty)
    return prompt.render(sources=_fitting(turn, kit, budget), **variables)


def _fitting(turn: Turn, kit: Kit, budget: int) -> list[dict[str, Any]]:
    """Return the sources as the prompt takes them, pseudonymised, the last one cut to fit."""
    result: list[dict[str, Any]] = []
    for source in turn.sources:
        head = f"{source.title} {source.locator.get('article') or ''}"
        room = budget - kit.tokens.count(head) - 24
        if room < _SMALLEST_SOURCE and result:
            break
        text = kit.tokens.cut(turn.pseudonyms.hide(source.text), max(room, _SMALLEST_SOURCE))
        budget = room - kit.tokens.count(text)
        result.append(
            {
                "n": source.n,
                "title": source.title,
                "locator": " ".join(
                    str(part) for part in (source.locator.get("article"), source.locator.get("article_title")) if part
                ),
                "effective": source.effective_on.isoformat() if source.effective_on else "",
                "text": text,
            }
        )
    return result
