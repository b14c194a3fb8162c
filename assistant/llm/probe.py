"""What a model server can do: asked without generating anything when it is first used, tried out by the doctor."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from assistant.errors import ErrorCode, Failure
from assistant.llm.dialects import Dialect

if TYPE_CHECKING:
    from assistant.llm.dialects import Endpoint, Traits
    from assistant.llm.openai_compat import OpenAICompatibleModel

OLLAMA_CONTEXT: Final = 4096  # what Ollama serves unless its server or the model file says more
_WAIT_S: Final = 3.0
_MOST_BYTES: Final = 8 * 1024 * 1024
_CONTEXT: Final = ("max_model_len", "context_length", "context_window", "max_context_length")
_COUNT: Final = re.compile(r"(\d+(?:\.\d+)?)\s*([BM])", re.IGNORECASE)
_TOKENS: Final = 64
_SCHEMA: Final[dict[str, object]] = {
    "type": "object",
    "properties": {"n": {"type": "integer", "enum": [0, 1, 2]}},
    "required": ["n"],
    "additionalProperties": False,
}
_QUESTION: Final = "민원 처리에 관한 법률을 찾아 주세요."
_TOOL: Final[Any] = {
    "type": "function",
    "function": {
        "name": "look_up",
        "description": "Look a law up by its name.",
        "parameters": {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]},
    },
}


def describe(target: Endpoint, known: Traits) -> Traits:
    """Return what the server says of itself and the model, without a word being generated.

    Servers differ in what they tell; one that tells nothing, or does not answer now, leaves what was known.
    """
    listed = _ask(target, f"{target.base_url}/models")
    entries = listed.get("data") if isinstance(listed, dict) else None
    entries = [one for one in entries if isinstance(one, dict)] if isinstance(entries, list) else []
    entry = next((one for one in entries if one.get("id") == target.model), entries[0] if len(entries) == 1 else {})
    owner = str(entry.get("owned_by") or "")
    meta = entry["meta"] if isinstance(entry.get("meta"), dict) else {}
    context = next((number for key in _CONTEXT if (number := _number(entry.get(key)))), None)
    parameters = _number(meta.get("n_params"))
    kind = target.dialect
    if kind is Dialect.OLLAMA or owner == "library":
        context, parameters = _ollama(target)
        return replace(known, context=context, parameters=parameters or known.parameters, server=Dialect.OLLAMA.value)
    if kind is Dialect.LLAMACPP or owner == "llamacpp":
        props = _ask(target, f"{target.root}/props")
        served = props.get("default_generation_settings") if isinstance(props, dict) else None
        context = _number(served.get("n_ctx")) if isinstance(served, dict) else None
        owner = Dialect.LLAMACPP.value
    return replace(
        known,
        context=context or _number(meta.get("n_ctx")) or known.context,
        parameters=parameters or known.parameters,
        server=owner or known.server,
    )


def _ollama(target: Endpoint) -> tuple[int, int | None]:
    """Return the context Ollama serves the model with, and its parameters.

    The OpenAI dialect of Ollama has no parameter for the context: what is beyond it is cut off without a word.
    """
    running = _ask(target, f"{target.root}/api/ps")
    models = running.get("models") if isinstance(running, dict) else None
    loaded = [one for one in models or [] if isinstance(one, dict) and one.get("name") in _names(target.model)]
    context = _number(loaded[0].get("context_length")) if loaded else None
    shown = _ask(target, f"{target.root}/api/show", {"model": target.model})
    details = shown.get("details") if isinstance(shown, dict) else None
    size = _COUNT.search(str(details.get("parameter_size") or "")) if isinstance(details, dict) else None
    parameters = int(float(size[1]) * (1e9 if size[2].upper() == "B" else 1e6)) if size else None
    written = re.search(r"num_ctx\s+(\d+)", str(shown.get("parameters") or "")) if isinstance(shown, dict) else None
    return context or (int(written[1]) if written else OLLAMA_CONTEXT), parameters


def _names(model: str) -> tuple[str, str]:
    return (model, f"{model}:latest")


def _number(value: object) -> int | None:
    return int(value) if isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0 else None


def _ask(target: Endpoint, url: str, body: dict[str, str] | None = None) -> dict[str, Any]:
    """Return a JSON object, an empty one for whatever else comes back."""
    headers = {"Authorization": f"Bearer {target.key or 'none'}", "Content-Type": "application/json", **target.headers}
    data = json.dumps(body).encode() if body is not None else None
    query = "&".join(f"{key}={value}" for key, value in target.query.items())
    if not url.startswith(("http://", "https://")):
        return {}
    request = urllib.request.Request(f"{url}?{query}" if query else url, data, headers)  # noqa: S310 - seen to above
    try:
        with urllib.request.urlopen(request, timeout=_WAIT_S) as response:  # noqa: S310 - the same
            found = json.loads(response.read(_MOST_BYTES))
    except (OSError, urllib.error.URLError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


async def examine(model: OpenAICompatibleModel) -> Traits:
    """Try the model out: a stream, an answer in a form, a tool call. Four short calls at most.

    Raises:
        Failure: when it does not answer at all.
    """
    pieces = await _collect(model, "1부터 9까지 숫자를 쉼표로 이어 쓰세요.", None)
    if not "".join(pieces).strip():
        raise Failure(ErrorCode.MODEL_NONSENSE, detail="empty")
    form = ""
    text = "".join(await _collect(model, '{"n": 1} 과 같은 JSON 하나만 쓰세요.', _SCHEMA))
    try:
        form = model.traits.json if json.loads(text)["n"] in {0, 1, 2} else ""
    except (ValueError, TypeError, KeyError):
        form = ""
    traits = replace(
        model.traits,
        streaming=len(pieces) > 1,
        tools=await model.takes(_TOOL, _QUESTION, max_tokens=_TOKENS),
        json=form or "none",
    )
    model.keep(traits)
    return traits


def words(traits: Traits) -> str:
    """Return what was found out, in Korean, for the doctor."""
    form = {"schema": "JSON 스키마 가능", "object": "JSON 가능(스키마 없음)", "none": "JSON 형식 지정 불가"}[
        traits.json
    ]
    return ", ".join(
        [
            f"스트리밍 {'가능' if traits.streaming else '없음'}",
            form,
            f"도구 호출 {'가능' if traits.tools else '없음'}",
            *([f"매개변수 {traits.parameters / 1e9:.1f}B"] if traits.parameters else []),
            *([f"서버 {traits.server}"] if traits.server else []),
        ]
    )


async def _collect(model: OpenAICompatibleModel, text: str, schema: dict[str, object] | None) -> list[str]:
    messages = [{"role": "user", "content": text}]
    async with aclosing(model.stream(messages, max_tokens=_TOKENS, schema=schema)) as stream:  # type: ignore[type-var]  # a generator
        return [piece async for piece in stream]
