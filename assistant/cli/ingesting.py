"""``assistant ingest``: take files in and wait until they can be searched."""

from __future__ import annotations

import subprocess
import time
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.cli import output
from assistant.cli.asking import AsJson

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Self

    from assistant.ingestion.importing import ImportState
    from assistant.ingestion.submissions import Submission, VersionStatus
    from assistant.wiring import Container

_POLL_S = 0.5
_SELDOM_S = 2.0  # where hundreds are asked after, asking costs more than waiting
_HUNDREDS = 100
_FEW = 20  # files that somebody waits for; more are a folder, and give way to uploads
_PACE_MARKS = 60  # polls that the rate is taken from
_OPEN = {"queued", "processing"}
_STATES = {"ready": "완료", "failed": "실패", "queued": "대기", "processing": "처리 중", "superseded": "이전 판"}


def ingest(
    *,
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="파일이나 폴더")],
    collection: Annotated[str, typer.Option("--collection", metavar="NAME", help="문서 모음 이름")] = "documents",
    department: Annotated[str | None, typer.Option("--department", metavar="CODE", help="소유 부서 코드")] = None,
    grade: Annotated[str | None, typer.Option("--grade", metavar="O|S|C", help="자료 등급")] = None,
    as_json: AsJson = False,
) -> None:
    """문서를 넣고 검색할 수 있을 때까지 기다립니다."""
    if grade not in {None, "O", "S", "C"}:
        raise typer.BadParameter("등급은 O, S, C 가운데 하나입니다", param_hint="--grade")
    container = output.open_container()
    try:
        principal = output.acting(container, None)
        from assistant.library.collections import ensure_collection

        with container.database.write() as session:
            ensure_collection(session, name=collection, department=department, grade=grade, actor=principal.username)
        state = take_in(container, paths, collection, principal.username)
        documents = [_line(submission, state.done) for submission in state.submissions]
    finally:
        container.close()
    if as_json:
        output.emit({"documents": documents})
    else:
        _print_table(documents)
    failed = [document for document in documents if document["state"] != "ready"]
    if failed:
        first = failed[0]
        why = f" {first['reason_text']} [{first['reason']}]" if first["reason"] else ""
        output.complain(f"{len(failed)}건을 넣지 못했습니다.{why}")
        raise typer.Exit(1)


def take_in(container: Container, paths: list[Path], collection: str, username: str) -> ImportState:
    """Take in the files under these paths, some at a time, and wait until the last one is done.

    Cut off at any point and run again, it goes on: what is in the database and unchanged on the disk is not read again.
    """
    from assistant.ingestion.importing import ImportTarget, TreeImport
    from assistant.ingestion.intake import walk
    from assistant.ingestion.sources import SourceMemory
    from assistant.ports import Priority

    output.progress("파일을 세는 중")
    files = list(walk(paths))
    few = len(files) <= _FEW
    target = ImportTarget(
        collection, username, Priority.USUAL if few else Priority.BULK, container.settings.ingest_backlog
    )
    memory = SourceMemory(container.home)
    try:
        job = TreeImport(container.ingestion, container.database, memory, target, files)
        pace = Pace()
        with Helper(container) as helper:
            while not job.step():
                helper.keep_up()
                output.progress(pace.line(job.state))
                time.sleep(_POLL_S if len(job.state.open) < _HUNDREDS else _SELDOM_S)
        return job.state
    finally:
        memory.close()
        output.progress_end()


class Pace:
    """The progress line of an import: how many, how fast, how long still."""

    def __init__(self) -> None:
        self._marks: deque[tuple[float, int]] = deque(maxlen=_PACE_MARKS)

    def line(self, state: ImportState) -> str:
        """Return the line for now; the rate is that of the last half minute."""
        worked = state.finished - state.skipped
        moment = time.monotonic()
        self._marks.append((moment, worked))
        before, then = self._marks[0]
        text = f"{state.finished:,}/{state.total:,} 문서"
        if state.skipped:
            text += f" (그대로인 것 {state.skipped:,})"
        if worked > then and moment > before:
            rate = (worked - then) / (moment - before)
            text += f" · 초당 {rate:.1f}건 · 남은 시간 {_duration((state.total - state.finished) / rate)}"
        return text


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}시간 {minutes}분"
    return f"{minutes}분 {rest}초" if minutes else f"{rest}초"


class Helper:
    """A worker for the time of a command, started when none is running and again when it dies.

    Where a service runs, or begins to, its own worker does the work: it keeps a thread for uploads and gives way to
    answers, which this one does not.
    """

    def __init__(self, container: Container) -> None:
        self._container = container
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def keep_up(self) -> None:
        """See to it that a worker is at work."""
        from assistant.jobs.lock import worker_alive
        from assistant.processes.basics import service_alive

        home = self._container.home
        if service_alive(home):
            self._end()
        elif not worker_alive(home) and (self._process is None or self._process.poll() is not None):
            self._process = _start_worker(self._container)

    def _end(self) -> None:
        if self._process is not None:
            from assistant.processes.basics import end

            end(self._process, grace_s=15)
            self._process = None


def wait_for(container: Container, version_ids: Iterable[str]) -> dict[str, VersionStatus]:
    """Wait until no version is queued or in work; starts a worker for that time when none is running."""
    done: dict[str, VersionStatus] = {}
    left = list(dict.fromkeys(version_ids))
    total = len(left)
    try:
        with Helper(container) as helper:
            while True:
                states = container.ingestion.states(left)
                done.update({key: status for key, status in states.items() if status.state.value not in _OPEN})
                left = [key for key in left if key in states and key not in done]
                output.progress(f"{len(done)}/{total} 문서")
                if not left:
                    return done
                helper.keep_up()
                time.sleep(_POLL_S)
    finally:
        output.progress_end()


def _start_worker(container: Container) -> subprocess.Popen[bytes]:
    from assistant.processes.basics import die_with_parent, module_command
    from assistant.settings import child_environment

    with (container.home / "logs" / "worker.log").open("ab") as log:
        return subprocess.Popen(
            module_command("worker", "--until-idle"),
            env=child_environment(ASSISTANT_HOME=str(container.home)),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            preexec_fn=die_with_parent,  # noqa: PLW1509 - this command has no other thread at work
        )


def _line(submission: Submission, states: dict[str, VersionStatus]) -> dict[str, Any]:
    from assistant.messages import reason_text

    status = states.get(submission.version_id or "")
    state = status.state.value if status else submission.state.value
    reason = status.reason if status else submission.reason
    return {
        "path": str(submission.path),
        "document_id": submission.document_id,
        "state": "ready" if state == "superseded" else state,
        "state_text": _STATES.get(state, state),
        "pages": status.page_count if status else None,
        "chunks": status.chunk_count if status else 0,
        "reason": reason,
        "reason_text": reason_text(reason) if reason else None,
        "duplicate": submission.duplicate,
    }


def _print_table(documents: list[dict[str, Any]]) -> None:
    for document in documents:
        detail = document["reason_text"] or f"{document['pages'] or '-'}쪽, {document['chunks']}조각"
        output.say(f"{document['state_text']}  {document['path']}  ({detail})")
    ready = sum(document["state"] == "ready" for document in documents)
    output.say(f"문서 {len(documents)}건 가운데 {ready}건 완료")
