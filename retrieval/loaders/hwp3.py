"""HWP 3 (Hangul 3.0 to 97), which none of the libraries we tried reads.

Source: 한글 문서 파일 구조 3.0 (Hancom). A file is a mark (30 bytes), the document's properties (128), its summary
(1008), an information block, and a body, packed by raw deflate where a flag says so: fonts, styles, and a list of
paragraphs that an empty one ends. Within a paragraph, numbers below 32 are controls that carry data, lists of
paragraphs included. All integers are little-endian. What is read becomes the same tree as dochan's, so that one
renderer serves all formats.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from retrieval.errors import LoadError, LoadReason
from retrieval.loaders import _hwp3_text, _office
from retrieval.loaders._hwp_file import inflate
from retrieval.loaders.limits import DEFAULT_LIMITS, Limits
from retrieval.loaders.sniffing import HWP3

if TYPE_CHECKING:
    from pathlib import Path

    from retrieval.types import ParsedDocument

_MARK: Final = b"HWP Document File V3.00"
_PROPERTIES: Final = 30
_SUMMARY: Final = _PROPERTIES + 128
_BLOCK: Final = _SUMMARY + 1008
_PASSWORD_AT: Final = _PROPERTIES + 96
_PACKED_AT: Final = _PROPERTIES + 124
_BLOCK_SIZE_AT: Final = _PROPERTIES + 126
_TITLE_BYTES: Final = 112
_LANGUAGES: Final = 7
_FONT_BYTES: Final = 40
_STYLE_BYTES: Final = 20 + 31 + 187
_PARAGRAPH_BYTES: Final = 43
_SHAPE_BYTES: Final = 187
_LINE_BYTES: Final = 14
_CHARACTER_SHAPE_BYTES: Final = 31
_CELL_BYTES: Final = 27
_MAX_NESTING: Final = 32
_SLACK: Final = 10  # of 1800 to the inch: cells whose edges differ by less stand in one column

# Controls of fixed size: how many 16-bit units follow the first, and what they put into the text.
_FIXED: Final = {7: 41, 8: 47, 9: 3, 19: 3, 20: 3, 21: 3, 22: 11, 24: 2, 25: 2, 26: 122, 28: 31, 30: 1, 31: 1}
_BULLET: Final = "•"
_SIGNS: Final = {9: "\t", 24: "-", 30: " ", 31: " "}
_TABLE, _PICTURE, _LINE, _COMMENT, _FURNITURE, _NOTE = 10, 11, 14, 15, 16, 17
_NUMBER, _OVERLAP, _END = 18, 23, 13
_COUNTED: Final = frozenset({5, 29})  # fields and cross references: their size stands before their data
_BOOKMARK: Final = 6
_CAPTION_KINDS: Final = frozenset({3, 4, 5})  # figure, table, equation; 0 to 2 are pages and notes
_EQUATION: Final = 2
_BUTTON: Final = 3
_DRAWING: Final = 3
_GROUP: Final = 0
_TEXT_BOX: Final = 6
DRAWING_WARNING: Final = "그리기 개체 안의 글은 읽지 못했습니다."
UNKNOWN_WARNING: Final = "알 수 없는 글자를 제외했습니다."

Element = dict[str, Any]


class Hwp3Loader:
    """Reads ``.hwp`` of Hangul 3.0 to 97: paragraphs, tables, notes, text boxes, captions."""

    name = "hwp3"
    revision = 1
    media_types = (HWP3,)

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        self._limits = limits

    def load(self, path: Path, *, filename: str) -> ParsedDocument:
        """Parse one file; see ``retrieval.ports.Loader``."""
        data = path.read_bytes()
        reader = _Reader(_body(data, self._limits))
        elements = reader.document()
        said = ((reader.drawings, DRAWING_WARNING), (reader.unknown, UNKNOWN_WARNING))
        warnings = [text for true, text in said if true]
        return _office.document(
            _office.Parsed(elements, "", tuple(warnings)),
            self._limits,
            filename=filename,
            media_type=HWP3,
            loader=f"{self.name}/{self.revision}",
            title=_hwp3_text.decode(data[_SUMMARY : _SUMMARY + _TITLE_BYTES]),
        )


def _body(data: bytes, limits: Limits) -> bytes:
    if not data.startswith(_MARK):
        raise LoadError(LoadReason.DAMAGED, "no HWP 3 mark")
    if len(data) < _BLOCK:
        raise LoadError(LoadReason.TRUNCATED, "HWP 3 header")
    if data[_PASSWORD_AT] | data[_PASSWORD_AT + 1]:
        raise LoadError(LoadReason.PASSWORD, "password")
    body = data[_BLOCK + int.from_bytes(data[_BLOCK_SIZE_AT : _BLOCK_SIZE_AT + 2], "little") :]
    return inflate(body, limits.max_inflated_bytes) if data[_PACKED_AT] else body


class _Reader:
    """Walks the body; ``drawings`` and ``unknown`` say whether something was passed by."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._at = 0
        self._depth = 0
        self._notes = 0
        self.drawings = False
        self.unknown = False

    def document(self) -> list[Element]:
        """All paragraphs, with what is anchored in them."""
        for _ in range(_LANGUAGES):
            self._take(self._word() * _FONT_BYTES)
        self._take(self._word() * _STYLE_BYTES)
        return self._list()

    def _take(self, size: int) -> bytes:
        part = self._body[self._at : self._at + size]
        if len(part) < size:
            raise LoadError(LoadReason.TRUNCATED, "HWP 3 body")
        self._at += size
        return part

    def _word(self) -> int:
        return int.from_bytes(self._take(2), "little")

    def _list(self) -> list[Element]:
        """Paragraphs up to the empty one."""
        self._depth += 1
        if self._depth > _MAX_NESTING:
            raise LoadError(LoadReason.TOO_COMPLEX, "HWP 3 lists nested too deeply")
        found: list[Element] = []
        while self._paragraph(found):
            pass
        self._depth -= 1
        return found

    def _paragraph(self, found: list[Element]) -> bool:
        """Read one paragraph; false for the empty one that ends a list."""
        head = self._take(_PARAGRAPH_BYTES)
        units, lines = (int.from_bytes(head[at : at + 2], "little") for at in (1, 3))
        if not units:
            return False
        if not head[0]:  # a shape of its own, not the one of the paragraph before
            self._take(_SHAPE_BYTES)
        self._take(lines * _LINE_BYTES)
        if head[5]:  # shapes of single characters, each with a mark whether it is as before
            for _ in range(units):
                if self._take(1) != b"\1":
                    self._take(_CHARACTER_SHAPE_BYTES)
        words: list[str] = []
        anchored: list[Element] = []
        while units > 0:
            units -= self._unit(words, anchored)
        text = "".join(words)
        if text.strip():
            found.append({"type": "paragraph", "text": text})
        found.extend(anchored)
        return True

    def _unit(self, words: list[str], anchored: list[Element]) -> int:
        """Read one character or control and return how many units of the paragraph it is."""
        code = self._word()
        if code >= 32:  # noqa: PLR2004 - below are the controls
            sign = _hwp3_text.character(code)
            if not sign:
                sign = "" if any(map(str.strip, words)) else _BULLET  # of a symbol font, as bullets mostly are
                self.unknown = self.unknown or not sign
            words.append(sign)
            return 1
        if code in {0, _END}:
            return 1
        if code in _FIXED:
            self._take(2 * _FIXED[code])
            words.append(_SIGNS.get(code, ""))
            return 1 + _FIXED[code]
        if code == _NUMBER:
            kind, number, _code = self._word(), self._word(), self._word()
            words.append(str(number) if kind in _CAPTION_KINDS else "")
            return 4
        if code == _OVERLAP:
            words.append(_hwp3_text.decode(self._take(8)[:6]))
            return 5
        self._object(code, words, anchored)
        return 4

    def _object(self, code: int, words: list[str], anchored: list[Element]) -> None:
        """A control with data of its own behind its four units: size (4 bytes), the control again."""
        size = int.from_bytes(self._take(4), "little")
        if self._word() != code:
            raise LoadError(LoadReason.DAMAGED, f"HWP 3 control {code}")
        if code in _COUNTED:
            self._take(size)
        elif code == _BOOKMARK:
            self._take(34)
        elif code == _TABLE:
            self._table(words, anchored)
        elif code == _PICTURE:
            head = self._take(348)
            data = self._take(int.from_bytes(head[:4], "little"))
            if head[74] == _DRAWING:
                anchored.extend(self._drawing(data))
            anchored.extend(self._list())
        elif code == _LINE:
            self._take(84)
        elif code in {_COMMENT, _FURNITURE}:  # hidden comments, page headers and footers
            self._take(8 if code == _COMMENT else 10)
            self._list()
        elif code == _NOTE:
            self._take(14)
            self._notes += 1
            number = self._notes
            words.append(f"[{number}]")
            anchored.append({"type": "footnote", "number": number, "text": _lines(self._list())})
        else:
            raise LoadError(LoadReason.DAMAGED, f"HWP 3 control {code}")

    def _drawing(self, data: bytes) -> list[Element]:
        """The paragraphs of the text boxes in a drawing.

        A drawing is a counted head and its objects; an object is a counted head (its kind in the first two bytes) and,
        unless it only holds others together, two counted parts, the second of which is a text box's list.
        """
        body, at = self._body, self._at
        found: list[Element] = []
        self._body, self._at = data, 0
        try:
            self._counted()
            while self._at < len(data):
                kind = int.from_bytes(self._counted()[:2], "little")
                if kind == _GROUP:
                    continue
                self._counted()
                end = self._at + 4 + int.from_bytes(data[self._at : self._at + 4], "little")
                if kind == _TEXT_BOX and end > self._at + 4:
                    self._take(4)
                    found.extend(self._list())
                    self._at = end
                else:
                    self._counted()
        except LoadError as error:
            if error.reason not in {LoadReason.TRUNCATED, LoadReason.DAMAGED}:
                raise
            self.drawings = True
        finally:
            self._body, self._at = body, at
        return found

    def _counted(self) -> bytes:
        return self._take(int.from_bytes(self._take(4), "little"))

    def _table(self, words: list[str], anchored: list[Element]) -> None:
        """A table, a text box, an equation or a button: all are cells at places, and a caption."""
        head = self._take(84)
        kind, count = (int.from_bytes(head[at : at + 2], "little") for at in (78, 80))
        places = [self._take(_CELL_BYTES) for _ in range(count)]
        cells = [self._list() for _ in range(count)]
        caption = _lines(self._list())
        if kind in {_EQUATION, _BUTTON}:  # in the line, a button being a link for the most part
            words.append(_lines(cells[0]) if cells else "")
        elif len(cells) == 1:
            anchored.extend(cells[0])
        elif cells:
            anchored.append({"type": "table", "rows": _grid(places, cells), "caption": {"text": caption}})
            return
        anchored.append({"type": "paragraph", "text": caption})


def _grid(places: list[bytes], cells: list[list[Element]]) -> list[list[Element]]:
    """Put cells into rows by their edges: left, top, width and height, 16 bits each from byte 4 on."""
    boxes = [[int.from_bytes(place[at : at + 2], "little") for at in (4, 6, 8, 10)] for place in places]
    columns = _edges([edge for left, _top, width, _height in boxes for edge in (left, left + width)])
    lines = _edges([edge for _left, top, _width, height in boxes for edge in (top, top + height)])
    rows: dict[int, list[tuple[int, Element]]] = {}
    for (left, top, width, height), content in zip(boxes, cells, strict=True):
        column, row = columns[left], lines[top]
        cell = {
            "text": _lines(content),
            "paragraphs": content,
            "row_span": max(1, lines[top + height] - row),
            "col_span": max(1, columns[left + width] - column),
        }
        rows.setdefault(row, []).append((column, cell))
    last = max(rows)
    return [[cell for _column, cell in sorted(rows.get(row, ()), key=lambda pair: pair[0])] for row in range(last + 1)]


def _edges(values: list[int]) -> dict[int, int]:
    """Number the edges from the first; nearly equal ones are one."""
    numbers: dict[int, int] = {}
    number, start = -1, -_SLACK
    for value in sorted(set(values)):
        if value - start >= _SLACK:
            number, start = number + 1, value
        numbers[value] = number
    return numbers


def _lines(elements: list[Element]) -> str:
    """The words of notes, captions and cells, tables within them by their cells."""
    lines: list[str] = []
    for element in elements:
        if element["type"] == "table":
            lines.extend(" ".join(cell["text"] for cell in row) for row in element["rows"])
        else:
            lines.append(str(element["text"]))
    return "\n".join(lines)
