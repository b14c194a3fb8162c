"""Jobs and the audit chain."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from assistant.db.models.base import Base, new_id, now


class JobState(StrEnum):
    """Life of a job. ``waiting`` jobs are (re)delivered to the queue until one run finishes."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Job(Base):
    """Work to be done by a worker; the row is the truth, the queue only delivers its id.

    A running job whose ``lease_until`` has passed was lost with its worker and is delivered again,
    at most ``max_attempts`` times.
    """

    __tablename__ = "jobs"
    __table_args__ = (
        Index("ix_jobs_state_run_after", "state", "run_after"),
        Index("ix_jobs_state_priority", "state", "priority"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    key: Mapped[str | None] = mapped_column(index=True)  # what it works on, e.g. a version id
    payload: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[str] = mapped_column(default=JobState.WAITING.value)
    priority: Mapped[int] = mapped_column(default=0)  # higher first
    attempts: Mapped[int] = mapped_column(default=0)
    max_attempts: Mapped[int] = mapped_column(default=5)
    error: Mapped[str | None]
    worker: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    run_after: Mapped[datetime] = mapped_column(default=now)
    created_at: Mapped[datetime] = mapped_column(default=now)
    finished_at: Mapped[datetime | None]


class AuditEvent(Base):
    """One link of the audit chain. ``hash`` covers every other column and the previous hash."""

    __tablename__ = "audit_events"

    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[str]  # ISO 8601 in UTC, as text: it is hashed as written
    actor: Mapped[str]
    action: Mapped[str] = mapped_column(index=True)
    subject: Mapped[str] = mapped_column(index=True)
    data: Mapped[str] = mapped_column(Text)  # canonical JSON, pseudonymised, hashed as written
    prev_hash: Mapped[str]
    hash: Mapped[str]


class AuditHead(Base):
    """The last link, one row: locked while a link is added, and proof against a cut tail."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[str]
