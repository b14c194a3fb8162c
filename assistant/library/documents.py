"""Documents as a person may see them: lists, the viewer's page, the original file.

What a person may not read and what does not exist give the same answer, ``document_not_found``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from sqlalchemy import func, or_, select

from assistant.accounts.access import openable, readable
from assistant.db.models import Collection, Document, DocumentVersion, VersionState, VersionText
from assistant.errors import ErrorCode, Failure
from assistant.library.collections import find_collection
from assistant.library.legal import LegalState, korean_today, legal_state

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date, datetime
    from pathlib import Path

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from assistant.accounts.identity import Principal
    from assistant.ports import BlobStore

MAX_PAGE: Final = 500


@dataclass(frozen=True, slots=True)
class DocumentSummary:
    """A line of the document list.

    ``version_id`` is the version people read, or the newest one while none is ready; ``state`` and ``reason`` are of
    the newest version, so that a failed update shows. ``readable`` tells whether there is a text to open.
    """

    document_id: str
    version_id: str
    title: str
    filename: str
    collection: str
    grade: str
    state: VersionState
    reason: str | None
    readable: bool
    page_count: int | None
    chunk_count: int
    kind: str | None
    ministry: str | None
    effective_on: date | None
    legal_state: LegalState
    created_at: datetime
    ready_at: datetime | None


@dataclass(frozen=True, slots=True)
class DocumentPage:
    """A page of the list and the number of documents in the whole list."""

    items: tuple[DocumentSummary, ...]
    total: int


@dataclass(frozen=True, slots=True)
class LegalInfo:
    """What is known of a text of law; ``state`` is judged for the day of the view."""

    state: LegalState
    status: str | None
    kind: str | None
    ministry: str | None
    promulgated_on: date | None
    effective_on: date | None


@dataclass(frozen=True, slots=True)
class VersionInfo:
    """One version in a document's history."""

    version_id: str
    number: int
    state: VersionState
    reason: str | None
    effective_on: date | None
    created_at: datetime
    ready_at: datetime | None
    active: bool


@dataclass(frozen=True, slots=True)
class PageMark:
    """Page ``page`` (from 1) begins at offset ``start`` of the text."""

    page: int
    start: int


@dataclass(frozen=True, slots=True)
class ViewBlock:
    """A piece ``text[start:end]``; ``kind`` as in ``retrieval.types.BlockKind``, ``level`` 1-6 for headings."""

    kind: str
    start: int
    end: int
    level: int
    page: int | None


@dataclass(frozen=True, slots=True)
class OutlineEntry:
    """A heading of the table of contents and where it stands in the text."""

    level: int
    text: str
    start: int


@dataclass(frozen=True, slots=True)
class DocumentView:
    """One version of a document for the viewer. ``text`` is empty until the version was read."""

    document_id: str
    version_id: str
    active: bool
    title: str
    filename: str
    collection: str
    collection_title: str
    grade: str
    state: VersionState
    reason: str | None
    text: str
    blocks: tuple[ViewBlock, ...]
    outline: tuple[OutlineEntry, ...]
    pages: tuple[PageMark, ...]
    page_count: int | None
    legal: LegalInfo
    versions: tuple[VersionInfo, ...]


@dataclass(frozen=True, slots=True)
class Original:
    """An original file: where it lies, the name its owner knows it by and its media type (empty when not yet read)."""

    path: Path
    filename: str
    media_type: str


def list_documents(
    session: Session,
    principal: Principal,
    *,
    collection: str | None = None,
    query: str | None = None,
    order: Literal["title", "recent"] = "title",
    limit: int = 50,
    offset: int = 0,
    as_of: date | None = None,
) -> DocumentPage:
    """Return a page of the documents this person may read, without the withdrawn ones.

    Args:
        session: any session.
        principal: who asks.
        collection: name of the one collection to list.
        query: letters that title or file name contain.
        order: by title, or newest first.
        limit: lines of the page, at most ``MAX_PAGE``.
        offset: lines to skip.
        as_of: the day for which legal states are judged; today when not given.

    Raises:
        Failure: ``collection_not_found``, ``input_invalid`` (limit or offset).
    """
    if not 1 <= limit <= MAX_PAGE or offset < 0:
        raise Failure(ErrorCode.INPUT_INVALID, detail=f"limit 1-{MAX_PAGE}, offset 0-")
    if collection is None:
        ids = readable(session, principal).collection_ids
    else:
        ids = frozenset({find_collection(session, principal, collection).id})
    conditions: list[ColumnElement[bool]] = [Document.collection_id.in_(sorted(ids)), Document.withdrawn_at.is_(None)]
    if query and query.strip():
        words = query.strip()
        conditions.append(
            or_(Document.title.icontains(words, autoescape=True), Document.filename.icontains(words, autoescape=True))
        )
    total = session.scalar(select(func.count()).select_from(Document).where(*conditions)) or 0
    sorting = (Document.title, Document.id) if order == "title" else (Document.created_at.desc(), Document.id.desc())
    rows = session.execute(
        select(Document, Collection)
        .join(Collection, Collection.id == Document.collection_id)
        .where(*conditions)
        .order_by(*sorting)
        .limit(limit)
        .offset(offset)
    ).all()
    versions = _versions(session, [document.id for document, _ in rows])
    day = as_of or korean_today()
    items = (_summary(document, shelf, versions.get(document.id, []), day) for document, shelf in rows)
    return DocumentPage(items=tuple(item for item in items if item is not None), total=total)


def view(
    session: Session,
    principal: Principal,
    document_id: str,
    version_id: str | None = None,
    *,
    as_of: date | None = None,
) -> DocumentView:
    """Return a version of a document for the viewer: the one named, else the active one, else the newest.

    Superseded versions stay open to the readers of the document, because old answers cite them.

    Raises:
        Failure: ``document_not_found``: unknown, withdrawn, not readable, or the version is of another document.
    """
    document, collection = _readable_document(session, principal, document_id)
    history = _versions(session, [document.id]).get(document.id, [])
    wanted = version_id or document.active_version_id or (history[-1].id if history else "")
    version = session.scalars(
        select(DocumentVersion)
        .where(DocumentVersion.id == wanted, DocumentVersion.document_id == document.id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if version is None:
        raise Failure(ErrorCode.DOCUMENT_NOT_FOUND)
    active = version.id == document.active_version_id
    content = session.get(VersionText, version.id) or VersionText(text="", blocks=[], outline=[])
    blocks = tuple(ViewBlock(*block) for block in content.blocks)
    return DocumentView(
        document_id=document.id,
        version_id=version.id,
        active=active,
        title=version.title or document.title,
        filename=document.filename,
        collection=collection.name,
        collection_title=collection.title,
        grade=collection.grade,
        state=VersionState(version.state),
        reason=version.reason,
        text=content.text,
        blocks=blocks,
        outline=tuple(OutlineEntry(*entry) for entry in content.outline),
        pages=_page_marks(blocks),
        page_count=version.page_count,
        legal=LegalInfo(
            state=legal_state(version, as_of or korean_today(), newest=active),
            status=version.legal_status,
            kind=version.kind,
            ministry=version.ministry,
            promulgated_on=version.promulgated_on,
            effective_on=version.effective_on,
        ),
        versions=tuple(_version_info(one, document) for one in reversed(history)),
    )


def original(
    session: Session,
    principal: Principal,
    document_id: str,
    *,
    blobs: BlobStore,
    version_id: str | None = None,
) -> Original:
    """Return the original file of a document's version (the active one, else the newest, when none is named).

    Raises:
        Failure: ``document_not_found`` as for :func:`view`; ``file_missing`` when the store has lost the file.
    """
    document, _ = _readable_document(session, principal, document_id)
    history = _versions(session, [document.id]).get(document.id, [])
    wanted = version_id or document.active_version_id or (history[-1].id if history else "")
    for version in history:
        if version.id == wanted:
            return Original(blobs.path(version.content_sha256), document.filename, version.media_type)
    raise Failure(ErrorCode.DOCUMENT_NOT_FOUND)


def _readable_document(session: Session, principal: Principal, document_id: str) -> tuple[Document, Collection]:
    ids = openable(session, principal).collection_ids
    row = session.execute(
        select(Document, Collection)
        .join(Collection, Collection.id == Document.collection_id)
        .where(Document.id == document_id, Document.withdrawn_at.is_(None), Collection.id.in_(sorted(ids)))
    ).one_or_none()
    if row is None:
        raise Failure(ErrorCode.DOCUMENT_NOT_FOUND)
    return row[0], row[1]


def _versions(session: Session, document_ids: Sequence[str]) -> dict[str, list[DocumentVersion]]:
    """Return the versions of each document, oldest first, without their texts."""
    history: dict[str, list[DocumentVersion]] = {}
    statement = (
        select(DocumentVersion)
        .where(DocumentVersion.document_id.in_(document_ids))
        .order_by(DocumentVersion.number, DocumentVersion.id)
    )
    for version in session.scalars(statement):
        history.setdefault(version.document_id, []).append(version)
    return history


def _summary(
    document: Document, collection: Collection, history: list[DocumentVersion], day: date
) -> DocumentSummary | None:
    if not history:
        return None  # a document and its first version are written in one transaction
    newest = history[-1]
    active = next((version for version in history if version.id == document.active_version_id), None)
    shown = active or newest
    return DocumentSummary(
        document_id=document.id,
        version_id=shown.id,
        title=document.title,
        filename=document.filename,
        collection=collection.name,
        grade=collection.grade,
        state=VersionState(newest.state),
        reason=newest.reason,
        readable=active is not None,
        page_count=shown.page_count,
        chunk_count=shown.chunk_count,
        kind=shown.kind,
        ministry=shown.ministry,
        effective_on=shown.effective_on,
        legal_state=legal_state(shown, day, newest=True),
        created_at=newest.created_at,
        ready_at=shown.ready_at,
    )


def _version_info(version: DocumentVersion, document: Document) -> VersionInfo:
    return VersionInfo(
        version_id=version.id,
        number=version.number,
        state=VersionState(version.state),
        reason=version.reason,
        effective_on=version.effective_on,
        created_at=version.created_at,
        ready_at=version.ready_at,
        active=version.id == document.active_version_id,
    )


def _page_marks(blocks: Iterable[ViewBlock]) -> tuple[PageMark, ...]:
    marks: list[PageMark] = []
    for block in blocks:
        if block.page is not None and (not marks or block.page > marks[-1].page):
            marks.append(PageMark(block.page, block.start))
    return tuple(marks)
