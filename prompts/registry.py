"""The registry of prompt templates: ``templates/<name>/<version>/{meta.yaml,system.md,user.md}``.

Templates are Jinja2 in its sandbox, with undefined names refused. Variables are declared in ``meta.yaml`` and checked
before rendering. A version, once locked, never changes: ``prompts.lock`` keeps content hashes, and the audit of an
answer records name, version and hash.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.resources.abc import Traversable

_FILES: Final = ("meta.yaml", "system.md", "user.md")
_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")
_VERSION: Final = re.compile(r"v([1-9]\d*)")
_NONCE: Final = re.compile(r"[A-Za-z0-9]{8,64}")
_TYPES: Final = {"str": str, "list": list, "int": int, "nonce": str}


class PromptError(Exception):
    """A template, its declaration or the variables handed to it are wrong."""


@dataclass(frozen=True, slots=True)
class Variable:
    """One declared variable. ``fields`` are the keys that every item of a list must have."""

    name: str
    type: str
    required: bool = True
    default: Any = None
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt version. ``hash`` is ``sha256:`` and 64 hex digits over meta, system and user files."""

    name: str
    version: str
    hash: str
    purpose: str
    variables: tuple[Variable, ...]
    system: str = field(repr=False)
    user: str = field(repr=False)

    def render(self, **variables: Any) -> list[dict[str, str]]:  # noqa: ANN401 - checked against the declaration
        """Return the chat messages ``[{"role": "system", …}, {"role": "user", …}]``.

        Raises:
            PromptError: a variable is missing, unknown or of another type, or the fence nonce stands in a value.
        """
        values = self._checked(variables)
        messages = [
            {"role": "system", "content": _render(self.system, values, f"{self.name}/{self.version}/system.md")},
            {"role": "user", "content": _render(self.user, values, f"{self.name}/{self.version}/user.md")},
        ]
        return [message for message in messages if message["content"]]

    def _checked(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the variables with defaults, after checking them against the declaration."""
        unknown = sorted(set(given) - {variable.name for variable in self.variables})
        if unknown:
            raise PromptError(f"{self.name}/{self.version}: unknown variables {', '.join(unknown)}")
        values: dict[str, Any] = {}
        for variable in self.variables:
            if variable.name in given:
                values[variable.name] = _typed(self, variable, given[variable.name])
            elif variable.required:
                raise PromptError(f"{self.name}/{self.version}: variable {variable.name} is missing")
            else:
                values[variable.name] = variable.default
        self._fence(values)
        return values

    def _fence(self, values: Mapping[str, Any]) -> None:
        """Refuse a nonce that stands in any text: the text could then close its own fence."""
        for nonce in (v for v in self.variables if v.type == "nonce"):
            mark = values[nonce.name]
            others = [values[v.name] for v in self.variables if v.name != nonce.name]
            if any(mark in text for text in _texts(others)):
                raise PromptError(f"{self.name}/{self.version}: the nonce stands in another variable")


class PromptRegistry:
    """Finds prompts by name and version below a root (the package's templates unless told)."""

    def __init__(self, root: Traversable | None = None) -> None:
        """Take another root for prompts that a deployment keeps itself."""
        self._root = root if root is not None else resources.files("prompts") / "templates"
        self._cache: dict[tuple[str, str], Prompt] = {}

    def names(self) -> list[str]:
        """Return the names of all prompts."""
        return sorted(entry.name for entry in self._root.iterdir() if entry.is_dir() and _NAME.fullmatch(entry.name))

    def versions(self, name: str) -> list[str]:
        """Return the versions of a prompt, oldest first."""
        folder = self._root / name
        if not _NAME.fullmatch(name) or not folder.is_dir():
            raise PromptError(f"no prompt is called {name!r}")
        found = [entry.name for entry in folder.iterdir() if _VERSION.fullmatch(entry.name)]
        return sorted(found, key=lambda version: int(version[1:]))

    def get(self, name: str, version: str | None = None) -> Prompt:
        """Return a prompt, its newest version unless one is asked for. Raises PromptError."""
        versions = self.versions(name)
        chosen = version if version is not None else (versions[-1] if versions else "")
        if chosen not in versions:
            raise PromptError(
                f"prompt {name} has no version {chosen or '(none)'}; it has {', '.join(versions) or 'none'}"
            )
        key = (name, chosen)
        if key not in self._cache:
            self._cache[key] = _load(self._root / name / chosen, name, chosen)
        return self._cache[key]

    def all(self) -> list[Prompt]:
        """Return every version of every prompt."""
        return [self.get(name, version) for name in self.names() for version in self.versions(name)]


def _load(folder: Traversable, name: str, version: str) -> Prompt:
    """Read, hash and declare one version."""
    import yaml  # noqa: PLC0415 - only where a template is read

    texts: dict[str, str] = {}
    digest = hashlib.sha256()
    for file in _FILES:
        path = folder / file
        if not path.is_file():
            raise PromptError(f"{name}/{version}: {file} is missing")
        texts[file] = path.read_text("utf-8").replace("\r\n", "\n")
        digest.update(f"{file}\n{len(texts[file])}\n{texts[file]}".encode())
    try:
        meta = yaml.safe_load(texts["meta.yaml"])
    except yaml.YAMLError as error:
        raise PromptError(f"{name}/{version}: meta.yaml is not YAML: {error}") from error
    variables = _declared(meta, f"{name}/{version}")
    return Prompt(
        name, version, f"sha256:{digest.hexdigest()}", meta["purpose"], variables, texts["system.md"], texts["user.md"]
    )


def _declared(meta: object, where: str) -> tuple[Variable, ...]:
    """Return the declared variables of a meta file."""
    if not isinstance(meta, dict) or not isinstance(meta.get("purpose"), str):
        raise PromptError(f"{where}: meta.yaml needs a purpose")
    declared = meta.get("variables")
    if not isinstance(declared, dict):
        raise PromptError(f"{where}: meta.yaml needs variables")
    out = []
    for name, spec in declared.items():
        if not isinstance(spec, dict) or spec.get("type") not in _TYPES:
            raise PromptError(f"{where}: variable {name} needs a type out of {', '.join(_TYPES)}")
        out.append(
            Variable(
                name, spec["type"], bool(spec.get("required", True)), spec.get("default"), tuple(spec.get("fields", ()))
            )
        )
    return tuple(out)


def _typed(prompt: Prompt, variable: Variable, value: object) -> object:
    """Return the value when it has the declared type. Raises PromptError."""
    where = f"{prompt.name}/{prompt.version}: variable {variable.name}"
    wanted = _TYPES[variable.type]
    if wanted is list and isinstance(value, tuple):
        value = list(value)
    if not isinstance(value, wanted) or (wanted is int and isinstance(value, bool)):
        raise PromptError(f"{where} must be {variable.type}, not {type(value).__name__}")
    if variable.type == "nonce" and not _NONCE.fullmatch(str(value)):
        raise PromptError(f"{where} must be 8 to 64 letters and digits")
    for index, item in enumerate(value if isinstance(value, list) else ()):
        missing = [key for key in variable.fields if not (isinstance(item, dict) and key in item)]
        if missing:
            raise PromptError(f"{where}[{index}] lacks {', '.join(missing)}")
    return value


def _texts(value: object) -> list[str]:
    """Return every string inside a value."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for item in value.values() for text in _texts(item)]
    if isinstance(value, list):
        return [text for item in value for text in _texts(item)]
    return []


def _render(template: str, values: Mapping[str, Any], where: str) -> str:
    """Render one template in the sandbox; values are data and are never compiled."""
    import jinja2  # noqa: PLC0415 - only where a prompt is rendered
    from jinja2.sandbox import ImmutableSandboxedEnvironment  # noqa: PLC0415

    environment = ImmutableSandboxedEnvironment(
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
        autoescape=False,
    )
    try:
        return environment.from_string(template).render(**values).strip()
    except jinja2.TemplateError as error:
        raise PromptError(f"{where}: {error}") from error
