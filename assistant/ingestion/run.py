"""From a submitted file to a searchable version, in named stages that can be cut off anywhere and taken up again.

read (parse, chunk, store in one transaction) → embed (a commit per batch) → index (both indexes) → activate (one
transaction). What a stage finds done it skips. Nobody sees anything of a version before it is activated: search, lists
and views ask the database for the active version only.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from sqlalchemy import select, update

from assistant.db.models import Collection, Document, DocumentVersion, VersionState, now
from assistant.errors import ErrorCode, Failure
from assistant.governance.audit import AuditAction, record
from assistant.ingestion.attachments import CONTAINERS, members_due, without_attachments
from assistant.ingestion.intake import load_code
from assistant.ingestion.personal_data import screen
from assistant.ingestion.progress import ProgressLog, Stage
from assistant.ingestion.storing import store_text
from assistant.library.index_jobs import later
from assistant.library.job_names import JOB_CLEANUP, JOB_INGEST
from assistant.library.legal import korean_today
from assistant.library.settling import apply, lock_shelf, place, plan_arrival, settle
from assistant.library.versions import counterpart
from assistant.ports import RetryLater
from retrieval.chunking import CHUNKER, chunk
from retrieval.errors import LoadError, LoadReason

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date
    from pathlib import Path

    from sqlalchemy.orm import Session

    from assistant.db.engine import Database
    from assistant.ingestion.attachments import AttachmentIntake
    from assistant.ingestion.personal_data import PiiFinder
    from assistant.library.indexing import Indexes
    from assistant.ports import BlobStore, JobQueue, JobRun
    from assistant.settings import Settings
    from retrieval.types import ParsedDocument

_ACTOR: Final = "system"
_TRIES: Final = 3
_AGAIN_S: Final = 5.0
_OPEN: Final = (VersionState.QUEUED.value, VersionState.PROCESSING.value)
# What another run will not mend: the original is gone, or the collection takes no personal data.
_FINAL: Final = frozenset({ErrorCode.FILE_MISSING, ErrorCode.FILE_PERSONAL_DATA})


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
    policy: str  # of the collection, for personal data
    live: bool  # already complete; only its index entries are to be written again


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
        attachments: takes in what archives and e-mail carry.
        pii: finds personal data.
        today: gives the day in Korea.
    """

    def __init__(  # noqa: PLR0917 - the parts of the pipeline in the order in which a file meets them
        self,
        database: Database,
        blobs: BlobStore,
        parser: Parser,
        indexes: Indexes,
        queue: JobQueue,
        settings: Settings,
        *,
        attachments: AttachmentIntake,
        pii: PiiFinder,
        today: Callable[[], date] = korean_today,
    ) -> None:
        self._database = database
        self._attachments = attachments
        self._blobs = blobs
        self._parser = parser
        self._indexes = indexes
        self._queue = queue
        self._max_chars = settings.chunk_max_chars
        self._progress = ProgressLog(database)
        self._pii = pii
        self._today = today

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
            finally:
                self._progress.over(task.version_id)

    def on_abandoned(self, session: Session, payload: Mapping[str, Any], code: str) -> None:
        """Say so on the version, in the transaction in which the worker gives its job up with this error code."""
        known = code in set(ErrorCode)
        self._mark_failed(session, str(payload["version_id"]), ErrorCode(code) if known else ErrorCode.JOB_ABANDONED)

    def _run(self, task: _Task, ctx: JobRun) -> None:
        if not task.stored:
            self._read(task)
        for _ in range(_TRIES):
            where = self._place(task)
            if where is None:
                if self._put_aside(task):
                    return
                continue
            self._embed(task, ctx)
            self._index(task, where)
            if self._activate(task, where):
                return
        # Readers of the collection or other texts of the law were changed each time between writing and activating.
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
            if not live:
                version.state = VersionState.PROCESSING.value
            return _Task(
                version_id=version.id,
                document_id=document.id,
                sha256=version.content_sha256,
                filename=document.filename,
                stored=version.chunk_count > 0 and (live or not members_due(version)),
                policy=session.get_one(Collection, document.collection_id).pii_policy,
                live=live,
            )

    def _read(self, task: _Task) -> None:
        """Parse in the sandbox, cut into passages, store all of it at once."""
        self._progress.at(task.version_id, Stage.READ)
        document = self._parser.parse(self._blobs.path(task.sha256), task.filename)
        screened = screen(document, task.policy, self._pii)
        document = screened.document
        chunks = chunk(document, max_chars=self._max_chars)
        if not chunks:
            raise LoadError(LoadReason.NO_TEXT, "no passage")
        if document.media_type in CONTAINERS:
            # Before the text is stored, so that a run cut off in between comes here again.
            self._attachments.take_in(task.version_id, document.attachments)
            document = without_attachments(document)
        with self._database.write() as session:
            store_text(session, task.version_id, document, chunks, screened.found, embedded=self._indexes.embedded_text)

    def _embed(self, task: _Task, ctx: JobRun) -> None:
        def between(done: int, total: int) -> None:
            if ctx.stopping():
                raise RetryLater(0)
            self._progress.at(task.version_id, Stage.EMBED, done, total)

        with self._database.read() as session:
            version = session.get(DocumentVersion, task.version_id)
        if version is not None:
            self._indexes.embed_version(self._database, version.id, version.title, between=between)

    def _place(self, task: _Task) -> str | None:
        """Return the partition of the indexes the version belongs into; ``None`` when a newer one stands for it."""
        with self._database.read() as session:
            return place(session, task.version_id, self._today())

    def _put_aside(self, task: _Task) -> bool:
        """End a version that is complete and counts on no day; return ``False`` when it counts by now after all."""
        with self._database.write() as session:
            shelf, version, document = _locked_shelf(session, task.version_id)
            if shelf is None or version is None or document is None:
                return True
            if version.state == VersionState.PROCESSING.value:
                if place(session, version.id, self._today()) is not None:
                    return False
                version.state = VersionState.SUPERSEDED.value
                version.ready_at = now()
            self._clean(session, version.id)
        return True

    def _index(self, task: _Task, where: str) -> None:
        """Write both indexes, leave no entries of a moved version behind, and make a mark."""
        with self._database.read() as session:
            content = self._indexes.content(session, task.version_id, scope=where)
        if content is None:
            return
        self._progress.at(task.version_id, Stage.INDEX, 0, len(content.entries))
        self._indexes.write_lexical([content])
        self._indexes.write_dense([content])
        if task.live:
            self._indexes.leave(task.version_id, counterpart(where))
        with self._database.write() as session:
            if place(session, task.version_id, self._today()) != where:
                return  # it moved meanwhile: the job of that move writes it anew
            session.execute(update(DocumentVersion).where(DocumentVersion.id == task.version_id).values(indexed=True))

    def _activate(self, task: _Task, where: str) -> bool:
        """Let the version count from its day on; return ``False`` when it has to be indexed elsewhere first."""
        with self._database.write() as session:
            shelf, version, document = _locked_shelf(session, task.version_id)
            if shelf is None or version is None or document is None:
                return True
            if version.state == VersionState.SUPERSEDED.value or document.withdrawn_at is not None:
                self._clean(session, version.id)  # withdrawn while we worked
                return True
            if place(session, version.id, self._today()) != where or not version.indexed:
                return False
            if version.state != VersionState.PROCESSING.value:
                return True
            self._complete(session, version, document)
            session.flush()
            record(
                session,
                actor=_ACTOR,
                action=AuditAction.DOCUMENT_READY,
                subject=f"document:{document.id}",
                data={"version": version.id, "number": version.number, "chunks": version.chunk_count},
            )
        return True

    def _complete(self, session: Session, version: DocumentVersion, document: Document) -> None:
        """Take a version up into the time line of its law, and let the rest of the line follow."""
        wanted = plan_arrival(session, version, document, self._today())
        left = document.family
        version.state = VersionState.READY.value
        version.reason = None
        version.ready_at = now()
        document.family = wanted.family
        session.flush()
        apply(session, self._queue, wanted, indexed=version.id)
        if left != wanted.family:
            settle(session, self._queue, document.collection_id, left, self._today())

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


def _locked_shelf(
    session: Session, version_id: str
) -> tuple[Collection | None, DocumentVersion | None, Document | None]:
    """As :func:`_locked`, with the collection locked before: other documents of it may be changed too."""
    shelf_id = session.scalar(
        select(Document.collection_id)
        .join(DocumentVersion, DocumentVersion.document_id == Document.id)
        .where(DocumentVersion.id == version_id)
    )
    shelf = None if shelf_id is None else lock_shelf(session, shelf_id)
    return shelf, *_locked(session, version_id)


def _locked(session: Session, version_id: str) -> tuple[DocumentVersion | None, Document | None]:
    """Return a version and its document as they are now; the document stays locked until the transaction ends."""
    version = session.get(DocumentVersion, version_id)
    if version is None:
        return None, None
    document = session.get(Document, version.document_id, with_for_update=True)
    session.refresh(version)  # it may have changed while we waited for the lock
    return version, document
