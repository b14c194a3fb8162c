"""Whether a text of law is in force: what the source says, its dates, and whether we hold a newer version."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Final, Protocol
from zoneinfo import ZoneInfo

KOREA: Final = ZoneInfo("Asia/Seoul")
_REPEALED: Final = ("폐지", "실효")
_PENDING: Final = ("시행예정", "미시행")
_IN_FORCE: Final = ("시행", "현행")


class LegalState(StrEnum):
    """Legal freshness of a version, as shown on every citation. ``LABELS`` has the Korean word for each."""

    IN_FORCE = "in_force"
    FUTURE = "future"
    SUPERSEDED = "superseded"
    REPEALED = "repealed"
    UNKNOWN = "unknown"


LABELS: Final = {
    LegalState.IN_FORCE: "현행",
    LegalState.FUTURE: "시행 예정",
    LegalState.SUPERSEDED: "개정됨",
    LegalState.REPEALED: "폐지",
    LegalState.UNKNOWN: "확인 못 함",
}


class LegalFacts(Protocol):
    """What the judgement is made from; a ``DocumentVersion`` has it, and so has a row that selects these columns."""

    @property
    def legal_status(self) -> str | None:
        """The state as the source itself words it (시행, 폐지 …)."""
        ...

    @property
    def effective_on(self) -> date | None:
        """The day the text takes effect (시행일)."""
        ...


def korean_today() -> date:
    """Return today's date in Korea: laws take effect at midnight there, wherever the server's clock stands."""
    return datetime.now(KOREA).date()


def legal_state(version: LegalFacts, as_of: date, *, newest: bool) -> LegalState:
    """Judge a version on a given day.

    A text takes effect on its 시행일: the day it names, else 20 days after promulgation (법령 등 공포에 관한 법률 13);
    the source states it. Where the source says nothing of being in force, the answer is ``unknown``: a date alone
    does not tell whether the text was amended since. That we hold no later text is no proof either: nobody told us
    that we hold all of them. So an ordinance whose register states no status stays ``unknown``.

    Args:
        version: what the source says and when it takes effect.
        as_of: the day of the judgement.
        newest: whether this is the text of its law that counts on that day (``library.versions.in_force``).
    """
    status = "".join((version.legal_status or "").split())
    effective = version.effective_on
    if any(word in status for word in _REPEALED):
        return LegalState.REPEALED
    if not newest:
        return LegalState.SUPERSEDED
    if effective is not None and effective > as_of:
        return LegalState.FUTURE
    if any(word in status for word in _PENDING):
        # Its day has come since the source wrote "pending": what happened to it meanwhile nobody checked.
        return LegalState.UNKNOWN if effective is not None else LegalState.FUTURE
    if any(word in status for word in _IN_FORCE):
        return LegalState.IN_FORCE
    return LegalState.UNKNOWN
