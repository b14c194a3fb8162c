"""Parsing in guarded child processes: the parent outlives every file.

A child is a fresh interpreter (``python -I``) with ceilings on address space and processor time, no network, and no
right to write files or start programs. Children are pooled, because starting one costs more than parsing a small
file, and replaced after a number of files, because parsers leak. Replies are JSON that is checked field by field.
"""

from __future__ import annotations

import dataclasses
import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from retrieval.errors import LoadError, LoadReason
from retrieval.loaders import _codec
from retrieval.loaders._child import HEADER
from retrieval.loaders.limits import DEFAULT_LIMITS, MIB, Limits
from retrieval.loaders.sniffing import PDF

if TYPE_CHECKING:
    from types import TracebackType

    from retrieval.types import ParsedDocument

_ROOT: Final = Path(__file__).resolve().parents[2]
# -I keeps the environment and the working directory out of sys.path, so the package's own root is passed along.
_PROGRAM: Final = (
    "import sys; sys.path.insert(0, sys.argv[1]); from retrieval.loaders._child import main; sys.exit(main())"
)
_MAX_REPLY_BYTES: Final = 256 * MIB
_READ_BYTES: Final = 1 * MIB
_GRACE_SECONDS: Final = 2.0


class _GoneError(Exception):
    """An idle child had died before it could take a request: no fault of the file."""


class ParserPool:
    """Children that parse, shared by threads.

    Args:
        limits: ceilings for every file.
        size: how many files may be parsed at once; further callers wait.
        recycle_after: a child is replaced after this many files.
    """

    def __init__(self, limits: Limits = DEFAULT_LIMITS, size: int = 2, *, recycle_after: int = 200) -> None:
        if size < 1 or recycle_after < 1:
            raise ValueError("size and recycle_after must be at least 1")
        self.limits = limits
        self._recycle_after = recycle_after
        self._slots = threading.BoundedSemaphore(size)
        self._lock = threading.Lock()
        self._idle: list[_Child] = []
        self._busy: set[_Child] = set()
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def parse(self, path: Path, filename: str | None = None) -> ParsedDocument:
        """Parse one file in a child.

        Args:
            path: a regular file that the child can read.
            filename: the name its owner knows it by; by default the path's.

        Raises:
            LoadError: for every way in which this can end without a document.
            RuntimeError: when the pool is closed.
        """
        filename = filename or path.name
        media_type = self._admit(path, filename)
        wall = self.limits.pdf_wall_seconds if media_type == PDF else self.limits.wall_seconds
        request = json.dumps(
            {"path": str(path.absolute()), "filename": filename, "limits": dataclasses.asdict(self.limits)}
        ).encode()
        with self._slots:
            try:
                return self._ask(request, wall)
            except _GoneError:
                return self._ask(request, wall)

    def close(self) -> None:
        """End all children. A file being parsed ends as ``CRASHED``; calling this twice is harmless."""
        with self._lock:
            self._closed = True
            idle, busy = self._idle, list(self._busy)
            self._idle = []
        for child in idle:
            child.kill()
        for child in busy:
            child.abort()

    def _ask(self, request: bytes, wall: float) -> ParsedDocument:
        child = self._take()
        try:
            reply = child.ask(request, wall)
        except BaseException:
            self._drop(child)
            raise
        try:
            document = _codec.decode(reply)
        except LoadError as error:
            if error.reason in {LoadReason.MEMORY, LoadReason.CRASHED}:
                self._drop(child)  # out of memory, or talking nonsense: not fit for another file
            else:
                self._give_back(child)
            raise
        self._give_back(child)
        return document

    def _admit(self, path: Path, filename: str) -> str:
        """Refuse here what needs no parser, so that no child is spent on it."""
        try:
            if not path.is_file():
                raise LoadError(LoadReason.UNSUPPORTED, "not a regular file")
            size = path.stat().st_size
            if size == 0:
                raise LoadError(LoadReason.EMPTY, filename)
            if size > self.limits.max_bytes:
                raise LoadError(LoadReason.TOO_LARGE, f"{size} bytes")
            with path.open("rb") as file:
                return PDF if b"%PDF-" in file.read(1024) else ""
        except OSError as error:
            raise LoadError(LoadReason.DAMAGED, f"cannot be read: {error.strerror}") from error

    def _take(self) -> _Child:
        with self._lock:
            if self._closed:
                raise RuntimeError("the parser pool is closed")
            while self._idle:
                child = self._idle.pop()
                if child.alive:
                    self._busy.add(child)
                    return child
                child.kill()
            child = _Child()
            self._busy.add(child)
            return child

    def _give_back(self, child: _Child) -> None:
        with self._lock:
            self._busy.discard(child)
            if not self._closed and child.files < self._recycle_after and child.alive:
                self._idle.append(child)
                return
        child.kill()

    def _drop(self, child: _Child) -> None:
        with self._lock:
            self._busy.discard(child)
        child.kill()


class _Child:
    """One child process and the pipes to it."""

    def __init__(self) -> None:
        self.files = 0
        self._aborted = False
        # No environment: nothing of the service's settings or secrets is in reach of a parser.
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-B", "-c", _PROGRAM, str(_ROOT)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"LANG": "C.UTF-8"},
            cwd="/",
            close_fds=True,
        )

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def ask(self, request: bytes, wall_seconds: float) -> bytes:
        """Send a request and wait for the reply.

        Raises:
            LoadError: ``TIMEOUT``, ``MEMORY`` or ``CRASHED``, by the way the child ended.
        """
        assert self._process.stdin is not None  # noqa: S101 - made with PIPE; for the type checker
        self.files += 1
        deadline = time.monotonic() + wall_seconds
        try:
            self._process.stdin.write(HEADER.pack(len(request)) + request)
            self._process.stdin.flush()
        except OSError as error:
            raise (self._ended() if self._aborted or self.files == 1 else _GoneError()) from error
        length = HEADER.unpack(self._read(HEADER.size, deadline))[0]
        if length > _MAX_REPLY_BYTES:
            raise LoadError(LoadReason.TOO_COMPLEX, f"a reply of {length} bytes")
        return self._read(length, deadline)

    def abort(self) -> None:
        """End the process from another thread than the one that waits for it, which then tidies up."""
        self._aborted = True
        self._process.kill()

    def kill(self) -> None:
        """End the process and close the pipes."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None and not pipe.closed:
                try:
                    pipe.close()
                except OSError:
                    continue  # unsent bytes to a process that is gone

    def _read(self, length: int, deadline: float) -> bytes:
        assert self._process.stdout is not None  # noqa: S101 - made with PIPE; for the type checker
        descriptor = self._process.stdout.fileno()
        poller = select.poll()
        poller.register(descriptor, select.POLLIN)
        data = bytearray()
        while len(data) < length:
            left = deadline - time.monotonic()
            if left <= 0 or not poller.poll(left * 1000):
                raise LoadError(LoadReason.TIMEOUT, "wall clock")
            part = os.read(descriptor, min(_READ_BYTES, length - len(data)))
            if not part:
                raise self._ended()
            data += part
        return bytes(data)

    def _ended(self) -> LoadError:
        """Say what the end of the process means for the file."""
        try:
            code = self._process.wait(_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            return LoadError(LoadReason.CRASHED, "the parser closed its pipe")
        if self._aborted:
            return LoadError(LoadReason.CRASHED, "the pool was closed")
        if code == -signal.SIGXCPU:
            return LoadError(LoadReason.TIMEOUT, "processor time")
        if code == -signal.SIGKILL:  # not ours: the kernel's, when the machine or the container is out of memory
            return LoadError(LoadReason.MEMORY, "killed")
        return LoadError(LoadReason.CRASHED, f"exit code {code}")
