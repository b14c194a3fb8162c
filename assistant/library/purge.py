"""Removing deleted documents from storage, when their retention has passed.

What goes: passages, texts, versions, vectors that no other passage uses, entries of both indexes, quotes and titles in
old answers' sources, the answers that cite the document (they repeat what it says), the original when nothing else is
the same file. What stays: the row of the document with its ids and times, so that an old citation can say that it was
deleted, and the audit trail, which holds ids only. On SQLite what is deleted is overwritten with zeros, and the log of
writes is cut; on PostgreSQL its own vacuum reuses the space in its own time.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, select, update

from assistant.db.models import (
    ChunkRow,
    Collection,
    Document,
    DocumentVersion,
    IngestProgress,
    TurnEvent,
    TurnRow,
    TurnSource,
    Upload,
    VectorRow,
    VersionState,
    VersionText,
    now,
)
from assistant.governance.audit import AuditAction, record
from assistant.library.index_jobs import later
from assistant.library.job_names import JOB_PURGE
from assistant.library.versions import history_of, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from assistant.db.engine import Database
    from assistant.library.indexing import Indexes
    from assistant.ports import BlobStore, JobRun

GONE_TITLE: Final = "삭제된 문서"
GONE_ANSWER: Final = "이 답변이 근거로 삼은 문서가 삭제되어 답변도 지웠습니다."
_ACTOR: Final = "system"
_SLICE: Final = 500
_GRACE_S: Final = 3600.0  # an original without a row may belong to a file that is being handed in right now

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Due:
    document_id: str
    scope: str
    versions: tuple[str, ...]


class PurgeJobs:
    """Runs ``library.purge``, and the same by hand.

    Args:
        database: where documents are.
        indexes: from which entries go.
        blobs: from which originals go.
        days: how long a deleted document is kept.
        clock: the moment.
        grace_s: seconds for which an original that nothing refers to is left alone.
    """

    def __init__(
        self,
        database: Database,
        indexes: Indexes,
        blobs: BlobStore,
        *,
        days: int,
        clock: Callable[[], datetime] = now,
        grace_s: float = _GRACE_S,
    ) -> None:
        self._database = database
        self._indexes = indexes
        self._blobs = blobs
        self._retention = timedelta(days=days)
        self._clock = clock
        self._grace_s = grace_s

    def handlers(self) -> dict[str, Callable[[Mapping[str, Any], JobRun], None]]:
        """Return the handler by kind of job, for the worker."""
        return {JOB_PURGE: self.run}

    def run(self, payload: Mapping[str, Any], ctx: JobRun) -> None:
        """Remove what is due.

        Raises:
            RetryLater: an index does not answer; what was removed before stays removed.
        """
        del payload, ctx
        with later():
            removed = self.purge()
        if removed:
            _log.info("%d deleted document(s) removed from storage", removed)

    def purge(self) -> int:
        """Remove the documents whose retention has passed, and originals that nothing refers to; return how many.

        Can be cut off anywhere and run again.

        Raises:
            IndexUnavailable: an index does not answer.
        """
        before = self._clock() - self._retention
        with self._database.read() as session:
            due = list(_due(session, before))
        removed = 0
        for one in due:
            # The indexes first: once the rows are gone nobody knows any more what to look for there.
            self._indexes.lexical.apply(delete_versions=one.versions)
            if self._indexes.embedder is not None:
                for part in (one.scope, history_of(one.scope)):
                    self._indexes.vector.delete_versions(one.versions, scope=part)
            with self._database.write() as session:
                gone = _remove(session, one.document_id, before)
            if gone:
                removed += 1
            else:
                self._put_back(one.document_id)
        self._blobs.sweep(self._in_use, older_than_s=self._grace_s)
        if due:
            self._database.cut_log()
        return removed

    def _put_back(self, document_id: str) -> None:
        """Write a document into the indexes that was restored, and perhaps written there, before we removed it."""
        with self._database.read() as session:
            statement = select(DocumentVersion.id).join(Document, Document.id == DocumentVersion.document_id)
            back = (Document.id == document_id, visible(), DocumentVersion.state == VersionState.READY.value)
            for version_id in session.scalars(statement.where(*back)).all():
                self._indexes.write_version(session, version_id)

    def _in_use(self, hashes: Sequence[str]) -> set[str]:
        """Return those of the originals that a version refers to."""
        found: set[str] = set()
        with self._database.read() as session:
            for start in range(0, len(hashes), _SLICE):
                found |= set(
                    session.scalars(
                        select(DocumentVersion.content_sha256).where(
                            DocumentVersion.content_sha256.in_(hashes[start : start + _SLICE])
                        )
                    )
                )
        return found


def _due(session: Session, before: datetime) -> Iterator[_Due]:
    rows = session.execute(
        select(Document.id, Collection.scope)
        .join(Collection, Collection.id == Document.collection_id)
        .where(Document.deleted_at.is_not(None), Document.deleted_at <= before, Document.purged_at.is_(None))
        .order_by(Document.id)
    ).all()
    for document_id, scope in rows:
        versions = session.scalars(select(DocumentVersion.id).where(DocumentVersion.document_id == document_id))
        yield _Due(document_id, scope, tuple(versions))


def _remove(session: Session, document_id: str, before: datetime) -> bool:
    """Remove the rows of one document and tell so, unless somebody restored it meanwhile."""
    document = session.get(Document, document_id, with_for_update=True, populate_existing=True)
    if document is None or document.deleted_at is None or document.deleted_at > before or document.purged_at:
        return False
    versions = list(session.scalars(select(DocumentVersion.id).where(DocumentVersion.document_id == document_id)))
    _remove_passages(session, versions)
    for table in (VersionText, IngestProgress):
        session.execute(delete(table).where(table.version_id.in_(versions)))
    session.execute(delete(Upload).where(Upload.version_id.in_(versions)))
    session.execute(delete(DocumentVersion).where(DocumentVersion.document_id == document_id))
    _forget_in_answers(session, document_id)
    document.title = document.filename = ""
    document.source_key = f"purged:{document_id}"
    document.family = document_id
    document.active_version_id = None
    document.purged_at = now()
    session.flush()
    record(
        session,
        actor=_ACTOR,
        action=AuditAction.DOCUMENT_PURGED,
        subject=f"document:{document_id}",
        data={"collection": document.collection_id, "versions": versions},
    )
    return True


def _remove_passages(session: Session, versions: Sequence[str]) -> None:
    found = session.scalars(select(ChunkRow.embed_hash).where(ChunkRow.version_id.in_(versions)))
    hashes = sorted({key for key in found if key is not None})
    session.execute(delete(ChunkRow).where(ChunkRow.version_id.in_(versions)))
    for start in range(0, len(hashes), _SLICE):
        some = hashes[start : start + _SLICE]
        used = set(session.scalars(select(ChunkRow.embed_hash).where(ChunkRow.embed_hash.in_(some)).distinct()))
        session.execute(delete(VectorRow).where(VectorRow.text_hash.in_([key for key in some if key not in used])))


def _forget_in_answers(session: Session, document_id: str) -> None:
    """Empty what old turns repeat of a document: quotes and titles of sources, and answers that cite it."""
    rows = session.execute(
        select(TurnSource.turn_id, TurnSource.cited).where(TurnSource.document_id == document_id)
    ).all()
    cited = {row.turn_id for row in rows if row.cited}
    session.execute(
        update(TurnSource)
        .where(TurnSource.document_id == document_id)
        .values(title=GONE_TITLE, quote="", locator={}, start=0, end=0)
    )
    for turn_id in sorted({row.turn_id for row in rows}):
        for event in session.scalars(select(TurnEvent).where(TurnEvent.turn_id == turn_id)):
            event.data = _forgotten(event.data, document_id, answer_too=turn_id in cited)
    for turn_id in sorted(cited):
        turn = session.get_one(TurnRow, turn_id)
        turn.answer, turn.findings = GONE_ANSWER, [one for one in turn.findings if not one.get("end")]


def _forgotten(data: dict[str, Any], document_id: str, *, answer_too: bool) -> dict[str, Any]:
    """Return an event's data without what it repeats of the document."""
    if "items" in data:
        blank = {"title": GONE_TITLE, "quote": "", "locator": {}, "start": 0, "end": 0}
        items = [one | blank if one.get("document_id") == document_id else one for one in data["items"]]
        data = {**data, "items": items, **({"marks": []} if answer_too and "marks" in data else {})}
    if answer_too and "text" in data and "code" not in data:
        data = {**data, "text": ""}
    return data
