"""Documents as a person may see them: the viewer's page, the original file, what surrounds them.

What a person may not read and what does not exist give the same answer, ``document_not_found``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from assistant.accounts.access import openable
from assistant.db.models import Collection, Document, DocumentVersion, Role, User, VersionState, VersionText
from assistant.errors import ErrorCode, Failure
from assistant.library.browse import list_documents
from assistant.library.facets import format_name
from assistant.library.legal import korean_today
from assistant.library.lines import DocumentPage, DocumentSummary
from assistant.library.originals import may_have_original
from assistant.library.versions import as_text, in_force, korean_day, states, time_line
from assistant.library.views import (
    Details,
    DocumentView,
    LegalInfo,
    Link,
    Original,
    OutlineEntry,
    PageMark,
    VersionInfo,
    ViewBlock,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from assistant.accounts.identity import Principal
    from assistant.ports import BlobStore

__all__ = [
    "DocumentPage",
    "DocumentSummary",
    "DocumentView",
    "OutlineEntry",
    "VersionInfo",
    "ViewBlock",
    "list_documents",
    "original",
    "view",
]


def view(
    session: Session,
    principal: Principal,
    document_id: str,
    version_id: str | None = None,
    *,
    as_of: date | None = None,
) -> DocumentView:
    """Return a version of a document for the viewer: the one named, that of the day, the active one, or the newest.

    Superseded versions stay open to the readers of the document, because old answers cite them.

    Raises:
        Failure: ``document_not_found``: unknown, withdrawn, not readable, or the version is of another document.
    """
    document, collection = readable_document(session, principal, document_id)
    history = versions_of(session, document)
    version = chosen(document, history, version_id or _text_of(document, history, as_of))
    infos = version_infos(session, history, as_of)
    content = session.get(VersionText, version.id) if version.ready_at is not None else None  # nothing half done
    if content is None:
        content = VersionText(text="", blocks=[], outline=[])
    blocks = tuple(ViewBlock(*block) for block in content.blocks)
    parent, parts = _relatives(session, document)
    return DocumentView(
        document_id=document.id,
        version_id=version.id,
        active=version.id == document.active_version_id,
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
            state=next(info.legal_state for info in infos if info.version_id == version.id),
            status=version.legal_status,
            kind=version.kind,
            ministry=version.ministry,
            promulgated_on=version.promulgated_on,
            effective_on=version.effective_on,
        ),
        versions=infos,
        details=_details(
            session, principal, document, version, original=may_have_original(principal, collection, document, version)
        ),
        parent=parent,
        parts=parts,
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
        Failure: ``document_not_found`` as for :func:`view`; ``forbidden`` where the text is kept with placeholders and
            this person does not answer for it; ``file_missing`` when the store has lost the file.
    """
    document, collection = readable_document(session, principal, document_id)
    version = chosen(document, versions_of(session, document), version_id)
    if not may_have_original(principal, collection, document, version):
        raise Failure(ErrorCode.FORBIDDEN)
    return Original(blobs.path(version.content_sha256), document.filename, version.media_type)


def _text_of(document: Document, history: Sequence[tuple[DocumentVersion, Document]], as_of: date | None) -> str | None:
    """Return the version of a document that is to be read for a day; ``None`` when no day is asked for or none fits."""
    own = [version for version, of in history if of.id == document.id and version.state == VersionState.READY.value]
    text = None if as_of is None else in_force(time_line([as_text(version) for version in own]), as_of)
    return text.version_id if text is not None else None


def readable_document(session: Session, principal: Principal, document_id: str) -> tuple[Document, Collection]:
    """Return a document that this person may open, with its collection.

    Raises:
        Failure: ``document_not_found``: unknown, withdrawn, deleted or not readable.
    """
    ids = openable(session, principal).collection_ids
    row = session.execute(
        select(Document, Collection)
        .join(Collection, Collection.id == Document.collection_id)
        .where(
            Document.id == document_id,
            Document.withdrawn_at.is_(None),
            Document.deleted_at.is_(None),
            Collection.id.in_(sorted(ids)),
        )
    ).one_or_none()
    if row is None:
        raise Failure(ErrorCode.DOCUMENT_NOT_FOUND)
    return row[0], row[1]


def title_of(session: Session, principal: Principal, document_id: str) -> str:
    """Return the title of a document that this person may open; empty for any other."""
    try:
        return readable_document(session, principal, document_id)[0].title
    except Failure:
        return ""


def versions_of(session: Session, document: Document) -> list[tuple[DocumentVersion, Document]]:
    """Return the versions of a document and of the other texts of its law, the one that takes effect last first.

    The texts of a law are in one collection: who may read the document may read them.
    """
    same = Document.id == document.id
    if document.family and document.family != document.id:
        same |= (
            (Document.collection_id == document.collection_id)
            & (Document.family == document.family)
            & Document.withdrawn_at.is_(None)
            & Document.deleted_at.is_(None)
        )
    rows = session.execute(
        select(DocumentVersion, Document)
        .join(Document, Document.id == DocumentVersion.document_id)
        .where(same)
        .execution_options(populate_existing=True)
    ).all()
    found = [(version, of) for version, of in rows]
    one = len({of.id for _, of in found}) == 1  # numbers count within one document only
    found.sort(
        key=lambda pair: (
            pair[0].effective_on or korean_day(pair[0].created_at),
            pair[0].number if one else 0,
            pair[0].created_at,
            pair[0].id,
        ),
        reverse=True,
    )
    return found


def version_infos(
    session: Session, history: Sequence[tuple[DocumentVersion, Document]], as_of: date | None = None
) -> tuple[VersionInfo, ...]:
    """Return versions as a history shows them, with their legal states on a day (today when not given)."""
    legal = states(session, [version for version, _ in history], as_of or korean_today())
    return tuple(
        VersionInfo(
            version_id=version.id,
            number=version.number,
            state=VersionState(version.state),
            reason=version.reason,
            effective_on=version.effective_on,
            created_at=version.created_at,
            ready_at=version.ready_at,
            active=version.id == document.active_version_id,
            document_id=document.id,
            filename=document.filename,
            promulgated_on=version.promulgated_on,
            legal_state=legal[version.id],
            complete=version.ready_at is not None,
            size=version.size,
        )
        for version, document in history
    )


def chosen(
    document: Document, history: Sequence[tuple[DocumentVersion, Document]], version_id: str | None
) -> DocumentVersion:
    """Return the version of this document that is named, else the active one, else the newest complete one.

    A document whose law is in force in another file has no active version; its own text is shown all the same.

    Raises:
        Failure: ``document_not_found``.
    """
    own = [version for version, of in history if of.id == document.id]
    newest = max(own, key=lambda version: (version.ready_at is not None, version.number), default=None)
    wanted = version_id or document.active_version_id or (newest.id if newest else "")
    for version in own:
        if version.id == wanted:
            return version
    raise Failure(ErrorCode.DOCUMENT_NOT_FOUND)


def _details(
    session: Session, principal: Principal, document: Document, version: DocumentVersion, *, original: bool
) -> Details:
    trusted = principal.has(Role.STEWARD, Role.ADMIN)
    name = session.scalar(select(User.display_name).where(User.username == document.created_by))
    warnings = version.meta.get("warnings")
    return Details(
        number=version.number,
        format=format_name(version.media_type),
        media_type=version.media_type,
        size=version.size,
        chunk_count=version.chunk_count,
        submitted_by=name or document.created_by or "",
        created_at=version.created_at,
        ready_at=version.ready_at,
        warnings=tuple(str(one) for one in warnings) if isinstance(warnings, list) else (),
        sha256=version.content_sha256 if trusted else None,
        pii=dict(version.pii) if trusted else None,
        original=original,
    )


def _relatives(session: Session, document: Document) -> tuple[Link | None, tuple[Link, ...]]:
    """Return the archive or message a document came out of, and the files that came out of it."""
    newest = (
        select(DocumentVersion.id)
        .where(DocumentVersion.document_id == Document.id)
        .order_by(DocumentVersion.number.desc())
        .limit(1)
        .correlate(Document)
        .scalar_subquery()
    )
    rows = session.execute(
        select(Document, DocumentVersion)
        .join(DocumentVersion, DocumentVersion.id == newest)
        .where(
            (Document.parent_id == document.id) | (Document.id == document.parent_id),
            Document.withdrawn_at.is_(None),
            Document.deleted_at.is_(None),
        )
        .order_by(Document.filename, Document.id)
    ).all()
    links = [
        Link(
            other.id,
            other.title,
            other.filename,
            VersionState(version.state),
            version.reason,
            readable=other.active_version_id is not None,
        )
        for other, version in rows
    ]
    parent = next((link for link in links if link.document_id == document.parent_id), None)
    return parent, tuple(link for link in links if link is not parent)


def _page_marks(blocks: Iterable[ViewBlock]) -> tuple[PageMark, ...]:
    marks: list[PageMark] = []
    for block in blocks:
        if block.page is not None and (not marks or block.page > marks[-1].page):
            marks.append(PageMark(block.page, block.start))
    return tuple(marks)
