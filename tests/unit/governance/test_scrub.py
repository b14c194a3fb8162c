"""The last net catches numbers by their shape and leaves ids alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.governance.scrub import scrub_numbers

if TYPE_CHECKING:
    import uuid


@pytest.mark.parametrize(
    ("text", "scrubbed"),
    [
        ("주민번호는 900101-1234567입니다", "주민번호는 [주민등록번호]입니다"),
        ("9001011234567", "[주민등록번호]"),
        ("외국인 850505 – 5234567.", "외국인 [주민등록번호]."),
        ("010-1234-5678로 전화", "[전화번호]로 전화"),
        ("01012345678", "[전화번호]"),
        ("051-888-1234", "[전화번호]"),
        ("02)123-4567", "[전화번호]"),
        ("+82 10 1234 5678", "[전화번호]"),
        ("hong.gildong@mail.example.kr에서", "[전자우편]에서"),
        ("4111-1111-1111-1111", "[카드번호]"),
        ("4111 1111 1111 1111은", "[카드번호]은"),
        ("5500000000000004", "[카드번호]"),
    ],
)
def test_what_identifies_a_person_is_struck_out(text: str, scrubbed: str) -> None:
    assert scrub_numbers(text) == scrubbed


@pytest.mark.parametrize(
    "text",
    [
        "민원처리법 제19조 제2항",
        "2026. 4. 6. 14:05",
        "접수번호 20260406-001",
        "금113,560원",
        "국번 없이 120",
        "turn:01a1ffbdb82820533e67f7",
        "550e8400-e29b-41d4-0716-446655440000",
        "900101-9234567890",
        "991332-1234567",
    ],
)
def test_what_identifies_nobody_stays(text: str) -> None:
    assert scrub_numbers(text) == text


@given(st.binary(min_size=11, max_size=32))
def test_ids_and_digests_stay_whole(data: bytes) -> None:
    assert scrub_numbers(data.hex()) == data.hex()


@given(st.uuids())
def test_uuids_stay_whole(name: uuid.UUID) -> None:
    assert scrub_numbers(str(name)) == str(name)


@given(st.text())
def test_scrubbing_again_changes_nothing(text: str) -> None:
    once = scrub_numbers(text)
    assert scrub_numbers(once) == once
