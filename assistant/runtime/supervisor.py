"""``assistant serve``: one parent that keeps the worker and the web process up and Chroma in use.

It binds the port itself and hands the socket down, so that a restart of the web process refuses nobody. A
child that dies is started again, after a pause that grows while it keeps dying. SIGTERM and Ctrl-C stop all of
them in order; if the parent itself is killed, the kernel ends its children.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from assistant.errors import ErrorCode, Failure
from assistant.processes.basics import (
    FileLock,
    die_with_parent,
    end,
    listening_socket,
    module_command,
    prepare_home,
    serve_lock,
)
from assistant.processes.chroma import ChromaAddress, ChromaUse, stop_when_unused
from assistant.settings import child_environment

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Sequence
    from types import FrameType

    from assistant.settings import Settings

_TICK_S: Final = 0.2
_LOCK_TRIES: Final = 5
_GRACE_S: Final = 15.0
_UP_WITHIN_S: Final = 120.0
_CHROMA_EVERY_S: Final = 2.0
_LONGEST_PAUSE_S: Final = 10.0
_STEADY_S: Final = 30.0  # a child that ran so long has earned a fresh start


@dataclass(slots=True)
class Child:
    """A process to keep up: its name, command, descriptors it inherits and how it has been doing."""

    name: str
    command: Sequence[str]
    fds: tuple[int, ...] = ()
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    restarts: int = 0
    not_before: float = field(default=0.0)


class Supervisor:
    """Runs one installation.

    Args:
        settings: the settings in force, with host and port already decided.
        say: told what happens, in Korean, one line each.
    """

    def __init__(self, settings: Settings, say: Callable[[str], None]) -> None:
        self._settings = settings
        self._say = say
        self._stopping = False
        self._children: list[Child] = []

    def run(self, *, when_up: Callable[[int], None] | None = None) -> int:
        """Start everything, stay until told to stop, return the exit code.

        Raises:
            Failure: ``already_running``, ``port_busy``, ``home_not_writable``, ``process_failed``.
        """
        home = self._settings.home
        prepare_home(home)
        lock = serve_lock(home)
        if not _taken(lock):
            raise Failure(ErrorCode.ALREADY_RUNNING, detail=str(home))
        listener = listening_socket(self._settings.host, self._settings.port)
        signal.signal(signal.SIGTERM, self._on_signal)
        signal.signal(signal.SIGINT, self._on_signal)
        chroma = None
        try:
            if not self._settings.chroma_host:
                chroma = ChromaUse(home)
                chroma.look()  # comes up beside the web process, which can do without it at first
            self._keep("web", ("web", "--fd", str(listener.fileno())), (listener.fileno(),))
            self._wait_until_up(listener)
            if not self._stopping:
                self._keep("worker", ("worker",))
                if when_up is not None:
                    when_up(int(listener.getsockname()[1]))
            self._watch(chroma)
        finally:
            self._end_children()
            listener.close()
            if chroma is not None:
                chroma.close()
                stop_when_unused(home)
        return 0

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping = True

    def _keep(self, name: str, arguments: Sequence[str], fds: tuple[int, ...] = ()) -> None:
        child = Child(name, module_command(*arguments), fds)
        self._children.append(child)
        self._start(child)

    def _end_children(self) -> None:
        """Tell all of them first, then wait for each."""
        running = [child.process for child in self._children if child.process is not None]
        for process in running:
            if process.poll() is None:
                process.terminate()
        for process in running:
            end(process, grace_s=_GRACE_S)

    def _start(self, child: Child) -> None:
        with (self._settings.home / "logs" / f"{child.name}.log").open("ab") as log:
            child.process = subprocess.Popen(
                child.command,
                env=child_environment(ASSISTANT_HOME=str(self._settings.home)),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=child.fds,
                preexec_fn=die_with_parent,  # noqa: PLW1509 - this process has one thread
                start_new_session=True,  # Ctrl-C reaches the supervisor alone, which stops them in order
            )
        child.started = time.monotonic()

    def _wait_until_up(self, listener: socket.socket) -> None:
        host, port = listener.getsockname()[:2]
        address = f"[{host}]" if ":" in host else ("127.0.0.1" if host == "0.0.0.0" else host)  # noqa: S104 - compared
        deadline = time.monotonic() + _UP_WITHIN_S
        while not self._stopping:
            if _answers(f"http://{address}:{port}/healthz"):
                return
            self._mend()
            if time.monotonic() > deadline or any(child.restarts > 3 for child in self._children):  # noqa: PLR2004
                raise Failure(ErrorCode.PROCESS_FAILED, detail=str(self._settings.home / "logs"))
            time.sleep(_TICK_S)

    def _watch(self, chroma: ChromaUse | None) -> None:
        next_look = 0.0
        overdue = time.monotonic() + _UP_WITHIN_S
        known: ChromaAddress | None = None
        lost = False
        while not self._stopping:
            self._mend()
            if chroma is not None and time.monotonic() > next_look:
                next_look = time.monotonic() + _CHROMA_EVERY_S
                seen = chroma.look()
                if seen is None and not lost and (known is not None or time.monotonic() > overdue):
                    lost = True
                    self._say("Chroma 서버가 응답하지 않아 다시 시작합니다. 그동안은 낱말로만 검색합니다.")
                if seen is not None and lost:
                    lost = False
                    self._say("Chroma 서버가 다시 응답합니다.")
                if seen is not None and known not in {None, seen}:
                    self._end_children()  # they know the old address only; started again they learn the new one
                known = seen or known
            time.sleep(_TICK_S)

    def _mend(self) -> None:
        """Start again what has died, not faster than it deserves."""
        now = time.monotonic()
        for child in self._children:
            if child.process is None or child.process.poll() is None:
                continue
            if child.not_before < child.started:
                if now - child.started > _STEADY_S:
                    child.restarts = 0
                child.restarts += 1
                child.not_before = now + min(0.2 * 2**child.restarts, _LONGEST_PAUSE_S)
                self._say(f"{child.name} 프로세스가 멈추어 다시 시작합니다 (종료 코드 {child.process.returncode}).")
            if now >= child.not_before:
                self._start(child)


def _taken(lock: FileLock) -> bool:
    """Take the lock; tried for a moment, because whoever asks whether a service runs holds it for an instant."""
    for _ in range(_LOCK_TRIES):
        if lock.try_exclusive():
            return True
        time.sleep(0.05)
    return False


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:  # noqa: S310 - always http, always this machine
            return bool(response.status == 200)  # noqa: PLR2004 - HTTP's own number
    except (OSError, urllib.error.URLError):
        return False


def say_on_terminal(line: str) -> None:
    """Print one line for the person who started the service."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
