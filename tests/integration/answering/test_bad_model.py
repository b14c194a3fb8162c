"""Whatever a model says: no figure is shown unmarked that no cited source holds - at no moment, in no event."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from bad_answers import ALL, FOREIGN, GOOD, INJECTED, MISCITED, TURNED, Bad
from sqlalchemy import select
from worlds import TEXT, ScriptedModel, World

from assistant.db.models import TurnEvent
from assistant.errors import ErrorCode, Failure
from guardrails.stream import SentenceGate

if TYPE_CHECKING:
    from collections.abc import Iterator

NOTE = "(근거 확인 필요)"
NOTED = re.compile(r"([.!?]*)((?: ?\[\d+\])*) \(근거 확인 필요\)")
HELD = f"민원 처리에 관한 법률 제19조 처리기간의 계산 2022-07-12 2022. 7. 12. 시행 {TEXT}"
QUESTION = "민원 처리기간은 어떻게 계산하나요?"


def pieces(text: str) -> list[str]:
    """What a stream would be: seven characters at a time, so that marks and sentences are cut in the middle."""
    return [text[at : at + 7] for at in range(0, len(text), 7)]


def sentences(text: str) -> Iterator[str]:
    gate = SentenceGate(max_buffer=100_000)
    joined = NOTED.sub(rf"\2 {NOTE}\1", text)  # the note belongs to the sentence before it
    yield from (one for one in [*gate.feed(joined), *gate.flush()] if one.strip())


def unmarked_figures(text: str) -> list[str]:
    """Numbers of a shown text that no source holds, in sentences that carry no mark. Knows nothing of our checks."""
    found = []
    for sentence in sentences(text):
        if NOTE in sentence:
            continue
        bare = re.sub(r"\[\d+\]|^\s*\d+\.\s", " ", sentence)
        found += [number for number in re.findall(r"\d+", bare) if not re.search(rf"(?<!\d){number}(?!\d)", HELD)]
    return found


def unmarked_words(text: str, never: tuple[str, ...]) -> list[str]:
    return [word for sentence in sentences(text) if NOTE not in sentence for word in never if word in sentence]


async def ask(world: World, bad: Bad) -> tuple[dict[str, Any], list[str]]:
    """Return the answer, and everything that a reader saw on the way to it."""
    answer = await world.service(ScriptedModel(*pieces(bad.said))).answer(world.staff, QUESTION)
    with world.database.read() as session:
        rows = session.scalars(select(TurnEvent).where(TurnEvent.turn_id == answer["id"]).order_by(TurnEvent.seq)).all()
        shown, moments = "", []
        for row in rows:
            if row.type == "delta":
                shown += row.data["text"]
            elif row.type == "retract":
                shown = row.data["text"]
            moments.append(shown)
    return answer, moments


def trouble(bad: Bad, answer: dict[str, Any], moments: list[str]) -> list[str]:
    """What is wrong with an answer; empty when all is well."""
    wrong = []
    for text in dict.fromkeys([*moments, answer["answer"]]):
        wrong += [f"figure {number} in {text[:80]!r}" for number in unmarked_figures(text)]
        wrong += [f"words {word} in {text[:80]!r}" for word in unmarked_words(text, bad.never)]
    rest = answer["answer"]
    for mark in reversed(answer["marks"]):
        rest = rest[: mark["start"]] + rest[mark["end"] :]
    wrong += [f"figure {number} outside the marks" for number in unmarked_figures(rest)]
    if answer["answer"].count(NOTE) != len(answer["marks"]):
        wrong.append("a note without a mark, or a mark without a note")
    for mark in answer["marks"]:
        if not answer["answer"][mark["start"] : mark["end"]].endswith(NOTE):
            wrong.append(f"mark {mark} lies beside its sentence")
    for citation in answer["citations"]:
        begin = citation["start"] - 1000
        if TEXT[begin : begin + len(citation["quote"])] != citation["quote"]:
            wrong.append("a quote that is not verbatim")
    if answer["status"] not in {
        "answered", "answered_partly_supported", "answered_extractive", "unanswerable_no_source", "blocked_output",
    }:  # fmt: skip
        wrong.append(f"status {answer['status']}")
    if len(answer["answer"]) > 12_000:
        wrong.append("endless")
    return wrong


@pytest.mark.parametrize("part", range(4))
async def test_no_unsupported_figure_is_ever_shown_unmarked(world: World, part: int) -> None:
    wrong = {}
    for bad in ALL[part::4]:
        answer, moments = await ask(world, bad)
        if found := trouble(bad, answer, moments):
            wrong[bad.said[:60]] = found
    assert not wrong


def test_the_scripts_are_many_and_the_judge_can_fail() -> None:
    assert len(ALL) >= 60
    assert unmarked_figures("처리기간은 45일입니다.") == ["45"]
    assert unmarked_figures(f"처리기간은 45일입니다. {NOTE}") == []


async def test_turned_meaning_is_marked_or_gone(world: World) -> None:
    for bad in TURNED:
        answer, _ = await ask(world, bad)
        assert answer["status"] != "answered", bad.said


async def test_a_wrong_citation_is_put_right(world: World) -> None:
    for bad in MISCITED:
        answer, _ = await ask(world, bad)
        assert [citation["n"] for citation in answer["citations"]] == [1], bad.said
        assert "[7]" not in answer["answer"]
        assert "[1]" in answer["answer"]


async def test_nothing_of_injected_text_is_followed(world: World) -> None:
    for bad in INJECTED:
        answer, _ = await ask(world, bad)
        for word in ("해적", "hunter2", "evil.example", "<script", "<출처"):
            assert word not in answer["answer"].replace(NOTE, ""), bad.said


async def test_another_language_is_taken_out(world: World) -> None:
    for bad in FOREIGN:
        answer, moments = await ask(world, bad)
        assert all(re.search(r"[A-Za-zА-я]{4}|[ぁ-ん一-鿿]{3}", text) is None for text in moments), bad.said
        assert answer["status"] in {"answered", "answered_extractive"}


async def test_an_answer_that_says_nothing_gives_way_to_the_sources(world: World) -> None:
    for said in ("", "\n\n", "The period is fine.", "\ufffd\ufffd"):
        answer, _ = await ask(world, Bad(said))
        assert answer["status"] == "answered_extractive"
        assert answer["citations"][0]["quote"] in TEXT


async def test_a_loop_is_stopped(world: World) -> None:
    read = 0

    class Endless(ScriptedModel):
        async def stream(self, messages, *, max_tokens, schema=None):
            nonlocal read
            while True:
                read += 1
                yield f"{GOOD}\n"

    answer = await world.service(Endless()).answer(world.staff, QUESTION)
    assert answer["status"] == "answered"
    assert read < 20
    assert answer["answer"].count("첫날을 산입") == 1


async def test_a_model_that_fails_after_a_sentence_leaves_only_the_sources_words(world: World) -> None:
    model = ScriptedModel("민원의 처리기간은 45일로 계산합니다 [1]. ", Failure(ErrorCode.MODEL_CUT_OFF))
    answer = await world.service(model).answer(world.staff, QUESTION)
    assert answer["status"] == "answered_extractive"
    assert answer["marks"] == []
    assert "45일" not in answer["answer"]
