"""Letting files in: what is turned away, what is the same, batches and their transactions."""

from __future__ import annotations

import os
import unicodedata
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event, func, select

from assistant.db.models import AuditEvent, Document, DocumentVersion, Job, VersionState
from assistant.errors import ErrorCode, Failure
from assistant.governance.audit import verify

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_a_tree_is_walked_in_order_and_bad_files_do_not_stop_it(library: Any, law: Callable[..., str]) -> None:
    library.file("b/two.md", law("둘 조례"))
    library.file("a/one.md", law("하나 조례"))
    library.file("a/.hidden.md", law("숨은 조례"))
    library.file(".git/config.md", law("숨은 폴더"))
    library.file("a/empty.txt", "")
    (library.files / "a/song.gz").write_bytes(b"\x1f\x8b....")
    (library.files / "a/big.txt").write_bytes(b"a" * (library.settings.upload_max_bytes + 1))
    missing = library.files / "nowhere.md"
    seen: list[int] = []
    results = library.ingestion.submit_tree(
        [library.files, missing], collection="open", principal_name="mina", progress=seen.append
    )
    told = [(one.path.name, one.state.value, one.reason) for one in results]
    assert told == [
        ("big.txt", "failed", "file_too_large"),
        ("empty.txt", "failed", "file_empty"),
        ("one.md", "queued", None),
        ("song.gz", "failed", "file_unsupported"),
        ("two.md", "queued", None),
        ("nowhere.md", "failed", "path_not_found"),
    ]
    assert seen == [6]
    library.work()
    assert {hit.title for hit in library.find("mina", "주차장 요금")} == {"하나 조례", "둘 조례"}
    with library.database.read() as session:
        assert verify(session).ok
        assert session.scalar(select(func.count()).select_from(Document)) == 2


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", ErrorCode.FILE_EMPTY),
        (b"x" * (64 * 1024 + 1), ErrorCode.FILE_TOO_LARGE),
        (b"\x7fELF" + b"\0" * 64, ErrorCode.FILE_UNSUPPORTED),
    ],
)
def test_one_bad_file_is_refused_with_its_code(library: Any, tmp_path: Path, content: bytes, code: ErrorCode) -> None:
    path = tmp_path / "file.bin"
    path.write_bytes(content)
    with pytest.raises(Failure) as refused:
        library.ingestion.submit_file(path, collection="open", principal_name="mina")
    assert refused.value.code is code
    assert not (library.home / "blobs").exists()
    assert library.jobs() == []


def test_an_unknown_collection_takes_nothing(library: Any, law: Callable[..., str]) -> None:
    path = library.file("parking.md", law())
    for attempt in (
        lambda: library.ingestion.submit_file(path, collection="none", principal_name="mina"),
        lambda: library.ingestion.submit_tree([path], collection="none", principal_name="mina"),
    ):
        with pytest.raises(Failure) as refused:
            attempt()
        assert refused.value.code is ErrorCode.COLLECTION_NOT_FOUND
    assert library.jobs() == []


def test_an_upload_is_known_by_its_name_not_by_where_it_lay(library: Any, law: Callable[..., str]) -> None:
    decomposed = unicodedata.normalize("NFD", "주차.md")  # as macOS sends it
    first = library.ingestion.submit_file(
        library.file("tmp1", law(fee="삼천 원")),
        collection="open",
        principal_name="mina",
        source_key="upload:주차.md",
        filename=f"C:\\Users\\me\\{decomposed}",
    )
    second = library.ingestion.submit_file(
        library.file("tmp2", law(fee="오천 원")),
        collection="open",
        principal_name="mina",
        source_key="upload:주차.md",
        filename="주차.md",
    )
    assert first.document_id == second.document_id
    assert first.version_id != second.version_id
    with library.database.read() as session:
        assert session.get_one(Document, first.document_id).filename == "주차.md"


def test_many_files_take_few_transactions_and_one_job_each(library: Any) -> None:
    for number in range(60):
        library.file(f"{number:03}.txt", f"{number}번 안내문입니다.")
    commits: list[int] = []
    event.listen(library.database.engine, "commit", lambda _: commits.append(1))
    results = library.ingestion.submit_tree([library.files], collection="open", principal_name="mina")
    assert len(commits) <= 3
    assert {one.state for one in results} == {VersionState.QUEUED}
    assert len(library.jobs("ingest.version")) == 60
    again = library.ingestion.submit_tree([library.files], collection="open", principal_name="mina")
    assert [one.version_id for one in again] == [one.version_id for one in results]
    with library.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Job)) == 60
        submitted = select(func.count()).where(AuditEvent.action == "document.submitted")
        assert session.scalar(submitted) == 60


def test_twins_in_one_batch_are_one_document(library: Any, law: Callable[..., str]) -> None:
    library.file("a.md", law())
    library.file("b.md", law())
    first, second = library.ingestion.submit_tree([library.files], collection="open", principal_name="mina")
    assert second.duplicate
    assert first.document_id == second.document_id


def test_another_pipeline_makes_another_version(library: Any, law: Callable[..., str]) -> None:
    first = library.add("parking.md", law())
    second = library.service("other model").submit_file(
        library.files / "parking.md", collection="open", principal_name="mina"
    )
    assert second.document_id == first.document_id
    assert second.version_id != first.version_id
    library.work()
    assert {hit.version_id for hit in library.find("mina", "공영주차장 요금")} == {second.version_id}


def test_a_failure_in_a_transaction_leaves_no_trace(library: Any, law: Callable[..., str]) -> None:
    def broken(*_: Any, **__: Any) -> str:
        raise RuntimeError("queue")

    library.queue.add = broken
    with pytest.raises(RuntimeError, match="queue"):
        library.submit("parking.md", law())
    with library.database.read() as session:
        assert session.scalar(select(func.count()).select_from(DocumentVersion)) == 0
        submitted = select(func.count()).where(AuditEvent.action == "document.submitted")
        assert session.scalar(submitted) == 0


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_home_that_cannot_be_written(library: Any, law: Callable[..., str]) -> None:
    library.home.mkdir()
    library.home.chmod(0o500)
    with pytest.raises(Failure) as refused:
        library.submit("parking.md", law())
    assert refused.value.code is ErrorCode.HOME_NOT_WRITABLE


def test_a_home_that_is_a_file(library: Any, law: Callable[..., str]) -> None:
    library.home.write_text("not a folder")
    with pytest.raises(Failure) as refused:
        library.submit("parking.md", law())
    assert refused.value.code is ErrorCode.HOME_NOT_WRITABLE


def test_no_personal_file_name_in_the_audit(library: Any, law: Callable[..., str]) -> None:
    library.add("홍길동 민원.md", law())
    with library.database.read() as session:
        assert not any("홍길동" in data for data in session.scalars(select(AuditEvent.data)))
