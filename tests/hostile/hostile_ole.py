"""Compound files: HWP 5, encrypted Office files, messages of Outlook; and what document security leaves of a file."""

from __future__ import annotations

import struct
from typing import Final

from compound_file import compound_file, deflate, hwp_file, hwp_header, paragraph, record
from hostile_kinds import BIG, BODY, LAUGHS, OUTSIDE, READ, XML, Kind, half, kind

from retrieval.errors import LoadReason

_SECTOR: Final = 512


def hwp(**more: bytes) -> bytes:
    return hwp_file(*[paragraph(f"{BODY} {n}") for n in range(1)], **more)


def long_hwp() -> bytes:
    return hwp_file(b"".join(paragraph(f"{BODY} {n} {n * 7919 % 10007}") for n in range(4000)), flags=0)


def bomb() -> bytes:
    return hwp(**{"BodyText/Section0": deflate(bytes(BIG))})


def bomb_elsewhere() -> bytes:
    return hwp(DocInfo=deflate(bytes(BIG)))


def flagged(flags: int) -> bytes:
    return hwp(FileHeader=hwp_header(flags))


def boundless_record() -> bytes:
    return hwp_file(struct.pack("<2I", 0x43 | 0xFFF << 20, 0xFFFFFFF0) + b"ab")


def deep_records() -> bytes:
    """Tables within tables: each a control of the paragraph before, 200 levels down (the level has ten bits)."""
    data = b""
    for level in range(0, 800, 4):
        data += record(0x42, level, struct.pack("<2IHBBHHHI", 1, 1 << 11, 0, 0, 0, 0, 0, 0, 0))
        data += record(0x43, level + 1, struct.pack("<8H", 11, 0x6C62, 0x7462, 0, 0, 0, 0, 11) + b"\r\0")
        data += record(0x47, level + 1, b" lbt" + bytes(42))
        data += record(0x4D, level + 2, struct.pack("<I2HH4HH", 0, 1, 1, 0, 0, 0, 0, 0, 1) + bytes(4))
        data += record(0x48, level + 2, struct.pack("<HIH", 1, 0, 0) + struct.pack("<4H", 0, 0, 1, 1) + bytes(24))
    return hwp_file(data + paragraph(BODY, level=800))


def wide_spans() -> bytes:
    data = record(0x42, 0, struct.pack("<2IHBBHHHI", 1, 1 << 11, 0, 0, 0, 0, 0, 0, 0))
    data += record(0x43, 1, struct.pack("<8H", 11, 0x6C62, 0x7462, 0, 0, 0, 0, 11) + b"\r\0")
    data += record(0x47, 1, b" lbt" + bytes(42))
    data += record(0x4D, 2, struct.pack("<I2HH4HH", 0, 65535, 65535, 0, 0, 0, 0, 0, 1) + bytes(4))
    for row in range(50):
        cell = struct.pack("<HIH", 1, 0, 0) + struct.pack("<4H", 0, row, 65535, 65535) + bytes(24)
        data += record(0x48, 2, cell) + paragraph("값", level=2)
    return hwp_file(data)


def patched(data: bytes, at: int, value: int) -> bytes:
    return data[:at] + struct.pack("<I", value) + data[at + 4 :]


def _fat_at(data: bytes) -> int:
    return int((struct.unpack_from("<I", data, 76)[0] + 1) * _SECTOR)


def stream_in_a_circle() -> bytes:
    data = long_hwp()
    fat = _fat_at(data)
    return patched(data, fat + 4 * 5, 4)  # sector 5 leads back to sector 4


def directory_in_a_circle() -> bytes:
    data = long_hwp()
    first = struct.unpack_from("<I", data, 48)[0]
    fat = _fat_at(data) + _SECTOR * (first // 128)
    return patched(data, _fat_of(data, first, fat), first)


def _fat_of(data: bytes, sector: int, fallback: int) -> int:
    listed = struct.unpack_from("<109I", data, 76)[sector // 128]
    return int((listed + 1) * _SECTOR + 4 * (sector % 128)) if listed < len(data) else fallback


def sector_beyond_the_end() -> bytes:
    return patched(hwp(), 48, 0x00FFFFFF)


def table_list_in_a_circle() -> bytes:
    data = patched(hwp(), 68, 0)  # the list of table sectors goes on in sector 0 …
    data = patched(data, 72, 50)
    return data[:_SECTOR] + data[_SECTOR : 2 * _SECTOR - 4] + struct.pack("<I", 0) + data[2 * _SECTOR :]


def odd_sector_size() -> bytes:
    data = hwp()
    return data[:30] + struct.pack("<H", 40) + data[32:]


def office(*streams: str) -> bytes:
    return compound_file(dict.fromkeys(streams, b"x" * 200))


def hwpml(body: str, prolog: str = XML) -> bytes:
    section = f"<BODY><SECTION>{body}</SECTION></BODY>"
    return f'{prolog}<HWPML Version="2.8"><HEAD><DOCSUMMARY/></HEAD>{section}</HWPML>'.encode()


def marked(start: bytes) -> bytes:
    return start + bytes(range(256)) * 20


HWP_KINDS: Final[dict[str, Kind]] = {
    "hwp, text that unpacks without end": kind(".hwp", bomb, LoadReason.BOMB),
    "hwp, settings that unpack without end": kind(".hwp", bomb_elsewhere, LoadReason.BOMB),
    "hwp, locked by a password": kind(".hwp", lambda: flagged(0b11), LoadReason.PASSWORD),
    "hwp, locked for distribution": kind(".hwp", lambda: flagged(0b101), LoadReason.DISTRIBUTION_LOCKED),
    "hwp, locked by document security": kind(".hwp", lambda: flagged(0b10001), LoadReason.DRM),
    "hwp, locked by a certificate": kind(".hwp", lambda: flagged(1 | 1 << 8), LoadReason.ENCRYPTED),
    "hwp, a record of 4 GB": kind(".hwp", boundless_record, LoadReason.DAMAGED),
    "hwp, tables 200 deep": kind(".hwp", deep_records, LoadReason.TOO_COMPLEX),
    "hwp, cells over 65,535 columns": kind(".hwp", wide_spans, LoadReason.TOO_COMPLEX, LoadReason.DAMAGED),
    "hwp, a stream that runs in a circle": kind(".hwp", stream_in_a_circle, LoadReason.DAMAGED),
    "hwp, a directory that runs in a circle": kind(".hwp", directory_in_a_circle, LoadReason.DAMAGED),
    "hwp, a directory beyond the end": kind(".hwp", sector_beyond_the_end, LoadReason.TRUNCATED),
    "hwp, a table list in a circle": kind(".hwp", table_list_in_a_circle, LoadReason.DAMAGED),
    "hwp, sectors of a terabyte": kind(".hwp", odd_sector_size, LoadReason.DAMAGED),
    "hwp, without text": kind(".hwp", lambda: hwp_file(paragraph(" ")), LoadReason.NO_TEXT),
    "hwp, only its header": kind(
        ".hwp", lambda: compound_file({"FileHeader": hwp_header(1)}), LoadReason.DAMAGED, LoadReason.NO_TEXT
    ),
    **{
        f"hwp, cut off at {share:.0%}": kind(".hwp", half(long_hwp, share), LoadReason.TRUNCATED)
        for share in (0.01, 0.3, 0.6, 0.99)
    },
    "hwp, old format, damaged": kind(
        ".hwp",
        lambda: b"HWP Document File V3.00 \x1a\1\2\3\4\5" + bytes(300),
        *(LoadReason.UNSUPPORTED, LoadReason.DAMAGED, LoadReason.NO_TEXT, LoadReason.TRUNCATED),
    ),
    "hml, billion laughs": kind(
        ".hml", lambda: hwpml("<P><TEXT><CHAR>&i;</CHAR></TEXT></P>", XML + LAUGHS), LoadReason.EXTERNAL_ENTITY
    ),
    "hml, entity of a file of the system": kind(
        ".hml", lambda: hwpml("<P><TEXT><CHAR>&i;</CHAR></TEXT></P>", XML + OUTSIDE), LoadReason.EXTERNAL_ENTITY
    ),
    "hml, elements 50,000 deep": kind(
        ".hml",
        lambda: hwpml("<P>" * 50_000 + "</P>" * 50_000),
        LoadReason.TOO_COMPLEX,
    ),
}

LOCKED_KINDS: Final[dict[str, Kind]] = {
    "docx, locked by a password": kind(
        ".docx", lambda: office("EncryptionInfo", "EncryptedPackage"), LoadReason.PASSWORD
    ),
    "docx, rights management": kind(
        ".docx",
        lambda: office("EncryptedPackage", "\x06DataSpaces/DataSpaceInfo/DRMEncryptedDataSpace"),
        LoadReason.DRM,
    ),
    "doc, old format": kind(
        ".doc", lambda: office("WordDocument", "1Table"), LoadReason.UNSUPPORTED, LoadReason.DAMAGED
    ),
    "xls, old format": kind(".xls", lambda: office("Workbook"), LoadReason.UNSUPPORTED),
    "msg, damaged": kind(
        ".msg",
        lambda: office("__properties_version1.0", "__substg1.0_0037001F"),
        *(LoadReason.DAMAGED, LoadReason.NO_TEXT, LoadReason.UNSUPPORTED, READ),
    ),
    "msg, cut off": kind(
        ".msg",
        half(lambda: compound_file({"__properties_version1.0": bytes(64), "__substg1.0_1000001F": bytes(9000)}), 0.3),
        LoadReason.TRUNCATED,
    ),
    "Fasoo": kind(
        ".hwp",
        lambda: marked(b"\x9b DRMONE  This Document is encrypted and protected by Fasoo DRM"),
        LoadReason.DRM,
    ),
    "Fasoo, container": kind(".xlsx", lambda: marked(b"<!-- FasooSecureContainer -->"), LoadReason.DRM),
    "SoftCamp": kind(".docx", lambda: marked(b"SCDSA004"), LoadReason.DRM),
    "Document Safer": kind(".pdf", lambda: marked(b"<DOCUMENT SAFER V1.0>"), LoadReason.DRM),
    "MarkAny": kind(".hwp", lambda: marked(b"<!-- MarkAny Document SAFER -->"), LoadReason.DRM),
    "Nasca": kind(".xlsx", lambda: marked(b"<## NASCA DRM FILE - VER1.00 ##>"), LoadReason.DRM),
}
