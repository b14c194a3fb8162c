"""Asking over the API: start, follow, lose the line, go on, stop, rate; and nobody sees another's turns."""

from __future__ import annotations

import asyncio
import json

import pytest
from visiting import sign_in

from assistant.answering.events import Event, EventType
from assistant.http import sse


async def _ask(client, question: str = "점검은 몇 번 하나요?", **more: str) -> dict[str, str]:
    answer = await client.post("/api/v1/turns", json={"question": question, **more})
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == f"/api/v1/turns/{answer.json()['id']}"
    return answer.json()


def _events(text: str) -> list[tuple[int, str, dict[str, object]]]:
    found = []
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line and not line.startswith(":"))
        if "event" in fields:
            found.append((int(fields["id"]), fields["event"], json.loads(fields["data"])))
    return found


async def test_a_question_and_all_its_events(staff) -> None:
    asked = await _ask(staff)
    answer = await staff.get(asked["events_url"])
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert "no-cache" in answer.headers["cache-control"]
    events = _events(answer.text)
    assert [seq for seq, _, _ in events] == list(range(1, len(events) + 1))
    assert [kind for _, kind, _ in events] == ["step", "sources", "step", "delta", "delta", "citations", "done"]
    view = (await staff.get(f"/api/v1/turns/{asked['id']}")).json()
    assert events[-1][2]["turn"] == view
    assert "".join(data["text"] for _, kind, data in events if kind == "delta") == view["answer"]


async def test_a_reader_goes_on_after_the_last_event_seen(staff) -> None:
    asked = await _ask(staff)
    everything = _events((await staff.get(asked["events_url"])).text)
    rest = _events((await staff.get(asked["events_url"], headers={"Last-Event-ID": "4"})).text)
    assert rest == everything[4:]
    assert _events((await staff.get(asked["events_url"], params={"after": 4})).text) == rest
    broken = _events((await staff.get(asked["events_url"], headers={"Last-Event-ID": "x; drop"})).text)
    assert broken == everything


async def test_the_answer_goes_on_without_a_reader(container, staff) -> None:
    asked = await _ask(staff)
    await asyncio.gather(*container.answers.tasks)
    assert (await staff.get(f"/api/v1/turns/{asked['id']}")).json()["status"] == "answered"


async def test_a_turn_can_be_stopped(container, staff) -> None:
    container.answers.pace = 0.01
    asked = await _ask(staff)
    assert (await staff.post(f"/api/v1/turns/{asked['id']}/stop")).status_code == 204
    done = _events((await staff.get(asked["events_url"])).text)[-1]
    assert done[2]["turn"]["status"] == "refused_stopped"


async def test_an_opinion_is_kept(container, staff) -> None:
    asked = await _ask(staff)
    body = {"rating": -1, "comment": "조문이 다릅니다"}
    assert (await staff.post(f"/api/v1/turns/{asked['id']}/feedback", json=body)).status_code == 204
    assert container.answers.life == ["feedback -1 조문이 다릅니다"]
    for wrong in (0, 2, "1", None):
        answer = await staff.post(f"/api/v1/turns/{asked['id']}/feedback", json={"rating": wrong})
        assert answer.status_code == 422, wrong


async def test_a_second_question_joins_the_conversation(staff) -> None:
    first = await _ask(staff)
    second = await _ask(staff, "그러면 공개는요?", conversation_id=first["conversation_id"])
    assert second["conversation_id"] == first["conversation_id"]
    found = (await staff.get(f"/api/v1/conversations/{first['conversation_id']}")).json()
    assert [turn["id"] for turn in found["turns"]] == [first["id"], second["id"]]


async def test_conversations_are_listed_renamed_and_deleted(staff) -> None:
    asked = await _ask(staff)
    path = f"/api/v1/conversations/{asked['conversation_id']}"
    assert (await staff.patch(path, json={"title": "보도 점검"})).status_code == 204
    assert [one["title"] for one in (await staff.get("/api/v1/conversations")).json()["items"]] == ["보도 점검"]
    assert (await staff.delete(path)).status_code == 204
    assert (await staff.get(path)).json()["code"] == "conversation_not_found"


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "/api/v1/turns/{id}", "turn_not_found"),
        ("GET", "/api/v1/turns/{id}/events", "turn_not_found"),
        ("POST", "/api/v1/turns/{id}/stop", "turn_not_found"),
        ("POST", "/api/v1/turns/{id}/feedback", "turn_not_found"),
        ("GET", "/turns/{id}", "turn_not_found"),
        ("GET", "/api/v1/conversations/{conversation_id}", "conversation_not_found"),
        ("PATCH", "/api/v1/conversations/{conversation_id}", "conversation_not_found"),
        ("DELETE", "/api/v1/conversations/{conversation_id}", "conversation_not_found"),
        ("GET", "/c/{conversation_id}", "conversation_not_found"),
    ],
)
async def test_anothers_questions_do_not_exist(connect, staff, method: str, path: str, code: str) -> None:
    asked = await _ask(staff)
    async with connect() as other:
        await sign_in(other, "admin")
        body = {"json": {"rating": 1, "title": "x"}} if method in {"POST", "PATCH"} else {}
        answer = await other.request(method, path.format(**asked), **body)
        assert (answer.status_code, answer.json()["code"]) == (404, code)
        assert (await other.get("/api/v1/conversations")).json()["items"] == []


async def test_silence_is_filled_with_comments_and_the_source_is_closed() -> None:
    closed = asyncio.Event()
    go = asyncio.Event()

    async def source():
        try:
            await go.wait()
            yield Event(1, EventType.DELTA, {"text": "한 줄\n두 줄"})
            await asyncio.Event().wait()
        finally:
            closed.set()

    lines = sse.stream(source(), heartbeat_s=0.01)
    assert await anext(lines) == b"retry: 2000\n\n"
    assert await anext(lines) == b": .\n\n"
    go.set()
    first = await anext(lines)
    while first.startswith(b":"):
        first = await anext(lines)
    assert first.decode() == 'id: 1\nevent: delta\ndata: {"text": "한 줄\\n두 줄"}\n\n'
    await lines.aclose()
    assert closed.is_set()


async def test_the_app_takes_up_orphans_and_lets_go_at_the_end(app, container) -> None:
    async with app.router.lifespan_context(app):
        assert container.answers.life == ["recover"]
    assert container.answers.life == ["recover", "shutdown"]
