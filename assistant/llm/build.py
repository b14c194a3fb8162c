"""Which chat model is in force."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.errors import ErrorCode, Failure

if TYPE_CHECKING:
    from assistant.ports import ChatModel
    from assistant.settings import Settings


def build_model(settings: Settings) -> ChatModel | None:
    """Return the chat model the settings name, ``None`` when they name none.

    Raises:
        Failure: ``settings_invalid`` when a LangChain factory cannot be called or an address is none.
    """
    if settings.llm_langchain:
        from assistant.llm.langchain import LangChainModel, load_factory  # noqa: PLC0415 - heavy

        return LangChainModel(
            load_factory(settings.llm_langchain),
            max_grade=settings.llm_max_grade,
            context_tokens=settings.llm_context_tokens,
            timeout_s=settings.llm_timeout_s,
        )
    if settings.llm_local:
        from assistant.llm.local import LocalModel  # noqa: PLC0415

        return LocalModel(settings)
    if settings.llm_base_url:
        return _at_endpoint(settings)
    return None


def _at_endpoint(settings: Settings) -> ChatModel:
    from assistant.llm.dialects import Memory, endpoint  # noqa: PLC0415
    from assistant.llm.openai_compat import OpenAICompatibleModel  # noqa: PLC0415
    from assistant.llm.probe import describe  # noqa: PLC0415

    try:
        target = endpoint(
            settings.llm_base_url,
            settings.llm_model,
            key=settings.llm_api_key.get_secret_value(),
            dialect=settings.llm_dialect,
            api_version=settings.llm_api_version,
        )
    except ValueError as error:  # an address that is none
        raise Failure(ErrorCode.SETTINGS_INVALID, detail="ASSISTANT_LLM_BASE_URL") from error
    model = OpenAICompatibleModel(
        target,
        memory=Memory(settings.home / "cache" / "models", target),
        max_grade=settings.llm_max_grade,
        context_tokens=settings.llm_context_tokens,
        temperature=settings.llm_temperature,
        timeout_s=settings.llm_timeout_s,
    )
    model.keep(describe(target, model.traits))
    return model
