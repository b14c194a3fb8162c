"""A model works through a long text part by part (map), then draws the points together (reduce).

Every line it writes is proven against the passages it was shown before it counts; what does not stand is left out.
Nothing of a text that was not read is claimed: where the text is longer than may be read, the answer says so.
"""

from __future__ import annotations

import asyncio
import secrets
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from assistant.answering.citations import marks, narrow, without_marks
from assistant.answering.events import EventType
from assistant.answering.proof import Prover
from assistant.answering.tasks.points import Point
from assistant.answering.tasks.spec import TaskKind
from assistant.errors import ErrorCode, Failure
from guardrails.types import Action, Stage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from assistant.answering.kit import Kit
    from assistant.answering.turn import Source, Turn
    from assistant.ports import ChatMessage, ChatModel

ORDERS: Final = {
    TaskKind.SUMMARY: "이 부분의 핵심 내용을 요점으로 정리하십시오. 요점은 5개를 넘지 않습니다.",
    TaskKind.DUTIES: (
        "누가 무엇을 언제까지 하여야 하는지(의무, 금지, 기한)를 빠짐없이 적으십시오. 주체와 기한을 문장에 밝힙니다."
    ),
}
MOST_PARTS: Final = 24  # model calls for one text
_PART_TOKENS: Final = 2400  # of a part; more of it at once makes models skip the middle
_MOST_SOURCES: Final = 20  # passages of a part
_MOST_POINTS: Final = 15
_SHORTEST_LINE: Final = 8
_RESERVE: Final = 200
_ANSWER_TOKENS: Final = 700


@dataclass(frozen=True, slots=True)
class Part:
    """Passages that are read at once, numbered from 1."""

    sources: tuple[Source, ...]


async def work(kind: TaskKind, sources: Sequence[Source], turn: Turn, kit: Kit, model: ChatModel) -> list[Point]:
    """Return the points a model makes of a text, each proven; progress is told part by part.

    Raises:
        Failure: the model's.
    """
    prompt = kit.prompts.get("digest")
    turn.prompt, turn.model = f"{prompt.name}@{prompt.version}:{prompt.hash[:12]}", model.name
    parts = list(_parts(sources, turn, kit, model))
    if len(parts) > MOST_PARTS:
        left = sum(len(part.sources) for part in parts[MOST_PARTS:])
        turn.notice("task_cut", f"문서가 길어 앞에서부터 읽었습니다. 뒤쪽 조각 {left}개는 읽지 않았습니다.")
    points: list[Point] = []
    dropped = 0
    for number, part in enumerate(parts[:MOST_PARTS], start=1):
        told = {"done": number - 1, "total": min(len(parts), MOST_PARTS)}
        turn.emit(EventType.PROGRESS, {**told, "label": "문서를 나누어 읽고 있습니다"})
        made, lost = await _ask(part.sources, _map(kind, part, turn, kit), turn, kit, model)
        points += made
        dropped += lost
        if turn.stopped():
            break
    if kind is TaskKind.SUMMARY and len(points) > _MOST_POINTS:
        turn.emit(EventType.PROGRESS, {"done": 1, "total": 1, "label": "요점을 간추리고 있습니다"})
        points = await _reduce(kind, points, turn, kit, model) or points[:_MOST_POINTS]
    if dropped:
        turn.notice("sentences_left_out", f"문서로 확인되지 않는 문장 {dropped}개를 뺐습니다.")
    return points


def _parts(sources: Sequence[Source], turn: Turn, kit: Kit, model: ChatModel) -> Iterator[Part]:
    """Cut a text into parts that fit into the model's window."""
    budget = max(300, min(_PART_TOKENS, model.context_tokens - kit.settings.llm_max_output_tokens - _RESERVE - 600))
    run: list[Source] = []
    used = 0
    for source in sources:
        size = kit.tokens.count(turn.pseudonyms.hide(source.text)) + 30
        if run and (used + size > budget or len(run) == _MOST_SOURCES):
            yield Part(tuple(replace(one, n=n) for n, one in enumerate(run, start=1)))
            run, used = [], 0
        run.append(source)
        used += size
    if run:
        yield Part(tuple(replace(one, n=n) for n, one in enumerate(run, start=1)))


def _map(kind: TaskKind, part: Part, turn: Turn, kit: Kit) -> tuple[list[ChatMessage], str]:
    nonce = secrets.token_hex(8)
    listed: list[dict[str, Any]] = [
        {
            "n": source.n,
            "locator": " ".join(
                str(one) for one in (source.locator["article"], source.locator["article_title"]) if one
            ),
            "text": kit.tokens.cut(turn.pseudonyms.hide(source.text), _PART_TOKENS),
        }
        for source in part.sources
    ]
    title = turn.pseudonyms.hide(part.sources[0].title)
    return kit.prompts.get("digest").render(task=ORDERS[kind], title=title, sources=listed, nonce=nonce), nonce


async def _reduce(kind: TaskKind, points: Sequence[Point], turn: Turn, kit: Kit, model: ChatModel) -> list[Point]:
    """Draw points together; what is written is proven against the passages of the points."""
    sources: list[Source] = []
    numbers: dict[str, int] = {}
    for point in points:
        for source, _, _ in point.quotes:
            if source.chunk_id not in numbers:
                numbers[source.chunk_id] = len(sources) + 1
                sources.append(replace(source, n=len(sources) + 1))
    listed = [
        {"text": f"- {point.text} " + "".join(f"[{numbers[source.chunk_id]}]" for source, _, _ in point.quotes)}
        for point in points
    ]
    nonce = secrets.token_hex(8)
    title = turn.pseudonyms.hide(sources[0].title)
    messages = kit.prompts.get("condense").render(
        task=ORDERS[kind].split(".", 1)[0] + ".", title=title, points=listed, most=str(_MOST_POINTS), nonce=nonce
    )
    if sum(kit.tokens.count(one["content"]) for one in messages) > model.context_tokens - _ANSWER_TOKENS - _RESERVE:
        return []
    made, _ = await _ask(sources, (messages, nonce), turn, kit, model)
    return made[:_MOST_POINTS]


async def _ask(
    sources: Sequence[Source], asked: tuple[list[ChatMessage], str], turn: Turn, kit: Kit, model: ChatModel
) -> tuple[list[Point], int]:
    """Return what stands of a model's lines, and how many did not."""
    messages, nonce = asked
    turn.tokens_in += sum(kit.tokens.count(one["content"]) for one in messages)
    most = min(_ANSWER_TOKENS, kit.settings.llm_max_output_tokens)
    try:
        async with (
            asyncio.timeout(kit.settings.llm_answer_s),
            aclosing(model.stream(messages, max_tokens=most)) as stream,  # type: ignore[type-var]  # every stream of ours is a generator
        ):
            text = "".join([piece async for piece in stream])
    except TimeoutError as error:
        raise Failure(ErrorCode.MODEL_TIMEOUT, detail="ASSISTANT_LLM_ANSWER_S") from error
    turn.tokens_out += kit.tokens.count(text)
    return await asyncio.to_thread(_proven, text, sources, nonce, turn, kit)


def _proven(text: str, sources: Sequence[Source], nonce: str, turn: Turn, kit: Kit) -> tuple[list[Point], int]:
    prover = Prover(sources, secrets=(nonce,))
    by_number = {source.n: source for source in sources}
    points: list[Point] = []
    dropped = 0
    for line in text.split("\n"):
        plain = line.strip().lstrip("-*•· ").strip()
        if len(without_marks(plain)) < _SHORTEST_LINE:
            continue
        report = kit.guards.inspect(plain, Stage.OUTPUT)
        turn.findings.extend(report.findings)
        statement = None if report.action is Action.BLOCK else prover.prove(plain)
        if statement is None or statement.rule or not statement.cited:
            dropped += 1
            continue
        body = kit.pii.redact(statement.body)[0] if report.action is Action.REDACT else statement.body
        points.append(Point(body, tuple(_quote(by_number[n], body) for n in marks(statement.text))))
    return points, dropped


def _quote(source: Source, body: str) -> tuple[Source, int, int]:
    """Return the sentence of a passage that a line rests on."""
    copy = replace(source, around="", around_start=0)
    narrow(copy, body)
    return source, copy.start - source.chunk_start, copy.end - source.chunk_start
