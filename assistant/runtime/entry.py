"""What the worker and the web process do from their first line on."""

from __future__ import annotations

import logging
import socket
import threading
import time
import traceback
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from assistant.errors import Failure
from assistant.processes.basics import give_way
from assistant.runtime.setup import ready
from assistant.wiring import build_container

if TYPE_CHECKING:
    from uvicorn import Server

    from assistant.settings import Settings
    from assistant.wiring import Container

log = logging.getLogger(__name__)

_DEEPEST = 8  # exceptions of a chain that are named

_TICK_S: Final = 0.05


class PlacesOnly(logging.Formatter):
    """Formats an exception as its types and places. Its message stays out: it may repeat what a person wrote."""

    def formatException(self, ei: Any) -> str:  # noqa: N802, ANN401 - the standard library's name and triple
        """Return one line for each place, innermost last, then the types from cause to effect."""
        error: BaseException | None = ei[1]
        frames = traceback.extract_tb(ei[2])
        places = [f"  {frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
        types: list[str] = []
        while error is not None and len(types) < _DEEPEST:
            types.append(type(error).__name__)
            error = error.__cause__ or error.__context__
        return "\n".join([*places, " <- ".join(types)])


def configure_logging(level: str) -> None:
    """Log to standard error, one line an event, in UTC, no third party below WARNING."""
    handler = logging.StreamHandler()
    handler.setFormatter(PlacesOnly("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    for package in ("assistant", "retrieval", "guardrails", "prompts"):
        logging.getLogger(package).setLevel(level)


def run_worker(settings: Settings, *, until_idle: bool = False) -> int:
    """Do jobs until told to stop; with ``until_idle`` until none is left. Returns the exit code."""
    from assistant.jobs.lock import WorkerRunningError
    from assistant.jobs.worker import Worker

    configure_logging(settings.log_level)
    container = build_container(settings)
    ready(container)
    if not until_idle:  # a worker for the time of one command has nobody beside it to give way to
        with suppress(Failure):  # jobs meet it again and wait
            _ = container.vector  # first, because a keeper of Chroma that we start must not inherit our politeness
        give_way(settings.worker_nice)
    try:
        worker = Worker(
            container.database,
            container.queue,
            container.home,
            container.handlers,
            on_failed=container.on_failed,
            schedule=None if until_idle else container.schedule,
            threads=settings.worker_threads,
            reserve=0 if until_idle else 1,
        )
        if not until_idle:
            _look_after_indexes(container)
        while True:
            try:
                worker.run(until_idle=until_idle)
            except WorkerRunningError:
                if until_idle:
                    break  # somebody else is at it
                time.sleep(_TICK_S)  # the helper of a command, which ends when it sees that a service runs
            else:
                break
    finally:
        container.close()
    return 0


def _look_after_indexes(container: Container) -> None:
    """Have the indexes compared with the database, in case they were wiped or damaged while nothing ran."""
    from assistant.library.job_names import JOB_REPAIR

    with container.database.write() as session:
        container.queue.add(session, JOB_REPAIR, {}, key="start", priority=100)


def run_web(settings: Settings, fd: int) -> int:
    """Serve pages and API on an inherited listening socket; returns the exit code."""
    import uvicorn

    from assistant.http.app import create_app

    configure_logging(settings.log_level)
    container = build_container(settings, patient=False)
    ready(container)
    app = create_app(container)
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,  # addresses and paths are personal data of staff; the audit says who did what
        timeout_graceful_shutdown=5,
        server_header=False,
        proxy_headers=False,
    )
    server = uvicorn.Server(config)
    threading.Thread(target=_warm, args=(container, server), name="warm-up", daemon=True).start()
    try:
        server.run(sockets=[socket.socket(fileno=fd)])
    finally:
        container.close()
    return 0


def _warm(container: Container, server: Server) -> None:
    """Load models once the first page can be served: before, loading would only keep it waiting."""
    while not server.started and not server.should_exit:
        time.sleep(_TICK_S)
    try:
        container.warm()
    except Exception:  # whatever it was, the first question meets it again and tells the user
        log.exception("warm-up failed")
