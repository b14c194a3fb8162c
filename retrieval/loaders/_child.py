"""The parsing child: reads requests from standard input, one document or error per request to standard output.

Started by ``sandbox.ParserPool`` and by nobody else; ends when its standard input does, that is with the parent (a
death signal would follow the parent's thread instead). Before the first file it gives up what a parser does not
need (``_jail``). Messages are a length (4 bytes, big-endian) and JSON; requests come with the file as an open
descriptor, replies are followed by the bytes of what the document carries.
"""

from __future__ import annotations

import json
import os
import resource
import socket
import struct
from pathlib import Path, PosixPath
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from retrieval.errors import LoadError, LoadReason
from retrieval.loaders import _codec, _jail
from retrieval.loaders.limits import Limits
from retrieval.loaders.registry import read
from retrieval.loaders.sniffing import sniff

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrieval.types import Attachment, ParsedDocument

HEADER = struct.Struct(">I")
_EXIT_MEMORY = 3


class _Reply(NamedTuple):
    """What goes back, and whether this process is fit for another file."""

    head: bytes
    attachments: Sequence[Attachment] = ()
    sound: bool = True


class _Handed(PosixPath):
    """The path under which a descriptor can be opened again. What it leads to has no name that could be resolved."""

    def resolve(self, strict: bool = False) -> _Handed:  # noqa: FBT001, FBT002 - pathlib's own signature
        """Return the path itself."""
        del strict
        return self


def main() -> int:
    """Serve until standard input closes."""
    requests, replies = _channels()
    set_up = json.loads(_receive(requests)[0])
    limits = Limits(**set_up["limits"])
    fences = _jail.confine([limits.tessdata] if limits.tessdata else [], anywhere=bool(set_up["anywhere"]))
    _send(replies, _Reply(json.dumps({"fences": fences}).encode()))
    while True:
        message, descriptor = _receive(requests)
        if not message:
            return 0
        reply = _answer(json.loads(message), descriptor, limits)
        if descriptor is not None:
            os.close(descriptor)
        _send(replies, reply)
        if not reply.sound:
            return _EXIT_MEMORY
        del reply


def _channels() -> tuple[socket.socket, BinaryIO]:
    """Keep the pipes for ourselves; whatever a library prints goes nowhere instead of into the protocol."""
    requests = socket.socket(fileno=os.dup(0))
    replies = os.fdopen(os.dup(1), "wb", 0)
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    return requests, replies


def _receive(requests: socket.socket) -> tuple[bytes, int | None]:
    """Return the next message and the descriptor that came with it; no bytes when there is none any more."""
    header, descriptors, _, _ = socket.recv_fds(requests, HEADER.size, 1)
    descriptor = descriptors[0] if descriptors else None
    while 0 < len(header) < HEADER.size and (more := requests.recv(HEADER.size - len(header))):
        header += more
    if len(header) < HEADER.size:
        return b"", descriptor
    message = bytearray()
    wanted = HEADER.unpack(header)[0]
    while len(message) < wanted and (part := requests.recv(wanted - len(message))):
        message += part
    return bytes(message), descriptor


def _send(replies: BinaryIO, reply: _Reply) -> None:
    for data in (HEADER.pack(len(reply.head)), reply.head, *(one.data for one in reply.attachments)):
        left = memoryview(data)
        while left:
            left = left[replies.write(left) :]


def _answer(request: dict[str, Any], descriptor: int | None, limits: Limits) -> _Reply:
    try:
        document = _parse(request, descriptor, limits)
        return _Reply(_codec.encode(document), document.attachments)
    except Exception as error:  # noqa: BLE001 - parsers raise anything on a broken file; each is that file's failure
        failure = _failure(error)
        return _Reply(_codec.encode_error(failure), sound=failure.reason is not LoadReason.MEMORY)


def _failure(error: Exception) -> LoadError:
    """Say what an exception means for the file."""
    match error:
        case LoadError():
            return error
        case MemoryError():
            return LoadError(LoadReason.MEMORY, "address space used up")
        case RecursionError():
            return LoadError(LoadReason.TOO_COMPLEX, "nested too deeply")
        case ImportError():  # of the house, not of the file: a library is missing
            return LoadError(LoadReason.CRASHED, f"a module is missing: {error.name}")
        case _:
            return LoadError(LoadReason.DAMAGED, f"{type(error).__name__}: {error}")


def _parse(request: dict[str, Any], descriptor: int | None, limits: Limits) -> ParsedDocument:
    filename = str(request["filename"])
    path = Path(request["path"]) if descriptor is None else _Handed(f"/proc/self/fd/{descriptor}")
    media_type = sniff(path, filename)
    used = resource.getrusage(resource.RUSAGE_SELF)
    spent = int(used.ru_utime + used.ru_stime)
    _soft_limit(resource.RLIMIT_AS, limits.memory_for(media_type))
    _soft_limit(resource.RLIMIT_CPU, spent + limits.cpu_for(media_type))
    return read(path, filename=filename, media_type=media_type, limits=limits)


def _soft_limit(what: int, value: int) -> None:
    """Set the soft limit only: it has to be raised again for the next file."""
    hard = resource.getrlimit(what)[1]
    resource.setrlimit(what, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))
