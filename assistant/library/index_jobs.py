"""Handlers of the jobs that keep the indexes in step with the database; each may run twice and do no harm."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from assistant.errors import ErrorCode, Failure
from assistant.library.index_care import move_collection, remove_version, repair
from assistant.library.job_names import JOB_CLEANUP, JOB_MOVE, JOB_REPAIR
from assistant.ports import RetryLater
from retrieval.errors import IndexUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

    from assistant.db.engine import Database
    from assistant.library.indexing import Indexes
    from assistant.ports import JobQueue, JobRun


_AGAIN_S: Final = 10.0
_TEMPORARY: Final = (ErrorCode.INDEX_UNAVAILABLE, ErrorCode.DATABASE_UNAVAILABLE, ErrorCode.EMBEDDER_UNAVAILABLE)


class IndexJobs:
    """Runs ``index.cleanup``, ``index.move`` and ``index.repair``."""

    def __init__(self, database: Database, indexes: Indexes, queue: JobQueue) -> None:
        self._database = database
        self._indexes = indexes
        self._queue = queue

    def handlers(self) -> dict[str, Callable[[Mapping[str, Any], JobRun], None]]:
        """Return the handlers by kind of job, for the worker."""
        return {JOB_CLEANUP: self.cleanup, JOB_MOVE: self.move, JOB_REPAIR: self.repair}

    def cleanup(self, payload: Mapping[str, Any], ctx: JobRun) -> None:
        """Remove a version that is no longer live.

        Raises:
            RetryLater: an index does not answer.
        """
        del ctx
        with later():
            remove_version(self._database, self._indexes, self._queue, str(payload["version_id"]))

    def move(self, payload: Mapping[str, Any], ctx: JobRun) -> None:
        """Move a collection to the index partition of its present readers.

        Raises:
            RetryLater: an index does not answer.
        """
        del ctx
        with later():
            move_collection(self._database, self._indexes, str(payload["collection_id"]), str(payload["old_scope"]))

    def repair(self, payload: Mapping[str, Any], ctx: JobRun) -> None:
        """Compare and mend.

        Raises:
            RetryLater: an index does not answer.
        """
        del payload, ctx
        with later():
            repair(self._database, self._indexes, self._queue)


@contextmanager
def later() -> Iterator[None]:
    """Turn "does not answer now" into the worker's word for it.

    Raises:
        RetryLater: an index, the database or the embedding model does not answer.
    """
    try:
        yield
    except IndexUnavailable as error:
        raise RetryLater(_AGAIN_S, reason=ErrorCode.INDEX_UNAVAILABLE.value) from error
    except Failure as failure:
        if failure.code in _TEMPORARY:
            raise RetryLater(_AGAIN_S, reason=failure.code.value) from failure
        raise
