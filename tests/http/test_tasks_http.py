"""Putting a document to work over the API and the viewer's forms; tables as files."""

from __future__ import annotations

import io

import openpyxl
import pytest

from assistant.answering.tasks.spec import TaskKind


async def test_a_task_is_taken_and_answered_like_a_question(container, staff) -> None:
    body = {"kind": "summary", "document_id": container.document_id}
    asked = await staff.post("/api/v1/tasks", json=body)
    assert asked.status_code == 201
    async with staff.stream("GET", asked.json()["events_url"]) as events:
        await events.aread()
    view = (await staff.get(asked.headers["location"])).json()
    assert view["status"] == "answered"
    (wanted,) = container.answers.desk.taken
    assert (wanted.kind, wanted.document_id) == (TaskKind.SUMMARY, container.document_id)
    assert (await staff.post("/api/v1/tasks", json={**body, "kind": "sing"})).status_code == 422


async def test_the_viewer_offers_what_can_be_done_and_the_form_leads_to_the_conversation(container, staff) -> None:
    page = (await staff.get(f"/documents/{container.document_id}")).text
    for label in ("요약하기", "의무와 기한 뽑기", "표 뽑기", "이 문서에만 묻기"):
        assert label in page
    assert "앞 판과 달라진 점" not in page  # there is one version only
    form = {"csrf": staff.headers["X-CSRF-Token"], "kind": "ask", "question": "보도 폭은?"}
    answer = await staff.post(f"/documents/{container.document_id}/tasks", data=form)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/c/")
    assert container.answers.desk.taken[0].kind is TaskKind.ASK


async def test_tables_as_a_workbook_as_csv_and_as_json(container, staff) -> None:
    path = f"/api/v1/documents/{container.document_id}/tables"
    book = openpyxl.load_workbook(io.BytesIO((await staff.get(path)).content))
    rows = [["구분", "기준", "비고"], ["보도 폭", "2미터 이상", "부득이한 경우 1.5미터"]]
    assert [[cell.value for cell in row] for row in book.active.rows] == rows
    csv = (await staff.get(path, params={"format": "csv"})).content.decode("utf-8-sig")
    assert csv.splitlines()[1] == "보도 폭,2미터 이상,부득이한 경우 1.5미터"
    told = (await staff.get(path, params={"format": "json"})).json()
    assert told["items"][0]["rows"] == rows


@pytest.mark.parametrize("query", ["format=pdf", "table=0"])
async def test_tables_of_no_kind(container, staff, query: str) -> None:
    assert (await staff.get(f"/api/v1/documents/{container.document_id}/tables?{query}")).status_code == 422


async def test_tables_that_are_not_there_or_not_to_be_read(container, staff) -> None:
    path = f"/api/v1/documents/{container.document_id}/tables"
    assert (await staff.get(f"{path}?format=csv&table=9")).status_code == 404
    assert (await staff.get(f"/api/v1/documents/{container.closed_id}/tables")).status_code == 404
