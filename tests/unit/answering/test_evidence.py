from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from assistant.answering.evidence import strength
from assistant.library.search import SearchResponse
from retrieval.types import Locator

BUNDLED = "e5-small/x"
QUESTION = "무료 와이파이는 어디에 설치되어 있나요?"


@dataclass(frozen=True)
class Hit:
    title: str
    text: str
    dense: float = 0.5
    lexical: float = 0.5
    locator: Locator = field(default_factory=Locator)


def response(text: str, dense: float) -> SearchResponse:
    hits: Any = (Hit("안내", text),)
    return SearchResponse(hits, 1.0, (), dense, 20.0)


NEAR = "무료 와이파이는 역과 시장에 설치되어 있습니다."
FAR = "지방세의 부과와 징수에 관한 사항을 정한다."


@pytest.mark.parametrize(
    ("text", "dense", "fingerprint", "strong"),
    [
        (FAR, 0.90, BUNDLED, True),  # close in meaning
        (FAR, 0.80, BUNDLED, False),
        (NEAR, 0.80, BUNDLED, True),  # holds most of the words
        (NEAR, 0.0, BUNDLED, True),  # the vector side is down
        (FAR, 0.0, BUNDLED, False),
        (FAR, 0.95, "endpoint/other", False),  # another model's cosines mean something else
        (NEAR, 0.2, "endpoint/other", True),
    ],
)
def test_evidence_is_strong_where_meaning_or_words_say_so(
    text: str, dense: float, fingerprint: str, *, strong: bool
) -> None:
    assert (strength(QUESTION, response(text, dense), fingerprint=fingerprint) >= 0.5) is strong


def test_nothing_found_is_no_evidence() -> None:
    assert strength(QUESTION, SearchResponse((), 1.0), fingerprint=BUNDLED) == 0.0


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("민원실 전화번호가 뭐예요?", "민원실은 시청에 둔다."),
        ("민원실은 몇 시에 문을 여나요?", "민원실은 시청에 둔다."),
        ("수수료는 얼마인가요?", "수수료는 조례로 정한다."),
    ],
)
def test_a_passage_without_what_is_asked_for_is_weaker_evidence(question: str, text: str) -> None:
    asked = strength(question, response(text, 0.88), fingerprint=BUNDLED)
    holding = f"{text} 02-123-4567, 오전 9시, 500원"
    assert asked < strength(question, response(holding, 0.88), fingerprint=BUNDLED)


def test_a_question_about_today_needs_stronger_evidence() -> None:
    text = "축제는 광장에서 한다."
    today, ever = (
        strength(f"{when} 축제는 광장에서 하나요?", response(text, 0.86), fingerprint=BUNDLED)
        for when in ("오늘", "가을")
    )
    assert today < ever


def test_a_question_about_another_country_needs_a_passage_that_speaks_of_it() -> None:
    weak, strong = (
        strength("일본에서는 흡연 과태료가 얼마인가요?", response(text, 0.86), fingerprint=BUNDLED)
        for text in ("흡연하면 과태료 10만원", "일본은 흡연하면 과태료 2천엔, 10만원")
    )
    assert weak < strong
