"""What a ZIP file holds, told from its directory alone: bounded in time and memory, whatever the file claims.

``zipfile`` makes an object of every entry before it can be asked anything: a file of 50 MB may list a million. This
runs in the process that takes files in, so it reads a bounded stretch of the directory and unpacks two small members.
Layout: APPNOTE.TXT 6.3.10, sections 4.3.7 (local header), 4.3.12 (directory), 4.3.16 (its end).
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from retrieval.errors import LoadError, LoadReason

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

_END: Final = b"PK\x05\x06"
_END_SIZE: Final = 22
_LONGEST_COMMENT: Final = 0xFFFF
_ENTRY: Final = struct.Struct("<4s6H3I5H2I")
_LOCAL: Final = struct.Struct("<4s5H3I2H")
_LOCAL_MAGIC: Final = b"PK\x03\x04"
_DIRECTORY_BYTES: Final = 4 * 1024 * 1024
_MAX_ENTRIES: Final = 20_000
_MEMBER_BYTES: Final = 256 * 1024
_ELSEWHERE: Final = 0xFFFFFFFF
_STORED: Final = 0
_DEFLATED: Final = 8
_ENCRYPTED: Final = 0x1
_SIZE_FOLLOWS: Final = 0x8


@dataclass(frozen=True, slots=True)
class ZipSummary:
    """Names and number of the members (the first 20,000), whether one is encrypted, and two that tell the kind."""

    names: frozenset[str]
    count: int
    encrypted: bool
    mimetype: bytes
    content_types: bytes


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    flags: int
    method: int
    packed: int
    offset: int


def peek(path: Path) -> ZipSummary:
    """Read a ZIP file's directory.

    Raises:
        LoadError: ``TRUNCATED`` when the file ends within its members, ``DAMAGED`` when it has no directory.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        directory, shift = _directory(file, size)
        entries = _entries(directory)
        by_name = {entry.name: entry for entry in entries}
        return ZipSummary(
            names=frozenset(by_name),
            count=len(entries),
            encrypted=any(entry.flags & _ENCRYPTED for entry in entries),
            mimetype=_member(file, by_name.get("mimetype"), shift)[:64].strip(),
            content_types=_member(file, by_name.get("[Content_Types].xml"), shift),
        )


def _directory(file: BinaryIO, size: int) -> tuple[bytes, int]:
    """Return the directory and by how much its offsets are off (bytes stand before the archive)."""
    file.seek(max(0, size - _END_SIZE - _LONGEST_COMMENT))
    tail = file.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < _END_SIZE:
        cut_off = _ends_within_members(file, size)
        raise LoadError(LoadReason.TRUNCATED if cut_off else LoadReason.DAMAGED, "ZIP without directory")
    length, offset = struct.unpack_from("<2I", tail, at + 12)
    end = size - len(tail) + at
    # With ZIP64 (all bits set) the figures stand elsewhere; such a directory ends right before the records that say so.
    start = end - length if length <= end else offset
    if _ELSEWHERE in {offset, length}:
        start, offset = _zip64(file, end)
    if start < 0 or start > size:
        raise LoadError(LoadReason.DAMAGED, "ZIP directory outside the file")
    file.seek(start)
    return file.read(min(_DIRECTORY_BYTES, max(0, end - start))), start - offset


def _zip64(file: BinaryIO, end: int) -> tuple[int, int]:
    """Return where the directory of a ZIP64 file is and where it says it is."""
    file.seek(max(0, end - 20))
    locator = file.read(20)
    if len(locator) < 20 or locator[:4] != b"PK\x06\x07":  # noqa: PLR2004 - the size of that record
        raise LoadError(LoadReason.DAMAGED, "ZIP64 without its locator")
    file.seek(min(struct.unpack_from("<Q", locator, 8)[0], end))
    record = file.read(56)
    if len(record) < 56 or record[:4] != b"PK\x06\x06":  # noqa: PLR2004
        raise LoadError(LoadReason.DAMAGED, "ZIP64 without its directory")
    offset: int = struct.unpack_from("<Q", record, 48)[0]
    return offset, offset


def _entries(directory: bytes) -> list[_Entry]:
    entries: list[_Entry] = []
    position = 0
    while position + _ENTRY.size <= len(directory) and len(entries) < _MAX_ENTRIES:
        fields = _ENTRY.unpack_from(directory, position)
        if fields[0] != b"PK\x01\x02":
            break
        flags, method, packed = fields[3], fields[4], fields[8]
        name_size, extra_size, comment_size = fields[10:13]
        begin = position + _ENTRY.size
        name = directory[begin : begin + name_size].decode("utf-8", "replace")
        entries.append(_Entry(name, flags, method, packed, fields[16]))
        position = begin + name_size + extra_size + comment_size
    return entries


def _member(file: BinaryIO, entry: _Entry | None, shift: int) -> bytes:
    """Return the beginning of a small member; nothing where it cannot be had, which the loader will say better."""
    if entry is None or entry.flags & _ENCRYPTED or entry.offset + shift < 0:
        return b""
    file.seek(entry.offset + shift)
    header = file.read(_LOCAL.size)
    if len(header) < _LOCAL.size or not header.startswith(_LOCAL_MAGIC):
        return b""
    name_size, extra_size = _LOCAL.unpack(header)[9:11]
    file.seek(name_size + extra_size, 1)
    packed = file.read(min(entry.packed, _MEMBER_BYTES))
    if entry.method == _STORED:
        return packed
    if entry.method != _DEFLATED:
        return b""
    try:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, _MEMBER_BYTES)
    except zlib.error:
        return b""


def _ends_within_members(file: BinaryIO, size: int) -> bool:
    """Walk from member to member: whether the file's end comes before a member's."""
    position = 0
    for _ in range(_MAX_ENTRIES):
        file.seek(position)
        header = file.read(_LOCAL.size)
        if len(header) < _LOCAL.size:
            return position + len(header) >= size
        fields = _LOCAL.unpack(header)
        if fields[0] != _LOCAL_MAGIC:
            return bool(fields[0] == b"PK\x01\x02")  # the directory had begun
        if fields[2] & _SIZE_FOLLOWS and not fields[7]:
            return True  # cannot be walked; members without a directory behind them
        position += _LOCAL.size + fields[9] + fields[10] + fields[7]
        if position > size:
            return True
    return False
