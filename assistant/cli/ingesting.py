"""``assistant ingest``: take files in and wait until they can be searched."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.cli import output
from assistant.cli.asking import AsJson

if TYPE_CHECKING:
    from collections.abc import Iterable

    from assistant.ingestion.submissions import Submission, VersionStatus
    from assistant.wiring import Container

_POLL_S = 0.5
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
        submissions = container.ingestion.submit_tree(paths, collection=collection, principal_name=principal.username)
        states = wait_for(container, [s.version_id for s in submissions if s.version_id])
        documents = [_line(submission, states) for submission in submissions]
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


def wait_for(container: Container, version_ids: Iterable[str]) -> dict[str, VersionStatus]:
    """Wait until no version is queued or in work; starts a worker for that time when none is running."""
    from assistant.jobs.lock import worker_alive

    done: dict[str, VersionStatus] = {}
    left = list(dict.fromkeys(version_ids))
    total = len(left)
    helper: subprocess.Popen[bytes] | None = None
    try:
        while True:
            states = container.ingestion.states(left)
            done.update({key: status for key, status in states.items() if status.state.value not in _OPEN})
            left = [key for key in left if key in states and key not in done]
            output.progress(f"{len(done)}/{total} 문서")
            if not left:
                return done
            if not worker_alive(container.home) and (helper is None or helper.poll() is not None):
                helper = _start_worker(container)
            time.sleep(_POLL_S)
    finally:
        output.progress_end()
        if helper is not None:
            from assistant.processes.basics import end

            end(helper, grace_s=15)


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
