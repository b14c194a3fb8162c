"""The odd ways of servers that call themselves OpenAI-compatible, over real HTTP."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from assistant.errors import ErrorCode, Failure
from assistant.llm.dialects import Dialect, Memory, Traits, dialect_of, endpoint
from assistant.llm.openai_compat import OpenAICompatibleModel
from assistant.llm.probe import OLLAMA_CONTEXT, describe, examine, words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

MESSAGES = [{"role": "user", "content": "처리기한은?"}]
SCHEMA = {"type": "object", "properties": {"n": {"type": "integer"}}}
Reply = tuple[int, dict[str, Any] | str]


class Odd:
    """A server whose answers a test writes: ``replies`` maps the end of a path to what comes back."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any], dict[str, str]]] = []
        self.replies: dict[str, Callable[[dict[str, Any]], Reply]] = {}
        self.url = ""

    def chats(self) -> list[dict[str, Any]]:
        return [body for path, body, _ in self.asked if "chat/completions" in path]


def said(text: str, reason: str = "stop") -> str:
    """A whole event stream."""
    lines = [{"choices": [{"delta": {"content": piece}}]} for piece in (text[:3], text[3:])]
    lines.append({"choices": [{"delta": {}, "finish_reason": reason}]})
    return "".join(f"data: {json.dumps(line)}\n\n" for line in lines) + "data: [DONE]\n\n"


@contextmanager
def running() -> Iterator[Odd]:
    odd = Odd()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length) or b"{}")
            odd.asked.append((self.path, body, dict(self.headers)))
            path = self.path.partition("?")[0]
            reply = next((give for end, give in odd.replies.items() if path.endswith(end)), None)
            status, content = reply(body) if reply else (404, {"error": {"message": "not found"}})
            data = (content if isinstance(content, str) else json.dumps(content)).encode()
            self.send_response(status)
            kind = "text/event-stream" if isinstance(content, str) else "application/json"
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = _answer  # noqa: N815 - the names the standard library calls

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    odd.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield odd
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def odd() -> Iterator[Odd]:
    with running() as server:
        yield server


async def ask(model: OpenAICompatibleModel, schema: dict[str, Any] | None = None) -> str:
    try:
        return "".join([piece async for piece in model.stream(MESSAGES, max_tokens=50, schema=schema)])
    finally:
        await model.aclose()


@pytest.mark.parametrize(
    ("address", "dialect"),
    [
        ("https://api.openai.com/v1", Dialect.OPENAI),
        ("https://city.openai.azure.com", Dialect.AZURE),
        ("https://clovastudio.stream.ntruss.com/v1/openai/", Dialect.HYPERCLOVA),
        ("https://clovastudio.stream.gov-ntruss.com/v1/openai/", Dialect.HYPERCLOVA),
        ("https://api.clovastudio.go.kr/api/v1", Dialect.HYPERCLOVA),
        ("http://10.0.0.5:11434/v1", Dialect.OLLAMA),
        ("http://10.0.0.5:8000/v1", Dialect.OTHER),
    ],
)
def test_an_address_tells_the_kind_of_server(address: str, dialect: Dialect) -> None:
    assert dialect_of(address) is dialect


def test_azure_has_two_ways() -> None:
    new = endpoint("https://city.openai.azure.com", "gpt-4o", key="k")
    old = endpoint("https://city.openai.azure.com/", "gpt-4o", key="k", api_version="2024-10-21")
    assert new.base_url == "https://city.openai.azure.com/openai/v1"
    assert old.base_url == "https://city.openai.azure.com/openai/deployments/gpt-4o"
    assert old.query == {"api-version": "2024-10-21"}
    assert old.headers == {"api-key": "k"}
    assert "'k'" not in repr(old)


async def test_azure_is_asked_by_deployment_version_and_its_own_key_header(odd: Odd) -> None:
    odd.replies["/chat/completions"] = lambda _: (200, said("14일입니다."))
    target = endpoint(odd.url, "gpt", key="secret", dialect="azure", api_version="2024-10-21")
    assert await ask(OpenAICompatibleModel(target)) == "14일입니다."
    path, _, headers = odd.asked[0]
    assert path == "/openai/deployments/gpt/chat/completions?api-version=2024-10-21"
    assert {key.lower(): value for key, value in headers.items()}["api-key"] == "secret"


async def test_parameters_a_server_refuses_are_not_given_again(odd: Odd, tmp_path: Path) -> None:
    def refusing(body: dict[str, Any]) -> Reply:
        if "max_tokens" in body:
            return 400, {"error": {"message": "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens'."}}
        if "temperature" in body:
            return 400, {"error": {"message": "Unsupported value: 'temperature' does not support 0.1."}}
        return 200, said("14일입니다.")

    odd.replies["/chat/completions"] = refusing
    target = endpoint(f"{odd.url}/v1", "m")
    assert await ask(OpenAICompatibleModel(target, memory=Memory(tmp_path, target))) == "14일입니다."
    before = len(odd.asked)
    again = OpenAICompatibleModel(target, memory=Memory(tmp_path, target))  # another process
    assert await ask(again) == "14일입니다."
    assert len(odd.asked) == before + 1


async def test_a_server_without_schemas_is_asked_for_json_and_then_for_nothing(odd: Odd) -> None:
    def plain(body: dict[str, Any]) -> Reply:
        if "response_format" in body:
            return 400, {"error": {"message": "response_format is not supported"}}
        return 200, said('{"n": 1}')

    odd.replies["/chat/completions"] = plain
    model = OpenAICompatibleModel(endpoint(f"{odd.url}/v1", "m"))
    assert await ask(model, SCHEMA) == '{"n": 1}'
    assert [body.get("response_format", {}).get("type") for body in odd.chats()] == ["json_schema", "json_object", None]
    assert model.traits.json == "none"


async def test_a_server_without_streams_is_read_whole(odd: Odd) -> None:
    odd.replies["/chat/completions"] = lambda _: (200, {"choices": [{"message": {"content": "14일입니다."}}]})
    assert await ask(OpenAICompatibleModel(endpoint(f"{odd.url}/v1", "m"))) == "14일입니다."


async def test_thoughts_are_no_answer(odd: Odd) -> None:
    odd.replies["/chat/completions"] = lambda _: (200, said("<think>45일일까?</think>\n14일입니다."))
    assert await ask(OpenAICompatibleModel(endpoint(f"{odd.url}/v1", "m"))) == "14일입니다."


async def test_hyperclova_is_never_asked_at_temperature_zero(odd: Odd) -> None:
    odd.replies["/chat/completions"] = lambda _: (200, said("14일입니다."))
    target = endpoint(f"{odd.url}/v1/openai", "HCX-005", dialect="hyperclova")
    await ask(OpenAICompatibleModel(target, temperature=0))
    (body,) = odd.chats()
    assert body["temperature"] > 0
    assert body["max_tokens"] == 50


@pytest.mark.parametrize(
    ("status", "message", "code"),
    [
        (401, "bad key", ErrorCode.MODEL_REFUSED_KEY),
        (404, "no such model", ErrorCode.MODEL_NOT_FOUND),
        (429, "slow down", ErrorCode.MODEL_BUSY),
        (400, "This model's maximum context length is 4096 tokens", ErrorCode.MODEL_TOO_LONG),
        (400, "content_filter triggered", ErrorCode.MODEL_FILTERED),
        (500, "oops", ErrorCode.MODEL_UNAVAILABLE),
    ],
)
async def test_refusals_have_codes(odd: Odd, status: int, message: str, code: ErrorCode) -> None:
    odd.replies["/chat/completions"] = lambda _: (status, {"error": {"message": message}})
    with pytest.raises(Failure) as caught:
        await ask(OpenAICompatibleModel(endpoint(f"{odd.url}/v1", "m")))
    assert caught.value.code is code


async def test_an_answer_stopped_by_the_servers_filter_is_none(odd: Odd) -> None:
    odd.replies["/chat/completions"] = lambda _: (200, said("14일", "content_filter"))
    with pytest.raises(Failure) as caught:
        await ask(OpenAICompatibleModel(endpoint(f"{odd.url}/v1", "m")))
    assert caught.value.code is ErrorCode.MODEL_FILTERED


def test_servers_tell_context_and_size_each_in_their_way(odd: Odd) -> None:
    odd.replies["/v1/models"] = lambda _: (200, {"data": [{"id": "m", "owned_by": "vllm", "max_model_len": 32768}]})
    assert describe(endpoint(f"{odd.url}/v1", "m"), Traits()).context == 32768
    meta = {"n_params": 1_500_000_000, "n_ctx_train": 32768}
    odd.replies["/v1/models"] = lambda _: (200, {"data": [{"id": "x", "owned_by": "llamacpp", "meta": meta}]})
    odd.replies["/props"] = lambda _: (200, {"default_generation_settings": {"n_ctx": 2048}})
    told = describe(endpoint(f"{odd.url}/v1", "m"), Traits())
    assert (told.context, told.parameters) == (2048, 1_500_000_000)


def test_ollama_serves_less_than_the_model_could(odd: Odd) -> None:
    odd.replies["/api/show"] = lambda _: (200, {"details": {"parameter_size": "2.4B"}, "model_info": {}})
    target = endpoint(f"{odd.url}/v1", "exaone", dialect="ollama")
    told = describe(target, Traits())
    assert (told.context, told.parameters) == (OLLAMA_CONTEXT, 2_400_000_000)
    odd.replies["/api/ps"] = lambda _: (200, {"models": [{"name": "exaone:latest", "context_length": 16384}]})
    assert describe(target, Traits()).context == 16384


def test_a_server_that_tells_nothing_leaves_what_was_known() -> None:
    known = Traits(context=5000)
    assert describe(endpoint("http://127.0.0.1:9/v1", "m"), known) == known


def test_a_smaller_context_of_the_server_wins_and_small_models_are_known_by_name() -> None:
    model = OpenAICompatibleModel(endpoint("http://127.0.0.1:9/v1", "qwen2.5:1.5b"), context_tokens=8192)
    model.traits = Traits(context=4096)
    assert model.context_tokens == 4096
    assert model.small
    assert not OpenAICompatibleModel(endpoint("http://127.0.0.1:9/v1", "exaone-3.5-7.8b-instruct")).small
    assert not OpenAICompatibleModel(endpoint("http://127.0.0.1:9/v1", "HCX-005")).small


async def test_the_doctor_tries_everything_out(odd: Odd) -> None:
    def able(body: dict[str, Any]) -> Reply:
        if "tools" in body:
            call = {"id": "1", "type": "function", "function": {"name": "look_up", "arguments": "{}"}}
            choice = {"index": 0, "finish_reason": "tool_calls", "message": {"role": "assistant", "tool_calls": [call]}}
            return 200, {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}
        return 200, said('{"n": 1}' if "response_format" in body else "1, 2, 3")

    odd.replies["/chat/completions"] = able
    model = OpenAICompatibleModel(endpoint(f"{odd.url}/v1", "m"))
    traits = await examine(model)
    await model.aclose()
    assert (traits.streaming, traits.json, traits.tools) == (True, "schema", True)
    assert "JSON 스키마 가능" in words(traits)
