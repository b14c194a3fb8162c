from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from assistant.errors import ErrorCode, Failure
from assistant.llm.dialects import endpoint
from assistant.llm.openai_compat import OpenAICompatibleModel

if TYPE_CHECKING:
    from model_server import Script

MESSAGES = [{"role": "user", "content": "처리기한은?"}]


def model(script: Script, *, timeout_s: float = 20) -> OpenAICompatibleModel:
    return OpenAICompatibleModel(endpoint(script.base_url, "m", key="k"), timeout_s=timeout_s)


async def collect(chat: OpenAICompatibleModel) -> list[str]:
    try:
        return [piece async for piece in chat.stream(MESSAGES, max_tokens=50)]
    finally:
        await chat.aclose()


async def test_streams_the_answer_piece_by_piece(script: Script) -> None:
    pieces = await collect(model(script))
    assert "".join(pieces) == script.text
    assert len(pieces) > 1
    request = script.requests[0]
    assert request["messages"] == MESSAGES
    assert request["max_tokens"] == 50
    assert request["stream"] is True


@pytest.mark.parametrize(
    ("mode", "code"),
    [
        ("401", ErrorCode.MODEL_REFUSED_KEY),
        ("500", ErrorCode.MODEL_UNAVAILABLE),
        ("html", ErrorCode.MODEL_NONSENSE),
        ("garbage", ErrorCode.MODEL_NONSENSE),
        ("cut", ErrorCode.MODEL_CUT_OFF),
        ("unfinished", ErrorCode.MODEL_CUT_OFF),
    ],
)
async def test_every_way_to_fail_has_its_code(script: Script, mode: str, code: ErrorCode) -> None:
    script.mode = mode
    with pytest.raises(Failure) as caught:
        await collect(model(script))
    assert caught.value.code is code


async def test_a_silent_server_is_given_up(script: Script) -> None:
    script.mode = "slow"
    with pytest.raises(Failure) as caught:
        await collect(model(script, timeout_s=0.3))
    assert caught.value.code is ErrorCode.MODEL_TIMEOUT


async def test_no_server_at_all() -> None:
    chat = OpenAICompatibleModel(endpoint("http://127.0.0.1:9/v1", "m"), timeout_s=5)
    with pytest.raises(Failure) as caught:
        await collect(chat)
    assert caught.value.code is ErrorCode.MODEL_UNAVAILABLE


async def test_what_came_before_the_cut_was_yielded(script: Script) -> None:
    script.mode = "cut"
    chat, pieces = model(script), []
    with pytest.raises(Failure):  # noqa: PT012 - the stream fails in the middle
        async for piece in chat.stream(MESSAGES, max_tokens=50):
            pieces.append(piece)  # noqa: PERF401 - the stream fails in the middle
    await chat.aclose()
    assert pieces == [script.text[:7]]


def test_one_model_serves_several_event_loops(script: Script) -> None:
    chat = model(script)
    for _ in range(2):
        assert "".join(asyncio.run(collect(chat))) == script.text
