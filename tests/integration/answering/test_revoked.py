"""Rights taken away while an answer is written, and after: nothing of a closed source leaves any more."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select
from worlds import ScriptedModel, hit

from assistant.accounts.access import Reader, set_readers
from assistant.accounts.identity import deactivate, set_department
from assistant.answering.rights import WITHHELD
from assistant.db.models import Collection, Document, TurnRow, TurnSource, now
from assistant.library.collections import ensure_collection

if TYPE_CHECKING:
    from collections.abc import Callable

    from worlds import World

QUESTION = "민원의 처리기간을 6일 이상으로 정한 경우 어떻게 계산하나요?"
ANSWER = "민원의 처리기간을 6일 이상으로 정한 경우에는 “일” 단위로 계산하고 첫날을 산입한다. [1]"
SAYS = "첫날을 산입"


def close(world: World, name: str = "laws") -> None:
    with world.database.write() as session:
        shelf = session.scalars(select(Collection).where(Collection.name == name)).one()
        set_readers(session, shelf, [Reader("user", "staff2")], "operator")


def close_account(world: World) -> None:
    with world.database.write() as session:
        deactivate(session, "staff", actor="operator")


def leave_department(world: World) -> None:
    with world.database.write() as session:
        shelf = session.scalars(select(Collection).where(Collection.name == "laws")).one()
        set_readers(session, shelf, [Reader("department", "110")], "operator")
        set_department(session, "staff", "320", actor="operator")


def withdraw(world: World) -> None:
    with world.database.write() as session:
        shelf = session.scalars(select(Collection.id).where(Collection.name == "laws")).one()
        document = Document(id="document1", collection_id=shelf, source_key="1", filename="1.md", title="1")

        document.withdrawn_at = now()
        session.add(document)


def later(act: Callable[[World], None], world: World) -> Callable[[], Any]:
    return lambda: asyncio.to_thread(act, world)


def told(view: dict[str, Any]) -> str:
    return str({key: view[key] for key in ("answer", "sources", "citations", "marks", "notices")})


@pytest.mark.parametrize("act", [close, leave_department, withdraw], ids=lambda act: act.__name__)
async def test_rights_taken_away_while_a_model_writes(world: World, act: Callable[[World], None]) -> None:
    service = world.service(ScriptedModel(ANSWER, later(act, world)))
    view = await service.answer(world.staff, QUESTION)
    assert view["status"] == "blocked_output"
    assert SAYS not in told(view)
    assert view["sources"] == []
    assert [notice["code"] for notice in view["notices"]] == ["rights_changed"]
    events = [event async for event in service.events(world.staff, view["id"])]
    assert events[-1].data["turn"]["status"] == "blocked_output"
    assert SAYS not in str([event.data for event in events if event.type == "citations"])
    await service.shutdown()


async def test_an_account_closed_while_a_model_writes(world: World) -> None:
    service = world.service(ScriptedModel(ANSWER, later(close_account, world)))
    turn_id = await asyncio.to_thread(service.start, world.staff, QUESTION)
    await service.run(turn_id)
    with world.database.read() as session:
        row = session.get_one(TurnRow, turn_id)
        assert row.status == "blocked_output"
        assert SAYS not in row.answer
        assert session.scalars(select(TurnSource)).all() == []
    await service.shutdown()


async def test_extracts_of_what_is_still_readable_stay(world: World) -> None:
    with world.database.write() as session:
        other = ensure_collection(session, name="rules", actor="operator").id
    first = world.search.hits[0]
    text = "제5조 (처리기간)\n\n민원의 처리기간은 규칙으로 정한 날부터 세어 민원인에게 알린다.\n"
    world.search.hits = (first, hit(text, number=2, collection_id=other))
    service = world.service()
    run = service._lost
    closed: list[bool] = []

    def close_first(*args: Any) -> Any:
        if not closed:
            closed.append(True)
            close(world)
        return run(*args)

    service._lost = close_first  # type: ignore[method-assign]
    view = await service.answer(world.staff, QUESTION)
    assert closed
    assert SAYS not in told(view)
    assert {source["document_id"] for source in view["sources"]} == {"document2"}
    assert view["status"] in {"answered_extractive", "unanswerable_no_source"}
    await service.shutdown()


async def test_an_answer_given_before_is_withheld_everywhere(world: World) -> None:
    service = world.service(ScriptedModel(ANSWER))
    view = await service.answer(world.staff, QUESTION)
    assert SAYS in view["answer"]
    close(world)
    with world.database.read() as session:
        again = service.view(session, world.staff, view["id"])
        whole = service.conversation(session, world.staff, view["conversation_id"])
    for one in (again, whole["turns"][0]):
        assert one["answer"] == WITHHELD
        assert SAYS not in told(one)
        assert "민원 처리에 관한 법률" not in told(one)
        assert [(s["n"], s["document_id"], s["quote"], s["locator"]) for s in one["sources"]] == [(1, None, "", {})]
    events = [event async for event in service.events(world.staff, view["id"])]
    shown = str([event.data for event in events])
    assert SAYS not in shown
    assert "민원 처리에 관한 법률" not in shown
    assert "document1" not in shown
    await service.shutdown()


async def test_an_answer_comes_back_with_the_rights(world: World) -> None:
    service = world.service(ScriptedModel(ANSWER))
    view = await service.answer(world.staff, QUESTION)
    close(world)
    with world.database.write() as session:
        shelf = session.scalars(select(Collection).where(Collection.name == "laws")).one()
        set_readers(session, shelf, [Reader("everyone", "*")], "operator")
    with world.database.read() as session:
        assert service.view(session, world.staff, view["id"])["answer"] == view["answer"]
    await service.shutdown()


async def test_a_follow_up_is_not_answered_from_what_was_closed(world: World) -> None:
    model = ScriptedModel(ANSWER)
    service = world.service(model)
    first = await service.answer(world.staff, QUESTION)
    follow_up = {"conversation_id": first["conversation_id"]}
    await service.answer(world.staff, "민원 처리기간을 5일 이하로 정한 경우에는 무엇을 단위로 계산하나요?", **follow_up)
    assert SAYS in str(model.asked[-1]), "the model is told what was answered"
    close(world)
    with world.database.write() as session:
        other = ensure_collection(session, name="rules", actor="operator").id
    text = "민원의 처리기간을 5일 이하로 정한 경우에는 시간 단위로 계산한다."
    world.search.hits = (hit(text, number=2, collection_id=other),)
    await service.answer(world.staff, "민원 처리기간을 5일 이하로 정한 경우에는 무엇을 단위로 계산하나요?", **follow_up)
    assert SAYS not in str(model.asked[-1])
    await service.shutdown()


async def test_a_chosen_collection_that_was_closed(world: World) -> None:
    service = world.service()
    first = await service.answer(world.staff, QUESTION, collection="laws")
    close(world)
    with world.database.read() as session:
        assert service.conversation(session, world.staff, first["conversation_id"])["collection"] is None
    await service.shutdown()


async def test_nobody_is_left_to_answer(world: World) -> None:
    service = world.service()
    turn_id = await asyncio.to_thread(service.start, world.staff, QUESTION)
    close_account(world)
    await service.run(turn_id)
    with world.database.read() as session:
        row = session.get_one(TurnRow, turn_id)
        assert (row.status, row.reason) == ("error_interrupted", "user_not_found")
    await service.shutdown()
