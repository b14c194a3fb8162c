import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardrails.figures import amount, figures


def keys(text):
    return [f.key for f in figures(text)]


@pytest.mark.parametrize("text", ["2026. 4. 6.", "2026-04-06", "2026년 4월 6일", "'26. 4. 6.", "２０２６. 4. 6."])
def test_dates_are_one(text):
    assert keys(text) == [("date", "2026", "4", "6")]


@pytest.mark.parametrize("text", ["1,000만원", "10,000,000원", "천만 원", "1천만원", "일천만원", "금10,000,000원"])
def test_money_is_one(text):
    assert keys(text) == [("won", "10000000")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("십사일", [("qty", "14", "일")]),
        ("14일 이내", [("qty", "14", "일")]),
        ("칠일 이내", [("qty", "7", "일")]),
        ("두 번", [("qty", "2", "회")]),
        ("100분의 30", [("pct", "30")]),
        ("30퍼센트", [("pct", "30")]),
        ("3분의 2", [("frac", "3", "2")]),
        ("제12조의2제3항제4호", [("art", "12의2"), ("para", "3"), ("item", "4")]),
        ("3억 5천만원", [("won", "350000000")]),
        ("2조 3천억원", [("won", "2300000000000")]),
        ("금113,560원(금일십일만삼천오백육십원)", [("won", "113560"), ("won", "113560")]),
        ("오후 2시 30분", [("clock", "14", "30")]),
        ("051-888-1234", [("id", "0518881234")]),
        ("2026년 5월", [("ym", "2026", "5")]),
        ("2024년", [("year", "2024")]),
        ("85제곱미터", [("qty", "85", "㎡")]),
        ("1. 첫째 [1] [전화번호_1]", []),
        ("일정한 조건으로 이사한 사람", []),
        ("만일의 경우 천천히", []),
    ],
)
def test_figures_in_normal_form(text, expected):
    assert keys(text) == expected


@pytest.mark.parametrize(
    ("text", "value"), [("이천이십육", 2026), ("1만2천", 12000), ("만", 10000), ("1.5억", 150000000)]
)
def test_amount(text, value):
    assert amount(text) == value


def test_span_is_the_figure():
    text = "과태료는 1,000만원 이하"
    (figure,) = figures(text)
    assert text[figure.start : figure.end] == "1,000만원"


def test_pages_of_digits_end():
    for unit in ("1", "1,", "천", "제1조", "2026. ", "1만 ", "일이삼", "[1"):
        figures(unit * (5_000 // len(unit)))


@given(st.text(alphabet="0123456789,. 년월일조항호원만억천백십일이삼제분의%[]", max_size=60))
def test_any_text_gives_spans_inside_it(text):
    assert all(0 <= f.start < f.end <= len(text) for f in figures(text))
