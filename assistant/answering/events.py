"""What a turn tells while it runs, as Server-Sent Events and in the command line's progress.

Events are kept in the database before anyone sees them, numbered from 1 within a turn, so that a reader
who lost the connection goes on where it stopped (``Last-Event-ID``), also on another process.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class EventType(StrEnum):
    """All events of a turn, in the order they usually come."""

    STEP = "step"  # {"name", "state": "started" | "done", "label", "ms"?}
    NOTICE = "notice"  # {"code", "text"}: something the reader should know, e.g. no model is connected
    PROGRESS = "progress"  # {"done", "total", "label"}: how far a long text has been worked through
    SOURCES = "sources"  # {"items": [source, …]}: what was found, before anything is cited
    DELTA = "delta"  # {"text"}: the next guarded stretch of the answer
    RETRACT = "retract"  # {"text", "reason"}: the whole answer so far is replaced by this text
    CITATIONS = "citations"  # {"items": [all sources, each with "cited"], "marks": [unsupported span, …]}
    DONE = "done"  # {"turn": turn view}: the turn has ended; always the last event
    RESTART = "restart"  # {}: the turn was interrupted and begins again; forget what was shown


@dataclass(frozen=True, slots=True)
class Event:
    """One numbered event of a turn; ``data`` is JSON-ready."""

    seq: int
    type: EventType
    data: dict[str, Any]
