"""The job queue: a row in our database is the truth, Huey delivers its id to a worker.

The row is written in the caller's transaction; the id is put into Huey's queue after the commit. Huey takes an id out
of its queue before the work is done, so a delivery can be lost; the worker's reconciler compares rows with deliveries
and delivers again. Being delivered twice does no harm: only one delivery can claim the row.

Jobs of a priority below zero are bulk: they get no delivery, the worker takes them from the table (``jobs/bulk.py``).
"""

from __future__ import annotations

import json
import logging
import threading
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import event, insert, text

from assistant.db.models import Job, new_id
from assistant.errors import ErrorCode, Failure
from assistant.jobs import rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from sqlalchemy.orm import Session, SessionTransaction

    from assistant.db.engine import Database

QUEUE_FILE: Final = "queue.db"
_NAME: Final = "jobs"
_TASK: Final = "deliver"
_PENDING: Final = "assistant.jobs.pending"
_BUSY_TIMEOUT_S: Final = 30
_SCHEMA_LOCK: Final = 0x6A6F6273  # "jobs", key of the PostgreSQL advisory lock around making Huey's tables

_log = logging.getLogger(__name__)


class HueyJobQueue:
    """Puts jobs where workers find them: a SQLite file in the home, or Huey's tables on the same PostgreSQL.

    Nothing is opened before the first delivery. Safe to share between threads.

    Args:
        database: where the job rows live.
        home: the product's folder; holds ``queue.db`` when the database is SQLite.
    """

    def __init__(self, database: Database, home: Path) -> None:
        self._database = database
        self._home = home
        self._lock = threading.Lock()
        self._opened: Any = None  # Huey is untyped
        self._task: Any = None
        self.deliver: Callable[[str], None] | None = None  # set by the worker of this process

    def add(
        self,
        session: Session,
        kind: str,
        payload: Mapping[str, object],
        *,
        key: str | None = None,
        priority: int = 0,
        max_attempts: int = 5,
    ) -> str:
        """Write a job row in the caller's transaction and return its id; it is delivered when the session commits.

        Args:
            session: a writing session.
            kind: which handler runs it.
            payload: what the handler needs, as JSON can hold it; ids, not personal data.
            key: what the job works on, to find it again.
            priority: higher runs first.
            max_attempts: how often it may be begun before it is given up.
        """
        job_id = new_id()
        session.execute(
            insert(Job).values(
                id=job_id, kind=kind, key=key, payload=dict(payload), priority=priority, max_attempts=max_attempts
            )
        )
        self.announce(session, job_id, priority)
        return job_id

    def retry(self, session: Session, job_id: str) -> None:
        """Let a failed job run again, with all its attempts, when the session commits.

        Raises:
            Failure: ``job_not_found`` when there is no such job, or it has not failed.
        """
        self.announce(session, job_id, rows.reopen(session, job_id))

    def announce(self, session: Session, job_id: str, priority: int) -> None:
        """Deliver a waiting job when this session commits; a bulk job is found in the table by the worker."""
        if priority < 0:
            return
        if _PENDING not in session.info:
            session.info[_PENDING] = []
            event.listen(session, "after_commit", self._after_commit)
            event.listen(session, "after_transaction_end", _after_transaction_end)
        session.info[_PENDING].append((job_id, priority))

    def enqueue(self, deliveries: Iterable[tuple[str, int]]) -> None:
        """Put (job id, priority) pairs into Huey's queue."""
        huey = self.huey()
        for job_id, priority in deliveries:
            huey.enqueue(self._task.s(job_id, priority=priority))

    def delivery(self, job_id: str, priority: int) -> bytes:
        """Return what would lie in the queue for this job."""
        huey = self.huey()
        data: bytes = huey.serialize_task(self._task.s(job_id, priority=priority))
        return data

    def undelivered(self, job_ids: Iterable[str]) -> set[str]:
        """Return those of the ids that do not lie in Huey's queue."""
        huey = self.huey()
        return set(job_ids) - {_decode(bytes(data))[0] for data in huey.storage.enqueued_items()}

    def size(self) -> int:
        """Return how many deliveries lie in Huey's queue, repeated ones counted."""
        return int(self.huey().storage.queue_size())

    def huey(self) -> Any:  # noqa: ANN401 - Huey is untyped
        """Return the Huey instance of this process, opening its storage the first time.

        Raises:
            Failure: ``home_not_writable`` or ``database_unavailable``.
        """
        with self._lock:
            if self._opened is None:
                huey = self._open_sqlite() if self._database.is_sqlite else self._open_postgresql()
                self._task = huey.task(name=_TASK)(self._deliver)
                self._opened = huey
            return self._opened

    def close(self) -> None:
        """Close Huey's connections of this thread and the shared one."""
        with self._lock:
            if self._opened is not None:
                self._opened.storage.close()

    def _deliver(self, job_id: str) -> None:
        if self.deliver is not None:
            self.deliver(job_id)

    def _after_commit(self, session: Session) -> None:
        if session.in_nested_transaction():
            return  # a savepoint; the transaction around it may still be rolled back
        pending = list(session.info[_PENDING])
        session.info[_PENDING].clear()
        if not pending:
            return
        try:
            self.enqueue(pending)
        except Exception:  # noqa: BLE001 - the rows are committed: whatever ails the queue, the reconciler delivers later
            _log.warning("%d job(s) committed but not delivered yet", len(pending), exc_info=True)

    def _open_sqlite(self) -> Any:  # noqa: ANN401 - Huey is untyped
        import sqlite3  # noqa: PLC0415 - only where a file is the queue

        from huey import SqliteHuey  # noqa: PLC0415 - imports database drivers

        try:
            self._home.mkdir(parents=True, exist_ok=True)
            return SqliteHuey(
                _NAME,
                filename=str(self._home / QUEUE_FILE),
                timeout=_BUSY_TIMEOUT_S,
                results=False,
                serializer=_Serializer(),
            )
        except (OSError, sqlite3.Error) as error:
            raise Failure(ErrorCode.HOME_NOT_WRITABLE, detail=QUEUE_FILE) from error

    def _open_postgresql(self) -> Any:  # noqa: ANN401 - Huey is untyped
        import psycopg  # noqa: PLC0415 - only where PostgreSQL is the queue
        from huey import PostgresHuey  # noqa: PLC0415 - imports database drivers

        arguments, options = self._database.engine.dialect.create_connect_args(self._database.url)
        huey = PostgresHuey(
            _NAME,
            connection=lambda: psycopg.connect(*arguments, **options),
            blocking=False,  # a thread that waits for urgent work must look at the bulk lane too
            create_tables=False,
            results=False,
            serializer=_Serializer(),
        )
        with self._database.write() as session:
            # Two "create table if not exists" at the same time can still collide in PostgreSQL's catalogue.
            session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _SCHEMA_LOCK})
            huey.storage.initialize_schema()
        return huey


class _Serializer:
    """Writes deliveries as JSON. Huey's own serializer is pickle, which runs whatever lies in the queue."""

    def serialize(self, message: Any) -> bytes:  # noqa: ANN401 - Huey's message is untyped
        """Return ``["job id", priority, "task"]``."""
        return json.dumps([message.args[0], message.priority or 0, message.name]).encode("utf-8")

    def deserialize(self, data: bytes) -> Any:  # noqa: ANN401 - as above
        """Return the message as Huey wants it."""
        from huey.registry import Message  # noqa: PLC0415 - imports database drivers

        job_id, priority, name = _decode(bytes(data))
        return Message(id=job_id, name=name, args=(job_id,), kwargs={}, priority=priority)


def _decode(data: bytes) -> tuple[str, int, str]:
    job_id, priority, name = json.loads(data)
    return str(job_id), int(priority), str(name)


def _after_transaction_end(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info[_PENDING].clear()  # rolled back; after a commit it is empty already
