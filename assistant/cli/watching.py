"""``assistant watch``: keep folders and a collection in step."""

from __future__ import annotations

import hashlib
import os
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli import output

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assistant.ingestion.watch import FolderWatch, Look
    from assistant.processes.basics import FileLock
    from assistant.wiring import Container


def watch(
    *,
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="지켜볼 폴더")],
    collection: Annotated[str, typer.Option("--collection", metavar="NAME", help="문서 모음 이름")] = "documents",
    interval: Annotated[float, typer.Option("--interval", min=1, metavar="S", help="살펴보는 간격(초)")] = 30,
    withdraw_missing: Annotated[bool, typer.Option("--withdraw-missing", help="사라진 파일의 문서를 내립니다")] = False,
    once: Annotated[bool, typer.Option("--once", help="폴더와 같아지면 끝냅니다")] = False,
) -> None:
    """폴더를 지켜보며 새 파일과 바뀐 파일을 문서 모음에 넣습니다."""
    if missing := [path for path in paths if not path.expanduser().is_dir()]:
        raise typer.BadParameter(f"폴더가 아닙니다: {missing[0]}", param_hint="PATH")
    container = output.open_container()
    locks: list[FileLock] = []
    try:
        locks.extend(_locks(container.home, paths, collection))
        principal = output.acting(container, None)
        from assistant.ingestion.sources import SourceMemory
        from assistant.ingestion.watch import FolderWatch, WatchTarget
        from assistant.library.collections import ensure_collection

        with container.database.write() as session:
            ensure_collection(session, name=collection, actor=principal.username)
        target = WatchTarget(collection, principal, withdraw_missing, container.settings.ingest_backlog)
        memory = SourceMemory(container.home)
        try:
            _go_round(
                container,
                FolderWatch(container.ingestion, container.database, memory, target, paths),
                interval,
                once=once,
            )
        finally:
            memory.close()
    finally:
        for lock in locks:
            lock.close()
        container.close()


def _locks(home: Path, paths: list[Path], collection: str) -> Iterator[FileLock]:
    """Hold each folder for this process; the kernel lets go however it ends.

    Raises:
        Failure: ``watch_running``.
    """
    from assistant.errors import ErrorCode, Failure
    from assistant.processes.basics import FileLock

    for path in paths:
        name = hashlib.sha256(f"{collection}\n{os.path.realpath(path.expanduser())}".encode()).hexdigest()[:16]
        lock = FileLock(home / "run" / f"watch-{name}.lock")
        if not lock.try_exclusive():
            lock.close()
            raise Failure(ErrorCode.WATCH_RUNNING, detail=str(path))
        yield lock


def _go_round(container: Container, folders: FolderWatch, interval: float, *, once: bool) -> None:
    """Look again and again until told to stop; what fails for now is tried again."""
    from assistant.cli.ingesting import Helper
    from assistant.errors import ErrorCode, Failure
    from assistant.ingestion.watch import SETTLE_S
    from assistant.messages import explain

    passing = {ErrorCode.DATABASE_UNAVAILABLE, ErrorCode.DISK_FULL, ErrorCode.HOME_NOT_WRITABLE}
    stop = threading.Event()
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGTERM, signal.SIGINT)}
    quiet = 0
    try:
        with Helper(container) as helper:
            while not stop.is_set():
                pause = interval
                try:
                    report = folders.look()
                except Failure as failure:
                    if failure.code not in passing:
                        raise
                    output.complain(explain(failure))
                else:
                    quiet = quiet + 1 if report.quiet else 0
                    if line := _told(report):
                        output.say(line)
                    if report.unsettled or once:
                        pause = min(interval, SETTLE_S)
                    if folders.at_work:
                        helper.keep_up()
                    elif once and quiet >= 2:  # noqa: PLR2004 - gone is what two looks in a row did not find
                        return
                stop.wait(pause)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _told(report: Look) -> str:
    parts = [
        (report.new, "새 문서 {}건"),
        (report.changed, "바뀐 문서 {}건"),
        (report.withdrawn, "내린 문서 {}건"),
        (report.refused, "받지 못한 파일 {}건"),
        (report.unreadable, "볼 수 없는 폴더 {}곳"),
    ]
    return ", ".join(text.format(f"{number:,}") for number, text in parts if number)
