"""Follow-ups with and without a model, and questions that are edited or asked again: nothing is lost."""

from __future__ import annotations

import pytest
from worlds import ScriptedModel, World, hit

from assistant.errors import ErrorCode, Failure

QUESTION = "민원 처리기간은 어떻게 계산하나요?"
GOOD = "민원의 처리기간을 6일 이상으로 정한 경우에는 일 단위로 계산하고 첫날을 산입합니다 [1]."


class Talker(ScriptedModel):
    """Rewrites with ``rewritten`` where the rewrite prompt asks, and answers with ``GOOD`` elsewhere."""

    def __init__(self, rewritten: str) -> None:
        super().__init__()
        self.rewritten = rewritten

    async def stream(self, messages, *, max_tokens):
        del max_tokens
        self.asked.append(messages)
        yield self.rewritten if "질문을 고쳐 쓰는 도구" in messages[0]["content"] else GOOD


def _view(world: World, service, turn_id: str):
    with world.database.read() as session:
        return service.view(session, world.staff, turn_id)


async def test_a_model_is_asked_about_an_ellipsis_only(world: World) -> None:
    model = Talker("민원 처리기간에 공휴일도 산입하나요?")
    service = world.service(model)
    first = await service.answer(world.staff, QUESTION)
    assert len(model.asked) == 1
    talk = {"conversation_id": first["conversation_id"]}
    await service.answer(world.staff, "그 조항 예외는?", **talk)
    assert len(model.asked) == 2
    assert world.search.queries[-1] == "민원 처리에 관한 법률 제19조 처리기간의 계산 예외는?"
    await service.answer(world.staff, "그럼 공휴일은요?", **talk)
    assert len(model.asked) == 4
    assert world.search.queries[-1] == "민원 처리기간에 공휴일도 산입하나요?"
    told = model.asked[-1][1]["content"]  # the model that answers knows what went before
    assert QUESTION in told


@pytest.mark.parametrize(
    "made_up",
    ["지방세기본법 제77조의 민원 처리기간은요?", "민원 처리기간은 45일인가요?", "화성 이주 허가를 받는 방법", ""],
)
async def test_a_rewrite_that_makes_something_up_is_not_used(world: World, made_up: str) -> None:
    service = world.service(Talker(made_up))
    first = await service.answer(world.staff, QUESTION)
    await service.answer(world.staff, "그럼 공휴일은요?", conversation_id=first["conversation_id"])
    assert world.search.queries[-1] == "민원 처리에 관한 법률 민원 처리기간 계산 공휴일은요?"


async def test_history_of_a_higher_grade_does_not_reach_the_model(world: World) -> None:
    shelf = world.search.hits[0].collection_id
    world.search.hits = (hit(grade="S", collection_id=shelf),)
    model = Talker("없는 말")
    service = world.service(model)
    first = await service.answer(world.staff, QUESTION)
    world.search.hits = (hit(collection_id=shelf),)
    second = await service.answer(world.staff, "그럼 공휴일은요?", conversation_id=first["conversation_id"])
    assert second["model"] == "scripted"
    (asked,) = model.asked  # nobody asked it to rewrite, and it was told of nothing
    assert QUESTION not in asked[1]["content"]


async def test_an_edited_question_stands_beside_the_first_one(world: World) -> None:
    service = world.service()
    first = await service.answer(world.staff, QUESTION)
    talk = {"conversation_id": first["conversation_id"]}
    second = await service.answer(world.staff, "그 조항 예외는?", **talk)
    third = await service.answer(world.staff, "그럼 통지는 어떻게 하나요?", **talk)
    edited = await service.answer(world.staff, "그 조항 2항은?", instead_of=second["id"], **talk)
    assert edited["beside"] == [second["id"], edited["id"]]
    assert edited["parent_id"] == first["id"]
    with world.database.read() as session:
        shown = service.conversation(session, world.staff, first["conversation_id"])
        assert [turn["id"] for turn in shown["turns"]] == [first["id"], edited["id"]]
        older = service.conversation(session, world.staff, first["conversation_id"], second["id"])
        assert [turn["id"] for turn in older["turns"]] == [first["id"], second["id"], third["id"]]


async def test_a_line_is_remembered_without_the_others(world: World) -> None:
    service = world.service()
    first = await service.answer(world.staff, QUESTION)
    talk = {"conversation_id": first["conversation_id"]}
    await service.answer(world.staff, "여권 재발급 수수료는 얼마인가요?", instead_of=first["id"], **talk)
    await service.answer(world.staff, "그럼 공휴일은요?", after=first["id"], **talk)
    assert world.search.queries[-1] == "민원 처리에 관한 법률 민원 처리기간 계산 공휴일은요?"


async def test_an_answer_can_be_had_again(world: World) -> None:
    service = world.service()
    first = await service.answer(world.staff, QUESTION)
    again = await service.answer(
        world.staff, QUESTION, conversation_id=first["conversation_id"], instead_of=first["id"]
    )
    assert again["id"] != first["id"]
    assert again["parent_id"] is None
    assert _view(world, service, first["id"])["answer"] == first["answer"]


async def test_turns_of_other_conversations_are_not_followed(world: World) -> None:
    service = world.service()
    first = await service.answer(world.staff, QUESTION)
    theirs = await service.answer(world.other, QUESTION)
    for named in ({"after": theirs["id"]}, {"instead_of": theirs["id"]}):
        with pytest.raises(Failure) as caught:
            service.start(world.staff, QUESTION, conversation_id=first["conversation_id"], **named)
        assert caught.value.code is ErrorCode.TURN_NOT_FOUND


async def test_a_conversation_is_named_by_its_first_question_and_can_be_renamed(world: World) -> None:
    service = world.service()
    first = await service.answer(world.staff, f"안녕하세요. {QUESTION}")
    with world.database.read() as session:
        assert service.conversations(session, world.staff)[0]["title"] == "민원 처리기간은 어떻게 계산하나요"
    service.rename_conversation(world.staff, first["conversation_id"], "처리기간")
    await service.answer(world.staff, "그럼 공휴일은요?", conversation_id=first["conversation_id"])
    with world.database.read() as session:
        assert service.conversations(session, world.staff)[0]["title"] == "처리기간"


async def test_the_usual_path_asks_a_model_once_before_the_first_text(world: World) -> None:
    service = world.service(Talker("민원 처리기간에 공휴일도 산입하나요?"))
    first = await service.answer(world.staff, QUESTION)
    talk = {"conversation_id": first["conversation_id"]}
    pointing = await service.answer(world.staff, "그 조항 예외는?", **talk)
    ellipsis = await service.answer(world.staff, "그럼 공휴일은요?", **talk)

    def steps(answer):
        return {step["name"]: step for step in answer["steps"]}

    for answer, calls in ((first, 1), (pointing, 1), (ellipsis, 2)):  # the answering call is one of them
        assert steps(answer)["compose"]["calls_until_text"] == calls
        assert steps(answer)["compose"]["model_calls"] == 1
        assert steps(answer)["compose"]["first_text_ms"] > 0
        assert all(step["budget_ms"] > 0 for step in answer["steps"])
    assert "model_calls" not in steps(first)["rewrite"]
    assert steps(ellipsis)["rewrite"]["model_calls"] == 1


async def test_without_a_model_no_call_is_told(world: World) -> None:
    answer = await world.service().answer(world.staff, QUESTION)
    assert not any("model_calls" in step for step in answer["steps"])
    assert [step["calls_until_text"] for step in answer["steps"] if "first_text_ms" in step] == [0]
