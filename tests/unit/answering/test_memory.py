"""What a model is told of a conversation: within its budget, and nothing that it may not receive."""

from __future__ import annotations

from assistant.answering.memory import Cited, Exchange, fit_for, summary


class Characters:
    """Counts a character as a token."""

    def count(self, text: str) -> int:
        return len(text)

    def cut(self, text: str, limit: int) -> str:
        return text[:limit]


def _talk(count: int, length: int = 300) -> list[Exchange]:
    return [
        Exchange(
            f"{n}번째 물음입니다",
            "",
            f"{n}번째 답입니다. " + "가" * length,
            cited=(Cited(1, "주차장법", f"제{n}조"),),
        )
        for n in range(1, count + 1)
    ]


def test_a_long_conversation_fits_its_budget_and_keeps_the_newest() -> None:
    for budget in (0, 50, 400, 900, 3000):
        told = summary(_talk(40), Characters(), budget)
        assert len(told) <= budget
    told = summary(_talk(40), Characters(), 900)
    assert told.index("39번째 물음") < told.index("40번째 물음")
    assert 2 <= told.count("번째 물음") < 40


def test_older_answers_are_their_first_sentence_and_their_source() -> None:
    told = summary(_talk(3), Characters(), 5000)
    first, rest = told.split("2번째 물음")
    assert "도우미(요약): 1번째 답입니다." in first
    assert "주차장법 제1조" in first
    assert "가가가" not in first
    assert rest.count("가가가") > 0


def test_what_a_model_may_not_receive_as_a_source_it_does_not_receive_as_history() -> None:
    talk = [
        Exchange("공개", "", "답", grade="O"),
        Exchange("민감", "", "답", grade="S"),
        Exchange("모름", "", "", answered=False),
    ]
    assert [one.question for one in fit_for(talk, "O")] == ["공개"]
    assert [one.question for one in fit_for(talk, "S")] == ["공개", "민감"]
