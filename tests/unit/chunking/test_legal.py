from __future__ import annotations

import datetime as dt

import pytest

from retrieval.chunking import LegalInfo, legal_metadata


def test_a_national_law() -> None:
    info = legal_metadata(
        {
            "법령구분": "법률",
            "소관부처": ["행정안전부", "법무부"],
            "공포일자": "2026-03-10",
            "시행일자": "2026-09-11",
            "상태": "시행",
        }
    )

    assert info == LegalInfo(dt.date(2026, 9, 11), dt.date(2026, 3, 10), "시행", "행정안전부, 법무부", "법률")


def test_a_local_ordinance() -> None:
    info = legal_metadata(
        {"자치법규종류": "조례", "지자체기관명": "부산광역시", "공포일자": "2019-09-25", "시행일자": "2020-01-01"}
    )

    assert info == LegalInfo(dt.date(2020, 1, 1), dt.date(2019, 9, 25), None, "부산광역시", "조례", None, "부산광역시")


@pytest.mark.parametrize(
    ("value", "date"),
    [
        ("2026-08-28 (제32조는 2027-02-28)", dt.date(2026, 8, 28)),
        ("2026. 8. 28.", dt.date(2026, 8, 28)),
        ("2026.8.28", dt.date(2026, 8, 28)),
        ("2026년 8월 28일", dt.date(2026, 8, 28)),
        ("20260828", dt.date(2026, 8, 28)),
        (20260828, dt.date(2026, 8, 28)),
        ("2024-02-31", None),
        ("공포 후 6개월", None),
        ("202608281", None),
        ("", None),
        (None, None),
    ],
)
def test_the_leading_date_counts(value: str | int | None, date: dt.date | None) -> None:
    assert legal_metadata({"시행일자": value}).effective == date


def test_nothing_known_is_nothing_said() -> None:
    assert legal_metadata({"제목": "업무 안내", "상태": " "}) == LegalInfo()
