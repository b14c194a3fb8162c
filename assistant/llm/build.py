"""Which chat model is in force."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assistant.ports import ChatModel
    from assistant.settings import Settings


def build_model(settings: Settings) -> ChatModel | None:
    """Return the chat model the settings name, ``None`` when they name none.

    Raises:
        Failure: ``settings_invalid`` when a LangChain factory cannot be called.
    """
    if settings.llm_langchain:
        from assistant.llm.langchain import LangChainModel, load_factory  # noqa: PLC0415 - heavy

        return LangChainModel(
            load_factory(settings.llm_langchain),
            max_grade=settings.llm_max_grade,
            context_tokens=settings.llm_context_tokens,
            timeout_s=settings.llm_timeout_s,
        )
    if settings.llm_base_url:
        from assistant.llm.openai_compat import OpenAICompatibleModel  # noqa: PLC0415

        return OpenAICompatibleModel(
            base_url=settings.llm_base_url,
            model=settings.llm_model,
            api_key=settings.llm_api_key.get_secret_value(),
            max_grade=settings.llm_max_grade,
            context_tokens=settings.llm_context_tokens,
            temperature=settings.llm_temperature,
            timeout_s=settings.llm_timeout_s,
        )
    return None
