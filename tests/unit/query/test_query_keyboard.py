from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.query.keyboard import from_keys, hangul_of, jamo_of, keys_of, put_right


@pytest.mark.parametrize(
    ("keys", "meant"),
    [
        ("alsdnjs", "민원"),
        ("rhksrhkd", "관광"),
        ("QoTdjdy", "뺐어요"),
        ("rkqtdmf", "값을"),
        ("ekfr", "닭"),
        ("dmlfy", "의료"),
    ],
)
def test_keys_are_put_together_to_syllables(keys: str, meant: str) -> None:
    assert from_keys(keys) == meant
    assert keys_of(meant) == keys


@given(st.text(st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3), min_size=1, max_size=6))
def test_what_was_taken_apart_comes_together_again(text: str) -> None:
    together = hangul_of(jamo_of(text))
    assert together is not None
    assert jamo_of(together) == jamo_of(text)


def test_capitals_that_stand_for_nothing_else_are_small_letters() -> None:
    assert from_keys("ALSDNJS") == "민원"


@pytest.mark.parametrize("word", ["cctv", "pdf", "a1", "k"])
def test_what_makes_no_syllables_is_no_korean(word: str) -> None:
    assert from_keys(word) is None


def test_only_known_words_are_put_right_and_short_ones_only_beside_them() -> None:
    known = {"민원", "신청"}.__contains__
    assert put_right("alsdnjs 처리 CCTV", known) == [("alsdnjs", "민원")]
    assert put_right("tlscjd go", known) == [("tlscjd", "신청"), ("go", "해")]
    assert put_right("go 신청", known) == []
    assert put_right("server", known) == []
