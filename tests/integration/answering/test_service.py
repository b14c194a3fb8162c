from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from worlds import ScriptedModel, World, hit

from assistant.answering import store
from assistant.answering.events import EventType
from assistant.db.models import AuditEvent, PseudonymMap, TurnEvent, TurnRow, TurnSource, now
from assistant.errors import ErrorCode, Failure
from assistant.governance.audit import verify
from assistant.library.collections import ensure_collection

QUESTION = "민원 처리기간은 어떻게 계산하나요?"
GOOD = "민원의 처리기간을 6일 이상으로 정한 경우에는 일 단위로 계산하고 첫날을 산입합니다 [1]."
RRN = "900101-1234568"


async def test_without_a_model_the_answer_is_a_verbatim_extract(world: World) -> None:
    answer = await world.service().answer(world.staff, QUESTION)
    assert answer["status"] == "answered_extractive"
    assert answer["model"] == "extractive"
    assert any(notice["code"] == "no_model" for notice in answer["notices"])
    (citation,) = answer["citations"]
    assert citation["quote"] in world.search.hits[0].text
    assert citation["quote"] in answer["answer"]
    assert "제19조" in answer["answer"]
    assert "2022. 7. 12. 시행" in answer["answer"]
    begin = citation["start"] - world.search.hits[0].start
    assert world.search.hits[0].text[begin : begin + len(citation["quote"])] == citation["quote"]


async def test_a_model_answers_from_the_sources_and_is_checked(world: World) -> None:
    model = ScriptedModel(GOOD[:20], GOOD[20:])
    answer = await world.service(model).answer(world.staff, QUESTION)
    assert answer["status"] == "answered"
    assert answer["model"] == "scripted"
    assert answer["prompt"].startswith("answer@")
    assert [c["n"] for c in answer["citations"]] == [1]
    assert "6일 이상" in answer["citations"][0]["quote"]
    prompt = "".join(message["content"] for message in model.asked[0])
    assert "첫날을 산입한다" in prompt


async def test_an_invented_figure_is_marked(world: World) -> None:
    model = ScriptedModel(GOOD + " 민원의 처리기간은 45일까지 정할 수 있습니다 [1].")
    answer = await world.service(model).answer(world.staff, QUESTION)
    assert answer["status"] == "answered_partly_supported"
    (mark,) = answer["marks"]
    assert "45일" in answer["answer"][mark["start"] : mark["end"]]
    assert "(근거 확인 필요)" in answer["answer"]


async def test_an_answer_without_any_ground_gives_way_to_the_sources_own_words(world: World) -> None:
    model = ScriptedModel("화성 이주 허가는 999일이 걸립니다 [1].")
    answer = await world.service(model).answer(world.staff, QUESTION)
    assert answer["status"] == "answered_extractive"
    assert any(notice["code"] == "model_unsupported" for notice in answer["notices"])
    assert "999" not in answer["answer"]


@pytest.mark.parametrize(
    "failure",
    [ErrorCode.MODEL_UNAVAILABLE, ErrorCode.MODEL_TIMEOUT, ErrorCode.MODEL_NONSENSE, ErrorCode.MODEL_REFUSED_KEY],
)
async def test_a_failing_model_is_said_and_replaced_by_extracts(world: World, failure: ErrorCode) -> None:
    answer = await world.service(ScriptedModel(Failure(failure))).answer(world.staff, QUESTION)
    assert answer["status"] == "answered_extractive"
    assert answer["reason"] == failure.value
    assert any(notice["code"] == failure.value for notice in answer["notices"])


async def test_a_model_cut_off_in_the_middle_leaves_no_half_answer(world: World) -> None:
    model = ScriptedModel(GOOD + "\n", "그리고", Failure(ErrorCode.MODEL_CUT_OFF))
    answer = await world.service(model).answer(world.staff, QUESTION)
    assert answer["status"] == "answered_extractive"
    assert answer["reason"] == "model_cut_off"
    with world.database.read() as session:
        types = session.scalars(select(TurnEvent.type).order_by(TurnEvent.seq)).all()
    assert "retract" in types


async def test_a_model_that_may_not_see_the_grade_is_not_called(world: World) -> None:
    world.search.hits = (hit(grade="S", collection_id=world.search.hits[0].collection_id),)
    model = ScriptedModel(GOOD)
    answer = await world.service(model).answer(world.staff, QUESTION)
    assert model.asked == []
    assert answer["status"] == "answered_extractive"
    assert any(notice["code"] == "grade_local" for notice in answer["notices"])


async def test_nothing_found_is_said(world: World) -> None:
    world.search.hits = ()
    answer = await world.service().answer(world.staff, QUESTION)
    assert answer["status"] == "unanswerable_no_source"
    assert "근거를 찾지 못했습니다" in answer["answer"]


async def test_an_index_that_is_down_is_said(world: World) -> None:
    world.search.failure = Failure(ErrorCode.INDEX_UNAVAILABLE)
    answer = await world.service().answer(world.staff, QUESTION)
    assert answer["status"] == "error_index"
    assert answer["reason"] == "index_unavailable"


async def test_a_defect_ends_the_turn_and_the_service_lives_on(world: World) -> None:
    world.search.failure = ZeroDivisionError()
    service = world.service()
    assert (await service.answer(world.staff, QUESTION))["status"] == "error_internal"
    world.search.failure = None
    assert (await service.answer(world.staff, QUESTION))["status"] == "answered_extractive"


@pytest.mark.parametrize("question", ["🏛️🏛️", "???", "\u200b‌‍"])
async def test_what_cannot_be_read_is_asked_back(world: World, question: str) -> None:
    answer = await world.service().answer(world.staff, question)
    assert answer["status"] in {"clarify_question", "blocked_input"}


@pytest.mark.parametrize(
    ("question", "code"), [("  \n", ErrorCode.QUESTION_EMPTY), ("가" * 50_000, ErrorCode.QUESTION_TOO_LONG)]
)
def test_bad_questions_are_refused_before_anything_is_kept(world: World, question: str, code: ErrorCode) -> None:
    with pytest.raises(Failure) as caught:
        world.service().start(world.staff, question)
    assert caught.value.code is code
    with world.database.read() as session:
        assert session.scalars(select(TurnRow)).all() == []


async def test_personal_data_reaches_neither_model_nor_audit_nor_any_clear_column(world: World) -> None:
    model = ScriptedModel(GOOD)
    question = f"주민등록번호 {RRN}인 민원인의 처리기간은 며칠인가요?"
    answer = await world.service(model).answer(world.staff, question)
    assert RRN in answer["question"]  # its owner sees what they wrote
    assert RRN not in json.dumps(model.asked, ensure_ascii=False)
    assert all(RRN not in query for query in world.search.queries)
    with world.database.read() as session:
        for model_class in (TurnRow, TurnEvent, TurnSource, AuditEvent, PseudonymMap):
            for row in session.scalars(select(model_class)):
                kept = json.dumps({c.key: str(getattr(row, c.key)) for c in row.__table__.columns}, ensure_ascii=False)
                assert RRN not in kept, model_class


async def test_a_placeholder_in_the_answer_is_restored_for_its_owner_only(world: World) -> None:
    service = world.service()
    turn_id = service.start(world.staff, f"주민등록번호 {RRN}인 민원인의 처리기간은 며칠인가요?")
    await service.run(turn_id)
    with world.database.read() as session:
        masked = session.get_one(TurnRow, turn_id).question
        assert RRN not in masked
        assert "[주민등록번호_1]" in masked
        assert RRN in service.view(session, world.staff, turn_id)["question"]
        with pytest.raises(Failure) as caught:
            service.view(session, world.other, turn_id)
    assert caught.value.code is ErrorCode.TURN_NOT_FOUND


async def test_events_are_numbered_without_gap_and_can_be_resumed(world: World) -> None:
    service = world.service()
    turn_id = service.start(world.staff, QUESTION)
    service.launch(turn_id)
    events = [event async for event in service.events(world.staff, turn_id)]
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert events[-1].type is EventType.DONE
    assert events[-1].data["turn"]["status"] == "answered_extractive"
    names = [event.data["name"] for event in events if event.type is EventType.STEP and event.data["state"] == "done"]
    assert names == ["screen", "rewrite", "retrieve", "compose", "check"]
    middle = len(events) // 2
    elsewhere = world.service()  # another process
    rest = [event async for event in elsewhere.events(world.staff, turn_id, after=middle)]
    assert [event.seq for event in rest] == [event.seq for event in events[middle:]]


async def test_another_persons_events_do_not_exist(world: World) -> None:
    service = world.service()
    turn_id = service.start(world.staff, QUESTION)
    await service.run(turn_id)
    with pytest.raises(Failure) as caught:
        [event async for event in service.events(world.other, turn_id)]
    assert caught.value.code is ErrorCode.TURN_NOT_FOUND


async def test_stop_frees_the_model_at_once(world: World) -> None:
    hanging = asyncio.Event()

    async def hang() -> None:
        hanging.set()
        await asyncio.sleep(60)

    service = world.service(ScriptedModel("민원은 ", hang))
    turn_id = service.start(world.staff, QUESTION)
    service.launch(turn_id)
    await asyncio.wait_for(hanging.wait(), 20)
    service.stop(world.staff, turn_id)
    events = [event async for event in service.events(world.staff, turn_id)]
    assert events[-1].data["turn"]["status"] == "refused_stopped"


async def test_a_turn_whose_process_died_is_answered_by_another(world: World) -> None:
    service = world.service()
    turn_id = service.start(world.staff, QUESTION)
    with world.database.write() as session:  # as a process leaves it that was killed in the middle
        assert store.claim(session, turn_id, "dead") is not None
        stale = now() - timedelta(seconds=store.ORPHANED_AFTER_S + 1)
        session.execute(update(TurnRow).where(TurnRow.id == turn_id).values(heartbeat_at=stale))
    await service.recover()
    events = [event async for event in service.events(world.staff, turn_id)]
    await service.shutdown()
    assert events[0].type is EventType.RESTART
    assert events[-1].data["turn"]["status"] == "answered_extractive"


async def test_a_turn_that_kills_every_process_is_given_up(world: World) -> None:
    service = world.service()
    turn_id = service.start(world.staff, QUESTION)
    with world.database.write() as session:
        session.execute(update(TurnRow).where(TurnRow.id == turn_id).values(attempts=store.MOST_ATTEMPTS))
    await service.run(turn_id)
    with world.database.read() as session:
        assert service.view(session, world.staff, turn_id)["status"] == "error_interrupted"


async def test_two_processes_never_run_one_turn(world: World) -> None:
    first, second = world.service(), world.service()
    turn_id = first.start(world.staff, QUESTION)
    await asyncio.gather(first.run(turn_id), second.run(turn_id))
    assert len(world.search.queries) == 1


async def test_shutdown_hands_a_running_turn_on(world: World) -> None:
    hanging = asyncio.Event()

    async def hang() -> None:
        hanging.set()
        await asyncio.sleep(60)

    going = world.service(ScriptedModel("민원은 ", hang))
    turn_id = going.start(world.staff, QUESTION)
    going.launch(turn_id)
    await asyncio.wait_for(hanging.wait(), 20)
    await going.shutdown()
    with world.database.write() as session:
        row = session.get_one(TurnRow, turn_id)
        assert row.status == ""
        assert row.owner is None
    after = world.service()
    await after.run(turn_id)
    with world.database.read() as session:
        assert after.view(session, world.staff, turn_id)["status"] == "answered_extractive"


async def test_a_follow_up_carries_its_subject_along(world: World) -> None:
    service = world.service()
    first = await service.answer(world.staff, QUESTION)
    await service.answer(world.staff, "그럼 공휴일은요?", conversation_id=first["conversation_id"])
    assert world.search.queries[-1] == "민원 처리에 관한 법률 민원 처리기간 계산 공휴일은요?"
    with world.database.read() as session:
        conversation = service.conversation(session, world.staff, first["conversation_id"])
    assert [turn["question"] for turn in conversation["turns"]] == [QUESTION, "그럼 공휴일은요?"]


async def test_a_conversation_belongs_to_one_person(world: World) -> None:
    service = world.service()
    first = await service.answer(world.staff, QUESTION)
    for act in (
        lambda: service.start(world.other, QUESTION, conversation_id=first["conversation_id"]),
        lambda: service.delete_conversation(world.other, first["conversation_id"]),
        lambda: service.rename_conversation(world.other, first["conversation_id"], "내 것"),
        lambda: service.feedback(world.other, first["id"], 1),
        lambda: service.stop(world.other, first["id"]),
    ):
        with pytest.raises(Failure):
            act()
    with world.database.read() as session:
        assert service.conversations(session, world.other) == []


async def test_feedback_is_kept_without_personal_data(world: World) -> None:
    service = world.service()
    answer = await service.answer(world.staff, QUESTION)
    service.feedback(world.staff, answer["id"], 1)
    service.feedback(world.staff, answer["id"], -1, f"주민번호 {RRN} 건은 틀렸어요")
    with world.database.read() as session:
        assert service.view(session, world.staff, answer["id"])["feedback"] == -1
        report = verify(session)
    assert report.ok


async def test_a_deleted_conversation_is_gone_and_the_audit_holds(world: World) -> None:
    service = world.service()
    answer = await service.answer(world.staff, QUESTION)
    service.delete_conversation(world.staff, answer["conversation_id"])
    with world.database.read() as session:
        assert session.scalars(select(TurnRow)).all() == []
        assert session.scalars(select(TurnEvent)).all() == []
        assert verify(session).ok


async def test_a_collection_one_may_not_read_does_not_exist(world: World) -> None:
    with world.database.write() as session:
        ensure_collection(session, name="secret", grade="C", department="320", actor="operator")
    service = world.service()
    for name in ("secret", "nothing"):
        with pytest.raises(Failure) as caught:
            service.start(world.staff, QUESTION, collection=name)
        assert caught.value.code is ErrorCode.COLLECTION_NOT_FOUND
    assert service.start(world.other, QUESTION, collection="secret")
