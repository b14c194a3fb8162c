"""Documents over the API: only what one may read; uploads by those who may; originals as downloads; personal data."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from scripted import LAW, QUOTE
from sqlalchemy import select

from assistant.db.models import AuditEvent, VersionState
from assistant.errors import ErrorCode, Failure
from assistant.ingestion.submissions import Submission
from assistant.library.search import SearchResponse


async def test_what_staff_see_and_governance_sees(container, staff, governance) -> None:
    async def names(client, path: str, key: str) -> set[str]:
        return {item[key] for item in (await client.get(path)).json()["items"]}

    assert await names(staff, "/api/v1/collections", "name") == {"ordinances"}
    assert await names(governance, "/api/v1/collections", "name") == {"ordinances", "audit-papers"}
    assert await names(staff, "/api/v1/documents", "document_id") == {container.document_id}
    assert await names(governance, "/api/v1/documents", "document_id") == {container.document_id, container.closed_id}
    assert (await staff.get("/api/v1/documents?collection=audit-papers")).json()["code"] == "collection_not_found"


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/documents/{id}",
        "/api/v1/documents/{id}/original",
        "/documents/{id}",
        "/documents/{id}?fragment=1",
        "/documents/{id}/original",
    ],
)
async def test_a_closed_document_and_an_unknown_one_look_the_same(container, staff, governance, path: str) -> None:
    closed = await staff.get(path.format(id=container.closed_id))
    unknown = await staff.get(path.format(id="unknown"))
    assert closed.status_code == unknown.status_code == 404
    assert closed.json() == unknown.json()
    assert closed.json()["code"] == "document_not_found"
    assert (await governance.get(path.format(id=container.closed_id))).status_code == 200


async def test_a_document_comes_with_its_text_and_blocks(container, staff) -> None:
    body = (await staff.get(f"/api/v1/documents/{container.document_id}")).json()
    assert body["text"] == LAW
    assert {block["kind"] for block in body["blocks"]} == {"heading", "paragraph", "table"}
    assert body["legal"]["kind"] == "조례"


async def test_an_original_is_a_download_that_no_browser_opens_in_place(container, staff) -> None:
    answer = await staff.get(f"/api/v1/documents/{container.document_id}/original")
    assert answer.content == LAW.encode()
    assert answer.headers["content-type"] == "application/octet-stream"
    disposition = answer.headers["content-disposition"]
    assert disposition.startswith("attachment; filename*=UTF-8''%EB%B3%B4")
    assert disposition.isascii()


async def test_the_state_of_a_version(container, staff) -> None:
    body = (await staff.get(f"/api/v1/versions/{container.version_id}")).json()
    assert (body["state"], body["chunks"], body["reason_text"]) == ("ready", 5, "")
    assert (await staff.get("/api/v1/versions/unknown")).json()["code"] == "document_not_found"


async def test_an_upload_is_handed_to_ingestion(container, steward) -> None:
    container.ingestion.outcome = Submission(Path("x"), "d1", "v1", VersionState.QUEUED)
    file = ("..\\폴더/업무\u0000 편람.txt", "내용".encode(), "text/html")
    answer = await steward.post("/api/v1/documents", data={"collection": "ordinances"}, files={"file": file})
    assert answer.status_code == 202
    assert answer.headers["location"] == "/api/v1/versions/v1"
    body = answer.json()
    assert body.pop("upload_id")
    assert body == {
        "document_id": "d1",
        "version_id": "v1",
        "state": "queued",
        "reason": None,
        "duplicate": False,
    }
    taken = container.ingestion.taken[0]
    assert taken["content"] == "내용".encode()
    assert taken["principal_name"] == "steward"
    assert taken["source_key"] == f"upload:{taken['filename']}"
    assert "/" not in taken["filename"]
    assert taken["filename"].endswith("편람.txt")
    assert list((container.settings.home / "uploads").iterdir()) == [], "nothing may be left behind"


@pytest.mark.parametrize("path", ["/api/v1/documents", "/uploads"])
async def test_who_may_not_upload_is_refused(container, staff, path: str) -> None:
    fields = {"collection": "ordinances", "csrf": staff.headers["X-CSRF-Token"]}
    answer = await staff.post(path, data=fields, files={"file": ("a.txt", b"x")})
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert container.ingestion.taken == []


async def test_nobody_uploads_to_a_shelf_out_of_sight(container, steward) -> None:
    answer = await steward.post(
        "/api/v1/documents", data={"collection": "audit-papers"}, files={"file": ("a.txt", b"x")}
    )
    assert answer.json()["code"] == "collection_not_found"
    assert container.ingestion.taken == []


async def test_what_ingestion_refuses_is_told(container, steward) -> None:
    container.ingestion.outcome = Failure(ErrorCode.FILE_ENCRYPTED)
    answer = await steward.post("/api/v1/documents", data={"collection": "ordinances"}, files={"file": ("a.pdf", b"x")})
    assert (answer.status_code, answer.json()["code"]) == (422, "file_encrypted")


async def test_search_asks_as_the_person(container, staff) -> None:
    asked: list[tuple[str, str, int, str | None, date | None]] = []

    class Search:
        def search(self, principal, query, *, k, collection, as_of):
            asked.append((principal.username, query, k, collection, as_of))
            return SearchResponse((), 1.5, degraded=("dense",))

    container.search = Search()
    body = (await staff.get("/api/v1/search", params={"q": "보도 폭", "k": 3, "collection": ""})).json()
    assert body == {
        "results": [], "took_ms": 1.5, "degraded": ["dense"], "dense_top": 0.0, "lexical_top": 0.0, "asked_top": 0.0,
    }  # fmt: skip
    await staff.get("/api/v1/search", params={"q": "보도 폭", "as_of": "2024-01-01"})
    assert asked == [("staff", "보도 폭", 3, None, None), ("staff", "보도 폭", 10, None, date(2024, 1, 1))]
    for wrong in ("2024-13-01", "어제", "2024-02-30"):
        answer = await staff.get("/api/v1/search", params={"q": "보도 폭", "as_of": wrong})
        assert (answer.status_code, answer.json()["code"]) == (422, "input_invalid")
    assert (await staff.get("/api/v1/search", params={"q": "a", "k": 0})).json()["code"] == "input_invalid"


async def test_personal_data_is_found_and_hidden(staff) -> None:
    body = (await staff.post("/api/v1/redact", json={"text": "🙂 홍길동의 민원"})).json()
    assert body["text"] == "🙂 [이름]의 민원"
    assert body["entities"] == [{"type": "PERSON", "label": "이름", "start": 2, "end": 5, "score": 0.9}]


async def test_the_quote_is_where_the_source_says(container, staff) -> None:
    source = container.answers.sources[0]
    body = (await staff.get(f"/api/v1/documents/{source['document_id']}?version={source['version_id']}")).json()
    assert body["text"][source["start"] : source["end"]] == QUOTE


async def test_a_document_is_withdrawn_restored_and_deleted_by_those_who_may(container, staff, steward) -> None:
    (item,) = (await steward.get("/api/v1/documents", params={"limit": 1})).json()["items"]
    address = f"/api/v1/documents/{item['document_id']}"
    refused = await staff.post(f"{address}/withdraw")
    assert (refused.status_code, refused.json()["code"]) in {(403, "forbidden"), (404, "document_not_found")}
    for act in ("withdraw", "delete"):
        send = steward.post(f"{address}/withdraw") if act == "withdraw" else steward.delete(address)
        assert (await send).status_code == 204
        assert (await steward.get(address)).json()["code"] == "document_not_found"
        assert (await steward.post(f"{address}/restore")).status_code == 204
        assert (await steward.get(address)).status_code == 200
    assert (await steward.get(address, params={"as_of": "2024-99-01"})).json()["code"] == "input_invalid"
    assert (await steward.get(address, params={"as_of": "2024-01-01"})).status_code == 200
    with container.database.read() as session:
        actions = set(session.scalars(select(AuditEvent.action)))
    assert actions >= {"document.withdrawn", "document.restored", "document.deleted"}
