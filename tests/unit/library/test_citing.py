"""How passages are named."""

from __future__ import annotations

import pytest

from assistant.library.citing import cite
from assistant.library.documents import OutlineEntry

TEXT = (
    "민원 처리에 관한 법률\n제2장 민원의 처리\n제23조(반복 민원)\n① 행정기관의 장은 종결할 수 있다.\n"
    "② 다음 각 호의 경우에는 그러하지 아니하다.\n1. 새로운 사유\n1의2. 다른 기관\n③ 절차는 따로 정한다.\n"
    "제24조의2(위임) 대통령령으로 정한다.\n부칙 <제5호>\n제1조(시행일) 공포한 날부터 시행한다.\n"
)
LABELS = (
    (1, "민원 처리에 관한 법률"),
    (2, "제2장 민원의 처리"),
    (5, "제23조(반복 민원)"),
    (5, "제24조의2(위임)"),
    (2, "부칙 <제5호>"),
    (5, "제1조(시행일)"),
)
OUTLINE = [OutlineEntry(level, label, TEXT.index(label)) for level, label in LABELS]


@pytest.mark.parametrize(
    ("begin", "end", "place"),
    [
        ("행정기관의 장은", "종결할 수 있다.", " 제23조제1항"),
        ("① 행정", "종결할 수 있다.", " 제23조제1항"),
        ("제23조(", "따로 정한다.", " 제23조"),
        ("② 다음", "아니하다.", " 제23조제2항"),
        ("② 다음", "다른 기관", " 제23조제2항"),
        ("새로운", "사유", " 제23조제2항제1호"),
        ("다른 기관", "기관", " 제23조제2항제1호의2"),
        ("행정기관의 장은", "그러하지", " 제23조"),
        ("대통령령으로", "정한다.", " 제24조의2"),
        ("공포한 날", "시행한다.", " 부칙 <제5호> 제1조"),
        ("제2장", "처리\n제23조", " 제2장 민원의 처리"),
        ("민원 처리에", "법률", ""),
    ],
)
def test_a_passage_is_named_as_closely_as_it_lies_within_one_provision(begin: str, end: str, place: str) -> None:
    start = TEXT.index(begin)
    span = (start, TEXT.index(end, start) + len(end.split("\n", maxsplit=1)[0]))
    assert cite("민원 처리에 관한 법률", TEXT, OUTLINE, span) == f"「민원 처리에 관한 법률」{place}"


def test_without_an_outline_the_title_is_the_name() -> None:
    assert cite("편람", "글뿐입니다.", [], (0, 4)) == "「편람」"
