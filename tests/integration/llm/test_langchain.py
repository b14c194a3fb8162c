from __future__ import annotations

import pytest
from langchain_core.language_models import FakeListChatModel

from assistant.errors import ErrorCode, Failure
from assistant.llm.langchain import LangChainModel, load_factory

MESSAGES = [{"role": "system", "content": "규칙"}, {"role": "user", "content": "처리기한은?"}]


def factory() -> FakeListChatModel:
    return FakeListChatModel(responses=["14일입니다 [1]."])


class Broken(FakeListChatModel):
    """Fails the way a vendor's client fails: with its own exception."""

    error_on_chunk_number: int | None = 2


async def test_any_langchain_chat_model_streams_through_our_seam() -> None:
    chat = LangChainModel(factory())
    pieces = [piece async for piece in chat.stream(MESSAGES, max_tokens=50)]
    assert "".join(pieces) == "14일입니다 [1]."
    assert len(pieces) > 1


async def test_its_errors_become_ours() -> None:
    chat = LangChainModel(Broken(responses=["14일입니다"]))
    with pytest.raises(Failure) as caught:
        [piece async for piece in chat.stream(MESSAGES, max_tokens=50)]
    assert caught.value.code is ErrorCode.MODEL_UNAVAILABLE


@pytest.mark.parametrize("target", ["nowhere:model", "json:nothing", "json:dumps", "collections:OrderedDict"])
def test_a_factory_that_leads_nowhere_is_a_setting_that_does_not_fit(target: str) -> None:
    with pytest.raises(Failure) as caught:
        load_factory(target)
    assert caught.value.code is ErrorCode.SETTINGS_INVALID
