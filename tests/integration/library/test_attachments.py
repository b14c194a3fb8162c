"""Files inside files: members of archives and attachments of e-mail become documents of their own."""

from __future__ import annotations

import io
import zipfile
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select

from assistant.db.models import AuditEvent, Document, DocumentVersion, Job, VersionState
from assistant.governance.audit import verify
from assistant.ingestion import attachments as module
from assistant.ingestion.attachments import children_of
from assistant.ingestion.importing import ImportTarget, TreeImport
from assistant.ingestion.sources import SourceMemory
from assistant.ports import RetryLater

if TYPE_CHECKING:
    from collections.abc import Iterator

PARKING = "# 주차장 요금 안내\n\n공영주차장의 요금은 한 시간에 삼천 원으로 한다."
LIBRARY = "# 도서관 이용 안내\n\n시립도서관은 매주 월요일에 쉰다."


def packed(**members: str | bytes) -> bytes:
    """Write an archive; ``__`` in a name stands for the dot before its ending."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name.replace("__", ".")), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def submit(library: Any, name: str, data: bytes, **more: Any) -> Any:
    path = library.files / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return library.ingestion.submit_file(path, collection="open", principal_name="mina", **more)


def add(library: Any, name: str, data: bytes, **more: Any) -> Any:
    submission = submit(library, name, data, **more)
    library.work()
    return submission


def documents(library: Any) -> dict[str, tuple[Document, DocumentVersion]]:
    """Documents that are not withdrawn by the last part of their key, each with its newest version."""
    with library.database.read() as session:
        rows = session.execute(
            select(Document, DocumentVersion)
            .join(DocumentVersion, DocumentVersion.document_id == Document.id)
            .where(Document.withdrawn_at.is_(None))
            .order_by(DocumentVersion.number)
        )
        return {row[0].source_key.removeprefix(f"{library.files}/"): (row[0], row[1]) for row in rows}


def states(library: Any) -> dict[str, str]:
    return {key: version.reason or version.state for key, (_, version) in documents(library).items()}


def test_members_become_documents_that_are_found_and_know_where_they_came_from(library: Any) -> None:
    submission = add(library, "자료.zip", packed(주차__md=PARKING, 도서관__md=LIBRARY), priority=7)

    found = documents(library)
    assert states(library) == {"자료.zip": "ready", "자료.zip!/주차.md": "ready", "자료.zip!/도서관.md": "ready"}
    document, _ = found["자료.zip!/주차.md"]
    assert document.parent_id == submission.document_id
    assert document.collection_id == found["자료.zip"][0].collection_id
    assert (document.created_by, document.filename, document.title) == ("mina", "주차.md", "주차장 요금 안내")
    assert library.find("mina", "공영주차장 요금")[0].document_id == document.id
    with library.database.read() as session:
        priorities = set(session.scalars(select(Job.priority).where(Job.kind == "ingest.version")))
        assert verify(session).ok
    assert priorities == {7}


def test_what_cannot_be_let_in_is_told_with_its_reason(library: Any) -> None:
    add(library, "a.zip", packed(글__md=PARKING, 빈__txt="", 프로그램__exe=b"MZ\0\0" * 9, 큰__txt="가" * 30_000))

    told = states(library)
    assert told["a.zip!/빈.txt"] == "file_empty"
    assert told["a.zip!/프로그램.exe"] == "file_unsupported"
    assert told["a.zip!/큰.txt"] == "file_too_large"
    assert told["a.zip!/글.md"] == "ready"
    with library.database.read() as session:
        failed = session.scalar(select(func.count()).where(AuditEvent.action == "document.failed"))
    assert failed == 3


def test_the_same_archive_again_changes_nothing(library: Any) -> None:
    data = packed(글__md=PARKING, 빈__txt="")
    add(library, "a.zip", data)
    with library.database.read() as session:
        before = session.scalar(select(func.count()).select_from(AuditEvent))
    add(library, "a.zip", data)
    with library.database.read() as session:
        assert session.scalar(select(func.count()).select_from(AuditEvent)) == before


def test_in_a_changed_archive_members_are_changed_added_and_withdrawn(library: Any) -> None:
    add(library, "a.zip", packed(주차__md=PARKING, 도서관__md=LIBRARY, 그대로__md="# 그대로\n\n변하지 않는 글이다."))
    unchanged = documents(library)["a.zip!/그대로.md"][1].id
    add(
        library,
        "a.zip",
        packed(
            주차__md=PARKING.replace("삼천", "사천"),
            새글__md="# 새글\n\n새 글이다.",
            그대로__md="# 그대로\n\n변하지 않는 글이다.",
        ),
    )

    found = documents(library)
    assert set(found) == {"a.zip", "a.zip!/주차.md", "a.zip!/새글.md", "a.zip!/그대로.md"}
    assert found["a.zip!/주차.md"][1].number == 2
    assert found["a.zip!/그대로.md"][1].id == unchanged
    assert "사천" in library.find("mina", "공영주차장 요금")[0].text
    assert not any("월요일" in hit.text for hit in library.find("mina", "시립도서관 쉬는 날"))
    add(library, "a.zip", packed(주차__md=PARKING, 도서관__md=LIBRARY, 그대로__md="# 그대로\n\n변하지 않는 글이다."))
    assert set(states(library).values()) == {"ready"}
    assert "a.zip!/도서관.md" in documents(library)
    assert "삼천" in library.find("mina", "공영주차장 요금")[0].text


def test_members_go_and_come_back_with_their_archive(library: Any) -> None:
    data = packed(주차__md=PARKING, 안__zip=packed(도서관__md=LIBRARY))
    submission = add(library, "a.zip", data)
    assert "a.zip!/안.zip!/도서관.md" in documents(library)

    library.ingestion.withdraw(submission.document_id, library.people["mina"])
    library.work()
    assert documents(library) == {}
    assert library.find("mina", "공영주차장 요금") == []

    add(library, "a.zip", data)
    assert set(states(library)) == {"a.zip", "a.zip!/주차.md", "a.zip!/안.zip", "a.zip!/안.zip!/도서관.md"}
    assert set(states(library).values()) == {"ready"}
    assert library.find("mina", "시립도서관 쉬는 날")


def test_an_upload_does_not_hide_behind_a_member_with_the_same_content(library: Any) -> None:
    add(library, "a.zip", packed(주차__md=PARKING))
    alone = add(library, "주차.md", PARKING.encode())

    assert not alone.duplicate
    assert states(library)["주차.md"] == "ready"


def test_archives_in_archives_end_at_the_limit(library: Any) -> None:
    data = packed(글__md=PARKING)
    for _ in range(4):
        data = packed(안__zip=data, 곁__md=LIBRARY)
    add(library, "a.zip", data)

    told = states(library)
    assert told["a.zip!/안.zip!/안.zip!/곁.md"] == "ready"
    assert told["a.zip!/안.zip!/안.zip!/안.zip"] == "file_nested"
    assert "a.zip!/안.zip!/안.zip!/안.zip!/글.md" not in told
    nested = documents(library)["a.zip!/안.zip!/안.zip!/안.zip"][1]
    library.ingestion.retry(nested.id, library.people["mina"])
    library.work()
    assert states(library)["a.zip!/안.zip!/안.zip!/안.zip"] == "file_nested"


def test_archives_in_archives_do_not_multiply_without_end(library: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = packed(**{f"글{number}__md": f"# 글\n\n{number}번째 글이다." for number in range(4)})
    limits = library.attachments._limits
    monkeypatch.setattr(library.attachments, "_limits", type(limits)(max_bytes=limits.max_bytes, max_zip_entries=9))
    add(library, "a.zip", packed(**{f"안{number}__zip": inner for number in range(4)}))

    told = states(library)
    assert sorted(told[f"a.zip!/안{number}.zip"] for number in range(4)).count("file_bomb") >= 2
    assert sum("글" in key for key in told) <= 9


def message(**attachments: bytes) -> bytes:
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = "주차장 요금 문의", "citizen@example.com", "mina@example.com"
    mail.set_content("안녕하세요. 주차장 요금을 문의드립니다. 붙임 자료를 보아 주십시오.")
    for name, data in attachments.items():
        mail.add_attachment(data, maintype="application", subtype="octet-stream", filename=name.replace("__", "."))
    return mail.as_bytes()


def test_what_hangs_on_a_message_becomes_documents(library: Any) -> None:
    add(library, "문의.eml", message(붙임__md=PARKING.encode(), 묶음__zip=packed(도서관__md=LIBRARY)))

    assert states(library) == {
        "문의.eml": "ready",
        "문의.eml!/붙임.md": "ready",
        "문의.eml!/묶음.zip": "ready",
        "문의.eml!/묶음.zip!/도서관.md": "ready",
    }
    assert documents(library)["문의.eml"][0].title == "주차장 요금 문의"


def test_a_message_that_lost_its_attachment_has_it_withdrawn(library: Any) -> None:
    add(library, "문의.eml", message(붙임__md=PARKING.encode()))
    add(library, "문의.eml", message())

    assert set(states(library)) == {"문의.eml"}


class PowerCut(BaseException):
    """Nothing in the product catches it, as nothing survives kill -9."""


def broken_writes(library: Any, monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    """Let the n-th write transaction from now on break before its commit."""
    original = type(library.database).write
    count = 0

    def write(self: Any, *args: Any, **more: Any) -> Any:
        nonlocal count
        count += 1
        if count == at:
            raise PowerCut
        return original(self, *args, **more)

    monkeypatch.setattr(type(library.database), "write", write)


@pytest.mark.parametrize("at", range(1, 9))
def test_cut_off_before_any_step_it_ends_complete(library: Any, monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    monkeypatch.setattr(module, "_BATCH", 2)
    monkeypatch.setattr(module._slices, "__defaults__", (2,))
    members = {f"글{number}__md": f"# 글 {number}\n\n{number}번째 글의 내용이다." for number in range(5)}
    add(library, "a.zip", packed(**members, 옛글__md="# 옛글\n\n없어질 글이다."))
    submit(library, "a.zip", packed(**members, 빈__txt="", 새글__md="# 새글\n\n새로 온 글이다."))
    with monkeypatch.context() as patch:
        broken_writes(library, patch, at)
        try:
            library.work()
        except PowerCut:
            pass
        else:
            pytest.skip("there are no more steps")
    library.work()

    told = states(library)
    assert set(told) == {"a.zip", "a.zip!/빈.txt", "a.zip!/새글.md", *(f"a.zip!/글{n}.md" for n in range(5))}
    assert told.pop("a.zip!/빈.txt") == "file_empty"
    assert set(told.values()) == {"ready"}
    with library.database.read() as session:
        assert verify(session).ok
        numbers = session.execute(
            select(Document.source_key, func.count(), func.count(DocumentVersion.number.distinct()))
            .join(DocumentVersion, DocumentVersion.document_id == Document.id)
            .group_by(Document.source_key)
        )
        assert all(versions == distinct for _, versions, distinct in numbers)


def test_an_older_version_waits_for_the_newer_one_that_is_being_worked_on(library: Any) -> None:
    old = submit(library, "a.zip", packed(주차__md=PARKING))
    new = submit(library, "a.zip", packed(주차__md=PARKING.replace("삼천", "사천")))
    jobs = {job.payload["version_id"]: job for job in library.jobs("ingest.version")}
    with library.database.write() as session:
        session.get_one(DocumentVersion, new.version_id).state = VersionState.PROCESSING.value

    with pytest.raises(RetryLater):
        library.runner.process(jobs[old.version_id].payload, _Run())
    assert set(documents(library)) == {"a.zip"}
    library.runner.process(jobs[new.version_id].payload, _Run())
    library.work()
    assert "사천" in library.find("mina", "공영주차장 요금")[0].text
    assert documents(library)["a.zip!/주차.md"][1].number == 1


class _Run:
    def stopping(self) -> bool:
        return False


def test_the_command_line_hears_of_the_members(library: Any) -> None:
    submission = add(library, "a.zip", packed(글__md=PARKING, 빈__txt="", 안__zip=packed(도서관__md=LIBRARY)))

    with library.database.read() as session:
        told = children_of(session, [submission.version_id])
        inner = children_of(session, [one.version_id for one in told if one.version_id])

    assert [(one.path, one.state, one.reason) for one in told] == [
        (Path(f"{library.files}/a.zip!/글.md"), VersionState.READY, None),
        (Path(f"{library.files}/a.zip!/빈.txt"), VersionState.FAILED, "file_empty"),
        (Path(f"{library.files}/a.zip!/안.zip"), VersionState.READY, None),
    ]
    assert [one.path.name for one in inner] == ["도서관.md"]


def test_an_import_waits_for_the_members_of_its_archives_too(library: Any) -> None:
    path = library.files / "a.zip"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(packed(글__md=PARKING, 빈__txt="", 안__zip=packed(도서관__md=LIBRARY)))
    memory = SourceMemory(library.home)
    job = TreeImport(library.ingestion, library.database, memory, ImportTarget("open", "mina", 0, 100), [path])
    while not job.step():
        library.work()
    memory.close()

    told = {one.path.name: job.state.done[one.version_id or ""].state.value for one in job.state.submissions}
    assert told == {"a.zip": "ready", "글.md": "ready", "빈.txt": "failed", "안.zip": "ready", "도서관.md": "ready"}
    assert (job.state.total, job.state.finished) == (5, 5)


@pytest.fixture(autouse=True)
def _no_leftovers(library: Any) -> Iterator[None]:
    """Whatever happens, no version stays in work and no job waits."""
    yield
    with library.database.read() as session:
        assert session.scalar(select(func.count()).where(DocumentVersion.state == VersionState.PROCESSING.value)) == 0
        assert session.scalar(select(func.count()).where(Job.state != "done")) == 0
