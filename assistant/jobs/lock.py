"""One file per worker process, locked while it lives: the kernel lets go of the lock however the process ends."""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from assistant.errors import ErrorCode, Failure

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FOLDER: Final = "run"
_FILE: Final = "worker.lock"
_MOST: Final = 64  # worker processes of one home, where more than one is allowed
_PATIENCE_S: Final = 1.0  # who only looks whether a worker lives holds the lock for a moment


class WorkerRunningError(RuntimeError):
    """Another worker process serves this home; there must be only one while the queue is a file."""


@contextmanager
def worker_lock(home: Path, *, alone: bool) -> Iterator[None]:
    """Hold a worker's lock.

    The descriptor closes on exec, so programs that the worker starts do not hold the lock after it.

    Args:
        home: the product's folder; the lock is ``run/worker.lock`` in it.
        alone: whether this must be the only worker process of the home.

    Raises:
        WorkerRunningError: there is another one.
        Failure: ``home_not_writable``.
    """
    folder = home / _FOLDER
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = _acquire(folder, alone=alone)
    except OSError as error:
        raise Failure(ErrorCode.HOME_NOT_WRITABLE, detail=_FOLDER) from error
    try:
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode("ascii"))  # for people; nothing reads it
        yield
    finally:
        os.close(descriptor)


def worker_alive(home: Path) -> bool:
    """Whether a worker process serves this home now."""
    return any(not _free(path) for path in sorted((home / _FOLDER).glob("worker*.lock")))


def _acquire(folder: Path, *, alone: bool) -> int:
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        for number in range(1, 2 if alone else _MOST + 1):
            name = _FILE if number == 1 else f"worker-{number}.lock"
            descriptor = os.open(folder / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            if _try(descriptor, fcntl.LOCK_EX):
                return descriptor
            os.close(descriptor)
        if time.monotonic() > deadline:
            raise WorkerRunningError
        time.sleep(0.05)


def _free(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return True
    try:
        return _try(descriptor, fcntl.LOCK_SH)  # shared, so that two who look do not take each other for a worker
    finally:
        os.close(descriptor)


def _try(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
