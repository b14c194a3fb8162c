"""Writing versions into the indexes and out of them again, from what the database holds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import select

from assistant.accounts.access import is_private
from assistant.db.models import ChunkRow, Collection, Document, DocumentVersion
from assistant.library.index_asked import carried, embed_questions, question_vectors
from assistant.library.vectors import decode, embed_hash, embed_missing, load_vectors
from assistant.library.versions import partition_of
from retrieval.chunking.breadcrumb import SEPARATOR, embed_text
from retrieval.types import ChunkKind, IndexEntry

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray
    from sqlalchemy.orm import Session

    from assistant.db.engine import Database
    from retrieval.expressions import Expressions
    from retrieval.ports import Embedder, LexicalIndex, VectorIndex


@dataclass(frozen=True, slots=True)
class VersionContent:
    """All that the indexes are told about one version.

    ``embedded`` and ``vectors`` belong together row by row; passages without a vector (supplementary provisions, or
    not embedded yet) are among ``entries`` only. ``missing`` counts passages that should have a vector and have none.
    ``asked`` are the entries with the everyday questions that have a vector, ``asked_vectors`` has a row for each of
    these questions.
    """

    version_id: str
    scope: str
    entries: tuple[IndexEntry, ...]
    embedded: tuple[IndexEntry, ...]
    vectors: NDArray[np.float32]
    missing: int
    asked: tuple[IndexEntry, ...]
    asked_vectors: NDArray[np.float32]

    def without_passages(self) -> VersionContent:
        """Return the same for a vector index that holds the passages already."""
        return replace(self, embedded=(), vectors=self.vectors[:0])


@dataclass(frozen=True, slots=True)
class Indexes:
    """The two derived indexes and the model behind one of them; safe to share between threads.

    ``embedder`` is ``None`` where no embedding model is installed: search is by words alone then. ``redact`` takes
    personal data out of what is embedded; it is set where the embedding model is a service that texts travel to.
    ``expressions`` are the everyday questions that articles are found by besides their own words.
    """

    lexical: LexicalIndex
    vector: VectorIndex
    embedder: Embedder | None
    redact: Callable[[str], str] | None = None
    expressions: Expressions | None = None

    def asked_text(self, question: str) -> str:
        """Return what is embedded for an everyday question; its hash is the key of the vector."""
        return question if self.redact is None else self.redact(question)

    def asked_keys(self) -> set[str]:
        """Return the keys of the vectors of all questions there are."""
        return {embed_hash(self.asked_text(one)) for one in (self.expressions.questions() if self.expressions else ())}

    def embedded_text(self, title: str, heading: Sequence[str], text: str) -> str:
        """Return what is embedded for a passage; its hash is the key of the vector."""
        whole = embed_text(title, heading, text)
        return whole if self.redact is None else self.redact(whole)

    def embed_version(
        self, database: Database, version_id: str, title: str, *, between: Callable[[int, int], None] | None = None
    ) -> int:
        """Embed the passages of a version, and their questions, that have no vector yet; return how many that were."""
        if self.embedder is None:
            return 0
        done = embed_missing(database, self.embedder, version_id, title, embedded=self.embedded_text, between=between)
        if self.expressions is None or not self.expressions.knows(title):
            return done
        with database.read() as session:
            content = self.content(session, version_id)
        questions = [] if content is None else [question for entry in content.entries for question in entry.asked]
        return done + embed_questions(database, self.embedder, questions, self.asked_text)

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
            select(
                ChunkRow.id,
                ChunkRow.heading,
                ChunkRow.text,
                ChunkRow.kind,
                ChunkRow.embed_hash,
                ChunkRow.article,
                ChunkRow.article_title,
            )
            .where(ChunkRow.version_id == version_id)
            .order_by(ChunkRow.ordinal)
        ).all()
        asked = {} if is_private(scope) else carried(self.expressions, title, chunks)
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
                asked=asked.get(chunk.id, ()),
            )
            for chunk in chunks
        )
        hashes = [chunk.embed_hash for chunk in chunks]
        embedded, vectors = self._vectors(session, entries, hashes)
        wanted = sum(text_hash is not None for text_hash in hashes) if self.embedder is not None else 0
        asking, near = question_vectors(session, self.embedder, entries, self.asked_text)
        return VersionContent(
            version_id, scope, entries, embedded, vectors, wanted - len(embedded), asked=asking, asked_vectors=near
        )

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
        if self.embedder is None:
            return
        for scope in sorted({content.scope for content in contents}):
            here = [content for content in contents if content.scope == scope]
            asking = [content.asked_vectors for content in here if len(content.asked_vectors)]
            near = np.concatenate(asking) if asking else np.empty((0, self.embedder.dimension), dtype=np.float32)
            names = [content.version_id for content in here]
            self.vector.set_asked(names, [entry for content in here for entry in content.asked], near, scope=scope)

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
