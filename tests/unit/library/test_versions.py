"""Which text of a law counts on which day, by table."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from assistant.library.legal import LegalState
from assistant.library.versions import Text, counterpart, family_of, history_of, in_force, state_on, time_line

NOON = datetime(2026, 6, 1, 3, tzinfo=UTC)  # midday in Korea


def text(name: str, effective: str | None, *, status: str | None = "시행", number: int = 1, order: int = 0) -> Text:
    """Make a text; the first letter of its name is its document."""
    return Text(
        version_id=name,
        document_id=name[0],
        number=number,
        legal_status=status,
        effective_on=date.fromisoformat(effective) if effective else None,
        taken_on=date(2026, 6, 1),
        ready_at=NOON + timedelta(minutes=order),
    )


OLD = text("a1", "2020-01-01", number=1)
NEW = text("a2", "2024-07-01", number=2)
COMING = text("a3", "2027-01-01", number=3)
UNDATED = text("a4", None, status=None, number=4)
REPEAL = text("a5", "2026-03-01", status="폐지", number=5)
OTHER_FILE = text("b1", "2022-05-05", order=9)
LATE_OLD = text("a6", "2018-01-01", number=6, order=9)


@pytest.mark.parametrize(
    ("texts", "day", "counts"),
    [
        ([OLD, NEW], "2026-11-21", "a2"),
        ([OLD, NEW], "2024-07-01", "a2"),  # from the day itself on
        ([OLD, NEW], "2024-06-30", "a1"),
        ([OLD, NEW], "2019-12-31", "a1"),  # nothing has begun: the first is what is known
        ([NEW, OLD], "2026-11-21", "a2"),
        ([OLD, NEW, LATE_OLD], "2026-11-21", "a2"),  # an old text handed in last does not become the current one
        ([OLD, NEW, LATE_OLD], "2019-01-01", "a6"),
        ([OLD, NEW, COMING], "2026-11-21", "a2"),
        ([OLD, NEW, COMING], "2027-01-01", "a3"),
        ([COMING], "2026-11-21", "a3"),
        ([OLD, OTHER_FILE, NEW], "2023-01-01", "b1"),  # two files, one law
        ([OLD, OTHER_FILE, NEW], "2026-01-01", "a2"),
        ([OLD, UNDATED], "2026-05-31", "a1"),
        ([OLD, UNDATED], "2026-06-01", "a4"),  # without a date it counts from the day it was taken in
        ([UNDATED], "1999-01-01", "a4"),
        ([OLD, REPEAL], "2026-02-28", "a1"),
        ([OLD, REPEAL], "2026-03-01", "a5"),
        ([], "2026-01-01", None),
    ],
)
def test_what_counts(texts: list[Text], day: str, counts: str | None) -> None:
    found = in_force(time_line(texts), date.fromisoformat(day))
    assert (found.version_id if found else None) == counts


@pytest.mark.parametrize(
    ("texts", "stands"),
    [
        (
            [text("a1", "2020-01-01", number=1, order=5), text("a2", "2020-01-01", number=2)],
            ["a2"],
        ),  # late job of the first
        ([text("a1", None, number=1), text("a2", None, number=2)], ["a2"]),
        ([text("a1", "2020-01-01"), text("b1", "2020-01-01", order=1)], ["b1"]),
        ([text("a1", "2020-01-01", order=2), text("b1", "2020-01-01", order=1)], ["a1"]),
        # within a document the number decides, between documents the hour: no circle leaves nothing standing
        (
            [
                text("a1", "2020-01-01", number=1, order=3),
                text("a2", "2020-01-01", number=2, order=1),
                text("b1", "2020-01-01", order=2),
            ],
            ["b1"],
        ),
        ([COMING, OLD, NEW], ["a1", "a2", "a3"]),
    ],
)
def test_corrections_leave_one_text_standing(texts: list[Text], stands: list[str]) -> None:
    assert [one.version_id for one in time_line(texts)] == stands
    assert [one.version_id for one in time_line(reversed(texts))] == stands


@pytest.mark.parametrize(
    ("version", "day", "state"),
    [
        ("a1", "2023-01-01", LegalState.IN_FORCE),
        ("a1", "2026-01-01", LegalState.SUPERSEDED),
        ("a2", "2023-01-01", LegalState.FUTURE),
        ("a2", "2026-01-01", LegalState.IN_FORCE),
        ("a3", "2026-01-01", LegalState.FUTURE),
        ("a3", "2027-01-01", LegalState.IN_FORCE),
        ("zz", "2027-01-01", None),
    ],
)
def test_states_on_a_day(version: str, day: str, state: LegalState | None) -> None:
    assert state_on(version, time_line([OLD, NEW, COMING]), date.fromisoformat(day)) is state


def test_a_repealed_law_is_repealed_and_what_was_before_it_amended() -> None:
    line = time_line([OLD, REPEAL])
    assert state_on("a5", line, date(2026, 11, 21)) is LegalState.REPEALED
    assert state_on("a1", line, date(2026, 11, 21)) is LegalState.SUPERSEDED
    assert state_on("a1", line, date(2026, 2, 1)) is LegalState.IN_FORCE


def test_that_nothing_later_is_held_does_not_prove_that_nothing_was_amended() -> None:
    ordinance = text("a1", "2023-08-16", status=None)
    assert state_on("a1", time_line([ordinance]), date(2026, 11, 21)) is LegalState.UNKNOWN


@pytest.mark.parametrize(
    ("metadata", "title", "family"),
    [
        ({"법령ID": "006590", "법령MST": "282607"}, "법", "law:6590"),
        ({"법령ID": 6590, "법령MST": "1"}, "이름이 바뀐 법", "law:6590"),
        ({"자치법규ID": "2200202", "자치법규일련번호": "1848137"}, "조례", "law:ordin:2200202"),
        ({"행정규칙ID": "2200202"}, "훈령", "law:admrul:2200202"),
        ({}, "안내서", "d1"),
        ({"제목": "안내서", "시행일자": "2024-01-01"}, "안내서", "d1"),  # a date alone makes no law
        ({"법령구분": "법률"}, "어떤 법", "d1"),  # without a date there is no time line to stand on
        ({"법령ID": "없음"}, "어떤 법", "d1"),
    ],
)
def test_families(metadata: dict[str, str], title: str, family: str) -> None:
    assert family_of("d1", metadata, title) == family


def test_without_a_number_the_title_stands_for_the_law_within_its_municipality() -> None:
    ours = {"자치법규종류": "조례", "시행일자": "2024-01-01", "지자체기관명": "부산광역시"}
    assert family_of("d1", ours, "주차장 조례") == family_of("d2", ours | {"시행일자": "2026-01-01"}, "주차장  조례")
    assert family_of("d1", ours, "주차장 조례") != family_of("d2", ours | {"지자체기관명": "대구광역시"}, "주차장 조례")
    assert family_of("d1", ours, "주차장 조례") != family_of("d2", ours, "공원 조례")


def test_partitions_come_in_pairs() -> None:
    assert counterpart(history_of("scope")) == "scope"
    assert counterpart("scope") == history_of("scope") != "scope"
