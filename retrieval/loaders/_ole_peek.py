"""What an OLE compound file holds, told from its directory alone, without trust in any chain of sectors.

Runs in the process that takes files in: reads at most the allocation table and a bounded directory, never a stream.
Layout: [MS-CFB] 2.2 (header), 2.3 (FAT), 2.5 (DIFAT), 2.6 (directory).
"""

from __future__ import annotations

import struct
from array import array
from typing import TYPE_CHECKING, Final

from retrieval.errors import LoadError, LoadReason

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

_HEADER_BYTES: Final = 512
_FREE: Final = 0xFFFFFFFF
_UNUSED: Final = frozenset({0, _FREE})
_LAST_REGULAR: Final = 0xFFFFFFFA
_SHIFTS: Final = (9, 12)
_MAX_DIRECTORY_SECTORS: Final = 4096
_ENTRY_BYTES: Final = 128
_STREAM: Final = 2
_SMALL: Final = 4096  # streams below this lie in the mini stream and have no sectors of their own


def names(path: Path) -> frozenset[str]:
    """Return the names of all streams and storages.

    Raises:
        LoadError: ``TRUNCATED`` when sectors that are in use lie beyond the file's end, ``DAMAGED`` when header or
            directory cannot be followed.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        return _File(file, size).names()


class _File:
    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        header = file.read(_HEADER_BYTES)
        if len(header) < _HEADER_BYTES:
            raise LoadError(LoadReason.TRUNCATED, "OLE header")
        self._shift = struct.unpack_from("<H", header, 30)[0]
        if self._shift not in _SHIFTS:
            raise LoadError(LoadReason.DAMAGED, "OLE sector size")
        self._sector = 1 << self._shift
        self._count = max(0, -(-(size - self._sector) // self._sector))  # the header fills the first
        self._directory = struct.unpack_from("<I", header, 48)[0]
        self._fat = self._read_fat(header)

    def names(self) -> frozenset[str]:
        # Some writers leave zeros where nothing is, instead of the mark for "free".
        if any(entry not in _UNUSED for entry in self._fat[self._count :]):
            raise LoadError(LoadReason.TRUNCATED, "OLE sectors beyond the end of the file")
        found = set()
        for sector in self._chain(self._directory):
            data = self._read(sector)
            for at in range(0, len(data) - _ENTRY_BYTES + 1, _ENTRY_BYTES):
                entry = data[at : at + _ENTRY_BYTES]
                length = min(struct.unpack_from("<H", entry, 64)[0], 64)
                if not entry[66] or length < 2:  # noqa: PLR2004 - unused, or no more than the closing zero
                    continue
                found.add(entry[: length - 2].decode("utf-16-le", "replace"))
                start, long = struct.unpack_from("<2I", entry, 116)
                if entry[66] == _STREAM and long >= _SMALL and self._count <= start <= _LAST_REGULAR:
                    raise LoadError(LoadReason.TRUNCATED, "an OLE stream beyond the end of the file")
        return frozenset(found)

    def _read_fat(self, header: bytes) -> array[int]:
        per_sector = self._sector // 4
        declared, difat, difat_count = (struct.unpack_from("<I", header, at)[0] for at in (44, 68, 72))
        needed = self._count // per_sector + 1
        sectors = [sector for sector in struct.unpack_from("<109I", header, 76) if sector <= _LAST_REGULAR]
        seen: set[int] = set()
        while difat <= _LAST_REGULAR and len(seen) < difat_count:
            if difat in seen:
                raise LoadError(LoadReason.DAMAGED, "OLE sector list runs in a circle")
            seen.add(difat)
            *listed, difat = struct.unpack(f"<{per_sector}I", self._read(difat))
            sectors.extend(sector for sector in listed if sector <= _LAST_REGULAR)
            if len(sectors) > 2 * needed + 109:
                break
        fat = array("I")
        for sector in sectors[: min(declared, 2 * needed + 109)]:
            fat.frombytes(self._read(sector))
        return fat

    def _read(self, sector: int) -> bytes:
        if sector >= self._count:
            raise LoadError(LoadReason.TRUNCATED, "an OLE sector beyond the end of the file")
        self._file.seek((sector + 1) << self._shift)
        return self._file.read(self._sector).ljust(self._sector, b"\0")

    def _chain(self, sector: int) -> list[int]:
        chain: list[int] = []
        seen: set[int] = set()
        while sector <= _LAST_REGULAR:
            if sector in seen or len(chain) >= _MAX_DIRECTORY_SECTORS:
                raise LoadError(LoadReason.DAMAGED, "OLE directory runs in a circle or without end")
            seen.add(sector)
            chain.append(sector)
            sector = self._fat[sector] if sector < len(self._fat) else _FREE
        return chain
