"""Embeddings in the database: what is embedded, under which key it is kept, and what is still missing.

A vector is kept by model fingerprint and hash of the embedded text. A passage that did not change between two versions
of a document, or that stands in two documents, is embedded once; an index can be filled again without embedding.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np
from sqlalchemy import and_, select
from sqlalchemy.dialects import postgresql, sqlite

from assistant.db.models import ChunkRow, VectorRow
from retrieval.chunking.breadcrumb import embed_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray
    from sqlalchemy.orm import Session

    from assistant.db.engine import Database
    from retrieval.ports import Embedder

_LITTLE_HALF: Final = np.dtype("<f2")
_T = TypeVar("_T")
_LOOKUP: Final = 900  # hashes of one query: SQLite's oldest limit on parameters is 999


def embed_hash(text: str) -> str:
    """Return the key of an embedded text (SHA-256, hexadecimal)."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def encode(vector: NDArray[np.float32]) -> bytes:
    """Return a vector as it is stored: little-endian float16. Cosines change by less than 0.001."""
    return vector.astype(_LITTLE_HALF).tobytes()


def decode(data: Sequence[bytes], dimension: int) -> NDArray[np.float32]:
    """Return stored vectors as rows, shape ``(len(data), dimension)``.

    Raises:
        ValueError: a stored vector is of another length.
    """
    if not data:
        return np.empty((0, dimension), dtype=np.float32)
    rows = np.frombuffer(b"".join(data), dtype=_LITTLE_HALF)
    return rows.reshape(len(data), dimension).astype(np.float32)


def load_vectors(session: Session, fingerprint: str, hashes: Sequence[str]) -> dict[str, bytes]:
    """Return the stored vectors among these hashes."""
    found: dict[str, bytes] = {}
    for some in _slices(sorted(set(hashes)), _LOOKUP):
        statement = select(VectorRow.text_hash, VectorRow.data).where(
            VectorRow.fingerprint == fingerprint, VectorRow.text_hash.in_(some)
        )
        found.update((text_hash, data) for text_hash, data in session.execute(statement))
    return found


def store_vectors(session: Session, fingerprint: str, hashes: Sequence[str], vectors: NDArray[np.float32]) -> None:
    """Write vectors; one that another worker wrote meanwhile is left as it is.

    Raises:
        ValueError: a vector is not finite: an index would refuse it, or worse, take it.
    """
    if not bool(np.isfinite(vectors).all()):
        raise ValueError("the embedder returned vectors that are not finite")
    if not hashes:
        return
    rows = [
        {"fingerprint": fingerprint, "text_hash": text_hash, "data": encode(vector)}
        for text_hash, vector in zip(hashes, vectors, strict=True)
    ]
    if session.get_bind().dialect.name == "postgresql":
        session.execute(postgresql.insert(VectorRow).values(rows).on_conflict_do_nothing())
    else:
        session.execute(sqlite.insert(VectorRow).values(rows).on_conflict_do_nothing())


def missing_texts(
    session: Session,
    version_id: str,
    title: str,
    fingerprint: str,
    *,
    embedded: Callable[[str, Sequence[str], str], str] = embed_text,
) -> list[tuple[str, str]]:
    """Return (hash, text) of the version's passages that have no vector yet, each hash once, shortest first.

    Neighbours in length make full batches: a model pads a batch to its longest text. ``embedded`` gives what is to be
    embedded for title, heading and text, where that is not all of it.
    """
    statement = (
        select(ChunkRow.embed_hash, ChunkRow.heading, ChunkRow.text)
        .outerjoin(VectorRow, and_(VectorRow.fingerprint == fingerprint, VectorRow.text_hash == ChunkRow.embed_hash))
        .where(ChunkRow.version_id == version_id, ChunkRow.embed_hash.is_not(None), VectorRow.text_hash.is_(None))
    )
    texts = {
        text_hash: embedded(title, heading, text)
        for text_hash, heading, text in session.execute(statement)
        if text_hash is not None
    }
    return sorted(texts.items(), key=lambda item: len(item[1]))


def embed_missing(
    database: Database,
    embedder: Embedder,
    version_id: str,
    title: str,
    *,
    batch: int = 64,
    embedded: Callable[[str, Sequence[str], str], str] = embed_text,
    between: Callable[[int, int], None] | None = None,
) -> int:
    """Embed what the version still misses and return how many texts that were.

    Every batch is committed on its own: a crash loses the batch in hand. ``between`` is called before each batch
    with the number of texts done and of all, and may raise to stop early.
    """
    with database.read() as session:
        missing = missing_texts(session, version_id, title, embedder.fingerprint, embedded=embedded)
    for number, some in enumerate(_slices(missing, batch)):
        if between is not None:
            between(number * batch, len(missing))
        vectors = embedder.embed_passages([text for _, text in some])
        with database.write() as session:
            store_vectors(session, embedder.fingerprint, [text_hash for text_hash, _ in some], vectors)
    return len(missing)


def _slices(items: Sequence[_T], size: int) -> Iterator[Sequence[_T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
