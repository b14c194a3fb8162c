"""Chroma's own server on loopback, for installations that name no other.

Exactly one server may own the index folder: two on one folder destroy it. So a *keeper* process holds an
exclusive lock, hands it down to the server it starts, and starts the server again when it dies. Whoever uses
the server holds a shared lock; once nobody does, the keeper stops the server and ends. Locks are released by
the kernel, so a process killed with -9 leaves nothing behind to clean up.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from assistant.errors import ErrorCode, Failure
from assistant.processes.basics import FileLock, die_with_parent, end, free_port, module_command
from assistant.settings import child_environment

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

HOST: Final = "127.0.0.1"
_UP_WITHIN_S: Final = 60.0
_IDLE_S: Final = 5.0
_TICK_S: Final = 0.25
_GRACE_S: Final = 10.0
_LOCK_TRIES: Final = 5


@dataclass(frozen=True, slots=True)
class ChromaAddress:
    """Where a Chroma server answers."""

    host: str
    port: int

    def alive(self, timeout_s: float = 2.0) -> bool:
        """Whether it answers now."""
        try:
            with urllib.request.urlopen(
                f"http://{self.host}:{self.port}/api/v2/heartbeat", timeout=timeout_s
            ) as response:
                return bool(response.status == 200)  # noqa: PLR2004 - HTTP's own number
        except (OSError, urllib.error.URLError):
            return False


def _address_file(home: Path) -> Path:
    return home / "run" / "chroma.json"


def read_address(home: Path) -> ChromaAddress | None:
    """Return where the home's server was last started, whether or not it still runs."""
    try:
        data = json.loads(_address_file(home).read_text(encoding="utf-8"))
        return ChromaAddress(HOST, int(data["port"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


class ChromaUse:
    """The right to use the home's server, held until closed or until the process ends.

    Args:
        home: the product's home.
    """

    def __init__(self, home: Path) -> None:
        self._home = home
        self._not_before = 0.0
        self._users = FileLock(home / "run" / "chroma.users")
        self._users.share()

    def look(self) -> ChromaAddress | None:
        """Return the server's address if it answers now; else see to it that a keeper is at work, without waiting."""
        address = read_address(self._home)
        if address is not None and address.alive():
            return address
        if time.monotonic() > self._not_before and not keeper_alive(self._home):
            _start_keeper(self._home)
            self._not_before = time.monotonic() + _IDLE_S  # time to take the lock
        return None

    def ensure(self) -> ChromaAddress:
        """Return the server's address once it answers, starting a keeper when there is none.

        Raises:
            Failure: ``index_unavailable`` when it does not come up in time; its log is ``logs/chroma.log``.
        """
        return self._wait(self.look)

    def expect(self) -> ChromaAddress:
        """Return where the server answers or soon will: for those who can do without it until then.

        Raises:
            Failure: ``index_unavailable`` when no keeper comes up in time.
        """
        return self._wait(lambda: self.look() or self._promised())

    def _promised(self) -> ChromaAddress | None:
        return read_address(self._home) if keeper_alive(self._home) else None

    def _wait(self, ask: Callable[[], ChromaAddress | None]) -> ChromaAddress:
        deadline = time.monotonic() + _UP_WITHIN_S
        while time.monotonic() < deadline:
            address = ask()
            if address is not None:
                return address
            time.sleep(0.1)
        raise Failure(ErrorCode.INDEX_UNAVAILABLE, detail="logs/chroma.log")

    def close(self) -> None:
        """Give the right back."""
        self._users.close()


def keeper_alive(home: Path) -> bool:
    """Whether a keeper (or a server it left behind) holds the index folder."""
    lock = FileLock(home / "run" / "chroma.lock")
    try:
        return not lock.try_exclusive()
    finally:
        lock.close()


def stop_when_unused(home: Path, wait_s: float = 15.0) -> None:
    """Tell the keeper not to wait any longer than its users need it, and wait for its end if that is now."""
    try:
        pid = int(json.loads(_address_file(home).read_text(encoding="utf-8"))["keeper"])
        os.kill(pid, signal.SIGTERM)
    except (OSError, ValueError, KeyError, TypeError):
        return
    users = FileLock(home / "run" / "chroma.users")
    try:
        deadline = time.monotonic() + wait_s
        while keeper_alive(home) and time.monotonic() < deadline:
            if not users.try_exclusive():
                return  # somebody else still uses it
            users.release()
            time.sleep(0.1)
    finally:
        users.close()


def _start_keeper(home: Path) -> None:
    with (home / "logs" / "chroma.log").open("ab") as log:
        keeper = subprocess.Popen(
            module_command("chroma-keeper"),
            env=child_environment(ASSISTANT_HOME=str(home)),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # a Ctrl-C in somebody's terminal is not meant for it
        )
    # It outlives this command or ends before it; either way somebody has to take note of its end.
    threading.Thread(target=keeper.wait, name="keeper's end", daemon=True).start()


class Keeper:
    """Runs the server of one home; :meth:`run` is the whole life of the keeper process."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._lock = FileLock(home / "run" / "chroma.lock")
        self._users = FileLock(home / "run" / "chroma.users")
        self._hurry = False

    def run(self) -> int:
        """Keep the server up while it is used; returns the exit code."""
        if not self._take_lock():
            return 0  # another keeper is at it
        signal.signal(signal.SIGTERM, self._on_term)
        server = self._start()
        idle_since = time.monotonic()
        failures = 0
        while True:
            time.sleep(_TICK_S)
            if server.poll() is not None:
                failures += 1
                sys.stderr.write(f"chroma ended with {server.returncode}, starting it again\n")
                sys.stderr.flush()
                time.sleep(min(0.2 * 2**failures, 5.0))
                server = self._start()
            if self._users.try_exclusive():
                idle = self._hurry or time.monotonic() - idle_since > _IDLE_S
                if idle:  # taken away while nobody can come: a newcomer must not be sent to a server that is ending
                    _address_file(self._home).unlink(missing_ok=True)
                self._users.release()
                if idle:
                    break
            else:
                idle_since = time.monotonic()
        end(server, grace_s=_GRACE_S)
        return 0

    def _take_lock(self) -> bool:
        """Try for a moment: whoever asks whether a keeper is alive holds the lock for an instant."""
        for _ in range(_LOCK_TRIES):
            if self._lock.try_exclusive():
                return True
            time.sleep(0.05)
        return False

    def _on_term(self, _number: int, _frame: FrameType | None) -> None:
        self._hurry = True

    def _start(self) -> subprocess.Popen[bytes]:
        """Start the server on the port it last had, so that clients find it again, and write its address."""
        before = read_address(self._home)
        port = free_port(before.port if before else None)
        path = self._home / "chroma"
        server = subprocess.Popen(
            [chroma_program(), "run", "--path", str(path), "--host", HOST, "--port", str(port)],
            env=child_environment(),
            stdin=subprocess.DEVNULL,
            preexec_fn=die_with_parent,  # noqa: PLW1509 - this process has one thread
            pass_fds=(self._lock.fd,),  # the folder stays locked until the server itself is gone
        )
        temporary = _address_file(self._home).with_suffix(f".{os.getpid()}")
        temporary.write_text(json.dumps({"port": port, "pid": server.pid, "keeper": os.getpid()}), encoding="utf-8")
        temporary.replace(_address_file(self._home))
        return server


def chroma_program() -> str:
    """Return the path of Chroma's own command.

    Raises:
        Failure: ``module_missing``.
    """
    beside = Path(sys.executable).parent / "chroma"
    found = str(beside) if beside.exists() else shutil.which("chroma")
    if found is None:
        raise Failure(ErrorCode.MODULE_MISSING, detail="chromadb")
    return found
