from __future__ import annotations

import pytest

from retrieval.query.numbers import as_statute, number_terms, value_of


def asked(text: str) -> set[str]:
    return {term.text for term in number_terms(text)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("한 달 안에", {"1개월", "30일"}),
        ("석 달", {"3개월", "90일"}),
        ("12개월", {"360일", "1년"}),
        ("삼십일", {"30일", "1개월"}),
        ("2주", {"14일"}),
        ("일주일", {"7일", "1주"}),
        ("보름 뒤", {"15일"}),
        ("반년", {"6개월"}),
        ("10,000원", {"1만원"}),
        ("만 원", {"1만원"}),
        ("오천만원", {"5천만원"}),
        ("1억 5천만원", {"1억5천만원"}),
        ("500000원", {"50만원"}),
        ("열네 살", {"14세"}),
        ("스무살", {"20세"}),
        ("세 번", {"3회"}),
        ("5%", {"5퍼센트", "100분의 5"}),
    ],
)
def test_the_way_the_law_writes_it_is_asked_as_well(text: str, expected: set[str]) -> None:
    assert asked(text) == expected


@pytest.mark.parametrize("text", ["이번 주", "이 일", "이사 일", "두 번째", "14일", "만 19세", "원래", "3번지", ""])
def test_what_is_no_number_or_already_the_laws_way_is_left_alone(text: str) -> None:
    assert asked(text) == set()


def test_the_same_thing_weighs_more_than_another_measure_of_it() -> None:
    by_text = {term.text: term.weight for term in number_terms("한 달")}
    assert by_text["1개월"] > by_text["30일"]


@pytest.mark.parametrize(
    ("words", "value"), [("삼천만", 30_000_000), ("백", 100), ("1억2천", 100_002_000), ("10,000", 10_000), ("가", None)]
)
def test_values(words: str, value: int | None) -> None:
    assert value_of(words) == value


@pytest.mark.parametrize(
    ("value", "written"),
    [(10_000, "1만"), (5000, "5천"), (30_000_000, "3천만"), (12_340_000, "1234만"), (125_000, "12만5천")],
)
def test_amounts_as_statutes_write_them(value: int, written: str) -> None:
    assert as_statute(value) == written
