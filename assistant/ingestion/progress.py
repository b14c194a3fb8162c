"""How far a version is that is being worked on, for the person who watches.

Written at changes of stage and every two seconds within one, never for every passage, and not at all in the first
second: each write is a transaction, and most files of a folder of thousands are done before anybody could look. A
version at work without a row is being read. Rows go when the work ends; what a killed worker leaves is overwritten by
the next run, or swept away.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite

from assistant.db.models import DocumentVersion, IngestProgress, VersionState, now

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.orm import Session

    from assistant.db.engine import Database

EVERY_S: Final = 2.0
SILENT_S: Final = 1.0
_OPEN: Final = (VersionState.QUEUED.value, VersionState.PROCESSING.value)
_LOOKUP: Final = 500


class Stage(StrEnum):
    """What is being done with a version."""

    READ = "read"
    EMBED = "embed"
    INDEX = "index"


@dataclass(frozen=True, slots=True)
class Step:
    """A version's stage, with ``done`` of ``total`` passages (0 of 0 while not known)."""

    stage: Stage
    done: int
    total: int


class ProgressLog:
    """Writes how far versions are. Thread-safe; one for all threads of a worker.

    Args:
        database: where the rows go.
        every_s: seconds between two rows of one stage.
        silent_s: seconds from the first word on a version in which nothing is written.
    """

    def __init__(self, database: Database, *, every_s: float = EVERY_S, silent_s: float = SILENT_S) -> None:
        self._database = database
        self._every_s = every_s
        self._silent_s = silent_s
        self._lock = threading.Lock()
        self._begun: dict[str, float] = {}
        self._last: dict[str, tuple[Stage, float]] = {}

    def at(self, version_id: str, stage: Stage, done: int = 0, total: int = 0) -> None:
        """Say how far a version is; within a stage most calls write nothing."""
        moment = time.monotonic()
        with self._lock:
            if moment - self._begun.setdefault(version_id, moment) < self._silent_s:
                return
            before, written = self._last.get(version_id, (None, 0.0))
            if stage is before and moment - written < self._every_s:
                return
            self._last[version_id] = stage, moment
        row = {"version_id": version_id, "stage": stage.value, "done": done, "total": total, "updated_at": now()}
        insert = sqlite.insert if self._database.is_sqlite else postgresql.insert
        fresh = {key: value for key, value in row.items() if key != "version_id"}
        with self._database.write() as session:
            session.execute(
                insert(IngestProgress).values(row).on_conflict_do_update(index_elements=["version_id"], set_=fresh)
            )

    def over(self, version_id: str) -> None:
        """Forget a version whose work has ended, or is put off; its row goes too."""
        with self._lock:
            known = self._last.pop(version_id, None)
            self._begun.pop(version_id, None)
        if known is not None:
            with self._database.write() as session:
                session.execute(delete(IngestProgress).where(IngestProgress.version_id == version_id))


def steps(session: Session, version_ids: Iterable[str]) -> dict[str, Step]:
    """Return how far those of the versions are that are being worked on."""
    ids = list(version_ids)
    found: dict[str, Step] = {}
    for start in range(0, len(ids), _LOOKUP):
        rows = session.scalars(
            select(IngestProgress).where(IngestProgress.version_id.in_(ids[start : start + _LOOKUP]))
        )
        found.update({row.version_id: Step(Stage(row.stage), row.done, row.total) for row in rows})
    return found


def sweep(session: Session) -> int:
    """Remove rows of versions that nobody works on any more; return how many."""
    open_ones = select(DocumentVersion.id).where(DocumentVersion.state.in_(_OPEN))
    stale = session.scalars(select(IngestProgress.version_id).where(IngestProgress.version_id.not_in(open_ones))).all()
    session.execute(delete(IngestProgress).where(IngestProgress.version_id.in_(stale)))
    return len(stale)
