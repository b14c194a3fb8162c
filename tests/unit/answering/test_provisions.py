from __future__ import annotations

from assistant.answering.provisions import children, exceptions, nodes, rule_of

ARTICLE = """제18조 (허가)

① 맹견을 기르려는 사람은 다음 각 호의 요건을 갖추어 허가를 받아야 한다. 이 경우 평가를 거친다.
  1. 등록을 할 것
  2. 수술을 할 것. 다만, 어린 개는 제외한다.
    가. 생후 8개월 미만
    나. 병이 있는 개
  3. 사망
② 허가의 기간(제3항에 따른 경우는 제외한다. 이하 같다)은 1년으로 한다. 이 경우 연장할 수 있다. 다만, 한 번에 한한다.
"""


def shown(index: int) -> str:
    node = nodes(ARTICLE)[index]
    return ARTICLE[node.begin : node.sentence.end]


def find(start: str) -> int:
    return next(n for n, node in enumerate(nodes(ARTICLE)) if node.sentence.text.startswith(start))


def test_items_know_the_sentence_that_opens_their_list() -> None:
    found = nodes(ARTICLE)
    opener = find("맹견을")
    assert [shown(n) for n in children(found, opener)] == [
        "1. 등록을 할 것",
        "2. 수술을 할 것. 다만, 어린 개는 제외한다.",
        "3. 사망",
    ]
    assert [shown(n) for n in children(found, find("수술을"))] == ["가. 생후 8개월 미만", "나. 병이 있는 개"]


def test_a_new_paragraph_ends_the_list() -> None:
    assert nodes(ARTICLE)[find("허가의")].parent is None


def test_what_is_in_brackets_ends_no_sentence() -> None:
    assert shown(find("허가의")).endswith("이하 같다)은 1년으로 한다.")


def test_an_exception_goes_with_its_rule() -> None:
    found = nodes(ARTICLE)
    rule = find("허가의")
    assert [found[n].sentence.text for n in exceptions(found, rule)] == [
        "이 경우 연장할 수 있다.",
        "다만, 한 번에 한한다.",
    ]
    assert exceptions(found, find("맹견을")) == [], "what continues a rule is no exception"
    assert rule_of(found, find("다만, 한")) == rule


def test_the_head_of_an_item_is_shown_with_it_and_that_of_a_paragraph_is_not() -> None:
    assert shown(find("등록을")).startswith("1. ")
    assert shown(find("허가의")).startswith("허가의")
