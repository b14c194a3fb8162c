"""Reading what a model server sends, line by line, whatever it is."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

import orjson

from assistant.errors import ErrorCode, Failure

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_DONE: Final = b"[DONE]"
_MOST_BYTES: Final = 4 * 1024 * 1024  # of an answer that comes in one piece
_OPEN, _CLOSE = "<think>", "</think>"


async def pieces(lines: AsyncIterator[str], silence_s: float, *, whole: bool = False) -> AsyncIterator[str]:
    """Read a server's event stream: yield content, end at ``[DONE]``, complain about anything else.

    Args:
        lines: of the body.
        silence_s: longest wait for a line.
        whole: the server knows no streams and sent one object instead.
    """
    if whole:
        yield await _whole(lines, silence_s)
        return
    finished = False
    events = 0
    iterator = aiter(lines)
    while True:
        try:
            async with asyncio.timeout(silence_s):  # not wait_for(), which can lose a cancellation in Python 3.11
                line = await anext(iterator)
        except StopAsyncIteration:
            break
        raw = line.encode(errors="replace") if isinstance(line, str) else line
        if not raw.startswith(b"data:"):
            continue
        payload = raw[5:].strip()
        if payload == _DONE:
            finished = True
            break
        events += 1
        content, reason = _read_event(payload, "delta")
        finished = finished or reason is not None
        if content:
            yield content
    if events == 0:
        raise Failure(ErrorCode.MODEL_NONSENSE, detail="no events")
    if not finished:
        raise Failure(ErrorCode.MODEL_CUT_OFF)


async def _whole(lines: AsyncIterator[str], silence_s: float) -> str:
    """Read an answer that came as one object."""
    body = ""
    async with asyncio.timeout(silence_s):
        async for line in lines:
            body += line
            if len(body) > _MOST_BYTES:
                raise Failure(ErrorCode.MODEL_NONSENSE, detail="too much")
    content, _ = _read_event(body.encode(errors="replace"), "message")
    return content


def _read_event(payload: bytes, holder: str) -> tuple[str, str | None]:
    """Return the content and the finish reason of one event."""
    try:
        event: Any = orjson.loads(payload)
        if "error" in event:
            raise Failure(ErrorCode.MODEL_UNAVAILABLE, detail="error event")
        choices = event.get("choices") or []
        if not choices:
            return "", None  # usage events, and Azure's first one, have no choice
        choice = choices[0]
        reason = choice.get("finish_reason")
        if reason == "content_filter":
            raise Failure(ErrorCode.MODEL_FILTERED)
        content = (choice.get(holder) or {}).get("content") or ""
        if isinstance(content, list):  # typed parts
            content = "".join(str(part.get("text") or "") for part in content)
        return str(content), reason
    except (orjson.JSONDecodeError, AttributeError, TypeError, KeyError, IndexError) as error:
        raise Failure(ErrorCode.MODEL_NONSENSE, detail="unreadable event") from error


async def without_thoughts(stream: AsyncIterator[str]) -> AsyncIterator[str]:
    """Leave out what stands between ``<think>`` and ``</think>`` at the beginning of an answer.

    Reasoning models say it in the content where their server does not keep it apart.
    """
    held = ""
    state = "start"
    async for piece in stream:
        if state == "text":
            yield piece
            continue
        held += piece
        if state == "start":
            head = held.lstrip()
            if head.startswith(_OPEN):
                state = "thinking"
            elif not _OPEN.startswith(head):
                state = "text"
                yield held
                continue
        if state == "thinking" and _CLOSE in held:
            state = "text"
            rest = held.partition(_CLOSE)[2].lstrip()
            if rest:
                yield rest
        elif state == "thinking":
            held = _OPEN + held[-len(_CLOSE) :]  # thoughts may be long; only their end matters
    if state == "start" and held:
        yield held
