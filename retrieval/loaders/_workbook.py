"""What stands in a workbook (OOXML), read straight from its XML: values as shown, merged cells, what is hidden.

openpyxl in its streaming mode knows neither merged cells nor hidden rows, and in its other mode holds every style of
every blank cell; so the parts are streamed here, cell by cell. Namespaces are ignored: the strict and the transitional
form of the standard (ISO/IEC 29500) differ in nothing else that is needed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from retrieval.errors import LoadError, LoadReason
from retrieval.loaders import _number_format
from retrieval.loaders._ooxml import Package, Relation, local, reference, true
from retrieval.loaders._text import clean

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zipfile import ZipFile

    from retrieval.loaders.limits import Limits

_REFERENCE: Final = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})")
_ESCAPED: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")  # ST_Xstring: characters that XML cannot hold
_WORKSHEET: Final = "worksheet"
_MAX_SHEETS: Final = 1_000
_MAX_COLUMNS: Final = 16_384
_MAX_ROWS: Final = 1_048_576
_PHONETIC: Final = frozenset({"rPh", "phoneticPr"})


class Value(NamedTuple):
    """A cell as people see it, and whether it is a number or a day (and so no column's name)."""

    text: str
    numeric: bool


class Merge(NamedTuple):
    """Merged cells: first and last row and column, counted from 1, both ends included."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(slots=True)
class Sheet:
    """One visible sheet: values by row and column (from 1), hidden rows and columns already left out and closed up."""

    name: str
    rows: dict[int, dict[int, Value]] = field(default_factory=dict)
    merges: list[Merge] = field(default_factory=list)
    boxes: list[str] = field(default_factory=list)  # texts of shapes drawn over the cells
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    uncached: int = 0  # formulas whose result was never computed
    errors: int = 0  # #REF! and the like


class _Place(NamedTuple):
    name: str
    path: str
    hidden: bool


class Workbook:
    """An opened workbook.

    Args:
        archive: its ZIP container, checked already.
        limits: ceilings.

    Raises:
        LoadError: ``DAMAGED`` when there is no workbook in it.
    """

    def __init__(self, archive: ZipFile, limits: Limits) -> None:
        self._package = Package(archive)
        self._limits = limits
        self._cells = 0
        main = self._package.main("xl/workbook.xml")
        if main.endswith(".bin"):
            raise LoadError(LoadReason.UNSUPPORTED, "a binary workbook (.xlsb)")
        root = self._package.tree(main)
        if root is None:
            raise LoadError(LoadReason.DAMAGED, "no workbook part")
        self.title = self._package.title()
        relations = {one.id: one for one in self._package.relations(main)}
        self.sheets = list(_places(root, relations))
        self._epoch_1904 = any(true(node.get("date1904")) for node in root.iterchildren("{*}workbookPr"))
        parts = {one.kind: one.path for one in relations.values()}
        self._strings = self._shared_strings(parts.get("sharedStrings"))
        self._formats = self._styles(parts.get("styles"))

    @property
    def hidden_sheets(self) -> int:
        """How many sheets their author has hidden."""
        return sum(place.hidden for place in self.sheets)

    def read(self) -> Iterator[Sheet]:
        """Yield the visible sheets in order, chart sheets left out.

        Raises:
            LoadError: ``TOO_COMPLEX`` over the limits, ``DAMAGED`` for broken XML.
        """
        if len(self.sheets) > _MAX_SHEETS:
            raise LoadError(LoadReason.TOO_COMPLEX, f"{len(self.sheets)} sheets")
        for place in self.sheets:
            if not place.hidden:
                yield self._sheet(place)

    def _sheet(self, place: _Place) -> Sheet:
        sheet = Sheet(place.name)
        row = 0
        for node in self._package.stream(place.path, ("row", "col", "mergeCell")):
            tag = local(node)
            if tag == "row":
                row = _count(node.get("r"), row + 1)
                if true(node.get("hidden")):
                    sheet.hidden_rows.add(row)
                self._row(sheet, node, row)
            elif tag == "col":
                if true(node.get("hidden")):
                    sheet.hidden_columns.append((_count(node.get("min"), 1), _count(node.get("max"), 1)))
            elif merge := _merge(node.get("ref") or ""):
                sheet.merges.append(merge)
                self._take()
        sheet.boxes = self._boxes(place.path)
        return sheet

    def _row(self, sheet: Sheet, node: Any, row: int) -> None:  # noqa: ANN401 - an lxml element
        column = 0
        for cell in node.iterchildren("{*}c"):
            found = _REFERENCE.fullmatch(cell.get("r") or "")
            column = _column(found.group(1)) if found else column + 1
            if len(cell):
                self._cell(sheet, cell, row, column)

    def _cell(self, sheet: Sheet, node: Any, row: int, column: int) -> None:  # noqa: ANN401 - an lxml element
        kind = node.get("t") or "n"
        raw = formula = None
        for child in node:
            tag = local(child)
            if tag == "v":
                raw = child.text
            elif tag == "is":
                raw = _string(child)
            elif tag == "f":
                formula = child
        if raw is None or raw == "":
            sheet.uncached += formula is not None and raw is None
            return
        if kind == "e":
            sheet.errors += 1
            return
        value = self._value(kind, raw, node.get("s"))
        if value.text and row <= _MAX_ROWS and column <= _MAX_COLUMNS:
            self._take()
            sheet.rows.setdefault(row, {})[column] = value

    def _value(self, kind: str, raw: str, style: str | None) -> Value:
        if kind == "s":
            index = int(raw) if raw.strip().isdecimal() else -1
            return Value(self._strings[index].strip() if 0 <= index < len(self._strings) else "", numeric=False)
        if kind in {"str", "inlineStr"}:
            return Value(clean(_unescape(raw)).strip(), numeric=False)
        if kind == "b":
            return Value("TRUE" if true(raw.strip()) else "FALSE", numeric=False)
        if kind == "d":
            return Value(raw.strip().removesuffix("T00:00:00").replace("T", " "), numeric=True)
        index = int(style) if style and style.isdecimal() else 0
        code = self._formats[index] if index < len(self._formats) else _number_format.GENERAL
        shown = _number_format.render(raw, code, epoch_1904=self._epoch_1904)
        return Value(clean(shown).strip(), numeric=True)

    def _take(self) -> None:
        self._cells += 1
        if self._cells > self._limits.max_table_cells:
            raise LoadError(LoadReason.TOO_COMPLEX, f"more than {self._limits.max_table_cells} cells")

    def _shared_strings(self, path: str | None) -> list[str]:
        strings: list[str] = []
        if path is None:
            return strings
        total = 0
        for node in self._package.stream(path, ("si",)):
            strings.append(clean(_string(node)))
            total += len(strings[-1])
            if total > self._limits.max_chars:
                raise LoadError(LoadReason.TOO_COMPLEX, f"more than {self._limits.max_chars} characters")
        return strings

    def _styles(self, path: str | None) -> list[str]:
        """Format code by the style number that cells carry."""
        root = self._package.tree(path) if path else None
        if root is None:
            return []
        own = {node.get("numFmtId"): node.get("formatCode") or "" for node in root.iter("{*}numFmt")}
        frames = next(root.iter("{*}cellXfs"), None)
        codes = []
        for frame in () if frames is None else frames:
            number = frame.get("numFmtId") or "0"
            built_in = _number_format.BUILT_IN.get(int(number)) if number.isdecimal() else None
            codes.append(own.get(number) or built_in or _number_format.GENERAL)
        return codes

    def _boxes(self, sheet_path: str) -> list[str]:
        texts = []
        for one in self._package.relations(sheet_path):
            root = self._package.tree(one.path) if one.kind == "drawing" else None
            for body in () if root is None else root.iter("{*}txBody"):
                lines = ["".join(run.text or "" for run in line.iter("{*}t")) for line in body.iter("{*}p")]
                texts.append("\n".join(lines).strip())
        return [text for text in texts if text]


def _places(root: Any, relations: dict[str, Relation]) -> Iterator[_Place]:  # noqa: ANN401
    for node in root.iter("{*}sheet"):
        target = relations.get(reference(node, "id"))
        if target is not None and target.kind == _WORKSHEET:
            hidden = (node.get("state") or "visible") != "visible"
            yield _Place(clean(node.get("name") or "").strip(), target.path, hidden)


def _string(node: Any) -> str:  # noqa: ANN401
    """Text of a rich string: its runs, without the reading aids for Chinese characters."""
    runs = [run for run in node.iter("{*}t") if not any(local(above) in _PHONETIC for above in run.iterancestors())]
    return _unescape("".join(run.text or "" for run in runs))


def _unescape(text: str) -> str:
    return _ESCAPED.sub(lambda match: chr(int(match.group(1), 16)), text) if "_x" in text else text


def _count(value: str | None, otherwise: int) -> int:
    return int(value) if value and value.isdecimal() and len(value) <= 8 else otherwise  # noqa: PLR2004 - no row is so far


@cache
def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _merge(reference: str) -> Merge | None:
    ends = [_REFERENCE.fullmatch(end) for end in reference.split(":")]
    if len(ends) != 2 or ends[0] is None or ends[1] is None:  # noqa: PLR2004 - first and last
        return None
    (left, top), (right, bottom) = ((_column(end.group(1)), int(end.group(2))) for end in ends if end)
    return Merge(min(top, bottom), min(left, right), max(top, bottom), max(left, right))
