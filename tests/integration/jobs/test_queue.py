"""A job is delivered when, and only when, the transaction that added it is committed."""

from __future__ import annotations

import pytest

from assistant.db.models import JobState
from assistant.jobs import rows
from assistant.jobs.queue import HueyJobQueue


def _delivered(queue: HueyJobQueue) -> list[str]:
    taken = []
    while queue.size():
        taken.append(queue.huey().dequeue().args[0])
    return taken


def test_delivery_follows_the_commit(database, queue, job) -> None:
    with database.write() as session:
        first = queue.add(session, "count", {"n": 1, "이름": "가"}, key="k")
        second = queue.add(session, "count", {"n": 2})
        assert queue.size() == 0
    assert _delivered(queue) == [first, second]
    row = job(first)
    assert (row.kind, row.key, row.payload, row.state) == ("count", "k", {"n": 1, "이름": "가"}, JobState.WAITING.value)


def test_a_rolled_back_job_is_neither_there_nor_delivered(database, queue) -> None:
    def add_and_fail() -> None:
        with database.write() as session:
            queue.add(session, "count", {})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        add_and_fail()
    with database.write() as session:
        kept = queue.add(session, "count", {})
    assert _delivered(queue) == [kept]
    with database.read() as session:
        assert rows.counts(session) == {"waiting": 1, "running": 0, "done": 0, "failed": 0}


def test_a_savepoint_is_not_yet_a_commit(database, queue) -> None:
    with database.write() as session:
        with session.begin_nested():
            inside = queue.add(session, "count", {})
        assert queue.size() == 0
        with pytest.raises(ZeroDivisionError), session.begin_nested():
            raise ZeroDivisionError
        outside = queue.add(session, "count", {})
    assert _delivered(queue) == [inside, outside]


def test_higher_priority_is_delivered_first(database, queue) -> None:
    with database.write() as session:
        ids = {priority: queue.add(session, "count", {}, priority=priority) for priority in (0, 5, 3, 9)}
    assert _delivered(queue) == [ids[9], ids[5], ids[3], ids[0]]


def test_bulk_jobs_lie_in_no_queue_and_are_found_in_the_table(database, queue) -> None:
    with database.write() as session:
        ids = {priority: queue.add(session, "count", {}, priority=priority) for priority in (-10, 0, -1)}
    assert _delivered(queue) == [ids[0]]
    with database.read() as session:
        assert rows.due(session, 10, bulk=True) == [(ids[-1], -1), (ids[-10], -10)]
        assert rows.due(session, 10) == [(ids[0], 0)]
        assert (rows.due_count(session), rows.due_count(session, bulk=True)) == (1, 2)


def test_a_broken_queue_does_not_break_the_commit(database, queue, monkeypatch, job) -> None:
    monkeypatch.setattr(queue, "enqueue", lambda _: (_ for _ in ()).throw(OSError("disk full")))
    with database.write() as session:
        job_id = queue.add(session, "count", {})
    assert job(job_id).state == JobState.WAITING.value


def test_another_process_finds_the_deliveries(database, queue, home) -> None:
    with database.write() as session:
        job_id = queue.add(session, "count", {})
    other = HueyJobQueue(database, home)
    assert other.undelivered([job_id, "elsewhere"]) == {"elsewhere"}
    assert _delivered(other) == [job_id]
    assert queue.undelivered([job_id]) == {job_id}
    other.close()


def test_what_lies_in_the_queue_is_json(database, queue) -> None:
    with database.write() as session:
        job_id = queue.add(session, "count", {"secret": "x"}, priority=2)
    assert [bytes(item) for item in queue.huey().storage.enqueued_items()] == [
        f'["{job_id}", 2, "assistant.jobs.queue.deliver"]'.encode()
    ]
