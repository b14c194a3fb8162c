"""Passages that a search found, by the document they stand in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from assistant.library.search import SearchHit

MOST: Final = 100  # passages asked for: as many as a search gives
PER_DOCUMENT: Final = 3


def found_documents(hits: Iterable[SearchHit]) -> dict[str, list[SearchHit]]:
    """Return the best passages of each document, the document with the best passage first."""
    found: dict[str, list[SearchHit]] = {}
    for hit in hits:
        passages = found.setdefault(hit.document_id, [])
        if len(passages) < PER_DOCUMENT:
            passages.append(hit)
    return found
