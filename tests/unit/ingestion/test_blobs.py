from __future__ import annotations

import hashlib
import shutil
import threading
from typing import TYPE_CHECKING

import pytest

from assistant.errors import ErrorCode, Failure
from assistant.ingestion.blobs import FileBlobStore

if TYPE_CHECKING:
    from pathlib import Path


def files(home: Path) -> list[Path]:
    return [path for path in (home / "blobs").rglob("*") if path.is_file()]


def test_content_lies_under_its_hash_once(tmp_path: Path) -> None:
    store = FileBlobStore(tmp_path / "home")
    source = tmp_path / "a.txt"
    source.write_bytes("가나다".encode())
    sha256, size = store.put(source)
    assert (sha256, size) == (hashlib.sha256("가나다".encode()).hexdigest(), 9)
    assert store.path(sha256).read_bytes() == "가나다".encode()
    before = store.path(sha256).stat().st_ino
    assert store.put(source) == (sha256, size)
    assert store.path(sha256).stat().st_ino == before
    assert len(files(tmp_path / "home")) == 1


def test_a_cut_off_copy_is_replaced(tmp_path: Path) -> None:
    store = FileBlobStore(tmp_path)
    source = tmp_path / "a.txt"
    source.write_bytes(b"whole")
    sha256, _ = store.put(source)
    store.path(sha256).write_bytes(b"wh")
    store.put(source)
    assert store.path(sha256).read_bytes() == b"whole"


def test_nothing_is_left_behind_when_the_disk_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    source = tmp_path / "a.txt"
    source.write_bytes(b"text")
    with pytest.raises(Failure) as refused:
        FileBlobStore(tmp_path).put(source)
    assert refused.value.code is ErrorCode.DISK_FULL
    assert files(tmp_path) == []


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "a" * 64, "A" * 64])
def test_what_is_not_there(tmp_path: Path, name: str) -> None:
    with pytest.raises(Failure) as refused:
        FileBlobStore(tmp_path).path(name)
    assert refused.value.code is ErrorCode.FILE_MISSING


def test_a_source_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Failure) as refused:
        FileBlobStore(tmp_path).put(tmp_path / "none")
    assert refused.value.code is ErrorCode.PATH_NOT_FOUND


def test_many_at_once(tmp_path: Path) -> None:
    store = FileBlobStore(tmp_path)
    source = tmp_path / "a.txt"
    source.write_bytes(b"x" * 100_000)
    results: list[tuple[str, int]] = []
    threads = [threading.Thread(target=lambda: results.append(store.put(source))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(results)) == 1
    assert len(results) == 8
    assert len(files(tmp_path)) == 1


def test_a_reserve_of_the_disk_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "a.txt"
    source.write_bytes(b"x" * 1000)
    free = shutil.disk_usage(tmp_path)._replace(free=5000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: free)
    with pytest.raises(Failure) as refused:
        FileBlobStore(tmp_path / "home", reserve=4001).put(source)
    assert refused.value.code is ErrorCode.DISK_FULL
    assert files(tmp_path / "home") == []
    sha256, size = FileBlobStore(tmp_path / "home", reserve=4000).put(source)
    assert FileBlobStore(tmp_path / "home").holds(sha256, size)
    assert not FileBlobStore(tmp_path / "home").holds(sha256, size + 1)
    assert not FileBlobStore(tmp_path / "home").holds("../a.txt", size)
