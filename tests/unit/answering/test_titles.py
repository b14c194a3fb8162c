"""A conversation is named by what is asked first, without greeting and courtesies."""

from __future__ import annotations

import pytest

from assistant.answering.titles import LONGEST, title_of


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("안녕하세요. 민원 처리기간은 어떻게 계산하나요?", "민원 처리기간은 어떻게 계산하나요"),
        ("안녕하세요, 문의드립니다. 여권 재발급 수수료를 알려주세요.", "여권 재발급 수수료"),
        ("민원 처리에 관한 법률 제19조에 대해 자세히 설명해 주세요", "민원 처리에 관한 법률 제19조"),
        ("저는 건축과 직원입니다. 용도변경 신고 기한은 며칠인가요?", "용도변경 신고 기한은 며칠인가요"),
        ("알려주세요", "알려주세요"),
        ("과태료", "과태료"),
    ],
)
def test_titles(question: str, title: str) -> None:
    assert title_of(question) == title


def test_a_long_question_ends_at_a_word() -> None:
    title = title_of("아파트 층간소음으로 신고했는데 과태료를 얼마나 부과할 수 있는지 그리고 절차는 어떻게 되는지")
    assert title.endswith("…")
    assert len(title) <= LONGEST + 1
    assert not title.removesuffix("…").endswith(" ")
