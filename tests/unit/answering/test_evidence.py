from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from assistant.answering.evidence import strength
from assistant.library.search import SearchResponse

BUNDLED = "e5-small/x"
QUESTION = "무료 와이파이는 몇 곳에 설치되어 있나요?"


@dataclass(frozen=True)
class Hit:
    title: str
    text: str


def response(text: str, dense: float) -> SearchResponse:
    hits: Any = (Hit("안내", text),)
    return SearchResponse(hits, 1.0, (), dense, 20.0)


NEAR = "무료 와이파이는 346곳에 설치되어 있습니다."
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
