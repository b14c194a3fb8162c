"""How servers that call themselves OpenAI-compatible differ, and what was learned of one of them.

What can be told from an address is told here; the rest is learned from refusals: a server that will not take a
parameter says so with status 400, and is asked again without it. What was learned is kept in the home, by address and
model.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import asdict, dataclass, field, fields, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_AZURE: Final = re.compile(r"\.(?:openai\.azure\.(?:com|us)|cognitiveservices\.azure\.com|services\.ai\.azure\.com)$")
_HYPERCLOVA: Final = re.compile(r"(?:^|\.)clovastudio\.|\.(?:gov-)?ntruss\.com$")
_OLLAMA_PORT: Final = 11434
LEAST_TEMPERATURE: Final = 0.01  # HyperCLOVA X refuses 0


class Dialect(StrEnum):
    """Kinds of servers that are treated differently."""

    OPENAI = "openai"
    AZURE = "azure"
    HYPERCLOVA = "hyperclova"
    OLLAMA = "ollama"
    VLLM = "vllm"
    LLAMACPP = "llamacpp"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where and how a model is asked; ``key`` never appears in a representation."""

    base_url: str
    model: str
    dialect: Dialect
    key: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Mapping[str, str] = field(default_factory=dict)

    @property
    def root(self) -> str:
        """The server's address without the path of the OpenAI dialect: where Ollama and llama.cpp say more."""
        parts = urlsplit(self.base_url)
        return f"{parts.scheme}://{parts.netloc}"


def dialect_of(base_url: str) -> Dialect:
    """Tell the kind of server by its address, as far as that goes."""
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    if host == "api.openai.com":
        return Dialect.OPENAI
    if _AZURE.search(host):
        return Dialect.AZURE
    if _HYPERCLOVA.search(host):
        return Dialect.HYPERCLOVA
    if parts.port == _OLLAMA_PORT:
        return Dialect.OLLAMA
    return Dialect.OTHER


def endpoint(base_url: str, model: str, *, key: str = "", dialect: str = "auto", api_version: str = "") -> Endpoint:
    """Return where and how a model is asked.

    Azure has two ways: ``…/openai/v1`` (model name in the body, no version) and, where an ``api-version`` is set, an
    address for each deployment (``…/openai/deployments/NAME?api-version=…``). Both take the key as ``api-key``.
    """
    url = base_url.rstrip("/")
    kind = dialect_of(url) if dialect == "auto" else Dialect(dialect)
    if kind is not Dialect.AZURE:
        query = {"api-version": api_version} if api_version else {}
        return Endpoint(url, model, kind, key, {}, query)
    if api_version and "/deployments/" not in url:
        url = f"{url.removesuffix('/openai')}/openai/deployments/{model}"
    elif not api_version and not url.endswith("/openai/v1"):
        url = f"{url.removesuffix('/openai')}/openai/v1"
    return Endpoint(url, model, kind, key, {"api-key": key}, {"api-version": api_version} if api_version else {})


@dataclass(frozen=True, slots=True)
class Traits:
    """What is known of a model at an endpoint; ``None`` is not known.

    ``tokens`` names the parameter for the longest answer, ``temperature`` says whether one may be given, ``json`` how
    an answer can be held to a form: ``schema``, ``object`` or ``none``.
    """

    tokens: str = "max_tokens"
    temperature: bool = True
    json: str = "schema"
    streaming: bool | None = None
    tools: bool | None = None
    context: int | None = None
    parameters: int | None = None
    server: str = ""

    def learn(self, complaint: str, *, schema: bool) -> Traits | None:
        """Return what a refusal teaches, ``None`` when it teaches nothing that could be done without.

        Args:
            complaint: the server's words, lower case.
            schema: whether a form of the answer had been asked for.
        """
        if self.tokens == "max_tokens" and ("max_completion_tokens" in complaint or "max_tokens" in complaint):
            return replace(self, tokens="max_completion_tokens")
        if self.tokens == "max_completion_tokens" and "max_completion_tokens" in complaint:
            return replace(self, tokens="max_tokens")
        if self.temperature and "temperature" in complaint:
            return replace(self, temperature=False)
        if schema and any(
            word in complaint for word in ("response_format", "json_schema", "schema", "guided", "grammar")
        ):
            return replace(self, json="object" if self.json == "schema" else "none") if self.json != "none" else None
        return None


def first_traits(target: Endpoint) -> Traits:
    """Return what is known before the first call."""
    if target.dialect is Dialect.OPENAI:
        return Traits(tokens="max_completion_tokens")
    return Traits()


class Memory:
    """What was learned of one model at one endpoint, kept in a folder between processes.

    A file that cannot be read or written costs a refused call more, and nothing else.
    """

    def __init__(self, folder: Path, target: Endpoint) -> None:
        said = f"{target.base_url}\n{target.model}\n{target.query.get('api-version', '')}"
        self._file = folder / f"{hashlib.sha256(said.encode()).hexdigest()[:16]}.json"
        self._first = first_traits(target)

    def load(self) -> Traits:
        """Return what is known."""
        try:
            data: dict[str, Any] = json.loads(self._file.read_text(encoding="utf-8"))
            known = {one.name for one in fields(Traits)}
            return replace(self._first, **{name: value for name, value in data.items() if name in known})
        except (OSError, ValueError, TypeError, AttributeError):
            return self._first

    def save(self, traits: Traits) -> None:
        """Keep what is known."""
        temporary = self._file.with_suffix(f".{os.getpid()}")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_text(json.dumps(asdict(traits)), encoding="utf-8")
            temporary.replace(self._file)
        except OSError:
            temporary.unlink(missing_ok=True)
