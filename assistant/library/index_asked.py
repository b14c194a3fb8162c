"""Everyday questions of articles in the indexes: which passages carry them, their vectors, and whether all are there.

The first passage of an article carries the questions of the article, in the word index as a field, in the vector index
as vectors of their own. Files attached in a conversation carry none: they are few, and nobody wrote questions for them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np
from sqlalchemy import delete, select

from assistant.accounts.access import is_private
from assistant.db.models import ChunkRow, DocumentVersion, VectorRow
from assistant.library.vectors import decode, embed_hash, load_vectors, store_vectors
from retrieval.asked import digest, question_id
from retrieval.types import ChunkKind, IndexEntry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray
    from sqlalchemy.orm import Session

    from assistant.db.engine import Database
    from retrieval.expressions import Expressions
    from retrieval.ports import Embedder

_BATCH: Final = 64
_SLICE: Final = 400  # versions or hashes of one statement


class _Passage(Protocol):
    """What of a row of ``chunks`` decides whether it carries questions."""

    id: str
    kind: str
    article: str | None
    article_title: str | None


def carried(expressions: Expressions | None, title: str, passages: Iterable[Any]) -> dict[str, tuple[str, ...]]:
    """Return the questions that passages carry by chunk id; only the first passage of an article has any.

    Args:
        expressions: the questions, if any.
        title: title of the version.
        passages: rows of one version in their order, with ``id``, ``kind``, ``article`` and ``article_title``.
    """
    if expressions is None or not expressions.knows(title):
        return {}
    found: dict[str, tuple[str, ...]] = {}
    seen: set[str] = set()
    passage: _Passage
    for passage in passages:
        if passage.article is None or passage.article in seen or passage.kind == ChunkKind.SUPPLEMENTARY.value:
            continue
        seen.add(passage.article)
        if questions := expressions.of(title, passage.article, passage.article_title):
            found[passage.id] = questions
    return found


def question_vectors(
    session: Session, embedder: Embedder | None, entries: Sequence[IndexEntry], text_of: Callable[[str], str]
) -> tuple[tuple[IndexEntry, ...], NDArray[np.float32]]:
    """Return the entries with those of their questions that have a vector, and the vectors in that order."""
    asking = [entry for entry in entries if entry.asked]
    if embedder is None or not asking:
        return (), np.empty((0, 0), dtype=np.float32)
    keys = {question: embed_hash(text_of(question)) for entry in asking for question in entry.asked}
    stored = load_vectors(session, embedder.fingerprint, list(keys.values()))
    kept = [replace(entry, asked=tuple(one for one in entry.asked if keys[one] in stored)) for entry in asking]
    vectors = decode([stored[keys[question]] for entry in kept for question in entry.asked], embedder.dimension)
    return tuple(kept), vectors


def embed_questions(
    database: Database, embedder: Embedder, questions: Iterable[str], text_of: Callable[[str], str]
) -> int:
    """Embed the questions that have no vector yet and return how many that were; a commit for each batch."""
    texts = {embed_hash(text): text for text in map(text_of, questions)}
    with database.read() as session:
        held = load_vectors(session, embedder.fingerprint, list(texts))
    missing = [(key, text) for key, text in texts.items() if key not in held]
    for start in range(0, len(missing), _BATCH):
        some = missing[start : start + _BATCH]
        vectors = embedder.embed_passages([text for _, text in some])
        with database.write() as session:
            store_vectors(session, embedder.fingerprint, [key for key, _ in some], vectors)
    return len(missing)


def expected_digests(session: Session, expressions: Expressions | None, scopes: Mapping[str, str]) -> dict[str, str]:
    """Return the digest of the questions that the indexes should hold, by version id, for versions that have any.

    Args:
        session: any session.
        expressions: the questions, if any.
        scopes: partition by version id of the versions looked at.
    """
    if expressions is None:
        return {}
    titles = [
        (version_id, title)
        for some in _slices(sorted(version for version, scope in scopes.items() if not is_private(scope)))
        for version_id, title in session.execute(
            select(DocumentVersion.id, DocumentVersion.title).where(DocumentVersion.id.in_(some))
        )
        if expressions.knows(title)
    ]
    found: dict[str, str] = {}
    for version_id, title in titles:
        rows = session.execute(
            select(ChunkRow.id, ChunkRow.kind, ChunkRow.article, ChunkRow.article_title)
            .where(ChunkRow.version_id == version_id)
            .order_by(ChunkRow.ordinal)
        )
        asked = carried(expressions, title, rows)
        if asked:
            found[version_id] = digest(question_id(key, one) for key, some in asked.items() for one in some)
    return found


def drop_unused_vectors(database: Database, keys: Iterable[str]) -> int:
    """Remove the stored vectors that neither a passage nor one of these texts needs; return how many that were.

    Args:
        database: where vectors are kept.
        keys: hashes of the questions in force.
    """
    needed = set(keys)
    with database.read() as session:
        statement = (
            select(VectorRow.text_hash)
            .outerjoin(ChunkRow, ChunkRow.embed_hash == VectorRow.text_hash)
            .where(ChunkRow.id.is_(None))
            .distinct()
        )
        unused = [key for key in session.scalars(statement) if key not in needed]
    for some in _slices(unused):
        with database.write() as session:
            used = set(session.scalars(select(ChunkRow.embed_hash).where(ChunkRow.embed_hash.in_(some))))
            session.execute(delete(VectorRow).where(VectorRow.text_hash.in_([one for one in some if one not in used])))
    return len(unused)


def _slices(items: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(items), _SLICE):
        yield items[start : start + _SLICE]
