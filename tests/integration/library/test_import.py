"""Taking in a folder of thousands: slices, going on after an interruption, not reading what is known."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select, update

from assistant.db.models import Document, DocumentVersion, Job
from assistant.errors import ErrorCode, Failure
from assistant.ingestion.importing import ImportTarget, TreeImport
from assistant.ingestion.intake import walk
from assistant.ingestion.sources import Remembered, Signature, SourceMemory, signature

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LONG_AGO = time.time() - 3600


@pytest.fixture
def memory(library: Any) -> Iterator[SourceMemory]:
    memory = SourceMemory(library.home)
    yield memory
    memory.close()


@pytest.fixture
def reads(library: Any, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that were copied and hashed."""
    names: list[str] = []
    put = library.blobs.put

    def noting(source: Path) -> tuple[str, int]:
        names.append(source.name)
        result: tuple[str, int] = put(source)
        return result

    monkeypatch.setattr(library.blobs, "put", noting)
    return names


@pytest.fixture
def folder(library: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A hundred and twenty notices, of which nobody could say that they were written this moment."""
    for number in range(120):
        library.file(f"{number // 50}/{number:03}.txt", f"{number}번 안내문입니다. 사용료는 {number * 7}원입니다.")
    monkeypatch.setattr(Signature, "is_old_enough", property(lambda _: True))
    return library.files


def _import(library: Any, memory: SourceMemory, backlog: int = 1000, priority: int = -10) -> TreeImport:
    target = ImportTarget("open", "mina", priority, backlog)
    return TreeImport(library.ingestion, library.database, memory, target, list(walk([library.files])))


def _to_the_end(library: Any, job: TreeImport) -> None:
    for _ in range(100):
        if job.step():
            return
        library.work()
    pytest.fail("no end")


def _count(library: Any, what: Any) -> int:
    with library.database.read() as session:
        return int(session.scalar(select(func.count()).select_from(what)))


def test_no_more_wait_than_allowed_and_all_are_done_in_the_end(
    library: Any, memory: SourceMemory, folder: Path
) -> None:
    job = _import(library, memory, backlog=30)
    most = 0
    while not job.step():
        waiting = len(library.jobs("ingest.version"))
        most = max(most, waiting)
        assert {one.priority for one in library.jobs("ingest.version")} <= {-10}
        library.work()
    assert 0 < most <= 79, "a slice is begun while fewer than 30 wait, and has 50"
    assert [line.path for line in job.state.submissions] == list(walk([folder]))
    assert {one.state.value for one in job.state.done.values()} == {"ready"}
    assert _count(library, Document) == 120


def test_run_again_nothing_is_read_and_nothing_is_made(
    library: Any, memory: SourceMemory, folder: Path, reads: list[str]
) -> None:
    first = _import(library, memory)
    _to_the_end(library, first)
    assert len(reads) == 120
    reads.clear()
    again = _import(library, memory)
    assert again.step()
    assert reads == []
    assert again.state.skipped == 120
    assert [one.version_id for one in again.state.submissions] == [one.version_id for one in first.state.submissions]
    assert _count(library, Job) == _count(library, DocumentVersion) == 120


def test_cut_off_in_the_middle_it_goes_on(library: Any, memory: SourceMemory, folder: Path, reads: list[str]) -> None:
    _import(library, memory, backlog=50).step()  # and then it was killed, with fifty in the queue
    assert len(reads) == 50
    _to_the_end(library, _import(library, memory))
    assert len(reads) == 120
    assert _count(library, Document) == _count(library, DocumentVersion) == _count(library, Job) == 120


def test_without_its_memory_it_reads_all_and_makes_nothing(
    library: Any, memory: SourceMemory, folder: Path, reads: list[str]
) -> None:
    _to_the_end(library, _import(library, memory))
    memory.close()
    (library.home / "cache/sources.db").write_bytes(b"not a database, but long enough to look at" * 100)
    again = _import(library, memory)
    assert again.step()
    assert (len(reads), again.state.skipped) == (240, 0)
    assert _count(library, DocumentVersion) == 120


def test_what_changed_is_read(library: Any, memory: SourceMemory, folder: Path, reads: list[str]) -> None:
    _to_the_end(library, _import(library, memory))
    reads.clear()
    same_size = library.file("0/003.txt", "3번 안내문입니다. 사용료는 99원입니다.")
    os.utime(same_size, (LONG_AGO, LONG_AGO))
    replaced = library.file("new", "7번 안내문입니다. 사용료는 77원입니다.")
    replaced.replace(folder / "0/007.txt")
    again = _import(library, memory)
    _to_the_end(library, again)
    assert sorted(reads) == ["003.txt", "007.txt"]
    assert {hit.text for hit in library.find("mina", "3번 안내문 사용료 99원", k=1)} == {
        "3번 안내문입니다. 사용료는 99원입니다."
    }
    assert _count(library, DocumentVersion) == 122


def test_what_is_withdrawn_or_failed_or_read_otherwise_is_taken_in_again(
    library: Any, memory: SourceMemory, folder: Path, reads: list[str]
) -> None:
    first = _import(library, memory)
    _to_the_end(library, first)
    withdrawn, failed = first.state.submissions[0], first.state.submissions[1]
    library.ingestion.withdraw(withdrawn.document_id, library.people["admin"])
    with library.database.write() as session:
        session.execute(
            update(DocumentVersion).where(DocumentVersion.id == failed.version_id).values(state="failed", reason="x")
        )
    reads.clear()
    _to_the_end(library, _import(library, memory))
    assert sorted(reads) == [withdrawn.path.name, failed.path.name]
    reads.clear()
    library.ingestion = library.service("another model")
    _import(library, memory).step()
    assert len(reads) == 120


def test_a_full_disk_stops_the_import_and_the_next_run_goes_on(
    library: Any, memory: SourceMemory, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = _import(library, memory, backlog=50)
    job.step()
    library.work()

    def full(_source: Path) -> tuple[str, int]:
        raise Failure(ErrorCode.DISK_FULL)

    with monkeypatch.context() as broken:
        broken.setattr(library.blobs, "put", full)
        assert job.step()
    assert job.state.stopped is ErrorCode.DISK_FULL
    assert len(job.state.submissions) == 120, "every file has its line"
    assert [one.reason for one in job.state.submissions[50:]] == ["disk_full"] * 70
    _to_the_end(library, _import(library, memory))
    assert _count(library, Document) == 120


def test_a_file_written_this_moment_is_not_remembered(library: Any, memory: SourceMemory) -> None:
    path = library.file("young.txt", "방금 쓴 글")
    now = signature(path)
    assert now is not None
    memory.remember("open", [Remembered(str(path), now, "r", "v", "d", str(path))])
    assert memory.recall("open", [str(path)]) == {}
    old = Signature(now.size, int(LONG_AGO * 1e9), int(LONG_AGO * 1e9), now.inode)
    item = Remembered(str(path), old, "r", "v", "d", str(path))
    memory.remember("open", [item])
    assert memory.recall("open", [str(path)]) == {str(path): item}
    assert memory.recall("other", [str(path)]) == {}
    assert item.same(old, "r")
    assert not item.same(old, "r2")
    assert not item.same(now, "r")
    memory.remember("open", [Remembered(str(path), now, "r", "v", "d", str(path))])
    assert memory.recall("open", [str(path)]) == {}, "what was known of it is void"


def test_what_lies_under_a_folder(memory: SourceMemory, tmp_path: Path) -> None:
    old = Signature(1, 1, 1, 1)
    names = [tmp_path / "a/x", tmp_path / "a/b/y", tmp_path / "ab/z", tmp_path / "a0"]
    memory.remember("open", [Remembered(str(name), old, "r", "v", "d", str(name)) for name in names])
    assert [item.path for item in memory.under("open", tmp_path / "a")] == [str(names[1]), str(names[0])]
    memory.forget("open", [str(names[0])])
    assert [item.path for item in memory.under("open", tmp_path / "a")] == [str(names[1])]
