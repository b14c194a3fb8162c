"""A watched folder and its collection: new, changed, moved, gone, and what only looks gone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select

from assistant.db.models import Document, DocumentVersion
from assistant.ingestion.sources import Signature, SourceMemory
from assistant.ingestion.watch import FolderWatch, Look, WatchTarget

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Watched:
    """A folder, a watch over it and a clock that stands still between looks unless told."""

    def __init__(self, library: Any, memory: SourceMemory, *, withdraw: bool = True) -> None:
        self.library, self.memory = library, memory
        self.at = 0.0
        self.root = library.files / "share"
        self.root.mkdir(parents=True, exist_ok=True)
        self.target = WatchTarget("open", library.people["admin"], withdraw_missing=withdraw)
        self.restart()

    def restart(self) -> None:
        self.folders = FolderWatch(
            self.library.ingestion, self.library.database, self.memory, self.target, [self.root], lambda: self.at
        )

    def write(self, name: str, text: str) -> Path:
        path: Path = self.library.file(f"share/{name}", text)
        return path

    def look(self, after: float = 10) -> Look:
        self.at += after
        return self.folders.look()

    def settle(self) -> list[Look]:
        """Look until nothing moves any more."""
        looks = []
        for _ in range(20):
            looks.append(self.look())
            self.library.work()
            if len(looks) > 2 and looks[-1].quiet and looks[-2].quiet:
                return looks
        pytest.fail("never quiet")

    def found(self, words: str) -> set[str]:
        return {hit.text for hit in self.library.find("mina", words) if words.split(maxsplit=1)[0] in hit.text}

    def documents(self) -> int:
        with self.library.database.read() as session:
            return (
                session.scalar(select(func.count()).select_from(Document).where(Document.withdrawn_at.is_(None))) or 0
            )


@pytest.fixture
def memory(library: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[SourceMemory]:
    monkeypatch.setattr(Signature, "is_old_enough", property(lambda _: True))  # the clock of the test is not the disk's
    memory = SourceMemory(library.home)
    yield memory
    memory.close()


@pytest.fixture
def share(library: Any, memory: SourceMemory) -> Watched:
    watched = Watched(library, memory)
    watched.write("a.txt", "주차 요금은 삼천 원입니다.")
    watched.write("sub/b.txt", "수영장 요금은 오천 원입니다.")
    watched.settle()
    return watched


def test_new_files_are_taken_in_once_they_keep_still(library: Any, memory: SourceMemory) -> None:
    share = Watched(library, memory)
    path = share.write("a.txt", "주차 요금은 삼천")
    share.write(".hidden.txt", "숨은 글")
    assert (share.look().unsettled, library.jobs()) == (1, [])
    path.write_text("주차 요금은 삼천 원입니다.", encoding="utf-8")  # it is still being written
    assert (share.look().unsettled, library.jobs()) == (1, [])
    assert (share.look(after=1).unsettled, library.jobs()) == (1, [])
    report = share.look()
    assert (report.files, report.new, report.unsettled) == (1, 1, 0)
    library.work()
    assert share.found("주차 요금") == {"주차 요금은 삼천 원입니다."}
    assert share.look().quiet


def test_a_changed_file_is_the_next_version(share: Watched) -> None:
    share.write("a.txt", "주차 요금은 구천 원입니다.")
    looks = share.settle()
    assert sum(look.changed for look in looks) == 1
    assert share.found("주차 요금") == {"주차 요금은 구천 원입니다."}
    assert share.documents() == 2


def test_nothing_is_read_again_after_a_restart(share: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(share.library.blobs, "put", lambda _: pytest.fail("read again"))
    share.restart()
    assert all(look.quiet for look in share.settle())


def test_a_file_that_is_gone_is_withdrawn_after_two_looks(share: Watched) -> None:
    (share.root / "a.txt").unlink()
    first, second = share.look(), share.look()
    assert (first.gone, first.withdrawn, second.withdrawn) == (1, 0, 1)
    share.library.work()
    assert share.found("주차 요금") == set()
    assert share.look().quiet
    share.write("a.txt", "주차 요금은 삼천 원입니다.")
    share.settle()
    assert share.found("주차 요금") == {"주차 요금은 삼천 원입니다."}


def test_without_the_switch_nothing_is_withdrawn(library: Any, memory: SourceMemory) -> None:
    share = Watched(library, memory, withdraw=False)
    share.write("a.txt", "주차 요금은 삼천 원입니다.")
    share.write("b.txt", "수영장 요금은 오천 원입니다.")
    share.settle()
    (share.root / "a.txt").unlink()
    share.settle()
    assert share.documents() == 2


def test_a_share_that_is_not_mounted_takes_nothing_with_it(share: Watched) -> None:
    aside = share.root.with_name("aside")
    share.root.rename(aside)
    for _ in range(3):
        assert share.look().absent == [str(share.root)]
    share.root.mkdir()  # the empty mount point
    for _ in range(3):
        assert share.look().withdrawn == 0
    share.root.rmdir()
    aside.rename(share.root)
    share.settle()
    assert share.documents() == 2


def test_a_moved_file_stays_the_same_document(share: Watched) -> None:
    with share.library.database.read() as session:
        before = set(session.scalars(select(Document.id)))
    (share.root / "a.txt").rename(share.root / "sub/moved.txt")
    looks = share.settle()
    assert sum(look.withdrawn for look in looks) == 0
    assert share.found("주차 요금") == {"주차 요금은 삼천 원입니다."}
    share.write("sub/moved.txt", "주차 요금은 구천 원입니다.")
    share.settle()
    assert share.found("주차 요금") == {"주차 요금은 구천 원입니다."}
    with share.library.database.read() as session:
        assert set(session.scalars(select(Document.id))) == before
    (share.root / "sub/moved.txt").unlink()
    share.settle()
    assert share.found("주차 요금") == set()


def test_the_old_name_may_come_back_as_another_document(share: Watched) -> None:
    (share.root / "a.txt").rename(share.root / "moved.txt")
    share.settle()
    share.write("a.txt", "버스 요금은 천 원입니다.")
    share.settle()
    assert share.found("주차 요금") == {"주차 요금은 삼천 원입니다."}
    assert share.found("버스 요금") == {"버스 요금은 천 원입니다."}


def test_of_two_copies_the_document_goes_with_the_last(share: Watched) -> None:
    share.write("copy.txt", "주차 요금은 삼천 원입니다.")
    share.settle()
    (share.root / "a.txt").unlink()
    share.settle()
    assert share.found("주차 요금") == {"주차 요금은 삼천 원입니다."}
    (share.root / "copy.txt").unlink()
    share.settle()
    assert share.found("주차 요금") == set()


def test_what_a_person_uploaded_is_not_withdrawn_with_a_copy(library: Any, memory: SourceMemory) -> None:
    library.ingestion.submit_file(
        library.file("up", "주차 요금은 삼천 원입니다."),
        collection="open",
        principal_name="mina",
        source_key="upload:a.txt",
        filename="a.txt",
    )
    share = Watched(library, memory)
    share.write("a.txt", "주차 요금은 삼천 원입니다.")
    share.write("b.txt", "수영장 요금은 오천 원입니다.")
    share.settle()
    (share.root / "a.txt").unlink()
    share.settle()
    assert share.found("주차 요금") == {"주차 요금은 삼천 원입니다."}


def test_what_a_steward_withdrew_stays_withdrawn_until_the_file_changes(share: Watched) -> None:
    with share.library.database.read() as session:
        name = str(share.root / "a.txt")
        document = session.scalars(select(Document.id).where(Document.source_key == name)).one()
    share.library.ingestion.withdraw(document, share.library.people["admin"])
    share.restart()
    share.settle()
    assert share.found("주차 요금") == set()
    share.write("a.txt", "주차 요금은 구천 원입니다.")
    share.settle()
    assert share.found("주차 요금") == {"주차 요금은 구천 원입니다."}


def test_a_file_that_cannot_be_read_is_told_once(library: Any, memory: SourceMemory) -> None:
    share = Watched(library, memory)
    share.write("a.txt", "주차 요금은 삼천 원입니다.")
    (share.root / "program.exe").write_bytes(b"\x7fELF" + b"\0" * 64)
    looks = share.settle()
    assert sum(look.refused for look in looks) == 1


def test_no_more_wait_than_allowed(library: Any, memory: SourceMemory) -> None:
    share = Watched(library, memory)
    share.target = WatchTarget("open", library.people["admin"], backlog=50)
    share.restart()
    for number in range(120):
        share.write(f"{number}.txt", f"{number}번 안내문입니다.")
    share.look()
    report = share.look()
    assert (report.new, report.waiting) == (50, 70)
    assert {job.priority for job in library.jobs("ingest.version")} == {-10}
    assert share.look().new == 0, "none of the fifty is done"
    share.settle()
    with library.database.read() as session:
        assert session.scalar(select(func.count()).select_from(DocumentVersion)) == 120
