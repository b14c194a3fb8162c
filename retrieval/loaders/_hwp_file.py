"""The inside of an HWP 5 file: what its header forbids, and its streams unpacked within bounds.

Source: 한글 문서 파일 형식 5.0, revision 1.3, 3.2 (파일 인식 정보, tables 3 and 4). Streams are raw deflate; ViewText,
which replaces BodyText in a file for distribution, is encrypted with a key that the file carries.
"""

from __future__ import annotations

import re
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from retrieval.errors import LoadError, LoadReason

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from retrieval.loaders.limits import Limits

_SIGNATURE: Final = b"HWP Document File"
_MAJOR: Final = 5
_COMPRESSED: Final = 1 << 0
_DISTRIBUTION: Final = 1 << 2
# Tried in this order. Bit 8: encrypted with a certificate; bits 4 and 10: document security of the office.
_LOCKS: Final = (
    (1 << 1, LoadReason.PASSWORD, "password"),
    (1 << 4, LoadReason.DRM, "document security"),
    (1 << 10, LoadReason.DRM, "document security with a certificate"),
    (1 << 8, LoadReason.ENCRYPTED, "encrypted with a certificate"),
)
_SECTION: Final = re.compile(r"(?:BodyText|ViewText)/Section(\d{1,4})")
_SUMMARY: Final = "\x05HwpSummaryInformation"
_TITLE_PROPERTY: Final = 2  # PIDSI_TITLE, [MS-OLEPS] 2.25.1
_WIDE_STRING: Final = 0x1F  # VT_LPWSTR
_MAX_PROPERTIES: Final = 256
_MAX_TITLE: Final = 400
_TRUNCATION: Final = re.compile(r"truncated|outside|exceeds available", re.IGNORECASE)
_STEP: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class HwpStreams:
    """The parts of a file that hold text, unpacked: ``DocInfo`` and the sections in order; the title property."""

    doc_info: bytes
    sections: list[bytes]
    distribution: bool
    compressed: bool
    title: str


def read(ole: Any, limits: Limits) -> HwpStreams:  # noqa: ANN401 - dochan's compound file
    """Read an opened file.

    Args:
        ole: the compound file, from ``open_compound``.
        limits: ``max_inflated_bytes`` is for all streams together; ``read_distribution_locked`` is the house's leave.

    Raises:
        LoadError: the lock that the header states, ``BOMB``, ``TRUNCATED``, ``UNSUPPORTED`` or ``DAMAGED``.
    """
    flags = _flags(_stream(ole, "FileHeader"))
    distribution = bool(flags & _DISTRIBUTION)
    if distribution and not limits.read_distribution_locked:
        raise LoadError(LoadReason.DISTRIBUTION_LOCKED, "saved for distribution")
    compressed = bool(flags & _COMPRESSED)
    left = limits.max_inflated_bytes
    doc_info = _stream(ole, "DocInfo")
    if compressed:
        doc_info = inflate(doc_info, left)
    left -= len(doc_info)
    sections = []
    for name in _section_names(ole, "ViewText" if distribution else "BodyText"):
        data = _stream(ole, name)
        if distribution:
            data = _decrypt(data, left, compressed=compressed)
        elif compressed:
            data = inflate(data, left)
        left -= len(data)
        if left < 0:
            raise LoadError(LoadReason.BOMB, f"unpacks to more than {limits.max_inflated_bytes} bytes")
        sections.append(data)
    if not sections:
        raise LoadError(LoadReason.DAMAGED, "no section")
    if ole.recovery_issues:  # some stream was shorter than it should be; only what was read counts here
        raise LoadError(LoadReason.TRUNCATED, "; ".join(str(issue) for issue in ole.recovery_issues)[:500])
    return HwpStreams(doc_info, sections, distribution, compressed, _title(ole))


def open_compound(path: Path) -> Any:  # noqa: ANN401 - dochan's compound file
    """Open the container; to be closed by the caller.

    Raises:
        LoadError: ``TRUNCATED`` or ``DAMAGED``.
    """
    from dochan import cfb  # noqa: PLC0415 - a vendor library

    try:
        return cfb.OleFileIO(str(path))
    except (OSError, ValueError, struct.error, IndexError) as error:
        raise _broken(error) from error


def inflate(data: bytes, limit: int) -> bytes:
    """Unpack one stream to at most ``limit`` bytes.

    Hancom writes raw deflate; other writers put a zlib header before it.

    Raises:
        LoadError: ``BOMB`` beyond the limit, ``TRUNCATED`` when the stream ends early, ``DAMAGED`` when it is none.
    """
    try:
        return _inflate(data, limit, -zlib.MAX_WBITS)
    except zlib.error as error:
        try:
            return _inflate(data, limit, zlib.MAX_WBITS)
        except zlib.error:
            raise LoadError(LoadReason.DAMAGED, f"deflate: {error}") from error


def _inflate(data: bytes, limit: int, window: int) -> bytes:
    unpacker = zlib.decompressobj(window)
    parts = []
    total = 0
    pending = data
    while not unpacker.eof:
        part = unpacker.decompress(pending, _STEP)
        total += len(part)
        if total > limit:
            raise LoadError(LoadReason.BOMB, f"a stream unpacks to more than {limit} bytes")
        parts.append(part)
        pending = unpacker.unconsumed_tail
        if not pending and not part and not unpacker.eof:
            raise LoadError(LoadReason.TRUNCATED, "a packed stream ends early")
    return b"".join(parts)


def _flags(header: bytes) -> int:
    if not header.startswith(_SIGNATURE) or len(header) < 40:  # noqa: PLR2004 - up to and with the flags
        raise LoadError(LoadReason.DAMAGED, "HWP file header")
    if header[35] != _MAJOR:
        raise LoadError(LoadReason.UNSUPPORTED, f"HWP version {header[35]}")
    flags: int = struct.unpack_from("<I", header, 36)[0]
    for bit, reason, detail in _LOCKS:
        if flags & bit:
            raise LoadError(reason, detail)
    return flags


def _section_names(ole: Any, storage: str) -> Iterator[str]:  # noqa: ANN401
    names = ("/".join(entry) for entry in ole.listdir())
    found = {name: match for name in names if (match := _SECTION.fullmatch(name)) and name.startswith(storage)}
    yield from sorted(found, key=lambda name: int(found[name].group(1)))


def _stream(ole: Any, name: str) -> bytes:  # noqa: ANN401
    try:
        data: bytes = ole.openstream(name).read()
    except (OSError, ValueError, struct.error, IndexError) as error:
        raise _broken(error) from error
    return data


def _broken(error: Exception) -> LoadError:
    reason = LoadReason.TRUNCATED if _TRUNCATION.search(str(error)) else LoadReason.DAMAGED
    return LoadError(reason, f"compound file: {error}"[:500])


def _decrypt(data: bytes, limit: int, *, compressed: bool) -> bytes:
    from dochan.hwp.distdoc import decode_distribution_section  # noqa: PLC0415

    try:
        plain: bytes = decode_distribution_section(data, is_compressed=compressed, max_size=limit, decompress=True)
    except (ValueError, zlib.error, struct.error) as error:
        reason = LoadReason.BOMB if "exceeds limit" in str(error) else LoadReason.DAMAGED
        raise LoadError(reason, f"distribution section: {error}") from error
    return plain


def _title(ole: Any) -> str:  # noqa: ANN401
    """The title among the properties ([MS-OLEPS] 2.21), empty where there is none or the set is not well-formed."""
    if not ole.exists(_SUMMARY):
        return ""
    data = _stream(ole, _SUMMARY)
    try:
        start = struct.unpack_from("<I", data, 44)[0]
        count = struct.unpack_from("<I", data, start + 4)[0]
        for index in range(min(count, _MAX_PROPERTIES)):
            key, offset = struct.unpack_from("<2I", data, start + 8 + 8 * index)
            kind, length = struct.unpack_from("<2I", data, start + offset)
            if key == _TITLE_PROPERTY and kind == _WIDE_STRING:
                at = start + offset + 8
                text = data[at : at + 2 * min(length, _MAX_TITLE)].decode("utf-16-le", "ignore")
                return text.partition("\0")[0].strip()
    except struct.error:
        return ""
    return ""
