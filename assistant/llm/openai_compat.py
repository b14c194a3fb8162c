"""Any OpenAI-compatible chat endpoint, through the ``openai`` SDK.

The SDK opens the stream; its lines are read here. Typed stream objects cost five times the CPU a token
(FACTS in ``docs/adr``), and a server's oddities must become one of our codes anyway.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import orjson

from assistant.errors import ErrorCode, Failure

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from openai import AsyncOpenAI

    from assistant.ports import ChatMessage

_DONE = b"[DONE]"


class OpenAICompatibleModel:
    """A chat model behind ``/v1/chat/completions``.

    Args:
        base_url: address up to and including ``/v1``; always passed on, so that no default host is ever used.
        model: model name as the server knows it.
        api_key: key, or empty where the server wants none.
        max_grade: highest data grade this endpoint may receive.
        context_tokens: its context window.
        temperature: sampling temperature.
        timeout_s: longest silence before the call is given up.
    """

    def __init__(
        self,
        *,
        base_url: str,
        model: str,
        api_key: str = "",
        max_grade: str = "O",
        context_tokens: int = 8192,
        temperature: float = 0.1,
        timeout_s: float = 60,
    ) -> None:
        import openai  # noqa: F401, PLC0415 - two seconds, spent here in a thread rather than on the event loop

        self.name = model or "default"
        self.max_grade = max_grade
        self.context_tokens = context_tokens
        self._base_url = base_url
        self._api_key = api_key or "none"
        self._temperature = temperature
        self._timeout_s = timeout_s
        self._clients: WeakKeyDictionary[asyncio.AbstractEventLoop, AsyncOpenAI] = WeakKeyDictionary()

    def _client(self) -> AsyncOpenAI:
        """Return the client of the running event loop: its connections cannot be shared between loops."""
        loop = asyncio.get_running_loop()
        if loop not in self._clients:
            from openai import AsyncOpenAI  # noqa: PLC0415 - two seconds to import

            self._clients[loop] = AsyncOpenAI(
                base_url=self._base_url, api_key=self._api_key, timeout=self._timeout_s, max_retries=1
            )
        return self._clients[loop]

    async def aclose(self) -> None:
        """Close the connections of the running event loop."""
        client = self._clients.pop(asyncio.get_running_loop(), None)
        if client is not None:
            await client.close()

    async def stream(self, messages: Sequence[ChatMessage], *, max_tokens: int) -> AsyncIterator[str]:
        """Yield the answer's text as it arrives.

        Raises:
            Failure: with a ``model_…`` code; see :class:`assistant.ports.ChatModel`.
        """
        request = self._client().chat.completions.with_streaming_response.create(
            model=self.name,
            messages=list(messages),  # type: ignore[arg-type]  # plain dictionaries with the same keys
            max_tokens=max_tokens,
            temperature=self._temperature,
            stream=True,
        )
        try:
            async with request as response:
                async for piece in _pieces(response.iter_lines(), self._timeout_s):
                    yield piece
        except Failure:
            raise
        except Exception as error:  # told apart below; what is not understood is raised again
            failure = _translate(error)
            if failure is None:
                raise
            raise failure from error


def _translate(error: Exception) -> Failure | None:
    """Return our failure for an error of the SDK, or of the HTTP library under it; ``None`` for any other.

    The HTTP library raises its own errors while a body is read, and which library that is changes between
    SDK versions, so those are told apart by name.
    """
    import openai  # noqa: PLC0415 - two seconds to import

    name = type(error).__name__
    if isinstance(error, (openai.APITimeoutError, TimeoutError)) or "Timeout" in name:
        return Failure(ErrorCode.MODEL_TIMEOUT)
    if isinstance(error, openai.APIConnectionError):
        return Failure(ErrorCode.MODEL_UNAVAILABLE, detail=type(error.__cause__).__name__)
    if isinstance(error, openai.APIStatusError):
        refused = isinstance(error, (openai.AuthenticationError, openai.PermissionDeniedError))
        code = ErrorCode.MODEL_REFUSED_KEY if refused else ErrorCode.MODEL_UNAVAILABLE
        return Failure(code, detail=f"HTTP {error.status_code}")
    if isinstance(error, openai.OpenAIError):
        return Failure(ErrorCode.MODEL_NONSENSE, detail=name)
    if any(word in name for word in ("Protocol", "Read", "Network", "Connect", "Stream", "Closed")):
        return Failure(ErrorCode.MODEL_CUT_OFF, detail=name)
    return None


async def _pieces(lines: AsyncIterator[str], silence_s: float) -> AsyncIterator[str]:
    """Read a server's event stream: yield content, end at ``[DONE]``, complain about anything else."""
    finished = False
    events = 0
    iterator = aiter(lines)
    while True:
        try:
            async with asyncio.timeout(silence_s):  # not wait_for(), which can lose a cancellation in Python 3.11
                line = await anext(iterator)
        except StopAsyncIteration:
            break
        raw = line.encode() if isinstance(line, str) else line
        if not raw.startswith(b"data:"):
            continue
        payload = raw[5:].strip()
        if payload == _DONE:
            finished = True
            break
        events += 1
        content, reason = _read_event(payload)
        finished = finished or reason is not None
        if content:
            yield content
    if events == 0:
        raise Failure(ErrorCode.MODEL_NONSENSE, detail="no events")
    if not finished:
        raise Failure(ErrorCode.MODEL_CUT_OFF)


def _read_event(payload: bytes) -> tuple[str, str | None]:
    """Return the content and the finish reason of one event."""
    try:
        event: Any = orjson.loads(payload)
        if "error" in event:
            raise Failure(ErrorCode.MODEL_UNAVAILABLE, detail="error event")
        choices = event.get("choices") or []
        if not choices:
            return "", None  # usage events have no choice
        choice = choices[0]
        return str((choice.get("delta") or {}).get("content") or ""), choice.get("finish_reason")
    except (orjson.JSONDecodeError, AttributeError, TypeError, KeyError, IndexError) as error:
        raise Failure(ErrorCode.MODEL_NONSENSE, detail="unreadable event") from error
