"""Withdrawing, restoring and deleting: out of sight at once, out of the indexes by jobs, out of storage later.

A withdrawn document is gone for everybody until somebody restores it or hands it in again. A deleted one is gone as
well and is removed from storage when the retention of deleted documents has passed (``library.purge``); until then it
can be restored. What came out of an archive or an e-mail goes and comes with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import select, update

from assistant.accounts.access import openable
from assistant.db.models import Document, DocumentVersion, Role, VersionState, now
from assistant.errors import ErrorCode, Failure
from assistant.governance.audit import AuditAction, record
from assistant.library.job_names import JOB_CLEANUP, JOB_INGEST
from assistant.library.legal import korean_today
from assistant.library.settling import lock_shelf, settle

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from assistant.accounts.identity import Principal
    from assistant.db.engine import Database
    from assistant.ports import JobQueue

_OPEN: Final = (VersionState.QUEUED.value, VersionState.PROCESSING.value)
_LIVE: Final = (*_OPEN, VersionState.READY.value)


class Lifecycle:
    """Takes documents away and brings them back, each act with its audit event.

    Who may: who submitted the document, data stewards and administrators, within the collections they may read.

    Args:
        database: where documents are.
        queue: takes the work on the indexes.
        today: gives the day in Korea.
    """

    def __init__(self, database: Database, queue: JobQueue, *, today: Callable[[], date] = korean_today) -> None:
        self._database = database
        self._queue = queue
        self._today = today

    def withdraw(self, document_id: str, principal: Principal) -> None:
        """Take a document out of search, lists and views; rows and original stay.

        Raises:
            Failure: ``document_not_found`` (unknown, withdrawn or deleted already, not readable), ``forbidden``.
        """
        with self._database.write() as session:
            documents = self._locked(session, document_id, principal)
            if documents[0].withdrawn_at is not None:
                raise Failure(ErrorCode.DOCUMENT_NOT_FOUND)
            take_out(session, self._queue, documents, today=self._today())
            _record(session, principal, AuditAction.DOCUMENT_WITHDRAWN, documents)

    def delete(self, document_id: str, principal: Principal) -> None:
        """Delete a document, withdrawn or not: gone at once, and from storage when its retention has passed.

        Raises:
            Failure: ``document_not_found`` (unknown, deleted already, not readable), ``forbidden``.
        """
        with self._database.write() as session:
            documents = self._locked(session, document_id, principal)
            if documents[0].deleted_at is not None:
                raise Failure(ErrorCode.DOCUMENT_NOT_FOUND)
            take_out(session, self._queue, documents, today=self._today(), deleted=True)
            _record(session, principal, AuditAction.DOCUMENT_DELETED, documents)

    def restore(self, document_id: str, principal: Principal) -> None:
        """Bring a withdrawn or deleted document back, with the parts that went with it; one that is there stays.

        Raises:
            Failure: ``document_not_found`` (unknown, gone from storage, not readable), ``forbidden``.
        """
        with self._database.write() as session:
            documents = self._locked(session, document_id, principal)
            whole = documents[0]
            if whole.purged_at is not None:
                raise Failure(ErrorCode.DOCUMENT_NOT_FOUND)
            if whole.withdrawn_at is None:
                return
            # A part that was taken away by itself stays away, and a deleted one deleted: it went at another moment.
            went = [one for one in documents if one.deleted_at == whole.deleted_at and one.purged_at is None]
            back = [one for one in went if one.withdrawn_at == whole.withdrawn_at]
            for document in went:
                document.deleted_at = None
            for document in back:
                document.withdrawn_at = None
            session.flush()
            for document in back:
                _reopen(session, self._queue, document)
            _settle_all(session, self._queue, back, self._today())
            _record(session, principal, AuditAction.DOCUMENT_RESTORED, back)

    def _locked(self, session: Session, document_id: str, principal: Principal) -> list[Document]:
        """Return a document and what came out of it, locked, when this person may see and change it."""
        shelf_id = session.scalar(select(Document.collection_id).where(Document.id == document_id))
        if shelf_id is None or shelf_id not in openable(session, principal).collection_ids:
            raise Failure(ErrorCode.DOCUMENT_NOT_FOUND)
        lock_shelf(session, shelf_id)
        documents = with_parts(session, document_id)
        if principal.username != documents[0].created_by and not principal.has(Role.STEWARD, Role.ADMIN):
            raise Failure(ErrorCode.FORBIDDEN)
        return documents


def with_parts(session: Session, document_id: str) -> list[Document]:
    """Return a document and everything that came out of it, locked, the document first."""
    found: list[Document] = []
    wanted = [document_id]
    while wanted:
        column = Document.parent_id if found else Document.id
        level = session.scalars(
            select(Document)
            .where(column.in_(wanted))
            .order_by(Document.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        ).all()
        found += level
        wanted = [document.id for document in level]
    return found


def take_out(
    session: Session, queue: JobQueue, documents: Sequence[Document], *, today: date, deleted: bool = False
) -> None:
    """Make locked documents of one locked collection disappear; other texts of their laws take their place.

    Args:
        session: a writing session in which the collection is locked.
        queue: takes the work on the indexes.
        documents: what goes.
        today: the day in Korea.
        deleted: for good, when the retention has passed.
    """
    at = now()
    for document in documents:
        if document.withdrawn_at is None:
            document.withdrawn_at = at
        if deleted and document.deleted_at is None:
            document.deleted_at = at
        document.active_version_id = None
        _end_versions(session, queue, document)
    session.flush()
    _settle_all(session, queue, documents, today)


def _end_versions(session: Session, queue: JobQueue, document: Document) -> None:
    versions = session.scalars(
        select(DocumentVersion.id).where(DocumentVersion.document_id == document.id, DocumentVersion.state.in_(_LIVE))
    ).all()
    session.execute(
        update(DocumentVersion)
        .where(DocumentVersion.id.in_(versions))
        .values(state=VersionState.SUPERSEDED.value, indexed=False)
    )
    for version_id in versions:
        queue.add(session, JOB_CLEANUP, {"version_id": version_id}, key=version_id)


def _reopen(session: Session, queue: JobQueue, document: Document) -> None:
    """Let work go on that was cut off when the document went: its newest content was never complete."""
    newest = session.scalars(
        select(DocumentVersion)
        .where(DocumentVersion.document_id == document.id)
        .order_by(DocumentVersion.number.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if newest is not None and newest.state == VersionState.SUPERSEDED.value and newest.ready_at is None:
        newest.state = VersionState.QUEUED.value
        queue.add(session, JOB_INGEST, {"version_id": newest.id}, key=newest.id)


def _settle_all(session: Session, queue: JobQueue, documents: Sequence[Document], today: date) -> None:
    for collection_id, family in sorted({(document.collection_id, document.family) for document in documents}):
        settle(session, queue, collection_id, family, today)


def _record(session: Session, principal: Principal, action: AuditAction, documents: Sequence[Document]) -> None:
    """Write the act into the audit, one event for the whole with its parts named."""
    session.flush()
    record(
        session,
        actor=principal.username,
        action=action,
        subject=f"document:{documents[0].id}",
        data={"collection": documents[0].collection_id, "parts": [document.id for document in documents[1:]]},
    )
