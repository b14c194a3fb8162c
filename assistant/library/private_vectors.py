"""Vectors of files attached in conversations: compared one by one, straight from the database.

A partition of Chroma costs 2.6 MB of memory, however little lies in it (measured), and every conversation with files
has a partition of its own. A conversation holds few passages, and their vectors are in the database already: to compare
a question with all of them is exact and takes milliseconds. Whoever asks for these partitions meets the same interface
as for the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from sqlalchemy import and_, func, select

from assistant.accounts.access import is_private
from assistant.db.models import ChunkRow, Collection, Document, DocumentVersion, VectorRow, VersionState
from assistant.library.vectors import decode
from assistant.library.versions import counterpart, partition_of, visible
from retrieval.types import ScoredId

if TYPE_CHECKING:
    from collections.abc import Collection as AbstractCollection
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from sqlalchemy import Select

    from assistant.db.engine import Database
    from retrieval.ports import VectorIndex
    from retrieval.types import IndexEntry

MOST_COMPARED: Final = 20_000  # vectors of one question, 15 MB; what lies beyond is found by its words


class PrivateVectors:
    """A ``VectorIndex`` that keeps private partitions out of the index behind it.

    Args:
        index: holds every other partition.
        database: holds the vectors of the private ones.
        fingerprint: of the embedding model in force.
    """

    def __init__(self, index: VectorIndex, database: Database, fingerprint: str) -> None:
        self._index = index
        self._database = database
        self._fingerprint = fingerprint

    def upsert(self, entries: Sequence[IndexEntry], vectors: NDArray[np.float32]) -> None:
        """Write the vectors of shelves; those of private files are where they are compared already."""
        shared = [n for n, entry in enumerate(entries) if not is_private(entry.scope)]
        if len(shared) == len(entries):
            self._index.upsert(entries, vectors)
        elif shared:
            self._index.upsert([entries[n] for n in shared], vectors[shared])

    def set_asked(
        self,
        version_ids: AbstractCollection[str],
        entries: Sequence[IndexEntry],
        vectors: NDArray[np.float32],
        *,
        scope: str,
    ) -> None:
        """Write the questions of shelves; private files have none."""
        if not is_private(scope):
            self._index.set_asked(version_ids, entries, vectors, scope=scope)

    def search_asked(
        self, vector: NDArray[np.float32], *, scopes: AbstractCollection[str], limit: int
    ) -> list[ScoredId]:
        """Return the passages with the nearest questions among the partitions that are not private."""
        shared = {scope for scope in scopes if not is_private(scope)}
        return self._index.search_asked(vector, scopes=shared, limit=limit) if shared else []

    def asked(self, scope: str) -> dict[str, str]:
        """Return the digest of the questions by version in a partition."""
        return {} if is_private(scope) else self._index.asked(scope)

    def delete_versions(self, version_ids: AbstractCollection[str], *, scope: str) -> None:
        """Remove versions from a partition; a private one follows the database by itself."""
        if not is_private(scope):
            self._index.delete_versions(version_ids, scope=scope)

    def search(self, vector: NDArray[np.float32], *, scopes: AbstractCollection[str], limit: int) -> list[ScoredId]:
        """Return the nearest passages by cosine among the partitions, private and other."""
        private = {scope for scope in scopes if is_private(scope)}
        shared = set(scopes) - private
        found = self._index.search(vector, scopes=shared, limit=limit) if shared else []
        if private:
            found = sorted([*found, *self._nearest(vector, private)], key=lambda one: (-one.score, one.chunk_id))
        return found[:limit]

    def count(self, scope: str) -> int:
        """Return the number of vectors in a partition."""
        return sum(self.versions(scope).values()) if is_private(scope) else self._index.count(scope)

    def versions(self, scope: str) -> dict[str, int]:
        """Return the number of vectors by version in a partition."""
        if not is_private(scope):
            return self._index.versions(scope)
        statement = self._held({scope}).with_only_columns(DocumentVersion.id, func.count())
        with self._database.read() as session:
            rows = session.execute(statement.group_by(DocumentVersion.id)).all()
        return {version_id: number for version_id, number in rows}  # noqa: C416 - dict() takes a row for a mapping

    def drop(self, scope: str) -> None:
        """Remove a partition; a private one is nothing but what the database holds."""
        if not is_private(scope):
            self._index.drop(scope)

    def ping(self) -> None:
        """Raise ``IndexUnavailable`` when the index behind does not answer."""
        self._index.ping()

    def close(self) -> None:
        """Let go of the index behind."""
        close = getattr(self._index, "close", None)
        if close is not None:
            close()

    def _nearest(self, vector: NDArray[np.float32], scopes: set[str]) -> list[ScoredId]:
        with self._database.read() as session:
            rows = session.execute(self._held(scopes).order_by(ChunkRow.id).limit(MOST_COMPARED)).all()
        if not rows:
            return []
        held = decode([row.data for row in rows], len(vector))
        lengths = np.linalg.norm(held, axis=1) * (float(np.linalg.norm(vector)) or 1.0)
        cosines = held @ vector / np.where(lengths > 0, lengths, 1.0)
        return [ScoredId(row.id, float(score)) for row, score in zip(rows, cosines, strict=True)]

    def _held(self, scopes: set[str]) -> Select[*tuple[Any, ...]]:
        """Select passage and vector of what lies in private partitions, today's and those of other days."""
        return (
            select(ChunkRow.id, VectorRow.data)
            .join(DocumentVersion, DocumentVersion.id == ChunkRow.version_id)
            .join(Document, Document.id == DocumentVersion.document_id)
            .join(Collection, Collection.id == Document.collection_id)
            .join(
                VectorRow,
                and_(VectorRow.text_hash == ChunkRow.embed_hash, VectorRow.fingerprint == self._fingerprint),
            )
            .where(
                Collection.scope.in_(sorted({*scopes, *map(counterpart, scopes)})),
                Collection.conversation_id.is_not(None),
                visible(),
                # Plainly compared, SQLite would start from all versions that are ready.
                DocumentVersion.state.concat("") == VersionState.READY.value,
                partition_of().in_(sorted(scopes)),
            )
        )
