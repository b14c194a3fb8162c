"""Small things about processes: locks that die with their holder, children that die with their parent."""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from assistant.errors import ErrorCode, Failure

if TYPE_CHECKING:
    import subprocess

_PR_SET_PDEATHSIG: Final = 1


class FileLock:
    """An advisory lock on a file. The kernel lets go of it when the last process holding it ends, however it ends.

    Args:
        path: the lock file, made when it is not there; its content means nothing.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    @property
    def fd(self) -> int:
        """The descriptor, to hand on to a child that shall hold the lock too."""
        return self._fd

    def try_exclusive(self) -> bool:
        """Take the lock for this process alone; ``False`` when somebody else holds it in any way."""
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def share(self) -> None:
        """Hold the lock together with others; waits while somebody holds it alone."""
        fcntl.flock(self._fd, fcntl.LOCK_SH)

    def release(self) -> None:
        """Let go, and stay ready to take it again."""
        fcntl.flock(self._fd, fcntl.LOCK_UN)

    def close(self) -> None:
        """Let go for good."""
        with suppress(OSError):
            os.close(self._fd)


def serve_lock(home: Path) -> FileLock:
    """Return the lock that ``assistant serve`` holds while it runs on this home."""
    return FileLock(home / "run" / "serve.lock")


def service_alive(home: Path) -> bool:
    """Whether ``assistant serve`` runs on this home, and so sees to it that there is a worker."""
    lock = serve_lock(home)
    try:
        return not lock.try_exclusive()
    finally:
        lock.close()


def die_with_parent() -> None:
    """Ask the kernel to end this process when its parent ends (Linux; elsewhere nothing happens).

    For ``preexec_fn``: runs between fork and exec, so it must not allocate much or take locks.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def give_way(niceness: int) -> None:
    """Let this process, and what it starts from now on, have the processor only when others do not want it.

    Linux puts every session into a scheduling group of its own where desktops and some servers switch that on; niceness
    counts inside the group only, so a process that leads its session lowers the group too.

    Args:
        niceness: 0 (as everybody) to 19; never raises priority.
    """
    with suppress(OSError):
        os.nice(max(0, niceness - os.nice(0)))
        if os.getsid(0) == os.getpid():
            Path("/proc/self/autogroup").write_text(f"{niceness}\n", encoding="ascii")


def listening_socket(host: str, port: int) -> socket.socket:
    """Bind and listen. The supervisor keeps this socket, so that a restart of the web process refuses nobody.

    Raises:
        Failure: ``port_busy`` when another program has the port, ``settings_invalid`` for an impossible address.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except PermissionError as error:
        listener.close()
        raise Failure(ErrorCode.PORT_BUSY, detail=f"{host}:{port}, {error.strerror}") from error
    except OSError as error:
        listener.close()
        code = ErrorCode.SETTINGS_INVALID if isinstance(error, socket.gaierror) else ErrorCode.PORT_BUSY
        raise Failure(code, detail=f"{host}:{port}") from error
    listener.listen(512)
    return listener


def free_port(preferred: int | None = None) -> int:
    """Return a free loopback port, the preferred one if it can be had."""
    for port in (preferred, 0):
        if port is None:
            continue
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise Failure(ErrorCode.PORT_BUSY, detail="127.0.0.1")


def end(process: subprocess.Popen[bytes], *, grace_s: float) -> None:
    """End a child politely, then firmly."""
    if process.poll() is not None:
        return
    process.terminate()
    deadline = time.monotonic() + grace_s
    while process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    if process.poll() is None:
        process.kill()
    process.wait()


def prepare_home(home: Path) -> None:
    """Make the home folder and its parts.

    Raises:
        Failure: ``home_not_writable``.
    """
    try:
        for part in ("run", "logs", "cache"):
            (home / part).mkdir(parents=True, exist_ok=True)
        probe = home / "run" / f".probe-{os.getpid()}"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise Failure(ErrorCode.HOME_NOT_WRITABLE, detail=f"{home}, {error.strerror}") from error


def module_command(*arguments: str) -> list[str]:
    """Return the command that runs this product's command line in a new process."""
    return [sys.executable, "-m", "assistant", *arguments]
