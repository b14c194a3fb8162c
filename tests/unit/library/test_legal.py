from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest

from assistant.library.legal import LABELS, LegalState, legal_state

TODAY = date(2026, 11, 21)
PAST = date(2020, 1, 1)
SOON = date(2027, 7, 1)


@dataclass
class Facts:
    legal_status: str | None
    effective_on: date | None


@pytest.mark.parametrize(
    ("status", "effective", "newest", "state"),
    [
        ("시행", PAST, True, LegalState.IN_FORCE),
        ("현행", None, True, LegalState.IN_FORCE),
        ("시행", TODAY, True, LegalState.IN_FORCE),
        ("시행", SOON, True, LegalState.FUTURE),
        (None, SOON, True, LegalState.FUTURE),
        ("시행예정", None, True, LegalState.FUTURE),
        ("시행 예정", SOON, True, LegalState.FUTURE),
        ("시행 예정", PAST, True, LegalState.UNKNOWN),
        ("시행", PAST, False, LegalState.SUPERSEDED),
        (None, None, False, LegalState.SUPERSEDED),
        ("폐지", PAST, True, LegalState.REPEALED),
        ("타법폐지", PAST, False, LegalState.REPEALED),
        (None, PAST, True, LegalState.UNKNOWN),
        (None, None, True, LegalState.UNKNOWN),
        ("제정", PAST, True, LegalState.UNKNOWN),
    ],
)
def test_state(status: str | None, effective: date | None, newest: bool, state: LegalState) -> None:  # noqa: FBT001
    assert legal_state(Facts(status, effective), TODAY, newest=newest) is state


def test_every_state_has_its_word() -> None:
    assert set(LABELS) == set(LegalState)
    assert len(set(LABELS.values())) == len(LegalState)
