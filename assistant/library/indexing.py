"""Writing versions into the indexes and out of them again, from what the database holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import select

from assistant.db.models import ChunkRow, Collection, Document, DocumentVersion
from assistant.library.vectors import decode, embed_missing, load_vectors
from assistant.library.versions import partition_of
from retrieval.chunking.breadcrumb import SEPARATOR, embed_text
from retrieval.types import ChunkKind, IndexEntry

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray
    from sqlalchemy.orm import Session

    from assistant.db.engine import Database
    from retrieval.ports import Embedder, LexicalIndex, VectorIndex


@dataclass(frozen=True, slots=True)
class VersionContent:
    """All that the indexes are told about one version.

    ``embedded`` and ``vectors`` belong together row by row; passages without a vector (supplementary provisions, or
    not embedded yet) are among ``entries`` only. ``missing`` counts passages that should have a vector and have none.
    """

    version_id: str
    scope: str
    entries: tuple[IndexEntry, ...]
    embedded: tuple[IndexEntry, ...]
    vectors: NDArray[np.float32]
    missing: int


@dataclass(frozen=True, slots=True)
class Indexes:
    """The two derived indexes and the model behind one of them; safe to share between threads.

    ``embedder`` is ``None`` where no embedding model is installed: search is by words alone then. ``redact`` takes
    personal data out of what is embedded; it is set where the embedding model is a service that texts travel to.
    """

    lexical: LexicalIndex
    vector: VectorIndex
    embedder: Embedder | None
    redact: Callable[[str], str] | None = None

    def embedded_text(self, title: str, heading: Sequence[str], text: str) -> str:
        """Return what is embedded for a passage; its hash is the key of the vector."""
        whole = embed_text(title, heading, text)
        return whole if self.redact is None else self.redact(whole)

    def embed_version(
        self, database: Database, version_id: str, title: str, *, between: Callable[[int, int], None] | None = None
    ) -> int:
        """Embed the passages of a version that have no vector yet; return how many texts that were."""
        if self.embedder is None:
            return 0
        return embed_missing(database, self.embedder, version_id, title, embedded=self.embedded_text, between=between)

    def content(self, session: Session, version_id: str, *, scope: str | None = None) -> VersionContent | None:
        """Read what the indexes are to be told; ``None`` for a version that does not exist.

        Args:
            session: any session.
            version_id: the version.
            scope: the partition it goes into; where the database has it now when not given.
        """
        row = session.execute(
            select(DocumentVersion.title, Collection.id, partition_of())
            .join(Document, Document.id == DocumentVersion.document_id)
            .join(Collection, Collection.id == Document.collection_id)
            .where(DocumentVersion.id == version_id)
        ).one_or_none()
        if row is None:
            return None
        title, collection_id, scope = row[0], row[1], scope or row[2]
        chunks = session.execute(
            select(ChunkRow.id, ChunkRow.heading, ChunkRow.text, ChunkRow.kind, ChunkRow.embed_hash)
            .where(ChunkRow.version_id == version_id)
            .order_by(ChunkRow.ordinal)
        ).all()
        entries = tuple(
            IndexEntry(
                chunk_id=chunk.id,
                version_id=version_id,
                collection_id=collection_id,
                scope=scope,
                title=title,
                heading=SEPARATOR.join(chunk.heading),
                body=chunk.text,
                kind=ChunkKind(chunk.kind),
            )
            for chunk in chunks
        )
        hashes = [chunk.embed_hash for chunk in chunks]
        embedded, vectors = self._vectors(session, entries, hashes)
        wanted = sum(text_hash is not None for text_hash in hashes) if self.embedder is not None else 0
        return VersionContent(version_id, scope, entries, embedded, vectors, wanted - len(embedded))

    def write_lexical(self, contents: Sequence[VersionContent]) -> None:
        """Write versions into the lexical index; writing again replaces.

        Raises:
            IndexUnavailable: the index did not take them.
        """
        if contents:
            self.lexical.apply(
                upsert=[entry for content in contents for entry in content.entries],
                delete_versions=[content.version_id for content in contents],
            )

    def write_dense(self, contents: Sequence[VersionContent]) -> None:
        """Write the vectors of versions into the vector index; writing again replaces.

        Raises:
            IndexUnavailable: the index did not take them.
        """
        embedded = [entry for content in contents for entry in content.embedded]
        if embedded:
            vectors = np.concatenate([content.vectors for content in contents if content.embedded])
            self.vector.upsert(embedded, vectors)

    def leave(self, version_id: str, scope: str) -> None:
        """Take a version that moved out of the partition of the vector index that it came from.

        The lexical index needs no such thing: there a version is written in place of whatever it held of it.

        Raises:
            IndexUnavailable: the index did not answer.
        """
        if self.embedder is not None:
            self.vector.delete_versions([version_id], scope=scope)

    def write_version(self, session: Session, version_id: str) -> str | None:
        """Write one version and return the scope it was written under; ``None`` when it does not exist.

        Raises:
            IndexUnavailable: an index did not take it.
        """
        content = self.content(session, version_id)
        if content is None:
            return None
        self.write_lexical([content])
        self.write_dense([content])
        return content.scope

    def _vectors(
        self, session: Session, entries: Sequence[IndexEntry], hashes: Sequence[str | None]
    ) -> tuple[tuple[IndexEntry, ...], NDArray[np.float32]]:
        if self.embedder is None:
            return (), np.empty((0, 0), dtype=np.float32)
        stored = load_vectors(session, self.embedder.fingerprint, [key for key in hashes if key is not None])
        pairs = [
            (entry, stored[key])
            for entry, key in zip(entries, hashes, strict=True)
            if key is not None and key in stored
        ]
        vectors = decode([data for _, data in pairs], self.embedder.dimension)
        return tuple(entry for entry, _ in pairs), vectors
