"""Troubles beside the file itself: what is no file, what changes while it is read, a child that is stopped or lies."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hostile_kinds import BODY

from retrieval.errors import LoadError, LoadReason
from retrieval.loaders import Limits, _snapshot, sandbox
from retrieval.loaders.limits import MIB
from retrieval.loaders.sandbox import ParserPool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# A child like the real one, but for what it does with some files.
CHILD = """
import sys; sys.path.insert(0, sys.argv[1])
import os, signal, struct, time
from retrieval.loaders import _child, registry
real = registry.loader_for
class Odd:
    def load(self, path, *, filename):
        act = filename.partition(".")[0]
        if act == "stop": os.kill(os.getpid(), signal.SIGSTOP)
        if act == "abort": os.abort()
        if act == "hungry":
            hoard = [bytearray(16 << 20) for _ in range(20)]
            time.sleep(1.2); os.abort()  # the parent looks at its memory twice a second
        if act == "slow":
            until = time.process_time() + 1.5
            while time.process_time() < until: pass
        return real("text/markdown", _child.Limits()).load(path, filename=filename)
registry.loader_for = lambda media_type, limits: Odd()
send = _child._send
ODD = {
    "garbage": b"garbage that is no length and no JSON" * 9,
    "huge": struct.pack(">I", 0xFFFFFFFF) + b"x",
    "nonsense": struct.pack(">I", 9) + b"{{{{{{{{{",
    "nested": struct.pack(">I", 200000) + b"[" * 200000,
    "wrong": struct.pack(">I", 15) + b'{"document":{}}',
    "half": struct.pack(">I", 1000) + b"{",
    "liar": None,
    "drip": None,
}
def odd(replies, reply):
    act = NAME.partition(".")[0]
    if act == "liar":
        head = reply.head.replace(b'"attachments": []', b'"attachments": [["a", 99999999999]]')
        replies.write(struct.pack(">I", len(head)) + head); time.sleep(60)
    if act == "drip":
        replies.write(struct.pack(">I", 1000))
        for _ in range(1000): replies.write(b"\\0"); time.sleep(0.2)
    if act not in ODD: return send(replies, reply)
    replies.write(ODD[act])
    if act == "half": os._exit(0)
_child._send = odd
NAME = ""
answer = _child._answer
def remember(request, descriptor, limits):
    global NAME
    NAME = request["filename"]
    return answer(request, descriptor, limits)
_child._answer = remember
sys.exit(_child.main())
"""


@pytest.fixture
def odd_pool(monkeypatch: pytest.MonkeyPatch) -> Iterator[ParserPool]:
    monkeypatch.setattr(sandbox, "_PROGRAM", CHILD)
    with ParserPool(Limits(wall_seconds=2.0, cpu_seconds=12, memory_bytes=900 * MIB, ocr=False), size=1) as pool:
        yield pool


def reason(parse: Callable[[], object]) -> LoadReason:
    with pytest.raises(LoadError) as caught:
        parse()
    return caught.value.reason


@pytest.mark.parametrize(
    ("act", "expected"),
    [
        ("stop", LoadReason.TIMEOUT),
        ("abort", LoadReason.CRASHED),
        ("hungry", LoadReason.MEMORY),
        ("garbage", LoadReason.TOO_COMPLEX),  # read as a length, it is far too much
        ("huge", LoadReason.TOO_COMPLEX),
        ("nonsense", LoadReason.CRASHED),
        ("nested", LoadReason.CRASHED),
        ("wrong", LoadReason.CRASHED),
        ("half", LoadReason.CRASHED),
        ("liar", LoadReason.TOO_COMPLEX),
        ("drip", LoadReason.TIMEOUT),
    ],
)
def test_a_child_that_stops_or_lies_costs_its_file_only(
    odd_pool: ParserPool, good_file: Path, act: str, expected: LoadReason
) -> None:
    before = _open_files()

    assert reason(lambda: odd_pool.parse(good_file, f"{act}.md")) is expected

    assert odd_pool._idle == []
    assert odd_pool._busy == set()
    assert _open_files() == before
    assert BODY in odd_pool.parse(good_file).text


def test_a_child_killed_in_the_middle_costs_its_file_only(odd_pool: ParserPool, good_file: Path) -> None:
    ends: list[LoadReason] = []
    work = threading.Thread(target=lambda: ends.append(reason(lambda: odd_pool.parse(good_file, "slow.md"))))
    work.start()
    while not (busy := list(odd_pool._busy)) or busy[0].files == 0:
        work.join(0.01)
    os.kill(busy[0]._process.pid, signal.SIGKILL)
    work.join(30)

    assert ends == [LoadReason.MEMORY]  # the kernel's way to take memory back; nobody else kills a parser
    assert BODY in odd_pool.parse(good_file).text


def test_work_that_goes_on_is_not_ended_by_the_clock_on_the_wall(
    monkeypatch: pytest.MonkeyPatch, good_file: Path
) -> None:
    monkeypatch.setattr(sandbox, "_PROGRAM", CHILD)
    with ParserPool(Limits(wall_seconds=1.0), size=1) as pool:
        assert BODY in pool.parse(good_file, "slow.md").text


def test_what_is_no_file_is_said(pool: ParserPool, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.md")
    (tmp_path / "nowhere.md").symlink_to(tmp_path / "gone.md")
    (tmp_path / "self.md").symlink_to(tmp_path / "self.md")
    assert reason(lambda: pool.parse(tmp_path / "pipe.md")) is LoadReason.UNSUPPORTED
    assert reason(lambda: pool.parse(tmp_path)) is LoadReason.UNSUPPORTED
    assert reason(lambda: pool.parse(Path("/dev/zero"))) is LoadReason.UNSUPPORTED
    assert reason(lambda: pool.parse(Path("/dev/tty"))) in {LoadReason.UNSUPPORTED, LoadReason.DAMAGED}
    assert reason(lambda: pool.parse(tmp_path / "gone.md")) is LoadReason.DAMAGED
    assert reason(lambda: pool.parse(tmp_path / "nowhere.md")) is LoadReason.DAMAGED
    assert reason(lambda: pool.parse(tmp_path / "self.md")) is LoadReason.DAMAGED


def test_a_file_is_read_as_it_was_when_its_turn_came(
    pool: ParserPool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "조례.md"
    path.write_text(f"# 처음\n\n{BODY}\n", encoding="utf-8")
    take = _snapshot.take

    def take_and_change(source: int, limits: Limits) -> int:
        memory = take(source, limits)
        with path.open("a", encoding="utf-8") as file:
            file.write("나중에 덧붙인 글")
        path.unlink()
        return memory

    monkeypatch.setattr(_snapshot, "take", take_and_change)
    document = pool.parse(path)
    assert document.title == "처음"
    assert "나중에" not in document.text


def test_a_file_that_grows_beyond_the_limit_or_shrinks_to_nothing_is_said(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    limits = Limits(max_bytes=3 * MIB)
    path.write_bytes(b"a" * 100)
    descriptor = _snapshot.open_checked(path, limits)
    with path.open("ab") as file:
        file.write(b"a" * (4 * MIB))
    assert reason(lambda: _snapshot.take(descriptor, limits)) is LoadReason.TOO_LARGE
    os.lseek(descriptor, 0, os.SEEK_SET)
    path.write_bytes(b"")
    assert reason(lambda: _snapshot.take(descriptor, limits)) is LoadReason.EMPTY
    os.close(descriptor)


def test_a_snapshot_cannot_be_changed(tmp_path: Path) -> None:
    if not _snapshot.available():
        pytest.skip("no memory files here")
    path = tmp_path / "a.md"
    path.write_bytes(b"abc")
    descriptor = _snapshot.open_checked(path, Limits())
    memory = _snapshot.take(descriptor, Limits())
    with pytest.raises(PermissionError):
        os.pwrite(memory, b"x", 0)
    with pytest.raises(PermissionError):
        os.ftruncate(memory, 0)
    assert os.pread(memory, 9, 0) == b"abc"
    os.close(memory)
    os.close(descriptor)


def test_where_there_are_no_memory_files_the_path_is_enough(good_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_snapshot, "available", lambda: False)
    with ParserPool(size=1) as pool:
        assert BODY in pool.parse(good_file).text


def test_a_parser_that_cannot_start_is_not_the_file_s_fault(good_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "_PROGRAM", "raise SystemExit(1)")
    with ParserPool(size=1) as pool, pytest.raises(OSError, match="did not start"):
        pool.parse(good_file)


def _open_files() -> int:
    return len(os.listdir("/proc/self/fd")) if _snapshot.available() else 0  # noqa: PTH208 - as many as there are
