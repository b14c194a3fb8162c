"""What a person handed in: a line for each file, seen by that person only."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from assistant.db.models import Document, DocumentVersion, IngestProgress, Upload, VersionState, now
from assistant.errors import ErrorCode, Failure
from assistant.ingestion.submissions import Submission
from assistant.ingestion.uploads import sweep

LINE = "0123456789abcdef0123456789abcdef"


def _taken(container, state: VersionState = VersionState.QUEUED, *, duplicate: bool = False) -> None:
    """Let the next file become the version of the law that is there."""
    container.ingestion.outcome = Submission(
        Path("x"), container.document_id, container.version_id, state, duplicate=duplicate
    )
    with container.database.write() as session:
        session.execute(
            update(DocumentVersion).where(DocumentVersion.id == container.version_id).values(state=state.value)
        )


async def _send(client, name: str = "편람.txt", **fields: str):
    data = {"collection": "ordinances", **fields}
    return await client.post("/api/v1/documents", data=data, files={"file": (name, "내용".encode())})


async def _lines(client) -> list[dict]:
    return (await client.get("/api/v1/uploads")).json()["items"]


async def test_a_file_has_a_line_that_follows_its_version(container, steward) -> None:
    _taken(container)
    assert (await _send(steward, line=LINE)).json()["upload_id"] == LINE
    (line,) = await _lines(steward)
    assert (line["id"], line["filename"], line["state"], line["stage"]) == (LINE, "편람.txt", "queued", None)
    with container.database.write() as session:
        values = {"version_id": container.version_id, "stage": "embed", "done": 12, "total": 40, "updated_at": now()}
        session.execute(insert(IngestProgress).values(values))
    (line,) = await _lines(steward)
    assert (line["stage"], line["done"], line["total"]) == ("embed", 12, 40)
    _taken(container, VersionState.READY)
    body = (await steward.get("/api/v1/uploads")).json()
    assert (body["items"][0]["state"], body["items"][0]["chunks"]) == ("ready", 5)
    assert body["counts"] == {"total": 1, "open": 0, "failed": 0}


async def test_a_file_that_is_turned_away_has_its_line_and_reason(container, steward) -> None:
    container.ingestion.outcome = Failure(ErrorCode.FILE_PASSWORD)
    assert (await _send(steward, line=LINE)).status_code == 422
    (line,) = await _lines(steward)
    assert (line["id"], line["state"], line["version_id"], line["reason"]) == (LINE, "failed", None, "file_password")
    assert "암호" in line["reason_text"]
    _taken(container, VersionState.READY, duplicate=True)  # the same line, sent once more
    assert (await _send(steward, line=LINE)).status_code == 202
    (line,) = await _lines(steward)
    assert (line["state"], line["reason"], line["duplicate"]) == ("ready", None, True)


async def test_nobody_sees_or_writes_over_the_lines_of_others(container, steward, connect) -> None:
    from visiting import sign_in  # noqa: PLC0415 - found once conftest has set the path

    _taken(container, VersionState.READY)
    await _send(steward, line=LINE)
    async with connect() as client:
        admin = await sign_in(client, "admin")
        assert await _lines(admin) == []
        assert (await _send(admin, "남의 것.txt", line=LINE)).json()["upload_id"] != LINE
        assert [line["filename"] for line in await _lines(admin)] == ["남의 것.txt"]
        await admin.delete("/api/v1/uploads")
        assert await _lines(admin) == []
    assert [line["filename"] for line in await _lines(steward)] == ["편람.txt"]


async def test_lines_of_shelves_that_are_closed_by_now_and_of_withdrawn_documents_are_left_out(
    container, steward
) -> None:
    _taken(container, VersionState.READY)
    await _send(steward)
    with container.database.write() as session:
        session.execute(update(Document).where(Document.id == container.document_id).values(withdrawn_at=now()))
    assert (await steward.get("/api/v1/uploads")).json() == {
        "items": [],
        "counts": {"total": 0, "open": 0, "failed": 0},
    }
    with container.database.write() as session:
        session.execute(update(Document).where(Document.id == container.document_id).values(withdrawn_at=None))
        closed = session.get_one(Document, container.closed_id).collection_id
        session.execute(update(Upload).values(collection_id=closed))
    assert await _lines(steward) == []


async def test_clearing_keeps_what_is_not_done(container, steward) -> None:
    container.ingestion.outcome = Failure(ErrorCode.FILE_EMPTY)
    await _send(steward, "빈 파일.txt")
    _taken(container)
    await _send(steward, "편람.txt")
    assert (await steward.delete("/api/v1/uploads")).json() == {"cleared": 1}
    assert [line["filename"] for line in await _lines(steward)] == ["편람.txt"]


async def test_lines_go_after_some_days(container, steward) -> None:
    _taken(container, VersionState.READY)
    await _send(steward, "오래된 것.txt")
    with container.database.write() as session:
        session.execute(update(Upload).values(created_at=now() - timedelta(days=8)))
    await _send(steward, "새것.txt")
    assert [line["filename"] for line in await _lines(steward)] == ["새것.txt"]
    with container.database.write() as session:
        assert sweep(session) == 1
        assert session.scalars(select(Upload.filename)).all() == ["새것.txt"]


async def test_a_heap_of_files_gives_way_to_single_ones(container, steward) -> None:
    _taken(container)
    for number in range(21):
        await _send(steward, f"{number}.txt")
    given = [int(taken["priority"]) for taken in container.ingestion.taken]
    assert given == [10] * 20 + [5]


@pytest.mark.parametrize(
    ("folder", "key"),
    [
        ("", "upload:편람.txt"),
        ("인사/2026", "upload:인사/2026/편람.txt"),
        ("..\\../인사/./", "upload:인사/편람.txt"),
        ("/etc", "upload:etc/편람.txt"),
    ],
)
async def test_a_file_of_a_folder_is_known_by_its_place_in_it(container, steward, folder: str, key: str) -> None:
    _taken(container)
    await _send(steward, folder=folder)
    assert container.ingestion.taken[0]["source_key"] == key


async def test_a_line_id_is_an_id(container, steward) -> None:
    _taken(container)
    answer = await _send(steward, line="../../etc")
    assert (answer.status_code, answer.json()["code"]) == (422, "input_invalid")
    assert container.ingestion.taken == []


async def test_without_scripts_many_files_go_in_one_form(container, steward, staff) -> None:
    _taken(container, VersionState.READY)
    fields = {"collection": "ordinances", "csrf": steward.headers["X-CSRF-Token"]}
    files = [("file", (f"{number}.txt", b"x")) for number in range(3)]
    answer = await steward.post("/uploads", data=fields, files=files)
    assert (answer.status_code, answer.headers["location"]) == (303, "/uploads")
    page = (await steward.get("/uploads")).text
    assert all(f">{number}.txt</a>" in page for number in range(3))
    container.ingestion.outcome = Failure(ErrorCode.FILE_DRM)
    assert (await steward.post("/uploads", data=fields, files=files[:1])).status_code == 303
    assert "문서 보안" in (await steward.get("/uploads")).text
    container.ingestion.outcome = Failure(ErrorCode.DISK_FULL)
    assert (await steward.post("/uploads", data=fields, files=files)).status_code == 507
    assert (await steward.post("/uploads/clear", data=fields)).status_code == 303
    assert await _lines(steward) == []
    assert (await staff.get("/uploads")).status_code == 403


async def test_retrying_asks_ingestion_as_the_person(container, steward, staff) -> None:
    asked: list[tuple[str, str]] = []

    def retry(version_id, principal):
        asked.append((version_id, principal.username))
        return VersionState.QUEUED

    container.ingestion.retry = retry
    answer = await steward.post("/api/v1/versions/v7/retry")
    assert (answer.status_code, answer.json()) == (202, {"version_id": "v7", "state": "queued"})
    assert (await staff.post("/api/v1/versions/v7/retry")).json()["code"] == "forbidden"
    assert asked == [("v7", "steward")]
