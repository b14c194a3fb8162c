"""Midnight: texts of law that begin today take the place of those before them.

The database is right at any moment for whoever asks with the rule of ``library.versions``; what lags behind is
``active_version_id`` and the place of passages in the indexes. A periodic job brings them up to date, and until it has,
searches look into both partitions.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import exists, select

from assistant.db.models import Document, DocumentVersion, VersionState
from assistant.governance.audit import AuditAction, record
from assistant.library.job_names import JOB_TURNOVER
from assistant.library.legal import korean_today
from assistant.library.settling import apply, lock_shelf, plan
from assistant.library.versions import due, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from sqlalchemy.orm import Session

    from assistant.db.engine import Database
    from assistant.ports import JobQueue, JobRun

_ACTOR: Final = "system"
_ASK_AGAIN_S: Final = 5.0


class Turnover:
    """Knows whether the turnover of a day is still under way. Asks the database until it is done, then no more."""

    def __init__(self) -> None:
        self._done_for: date | None = None
        self._asked_at = 0.0
        self._asked_for: date | None = None

    def pending(self, session: Session, today: date) -> bool:
        """Return whether texts that begin today, or began since the worker last ran, are not in their place yet."""
        if self._done_for == today:
            return False
        at = time.monotonic()
        if self._asked_for == today and at - self._asked_at < _ASK_AGAIN_S:
            return True
        if due(session, today) or _moving(session):
            self._asked_for, self._asked_at = today, at
            return True
        self._done_for = today
        return False


def _moving(session: Session) -> bool:
    """Whether complete texts wait to be written into their partition of the indexes."""
    statement = (
        select(DocumentVersion.id)
        .join(Document, Document.id == DocumentVersion.document_id)
        .where(visible(), DocumentVersion.state == VersionState.READY.value, DocumentVersion.indexed.is_(False))
    )
    return bool(session.scalar(select(exists(statement))))


class TurnoverJobs:
    """Runs ``library.turnover``.

    Args:
        database: where documents are.
        queue: takes the moves within the indexes.
        today: gives the day in Korea.
    """

    def __init__(self, database: Database, queue: JobQueue, *, today: Callable[[], date] = korean_today) -> None:
        self._database = database
        self._queue = queue
        self._today = today

    def handlers(self) -> dict[str, Callable[[Mapping[str, Any], JobRun], None]]:
        """Return the handler by kind of job, for the worker."""
        return {JOB_TURNOVER: self.turn_over}

    def turn_over(self, payload: Mapping[str, Any], ctx: JobRun) -> None:
        """Bring every family whose day has come up to date, one transaction each."""
        del payload, ctx
        today = self._today()
        with self._database.read() as session:
            keys = due(session, today)
        for collection_id, family in keys:
            with self._database.write() as session:
                lock_shelf(session, collection_id)
                wanted = plan(session, collection_id, family, today)
                if wanted.counts is None or wanted.counts.active:
                    continue  # withdrawn meanwhile, or brought up to date
                apply(session, self._queue, wanted)
                record(
                    session,
                    actor=_ACTOR,
                    action=AuditAction.DOCUMENT_IN_FORCE,
                    subject=f"version:{wanted.counts.version_id}",
                    data={"collection": collection_id, "family": family, "day": today.isoformat()},
                )
