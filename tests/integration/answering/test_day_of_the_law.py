"""A question about the law of another day: it reaches search and prompt, is told to the reader and kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import select
from worlds import ScriptedModel, World

from assistant.db.models import TurnRow
from assistant.library.legal import LegalState, korean_today

QUESTION = "민원 처리기간은 어떻게 계산하나요?"
GOOD = "민원의 처리기간을 6일 이상으로 정한 경우에는 일 단위로 계산하고 첫날을 산입합니다 [1]."
DAY = date(2023, 5, 1)


def watched(world: World) -> list[Any]:
    """Note the day of every search."""
    days: list[Any] = []
    search = world.search.search

    def noting(*arguments: Any, **where: Any) -> Any:
        days.append(where["as_of"])
        return search(*arguments, **where)

    world.search.search = noting  # type: ignore[method-assign]
    return days


async def test_the_day_goes_all_the_way(world: World) -> None:
    days = watched(world)
    model = ScriptedModel(GOOD)
    answer = await world.service(model).answer(world.staff, QUESTION, as_of=DAY)
    assert days == [DAY]
    assert "오늘 날짜: 2023-05-01" in "".join(message["content"] for message in model.asked[0])
    assert [one["text"] for one in answer["notices"] if one["code"] == "as_of"] == [
        "2023-05-01 기준 법령으로 답했습니다."
    ]
    assert answer["as_of"] == "2023-05-01"
    with world.database.read() as session:
        assert session.scalars(select(TurnRow.as_of)).one() == DAY


async def test_today_is_nothing_to_tell(world: World) -> None:
    days = watched(world)
    service = world.service(ScriptedModel(GOOD))
    plain = await service.answer(world.staff, QUESTION)
    named = await service.answer(world.staff, QUESTION, as_of=korean_today())
    assert days == [None, korean_today()]
    assert plain["as_of"] is None
    assert not [one for one in (*plain["notices"], *named["notices"]) if one["code"] == "as_of"]


async def test_a_repealed_law_among_the_sources_is_told(world: World) -> None:
    world.search.hits = (replace(world.search.hits[0], legal_state=LegalState.REPEALED),)
    answer = await world.service(ScriptedModel(GOOD)).answer(world.staff, QUESTION)
    assert "repealed" in {one["code"] for one in answer["notices"]}
    assert answer["citations"][0]["legal_state"] == "repealed"
