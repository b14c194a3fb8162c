import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from guardrails.pii.normalise import fold


def test_plain_text_is_returned_as_it_is():
    assert fold("010-1234") == fold("010-1234")
    assert fold("한글 text").starts is None


def test_fold_keeps_the_way_back():
    text = "번호 ０１０\u200b－1\u00a02"
    folded = fold(text)
    assert folded.text == "번호 010-1 2"
    at = folded.text.index("010-1 2")
    assert text[slice(*folded.span(at, at + 7))] == "０１０\u200b－1\u00a02"


def test_decomposed_hangul_is_composed():
    text = unicodedata.normalize("NFD", "성명: 홍길동")
    folded = fold(text)
    assert folded.text == "성명: 홍길동"
    assert text[slice(*folded.span(4, 7))] == unicodedata.normalize("NFD", "홍길동")


def test_circled_numbers_stay():
    assert fold("①\u00a0010").text == "① 010"


@given(st.text(max_size=80))
def test_spans_are_inside_and_in_order(text):
    folded = fold(text)
    last = 0
    for at in range(len(folded.text)):
        start, end = folded.span(at, at + 1)
        assert 0 <= start < end <= len(text)
        assert start >= last or folded.span(at - 1, at) == (start, end)
        last = start
