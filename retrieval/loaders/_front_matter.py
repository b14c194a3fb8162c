"""YAML front matter: keys kept as they are, values made plain, hostile YAML refused."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

from retrieval.loaders._text import one_line

if TYPE_CHECKING:
    from retrieval.types import MetadataValue

_FENCED = re.compile(r"\A---[ \t]*\n(.*?)(?:^---|^\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_MAX_CHARS = 1_000_000
_MAX_DEPTH = 16
_TITLE_KEYS = ("제목", "title", "자치법규명", "행정규칙명", "법령명", "Title")
BROKEN = "머리말(front matter)을 읽지 못해 본문만 사용합니다."


class FrontMatterError(ValueError):
    """The block between the ``---`` lines is not usable YAML."""


def split(text: str) -> tuple[dict[str, MetadataValue], str, tuple[str, ...]]:
    """Part a text into metadata, body and warnings. A broken block is dropped with a warning.

    Nested mappings are flattened with dots (``지자체구분.광역``), dates become ISO strings.
    """
    match = _FENCED.match(text)
    if match is None:
        return {}, text, ()
    body = text[match.end() :]
    try:
        return _parse(match.group(1)), body, ()
    except FrontMatterError:
        return {}, body, (BROKEN,)


def title_of(metadata: dict[str, MetadataValue]) -> str:
    """The document's own title by the first key that holds one, else an empty string."""
    for key in _TITLE_KEYS:
        value = metadata.get(key)
        if isinstance(value, (str, int, float)) and not isinstance(value, bool) and str(value).strip():
            return one_line(str(value))
    return ""


def _parse(source: str) -> dict[str, MetadataValue]:
    import yaml  # noqa: PLC0415 - only Markdown files need it

    if len(source) > _MAX_CHARS:
        raise FrontMatterError("too long")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        depth = 0
        for event in yaml.parse(source, Loader=loader):
            # Aliases let a few lines grow without bound; depth exhausts the stack of the composer.
            if isinstance(event, yaml.AliasEvent):
                raise FrontMatterError("aliases are not allowed")
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > _MAX_DEPTH:
                raise FrontMatterError("nested too deeply")
        value = yaml.load(source, Loader=loader)  # noqa: S506 - a safe loader, in C where it is built
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        # ValueError: PyYAML lets impossible dates (2024-02-31) escape as such.
        raise FrontMatterError(str(error)) from error
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise FrontMatterError("not a mapping")
    metadata: dict[str, MetadataValue] = {}
    _flatten(value, "", metadata)
    return metadata


def _flatten(value: dict[object, object], prefix: str, into: dict[str, MetadataValue]) -> None:
    for key, item in value.items():
        name = prefix + one_line(str(key))
        if isinstance(item, dict):
            _flatten(item, f"{name}.", into)
        elif isinstance(item, list):
            into[name] = [_words(entry) for entry in item]
        elif item is None or isinstance(item, (bool, int, float)):
            into[name] = item
        else:
            into[name] = _words(item)


def _words(value: object) -> str:
    if isinstance(value, (dt.date, dt.datetime)):
        return value.isoformat()
    if isinstance(value, dict):
        return ", ".join(f"{one_line(str(key))}: {_words(item)}" for key, item in value.items())
    if isinstance(value, (list, set)):
        return ", ".join(_words(item) for item in value)
    return "" if value is None else one_line(str(value))
