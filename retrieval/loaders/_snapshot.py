"""A file as it is at one moment, in memory and sealed: what a parser is handed instead of a path.

A file that grows, shrinks or vanishes meanwhile does the parser no harm, and a parser that is handed its file need not
be able to open any other. Memory of the machine, not of the process: it goes when both ends are closed.
"""

from __future__ import annotations

import fcntl
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final

from retrieval.errors import LoadError, LoadReason

if TYPE_CHECKING:
    from retrieval.loaders.limits import Limits

_PIECE: Final = 1 << 20
_DESCRIPTORS: Final = Path("/proc/self/fd")


def available() -> bool:
    """Whether this machine has memory files and lets a process open its descriptors again by path."""
    return hasattr(os, "memfd_create") and hasattr(fcntl, "F_ADD_SEALS") and _DESCRIPTORS.is_dir()


def open_checked(path: Path, limits: Limits) -> int:
    """Open a regular file of an admissible size; return its descriptor.

    Raises:
        LoadError: ``UNSUPPORTED`` for what is no file, ``EMPTY``, ``TOO_LARGE``, ``DAMAGED`` when it cannot be opened.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # a pipe must not make us wait
    except OSError as error:
        raise LoadError(LoadReason.DAMAGED, f"cannot be read: {error.strerror}") from error
    try:
        _check(os.fstat(descriptor), limits)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _check(about: os.stat_result, limits: Limits) -> None:
    if not stat.S_ISREG(about.st_mode):
        raise LoadError(LoadReason.UNSUPPORTED, "not a regular file")
    if about.st_size == 0:
        raise LoadError(LoadReason.EMPTY, "no bytes")
    if about.st_size > limits.max_bytes:
        raise LoadError(LoadReason.TOO_LARGE, f"{about.st_size} bytes")


def take(source: int, limits: Limits) -> int:
    """Copy an open file into sealed memory; return the memory's descriptor. ``source`` stays open.

    Raises:
        LoadError: ``EMPTY``, ``TOO_LARGE`` (it grew meanwhile), ``DAMAGED`` when reading fails.
    """
    memory = os.memfd_create("document", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        _fill(memory, source, limits)
    except OSError as error:
        os.close(memory)
        raise LoadError(LoadReason.DAMAGED, f"cannot be read: {error.strerror}") from error
    except BaseException:
        os.close(memory)
        raise
    return memory


def _fill(memory: int, source: int, limits: Limits) -> None:
    size = 0
    while copied := os.sendfile(memory, source, None, _PIECE):
        size += copied
        if size > limits.max_bytes:
            raise LoadError(LoadReason.TOO_LARGE, "grew while it was read")
    if size == 0:
        raise LoadError(LoadReason.EMPTY, "shrank while it was read")
    seals = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE
    fcntl.fcntl(memory, fcntl.F_ADD_SEALS, seals)
