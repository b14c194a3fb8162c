"""What happens to a job's row. Every step is one guarded UPDATE, so of two who try one wins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import CursorResult, and_, delete, func, or_, select, update

from assistant.db.models import Job, JobState, now
from assistant.errors import ErrorCode, Failure

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from sqlalchemy import ColumnElement, Delete, Update
    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job as a worker sees it."""

    id: str
    kind: str
    key: str | None
    payload: Mapping[str, Any]
    priority: int
    attempts: int
    max_attempts: int

    @property
    def exhausted(self) -> bool:
        """Whether it must not be begun again."""
        return self.attempts >= self.max_attempts


_COLUMNS = (
    Job.id,
    Job.kind,
    Job.key,
    Job.payload,
    Job.priority,
    Job.attempts,
    Job.max_attempts,
)


def claim(session: Session, job_id: str, worker: str, lease_s: float) -> JobRow | None:
    """Take a waiting job that is due; ``None`` when somebody else has it, it is not due, or it is no more."""
    at = now()
    row = session.execute(
        update(Job)
        .where(Job.id == job_id, Job.state == JobState.WAITING.value, Job.run_after <= at)
        .values(
            state=JobState.RUNNING.value,
            worker=worker,
            attempts=Job.attempts + 1,
            lease_until=at + timedelta(seconds=lease_s),
        )
        .returning(*_COLUMNS)
    ).one_or_none()
    return None if row is None else JobRow(*row)


def renew(session: Session, job_ids: Collection[str], worker: str, lease_s: float) -> int:
    """Prolong the leases of running jobs of this worker and return how many are still its own."""
    until = now() + timedelta(seconds=lease_s)
    return _changed(session, _own(worker).where(Job.id.in_(job_ids)).values(lease_until=until))


def finish(session: Session, job_id: str, worker: str) -> bool:
    """Mark a job done; ``False`` when it is no longer this worker's."""
    values = {"state": JobState.DONE.value, "error": None, "finished_at": now(), "lease_until": None}
    return bool(_changed(session, _own(worker).where(Job.id == job_id).values(values)))


def fail(session: Session, job_id: str, worker: str | None, error: str, *, expired: bool = False) -> bool:
    """Mark a job failed for good; ``False`` when it is no longer this worker's, or ``expired`` and it lives again."""
    values = {"state": JobState.FAILED.value, "error": error, "finished_at": now(), "lease_until": None}
    return bool(_changed(session, _own(worker, expired=expired).where(Job.id == job_id).values(values)))


def put_back(
    session: Session,
    job_id: str,
    worker: str | None,
    *,
    delay_s: float = 0.0,
    error: str | None = None,
    counts: bool = True,
    expired: bool = False,
) -> bool:
    """Let a running job wait again; ``False`` when it is no longer this worker's.

    Args:
        session: a writing session.
        job_id: the job.
        worker: whose it must be.
        delay_s: seconds until it is due.
        error: code kept on the row meanwhile.
        counts: whether the run counts as an attempt.
        expired: only if the lease has run out.
    """
    statement = (
        _own(worker, expired=expired)
        .where(Job.id == job_id)
        .values(
            state=JobState.WAITING.value,
            worker=None,
            lease_until=None,
            error=error,
            run_after=now() + timedelta(seconds=delay_s),
            attempts=Job.attempts if counts else Job.attempts - 1,
        )
    )
    return bool(_changed(session, statement))


def lost(session: Session, *, alone: bool) -> list[tuple[JobRow, str | None]]:
    """Return running jobs whose worker seems to be gone, each with the worker's name.

    Args:
        session: a session.
        alone: whether there can be no other worker; then no lease is worth waiting for, and the caller takes out the
            jobs that run in its own process.
    """
    question = select(*_COLUMNS, Job.worker).where(Job.state == JobState.RUNNING.value)
    if not alone:
        question = question.where(_expired())
    return [(JobRow(*columns), worker) for *columns, worker in session.execute(question)]


def due(session: Session, limit: int, *, bulk: bool = False) -> list[tuple[str, int]]:
    """Return (id, priority) of waiting jobs that are due, in the order in which they shall run.

    Args:
        session: a session.
        limit: how many at most.
        bulk: those with a priority below zero, which no delivery announces, instead of the others.
    """
    question = select(Job.id, Job.priority).where(_due(bulk=bulk)).order_by(Job.priority.desc(), Job.id).limit(limit)
    return [(job_id, priority) for job_id, priority in session.execute(question)]


def due_count(session: Session, *, bulk: bool = False) -> int:
    """Return how many waiting jobs are due."""
    return session.execute(select(func.count()).select_from(Job).where(_due(bulk=bulk))).scalar_one()


def open_jobs(session: Session, worker: str) -> int:
    """Return how many jobs wait, due or not, or run in this worker."""
    running = (Job.state == JobState.RUNNING.value) & (Job.worker == worker)
    question = select(func.count()).select_from(Job).where(or_(Job.state == JobState.WAITING.value, running))
    return session.execute(question).scalar_one()


def counts(session: Session) -> dict[str, int]:
    """Return the number of jobs in each state."""
    rows = session.execute(select(Job.state, func.count()).group_by(Job.state)).all()
    found = {row[0]: int(row[1]) for row in rows}
    return {state.value: found.get(state.value, 0) for state in JobState}


def purge(session: Session, before: datetime, limit: int = 5000) -> int:
    """Remove jobs that were done before this moment, oldest first; failed ones stay. Return how many.

    Args:
        session: a writing session.
        before: the moment.
        limit: how many at most, so that no transaction is long.
    """
    oldest = (
        select(Job.id)
        .where(Job.state == JobState.DONE.value, Job.finished_at < before)
        .order_by(Job.finished_at)
        .limit(limit)
    )
    return _changed(session, delete(Job).where(Job.id.in_(oldest)))


def reopen(session: Session, job_id: str) -> int:
    """Let a failed job wait again, with all its attempts, and return its priority.

    Raises:
        Failure: ``job_not_found`` when there is no such job, or it has not failed.
    """
    statement = (
        update(Job)
        .where(Job.id == job_id, Job.state == JobState.FAILED.value)
        .values(state=JobState.WAITING.value, worker=None, error=None, attempts=0, run_after=now(), finished_at=None)
        .returning(Job.priority)
    )
    priority = session.execute(statement).scalar_one_or_none()
    if priority is None:
        raise Failure(ErrorCode.JOB_NOT_FOUND)
    return priority


def _due(*, bulk: bool) -> ColumnElement[bool]:
    lane = Job.priority < 0 if bulk else Job.priority >= 0
    return and_(Job.state == JobState.WAITING.value, Job.run_after <= now(), lane)


def _own(worker: str | None, *, expired: bool = False) -> Update:
    owner = Job.worker.is_(None) if worker is None else Job.worker == worker
    statement = update(Job).where(Job.state == JobState.RUNNING.value, owner)
    return statement.where(_expired()) if expired else statement


def _expired() -> ColumnElement[bool]:
    return or_(Job.lease_until.is_(None), Job.lease_until < now())


def _changed(session: Session, statement: Update | Delete) -> int:
    result = session.execute(statement.execution_options(synchronize_session=False))
    return result.rowcount if isinstance(result, CursorResult) else 0
