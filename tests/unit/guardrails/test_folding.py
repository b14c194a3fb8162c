from hypothesis import given
from hypothesis import strategies as st

from guardrails.folding import plain, soften, squeeze


def test_squeeze_drops_spaces_marks_and_invisible_characters():
    view = squeeze("Ｉg no\u200bre. 이 전-지시!")
    assert view.text == "ignore이전지시"
    assert view.span(0, 6) == (0, 8)


def test_soften_undoes_tensed_spelling_and_keeps_length():
    assert soften("이쩐 찌시를 무씨") == "이전 지시를 무시"


def test_plain_keeps_punctuation_and_joins_spaces():
    assert plain("가  나\t다.\n\n라").text == "가 나 다.\n라"


@given(st.text(max_size=60))
def test_origins_are_spans_of_the_text(text):
    for view in (squeeze(text), plain(text)):
        assert len(view.origin) == len(view.text)
        assert all(0 <= start < end <= len(text) for start, end in view.origin)
