"""The rows of a file that is let in: its version, its job, its audit event.

Used by whoever takes files in: people and imports (``service``), and containers whose members become documents
(``attachments``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select

from assistant.db.models import Collection, DocumentVersion, PiiPolicy, VersionState, derived_id
from assistant.governance.audit import AuditAction, record
from assistant.library.job_names import JOB_INGEST

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from assistant.db.models import Document
    from assistant.ports import JobQueue

ATTACHMENTS: Final = "attachments"  # in a version's metadata: how many files it carried, once all were taken in


@dataclass(frozen=True, slots=True)
class Content:
    """What a file is made of and which revision of which loader will read it (``markdown/1``)."""

    sha256: str
    size: int
    media_type: str
    loader: str


class Entries:
    """Writes rows into the caller's transaction, under the lock of the document.

    Args:
        queue: takes the jobs.
        pipeline: fingerprint of what turns a file into searchable passages (``run.pipeline_revision``).
    """

    def __init__(self, queue: JobQueue, pipeline: str) -> None:
        self._queue = queue
        self._pipeline = pipeline

    def version(self, session: Session, document: Document, content: Content) -> tuple[DocumentVersion, bool]:
        """Return the version for this content, the newest one from now on, and whether there is work to do for it."""
        policy = session.get_one(Collection, document.collection_id).pii_policy
        # What is kept as it is has the id it always had; another treatment of personal data is another version.
        pipeline = self._pipeline if policy == PiiPolicy.KEEP.value else f"{self._pipeline}|{policy}"
        version_id = derived_id(document.id, content.sha256, content.loader, pipeline)
        version = session.get(DocumentVersion, version_id, populate_existing=True)
        newest = session.scalar(
            select(func.max(DocumentVersion.number)).where(DocumentVersion.document_id == document.id)
        )
        if version is None:
            version = DocumentVersion(
                id=version_id,
                document_id=document.id,
                number=(newest or 0) + 1,
                content_sha256=content.sha256,
                size=content.size,
                media_type=content.media_type,
                meta={},
            )
            session.add(version)
            return version, True
        if version.number != newest:
            version.number = (newest or 0) + 1  # an earlier content came back: it is the newest again
        return version, version.state in {VersionState.FAILED.value, VersionState.SUPERSEDED.value}

    def announce(
        self,
        session: Session,
        document: Document,
        version: DocumentVersion,
        actor: str,
        priority: int,
        *,
        retry: bool = False,
    ) -> None:
        """Write the job of a version that is due for work, and the audit event."""
        self._queue.add(session, JOB_INGEST, {"version_id": version.id}, key=version.id, priority=priority)
        record(
            session,
            actor=actor,
            action=AuditAction.DOCUMENT_SUBMITTED,
            subject=f"document:{document.id}",
            data={
                "version": version.id,
                "number": version.number,
                "collection": document.collection_id,
                "sha256": version.content_sha256,
                "size": version.size,
                "media_type": version.media_type,
                "retry": retry,
            },
        )


def reopen(version: DocumentVersion) -> None:
    """Make a version due for work; what it carried is looked at again, for it may have been withdrawn meanwhile."""
    version.state = VersionState.QUEUED.value
    version.reason = None
    if ATTACHMENTS in (version.meta or {}):
        version.meta = {key: value for key, value in version.meta.items() if key != ATTACHMENTS}
