"""Taking documents in: a file becomes a row, an audit event and a job in one transaction; workers do the rest.

The same content under the same key is the same version and costs nothing; other content under the same key is the
next version of the document; the same content under another key of the collection is the document already there.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select

from assistant.accounts.access import openable
from assistant.db.models import Collection, Document, DocumentVersion, VersionState, derived_id
from assistant.errors import ErrorCode, Failure
from assistant.ingestion.attachments import children_of
from assistant.ingestion.entries import Content, Entries, reopen
from assistant.ingestion.intake import clean_filename, inspect, loaders_revision, walk
from assistant.ingestion.submissions import NewFile, Submission, VersionStatus
from assistant.library.lifecycle import Lifecycle
from assistant.ports import Priority

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from sqlalchemy.orm import Session

    from assistant.accounts.identity import Principal
    from assistant.db.engine import Database
    from assistant.ports import BlobStore, JobQueue
    from assistant.settings import Settings

_STOPPING: Final = (ErrorCode.HOME_NOT_WRITABLE, ErrorCode.DISK_FULL)  # no further file would fare better
BATCH: Final = 50  # files of one transaction: one wait for the disk instead of fifty
_OPEN: Final = (VersionState.QUEUED.value, VersionState.PROCESSING.value)


@dataclass(frozen=True, slots=True)
class _Prepared:
    file: NewFile
    content: Content


class IngestionService:
    """Takes files in and tells what became of them.

    Args:
        database: where documents are.
        queue: takes the job of each version.
        blobs: keeps the originals.
        settings: for the size limit.
        pipeline: fingerprint of what turns a file into searchable passages (``run.pipeline_revision``); a new one
            makes a new version of the same content.
    """

    def __init__(
        self, database: Database, queue: JobQueue, blobs: BlobStore, settings: Settings, *, pipeline: str
    ) -> None:
        self._database = database
        self._queue = queue
        self._blobs = blobs
        self._max_bytes = settings.upload_max_bytes
        self._pipeline = pipeline
        self._entries = Entries(queue, pipeline)

    def submit_file(
        self,
        path: Path,
        *,
        collection: str,
        principal_name: str,
        source_key: str | None = None,
        filename: str | None = None,
        priority: int = 0,
    ) -> Submission:
        """Take one file in.

        Args:
            path: where the file lies now; it is copied.
            collection: name of an existing collection.
            principal_name: username of who submits it.
            source_key: ``upload:`` and the file name for uploads; the absolute path when not given.
            filename: the name its owner knows it by; the path's own when not given.
            priority: of the job, higher first.

        Raises:
            Failure: ``collection_not_found``, ``path_not_found``, ``file_empty``, ``file_too_large``,
                ``file_unsupported``, ``file_damaged``, ``file_encrypted``, ``disk_full``, ``home_not_writable``.
        """
        file = _new_file(path, source_key, filename)
        prepared = self._prepare(file)
        return self._enter_all([prepared], collection, principal_name, priority)[0]

    def submit_tree(
        self,
        paths: Iterable[Path],
        *,
        collection: str,
        principal_name: str,
        priority: int = 0,
        progress: Callable[[int], None] | None = None,
    ) -> list[Submission]:
        """Take in all files under these paths, folders walked in order of names, hidden files skipped.

        A file that cannot be let in is told in its own line and does not stop the others.

        Raises:
            Failure: ``collection_not_found``; ``home_not_writable``, ``disk_full`` (what was submitted before stays).
        """
        with self._database.read() as session:
            _collection(session, collection)  # before the first of thousands of files is copied
        submissions: list[Submission] = []
        files = iter(_new_file(path, None, None) for path in walk(paths))
        while batch := list(islice(files, BATCH)):
            submissions.extend(self._submit_batch(batch, collection, principal_name, priority))
            if progress is not None:
                progress(len(submissions))
        return submissions

    def submit_some(
        self, files: Sequence[tuple[Path, str]], *, collection: str, principal_name: str, priority: int = 0
    ) -> list[Submission]:
        """Take in some files, given with their source keys, in one transaction; at most ``BATCH`` at a time.

        A file that cannot be let in is told in its own line and does not stop the others.

        Raises:
            Failure: ``collection_not_found``, ``home_not_writable``, ``disk_full``; nothing was submitted then.
        """
        batch = [_new_file(path, source_key, None) for path, source_key in files]
        return self._submit_batch(batch, collection, principal_name, priority)

    def reading_revision(self, collection: str) -> str:
        """Return the fingerprint of how files of this collection are read now: another one makes other versions.

        Raises:
            Failure: ``collection_not_found``.
        """
        with self._database.read() as session:
            policy = _collection(session, collection).pii_policy
        return f"{self._pipeline}|{policy}|{loaders_revision()}"

    def children_of(self, version_ids: Sequence[str]) -> list[Submission]:
        """Return what came out of the documents that these versions are of, as ``attachments.children_of`` does."""
        with self._database.read() as session:
            return children_of(session, version_ids)

    def states(self, version_ids: Sequence[str]) -> dict[str, VersionStatus]:
        """Return how far these versions are; unknown ids are left out."""
        found: dict[str, VersionStatus] = {}
        with self._database.read() as session:
            for some in _slices(version_ids):
                statement = (
                    select(DocumentVersion, Document.filename, Document.title)
                    .join(Document, Document.id == DocumentVersion.document_id)
                    .where(DocumentVersion.id.in_(some))
                )
                for version, filename, title in session.execute(statement):
                    found[version.id] = VersionStatus(
                        document_id=version.document_id,
                        version_id=version.id,
                        title=version.title or title,
                        filename=filename,
                        state=VersionState(version.state),
                        reason=version.reason,
                        page_count=version.page_count,
                        chunk_count=version.chunk_count,
                    )
        return found

    def retry(self, version_id: str, principal: Principal) -> VersionState:
        """Put a failed version back to work and return its state; any other is left as it is.

        Raises:
            Failure: ``document_not_found`` when unknown, withdrawn or not readable.
        """
        with self._database.write() as session:
            version = session.get(DocumentVersion, version_id)
            document = _changeable(session, version.document_id if version else "", principal)
            if version is None:
                raise Failure(ErrorCode.DOCUMENT_NOT_FOUND)
            session.refresh(version)  # under the document's lock: a worker may have finished meanwhile
            if version.state == VersionState.FAILED.value:
                reopen(version)
                self._entries.announce(session, document, version, principal.username, Priority.PERSON, retry=True)
            return VersionState(version.state)

    def withdraw(self, document_id: str, principal: Principal) -> None:
        """Take a document out of search, lists and views at once, as :meth:`Lifecycle.withdraw` does.

        Submitting it again brings it back.
        """
        Lifecycle(self._database, self._queue).withdraw(document_id, principal)

    def _submit_batch(
        self, files: Sequence[NewFile], collection: str, principal_name: str, priority: int
    ) -> list[Submission]:
        prepared: list[_Prepared | Submission] = []
        for file in files:
            try:
                prepared.append(self._prepare(file))
            except Failure as failure:
                if failure.code in _STOPPING:
                    raise
                prepared.append(Submission(file.path, None, None, VersionState.FAILED, failure.code.value))
        return self._enter_all(prepared, collection, principal_name, priority)

    def _prepare(self, file: NewFile) -> _Prepared:
        """Do what touches files: look, copy, hash. Outside of any transaction."""
        kind = inspect(file.path, file.filename, max_bytes=self._max_bytes)
        sha256, size = self._blobs.put(file.path)
        return _Prepared(file, Content(sha256, size, kind.media_type, kind.loader))

    def _enter_all(
        self, items: Sequence[_Prepared | Submission], collection: str, principal_name: str, priority: int
    ) -> list[Submission]:
        """Write the rows of some files in one transaction.

        The collection is locked, so nobody enters the same document beside us. The audit comes last, after every
        document's lock: a worker that holds a document while it waits for the audit must not wait for us.
        """
        submissions: list[Submission] = []
        opened: list[tuple[Document, DocumentVersion]] = []
        with self._database.write() as session:
            shelf = _locked_collection(session, collection)
            for item in items:
                if isinstance(item, Submission):
                    submissions.append(item)
                    continue
                submission, work = self._enter(session, shelf, item, principal_name)
                submissions.append(submission)
                opened.extend(work)
            for document, version in opened:
                self._entries.announce(session, document, version, principal_name, priority)
        return submissions

    def _enter(
        self, session: Session, shelf: Collection, prepared: _Prepared, principal_name: str
    ) -> tuple[Submission, list[tuple[Document, DocumentVersion]]]:
        """Write the rows for one file; return what became of it and what is to be announced."""
        file = prepared.file
        document = session.get(Document, derived_id(shelf.id, file.source_key), with_for_update=True)
        duplicate = False
        if document is None:
            document = _same_content(session, shelf, prepared.content.sha256)
            duplicate = document is not None
        if document is None:
            document_id = derived_id(shelf.id, file.source_key)
            document = Document(
                id=document_id,
                family=document_id,
                collection_id=shelf.id,
                source_key=file.source_key,
                filename=file.filename,
                title=Path(file.filename).stem,
                created_by=principal_name,
            )
            session.add(document)
            session.flush()
        version, is_new_work = self._entries.version(session, document, prepared.content)
        _bring_back(document, file)
        if is_new_work:
            reopen(version)
        session.flush()
        submission = Submission(
            file.path,
            document.id,
            version.id,
            VersionState(version.state),
            version.reason,
            duplicate=duplicate,
            source_key=document.source_key,
        )
        return submission, [(document, version)] if is_new_work else []


def _bring_back(document: Document, file: NewFile) -> None:
    """Let a document that was withdrawn, deleted or even removed from storage be there again: it is handed in anew."""
    if document.purged_at is not None:
        document.source_key, document.filename = file.source_key, file.filename
        document.title = Path(file.filename).stem
    document.withdrawn_at = document.deleted_at = document.purged_at = None


def _new_file(path: Path, source_key: str | None, filename: str | None) -> NewFile:
    name = clean_filename(filename or path.name)
    return NewFile(path=path, source_key=source_key or str(path.absolute()), filename=name)


def _collection(session: Session, name: str, *, lock: bool = False) -> Collection:
    statement = select(Collection).where(Collection.name == name)
    shelf = session.scalars(statement.with_for_update() if lock else statement).one_or_none()
    if shelf is None:
        raise Failure(ErrorCode.COLLECTION_NOT_FOUND)
    return shelf


def _locked_collection(session: Session, name: str) -> Collection:
    return _collection(session, name, lock=True)


def _same_content(session: Session, shelf: Collection, sha256: str) -> Document | None:
    """Return the collection's document whose newest content this is."""
    newest = (
        select(func.max(DocumentVersion.number))
        .where(DocumentVersion.document_id == Document.id)
        .correlate(Document)
        .scalar_subquery()
    )
    statement = (
        select(Document)
        .join(DocumentVersion, DocumentVersion.document_id == Document.id)
        .where(
            DocumentVersion.content_sha256 == sha256,
            DocumentVersion.number == newest,
            Document.collection_id == shelf.id,
            Document.withdrawn_at.is_(None),
            Document.parent_id.is_(None),  # what lies in an archive goes when the archive goes
        )
        .order_by(Document.created_at, Document.id)
        .limit(1)
        .with_for_update(of=Document)
    )
    return session.scalars(statement).first()


def _changeable(session: Session, document_id: str, principal: Principal) -> Document:
    """Return the document, locked, when this person may see it."""
    document = session.get(Document, document_id, with_for_update=True)
    if (
        document is None
        or document.withdrawn_at is not None
        or document.collection_id not in openable(session, principal).collection_ids
    ):
        raise Failure(ErrorCode.DOCUMENT_NOT_FOUND)
    return document


def _slices(ids: Sequence[str], size: int = 1000) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), size):
        yield ids[start : start + size]
