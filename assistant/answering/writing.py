"""A model writes the answer from the numbered sources; every sentence is guarded and proven before it is shown."""

from __future__ import annotations

import asyncio
import secrets
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Final

from assistant.answering.events import EventType
from assistant.answering.proof import MOST_CHARS, Prover
from assistant.answering.turn import Status
from assistant.errors import ErrorCode, Failure
from assistant.library.legal import korean_today
from guardrails.stream import SentenceGate
from guardrails.types import Action, Stage

if TYPE_CHECKING:
    from assistant.answering.kit import Kit
    from assistant.answering.turn import Source, Turn
    from assistant.ports import ChatMessage, ChatModel

LEFT_OUT: Final = "sentences_left_out"
_RESERVE_TOKENS: Final = 64  # chat templates add a few tokens a message
_SMALLEST_SOURCE: Final = 80  # tokens; less of a source than this is not worth sending
_ENDS: Final = ".?!。…:])|”\"'"


async def write(turn: Turn, kit: Kit, model: ChatModel) -> None:
    """Stream the model's answer through the sentence gate into ``turn.statements``, showing what stands.

    Raises:
        Failure: the model's, when it fails before or while it writes.
    """
    nonce = secrets.token_hex(8)
    messages = _messages(turn, kit, model, nonce)
    turn.model = model.name
    turn.tokens_in = sum(kit.tokens.count(message["content"]) for message in messages)
    prover = await asyncio.to_thread(Prover, turn.sources, known=(turn.question,), secrets=(nonce,))
    length = 0
    gate = SentenceGate()
    try:
        async with (
            asyncio.timeout(kit.settings.llm_answer_s),
            aclosing(model.stream(messages, max_tokens=kit.settings.llm_max_output_tokens)) as stream,  # type: ignore[type-var]  # every stream of ours is a generator
        ):
            async for piece in stream:
                length += len(piece)
                for sentence in gate.feed(piece):
                    await _release(sentence, turn, kit, prover)
                if turn.stopped() and not turn.ended:
                    turn.end(Status.REFUSED_STOPPED)
                if turn.ended or prover.lost or length > MOST_CHARS:
                    break
    except TimeoutError as error:
        raise Failure(ErrorCode.MODEL_TIMEOUT, detail="ASSISTANT_LLM_ANSWER_S") from error
    if not turn.ended and not prover.lost and length <= MOST_CHARS:
        for sentence in gate.flush():
            if not turn.statements or sentence.rstrip().endswith(tuple(_ENDS)) or _ends_as_korean(sentence):
                await _release(sentence, turn, kit, prover)
    turn.tokens_out = kit.tokens.count(turn.draft)
    if prover.dropped and turn.statements and not turn.ended:
        turn.notice(LEFT_OUT, f"찾은 문서와 맞지 않는 문장 {prover.dropped}개를 답에서 뺐습니다.")


def _ends_as_korean(sentence: str) -> bool:
    """Whether a last line without a full stop is whole: cut off by the token limit it would end in the middle."""
    return sentence.rstrip()[-1:] in set("다요음함임됨까오")


async def _release(sentence: str, turn: Turn, kit: Kit, prover: Prover) -> None:
    """Show one sentence as it was proven, redacted where policy says so, or take the whole answer back."""
    if turn.ended:
        return
    report = await asyncio.to_thread(kit.guards.inspect, sentence, Stage.OUTPUT)
    turn.findings.extend(report.findings)
    if report.action is Action.BLOCK:
        turn.statements.clear()
        turn.end(Status.BLOCKED_OUTPUT)
        turn.emit(EventType.RETRACT, {"text": turn.answer, "reason": Status.BLOCKED_OUTPUT.value})
        return
    if report.action is Action.REDACT:
        sentence, _ = kit.pii.redact(sentence)
    statement = await asyncio.to_thread(prover.prove, sentence)
    if statement is None or (not turn.statements and not statement.body):
        return
    turn.statements.append(statement)
    turn.draft += statement.text
    turn.emit(EventType.DELTA, {"text": statement.text})


def _messages(turn: Turn, kit: Kit, model: ChatModel, nonce: str) -> list[ChatMessage]:
    """Render the prompt with as many sources as the context window holds, best first."""
    prompt = kit.prompts.get("answer")
    turn.prompt = f"{prompt.name}@{prompt.version}:{prompt.hash[:12]}"
    variables: dict[str, Any] = {
        "question": turn.question,
        "nonce": nonce,
        "today": (turn.as_of or korean_today()).isoformat(),
        "history": turn.background,
    }
    empty = prompt.render(sources=[], **variables)
    budget = model.context_tokens - kit.settings.llm_max_output_tokens - _RESERVE_TOKENS
    budget -= sum(kit.tokens.count(message["content"]) for message in empty)
    return prompt.render(sources=_fitting(turn, kit, budget), **variables)


def _fitting(turn: Turn, kit: Kit, budget: int) -> list[dict[str, Any]]:
    """Return the sources as the prompt takes them, pseudonymised, the last one cut to fit.

    Whole articles go in as long as all of them fit; where they do not, the passages that search found.
    """
    heads = sum(kit.tokens.count(f"{source.title} {place(source)}") + 24 for source in turn.sources)
    whole = sum(kit.tokens.count(source.body) for source in turn.sources) + heads <= budget
    result: list[dict[str, Any]] = []
    for source in turn.sources:
        room = budget - kit.tokens.count(f"{source.title} {place(source)}") - 24
        if room < _SMALLEST_SOURCE and result:
            break
        words = turn.pseudonyms.hide(source.body if whole else source.text)
        text = kit.tokens.cut(words, max(room, _SMALLEST_SOURCE))
        budget = room - kit.tokens.count(text)
        result.append(
            {
                "n": source.n,
                "title": source.title,
                "locator": place(source),
                "effective": source.effective_on.isoformat() if source.effective_on else "",
                "text": text,
            }
        )
    return result


def place(source: Source) -> str:
    """Return a source's article and its heading."""
    return " ".join(str(part) for part in (source.locator.get("article"), source.locator.get("article_title")) if part)
