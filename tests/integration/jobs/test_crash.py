"""No job is lost, stuck or half-done, however often its worker is killed without warning."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select, text

from assistant.db.models import Job
from assistant.jobs import rows
from assistant.jobs.lock import worker_alive

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PROGRAM = Path(__file__).with_name("worker_program.py")
ROOT = PROGRAM.parents[3]
JOBS, STEPS, KILLS = 60, 3, 20
PATIENCE_S = 60


class Workers:
    """Starts and ends worker processes, one at a time."""

    def __init__(self, url: str, home: Path) -> None:
        self._parent = subprocess.Popen(
            [sys.executable, str(PROGRAM), url, str(home)],
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._home = home
        self._pid = 0

    def start(self) -> None:
        self._parent.stdin.write("\n")
        self._parent.stdin.flush()
        self._pid = int(self._parent.stdout.readline())
        until(lambda: worker_alive(self._home), "the worker holds its lock")

    def end(self, number: signal.Signals) -> int:
        os.kill(self._pid, number)
        return int(self._parent.stdout.readline())

    def close(self) -> None:
        self._parent.communicate(timeout=PATIENCE_S)


def until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        time.sleep(0.01)


@pytest.fixture
def workers(database, database_url: str, home: Path) -> Iterator[Workers]:
    workers = Workers(database_url, home)
    yield workers
    workers.close()


@pytest.mark.heavy
def test_killing_the_worker_loses_nothing(database, queue, home, workers) -> None:
    with database.engine.begin() as connection:
        connection.execute(text("CREATE TABLE deeds (number INTEGER, step INTEGER, PRIMARY KEY (number, step))"))
    moments = random.Random(20260406)  # noqa: S311 - no secret

    def add(numbers: range) -> None:
        for number in numbers:
            with database.write() as session:
                queue.add(session, "deed", {"number": number}, max_attempts=KILLS + 2, priority=number % 3)

    def state() -> dict[str, int]:
        with database.read() as session:
            return rows.counts(session)

    batch = JOBS // KILLS
    for kill in range(KILLS):
        workers.start()
        add(range(kill * batch, (kill + 1) * batch))  # the web process goes on adding meanwhile
        time.sleep(moments.uniform(0.0, 0.5))
        assert workers.end(signal.SIGKILL) == -signal.SIGKILL
        assert not worker_alive(home)
    workers.start()
    until(lambda: state()["done"] == JOBS, "all jobs are done")
    assert workers.end(signal.SIGTERM) == 0

    assert state() == {"waiting": 0, "running": 0, "done": JOBS, "failed": 0}
    with database.read() as session:
        deeds = {tuple(row) for row in session.execute(text("SELECT number, step FROM deeds"))}
        attempts = session.execute(select(func.sum(Job.attempts))).scalar_one()
    assert deeds == {(number, step) for number in range(JOBS) for step in range(STEPS)}
    assert attempts > JOBS, "no kill hit a running job: the test shows nothing"


def test_a_told_worker_ends_by_itself(home, workers) -> None:
    workers.start()
    assert workers.end(signal.SIGTERM) == 0
    assert not worker_alive(home)
