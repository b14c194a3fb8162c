from __future__ import annotations

import pytest

from retrieval.query.spelling import Speller
from retrieval.query.types import Why
from retrieval.query.vocabulary import Vocabulary, shipped_vocabulary, words_of

WORDS = {"전단지": 10, "과태료": 900, "주차장": 500, "층간소음": 5, "신고": 900, "시민권": 9, "원룸": 4, "등본": 50}


@pytest.fixture(scope="module")
def speller() -> Speller:
    return Speller(Vocabulary(WORDS))


@pytest.mark.parametrize(
    ("text", "written", "read"),
    [
        ("전단자 떼라고", "전단자", "전단지"),
        ("주차쟝을 만들 때", "주차쟝을", "주차장을"),
        ("과태로 얼마", "과태로", "과태료"),
        ("싱고 방법", "싱고", "신고"),
    ],
)
def test_a_word_one_key_stroke_away_is_read(speller: Speller, text: str, written: str, read: str) -> None:
    found = speller.typos(text)
    assert [(one.written, one.read, one.why, one.certain) for one in found] == [(written, read, Why.TYPO, False)]


@pytest.mark.parametrize(
    "text", ["전단지를 떼라고", "공짜는 없다", "아침에 커피를 마셨다", "자전거를 타다", "집 앞", ""]
)
def test_words_of_any_dictionary_are_left_alone(speller: Speller, text: str) -> None:
    assert speller.typos(text) == []


def test_what_the_documents_say_is_never_mistyped() -> None:
    assert Speller(Vocabulary(WORDS)).typos("주차쟝")
    assert Speller(Vocabulary(WORDS), held={"주차쟝"}.__contains__).typos("주차쟝") == []


def test_short_words_are_read_as_common_ones_only() -> None:
    assert Speller(Vocabulary({"등분": 3, "등본": 39})).typos("등뵨") == []
    assert [one.read for one in Speller(Vocabulary({"등본": 41})).typos("등뵨")] == ["등본"]


def test_neighbours_that_make_a_word_are_joined_and_long_runs_parted(speller: Speller) -> None:
    assert [one.read for one in speller.joined("층 간소음이 심해요")] == ["층간소음이"]
    assert [one.read for one in speller.joined("시 민권을 따면")] == ["시민권을"]
    assert speller.joined("주차장 신고") == []
    (one,) = speller.parted("집앞전봇대에붙은전단지")
    assert one.read.replace(" ", "") == one.written
    assert "전봇대에 " in one.read
    assert speller.parted("전봇대에 붙은") == []


def test_not_more_than_a_few_words_are_guessed(speller: Speller) -> None:
    assert len(speller.typos("전단자 주차쟝 과태로 층간소음 시민귄")) == 3


def test_words_are_counted_with_their_compounds() -> None:
    counted = words_of(["소음허용기준을 정한다. 소음을 잰다."])
    assert counted["소음"] == 2
    assert counted["소음허용기준"] == 1
    assert words_of(["떼라고 하나요 떼라고"], whole=True)["떼라고"] == 2


def test_the_shipped_words_hold_what_statutes_say() -> None:
    words = shipped_vocabulary()
    assert len(words) > 20_000
    assert "과태료" in words
    assert words.count("과태료") > words.count("소란") > 0
    assert "과태료" in words.near("과태로")
