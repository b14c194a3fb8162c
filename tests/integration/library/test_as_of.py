"""The law of a day: several texts of one law, searched as of any date, over midnight."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event, select

from assistant.db.models import AuditEvent, Collection, Document, DocumentVersion
from assistant.ingestion.run import IngestRunner
from assistant.library import turnover
from assistant.library.index_check import check
from assistant.library.legal import LegalState
from assistant.library.search import SearchService
from assistant.library.turnover import TurnoverJobs
from assistant.library.versions import history_of

if TYPE_CHECKING:
    from collections.abc import Callable

NUMBERED = """---
제목: {title}
법령ID: '000123'
법령MST: {serial}
법령구분: 법률
시행일자: {since}
상태: {status}
---

# {title}

##### 제1조 (요금)

주차장의 요금은 한 시간에 {fee}으로 한다.
"""
QUERY = "주차장 요금 한 시간"


@pytest.fixture
def law() -> Callable[..., str]:
    def write(fee: str, since: str, *, status: str = "시행", title: str = "주차장법") -> str:
        return NUMBERED.format(fee=fee, since=since, status=status, title=title, serial=abs(hash((fee, since))) % 10**6)

    return write


class Calendar:
    """The day in Korea, turned by hand."""

    def __init__(self, library: Any, day: date) -> None:
        self.library = library
        self.day = day
        library.search = SearchService(library.database, library.fusion, today=lambda: self.day)
        library.runner = IngestRunner(
            library.database,
            library.blobs,
            library.parser,
            library.indexes,
            library.queue,
            library.settings,
            attachments=library.attachments,
            pii=library.pii,
            today=lambda: self.day,
        )
        self.jobs = TurnoverJobs(library.database, library.queue, today=lambda: self.day)

    def night(self) -> None:
        self.jobs.turn_over({}, None)  # type: ignore[arg-type] - it asks nothing of its run


@pytest.fixture
def calendar(library: Any) -> Calendar:
    return Calendar(library, date(2026, 11, 21))


def fees(library: Any, day: str | None = None) -> list[tuple[str, LegalState]]:
    hits = library.find("mina", QUERY, as_of=date.fromisoformat(day) if day else None)
    return [
        (hit.text.rsplit("에 ", 1)[-1].split("으로")[0], hit.legal_state) for hit in hits if "한 시간에" in hit.text
    ]


def sound(library: Any) -> bool:
    return check(library.database, library.indexes, samples=2).ok


def test_each_day_has_its_text(library: Any, law: Callable[..., str], calendar: Calendar) -> None:
    library.add("주차장법.md", law("천 원", "2020-01-01"))
    library.add("주차장법.md", law("이천 원", "2024-01-01"))
    library.add("주차장법.md", law("삼천 원", "2027-03-01"))
    assert fees(library) == [("이천 원", LegalState.IN_FORCE)]
    assert fees(library, "2026-11-21") == fees(library)
    assert fees(library, "2022-02-02") == [("천 원", LegalState.IN_FORCE)]
    assert fees(library, "2010-01-01") == [("천 원", LegalState.FUTURE)]
    assert fees(library, "2027-03-01") == [("삼천 원", LegalState.IN_FORCE)]
    assert sound(library)
    assert calendar.day == date(2026, 11, 21)


def test_an_old_text_handed_in_last_does_not_become_the_current_one(
    library: Any, law: Callable[..., str], calendar: Calendar
) -> None:
    del calendar
    library.add("주차장법.md", law("이천 원", "2024-01-01"))
    library.add("주차장법.md", law("천 원", "2020-01-01"))
    assert fees(library) == [("이천 원", LegalState.IN_FORCE)]
    assert fees(library, "2022-02-02") == [("천 원", LegalState.IN_FORCE)]
    assert sound(library)


def test_two_files_of_one_law_are_one_family_and_readers_are_asked_for_each(
    library: Any, law: Callable[..., str], calendar: Calendar
) -> None:
    del calendar
    library.add("new.md", law("이천 원", "2024-01-01"))
    library.add("old.md", law("천 원", "2020-01-01"))
    assert fees(library) == [("이천 원", LegalState.IN_FORCE)]
    assert fees(library, "2020-01-01") == [("천 원", LegalState.IN_FORCE)]
    library.shelf("planners", grade="S", department="plan")
    library.add("other.md", law("만 원", "2025-01-01"), "planners")  # another shelf is another family
    assert ("만 원", LegalState.IN_FORCE) in fees(library)
    assert ("이천 원", LegalState.IN_FORCE) in fees(library)
    assert {hit.collection for hit in library.find("taeho", QUERY, as_of=date(2026, 1, 1))} == {"open"}
    with library.database.read() as session:
        families = set(session.scalars(select(Document.family)))
    assert families == {"law:123"}
    assert sound(library)


def test_only_today_is_asked_for_todays_law(library: Any, law: Callable[..., str], calendar: Calendar) -> None:
    del calendar
    library.add("주차장법.md", law("천 원", "2020-01-01"))
    library.add("주차장법.md", law("이천 원", "2024-01-01"))
    asked: list[set[str]] = []
    search = library.fusion.search
    library.fusion.search = lambda query, *, scopes, limit: (
        asked.append(set(scopes)) or search(query, scopes=scopes, limit=limit)
    )
    fees(library)
    fees(library, "2021-01-01")
    with library.database.read() as session:
        scope = session.scalar(select(Collection.scope).where(Collection.name == "open"))
    assert asked == [{scope}, {scope, history_of(scope)}]
    assert len(library.near.scopes[scope]) == len(library.near.scopes[history_of(scope)]) == 1


def test_midnight(library: Any, law: Callable[..., str], calendar: Calendar) -> None:
    library.add("주차장법.md", law("이천 원", "2024-01-01"))
    library.add("주차장법.md", law("삼천 원", "2026-11-22"))
    assert fees(library) == [("이천 원", LegalState.IN_FORCE)]
    calendar.day = date(2026, 11, 22)
    assert fees(library) == [("삼천 원", LegalState.IN_FORCE)]  # before any job ran
    calendar.night()
    assert fees(library) == [("삼천 원", LegalState.IN_FORCE)]  # while its passages are being moved
    library.work()
    calendar.night()
    assert not library.jobs()
    assert fees(library) == [("삼천 원", LegalState.IN_FORCE)]
    assert fees(library, "2026-11-21") == [("이천 원", LegalState.IN_FORCE)]
    assert sound(library)
    with library.database.read() as session:
        active = session.scalar(
            select(DocumentVersion.effective_on).join(Document, Document.active_version_id == DocumentVersion.id)
        )
    assert active == date(2026, 11, 22)


def test_two_runs_at_midnight_tell_the_audit_once(
    library: Any, law: Callable[..., str], calendar: Calendar, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.add("주차장법.md", law("이천 원", "2024-01-01"))
    library.add("주차장법.md", law("삼천 원", "2026-11-22"))
    calendar.day = date(2026, 11, 22)
    lock = turnover.lock_shelf

    def later(session: Any, collection_id: str) -> Any:
        monkeypatch.setattr(turnover, "lock_shelf", lock)
        calendar.night()  # the other run, between our look and our lock
        return lock(session, collection_id)

    monkeypatch.setattr(turnover, "lock_shelf", later)
    calendar.night()
    with library.database.read() as session:
        actions = list(session.scalars(select(AuditEvent.action)))
    assert actions.count("document.in_force") == 1


def test_what_is_known_of_a_law_that_has_not_begun(library: Any, law: Callable[..., str], calendar: Calendar) -> None:
    del calendar
    library.add("주차장법.md", law("삼천 원", "2027-03-01"))
    assert fees(library) == [("삼천 원", LegalState.FUTURE)]


def test_a_repealed_law_says_so(library: Any, law: Callable[..., str], calendar: Calendar) -> None:
    del calendar
    library.add("주차장법.md", law("이천 원", "2024-01-01"))
    library.add("주차장법.md", law("이천 원", "2026-01-01", status="폐지"))
    assert fees(library) == [("이천 원", LegalState.REPEALED)]
    assert fees(library, "2025-12-31") == [("이천 원", LegalState.IN_FORCE)]


def test_a_correction_leaves_the_indexes_and_stays_for_old_citations(
    library: Any, law: Callable[..., str], calendar: Calendar
) -> None:
    del calendar
    library.add("주차장법.md", law("오타 원", "2024-01-01"))
    library.add("주차장법.md", law("이천 원", "2024-01-01"))
    assert fees(library, "2025-01-01") == [("이천 원", LegalState.IN_FORCE)]
    with library.database.read() as session:
        states = dict(session.execute(select(DocumentVersion.number, DocumentVersion.state)).all())
    assert states == {1: "superseded", 2: "ready"}
    assert len(library.words.counts()) == 1
    assert sound(library)


def test_withdrawing_the_text_in_force_brings_the_one_before_it_back(
    library: Any, law: Callable[..., str], calendar: Calendar
) -> None:
    del calendar
    library.add("old.md", law("천 원", "2020-01-01"))
    newer = library.add("new.md", law("이천 원", "2024-01-01"))
    library.ingestion.withdraw(newer.document_id, library.people["steward"])
    assert fees(library) == [("천 원", LegalState.IN_FORCE)]
    library.work()
    assert fees(library) == [("천 원", LegalState.IN_FORCE)]
    assert sound(library)


def test_a_document_that_turns_into_another_law_leaves_its_family(
    library: Any, law: Callable[..., str], calendar: Calendar
) -> None:
    del calendar
    library.add("a.md", law("천 원", "2020-01-01"))
    library.add("b.md", law("이천 원", "2024-01-01"))
    library.add("b.md", "---\n제목: 안내서\n---\n\n# 안내서\n\n주차장 요금 한 시간에 무료으로 안내합니다.\n")
    assert set(fees(library)) >= {("천 원", LegalState.IN_FORCE)}
    assert sound(library)


def test_what_counts_is_looked_up_by_family(library: Any, law: Callable[..., str], calendar: Calendar) -> None:
    """Any other order reads all versions of the library for every search of a past day."""
    del calendar
    if not library.database.is_sqlite:
        pytest.skip("PostgreSQL plans from statistics")
    library.add("주차장법.md", law("천 원", "2020-01-01"))
    asked: list[tuple[str, Any]] = []
    event.listen(library.database.engine, "before_cursor_execute", lambda *call: asked.append((call[2], call[3])))
    fees(library, "2021-01-01")
    (statement, values) = next(one for one in asked if "documents.family IN" in one[0])
    with library.database.read() as session:
        plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
    assert "ix_documents_collection_family" in plan[0][3]
    assert all("SCAN" not in step[3] for step in plan)
