"""Keeps the counts of the list of documents for as long as they are right.

Counting a hundred thousand documents by everything that can be chosen takes a second; choosing, sorting and turning
pages change nothing in it. Whatever changes it leaves an audit event, so kept counts are good until one comes.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from assistant.db.models import AuditEvent, AuditHead
from assistant.governance.audit import AuditAction

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from sqlalchemy.orm import Session

_KEPT: Final = 64  # readers' counts
_OLDEST_S: Final = 20.0  # that work on a document has begun leaves no event
# Events that change no document and no collection; any other kind, also one made up later, ends what is kept.
_NEUTRAL: Final = (
    AuditAction.SIGN_IN.value,
    AuditAction.SIGN_OUT.value,
    AuditAction.DOCUMENT_OPENED.value,
    AuditAction.DOCUMENT_DOWNLOADED.value,
    AuditAction.TURN_ASKED.value,
    AuditAction.TURN_ANSWERED.value,
    AuditAction.TURN_STOPPED.value,
    AuditAction.SEARCH_MADE.value,
    AuditAction.FEEDBACK_GIVEN.value,
    AuditAction.AUDIT_VERIFIED.value,
)


@dataclass(frozen=True, slots=True)
class _Kept:
    rows: Sequence[Any]
    seq: int
    at: float


class Counts:
    """Counted rows by what was counted; safe to share between threads.

    Args:
        clock: gives seconds that only grow.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, _Kept] = OrderedDict()

    def rows(self, session: Session, key: Hashable, count: Callable[[], Sequence[Any]]) -> Sequence[Any]:
        """Return the kept rows for a key where nothing changed since, else count anew.

        Args:
            session: sees the audit events.
            key: everything that the counts depend on beside the documents themselves.
            count: counts.
        """
        with self._lock:
            kept = self._kept.get(key)
        if kept is not None and self._good(session, kept):
            return kept.rows
        # The number is read before counting: what comes in between counts as come since.
        seq = session.scalar(select(AuditHead.seq)) or 0
        made = _Kept(count(), seq, self._clock())
        with self._lock:
            self._kept[key] = made
            self._kept.move_to_end(key)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return made.rows

    def _good(self, session: Session, kept: _Kept) -> bool:
        if self._clock() - kept.at > _OLDEST_S:
            return False
        since = select(AuditEvent.seq).where(AuditEvent.seq > kept.seq, AuditEvent.action.not_in(_NEUTRAL)).limit(1)
        return session.scalar(since) is None
