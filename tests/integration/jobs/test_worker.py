"""How a job ends, and what becomes of it when its worker does not live to see that."""

from __future__ import annotations

import json
import threading
import time
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from assistant.db.models import AuditEvent, Job, JobState, now
from assistant.errors import ErrorCode, Failure
from assistant.governance import audit
from assistant.jobs import rows
from assistant.jobs.lock import WorkerRunningError, worker_alive, worker_lock
from assistant.jobs.queue import HueyJobQueue
from assistant.jobs.types import RetryLater
from assistant.jobs.worker import Worker


@pytest.fixture
def work(database, queue, home):
    """Run a worker until nothing waits."""

    def run(handlers, **options) -> None:
        options = {"threads": 1, "backoff_s": 0.01, "reconcile_s": 0.1} | options
        Worker(database, queue, home, handlers, **options).run(until_idle=True)

    return run


@pytest.fixture
def add(database, queue):
    def add_one(kind: str = "k", payload=None, **options) -> str:
        with database.write() as session:
            return queue.add(session, kind, payload or {}, **options)

    return add_one


def _set(database, job_id: str, **values) -> None:
    with database.write() as session:
        session.execute(update(Job).where(Job.id == job_id).values(**values))


def test_a_job_is_done_with_its_payload(add, work, job) -> None:
    seen = []
    job_id = add(payload={"n": 7}, key="doc")
    work({"k": lambda payload, context: seen.append((payload["n"], context))})
    ((number, context),) = seen
    assert number == 7
    assert (context.job_id, context.kind, context.key, context.attempt) == (job_id, "k", "doc", 1)
    assert (context.max_attempts, context.last_attempt) == (5, False)
    row = job(job_id)
    assert (row.state, row.error, row.attempts, row.lease_until) == (JobState.DONE.value, None, 1, None)
    assert row.finished_at >= row.created_at


def test_the_more_important_runs_first(add, work) -> None:
    order = []
    for priority in (0, 3, -1, 9):
        add(payload={"p": priority}, priority=priority)
    work({"k": lambda payload, _: order.append(payload["p"])})
    assert order == [9, 3, 0, -1]


def test_a_failure_of_the_job_keeps_its_code_and_is_final(add, work, job, database) -> None:
    told = []

    def handle(_payload, _context) -> None:
        raise Failure(ErrorCode.FILE_DAMAGED)

    job_id = add(payload={"v": 1})
    work({"k": handle}, on_failed={"k": lambda _session, payload, code: told.append((dict(payload), code))})
    row = job(job_id)
    assert (row.state, row.error, row.attempts) == (JobState.FAILED.value, "file_damaged", 1)
    assert told == [({"v": 1}, "file_damaged")]
    with database.read() as session:
        event = session.execute(select(AuditEvent)).scalar_one()
        assert (event.action, event.subject) == ("job.failed", f"job:{job_id}")
        assert json.loads(event.data)["code"] == "file_damaged"
        assert audit.verify(session).ok


@pytest.mark.parametrize("error", [ValueError("bug"), Failure(ErrorCode.INDEX_UNAVAILABLE)])
def test_what_may_pass_is_tried_again_and_then_given_up(add, work, job, error, caplog) -> None:
    attempts = []
    code = error.code.value if isinstance(error, Failure) else "internal"

    def handle(_payload, context) -> None:
        attempts.append((context.attempt, context.last_attempt))
        raise error

    job_id = add(max_attempts=3)
    work({"k": handle})
    assert attempts == [(1, False), (2, False), (3, True)]
    row = job(job_id)
    assert (row.state, row.error, row.attempts) == (JobState.FAILED.value, code, 3)
    assert caplog.records


def test_a_later_attempt_may_succeed(add, work, job) -> None:
    def handle(_payload, context) -> None:
        if context.attempt < 3:
            raise OSError("not yet")

    job_id = add()
    work({"k": handle})
    row = job(job_id)
    assert (row.state, row.error, row.attempts) == (JobState.DONE.value, None, 3)


def test_retry_later_burns_no_attempt(add, work, job) -> None:
    calls = []

    def handle(_payload, context) -> None:
        calls.append(context.attempt)
        if len(calls) < 8:
            raise RetryLater(0 if len(calls) % 2 else 0.01, reason="index_unavailable")

    job_id = add(max_attempts=2)
    work({"k": handle})
    assert calls == [1] * 8
    assert (job(job_id).state, job(job_id).attempts) == (JobState.DONE.value, 1)


def test_retry_later_that_counts_runs_out(add, work, job) -> None:
    def handle(_payload, _context) -> None:
        raise RetryLater(0, counts=True)

    job_id = add(max_attempts=3)
    work({"k": handle})
    row = job(job_id)
    assert (row.state, row.error, row.attempts) == (JobState.FAILED.value, "job_abandoned", 3)


def test_a_kind_without_handler_fails(add, work, job) -> None:
    job_id = add(kind="unheard-of")
    work({})
    assert (job(job_id).state, job(job_id).error) == (JobState.FAILED.value, "internal")


def test_a_faulty_hook_does_not_keep_the_job(add, work, job) -> None:
    def handle(_payload, _context) -> None:
        raise Failure(ErrorCode.FILE_EMPTY)

    def hook(_session, _payload, _code) -> None:
        raise Failure(ErrorCode.DOCUMENT_NOT_FOUND)

    job_id = add()
    work({"k": handle}, on_failed={"k": hook})
    assert (job(job_id).state, job(job_id).error) == (JobState.FAILED.value, "file_empty")


def test_a_row_that_was_never_delivered_is_found(add, work, job, queue) -> None:
    ids = [add() for _ in range(3)]
    queue.huey().storage.flush_queue()
    work({"k": lambda _payload, _context: None})
    assert [job(job_id).state for job_id in ids] == [JobState.DONE.value] * 3


def test_a_job_delivered_twice_runs_once(add, work, queue) -> None:
    calls = []
    job_id = add()
    queue.enqueue([(job_id, 0)] * 3)
    work({"k": lambda _payload, _context: calls.append(1)}, threads=3)
    assert calls == [1]


def test_the_job_of_a_dead_worker_is_taken_over(add, work, job, database) -> None:
    job_id = add()
    lease = now() + timedelta(hours=1) if database.is_sqlite else now() - timedelta(seconds=1)
    _set(database, job_id, state="running", worker="dead", attempts=1, lease_until=lease)
    work({"k": lambda _payload, _context: None})
    assert (job(job_id).state, job(job_id).attempts) == (JobState.DONE.value, 2)


def test_a_job_that_kills_its_workers_is_abandoned(add, work, job, database) -> None:
    told = []
    job_id = add()
    _set(database, job_id, state="running", worker="dead", attempts=5, lease_until=now() - timedelta(seconds=1))
    work(
        {"k": lambda _payload, _context: pytest.fail("run once more")},
        on_failed={"k": lambda _session, _payload, code: told.append(code)},
    )
    assert (job(job_id).state, job(job_id).error, told) == (JobState.FAILED.value, "job_abandoned", ["job_abandoned"])


def test_a_living_lease_of_another_worker_is_respected(add, database, job) -> None:
    job_id = add()
    with database.write() as session:
        assert rows.claim(session, job_id, "here", 60) is not None
        assert rows.claim(session, job_id, "there", 60) is None
        assert rows.lost(session, alone=False) == []
        assert not rows.put_back(session, job_id, "here", expired=True)
        assert not rows.finish(session, job_id, "there")
        assert rows.renew(session, [job_id], "there", 60) == 0
        assert rows.renew(session, [job_id], "here", -1) == 1
        assert [(row.id, worker) for row, worker in rows.lost(session, alone=False)] == [(job_id, "here")]
        assert rows.put_back(session, job_id, "here", expired=True)
        assert not rows.finish(session, job_id, "here")
    assert job(job_id).state == JobState.WAITING.value


def test_a_heartbeat_keeps_a_long_job(add, work, job) -> None:
    leases = []

    def handle(_payload, context) -> None:
        deadline = time.monotonic() + 30
        while len(set(leases)) < 3 and time.monotonic() < deadline:
            leases.append(job(context.job_id).lease_until)
            time.sleep(0.02)

    job_id = add()
    work({"k": handle}, heartbeat_s=0.1)
    assert len(set(leases)) == 3
    assert leases == sorted(leases)
    assert (job(job_id).state, job(job_id).attempts) == (JobState.DONE.value, 1)


def test_workers_that_share_a_database_share_the_jobs(add, database, home) -> None:
    if database.is_sqlite:
        pytest.skip("a file queue has one worker process")
    done: list[tuple[int, int]] = []
    both = threading.Barrier(2)

    def handler(worker: int):
        def handle(payload, _context) -> None:
            if payload["n"] < 2:
                both.wait(30)  # so that neither does all of it
            done.append((worker, payload["n"]))

        return handle

    for number in range(30):
        add(payload={"n": number})
    queues = [HueyJobQueue(database, home) for _ in range(2)]
    workers = [
        Worker(database, queue, home, {"k": handler(number)}, threads=1, reconcile_s=0.1)
        for number, queue in enumerate(queues)
    ]
    threads = [threading.Thread(target=worker.run, kwargs={"until_idle": True}) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(number for _, number in done) == list(range(30))
    assert {worker for worker, _ in done} == {0, 1}


def test_stopping_lets_the_running_job_finish(add, database, queue, home, job) -> None:
    started, go_on = threading.Event(), threading.Event()

    def handle(_payload, context) -> None:
        started.set()
        go_on.wait(20)
        assert context.stopping()

    running, waiting = add(), add()
    worker = Worker(database, queue, home, {"k": handle}, threads=1)
    thread = threading.Thread(target=worker.run)
    thread.start()
    assert started.wait(20)
    worker.stop()
    go_on.set()
    thread.join(20)
    assert not thread.is_alive()
    assert job(running).state == JobState.DONE.value
    assert (job(waiting).state, job(waiting).attempts) == (JobState.WAITING.value, 0)


def test_a_job_that_outlasts_the_grace_is_put_back(add, database, queue, home, job) -> None:
    started, go_on = threading.Event(), threading.Event()

    def handle(_payload, _context) -> None:
        started.set()
        go_on.wait(20)

    job_id = add()
    worker = Worker(database, queue, home, {"k": handle}, threads=1, grace_s=0.2)
    thread = threading.Thread(target=worker.run)
    thread.start()
    assert started.wait(20)
    worker.stop()
    thread.join(20)
    assert not thread.is_alive()
    assert (job(job_id).state, job(job_id).attempts) == (JobState.WAITING.value, 0)
    go_on.set()
    for straggler in [thread for thread in threading.enumerate() if thread.name == "Worker-1"]:
        straggler.join(20)  # in a worker process they end with it
    assert (job(job_id).state, job(job_id).attempts) == (JobState.WAITING.value, 0)


def test_a_failed_job_can_be_tried_again_by_hand(add, work, job, database, queue) -> None:
    def refuse(_payload, _context) -> None:
        raise Failure(ErrorCode.FILE_ENCRYPTED)

    job_id = add()
    work({"k": refuse})
    with database.write() as session:
        queue.retry(session, job_id)
    work({"k": lambda _payload, _context: None})
    assert (job(job_id).state, job(job_id).attempts, job(job_id).error) == (JobState.DONE.value, 1, None)
    with pytest.raises(Failure) as raised, database.write() as session:
        queue.retry(session, job_id)
    assert raised.value.code is ErrorCode.JOB_NOT_FOUND


def test_one_worker_process_per_file_queue(home, database, queue) -> None:
    assert not worker_alive(home)
    with worker_lock(home, alone=True):
        assert worker_alive(home)
        with pytest.raises(WorkerRunningError), worker_lock(home, alone=True):
            pass
        if database.is_sqlite:
            with pytest.raises(WorkerRunningError):
                Worker(database, queue, home, {}).run(until_idle=True)
        else:
            Worker(database, queue, home, {}).run(until_idle=True)
    assert not worker_alive(home)
