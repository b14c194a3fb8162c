"""Bridge to LangChain: a prompt of ours as a Runnable in others' chains.

Rendering stays with our sandbox and checks; LangChain gets messages. Imported lazily: the library works without it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from langchain_core.prompt_values import ChatPromptValue
    from langchain_core.runnables import Runnable

    from prompts.registry import Prompt


def as_langchain(prompt: Prompt) -> Runnable[dict[str, Any], ChatPromptValue]:
    """Return a Runnable from a mapping of the prompt's variables to a ``ChatPromptValue``.

    ``as_langchain(prompt) | chat_model`` works. Name, version and hash travel in the run's metadata.
    """
    from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage  # noqa: PLC0415
    from langchain_core.prompt_values import ChatPromptValue  # noqa: PLC0415
    from langchain_core.runnables import RunnableLambda  # noqa: PLC0415

    kinds: dict[str, type[BaseMessage]] = {"system": SystemMessage, "user": HumanMessage, "assistant": AIMessage}

    def render(variables: dict[str, Any]) -> ChatPromptValue:
        messages = prompt.render(**variables)
        return ChatPromptValue(messages=[kinds[message["role"]](content=message["content"]) for message in messages])

    runnable = RunnableLambda(render, name=f"prompt:{prompt.name}")
    return runnable.with_config(
        metadata={"prompt_name": prompt.name, "prompt_version": prompt.version, "prompt_hash": prompt.hash}
    )
