"""The lane of bulk work: jobs of a folder of thousands, which may fill a worker's threads but never all of them.

Huey holds what is urgent; a bulk job is not delivered at all. The worker asks the table for the next few hundred and
keeps their ids here, so that a queue of any length costs neither memory nor a write to the queue's file. A thread that
comes for work gets an urgent delivery first; only when there is none, and while few enough threads do bulk work,
it gets a bulk job.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

AHEAD: Final = 200  # ids held at most; asked for again when half of them are gone


class BulkLane:
    """Ids of waiting bulk jobs, and the threads that do bulk work now. Thread-safe.

    Args:
        most: threads that may do bulk work at once.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._ids: deque[tuple[str, int]] = deque()
        self._at_work: set[threading.Thread] = set()

    @property
    def hungry(self) -> bool:
        """Whether it is time to ask the table again."""
        with self._lock:
            return len(self._ids) < AHEAD // 2

    def refill(self, jobs: Iterable[tuple[str, int]]) -> None:
        """Hold these (id, priority) pairs, first come first, instead of what was held.

        An id that is at work by then does no harm: its row can be claimed once only.
        """
        with self._lock:
            self._ids = deque(jobs)

    def take(self) -> tuple[str, int] | None:
        """Give this thread a bulk job, or ``None`` when there is none or enough threads are at bulk work."""
        me = threading.current_thread()
        with self._lock:
            self._at_work = {thread for thread in self._at_work if thread.is_alive()}
            if not self._ids or (me not in self._at_work and len(self._at_work) >= self._most):
                return None
            self._at_work.add(me)
            return self._ids.popleft()

    def back(self) -> None:
        """Note that this thread is done with whatever it had."""
        with self._lock:
            self._at_work.discard(threading.current_thread())


class LaneStorage:
    """Huey's storage for the threads of a worker: what lies in the queue first, then the bulk lane.

    Args:
        storage: Huey's own.
        lane: the bulk lane.
        write: turns (job id, priority) into a delivery as Huey reads it.
    """

    def __init__(self, storage: Any, lane: BulkLane, write: Callable[[str, int], bytes]) -> None:  # noqa: ANN401 - Huey is untyped
        self._storage = storage
        self._lane = lane
        self._write = write

    def dequeue(self) -> bytes | None:
        """Give the calling thread its next delivery; it has finished the one before."""
        self._lane.back()
        urgent: bytes | None = self._storage.dequeue()
        if urgent is not None:
            return urgent
        job = self._lane.take()
        return None if job is None else self._write(*job)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever Huey asks its storage
        return getattr(self._storage, name)
