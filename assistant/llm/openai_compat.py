"""Any OpenAI-compatible chat endpoint, through the ``openai`` SDK.

The SDK opens the stream; its lines are read in ``streams``. Typed stream objects cost five times the CPU a token, and a
server's oddities must become one of our codes anyway. What a server refuses to take it is not given again
(``dialects``).
"""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

from assistant.errors import ErrorCode, Failure
from assistant.llm.dialects import LEAST_TEMPERATURE, Dialect, Traits, first_traits
from assistant.llm.streams import pieces, without_thoughts

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from openai import AsyncOpenAI

    from assistant.llm.dialects import Endpoint, Memory
    from assistant.ports import ChatMessage

_MOST_TRIES: Final = 5  # one for each parameter that a server may refuse
_SMALL: Final = 4_000_000_000  # parameters below which a model is not trusted with a whole answer
_BILLIONS: Final = re.compile(r"(?<![\d.])(\d{1,3}(?:\.\d{1,2})?)b(?![a-z0-9])")
_TOO_LONG: Final = re.compile(
    r"context.{0,20}(?:length|window|size)|maximum context|too long|exceeds? the (?:available|max)"
)
_REFUSED_PARAMETER: Final = frozenset({400, 422})


class OpenAICompatibleModel:
    """A chat model behind ``/chat/completions``.

    Args:
        target: address, model name, key and kind of server; no default host is ever used.
        memory: where what is learned of the server is kept; ``None`` keeps it in this object.
        max_grade: highest data grade this endpoint may receive.
        context_tokens: its context window as set; a smaller one that the server tells wins.
        temperature: sampling temperature.
        timeout_s: longest silence before the call is given up.
    """

    def __init__(
        self,
        target: Endpoint,
        *,
        memory: Memory | None = None,
        max_grade: str = "O",
        context_tokens: int = 8192,
        temperature: float = 0.1,
        timeout_s: float = 60,
    ) -> None:
        import openai  # noqa: F401, PLC0415 - two seconds, spent here in a thread rather than on the event loop

        self.target = target
        self.name = target.model or "default"
        self.max_grade = max_grade
        self.traits: Traits = memory.load() if memory is not None else first_traits(target)
        self._context_tokens = context_tokens
        self._memory = memory
        self._temperature = max(temperature, LEAST_TEMPERATURE) if target.dialect is Dialect.HYPERCLOVA else temperature
        self._timeout_s = timeout_s
        self._clients: WeakKeyDictionary[asyncio.AbstractEventLoop, AsyncOpenAI] = WeakKeyDictionary()

    @property
    def context_tokens(self) -> int:
        """The context window to reckon with."""
        return min(self._context_tokens, self.traits.context or self._context_tokens)

    @property
    def small(self) -> bool:
        """Whether its parameters are few: as the server says, else as its name says."""
        if self.traits.parameters is not None:
            return self.traits.parameters < _SMALL
        named = _BILLIONS.search(self.name.lower())
        return named is not None and float(named[1]) * 1e9 < _SMALL

    def keep(self, traits: Traits) -> None:
        """Remember what was learned."""
        self.traits = traits
        if self._memory is not None:
            self._memory.save(traits)

    def client(self) -> AsyncOpenAI:
        """Return the client of the running event loop: its connections cannot be shared between loops."""
        loop = asyncio.get_running_loop()
        if loop not in self._clients:
            from openai import AsyncOpenAI  # noqa: PLC0415 - two seconds to import

            self._clients[loop] = AsyncOpenAI(
                base_url=self.target.base_url,
                api_key=self.target.key or "none",
                default_headers=dict(self.target.headers),
                default_query=dict(self.target.query),
                timeout=self._timeout_s,
                max_retries=1,
            )
        return self._clients[loop]

    async def aclose(self) -> None:
        """Close the connections of the running event loop."""
        client = self._clients.pop(asyncio.get_running_loop(), None)
        if client is not None:
            await client.close()

    async def stream(
        self, messages: Sequence[ChatMessage], *, max_tokens: int, schema: Mapping[str, object] | None = None
    ) -> AsyncIterator[str]:
        """Yield the answer's text as it arrives, without what a model thinks aloud between ``<think>`` marks.

        Raises:
            Failure: with a ``model_…`` code; see :class:`assistant.ports.ChatModel`.
        """
        for _ in range(_MOST_TRIES):
            try:
                async for piece in without_thoughts(self._call(messages, max_tokens, schema)):
                    yield piece
            except Failure:
                raise
            except Exception as error:  # told apart below; what is not understood is raised again
                taught = self._taught(error, schema=schema is not None)
                if taught is not None:
                    self.keep(taught)
                    continue
                failure = translate(error)
                if failure is None:
                    raise
                raise failure from error
            else:
                return
        raise Failure(ErrorCode.MODEL_NONSENSE, detail="refuses every parameter")

    async def _call(
        self, messages: Sequence[ChatMessage], max_tokens: int, schema: Mapping[str, object] | None
    ) -> AsyncIterator[str]:
        request = self.client().chat.completions.with_streaming_response.create(
            model=self.name,
            messages=list(messages),  # type: ignore[arg-type]  # plain dictionaries with the same keys
            stream=True,
            **self.parameters(max_tokens, schema),
        )
        async with request as response:
            whole = "application/json" in response.headers.get("content-type", "")
            async for piece in pieces(response.iter_lines(), self._timeout_s, whole=whole):
                yield piece

    async def takes(self, tool: Mapping[str, object], text: str, *, max_tokens: int) -> bool:
        """Whether a call that offers a tool is answered with a call of it. Nothing of ours needs one; drafting may."""
        import openai  # noqa: PLC0415 - two seconds to import

        try:
            create: Any = self.client().chat.completions.create  # its overloads know no parameters by name at run time
            response = await create(
                model=self.name,
                messages=[{"role": "user", "content": text}],
                tools=[tool],
                tool_choice="auto",
                **self.parameters(max_tokens),
            )
            choices = response.choices
        except (openai.OpenAIError, ValueError, AttributeError):
            return False
        return bool(choices and choices[0].message.tool_calls)

    def parameters(self, max_tokens: int, schema: Mapping[str, object] | None = None) -> dict[str, Any]:
        """Return the parameters this server takes."""
        given: dict[str, Any] = {self.traits.tokens: max_tokens}
        if self.traits.temperature:
            given["temperature"] = self._temperature
        if schema is not None and self.traits.json == "schema":
            form = {"name": "answer", "strict": True, "schema": dict(schema)}
            given["response_format"] = {"type": "json_schema", "json_schema": form}
        elif schema is not None and self.traits.json == "object":
            given["response_format"] = {"type": "json_object"}
        return given

    def _taught(self, error: Exception, *, schema: bool) -> Traits | None:
        """Return what a refused parameter teaches, ``None`` for any other error."""
        if getattr(error, "status_code", None) not in _REFUSED_PARAMETER:
            return None
        complaint = _words(error)
        return None if _TOO_LONG.search(complaint) else self.traits.learn(complaint, schema=schema)


def _words(error: Exception) -> str:
    """Return what a server said with a refusal, lower case."""
    return f"{error} {getattr(error, 'body', '')}".lower()[:4000]


def translate(error: Exception) -> Failure | None:
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
        return Failure(_code(error.status_code, _words(error)), detail=f"HTTP {error.status_code}")
    if isinstance(error, openai.OpenAIError):
        return Failure(ErrorCode.MODEL_NONSENSE, detail=name)
    if any(word in name for word in ("Protocol", "Read", "Network", "Connect", "Stream", "Closed", "Decod")):
        return Failure(ErrorCode.MODEL_CUT_OFF, detail=name)
    return None


def _code(status: int, words: str) -> ErrorCode:
    """Return the code for a refused call."""
    if status in {401, 403}:
        return ErrorCode.MODEL_REFUSED_KEY
    if status == 404:  # noqa: PLR2004 - HTTP's own numbers
        return ErrorCode.MODEL_NOT_FOUND
    if status == 429:  # noqa: PLR2004
        return ErrorCode.MODEL_BUSY
    if status in {400, 413, 422} and _TOO_LONG.search(words):
        return ErrorCode.MODEL_TOO_LONG
    if status == 400 and "content_filter" in words:  # noqa: PLR2004 - Azure says so
        return ErrorCode.MODEL_FILTERED
    return ErrorCode.MODEL_UNAVAILABLE
