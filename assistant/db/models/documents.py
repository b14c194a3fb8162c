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


class PiiPolicy(StrEnum):
    """What becomes of personal data in the documents of a collection. A model never sees it, whatever the policy."""

    KEEP = "keep"  # for those who may read the document
    PSEUDONYMISE = "pseudonymise"  # replaced while the document is taken in
    REFUSE = "refuse"  # the document is not taken in


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
    description: Mapped[str] = mapped_column(Text, default="")
    pii_policy: Mapped[str] = mapped_column(default=PiiPolicy.KEEP.value)
    # The files attached in one conversation; such a collection stands in no list. No foreign key: it outlives the
    # conversation until its documents are purged, and goes on being nobody's shelf.
    conversation_id: Mapped[str | None] = mapped_column(unique=True)
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
    """A document as people know it. ``source_key`` says where it came from: the same key again is a new version.

    ``family`` joins the documents of a collection that are texts of one law (``law:`` and its number in the register
    of laws); it is the document's own id for everything else. ``parent_id`` is the archive or e-mail it came out of.
    A withdrawn document may come back; a deleted one is removed from storage when its retention has passed, and only
    the row stays, with ``purged_at``.
    """

    __tablename__ = "documents"
    __table_args__ = (
        UniqueConstraint("collection_id", "source_key"),
        Index("ix_documents_collection_family", "collection_id", "family"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    collection_id: Mapped[str] = mapped_column(ForeignKey("collections.id"), index=True)
    source_key: Mapped[str] = mapped_column(Text)
    filename: Mapped[str]
    title: Mapped[str]
    active_version_id: Mapped[str | None] = mapped_column(index=True)  # flipped in one statement
    family: Mapped[str] = mapped_column(default="")
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("documents.id"), index=True)
    withdrawn_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    purged_at: Mapped[datetime | None]
    created_by: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=now)


class DocumentVersion(Base):
    """One content of a document. ``id`` follows from document, content and pipeline; the text is in ``VersionText``."""

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
    pii: Mapped[dict[str, Any]] = mapped_column(default=dict)  # personal data found, {type: count}
    created_at: Mapped[datetime] = mapped_column(default=now)
    ready_at: Mapped[datetime | None]


class VersionText(Base):
    """The canonical text of a version and its structure, apart from the row that changes with every state."""

    __tablename__ = "version_texts"

    version_id: Mapped[str] = mapped_column(ForeignKey("document_versions.id", ondelete="CASCADE"), primary_key=True)
    outline: Mapped[list[Any]] = mapped_column(default=list)  # [[level, text, start], …]
    blocks: Mapped[list[Any]] = mapped_column(default=list)  # [[kind, start, end, level, page], …]
    text: Mapped[str] = mapped_column(Text, default="")


class IngestProgress(Base):
    """How far a version is that is being worked on; written often, deleted when the work is done.

    ``stage`` is ``read``, ``embed`` or ``index``; ``done`` of ``total`` are passages (0 of 0 while not known).
    """

    __tablename__ = "ingest_progress"

    version_id: Mapped[str] = mapped_column(ForeignKey("document_versions.id", ondelete="CASCADE"), primary_key=True)
    stage: Mapped[str]
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    updated_at: Mapped[datetime] = mapped_column(default=now)


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
