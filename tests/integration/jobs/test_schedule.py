"""Work that comes round: once for each period, whoever notices first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from assistant.db.engine import Database
from assistant.db.models import Base, Job
from assistant.jobs.queue import HueyJobQueue
from assistant.jobs.schedule import Periodic, Schedule

if TYPE_CHECKING:
    from pathlib import Path


def test_one_job_a_period_whichever_process_asks(database_url: str, tmp_path: Path) -> None:
    database = Database(database_url)
    Base.metadata.create_all(database.engine)
    moment = [1_000_000.0]
    jobs = [Periodic("often", 60), Periodic("daily", 86_400)]
    workers = [
        Schedule(database, HueyJobQueue(database, tmp_path / name), jobs, clock=lambda: moment[0]) for name in "ab"
    ]

    def rows() -> dict[str, int]:
        for worker in workers:
            worker.tick()
        with database.read() as session:
            return dict(session.execute(select(Job.kind, func.count()).group_by(Job.kind)).all())

    assert rows() == {"often": 1, "daily": 1}
    moment[0] += 10
    assert rows() == {"often": 1, "daily": 1}
    moment[0] += 60
    assert rows() == {"often": 2, "daily": 1}
    moment[0] += 3600  # periods in which nobody asked are not made up for
    assert rows() == {"often": 3, "daily": 1}
    assert workers[0]._queue.size() == 4
    assert workers[1]._queue.size() == (0 if database.is_sqlite else 4)
    for worker in workers:
        worker._queue.close()
    database.dispose()
