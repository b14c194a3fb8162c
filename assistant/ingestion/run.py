"""From a submitted file to a searchable version, in named stages that can be cut off anywhere and taken up again.

read (parse, chunk, store in one transaction) → embed (a commit per batch) → index (both indexes) → activate (one
transaction). What a stage finds done it skips. Nobody sees anything of a version before it is activated: search, lists
and views ask the database for the active version only.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from sqlalchemy import update

from assistant.db.models import Collection, Document, DocumentVersion, VersionState, now
from assistant.errors import ErrorCode, Failure
from assistant.governance.audit import AuditAction, record
from assistant.ingestion.intake import load_code
from assistant.ingestion.storing import store_text
from assistant.library.index_jobs import later
from assistant.library.job_names import JOB_CLEANUP, JOB_INGEST
from assistant.ports import RetryLater
from retrieval.chunking import CHUNKER, chunk
from retrieval.errors import LoadError, LoadReason

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from sqlalchemy.orm import Session

    from assistant.db.engine import Database
    from assistant.library.indexing import Indexes
    from assistant.ports import BlobStore, JobQueue, JobRun
    from assistant.settings import Settings
    from retrieval.types import ParsedDocument

_ACTOR: Final = "system"
_INDEX_TRIES: Final = 3
_AGAIN_S: Final = 5.0
_OPEN: Final = (VersionState.QUEUED.value, VersionState.PROCESSING.value)
# What another run will not mend: the original is gone.
_FINAL: Final = frozenset({ErrorCode.FILE_MISSING})


class Parser(Protocol):
    """Reads untrusted files: ``retrieval.loaders.sandbox.ParserPool``."""

    def parse(self, path: Path, filename: str) -> ParsedDocument:
        """Return the document.

        Raises:
            LoadError: with the reason.
        """
        ...


@dataclass(frozen=True, slots=True)
class _Task:
    version_id: str
    document_id: str
    sha256: str
    filename: str
    stored: bool  # text and passages are in the database
    live: bool  # already active; only its index entries are to be written again


def pipeline_revision(embedder: str, max_chars: int) -> str:
    """Return the fingerprint of what turns a parsed file into searchable passages.

    Args:
        embedder: fingerprint of the embedding model, or a word for there being none.
        max_chars: longest passage.
    """
    return hashlib.sha256(f"{CHUNKER}|{max_chars}|{embedder}".encode()).hexdigest()[:16]


class IngestRunner:
    """Runs ``ingest.version`` jobs; one instance serves all threads of a worker, one document at a time each.

    Args:
        database: where everything goes first.
        blobs: the originals.
        parser: the sandbox.
        indexes: the derived indexes and the embedding model.
        queue: takes the clean-up of the version that was replaced.
        settings: for the length of passages.
    """

    def __init__(  # noqa: PLR0917 - the parts of the pipeline in the order in which a file meets them
        self,
        database: Database,
        blobs: BlobStore,
        parser: Parser,
        indexes: Indexes,
        queue: JobQueue,
        settings: Settings,
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._parser = parser
        self._indexes = indexes
        self._queue = queue
        self._max_chars = settings.chunk_max_chars

    def handlers(self) -> dict[str, Callable[[Mapping[str, Any], JobRun], None]]:
        """Return the handler by kind of job, for the worker."""
        return {JOB_INGEST: self.process}

    def process(self, payload: Mapping[str, Any], ctx: JobRun) -> None:
        """Bring one version as far as it goes: ready, failed with a reason, or superseded by a newer one.

        Raises:
            RetryLater: an index, the database or the embedding model does not answer, or the worker is to stop.
        """
        with later():
            task = self._begin(str(payload["version_id"]))
            if task is None:
                return
            try:
                self._run(task, ctx)
            except LoadError as error:
                self._fail(task.version_id, load_code(error))
            except Failure as failure:
                if failure.code not in _FINAL:
                    raise
                self._fail(task.version_id, failure.code)

    def on_abandoned(self, session: Session, payload: Mapping[str, Any], code: str) -> None:
        """Say so on the version, in the transaction in which the worker gives its job up with this error code."""
        known = code in set(ErrorCode)
        self._mark_failed(session, str(payload["version_id"]), ErrorCode(code) if known else ErrorCode.JOB_ABANDONED)

    def _run(self, task: _Task, ctx: JobRun) -> None:
        if not task.stored:
            self._read(task)
        for _ in range(_INDEX_TRIES):
            self._embed(task, ctx)
            scope = self._index(task)
            if scope is None or self._activate(task, scope):
                return
        # Readers of the collection were changed each time between writing and activating.
        raise RetryLater(_AGAIN_S)

    def _begin(self, version_id: str) -> _Task | None:
        """Claim the version; ``None`` when there is nothing to do for it any more."""
        with self._database.write() as session:
            version, document = _locked(session, version_id)
            if version is None or document is None:
                return None
            live = version.state == VersionState.READY.value and not version.indexed
            if not live and (version.state not in _OPEN or document.withdrawn_at is not None):
                return None
            if not live and self._overtaken(session, version, document):
                return None
            if not live:
                version.state = VersionState.PROCESSING.value
            return _Task(
                version_id=version.id,
                document_id=document.id,
                sha256=version.content_sha256,
                filename=document.filename,
                stored=version.chunk_count > 0,
                live=live,
            )

    def _read(self, task: _Task) -> None:
        """Parse in the sandbox, cut into passages, store all of it at once."""
        document = self._parser.parse(self._blobs.path(task.sha256), task.filename)
        chunks = chunk(document, max_chars=self._max_chars)
        if not chunks:
            raise LoadError(LoadReason.NO_TEXT, "no passage")
        with self._database.write() as session:
            store_text(session, task.version_id, document, chunks)

    def _embed(self, task: _Task, ctx: JobRun) -> None:
        def between() -> None:
            if ctx.stopping():
                raise RetryLater(0)

        with self._database.read() as session:
            version = session.get(DocumentVersion, task.version_id)
        if version is not None:
            self._indexes.embed_version(self._database, version.id, version.title, between=between)

    def _index(self, task: _Task) -> str | None:
        """Write both indexes and leave a mark; return the scope written under."""
        with self._database.read() as session:
            content = self._indexes.content(session, task.version_id)
        if content is None:
            return None
        self._indexes.write_lexical([content])
        self._indexes.write_dense([content])
        with self._database.write() as session:
            session.execute(update(DocumentVersion).where(DocumentVersion.id == task.version_id).values(indexed=True))
        return content.scope

    def _activate(self, task: _Task, scope: str) -> bool:
        """Make the version the one people see; return ``False`` when it has to be indexed again first."""
        with self._database.write() as session:
            version, document = _locked(session, task.version_id)
            if version is None or document is None:
                return True
            if version.state == VersionState.SUPERSEDED.value or document.withdrawn_at is not None:
                self._clean(session, version.id)  # withdrawn while we worked
                return True
            shelf = session.get_one(Collection, document.collection_id)
            if not version.indexed or shelf.scope != scope:
                return False
            if version.state != VersionState.PROCESSING.value or self._overtaken(session, version, document):
                return True
            previous = document.active_version_id
            version.state = VersionState.READY.value
            version.reason = None
            version.ready_at = now()
            document.active_version_id = version.id
            document.title = version.title
            if previous is not None and previous != version.id:
                old = session.get_one(DocumentVersion, previous)
                old.state = VersionState.SUPERSEDED.value
                self._clean(session, previous)
            session.flush()
            record(
                session,
                actor=_ACTOR,
                action=AuditAction.DOCUMENT_READY,
                subject=f"document:{document.id}",
                data={"version": version.id, "number": version.number, "chunks": version.chunk_count},
            )
        return True

    def _overtaken(self, session: Session, version: DocumentVersion, document: Document) -> bool:
        """Whether a newer version is active already: this one is put aside, people never go back to it."""
        if document.active_version_id is None or document.active_version_id == version.id:
            return False
        active = session.get(DocumentVersion, document.active_version_id)
        if active is None or active.number < version.number:
            return False
        version.state = VersionState.SUPERSEDED.value
        self._clean(session, version.id)
        return True

    def _fail(self, version_id: str, code: ErrorCode) -> None:
        with self._database.write() as session:
            self._mark_failed(session, version_id, code)

    def _mark_failed(self, session: Session, version_id: str, code: ErrorCode) -> None:
        version, document = _locked(session, version_id)
        if version is None or document is None or version.state not in _OPEN:
            return
        version.state = VersionState.FAILED.value
        version.reason = code.value
        self._clean(session, version.id)
        session.flush()
        record(
            session,
            actor=_ACTOR,
            action=AuditAction.DOCUMENT_FAILED,
            subject=f"document:{document.id}",
            data={"version": version.id, "reason": code.value},
        )

    def _clean(self, session: Session, version_id: str) -> None:
        self._queue.add(session, JOB_CLEANUP, {"version_id": version_id}, key=version_id)


def _locked(session: Session, version_id: str) -> tuple[DocumentVersion | None, Document | None]:
    """Return a version and its document as they are now; the document stays locked until the transaction ends."""
    version = session.get(DocumentVersion, version_id)
    if version is None:
        return None, None
    document = session.get(Document, version.document_id, with_for_update=True)
    session.refresh(version)  # it may have changed while we waited for the lock
    return version, document
