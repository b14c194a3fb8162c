"""Work that comes round: one job for each period that has passed, whichever worker process notices first.

The id of such a job follows from its kind and the number of its period since 1970, so of several processes one writes
the row and the others find it there. Periods in which no worker ran are not made up for: the work is to be done again,
not once per period.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy.dialects import postgresql, sqlite

from assistant.db.models import Job, derived_id

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy.orm import Session

    from assistant.db.engine import Database
    from assistant.jobs.queue import HueyJobQueue


@dataclass(frozen=True, slots=True)
class Periodic:
    """A kind of job that is to be done once in every ``every_s`` seconds."""

    kind: str
    every_s: int


class Schedule:
    """Adds the jobs of each period when it begins; one per worker process.

    Args:
        database: where the job rows live.
        queue: delivers them.
        jobs: what comes round.
        clock: seconds since 1970.
    """

    def __init__(
        self,
        database: Database,
        queue: HueyJobQueue,
        jobs: Sequence[Periodic],
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._queue = queue
        self._jobs = tuple(jobs)
        self._clock = clock
        self._seen: dict[str, int] = {}

    def tick(self) -> None:
        """Add what has become due since the last call; costs nothing while a period lasts."""
        at = self._clock()
        due = [(job.kind, int(at // job.every_s)) for job in self._jobs]
        due = [(kind, period) for kind, period in due if self._seen.get(kind) != period]
        if not due:
            return
        with self._database.write() as session:
            for kind, period in due:
                self._add(session, kind, period)
        self._seen.update(due)  # after the commit: what failed is tried again with the next tick

    def _add(self, session: Session, kind: str, period: int) -> None:
        dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
        job_id = derived_id("periodic", kind, str(period))
        added = session.execute(
            dialect.insert(Job)
            .values(id=job_id, kind=kind, key=kind, payload={})
            .on_conflict_do_nothing()
            .returning(Job.id)
        ).scalar_one_or_none()
        if added is not None:
            self._queue.announce(session, job_id, 0)
