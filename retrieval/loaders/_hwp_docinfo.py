"""Numbering, bullets and outline as an HWP 5 file declares them, in its ``DocInfo`` stream.

Source: 한글 문서 파일 형식 5.0, revision 1.3, tables 38 to 44 (문단 번호, 글머리표, 문단 모양). Records are a 32-bit
word of tag (10 bits), level (10) and size (12; 0xFFF: the size follows as 32 bits), and their data, all little-endian.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from retrieval.loaders._numbering import BULLET, NUMBER, OUTLINE, Bullet, Head, Numbering, Scheme, Shape

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_NUMBERING: Final = 0x17  # HWPTAG_BEGIN is 0x10
_BULLET: Final = 0x18
_PARA_SHAPE: Final = 0x19
_CTRL_HEADER: Final = 0x47
_SECTION_DEFINITION: Final = b"dces"  # 'secd', little-endian
_LONG_SIZE: Final = 0xFFF
_LEVELS: Final = 7
_MORE_LEVELS: Final = 3  # levels 8 to 10 stand behind the rest of the record, since 5.1
_KINDS: Final = {1: OUTLINE, 2: NUMBER, 3: BULLET}
_CHECKED: Final = 1 << 7  # of the second property word: the box of this paragraph is ticked
_SERIES: Final = (
    "DIGIT",
    "CIRCLED_DIGIT",
    "ROMAN_CAPITAL",
    "ROMAN_SMALL",
    "LATIN_CAPITAL",
    "LATIN_SMALL",
    "CIRCLED_LATIN_CAPITAL",
    "CIRCLED_LATIN_SMALL",
    "HANGUL_SYLLABLE",
    "CIRCLED_HANGUL_SYLLABLE",
    "HANGUL_JAMO",
    "CIRCLED_HANGUL_JAMO",
    "HANGUL_PHONETIC",
    "IDEOGRAPH",
    "CIRCLED_IDEOGRAPH",
    "DECAGON_CIRCLE",
)


def scheme(doc_info: bytes, sections: Sequence[bytes]) -> Scheme:
    """Read the shapes from the inflated ``DocInfo`` and the outline of each section from its inflated stream.

    A record that is cut short adds nothing: numbers are lost then, never words.
    """
    shapes: dict[str, Shape] = {}
    numberings: dict[str, Numbering] = {}
    bullets: dict[str, Bullet] = {}
    paragraph_shapes = 0
    for tag, data in records(doc_info):
        if tag == _NUMBERING:
            numberings[str(len(numberings) + 1)] = _numbering(data)
        elif tag == _BULLET:
            bullets[str(len(bullets) + 1)] = _bullet(data)
        elif tag == _PARA_SHAPE:
            shape = _shape(data)
            if shape is not None:
                shapes[str(paragraph_shapes)] = shape
            paragraph_shapes += 1
    return Scheme(shapes, numberings, bullets, [_outline(section) for section in sections])


def records(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Tags and contents of a stream of records, up to the first that is cut short."""
    position = 0
    while position + 4 <= len(data):
        word = int.from_bytes(data[position : position + 4], "little")
        position += 4
        size = word >> 20
        if size == _LONG_SIZE:
            size = int.from_bytes(data[position : position + 4], "little")
            position += 4
        if position + size > len(data):
            return
        yield word & 0x3FF, data[position : position + size]
        position += size


def _numbering(data: bytes) -> Numbering:
    heads: dict[int, Head] = {}
    position = _heads(data, 0, range(1, _LEVELS + 1), heads) + 2  # and the start number of old versions
    starts = data[position : position + 4 * _LEVELS]
    _start(heads, 1, starts)
    position = _heads(data, position + 4 * _LEVELS, range(_LEVELS + 1, _LEVELS + _MORE_LEVELS + 1), heads)
    _start(heads, _LEVELS + 1, data[position : position + 4 * _MORE_LEVELS])
    return Numbering(heads)


def _heads(data: bytes, position: int, levels: range, heads: dict[int, Head]) -> int:
    """Read one paragraph head a level: properties (4 bytes), widths (4), character shape (4), format (counted)."""
    for level in levels:
        if position + 14 > len(data):
            return len(data)
        properties, length = struct.unpack_from("<I8xH", data, position)
        position += 14
        template = data[position : position + 2 * length].decode("utf-16-le", "replace")
        position += 2 * length
        heads[level] = Head(template, _SERIES[(properties >> 5) & 0xF], 1)
    return position


def _start(heads: dict[int, Head], first: int, numbers: bytes) -> None:
    for level, (start,) in enumerate(struct.iter_unpack("<I", numbers[: len(numbers) // 4 * 4]), start=first):
        if level in heads:
            heads[level] = Head(heads[level].template, heads[level].series, start)


def _bullet(data: bytes) -> Bullet:
    """The sign stands behind a paragraph head of 12 bytes, the ticked one behind 9 bytes for a picture."""
    sign = data[12:14].decode("utf-16-le", "ignore").strip("\0")
    ticked = data[23:25].decode("utf-16-le", "ignore").strip("\0")
    return Bullet(sign, ticked)


def _shape(data: bytes) -> Shape | None:
    if len(data) < 32:  # noqa: PLR2004 - up to and with the reference to a numbering
        return None
    properties = int.from_bytes(data[0:4], "little")
    kind = _KINDS.get((properties >> 23) & 0x3)
    if kind is None:
        return None
    level = (properties >> 25) & 0x7
    if len(data) >= 58:  # noqa: PLR2004 - since 5.1 the level once more, where 8 to 10 fit in
        level = int.from_bytes(data[54:58], "little")
    checked = bool(int.from_bytes(data[42:46], "little") & _CHECKED)
    return Shape(kind, str(int.from_bytes(data[30:32], "little")), level + 1, checked)


def _outline(section: bytes) -> str:
    for tag, data in records(section):
        if tag == _CTRL_HEADER and data[:4] == _SECTION_DEFINITION:
            return str(int.from_bytes(data[18:20], "little"))
    return ""
