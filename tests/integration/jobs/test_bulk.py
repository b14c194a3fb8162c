"""What a person waits for goes before a folder of thousands, whoever put the jobs into the queue."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from assistant.db.models import Job, JobState, new_id, now
from assistant.jobs import rows
from assistant.jobs.bulk import BulkLane
from assistant.jobs.queue import HueyJobQueue
from assistant.jobs.worker import Worker
from assistant.ports import Priority


def _many(database, number: int, priority: int = Priority.BULK) -> None:
    with database.write() as session:
        session.execute(
            insert(Job), [{"id": new_id(), "kind": "file", "payload": {}, "priority": priority} for _ in range(number)]
        )


class Desk:
    """Handlers that note in which order jobs come, and can keep the first bulk job until told."""

    def __init__(self) -> None:
        self.order: list[str] = []
        self.begun = threading.Event()
        self.go_on = threading.Event()
        self.served = threading.Event()
        self.lock = threading.Lock()
        self.at_once = self.most = 0

    def file(self, _payload, _context) -> None:
        with self.lock:
            self.at_once += 1
            self.most = max(self.most, self.at_once)
            self.order.append("file")
        self.begun.set()
        self.go_on.wait(60)
        with self.lock:
            self.at_once -= 1

    def upload(self, _payload, _context) -> None:
        with self.lock:
            self.order.append("upload")
        self.served.set()

    @property
    def handlers(self):
        return {"file": self.file, "upload": self.upload}


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def running(database, queue, home, desk):
    """A worker in a thread of its own, stopped at the end."""
    workers: list[tuple[Worker, threading.Thread]] = []

    def start(**options) -> Worker:
        worker = Worker(database, queue, home, desk.handlers, reconcile_s=0.1, grace_s=5, **options)
        thread = threading.Thread(target=worker.run)
        thread.start()
        workers.append((worker, thread))
        return worker

    yield start
    desk.go_on.set()
    for worker, thread in workers:
        worker.stop()
        thread.join(30)
        assert not thread.is_alive()


def _upload(database, queue) -> str:
    with database.write() as session:
        return queue.add(session, "upload", {}, priority=Priority.PERSON)


def test_an_upload_behind_two_thousand_files_is_next(database, queue, desk, running) -> None:
    _many(database, 2000)
    running(threads=1)
    assert desk.begun.wait(30)
    _upload(database, queue)
    desk.go_on.set()
    assert desk.served.wait(30)
    place = desk.order.index("upload")
    assert place < 50, "it went before nearly all of the two thousand"
    with database.read() as session:
        assert rows.counts(session)["waiting"] > 1900


def test_an_upload_whose_delivery_was_lost_is_next_all_the_same(database, queue, desk, running) -> None:
    _many(database, 2000)
    _many(database, 700, Priority.USUAL)  # more than the reconciler looks at in one round
    running(threads=1)
    assert desk.begun.wait(30)
    with database.write() as session:  # as if the process had died between commit and delivery
        session.execute(
            insert(Job), [{"id": new_id(), "kind": "upload", "payload": {}, "priority": int(Priority.PERSON)}]
        )
    deadline = threading.Event()
    for _ in range(300):
        if queue.size() >= 501:
            break
        deadline.wait(0.1)
    desk.go_on.set()
    assert desk.served.wait(30)
    assert desk.order.index("upload") < 100


def test_a_reserved_thread_does_not_wait_for_huge_files(database, queue, desk, running) -> None:
    _many(database, 20)
    running(threads=2, reserve=1)
    assert desk.begun.wait(30)
    _upload(database, queue)
    assert desk.served.wait(30), "two files are held, the third thread is free"
    assert desk.order.count("file") <= 2
    desk.go_on.set()


def test_bulk_work_never_takes_the_reserved_thread(database, queue, home, desk) -> None:
    desk.go_on.set()
    _many(database, 60)
    Worker(database, queue, home, desk.handlers, threads=2, reserve=2, reconcile_s=0.1).run(until_idle=True)
    assert desk.order == ["file"] * 60
    assert desk.most <= 2


def test_a_lane_forgets_threads_that_died_at_work() -> None:
    lane = BulkLane(1)
    lane.refill([("a", -1), ("b", -1), ("c", -1)])
    taken = []
    thread = threading.Thread(target=lambda: taken.append(lane.take()))
    thread.start()
    thread.join()
    assert taken == [("a", -1)]
    assert lane.take() == ("b", -1)
    assert lane.take() == ("c", -1)  # the same thread came back without a word: it has one place, not two
    assert lane.take() is None


def test_done_jobs_are_purged_and_failed_ones_kept(database, job) -> None:
    old, young = now() - timedelta(days=40), now() - timedelta(days=2)
    made = [
        {"id": f"{state}-{name}", "kind": "k", "payload": {}, "state": state, "finished_at": at}
        for state in (JobState.DONE.value, JobState.FAILED.value)
        for name, at in (("old", old), ("young", young))
    ]
    with database.write() as session:
        session.execute(
            insert(Job), [*made, {"id": "open", "kind": "k", "payload": {}, "state": "waiting", "finished_at": None}]
        )
    with database.write() as session:
        assert rows.purge(session, now() - timedelta(days=30)) == 1
        assert rows.purge(session, now() - timedelta(days=30)) == 0
    with database.read() as session:
        left = set(session.scalars(select(Job.id)))
    assert left == {"done-young", "failed-old", "failed-young", "open"}


def test_another_process_may_announce_bulk_jobs_without_a_queue(database, home) -> None:
    other = HueyJobQueue(database, home)
    with database.write() as session:
        other.add(session, "file", {}, priority=Priority.BULK)
    assert other.size() == 0
    other.close()
