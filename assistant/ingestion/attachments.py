"""Files inside files: what an archive or an e-mail carries becomes documents of their own.

A member is the document ``<key of the container>!/<path inside>`` in the container's collection, with the container as
its parent. Members are taken in after the container was read and before that is noted as done: cut off anywhere, the
next run reads the container again and finds most of them there. A member that cannot be let in is a failed document
with its reason, so that nothing vanishes; one that a new version of the container no longer has is withdrawn.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final, TypeVar

from sqlalchemy import func, select

from assistant.db.models import Collection, Document, DocumentVersion, Job, VersionState, derived_id
from assistant.errors import ErrorCode, Failure
from assistant.governance.audit import AuditAction, record
from assistant.ingestion.entries import ATTACHMENTS, Content, Entries, reopen
from assistant.ingestion.intake import clean_filename, inspect
from assistant.ingestion.submissions import Submission
from assistant.library.job_names import JOB_INGEST
from assistant.library.legal import korean_today
from assistant.library.lifecycle import take_out, with_parts
from assistant.ports import RetryLater
from retrieval.errors import LoadError, LoadReason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from assistant.db.engine import Database
    from assistant.ports import BlobStore, JobQueue
    from retrieval.loaders.limits import Limits
    from retrieval.types import Attachment, ParsedDocument

SEPARATOR: Final = "!/"  # between a container's key and the path of a member in it
# Formats whose files carry files. An attachment of one of these may carry further ones, down to a limit.
CONTAINERS: Final = frozenset({"application/zip", "message/rfc822", "application/vnd.ms-outlook"})

_T = TypeVar("_T")
_ACTOR: Final = "system"
_BATCH: Final = 50  # members of one transaction
_AGAIN_S: Final = 5.0
_UNREAD: Final = "none"  # in place of a loader: no loader will read it
_MAX_TREE_BYTES: Final = 4  # times the limit of one container: all that came out of one file, whatever its depth


@dataclass(frozen=True, slots=True)
class _Container:
    """The version being read and where its document stands."""

    version_id: str
    document_id: str
    collection_id: str
    source_key: str
    created_by: str | None
    level: int  # 1 for a file that somebody handed in
    priority: int


@dataclass(frozen=True, slots=True)
class _Member:
    """A member whose bytes are kept; ``reason`` says why it will not be read."""

    path: str
    content: Content
    reason: ErrorCode | None


class AttachmentIntake:
    """Takes in what containers carry.

    Args:
        database: where documents are.
        queue: takes the job of each member.
        blobs: keeps their bytes.
        limits: ceilings on size, number and depth.
        pipeline: fingerprint of what turns a file into searchable passages; the same as for other files.
        today: gives the day in Korea.
    """

    def __init__(
        self,
        database: Database,
        queue: JobQueue,
        blobs: BlobStore,
        limits: Limits,
        *,
        pipeline: str,
        today: Callable[[], date] = korean_today,
    ) -> None:
        self._database = database
        self._queue = queue
        self._today = today
        self._blobs = blobs
        self._limits = limits
        self._entries = Entries(queue, pipeline)

    def take_in(self, version_id: str, attachments: Sequence[Attachment]) -> None:
        """Make the documents of these members and withdraw those that are gone. Doing it again changes nothing.

        Args:
            version_id: the version of the container that was read.
            attachments: all its members.

        Raises:
            LoadError: ``NESTED`` for a container too deep inside others, ``BOMB`` when what comes out of one file grows
                over all limits.
            RetryLater: a newer version of the container is being worked on.
            Failure: ``disk_full``, ``home_not_writable``.
        """
        with self._database.read() as session:
            container = _container(session, version_id)
            if container is None:
                return
            self._check(session, container, attachments)
        keys: set[str] = set()
        for batch in _slices(attachments):
            members = [self._keep(container, attachment) for attachment in batch]
            keys.update(_key(container, member.path) for member in members)
            if not self._enter_all(container, members):
                return
        self._withdraw_gone(container, keys)

    def _check(self, session: Session, container: _Container, attachments: Sequence[Attachment]) -> None:
        """Refuse containers inside containers without end, in depth as in number."""
        if not attachments:
            return
        if container.level > self._limits.max_nesting:
            raise LoadError(LoadReason.NESTED, f"level {container.level}")
        if container.level == 1:
            return  # the loader has counted
        root = _root(session, container.document_id)
        own = {container.document_id, *_descendants(session, container.document_id)}
        others = [one for one in _descendants(session, root) if one not in own]
        size = sum(len(one.data) for one in attachments)
        for some in _slices(others, 500):
            newest = select(func.sum(DocumentVersion.size)).where(DocumentVersion.document_id.in_(some))
            size += int(session.scalar(newest) or 0)
        if len(others) + len(attachments) > self._limits.max_zip_entries:
            raise LoadError(LoadReason.BOMB, f"more than {self._limits.max_zip_entries} files out of one")
        if size > _MAX_TREE_BYTES * self._limits.max_attachment_bytes:
            raise LoadError(LoadReason.BOMB, f"{size} bytes out of one file")

    def _keep(self, container: _Container, attachment: Attachment) -> _Member:
        """Store the bytes, which is harmless without rows, and look what they are."""
        sha256, size = self._blobs.put_bytes(attachment.data)
        try:
            kind = inspect(self._blobs.path(sha256), attachment.name, max_bytes=self._limits.max_bytes)
        except Failure as failure:
            return _Member(attachment.name, Content(sha256, size, "", _UNREAD), failure.code)
        content = Content(sha256, size, kind.media_type, kind.loader)
        too_deep = kind.media_type in CONTAINERS and container.level >= self._limits.max_nesting
        return _Member(attachment.name, content, ErrorCode.FILE_NESTED if too_deep else None)

    def _enter_all(self, container: _Container, members: Sequence[_Member]) -> bool:
        """Write the rows of some members in one transaction; return whether the container still stands for them."""
        opened: list[tuple[Document, DocumentVersion]] = []
        refused: list[tuple[Document, DocumentVersion]] = []
        with self._database.write() as session:
            if not _stands(session, container):
                return False
            for member in members:
                document = self._document(session, container, member)
                version, is_new_work = self._entries.version(session, document, member.content)
                document.withdrawn_at = document.deleted_at = document.purged_at = None
                if member.reason is None and is_new_work:
                    reopen(version)
                    opened.append((document, version))
                elif member.reason is not None and version.reason != member.reason.value:
                    version.state, version.reason = VersionState.FAILED.value, member.reason.value
                    refused.append((document, version))
            session.flush()
            actor = container.created_by or _ACTOR
            for document, version in opened:
                self._entries.announce(session, document, version, actor, container.priority)
            for document, version in refused:
                record(
                    session,
                    actor=actor,
                    action=AuditAction.DOCUMENT_FAILED,
                    subject=f"document:{document.id}",
                    data={"version": version.id, "reason": version.reason},
                )
        return True

    def _document(self, session: Session, container: _Container, member: _Member) -> Document:
        document_id = derived_id(container.collection_id, _key(container, member.path))
        document = session.get(Document, document_id, with_for_update=True)
        if document is None:
            filename = clean_filename(member.path)
            document = Document(
                id=document_id,
                family=document_id,
                parent_id=container.document_id,
                collection_id=container.collection_id,
                source_key=_key(container, member.path),
                filename=filename,
                title=PurePosixPath(filename).stem,
                created_by=container.created_by,
            )
            session.add(document)
            session.flush()
        return document

    def _withdraw_gone(self, container: _Container, keys: set[str]) -> None:
        """Withdraw the members of earlier versions that this one does not have, with all that came out of them."""
        with self._database.read() as session:
            standing = select(Document.id, Document.source_key).where(
                Document.parent_id == container.document_id, Document.withdrawn_at.is_(None)
            )
            gone = sorted(key for key, source in session.execute(standing) if source not in keys)
        for some in _slices(gone):
            with self._database.write() as session:
                if not _stands(session, container):
                    return
                documents = [one for document_id in some for one in with_parts(session, document_id)]
                documents = [one for one in documents if one.withdrawn_at is None]
                take_out(session, self._queue, documents, today=self._today())
                session.flush()
                for document in documents:
                    record(
                        session,
                        actor=container.created_by or _ACTOR,
                        action=AuditAction.DOCUMENT_WITHDRAWN,
                        subject=f"document:{document.id}",
                        data={"collection": document.collection_id, "container": container.document_id},
                    )


def members_due(version: DocumentVersion) -> bool:
    """Whether a container's members have to be looked at (again) although its text is stored."""
    return version.media_type in CONTAINERS and ATTACHMENTS not in version.meta


def without_attachments(document: ParsedDocument) -> ParsedDocument:
    """Return a document whose members were taken in: their bytes let go, their number noted."""
    return replace(document, attachments=(), metadata={**document.metadata, ATTACHMENTS: len(document.attachments)})


def children_of(session: Session, version_ids: Sequence[str]) -> list[Submission]:
    """Return the members of the documents that these versions are of, each with its newest version.

    A member that came out of a member is told with that one's version. ``path`` is the member's key: the container's
    path, ``!/`` and the path inside.
    """
    newest = (
        select(func.max(DocumentVersion.number))
        .where(DocumentVersion.document_id == Document.id)
        .correlate(Document)
        .scalar_subquery()
    )
    found: list[Submission] = []
    for some in _slices(version_ids, 500):
        parents = select(DocumentVersion.document_id).where(DocumentVersion.id.in_(some))
        statement = (
            select(Document.id, Document.source_key, DocumentVersion.id, DocumentVersion.state, DocumentVersion.reason)
            .join(DocumentVersion, DocumentVersion.document_id == Document.id)
            .where(
                Document.parent_id.in_(parents),
                Document.withdrawn_at.is_(None),
                Document.deleted_at.is_(None),
                DocumentVersion.number == newest,
            )
            .order_by(Document.source_key)
        )
        for document_id, source_key, version_id, state, reason in session.execute(statement):
            member = Submission(Path(source_key), document_id, version_id, VersionState(state), reason)
            found.append(member)
    return found


def _container(session: Session, version_id: str) -> _Container | None:
    version = session.get(DocumentVersion, version_id)
    document = session.get(Document, version.document_id) if version else None
    if document is None:
        return None
    newest_first = (Job.created_at.desc(), Job.id)
    job = select(Job.priority).where(Job.key == version_id, Job.kind == JOB_INGEST).order_by(*newest_first).limit(1)
    return _Container(
        version_id=version_id,
        document_id=document.id,
        collection_id=document.collection_id,
        source_key=document.source_key,
        created_by=document.created_by,
        level=1 + len(_ancestors(session, document)),
        priority=session.scalar(job) or 0,
    )


def _ancestors(session: Session, document: Document) -> list[str]:
    """Ids of the containers around a document, innermost first."""
    found: list[str] = []
    while document.parent_id is not None and document.parent_id not in found:
        found.append(document.parent_id)
        document = session.get_one(Document, document.parent_id)
    return found


def _descendants(session: Session, document_id: str) -> list[str]:
    """Ids of what came out of a container and of what came out of that, withdrawn ones too."""
    found: list[str] = []
    level = [document_id]
    while level:
        wanted, level = level, []
        for some in _slices(wanted, 500):
            level.extend(session.scalars(select(Document.id).where(Document.parent_id.in_(some))))
        found.extend(level)
    return found


def _root(session: Session, document_id: str) -> str:
    around = _ancestors(session, session.get_one(Document, document_id))
    return around[-1] if around else document_id


def _stands(session: Session, container: _Container) -> bool:
    """Lock collection and container; tell whether this version may still say what the container's members are.

    Raises:
        RetryLater: a newer version is being worked on; when it fails, the members are ours after all.
    """
    session.get_one(Collection, container.collection_id, with_for_update=True)
    document = session.get_one(Document, container.document_id, with_for_update=True)
    version = session.get_one(DocumentVersion, container.version_id, populate_existing=True)
    if document.withdrawn_at is not None or version.state != VersionState.PROCESSING.value:
        return False
    newer = select(DocumentVersion.state).where(
        DocumentVersion.document_id == document.id, DocumentVersion.number > version.number
    )
    states = set(session.scalars(newer))
    if VersionState.READY.value in states:
        return False
    if VersionState.PROCESSING.value in states:
        raise RetryLater(_AGAIN_S)
    return True


def _key(container: _Container, path: str) -> str:
    return f"{container.source_key}{SEPARATOR}{path}"


def _slices(items: Sequence[_T], size: int = _BATCH) -> Iterator[Sequence[_T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
