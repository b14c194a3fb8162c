"""Writes OLE compound files ([MS-CFB] version 3) and HWP 5 records for tests: small, whole in memory, always valid."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

SECTOR, MINI, CUTOFF = 512, 64, 4096
FREE, END, FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
STORAGE, STREAM, ROOT = 1, 2, 5


def compound_file(streams: Mapping[str, bytes]) -> bytes:
    """A compound file with these streams by path (``BodyText/Section0``); storages are made as needed."""
    writer = _Writer(streams)
    return writer.file()


class _Writer:
    def __init__(self, streams: Mapping[str, bytes]) -> None:
        self._sectors: list[bytes] = []
        self._fat: list[int] = []
        self._mini = bytearray()
        self._mini_fat: list[int] = []
        self._streams = dict(streams)

    def file(self) -> bytes:
        entries = self._directory()
        mini_fat = struct.pack(f"<{len(self._mini_fat)}I", *self._mini_fat)
        mini_fat_start, mini_fat_count = self._store(mini_fat, b"\xff"), -(-len(mini_fat) // SECTOR)
        root_start = self._store(bytes(self._mini))
        entries[0] = _entry("Root Entry", ROOT, entries[0][1], root_start, len(self._mini)), entries[0][1]
        directory_start = self._store(b"".join(data for data, _child in entries))
        fat_count = 1
        while len(self._sectors) + fat_count > fat_count * (SECTOR // 4):
            fat_count += 1
        fat_start = len(self._sectors)
        fat = [*self._fat, *[FAT] * fat_count]
        fat += [FREE] * (fat_count * (SECTOR // 4) - len(fat))
        header = struct.pack("<8s16x5H6x", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6)
        header += struct.pack("<9I", 0, fat_count, directory_start, 0, CUTOFF, mini_fat_start, mini_fat_count, END, 0)
        fat_sectors = [*range(fat_start, fat_start + fat_count)]
        header += struct.pack("<109I", *fat_sectors, *[FREE] * (109 - fat_count))
        return header + b"".join(self._sectors) + struct.pack(f"<{len(fat)}I", *fat)

    def _store(self, data: bytes, fill: bytes = b"\0") -> int:
        """Append data as a chain of sectors; returns its first, or the end mark for no data."""
        if not data:
            return END
        start = len(self._sectors)
        pieces = [data[at : at + SECTOR].ljust(SECTOR, fill) for at in range(0, len(data), SECTOR)]
        self._sectors += pieces
        self._fat += [*range(start + 1, start + len(pieces)), END]
        return start

    def _store_mini(self, data: bytes) -> int:
        start, count = len(self._mini) // MINI, -(-len(data) // MINI)
        self._mini += data.ljust(count * MINI, b"\0")
        self._mini_fat += [*range(start + 1, start + count), END]
        return start

    def _directory(self) -> list[tuple[bytes, int]]:
        """Entries in order; the children of a storage are a list along their right links (a valid, unbalanced tree)."""
        tree: dict[str, object] = {}
        for path, data in self._streams.items():
            *storages, name = path.split("/")
            node = tree
            for storage in storages:
                node = node.setdefault(storage, {})  # type: ignore[assignment]
            node[name] = data
        entries: list[tuple[bytes, int]] = [(b"", 0)]
        entries[0] = (b"", self._children(tree, entries))
        while len(entries) % (SECTOR // 128):
            entries.append((b"\0" * 64 + struct.pack("<4x3I", FREE, FREE, FREE) + b"\0" * 48, FREE))
        return entries

    def _children(self, tree: Mapping[str, object], entries: list[tuple[bytes, int]]) -> int:
        names = sorted(tree, key=lambda name: (len(name.encode("utf-16-le")), name.upper()))
        indices = range(len(entries), len(entries) + len(names))
        entries += [(b"", FREE)] * len(names)
        for at, (index, name) in enumerate(zip(indices, names, strict=True)):
            right = indices[at + 1] if at + 1 < len(names) else FREE
            content = tree[name]
            if isinstance(content, bytes):
                start = (
                    self._store(content) if len(content) >= CUTOFF else self._store_mini(content) if content else END
                )
                entries[index] = _entry(name, STREAM, FREE, start, len(content), right), FREE
            else:
                child = self._children(content, entries)  # type: ignore[arg-type]
                entries[index] = _entry(name, STORAGE, child, 0, 0, right), child
        return indices[0] if names else FREE


def _entry(name: str, kind: int, child: int, start: int, size: int, right: int = FREE) -> bytes:  # noqa: PLR0917 - as on disk
    raw = name.encode("utf-16-le") + b"\0\0"
    return raw.ljust(64, b"\0") + struct.pack("<HBB3I16x4x16xIQ", len(raw), kind, 1, FREE, right, child, start, size)


def record(tag: int, level: int, data: bytes = b"") -> bytes:
    """One HWP 5 record: tag, level and size in 32 bits, then the data."""
    if len(data) < 0xFFF:
        return struct.pack("<I", tag | level << 10 | len(data) << 20) + data
    return struct.pack("<2I", tag | level << 10 | 0xFFF << 20, len(data)) + data


def paragraph(text: str, *, level: int = 0, shape: int = 0, style: int = 0, controls: bytes = b"") -> bytes:
    """A paragraph: header, text closed by the paragraph mark, and its control records (at ``level + 1``)."""
    raw = text.encode("utf-16-le") + b"\r\0"
    header = struct.pack("<2IHBBHHHI", len(raw) // 2, 0, shape, style, 0, 0, 0, 0, 0)
    return record(0x42, level, header) + record(0x43, level + 1, raw) + controls


def deflate(data: bytes) -> bytes:
    """Raw deflate, as Hangul packs its streams."""
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


def hwp_header(flags: int = 0, *, version: int = 5) -> bytes:
    """The 256 bytes of ``FileHeader``; bit 0 of the flags says that streams are packed."""
    return b"HWP Document File".ljust(32, b"\0") + bytes((0, 0, 0, version)) + struct.pack("<I", flags) + b"\0" * 216


def hwp_file(*sections: bytes, doc_info: bytes = b"", flags: int = 1, **streams: bytes) -> bytes:
    """An HWP 5 file from the records of its sections; ``streams`` replace or add streams by path."""
    properties = record(0x10, 0, struct.pack("<7H", len(sections), *[1] * 6) + b"\0" * 12)
    pack = deflate if flags & 1 else bytes
    parts = {"FileHeader": hwp_header(flags), "DocInfo": pack(properties + doc_info)}
    parts |= {f"BodyText/Section{index}": pack(section) for index, section in enumerate(sections)}
    return compound_file(parts | streams)
