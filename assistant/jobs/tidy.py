"""``jobs.tidy``: once a day, rows that nobody will ask for again are removed."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from assistant.db.models import now
from assistant.ingestion import progress, uploads
from assistant.jobs import rows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from assistant.db.engine import Database
    from assistant.ports import JobRun

JOB_TIDY: Final = "jobs.tidy"
EVERY_S: Final = 24 * 3600
KEPT: Final = timedelta(days=30)  # jobs that are done, for those who look into what happened; the audit keeps its own

_log = logging.getLogger(__name__)


class Tidy:
    """Removes done jobs after thirty days, lines of uploads after their days, progress of versions nobody works on.

    Failed jobs stay until somebody has looked at them.

    Args:
        database: where all of it lies.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def handlers(self) -> dict[str, Callable[[Mapping[str, Any], JobRun], None]]:
        """Return the handler by kind of job, for the worker."""
        return {JOB_TIDY: self.run}

    def run(self, payload: Mapping[str, Any], ctx: JobRun) -> None:
        """Tidy up, in transactions of some thousand rows, until nothing is left or the worker is to stop."""
        del payload
        removed = 0
        while not ctx.stopping():
            with self._database.write() as session:
                some = rows.purge(session, now() - KEPT)
            removed += some
            if not some:
                break
        with self._database.write() as session:
            lines, stale = uploads.sweep(session), progress.sweep(session)
        _log.info("tidied up: %d job(s), %d line(s) of uploads, %d of progress", removed, lines, stale)
