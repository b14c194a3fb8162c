"""A database with tables, a queue and a way to look at the jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from assistant.db.engine import Database
from assistant.db.models import Base, Job
from assistant.jobs.queue import HueyJobQueue

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    Base.metadata.create_all(database.engine)
    yield database
    database.dispose()


@pytest.fixture
def queue(database: Database, home: Path) -> Iterator[HueyJobQueue]:
    queue = HueyJobQueue(database, home)
    yield queue
    queue.close()


@pytest.fixture
def job(database: Database):
    def look(job_id: str) -> Job:
        with database.read() as session:
            return session.execute(select(Job).where(Job.id == job_id)).scalar_one()

    return look
