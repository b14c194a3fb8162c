"""The pool against children that misbehave in every way a parser can.

The hostile children are the real ones with one thing changed: the loader they find. Confinement, limits and the
protocol are what the product runs.
"""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from retrieval.errors import LoadError, LoadReason
from retrieval.loaders import Limits, load, sandbox
from retrieval.loaders.limits import MIB
from retrieval.loaders.sandbox import ParserPool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

HOSTILE = """
import sys; sys.path.insert(0, sys.argv[1])
import os, signal, socket, subprocess, time
from retrieval.loaders import _child, registry
real = registry.loader_for
class Hostile:
    def load(self, path, *, filename):
        act = filename.partition(".")[0]
        if act == "spin":
            while True: pass
        if act == "sleep": time.sleep(60)
        if act == "hoard": return [bytes(16 << 20) for _ in range(4096)]
        if act == "die": os.kill(os.getpid(), signal.SIGSEGV)
        if act == "killed": os.kill(os.getpid(), signal.SIGKILL)
        if act == "leave": os._exit(0)
        if act == "raise": raise KeyError("a parser's own bug")
        if act == "deep": return self.load(path, filename=filename)
        if act == "print": print("noise"); os.write(1, b"noise"); os.write(2, b"noise")
        if act == "connect": socket.create_connection(("127.0.0.1", 9))
        if act == "program": subprocess.run(["/bin/true"])
        if act == "write": open(str(path) + ".escaped", "w").write("x")
        if act == "environment": raise ValueError(sorted(os.environ))
        return real("text/markdown").load(path, filename=filename)
registry.loader_for = lambda media_type, limits: Hostile()
sys.exit(_child.main())
"""


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "규정.md"
    path.write_text("# 규정\n\n##### 제1조 (목적)\n\n이 규정은 시험을 위한 것이다.\n", encoding="utf-8")
    return path


@pytest.fixture
def hostile(monkeypatch: pytest.MonkeyPatch) -> Iterator[ParserPool]:
    monkeypatch.setattr(sandbox, "_PROGRAM", HOSTILE)
    limits = Limits(cpu_seconds=1, wall_seconds=20, memory_bytes=512 * MIB)
    with ParserPool(limits, size=1) as pool:
        yield pool


def reason(parse: Callable[[], object]) -> LoadReason:
    with pytest.raises(LoadError) as caught:
        parse()
    return caught.value.reason


def test_a_child_reads_what_the_process_would(document: Path) -> None:
    with ParserPool(size=1) as pool:
        assert pool.parse(document) == load(document)
        assert pool.parse(document, "다른 이름.md").title == "규정"


@pytest.mark.parametrize(
    ("act", "expected"),
    [
        ("spin", LoadReason.TIMEOUT),
        ("hoard", LoadReason.MEMORY),
        ("die", LoadReason.CRASHED),
        ("killed", LoadReason.MEMORY),
        ("leave", LoadReason.CRASHED),
        ("raise", LoadReason.DAMAGED),
        ("deep", LoadReason.TOO_COMPLEX),
        ("connect", LoadReason.DAMAGED),
        ("program", LoadReason.DAMAGED),
        ("write", LoadReason.DAMAGED),
    ],
)
def test_every_bad_end_has_its_reason_and_the_pool_goes_on(
    hostile: ParserPool, document: Path, act: str, expected: LoadReason
) -> None:
    assert reason(lambda: hostile.parse(document, f"{act}.md")) is expected
    assert hostile.parse(document, "규정.md").title == "규정"
    assert list(document.parent.iterdir()) == [document]


def test_the_wall_clock_ends_what_uses_no_processor_time(document: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "_PROGRAM", HOSTILE)
    with ParserPool(Limits(wall_seconds=1.5), size=1) as pool:
        assert reason(lambda: pool.parse(document, "sleep.md")) is LoadReason.TIMEOUT


def test_what_a_library_prints_does_not_break_the_protocol(hostile: ParserPool, document: Path) -> None:
    assert hostile.parse(document, "print.md").title == "규정"


def test_the_child_sees_nothing_of_our_environment(
    hostile: ParserPool, document: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSISTANT_SECRET", "made up")
    with pytest.raises(LoadError) as caught:
        hostile.parse(document, "environment.md")
    assert "SECRET" not in caught.value.detail
    assert "LANG" in caught.value.detail


def test_children_are_kept_and_replaced_after_their_share(document: Path) -> None:
    with ParserPool(size=1, recycle_after=2) as pool:
        seen = []
        for _ in range(4):
            pool.parse(document)
            seen.append([child._process.pid for child in pool._idle])
    assert [len(idle) for idle in seen] == [1, 0, 1, 0]
    assert seen[0] != seen[2]


def test_a_child_that_dies_between_files_is_replaced(document: Path) -> None:
    with ParserPool(size=1) as pool:
        pool.parse(document)
        child = pool._idle[0]._process
        child.kill()
        child.wait()
        assert pool.parse(document).title == "규정"


def test_a_child_that_dies_before_it_takes_a_file_is_not_the_file_s_fault(
    document: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ParserPool(size=1) as pool:
        pool.parse(document)
        child = pool._idle[0]._process
        child.kill()
        child.wait()
        # As if the child had died right after the pool looked at it.
        monkeypatch.setattr(sandbox._Child, "alive", property(lambda _: True))
        assert pool.parse(document).title == "규정"


def test_threads_share_the_pool(document: Path, tmp_path: Path) -> None:
    paths = []
    for number in range(12):
        path = tmp_path / f"{number}.md"
        path.write_text(f"# 문서 {number}\n\n본문", encoding="utf-8")
        paths.append(path)
    with ParserPool(size=2) as pool, ThreadPoolExecutor(6) as threads:
        titles = list(threads.map(lambda path: pool.parse(path).title, paths))
        assert len(pool._idle) <= 2
    assert titles == [f"문서 {number}" for number in range(12)]


def test_a_child_outlives_the_thread_that_started_it(document: Path) -> None:
    with ParserPool(size=1) as pool:
        thread = threading.Thread(target=pool.parse, args=(document,))
        thread.start()
        thread.join()
        pids = [child._process.pid for child in pool._idle]
        pool.parse(document)
        assert [child._process.pid for child in pool._idle] == pids


def test_closing_ends_children_and_running_work(document: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "_PROGRAM", HOSTILE)
    pool = ParserPool(size=1)
    ends: list[LoadReason] = []
    worker = threading.Thread(target=lambda: ends.append(reason(lambda: pool.parse(document, "sleep.md"))))
    worker.start()
    while not pool._busy:
        worker.join(0.01)
    child = next(iter(pool._busy))._process

    pool.close()
    pool.close()
    worker.join(20)

    assert ends == [LoadReason.CRASHED]
    assert child.returncode is not None
    with pytest.raises(RuntimeError):
        pool.parse(document)


def test_no_child_is_spent_on_what_needs_none(tmp_path: Path) -> None:
    (tmp_path / "empty.md").write_bytes(b"")
    (tmp_path / "large.md").write_bytes(b"x" * 2000)
    os.mkfifo(tmp_path / "pipe.md")
    with ParserPool(Limits(max_bytes=1000)) as pool:
        assert reason(lambda: pool.parse(tmp_path / "empty.md")) is LoadReason.EMPTY
        assert reason(lambda: pool.parse(tmp_path / "large.md")) is LoadReason.TOO_LARGE
        assert reason(lambda: pool.parse(tmp_path)) is LoadReason.UNSUPPORTED
        assert reason(lambda: pool.parse(tmp_path / "pipe.md")) is LoadReason.UNSUPPORTED
        assert reason(lambda: pool.parse(tmp_path / "gone.md")) is LoadReason.DAMAGED
        assert pool._idle == []


@pytest.mark.parametrize("options", [{"size": 0}, {"recycle_after": 0}])
def test_a_pool_of_nothing_is_a_mistake(options: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        ParserPool(**options)  # type: ignore[arg-type]
