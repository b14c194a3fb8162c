"""Parsed documents as JSON between the parsing child and its parent, who believes nothing it has not checked."""

from __future__ import annotations

import base64
import json
from typing import Any

from retrieval.errors import LoadError, LoadReason
from retrieval.types import Attachment, Block, BlockKind, MetadataValue, ParsedDocument


def encode(document: ParsedDocument) -> bytes:
    """Write a document as UTF-8 JSON (escaped, so that nothing in it can break the encoding)."""
    body = {
        "text": document.text,
        "blocks": [[block.kind.value, block.start, block.end, block.level, block.page] for block in document.blocks],
        "title": document.title,
        "media_type": document.media_type,
        "loader": document.loader,
        "metadata": dict(document.metadata),
        "page_count": document.page_count,
        "warnings": list(document.warnings),
        "attachments": [[one.name, base64.b64encode(one.data).decode("ascii")] for one in document.attachments],
    }
    return json.dumps({"document": body}, ensure_ascii=False).encode("utf-8", "replace")


def encode_error(error: LoadError) -> bytes:
    """Write the reason why there is no document."""
    return json.dumps({"error": {"reason": error.reason.value, "detail": error.detail[:2000]}}).encode()


def decode(reply: bytes) -> ParsedDocument:
    """Read a reply, checking every field.

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


def _document(body: dict[str, Any]) -> ParsedDocument:
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
    return ParsedDocument(
        text=text,
        blocks=tuple(blocks),
        title=_string(body["title"]),
        media_type=_string(body["media_type"]),
        loader=_string(body["loader"]),
        metadata={_string(key): _value(value) for key, value in body["metadata"].items()},
        page_count=None if count is None else _integer(count),
        warnings=tuple(_string(warning) for warning in body["warnings"]),
        attachments=tuple(
            Attachment(_member(name), base64.b64decode(_string(data), validate=True))
            for name, data in body["attachments"]
        ),
    )


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
