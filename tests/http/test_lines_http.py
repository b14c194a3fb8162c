"""Editing a question and asking it again, over the API and without scripts."""

from __future__ import annotations

import re


async def _asked(staff, question: str = "보도 폭은?", **how: object) -> dict[str, str]:
    answer = await staff.post("/api/v1/turns", json={"question": question, **how})
    assert answer.status_code == 201
    return answer.json()


async def test_an_edited_question_is_a_link_away_from_the_first(staff) -> None:
    first = await _asked(staff)
    talk = first["conversation_id"]
    again = await _asked(staff, "보도 폭은 몇 미터?", conversation_id=talk, instead_of=first["id"])
    async with staff.stream("GET", again["events_url"]) as events:
        await events.aread()
    view = (await staff.get(f"/api/v1/turns/{again['id']}")).json()
    assert view["beside"] == [first["id"], again["id"]]
    shown = (await staff.get(f"/c/{talk}")).text
    assert "보도 폭은 몇 미터?" in shown
    assert f"/c/{talk}?turn={first['id']}#turn-{first['id']}" in shown
    older = (await staff.get(f"/c/{talk}?turn={first['id']}")).text
    assert f'id="turn-{first["id"]}"' in older
    assert f'id="turn-{again["id"]}"' not in older


async def test_a_follow_up_goes_to_the_line_that_is_shown(staff) -> None:
    first = await _asked(staff)
    talk = first["conversation_id"]
    await _asked(staff, "다른 물음", conversation_id=talk, instead_of=first["id"])
    older = (await staff.get(f"/c/{talk}?turn={first['id']}")).text
    assert re.search(r'name="after" value="(\w+)"', older)[1] == first["id"]
    token = re.search(r'name="csrf" value="([^"]+)"', older)[1]
    form = {"question": "이어서", "conversation_id": talk, "after": first["id"], "csrf": token}
    answer = await staff.post("/ask", data=form)
    assert answer.status_code == 303
    shown = (await staff.get(answer.headers["location"].split("#")[0])).text
    assert f'id="turn-{first["id"]}"' in shown
    assert "다른 물음" not in shown


async def test_a_line_through_another_persons_turn_does_not_exist(staff, steward) -> None:
    first, theirs = await _asked(staff), await _asked(steward)
    answer = await staff.get(f"/c/{first['conversation_id']}?turn={theirs['id']}")
    assert answer.status_code == 404
