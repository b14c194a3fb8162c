"""Any LangChain chat model behind our seam.

LangChain stays out of the per-token loop of the ordinary path (its stream costs ten times the CPU a token);
here it is what the house asked for by naming a factory.
"""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import TYPE_CHECKING

from assistant.errors import ErrorCode, Failure

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from langchain_core.language_models import BaseChatModel

    from assistant.ports import ChatMessage


def load_factory(target: str) -> BaseChatModel:
    """Call the factory named ``module:attribute`` and return the chat model it makes.

    Raises:
        Failure: ``settings_invalid`` when the name leads nowhere or gives no chat model.
    """
    from langchain_core.language_models import BaseChatModel  # noqa: PLC0415 - heavy

    module, _, attribute = target.partition(":")
    try:
        model = getattr(import_module(module), attribute)()
    except (ImportError, AttributeError, TypeError, ValueError) as error:
        raise Failure(ErrorCode.SETTINGS_INVALID, detail=f"ASSISTANT_LLM_LANGCHAIN: {type(error).__name__}") from error
    if not isinstance(model, BaseChatModel):
        raise Failure(ErrorCode.SETTINGS_INVALID, detail="ASSISTANT_LLM_LANGCHAIN: not a BaseChatModel")
    return model


class LangChainModel:
    """A ``BaseChatModel`` as a :class:`assistant.ports.ChatModel`.

    Args:
        model: the LangChain model.
        max_grade: highest data grade it may receive.
        context_tokens: its context window.
        timeout_s: longest silence before the call is given up.
    """

    def __init__(
        self, model: BaseChatModel, *, max_grade: str = "O", context_tokens: int = 8192, timeout_s: float = 60
    ) -> None:
        self._model = model
        self.name = str(getattr(model, "model_name", None) or getattr(model, "model", None) or type(model).__name__)
        self.max_grade = max_grade
        self.context_tokens = context_tokens
        self._timeout_s = timeout_s

    async def aclose(self) -> None:
        """Do nothing: LangChain's models look after their own connections."""

    @property
    def small(self) -> bool:
        """Its size is not known: ``ASSISTANT_LLM_STYLE`` says how it is asked."""
        return False

    async def stream(
        self, messages: Sequence[ChatMessage], *, max_tokens: int, schema: Mapping[str, object] | None = None
    ) -> AsyncIterator[str]:
        """Yield the answer's text as it arrives; a schema stands in the prompt only.

        Raises:
            Failure: ``model_timeout`` after too long a silence, ``model_unavailable`` for anything the model raises.
        """
        del schema
        pairs = [(message["role"], message["content"]) for message in messages]
        iterator = aiter(self._model.astream(pairs, max_tokens=max_tokens))
        while True:
            try:
                async with asyncio.timeout(self._timeout_s):
                    chunk = await anext(iterator)
            except StopAsyncIteration:
                return
            except TimeoutError as error:
                raise Failure(ErrorCode.MODEL_TIMEOUT) from error
            except Exception as error:  # models of any vendor raise errors of any kind; all mean: no answer
                raise Failure(ErrorCode.MODEL_UNAVAILABLE, detail=type(error).__name__) from error
            if text := _text(chunk.content):
                yield text


def _text(content: str | list[str | dict[str, object]]) -> str:
    """Return the text of a message's content, which may be a list of typed parts."""
    if isinstance(content, str):
        return content
    parts = (part if isinstance(part, str) else part.get("text", "") for part in content)
    return "".join(part for part in parts if isinstance(part, str))
