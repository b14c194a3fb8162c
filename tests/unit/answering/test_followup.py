"""What a follow-up leaves out is taken from what went before; a question with a subject of its own takes nothing."""

from __future__ import annotations

import pytest

from assistant.answering.followup import Kind, resolve
from assistant.answering.memory import Cited, Exchange

LAW = "민원 처리에 관한 법률"
FIRST = Exchange(
    "민원 처리기간은 어떻게 계산하나요?",
    "민원 처리기간은 어떻게 계산하나요?",
    "1. 시간 단위로 계산합니다 [1].\n2. 예외가 있습니다 [3].",
    cited=(Cited(1, LAW, "제19조", "처리기간의 계산"), Cited(3, LAW, "제21조", "민원 처리의 예외")),
)
FOOD = Exchange(
    "식당 영업신고 안 하고 장사하면 어떻게 되나요?",
    "식당 영업신고 안 하고 장사하면 어떻게 되나요?",
    "신고하여야 한다 [1].",
    cited=(Cited(1, "식품위생법", "제37조", "영업허가 등"),),
)
UNANSWERED = Exchange("여권 사진 규격은?", "여권 사진 규격은?", "근거를 찾지 못했습니다.", answered=False)


@pytest.mark.parametrize(
    ("question", "place"),
    [
        ("그 조항 예외는?", "제19조"),
        ("거기 2항", "제19조 제2항"),
        ("2항은 뭐예요?", "제19조 제2항"),
        ("그 조항 1항 3호는요?", "제19조 제1항 제3호"),
        ("위의 2번은 뭐예요?", "제21조"),  # the second item of the answer
        ("두 번째 근거를 자세히 알려 주세요", "제21조"),
        ("[3] 자세히", "제21조"),
        ("마지막 조항은요?", "제21조"),
    ],
)
def test_a_pointer_is_the_cited_place(question: str, place: str) -> None:
    found = resolve(question, [FOOD, FIRST])
    assert (found.kind, found.certain) == (Kind.PLACE, True)
    assert found.query.startswith(f"{LAW} {place} ")


@pytest.mark.parametrize(
    ("question", "query"),
    [
        ("그 법 20조는?", f"{LAW} 20조는?"),
        ("20조는요?", f"{LAW} 20조는요?"),
        ("같은 법 시행령 5조는?", f"{LAW} 시행령 5조는?"),
        ("시행령에는 뭐라고 되어 있나요?", f"{LAW} 시행령 민원 처리기간 계산 뭐라고 되어 있나요?"),
        ("시행규칙에는 어떻게 되어 있나요?", f"{LAW} 시행규칙 민원 처리기간 계산 어떻게 되어 있나요?"),
    ],
)
def test_a_law_left_out_is_the_cited_one(question: str, query: str) -> None:
    found = resolve(question, [FIRST])
    assert (found.kind, found.query) == (Kind.LAW, query)


@pytest.mark.parametrize(
    ("question", "query"),
    [
        ("그럼 과태료는요?", "식품위생법 식당 영업신고 장사 과태료는요?"),
        ("신고 기한은?", "식품위생법 식당 영업신고 장사 신고 기한은?"),
        ("그럼 휴게음식점은요?", "식품위생법 식당 영업신고 장사 휴게음식점은요?"),
        ("예외는 없나요?", "식품위생법 식당 영업신고 장사 예외는 없나요?"),
    ],
)
def test_an_ellipsis_takes_law_and_topic_along(question: str, query: str) -> None:
    found = resolve(question, [FIRST, FOOD])
    assert (found.kind, found.certain, found.query) == (Kind.ELLIPSIS, False, query)


def test_what_was_asked_of_the_subject_gives_way_to_what_is_asked_now() -> None:
    first = Exchange("건축물 용도변경 신고 기한은 며칠인가요?", "건축물 용도변경 신고 기한은 며칠인가요?", "5일입니다.")
    assert resolve("그럼 과태료는요?", [first]).query == "건축물 용도변경 신고 과태료는요?"


def test_the_subject_survives_several_follow_ups() -> None:
    second = Exchange(
        "그럼 과태료는요?", resolve("그럼 과태료는요?", [FOOD]).query, "과태료를 부과한다 [1].", cited=FOOD.cited
    )
    assert resolve("감경 기준은요?", [FOOD, second]).query == "식품위생법 식당 영업신고 장사 감경 기준은요?"


@pytest.mark.parametrize(
    "question",
    [
        "여권 재발급 수수료는 얼마인가요?",
        "전입신고는 어떻게 하나요?",
        "집 앞 전봇대에 붙은 전단지, 떼라고 할 수 있나요?",
        "그런데 주민등록증 재발급은 어디서 하나요?",
        "지방세기본법 제20조는?",
        "하루에 2번 방문해도 되나요?",
    ],
)
def test_a_question_with_its_own_subject_carries_nothing_over(question: str) -> None:
    found = resolve(question, [FIRST])
    assert (found.kind, found.query, found.carried) == (Kind.ALONE, question, "")


def test_a_change_of_topic_is_heard() -> None:
    found = resolve("다른 질문인데요, 과태료는 어떻게 감경받나요?", [FIRST])
    assert (found.kind, found.query) == (Kind.CHANGED, "과태료는 어떻게 감경받나요?")


def test_after_an_unanswered_question_its_words_are_carried_and_no_law() -> None:
    assert resolve("수수료는요?", [FIRST, UNANSWERED]).query == "여권 사진 규격 수수료는요?"
    assert resolve("그 조항 예외는?", [FIRST, UNANSWERED]).kind is Kind.ELLIPSIS


def test_the_first_question_stands_as_it_is() -> None:
    assert resolve("그럼 과태료는요?", []).query == "그럼 과태료는요?"
