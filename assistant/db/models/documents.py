"""Collections, documents, versions, chunks and vectors: the truth from which every index is derived."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from assistant.db.models.base import Base, new_id, now


class VersionState(StrEnum):
    """Life of a document version. Shown as 대기 / 처리 중 / 완료 / 실패; only ``ready`` may be active."""

    QUEUED = "queued"
    PROCESSING = "processing"
    READY = "ready"
    FAILED = "failed"
    SUPERSEDED = "superseded"  # was ready; a newer one is active; kept for old citations


class Collection(Base):
    """A shelf of documents with one owner, one grade and one rule of who may read.

    ``scope`` is a digest of the reader rule: collections with the same readers share index partitions.
    """

    __tablename__ = "collections"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    department_code: Mapped[str | None] = mapped_column(ForeignKey("departments.code"))
    grade: Mapped[str] = mapped_column(default="O")
    scope: Mapped[str] = mapped_column(index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)


class CollectionReader(Base):
    """One line of a collection's reader rule.

    Kind and value are ``everyone``/``*``, ``department``/code, ``role``/name or ``user``/username.
    A department line holds for the departments below it too. No line, no reader.
    """

    __tablename__ = "collection_readers"

    collection_id: Mapped[str] = mapped_column(ForeignKey("collections.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(primary_key=True)


class Document(Base):
    """A document as people know it. ``source_key`` says where it came from: the same key again is a new version."""

    __tablename__ = "documents"
    __table_args__ = (UniqueConstraint("collection_id", "source_key"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    collection_id: Mapped[str] = mapped_column(ForeignKey("collections.id"), index=True)
    source_key: Mapped[str] = mapped_column(Text)
    filename: Mapped[str]
    title: Mapped[str]
    active_version_id: Mapped[str | None] = mapped_column(index=True)  # flipped in one statement
    withdrawn_at: Mapped[datetime | None]
    created_by: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=now)


class DocumentVersion(Base):
    """One content of a document, with its canonical text. ``id`` follows from document, content and pipeline."""

    __tablename__ = "document_versions"
    __table_args__ = (Index("ix_versions_document_number", "document_id", "number"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id"), index=True)
    number: Mapped[int]
    content_sha256: Mapped[str] = mapped_column(index=True)
    size: Mapped[int]
    media_type: Mapped[str] = mapped_column(default="")
    loader: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default=VersionState.QUEUED.value, index=True)
    reason: Mapped[str | None]  # an error code while ``failed``
    title: Mapped[str] = mapped_column(default="")
    meta: Mapped[dict[str, Any]] = mapped_column(default=dict)
    page_count: Mapped[int | None]
    chunk_count: Mapped[int] = mapped_column(default=0)
    kind: Mapped[str | None]  # 법률, 대통령령, 조례 …
    ministry: Mapped[str | None]
    legal_status: Mapped[str | None]  # as the source states it
    promulgated_on: Mapped[date | None]
    effective_on: Mapped[date | None]
    indexed: Mapped[bool] = mapped_column(default=False)  # both indexes were told about this version
    created_at: Mapped[datetime] = mapped_column(default=now)
    ready_at: Mapped[datetime | None]
    # The large columns stand last: SQLite walks through all of a value to reach the column behind it.
    outline: Mapped[list[Any]] = mapped_column(default=list, deferred=True)  # [[level, text, start], …]
    blocks: Mapped[list[Any]] = mapped_column(default=list, deferred=True)  # [[kind, start, end, level, page], …]
    text: Mapped[str] = mapped_column(Text, default="", deferred=True)


class ChunkRow(Base):
    """A passage, cut from the version's text at ``start``/``end``. ``id`` is derived from version and ordinal."""

    __tablename__ = "chunks"
    __table_args__ = (Index("ix_chunks_version_ordinal", "version_id", "ordinal"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    version_id: Mapped[str] = mapped_column(ForeignKey("document_versions.id", ondelete="CASCADE"))
    ordinal: Mapped[int]
    start: Mapped[int]
    end: Mapped[int]
    kind: Mapped[str]
    text: Mapped[str] = mapped_column(Text)
    article: Mapped[str | None]
    article_title: Mapped[str | None]
    heading: Mapped[list[str]] = mapped_column(default=list)
    page: Mapped[int | None]
    embed_hash: Mapped[str | None]  # key into vectors, None where the chunk is not embedded


class VectorRow(Base):
    """An embedding, kept by model fingerprint and hash of the embedded text so that nothing is embedded twice.

    ``data`` is little-endian float16, ``dimension * 2`` bytes.
    """

    __tablename__ = "vectors"

    fingerprint: Mapped[str] = mapped_column(primary_key=True)
    text_hash: Mapped[str] = mapped_column(primary_key=True)
    data: Mapped[bytes] = mapped_column(LargeBinary)
