"""The worker: takes deliveries out of Huey's queue, claims the job's row, runs its handler, writes how it ended.

::

    add ──commit──▶ Huey's queue ──▶ claim (waiting → running, lease) ──▶ handler ──▶ done / failed / waiting again
                        ▲                      │ heartbeat prolongs the lease
                        └──── reconciler: leases that ran out, waiting rows that nobody delivered

Bulk jobs (priority below zero) come straight from the table, while a thread is left for what a person waits for.

Huey brings the threads and the queue, nothing else: its delivery is at most once, the row makes it at least once.
"""

from __future__ import annotations

import logging
import os
import secrets
import signal
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from assistant.errors import ErrorCode, Failure
from assistant.governance.audit import AuditAction, record
from assistant.jobs import rows
from assistant.jobs.bulk import AHEAD, BulkLane, LaneStorage
from assistant.jobs.lock import worker_lock
from assistant.jobs.types import JobContext, RetryLater

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from types import FrameType

    from assistant.db.engine import Database
    from assistant.jobs.queue import HueyJobQueue
    from assistant.jobs.rows import JobRow
    from assistant.jobs.schedule import Schedule
    from assistant.jobs.types import Handler, OnFailed

LEASE_S: Final = 15.0
HEARTBEAT_S: Final = 3.0
RECONCILE_S: Final = 1.0
_GRACE_S: Final = 10.0
_BACKOFF_S: Final = 2.0
_LONGEST_BACKOFF_S: Final = 300.0
_DELIVERIES: Final = 500  # rows looked at in one round of the reconciler

# Failures of something the job needs, not of the job: worth another attempt.
_PASSING: Final = frozenset(
    {
        ErrorCode.DATABASE_UNAVAILABLE,
        ErrorCode.INDEX_UNAVAILABLE,
        ErrorCode.EMBEDDER_UNAVAILABLE,
        ErrorCode.MODEL_UNAVAILABLE,
        ErrorCode.MODEL_TIMEOUT,
        ErrorCode.MODEL_CUT_OFF,
        ErrorCode.INTERNAL,
    }
)

_log = logging.getLogger(__name__)


class Worker:
    """A process that does jobs.

    Args:
        database: where the job rows live.
        queue: where deliveries come from.
        home: the product's folder, for the lock file.
        handlers: what runs each kind of job.
        on_failed: for some kinds, what else to write when a job has failed for good.
        schedule: adds the jobs that come round.
        threads: jobs done side by side.
        reserve: threads beyond those which bulk work never takes: with 2 and 1 at most two of three do bulk work.
        lease_s: how long a job stays this worker's without a heartbeat.
        heartbeat_s: seconds between heartbeats; a fifth of the lease or less.
        backoff_s: wait after the first failed attempt; doubles with each further one.
        grace_s: how long running jobs may go on after the worker was told to stop.
        reconcile_s: seconds between two looks for lost and undelivered jobs.
    """

    def __init__(
        self,
        database: Database,
        queue: HueyJobQueue,
        home: Path,
        handlers: Mapping[str, Handler],
        *,
        on_failed: Mapping[str, OnFailed] | None = None,
        schedule: Schedule | None = None,
        threads: int = 2,
        reserve: int = 0,
        lease_s: float = LEASE_S,
        heartbeat_s: float = HEARTBEAT_S,
        backoff_s: float = _BACKOFF_S,
        grace_s: float = _GRACE_S,
        reconcile_s: float = RECONCILE_S,
    ) -> None:
        self.name = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self._database = database
        self._queue = queue
        self._home = home
        self._handlers = handlers
        self._on_failed = on_failed or {}
        self._schedule = schedule
        self._threads = threads + reserve
        self._bulk = BulkLane(threads)
        self._lease_s = lease_s
        self._heartbeat_s = heartbeat_s
        self._backoff_s = backoff_s
        self._grace_s = grace_s
        self._reconcile_s = reconcile_s
        self._stop = threading.Event()
        self._active: set[str] = set()
        self._active_lock = threading.Lock()

    def stop(self) -> None:
        """Tell the worker to stop: running jobs get the grace period, then they are put back."""
        self._stop.set()

    def run(self, *, until_idle: bool = False) -> None:
        """Do jobs until told to stop; SIGTERM and SIGINT tell so when this is the main thread.

        Args:
            until_idle: return as soon as no job waits, jobs put back for later included.

        Raises:
            WorkerRunningError: another worker process serves this home and its queue is a file.
            Failure: ``home_not_writable`` or ``database_unavailable``.
        """
        with worker_lock(self._home, alone=self._database.is_sqlite), self._signals():
            self._queue.deliver = self._deliver
            huey = self._queue.huey()
            own = huey.storage
            consumer = _consumer(huey, self._threads, self._grace_s)
            huey.storage = LaneStorage(own, self._bulk, self._queue.delivery)
            self._reconcile()  # what a dead worker left is taken over before the first thread starts
            keepers = [
                self._keeper("heartbeat", self._heartbeat_s, self._heartbeat),
                self._keeper("reconciler", self._reconcile_s, self._reconcile),
            ]
            for keeper in keepers:
                keeper.start()
            consumer.start()
            try:
                self._consume(consumer, until_idle=until_idle)
            finally:
                self._stop.set()
                consumer.stop(graceful=True)
                self._put_back_active()
                for keeper in keepers:
                    keeper.join(timeout=self._grace_s)
                self._queue.deliver = None
                huey.storage = own
                self._queue.close()

    def _consume(self, consumer: Any, *, until_idle: bool) -> None:  # noqa: ANN401 - Huey is untyped
        rounds = 0
        while not self._stop.wait(0.1):
            rounds += 1
            if rounds % 100 == 0:
                consumer.check_worker_health()  # replaces threads that died
            if until_idle and self._idle():
                return

    def _idle(self) -> bool:
        with self._database.read() as session:
            return rows.open_jobs(session, self.name) == 0

    # -- one job ------------------------------------------------------------------------------------------------

    def _deliver(self, job_id: str) -> None:
        """Do the job of one delivery. Never raises: what goes wrong is in the row or healed by the reconciler."""
        if self._stop.is_set():
            return  # stays waiting; the next worker's reconciler delivers it
        with self._active_lock:
            if job_id in self._active:
                return
            self._active.add(job_id)
        try:
            with self._database.write() as session:
                job = rows.claim(session, job_id, self.name, self._lease_s)
            if job is not None:
                self._run(job)
        except Failure:
            _log.warning("job %s: its row could not be written; it will be delivered again", job_id, exc_info=True)
        finally:
            with self._active_lock:
                self._active.discard(job_id)

    def _run(self, job: JobRow) -> None:
        handler = self._handlers.get(job.kind)
        if handler is None:
            _log.error("job %s: no handler for kind %s", job.id, job.kind)
            self._fail(job, self.name, ErrorCode.INTERNAL.value)
            return
        context = JobContext(job.id, job.kind, job.key, job.attempts, job.max_attempts, self._stop.is_set)
        try:
            handler(job.payload, context)
        except RetryLater as wish:
            if wish.counts and job.exhausted:
                self._fail(job, self.name, wish.reason or ErrorCode.JOB_ABANDONED.value)
            else:
                self._put_back(job, delay_s=wish.delay_s, error=wish.reason, counts=wish.counts)
        except Failure as failure:
            _log.warning("job %s (%s), attempt %d: %s", job.id, job.kind, job.attempts, failure)
            self._retry_or_fail(job, failure.code, retry=failure.code in _PASSING)
        except Exception:  # noqa: BLE001 - a handler may meet anything; the job's row says that it failed and the log says why
            _log.exception("job %s (%s), attempt %d", job.id, job.kind, job.attempts)
            self._retry_or_fail(job, ErrorCode.INTERNAL, retry=True)
        else:
            with self._database.write() as session:
                if not rows.finish(session, job.id, self.name):
                    _log.warning("job %s (%s) was done, but no longer this worker's", job.id, job.kind)

    def _retry_or_fail(self, job: JobRow, code: ErrorCode, *, retry: bool) -> None:
        if not retry or job.exhausted:
            self._fail(job, self.name, code.value)
            return
        delay = min(self._backoff_s * 2 ** (job.attempts - 1), _LONGEST_BACKOFF_S)
        self._put_back(job, delay_s=delay, error=code.value, counts=True)

    def _put_back(self, job: JobRow, *, delay_s: float, error: str | None, counts: bool) -> None:
        with self._database.write() as session:
            if rows.put_back(session, job.id, self.name, delay_s=delay_s, error=error, counts=counts) and delay_s <= 0:
                self._queue.announce(session, job.id, job.priority)

    def _fail(self, job: JobRow, worker: str | None, code: str, *, expired: bool = False) -> None:
        """End a job as failed, with what its kind has to write about it in the same transaction."""
        hook = self._on_failed.get(job.kind)
        try:
            self._write_failure(job, worker, code, hook, expired=expired)
        except Exception as error:
            if hook is None or (isinstance(error, Failure) and error.code is ErrorCode.DATABASE_UNAVAILABLE):
                raise
            # A faulty hook must not keep the job running for ever.
            _log.exception("job %s (%s): what to do on failure failed itself", job.id, job.kind)
            self._write_failure(job, worker, code, None, expired=expired)

    def _write_failure(
        self, job: JobRow, worker: str | None, code: str, hook: OnFailed | None, *, expired: bool
    ) -> None:
        with self._database.write() as session:
            if not rows.fail(session, job.id, worker, code, expired=expired):
                return
            if hook is not None:
                hook(session, job.payload, code)
            record(
                session,
                actor="system",
                action=AuditAction.JOB_FAILED,
                subject=f"job:{job.id}",
                data={"kind": job.kind, "key": job.key, "code": code, "attempts": job.attempts},
            )

    # -- keepers ------------------------------------------------------------------------------------------------

    def _keeper(self, name: str, every_s: float, task: Any) -> threading.Thread:  # noqa: ANN401 - a method
        def keep() -> None:
            while not self._stop.wait(every_s):
                try:
                    task()
                except Exception:  # noqa: BLE001 - a keeper that ends would leave jobs stuck; the next round may succeed
                    _log.exception("%s", name)

        return threading.Thread(target=keep, name=f"jobs-{name}", daemon=True)

    def _heartbeat(self) -> None:
        active = self._snapshot()
        if active:
            with self._database.write() as session:
                rows.renew(session, active, self.name, self._lease_s)

    def _reconcile(self) -> None:
        """Take up jobs of workers that are gone, and deliver what waits and lies in no queue."""
        alone = self._database.is_sqlite  # the lock file says so: whatever does not run here runs nowhere
        with self._database.read() as session:
            lost = rows.lost(session, alone=alone)
        active = self._snapshot()  # taken after the question: a job claimed in between is in it
        for job, worker in lost:
            if job.id in active:
                continue  # ours, and alive however late its heartbeat is
            if job.exhausted:
                _log.error("job %s (%s) given up: interrupted %d times", job.id, job.kind, job.attempts)
                self._fail(job, worker, ErrorCode.JOB_ABANDONED.value, expired=not alone)
                continue
            with self._database.write() as session:
                rows.put_back(session, job.id, worker, expired=not alone)
        if self._schedule is not None:
            self._schedule.tick()
        self._deliver_missing()

    def _deliver_missing(self) -> None:
        with self._database.read() as session:
            waiting = rows.due_count(session)
            due = rows.due(session, _DELIVERIES) if waiting else []
        if due and self._queue.size() < waiting:
            missing = self._queue.undelivered(job_id for job_id, _ in due) - self._snapshot()
            self._queue.enqueue(item for item in due if item[0] in missing)
        if self._bulk.hungry:
            with self._database.read() as session:
                self._bulk.refill(rows.due(session, AHEAD, bulk=True))

    def _put_back_active(self) -> None:
        """Give up jobs that outlasted the grace period; their threads end with the process."""
        for job_id in self._snapshot():
            with self._database.write() as session:
                if rows.put_back(session, job_id, self.name, counts=False):
                    _log.warning("job %s was not done in time and waits for the next worker", job_id)

    def _snapshot(self) -> frozenset[str]:
        with self._active_lock:
            return frozenset(self._active)

    @contextmanager
    def _signals(self) -> Iterator[None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def stop(_number: int, _frame: FrameType | None) -> None:
            self._stop.set()

        before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _consumer(huey: Any, threads: int, grace_s: float) -> Any:  # noqa: ANN401 - Huey is untyped
    """Return Huey's consumer, without its signal handlers and with nothing to schedule."""
    logging.getLogger("huey").setLevel(logging.WARNING)  # it tells of every delivery
    from huey.consumer import Consumer  # noqa: PLC0415 - imports database drivers

    class QuietConsumer(Consumer):  # type: ignore[misc]
        def _set_signal_handlers(self) -> None:
            """Leave signals to the worker: Huey's handlers need the main thread and exit in their own way."""

    consumer = QuietConsumer(
        huey,
        workers=threads,
        periodic=False,
        initial_delay=0.05,
        max_delay=0.5,
        backoff=1.2,
        shutdown_timeout=grace_s,
        scheduler_interval=60,
    )
    closing = threading.Lock()

    @huey.on_shutdown(name="close")  # type: ignore[untyped-decorator]
    def close() -> None:
        with closing:  # each thread has a connection of its own to listen on; the shared one closes with the first
            huey.storage.close()

    return consumer
