"""Whether a parsing child still gets on with its work, seen from outside, so that it cannot say so itself.

A parser computes; it has nothing to wait for. So the clock that counts is the processor's: a child may go on as long as
it uses processor time and has any left, and is ended when it uses none (stopped, deadlocked, waiting). A busy machine
slows a file down without failing it, and long scans need no wall clock of their own.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from retrieval.errors import LoadError, LoadReason

if TYPE_CHECKING:
    from retrieval.loaders.limits import Limits

_LOOK_EVERY_S: Final = 0.5
_TIMES_FIELD: Final = 11  # user and system time, counted behind the name in brackets: proc(5), /proc/pid/stat
_RESIDENT_FIELD: Final = 1  # pages in memory: /proc/pid/statm
# In ``wall_seconds`` at least this share of them must be computed; a machine that is busy tenfold leaves more.
_LEAST_SHARE: Final = 0.01
# Whatever happens: the wall clock may be this many times the limit on processor time.
_WALL_FACTOR: Final = 3
_SLACK_S: Final = 5.0


class Watch:
    """Follows one child through one file.

    Args:
        pid: the child.
        limits: ``wall_seconds`` without processor time end it, and so does its whole allowance of processor time.
    """

    def __init__(self, pid: int, limits: Limits) -> None:
        self._pid = pid
        self._limits = limits
        self._every = min(_LOOK_EVERY_S, limits.wall_seconds / 4)
        self._began = self._moved = self._looked = time.monotonic()
        self._first = self._last = processor_seconds(pid)

    @property
    def patience(self) -> float:
        """Seconds until the next look is due."""
        return max(0.0, self._looked + self._every - time.monotonic())

    def look(self) -> bool:
        """Look, when it is due; return whether it was.

        Raises:
            LoadError: ``TIMEOUT``.
        """
        instant = time.monotonic()
        if instant - self._looked < self._every:
            return False
        self._looked = instant
        limits = self._limits
        if instant - self._began > limits.wall_seconds + _WALL_FACTOR * limits.longest_cpu_seconds:
            raise LoadError(LoadReason.TIMEOUT, "wall clock")
        used = processor_seconds(self._pid)
        if used is None or self._first is None or self._last is None:
            return True
        if used - self._last >= _LEAST_SHARE * limits.wall_seconds:
            self._last, self._moved = used, instant
        if instant - self._moved >= limits.wall_seconds:
            raise LoadError(LoadReason.TIMEOUT, "stands still")
        if used - self._first > limits.longest_cpu_seconds + _SLACK_S:
            raise LoadError(LoadReason.TIMEOUT, "processor time, against its own limit")
        return True


def processor_seconds(pid: int) -> float | None:
    """Return the processor time that a process has used, or ``None`` where that cannot be seen."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
        user, system = fields[_TIMES_FIELD : _TIMES_FIELD + 2]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError):
        return None


def resident_bytes(pid: int) -> int:
    """Return how much memory a process occupies, 0 where that cannot be seen."""
    try:
        pages = Path(f"/proc/{pid}/statm").read_bytes().split()[_RESIDENT_FIELD]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0
