"""ZIP files that are not what they say."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from typing import Final

from hostile_kinds import BIG, BODY, READ, Kind, archive, half, kind, zeros

from retrieval.errors import LoadReason

MEGABYTE: Final = 1024 * 1024
_LOCAL: Final = struct.Struct("<4s5H3I2H")
_ENTRY: Final = struct.Struct("<4s6H3I5H2I")
_END: Final = struct.Struct("<4s4H2IH")


def raw_zip(names: list[bytes], packed: bytes, *, size: int, method: int = 8, flags: int = 0, crc: int = 0) -> bytes:
    """One local member that every entry of the directory points at, with whatever figures are asked for."""
    local = _LOCAL.pack(b"PK\x03\x04", 20, flags, method, 0, 0, crc, len(packed), size, len(names[0]), 0)
    body = local + names[0] + packed
    directory = b"".join(
        _ENTRY.pack(
            b"PK\x01\x02", 20, 20, flags, method, 0, 0, crc, len(packed), size, len(name), 0, 0, 0, 0, 0o100644 << 16, 0
        )
        + name
        for name in names
    )
    count = min(len(names), 0xFFFF)
    return body + directory + _END.pack(b"PK\x05\x06", 0, 0, count, count, len(directory), len(body), 0)


def _deflated(data: bytes) -> bytes:
    packer = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


def flat_bomb() -> bytes:
    return archive({f"{n}.txt": zeros(BIG // 4) for n in range(5)})


def overlapping() -> bytes:
    data = zeros(MEGABYTE)
    return raw_zip([b"a.txt"] * 40, _deflated(data), size=len(data), crc=zlib.crc32(data))


def lying() -> bytes:
    data = zeros(BIG)
    return raw_zip([b"a.txt"], _deflated(data), size=10, crc=zlib.crc32(data[:10]))


def nested(depth: int) -> bytes:
    data = BODY.encode()
    name = "본문.txt"
    for level in range(depth):
        data = archive({name: data})
        name = f"{level}.zip"
    return data


def tree_of_bombs() -> bytes:
    inner = archive({f"{n}.txt": zeros(BIG // 16) for n in range(20)})
    return archive({f"{n}.zip": inner for n in range(12)})


def names(*odd: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as writer:
        for name in odd:
            writer.writestr(zipfile.ZipInfo(name), BODY)
        writer.writestr("정상.txt", BODY)
    return buffer.getvalue()


def raw_names(*odd: bytes) -> bytes:
    data = BODY.encode()
    return b"".join([raw_zip(list(odd), data, size=len(data), method=0, crc=zlib.crc32(data))])


def symlink() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as writer:
        link = zipfile.ZipInfo("암호.txt")
        link.create_system = 3
        link.external_attr = 0o120777 << 16
        writer.writestr(link, "/etc/passwd")
        writer.writestr("정상.txt", BODY)
    return buffer.getvalue()


def duplicates() -> bytes:
    data = BODY.encode()
    return raw_zip([b"a.txt"] * 3, data, size=len(data), method=0, crc=zlib.crc32(data))


def far_directory() -> bytes:
    data = archive({"a.txt": BODY})
    at = data.rfind(b"PK\x05\x06")
    return data[: at + 12] + struct.pack("<2I", 0x7FFFFFFF, 0x7FFFFFFF) + data[at + 20 :]


def zip64_lie() -> bytes:
    data = archive({"a.txt": BODY})
    at = data.rfind(b"PK\x05\x06")
    return data[: at + 12] + struct.pack("<2I", 0xFFFFFFFF, 0xFFFFFFFF) + data[at + 20 :]


def pdf_first() -> bytes:
    """A ZIP whose first member is a stored PDF: its mark stands in the file's first kilobyte."""
    return archive({"a.pdf": b"%PDF-1.4\n%%EOF", "본문.txt": BODY}, stored=("a.pdf",))


KINDS: Final[dict[str, Kind]] = {
    "zip, members of zeros": kind(".zip", flat_bomb, LoadReason.BOMB),
    "zip, 40 entries over one member": kind(".zip", overlapping, LoadReason.BOMB),
    "zip, member larger than it says": kind(".zip", lying, READ),
    "zip, archives in archives, seven deep": kind(".zip", lambda: nested(7), READ),
    "zip, 12 archives of bombs": kind(".zip", tree_of_bombs, READ),
    "zip, 6,000 members": kind(
        ".zip", lambda: archive({f"{n}.txt": b"x" for n in range(6000)}), LoadReason.TOO_COMPLEX
    ),
    "zip, directory of 600,000 entries": kind(
        ".zip", lambda: raw_zip([b"a"] * 600_000, b"x", size=1, method=0), LoadReason.TOO_COMPLEX
    ),
    "zip, encrypted": kind(
        ".zip", lambda: raw_zip([b"a.txt"], bytes(24), size=12, flags=1, method=0), LoadReason.PASSWORD
    ),
    "zip, packed in an unknown way": kind(
        ".zip",
        lambda: raw_zip([b"a.txt"], bytes(24), size=12, method=99),
        LoadReason.UNSUPPORTED,
    ),
    "zip, names that lead outside": kind(
        ".zip", lambda: names("../../etc/cron.d/x", "/etc/passwd", "..\\..\\x.txt", "C:\\x.txt", "a/../../b.txt"), READ
    ),
    "zip, names of control characters": kind(
        ".zip", lambda: raw_names(b"a\x00b.txt", b"\x1b[2J.txt", b"\xff\xfe.txt"), LoadReason.DAMAGED
    ),
    "zip, a link to a file of the system": kind(".zip", symlink, READ),
    "zip, one name three times": kind(".zip", duplicates, READ),
    "zip, cut off": kind(".zip", half(lambda: archive({"a.txt": BODY * 50, "b.txt": BODY})), LoadReason.TRUNCATED),
    "zip, without members": kind(".zip", lambda: archive({}), LoadReason.EMPTY),
    "zip, directory beyond the end": kind(".zip", far_directory, LoadReason.DAMAGED),
    "zip, says ZIP64 and is not": kind(".zip", zip64_lie, LoadReason.DAMAGED),
    "zip, begins like a PDF": kind(".zip", pdf_first, READ),
}
