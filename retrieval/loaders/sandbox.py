"""Parsing in guarded child processes: the parent outlives every file.

A child is a fresh interpreter (``python -I``) with ceilings on address space and processor time, no network, and no
right to write files or start programs; it is handed the file as sealed memory and can open no other (``_jail``,
``_snapshot``). Children are pooled, because starting one costs more than parsing a small file, and replaced after a
number of files or when they have grown, because parsers leak. Replies are checked field by field.
"""

from __future__ import annotations

import dataclasses
import errno
import json
import os
import resource
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from retrieval.errors import LoadError, LoadReason
from retrieval.loaders import _codec, _snapshot
from retrieval.loaders._child import HEADER
from retrieval.loaders._watch import Watch, resident_bytes
from retrieval.loaders.limits import DEFAULT_LIMITS, MIB, Limits

if TYPE_CHECKING:
    from types import TracebackType

    from retrieval.types import ParsedDocument

_ROOT: Final = Path(__file__).resolve().parents[2]
# -I keeps the environment and the working directory out of sys.path, so the package's own root is passed along.
_PROGRAM: Final = (
    "import sys; sys.path.insert(0, sys.argv[1]); from retrieval.loaders._child import main; sys.exit(main())"
)
# No environment: nothing of the service's settings or secrets is in reach of a parser. Files are read side by side by
# several children, so the libraries in them get one thread each.
_ENVIRONMENT: Final = {"LANG": "C.UTF-8", "OMP_THREAD_LIMIT": "1", "OPENBLAS_NUM_THREADS": "1"}
_HEAD_SPARE_BYTES: Final = 64 * MIB  # blocks and metadata, beside the text
_BYTES_PER_CHARACTER: Final = 4
_MAX_FENCES_BYTES: Final = 4096
_MAX_RESIDENT_BYTES: Final = 384 * MIB
_READ_BYTES: Final = 1 * MIB
_GRACE_SECONDS: Final = 2.0
_KIB: Final = 1024
_NAP_SECONDS: Final = 0.005
_DEATHS_OF_HUNGER: Final = frozenset(
    {-signal.SIGABRT, -signal.SIGSEGV, -signal.SIGBUS, -signal.SIGILL, -signal.SIGTRAP, -signal.SIGFPE}
)


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
            path: a regular file that this process can read.
            filename: the name its owner knows it by; by default the path's.

        Raises:
            LoadError: for every way in which this can end without a document.
            OSError: when no child can be started, which is the machine's fault and not the file's.
            RuntimeError: when the pool is closed.
        """
        filename = filename or path.name
        descriptor = _snapshot.open_checked(path, self.limits)
        try:
            if not _snapshot.available():
                with self._slots:
                    return self._parse({"path": str(path.absolute()), "filename": filename}, None)
            with self._slots:  # only those files are copied to memory that are about to be parsed
                memory = _snapshot.take(descriptor, self.limits)
                try:
                    return self._parse({"filename": filename}, memory)
                finally:
                    os.close(memory)
        finally:
            os.close(descriptor)

    def fences(self) -> list[str]:
        """Return what keeps a child in its place on this machine: ``network``, ``landlock``, ``seccomp``, ``hook``.

        Raises:
            OSError: when no child can be started.
        """
        child = self._take()
        try:
            fences = child.fences
        except BaseException:
            self._drop(child)
            raise
        self._give_back(child)
        return fences

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

    def _parse(self, request: dict[str, str], memory: int | None) -> ParsedDocument:
        message = json.dumps(request).encode()
        try:
            return self._ask(message, memory)
        except _GoneError:
            return self._ask(message, memory)

    def _ask(self, request: bytes, memory: int | None) -> ParsedDocument:
        child = self._take()
        try:
            document = child.ask(request, memory)
        except BaseException as error:
            # Whatever the child said in good order leaves it fit for another file.
            sound = isinstance(error, LoadError) and child.sound and error.reason is not LoadReason.MEMORY
            (self._give_back if sound else self._drop)(child)
            raise
        self._give_back(child)
        return document

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
            child = _Child(self.limits)
            self._busy.add(child)
            return child

    def _give_back(self, child: _Child) -> None:
        with self._lock:
            self._busy.discard(child)
            worn = child.files >= self._recycle_after or child.resident_bytes > _MAX_RESIDENT_BYTES
            if not self._closed and not worn and child.alive:
                self._idle.append(child)
                return
        child.kill()

    def _drop(self, child: _Child) -> None:
        with self._lock:
            self._busy.discard(child)
        child.kill()


class _Child:
    """One child process and the pipes to it."""

    def __init__(self, limits: Limits) -> None:
        self.files = 0
        self.sound = True
        self._limits = limits
        self._aborted = False
        self._fences: list[str] | None = None
        self._most_memory = 0
        # A process begins with the high-water mark of the one it came from; only more than that is its own.
        self._inherited = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _KIB
        ours, theirs = socket.socketpair()
        self._requests = ours
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-B", "-c", _PROGRAM, str(_ROOT)],
                stdin=theirs.fileno(),
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=_ENVIRONMENT,
                cwd="/",
                close_fds=True,
            )
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        set_up = {"limits": dataclasses.asdict(limits), "anywhere": not _snapshot.available()}
        try:
            self._send(json.dumps(set_up).encode(), None)
        except OSError:
            self.kill()
            raise

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    @property
    def resident_bytes(self) -> int:
        """How much memory the process occupies."""
        return resident_bytes(self._process.pid)

    @property
    def fences(self) -> list[str]:
        """What the child has given up; waits for it to have started.

        Raises:
            OSError: when it has not.
        """
        if self._fences is None:
            try:
                said = json.loads(self._message(Watch(self._process.pid, self._limits), _MAX_FENCES_BYTES))
                self._fences = [str(fence) for fence in said["fences"]]
            except (LoadError, ValueError, KeyError, TypeError) as error:
                if self._aborted:
                    raise
                raise OSError(errno.ECHILD, f"a parser did not start: {error}") from error
        return self._fences

    def ask(self, request: bytes, memory: int | None) -> ParsedDocument:
        """Send a request and wait for the document.

        Args:
            request: the message.
            memory: the file's descriptor, where it goes along.

        Raises:
            LoadError: what the child reported; ``TIMEOUT``, ``MEMORY`` or ``CRASHED`` by the way the child ended.
            OSError: the child never started.
        """
        _ = self.fences
        self.files += 1
        self.sound = False
        watch = Watch(self._process.pid, self._limits)
        try:
            self._send(request, memory)
        except OSError as error:
            raise (self._ended() if self._aborted or self.files == 1 else _GoneError()) from error
        text = self._message(watch, self._limits.max_chars * _BYTES_PER_CHARACTER + _HEAD_SPARE_BYTES)
        try:
            head = _codec.decode(text)
        except LoadError as error:
            self.sound = error.reason is not LoadReason.CRASHED  # of its own accord a child does not say that
            raise
        if head.size > self._limits.max_attachment_bytes:
            raise LoadError(LoadReason.TOO_COMPLEX, f"carries {head.size} bytes")
        document = head.with_bodies([self._read(size, watch) for _, size in head.members])
        self.sound = True
        return document

    def abort(self) -> None:
        """End the process from another thread than the one that waits for it, which then tidies up."""
        self._aborted = True
        self._process.kill()

    def kill(self) -> None:
        """End the process and close the pipes."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._requests.close()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def _send(self, message: bytes, memory: int | None) -> None:
        data = HEADER.pack(len(message)) + message
        sent = socket.send_fds(self._requests, [data], [] if memory is None else [memory])
        if sent < len(data):
            self._requests.sendall(data[sent:])

    def _message(self, watch: Watch, longest: int) -> bytes:
        length = HEADER.unpack(self._read(HEADER.size, watch))[0]
        if length > longest:
            raise LoadError(LoadReason.TOO_COMPLEX, f"a reply of {length} bytes")
        return self._read(length, watch)

    def _read(self, length: int, watch: Watch) -> bytes:
        assert self._process.stdout is not None  # noqa: S101 - made with PIPE; for the type checker
        descriptor = self._process.stdout.fileno()
        poller = select.poll()
        poller.register(descriptor, select.POLLIN)
        data = bytearray()
        while len(data) < length:
            ready = poller.poll(watch.patience * 1000)
            if watch.look():
                self._most_memory = max(self._most_memory, self.resident_bytes)
            if not ready:
                continue
            part = os.read(descriptor, min(_READ_BYTES, length - len(data)))
            if not part:
                raise self._ended()
            data += part
        return bytes(data)

    def _ended(self) -> LoadError:
        """Say what the end of the process means for the file."""
        code = self._reap()
        if code is None:
            return LoadError(LoadReason.CRASHED, "the parser closed its pipe")
        if self._aborted:
            return LoadError(LoadReason.CRASHED, "the pool was closed")
        if code == -signal.SIGXCPU:
            return LoadError(LoadReason.TIMEOUT, "processor time")
        if code == -signal.SIGKILL:  # not ours: the kernel's, when the machine or the container is out of memory
            return LoadError(LoadReason.MEMORY, "killed")
        # Libraries in C end themselves, or fall over a null pointer, when they are refused memory.
        if code in _DEATHS_OF_HUNGER and self._most_memory > self._limits.memory_bytes // 4:
            return LoadError(LoadReason.MEMORY, f"ended by signal {-code} with {self._most_memory // MIB} MiB in use")
        return LoadError(LoadReason.CRASHED, f"exit code {code}")

    def _reap(self) -> int | None:
        """Wait for the process and note the most memory it had; return its exit code, ``None`` when it lives on."""
        deadline = time.monotonic() + _GRACE_SECONDS
        while self._process.returncode is None and time.monotonic() < deadline:
            try:
                pid, status, usage = os.wait4(self._process.pid, os.WNOHANG)
            except ChildProcessError:  # somebody looked at it in between
                return self._process.poll()
            if pid:
                self._process.returncode = os.waitstatus_to_exitcode(status)
                if (most := usage.ru_maxrss * _KIB) > self._inherited:
                    self._most_memory = max(self._most_memory, most)
                return self._process.returncode
            time.sleep(_NAP_SECONDS)
        return self._process.returncode
