"""Files in conversations over API and forms; the services behind are tested with the library."""

from __future__ import annotations

from visiting import sign_in, token

from assistant.errors import ErrorCode, Failure

PLAN = {"file": ("단속 계획.md", b"# plan", "text/markdown")}


async def test_anybody_attaches_to_ones_own_conversation_only(staff, connect) -> None:
    made = await staff.post("/api/v1/conversations/files", files=PLAN)
    assert made.status_code == 202, made.text
    talk = made.json()["conversation_id"]
    path = f"/api/v1/conversations/{talk}/files"
    assert made.headers["location"] == path
    second = await staff.post(path, files=PLAN)
    assert (second.status_code, second.json()["file"]["name"]) == (202, "단속 계획.md")
    items = (await staff.get(path)).json()["items"]
    assert [(item["name"], item["state"]) for item in items] == [("단속 계획.md", "queued")] * 2
    async with connect() as other:
        await sign_in(other, "admin")
        for answer in (
            await other.get(path),
            await other.post(path, files=PLAN),
            await other.delete(f"{path}/{items[0]['document_id']}"),
        ):
            assert (answer.status_code, answer.json()["code"]) == (404, "conversation_not_found")
    assert (await staff.delete(f"{path}/{items[0]['document_id']}")).status_code == 204
    assert (await staff.delete(f"{path}/{items[0]['document_id']}")).json()["code"] == "document_not_found"
    assert len((await staff.get(path)).json()["items"]) == 1


async def test_a_refusal_says_why(container, staff) -> None:
    container.files.refusal = Failure(ErrorCode.CONVERSATION_FILES_FULL, detail="20")
    answer = await staff.post("/api/v1/conversations/files", files=PLAN)
    assert (answer.status_code, answer.json()["code"]) == (409, "conversation_files_full")


async def test_files_may_be_large_and_questions_may_not(container, staff) -> None:
    large = {"file": ("큰 글.md", b"x" * (2 * 1024 * 1024), "text/markdown")}
    assert (await staff.post("/api/v1/conversations/files", files=large)).status_code == 202
    beyond = {"file": ("더 큰 글.md", b"x" * (container.settings.upload_max_bytes + 128 * 1024), "text/markdown")}
    assert (await staff.post("/api/v1/conversations/files", files=beyond)).status_code == 413
    assert (await staff.post("/api/v1/turns", content=b"x" * (2 * 1024 * 1024))).status_code == 413


async def test_the_forms_do_the_same(container, staff) -> None:
    csrf = token((await staff.get("/")).text)
    opened = await staff.post("/c/files", data={"csrf": csrf}, files=PLAN)
    assert opened.status_code == 303
    talk = opened.headers["location"].removeprefix("/c/")
    await staff.post(f"/c/{talk}/files", data={"csrf": csrf}, files=PLAN)
    first, _ = container.files.attached[talk]
    page = (await staff.get(f"/c/{talk}")).text
    assert page.count('aria-label="단속 계획.md 빼기"') == 2
    await staff.post(f"/c/{talk}/files/{first.document_id}/remove", data={"csrf": csrf})
    assert len(container.files.attached[talk]) == 1
    assert (await staff.post("/c/files", data={"csrf": "0" * 64}, files=PLAN)).json()["code"] == "csrf_failed"


async def test_the_day_of_the_law_goes_with_the_question(container, staff) -> None:
    csrf = token((await staff.get("/")).text)
    await staff.post("/ask", data={"csrf": csrf, "question": "몇 년마다 세우나요?", "as_of": "2024-01-01"})
    (turn,) = container.answers.turns.values()
    assert turn.view["as_of"] == "2024-01-01"
    refused = await staff.post("/ask", data={"csrf": csrf, "question": "몇 년마다?", "as_of": "어제"})
    assert refused.json()["code"] == "input_invalid"
