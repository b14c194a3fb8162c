"""Sharing a conversation and taking answers out as files, over the pages and the API."""

from __future__ import annotations

import io
import json
from urllib.parse import unquote

import docx
import pytest
from sqlalchemy import select

from assistant.db.models import AuditEvent
from retrieval.loaders.registry import load


async def _answered(client, question: str = "보도 폭은?") -> dict[str, str]:
    asked = (await client.post("/api/v1/turns", json={"question": question})).json()
    async with client.stream("GET", asked["events_url"]) as events:
        await events.aread()
    return asked


async def test_sharing_by_form_and_reading(staff, steward) -> None:
    asked = await _answered(staff)
    talk, csrf = asked["conversation_id"], {"csrf": staff.headers["X-CSRF-Token"]}
    assert (await steward.get(f"/shared/{talk}")).status_code == 404
    assert "부서에 공유" in (await staff.get(f"/c/{talk}")).text
    assert (await staff.post(f"/c/{talk}/share", data=csrf)).headers["location"] == f"/c/{talk}"
    assert "정책기획과에 공유 중" in (await staff.get(f"/c/{talk}")).text
    assert f"/shared/{talk}" in (await steward.get("/")).text
    shown = (await steward.get(f"/shared/{talk}")).text
    assert "보도 폭은?" in shown
    for forbidden in ("고쳐 묻기", "다시 묻기", 'name="rating"', 'id="question"'):
        assert forbidden not in shown
    assert (await steward.post(f"/c/{talk}/unshare", data={"csrf": steward.headers["X-CSRF-Token"]})).status_code == 404
    await staff.post(f"/c/{talk}/unshare", data=csrf)
    assert (await steward.get(f"/shared/{talk}")).status_code == 404


async def test_sharing_over_the_api(staff, steward) -> None:
    talk = (await _answered(staff))["conversation_id"]
    assert (await staff.put(f"/api/v1/conversations/{talk}/share")).json()["department_name"] == "정책기획과"
    assert [one["id"] for one in (await steward.get("/api/v1/shared")).json()["items"]] == [talk]
    assert (await steward.get(f"/api/v1/shared/{talk}")).json()["turns"][0]["question"] == "보도 폭은?"
    assert (await staff.delete(f"/api/v1/conversations/{talk}/share")).status_code == 204
    assert (await steward.get(f"/api/v1/shared/{talk}")).json()["code"] == "conversation_not_found"


@pytest.mark.parametrize("form", ["hwpx", "docx", "md"])
async def test_an_answer_as_a_file(container, staff, tmp_path, form: str) -> None:
    asked = await _answered(staff)
    answer = await staff.get(f"/api/v1/turns/{asked['id']}/export", params={"format": form})
    assert answer.status_code == 200
    name = unquote(answer.headers["content-disposition"].split("''")[1])
    assert name == f"보도 폭은.{form}"
    path = tmp_path / f"answer.{form}"
    path.write_bytes(answer.content)
    text = load(path).text.replace("\\", "")
    view = (await staff.get(f"/api/v1/turns/{asked['id']}")).json()
    for part in (
        "보도 폭은?",
        "AI가 문서에서 골라 옮긴 답변입니다. 근거를 확인하세요.",  # no model wrote it
        "[1] 가온시 보행안전 조례 제3조(시장의 책무)",
        "시행 2026. 1. 1.",
        *(source["quote"] for source in view["citations"]),
    ):
        assert part in text
    with container.database.read() as session:
        (event,) = session.scalars(select(AuditEvent).where(AuditEvent.action == "conversation.exported"))
        assert (event.actor, event.subject) == ("staff", f"turn:{asked['id']}")
        assert json.loads(event.data) == {"format": form, "answers": 1}


async def test_a_conversation_as_a_file_and_the_mark_of_generated_text(staff) -> None:
    asked = await _answered(staff)
    talk = asked["conversation_id"]
    more = (await staff.post("/api/v1/turns", json={"question": "점검은?", "conversation_id": talk})).json()
    async with staff.stream("GET", more["events_url"]) as events:
        await events.aread()
    answer = await staff.get(f"/api/v1/conversations/{talk}/export?format=docx")
    read = docx.Document(io.BytesIO(answer.content))
    headings = [one.text for one in read.paragraphs if one.style.name == "Heading 1"]
    assert headings == ["질문 1", "질문 2"]
    markdown = (await staff.get(f"/api/v1/conversations/{talk}/export?format=md")).text
    assert f"AiGenerated: {json.dumps('true')}" in markdown


async def test_files_of_others_and_of_no_kind(staff, steward) -> None:
    asked = await _answered(staff)
    for path in (
        f"turns/{asked['id']}",
        f"conversations/{asked['conversation_id']}",
        f"shared/{asked['conversation_id']}",
    ):
        assert (await steward.get(f"/api/v1/{path}/export?format=md")).status_code == 404
    assert (await staff.get(f"/api/v1/turns/{asked['id']}/export?format=pdf")).status_code == 422
