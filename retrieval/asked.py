"""Ids and digests of the everyday questions an index holds, so that it can be compared with what it should hold.

The id of a question is made of the id of its chunk and of its words: a question that is reworded is another one. The
digest of a version is the exclusive or of the hashes of its ids, so that it does not depend on their order and can be
put together from parts.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from retrieval.types import IndexEntry

_MARK: Final = "?"  # chunk ids are hexadecimal
_WIDTH: Final = 16  # hexadecimal digits of a digest
NOTHING: Final = "0" * _WIDTH


def question_id(chunk_id: str, question: str) -> str:
    """Return the id under which a question of a chunk is kept."""
    return f"{chunk_id}{_MARK}{hashlib.sha256(question.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"


def chunk_of(question: str) -> str:
    """Return the id of the chunk that a question's id belongs to."""
    return question.partition(_MARK)[0]


def digest(ids: Iterable[str]) -> str:
    """Return what tells this set of question ids from any other (16 hexadecimal digits)."""
    total = 0
    for one in ids:
        total ^= int.from_bytes(hashlib.sha256(one.encode("utf-8", "surrogatepass")).digest()[: _WIDTH // 2], "big")
    return f"{total:0{_WIDTH}x}"


def joined(digests: Iterable[str]) -> str:
    """Return the digest of several sets that have no id in common."""
    total = 0
    for one in digests:
        total ^= int(one, 16)
    return f"{total:0{_WIDTH}x}"


def entry_digest(entry: IndexEntry) -> str:
    """Return the digest of the questions of one entry."""
    return digest(question_id(entry.chunk_id, question) for question in entry.asked)
