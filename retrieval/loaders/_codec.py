"""Parsed documents between the parsing child and its parent, who believes nothing it has not checked.

A document is JSON followed by the bytes of what it carries, one after the other: 150 MB of attachments are never
written as text nor held twice.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from retrieval.errors import LoadError, LoadReason
from retrieval.types import Attachment, Block, BlockKind, MetadataValue, ParsedDocument

if TYPE_CHECKING:
    from collections.abc import Sequence


class Head(NamedTuple):
    """The document without the bytes of what it carries, and the names and sizes of those, in order."""

    document: ParsedDocument
    members: tuple[tuple[str, int], ...]

    @property
    def size(self) -> int:
        """How many bytes follow."""
        return sum(size for _, size in self.members)

    def with_bodies(self, bodies: Sequence[bytes]) -> ParsedDocument:
        """Return the whole document."""
        pairs = zip(self.members, bodies, strict=True)
        return replace(self.document, attachments=tuple(Attachment(name, body) for (name, _), body in pairs))


def encode(document: ParsedDocument) -> bytes:
    """Write a document's head as UTF-8 JSON; the data of its attachments follow it, as they are."""
    body = {
        "text": document.text,
        "blocks": [[block.kind.value, block.start, block.end, block.level, block.page] for block in document.blocks],
        "title": document.title,
        "media_type": document.media_type,
        "loader": document.loader,
        "metadata": dict(document.metadata),
        "page_count": document.page_count,
        "warnings": list(document.warnings),
        "attachments": [[one.name, len(one.data)] for one in document.attachments],
    }
    return json.dumps({"document": body}, ensure_ascii=False).encode("utf-8", "replace")


def encode_error(error: LoadError) -> bytes:
    """Write the reason why there is no document."""
    return json.dumps({"error": {"reason": error.reason.value, "detail": error.detail[:2000]}}).encode()


def decode(reply: bytes) -> Head:
    """Read a document's head, checking every field.

    Raises:
        LoadError: the one that the child reported, or ``CRASHED`` for a reply that is not well-formed.
    """
    try:
        message = json.loads(reply)
        if "error" in message:
            raise LoadError(LoadReason(message["error"]["reason"]), str(message["error"]["detail"]))
        return _document(message["document"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise LoadError(LoadReason.CRASHED, f"malformed reply: {error!r}"[:500]) from error


def _document(body: dict[str, Any]) -> Head:
    text = _string(body["text"])
    if not text.strip():
        raise ValueError("no text")
    blocks = []
    position = 0
    for kind, start, end, level, page in body["blocks"]:
        if not position <= _integer(start) < _integer(end) <= len(text):
            raise ValueError("blocks out of order")
        position = end
        blocks.append(
            Block(BlockKind(kind), start, end, level=_integer(level), page=None if page is None else _integer(page))
        )
    count = body["page_count"]
    document = ParsedDocument(
        text=text,
        blocks=tuple(blocks),
        title=_string(body["title"]),
        media_type=_string(body["media_type"]),
        loader=_string(body["loader"]),
        metadata={_string(key): _value(value) for key, value in body["metadata"].items()},
        page_count=None if count is None else _integer(count),
        warnings=tuple(_string(warning) for warning in body["warnings"]),
    )
    return Head(document, tuple((_member(name), _integer(size)) for name, size in body["attachments"]))


def _member(value: object) -> str:
    """Check the path of a member: what is written under it must not leave its place."""
    name = _string(value)
    if not name or name.startswith("/") or "\\" in name or "\0" in name or ".." in name.split("/"):
        raise ValueError("a path that leads outside")
    return name


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a string")
    return value


def _integer(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise TypeError("not a count")
    return value


def _value(value: object) -> MetadataValue:
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    if isinstance(value, list):
        return [_string(item) for item in value]
    raise TypeError("not a metadata value")
