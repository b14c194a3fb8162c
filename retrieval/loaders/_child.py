"""The parsing child: reads requests from standard input, one document or error per request to standard output.

Started by ``sandbox.ParserPool`` and by nobody else; ends when its standard input does, that is with the parent (a
death signal would follow the parent's thread instead). Before the first file it gives up what a parser does not
need: the network, writing files, starting programs. Messages are a length (4 bytes, big-endian) and JSON.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import struct
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from retrieval.errors import LoadError, LoadReason
from retrieval.loaders import _codec
from retrieval.loaders.limits import Limits
from retrieval.loaders.registry import loader_for
from retrieval.loaders.sniffing import PDF, sniff

if TYPE_CHECKING:
    from retrieval.types import ParsedDocument

HEADER = struct.Struct(">I")
_CLONE_NEWUSER = 0x10000000  # linux/sched.h
_CLONE_NEWNET = 0x40000000
_PR_SET_NO_NEW_PRIVS = 38  # linux/prctl.h
_FORBIDDEN = (
    *("socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.spawn", "pty.", "shutil."),
    *("os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.truncate", "os.chmod", "os.chown"),
)
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_EXIT_MEMORY = 3


def main() -> int:
    """Serve until standard input closes."""
    requests, replies = _channels()
    _confine()
    while True:
        header = requests.read(HEADER.size)
        if len(header) < HEADER.size:
            return 0
        request = json.loads(requests.read(HEADER.unpack(header)[0]))
        reply, sound = _answer(request)
        replies.write(HEADER.pack(len(reply)) + reply)
        replies.flush()
        if not sound:
            return _EXIT_MEMORY


def _channels() -> tuple[BinaryIO, BinaryIO]:
    """Keep the pipes for ourselves; whatever a library prints goes nowhere instead of into the protocol."""
    requests = os.fdopen(os.dup(0), "rb")
    replies = os.fdopen(os.dup(1), "wb")
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    return requests, replies


def _confine() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    # A name space of its own has no network at all. Where the kernel or the container forbids that, the hook below
    # still refuses every socket that Python code asks for.
    if libc.unshare(_CLONE_NEWNET) != 0:
        libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a refused write is an error to the library, not a death
    sys.addaudithook(_refuse)


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    writing = event == "open" and isinstance(arguments[2], int) and arguments[2] & _WRITING
    if writing or event.startswith(_FORBIDDEN):
        raise PermissionError(f"{event} is not allowed while parsing")


def _answer(request: dict[str, Any]) -> tuple[bytes, bool]:
    """Reply to one request, and whether this process is fit for another."""
    try:
        return _codec.encode(_parse(request)), True
    except LoadError as error:
        return _codec.encode_error(error), True
    except MemoryError:
        return _codec.encode_error(LoadError(LoadReason.MEMORY, "address space used up")), False
    except RecursionError:
        return _codec.encode_error(LoadError(LoadReason.TOO_COMPLEX, "nested too deeply")), True
    except OSError as error:
        return _codec.encode_error(LoadError(LoadReason.DAMAGED, f"cannot be read: {error}")), True
    except Exception as error:  # noqa: BLE001 - parsers raise anything on a broken file; each is that file's failure
        return _codec.encode_error(LoadError(LoadReason.DAMAGED, f"{type(error).__name__}: {error}")), True


def _parse(request: dict[str, Any]) -> ParsedDocument:
    limits = Limits(**request["limits"])
    path, filename = Path(request["path"]), str(request["filename"])
    media_type = sniff(path, filename)
    memory, cpu = limits.memory_bytes, limits.cpu_seconds
    if media_type == PDF:
        memory, cpu = limits.pdf_memory_bytes, limits.pdf_cpu_seconds
    used = resource.getrusage(resource.RUSAGE_SELF)
    spent = int(used.ru_utime + used.ru_stime)
    _soft_limit(resource.RLIMIT_AS, memory)
    _soft_limit(resource.RLIMIT_CPU, spent + cpu)
    return loader_for(media_type, limits).load(path, filename=filename)


def _soft_limit(what: int, value: int) -> None:
    """Set the soft limit only: it has to be raised again for the next file."""
    hard = resource.getrlimit(what)[1]
    resource.setrlimit(what, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))
