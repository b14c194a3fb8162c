"""What a person handed in lately, with what became of each file; seen by that person only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, func, select

from assistant.accounts.access import openable
from assistant.db.models import Collection, Document, DocumentVersion, Upload, VersionState, new_id, now
from assistant.ingestion.progress import Step, steps
from assistant.ports import Priority

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from assistant.accounts.identity import Principal
    from assistant.ingestion.submissions import Submission

KEPT: Final = timedelta(days=7)
MOST: Final = 1000
_HEAP: Final = 20  # files of one person that wait: the next one goes behind those of people who wait for one
_OPEN: Final = (VersionState.QUEUED.value, VersionState.PROCESSING.value)


@dataclass(frozen=True, slots=True)
class UploadLine:
    """A file that was handed in.

    ``state`` is the version's, or ``failed`` for a file that was turned away (then there is no version). ``step`` says
    more while the version is being worked on.
    """

    id: str
    filename: str
    collection: str
    collection_title: str
    document_id: str | None
    version_id: str | None
    state: str
    reason: str | None
    duplicate: bool
    pages: int | None
    chunks: int
    step: Step | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class UploadCounts:
    """How many of a person's recent files there are, and how many still wait or are at work."""

    total: int
    open: int
    failed: int


def note(
    session: Session,
    *,
    username: str,
    filename: str,
    collection_id: str,
    line: str = "",
    submission: Submission | None = None,
    reason: str | None = None,
) -> str:
    """Write down that a file was handed in: what became of it, or why it was turned away. Return the line's id.

    ``line`` is the id the page knows the file by; a line of this person with that id is written over, anybody else's is
    not touched.
    """
    version_id = submission.version_id if submission is not None else None
    if version_id is not None and session.get(DocumentVersion, version_id) is None:
        version_id = None  # purged in the meantime
    upload = session.get(Upload, line) if line else None
    if upload is None or upload.username != username:
        upload = Upload(id=line if line and upload is None else new_id(), username=username)
        session.add(upload)
    upload.filename = filename
    upload.collection_id = collection_id
    upload.version_id = version_id
    upload.duplicate = submission is not None and submission.duplicate
    upload.reason = reason
    upload.created_at = now()
    session.flush()
    return upload.id


def priority_for(session: Session, username: str) -> Priority:
    """Return how urgent this person's next file is: a heap of files waits behind other people's single ones."""
    waiting = session.scalar(
        select(func.count())
        .select_from(Upload)
        .join(DocumentVersion, DocumentVersion.id == Upload.version_id)
        .where(Upload.username == username, DocumentVersion.state.in_(_OPEN))
    )
    return Priority.MANY if (waiting or 0) >= _HEAP else Priority.PERSON


def recent(session: Session, principal: Principal, *, limit: int = 200) -> list[UploadLine]:
    """Return a person's recent files, newest first; those on shelves that are closed to them by now are left out."""
    question = (
        select(Upload, Collection.name, Collection.title, DocumentVersion)
        .join(Collection, Collection.id == Upload.collection_id)
        .outerjoin(DocumentVersion, DocumentVersion.id == Upload.version_id)
        .outerjoin(Document, Document.id == DocumentVersion.document_id)
        .where(*_mine(session, principal))
        .order_by(Upload.created_at.desc(), Upload.id.desc())
        .limit(min(limit, MOST))
    )
    rows = session.execute(question).all()
    at_work = steps(session, [row.id for _, _, _, row in rows if row is not None and row.state in _OPEN])
    return [
        UploadLine(
            id=upload.id,
            filename=upload.filename,
            collection=name,
            collection_title=title,
            document_id=version.document_id if version is not None else None,
            version_id=upload.version_id,
            state=version.state if version is not None else VersionState.FAILED.value,
            reason=upload.reason or (version.reason if version is not None else None),
            duplicate=upload.duplicate,
            pages=version.page_count if version is not None else None,
            chunks=version.chunk_count if version is not None else 0,
            step=at_work.get(upload.version_id or ""),
            created_at=upload.created_at,
        )
        for upload, name, title, version in rows
    ]


def counts(session: Session, principal: Principal) -> UploadCounts:
    """Return how many recent files a person has, of which the list may show only the newest."""
    state = func.coalesce(DocumentVersion.state, VersionState.FAILED.value)
    question = (
        select(state, func.count())
        .select_from(Upload)
        .outerjoin(DocumentVersion, DocumentVersion.id == Upload.version_id)
        .outerjoin(Document, Document.id == DocumentVersion.document_id)
        .where(*_mine(session, principal))
        .group_by(state)
    )
    found = {name: int(number) for name, number in session.execute(question)}
    return UploadCounts(
        total=sum(found.values()),
        open=sum(found.get(name, 0) for name in _OPEN),
        failed=found.get(VersionState.FAILED.value, 0),
    )


def clear(session: Session, username: str) -> int:
    """Take a person's finished files off the list (documents stay); return how many that were."""
    busy = (
        select(Upload.id)
        .join(DocumentVersion, DocumentVersion.id == Upload.version_id)
        .where(Upload.username == username, DocumentVersion.state.in_(_OPEN))
    )
    ids = session.scalars(select(Upload.id).where(Upload.username == username, Upload.id.not_in(busy))).all()
    session.execute(delete(Upload).where(Upload.username == username, Upload.id.not_in(busy)))
    return len(ids)


def sweep(session: Session) -> int:
    """Remove lines that are older than they are kept; return how many."""
    old = session.scalars(select(Upload.id).where(Upload.created_at < now() - KEPT)).all()
    session.execute(delete(Upload).where(Upload.created_at < now() - KEPT))
    return len(old)


def _mine(session: Session, principal: Principal) -> tuple[ColumnElement[bool], ...]:
    """Conditions on ``Upload`` (joined with version and document): this person's, recent, on a shelf open to them."""
    shelves = sorted(openable(session, principal).collection_ids)
    return (
        Upload.username == principal.username,
        Upload.created_at >= now() - KEPT,
        Upload.collection_id.in_(shelves),
        Document.withdrawn_at.is_(None),  # also where there is no document: the file was turned away
        Document.deleted_at.is_(None),
    )
