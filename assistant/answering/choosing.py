"""A small model chooses the source and says the answer in a few words; the provision follows in the law's own words.

Models of one or two billion parameters get free answers wrong one time in four and put the right one into sixty
characters far more often. So the provision that the extractive answer would give is shown at once; meanwhile the
model is asked for ``{"번호": n, "답": "…"}``. Its words go before the provision when they stand in the source, and only
then.
"""

from __future__ import annotations

import asyncio
import json
import re
import secrets
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from assistant.answering import extractive
from assistant.answering.events import EventType
from assistant.answering.proof import Prover
from assistant.answering.turn import Status
from assistant.answering.writing import place
from assistant.errors import ErrorCode, Failure
from guardrails.types import Action, Stage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.answering.extractive import Extract
    from assistant.answering.kit import Kit
    from assistant.answering.turn import Source, Turn
    from assistant.ports import ChatModel

MOST_SOURCES: Final = 3  # a small model reads about seventy tokens a second on two idle cores
MOST_CHARS: Final = 260  # of one source
SHORTEST: Final = 6  # characters of the answer: left to itself a small model writes a single syllable
LONGEST: Final = 80
_TOKENS: Final = 96
_MOST_RAW: Final = 600  # characters of JSON; more is a model that does not end
_OBJECT: Final = re.compile(r"\{.*\}", re.DOTALL)
_KOREAN_END: Final = re.compile(r"[다요음함임됨까오][.!?]?$")


class Choice(NamedTuple):
    """What the model chose: a source's number (0 for none) and the answer in a few words."""

    n: int
    words: str


async def choose(turn: Turn, kit: Kit, model: ChatModel) -> None:
    """Fill ``turn.extracts`` and, where the model's words stand, ``turn.statements``.

    Raises:
        Failure: the model's.
    """
    turn.extracts = await asyncio.to_thread(extractive.extract, turn.search_query, turn.sources, kit.embedder)
    doubtful = extractive.doubtful(turn.evidence)
    turn.draft = extractive.compose(turn.extracts, doubtful=doubtful)
    if not turn.draft:
        turn.end(Status.UNANSWERABLE_NO_SOURCE)
        return
    turn.emit(EventType.DELTA, {"text": turn.draft})
    offered = _offered(turn)
    choice = read_choice(await _ask(turn, kit, model, offered), [source.n for source in offered])
    if turn.stopped():
        turn.end(Status.REFUSED_STOPPED)
    if turn.ended or choice is None or choice.n == 0:
        return
    await _take(turn, kit, choice)
    if turn.statements:
        turn.model = model.name
    turn.draft = written(turn)
    turn.emit(EventType.RETRACT, {"text": turn.draft, "reason": "chosen"})


def written(turn: Turn) -> str:
    """Return the answer: the model's words, where they stand, and the provisions."""
    quoted = extractive.compose(turn.extracts, doubtful=extractive.doubtful(turn.evidence))
    return "\n\n".join([*(statement.text for statement in turn.statements), quoted])


def _offered(turn: Turn) -> list[Source]:
    """Return the sources the model chooses from: those quoted first, then the best found."""
    ordered = [extract.source for extract in turn.extracts] + [s for s in turn.sources if not s.details]
    return list({source.n: source for source in ordered}.values())[:MOST_SOURCES]


async def _ask(turn: Turn, kit: Kit, model: ChatModel, offered: Sequence[Source]) -> str:
    prompt = kit.prompts.get("choose")
    turn.prompt = f"{prompt.name}@{prompt.version}:{prompt.hash[:12]}"
    quoted = {extract.source.n: extract for extract in turn.extracts}
    messages = prompt.render(
        question=turn.question,
        nonce=secrets.token_hex(8),
        sources=[
            {
                "n": number,
                "title": source.title,
                "locator": place(source),
                "text": turn.pseudonyms.hide(_excerpt(source, quoted.get(source.n))),
            }
            for number, source in enumerate(offered, start=1)
        ],
    )
    turn.tokens_in = sum(kit.tokens.count(message["content"]) for message in messages)
    text = ""
    try:
        async with (
            asyncio.timeout(kit.settings.llm_answer_s),
            aclosing(model.stream(messages, max_tokens=_TOKENS, schema=_schema(len(offered)))) as stream,  # type: ignore[type-var]  # every stream of ours is a generator
        ):
            async for piece in stream:
                text += piece
                if turn.stopped() or len(text) > _MOST_RAW:
                    break
    except TimeoutError as error:
        raise Failure(ErrorCode.MODEL_TIMEOUT, detail="ASSISTANT_LLM_ANSWER_S") from error
    turn.tokens_out = kit.tokens.count(text)
    return text


def _schema(count: int) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {
            "번호": {"type": "integer", "enum": list(range(count + 1))},
            "답": {"type": "string", "minLength": SHORTEST, "maxLength": LONGEST},
        },
        "required": ["번호", "답"],
        "additionalProperties": False,
    }


def _excerpt(source: Source, extract: Extract | None) -> str:
    if extract is not None:
        return "\n".join(piece.text for piece in extract.pieces)[:MOST_CHARS]
    return source.text[:MOST_CHARS]


def read_choice(text: str, numbers: Sequence[int]) -> Choice | None:
    """Read the model's JSON, whatever stands around it; ``None`` when it cannot be read or names no source.

    The prompt numbers the sources from 1 in the order of ``numbers``.
    """
    found = _OBJECT.search(text)
    try:
        data = json.loads(found.group()) if found else None
        n, words = int(data["번호"]), str(data["답"])  # type: ignore[index]  # what is no dictionary raises TypeError
    except (ValueError, TypeError, KeyError):
        return None
    if not 0 <= n <= len(numbers):
        return None
    return Choice(numbers[n - 1] if n else 0, " ".join(words.split())[: LONGEST + 1])


async def _take(turn: Turn, kit: Kit, choice: Choice) -> None:
    """Put the chosen source's provision first, and the model's words before it where they stand."""
    source = next(source for source in turn.sources if source.n == choice.n)
    if len(choice.words) > LONGEST or not _KOREAN_END.search(choice.words):
        return  # cut off, or no sentence: the provision says it better
    sentence = choice.words if choice.words[-1] in ".?!" else f"{choice.words}."
    report = await asyncio.to_thread(kit.guards.inspect, sentence, Stage.OUTPUT)
    turn.findings.extend(report.findings)
    if report.action is Action.BLOCK:
        return
    if report.action is Action.REDACT:
        sentence, _ = kit.pii.redact(sentence)
    prover = await asyncio.to_thread(Prover, [source], known=(turn.question,))
    statement = await asyncio.to_thread(prover.prove, f"{sentence} [{source.n}]")
    if statement is None or statement.rule or not statement.cited:
        return
    await _lead_with(turn, kit, source)
    turn.statements = [statement]


async def _lead_with(turn: Turn, kit: Kit, source: Source) -> None:
    """Let the provision of the chosen source come first, the one that came first beside it."""
    if turn.extracts[0].source is source:
        return
    chosen = await asyncio.to_thread(extractive.extract, turn.search_query, [source], kit.embedder)
    if chosen:
        turn.extracts = [chosen[0], *(extract for extract in turn.extracts if extract.source is not source)]
