"""Small tables kept as CSV; data sets to be computed with belong into the catalogue."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, Final

from retrieval.errors import LoadError, LoadReason
from retrieval.loaders import _sheet_tables
from retrieval.loaders._builder import TextBuilder
from retrieval.loaders._text import clean, decode
from retrieval.loaders._workbook import Sheet, Value
from retrieval.loaders.limits import DEFAULT_LIMITS, Limits
from retrieval.loaders.sniffing import CSV
from retrieval.types import BlockKind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from retrieval.types import ParsedDocument

UNQUOTED: Final = "닫히지 않은 따옴표가 있어 따옴표를 글자로 읽었습니다."
_SAMPLE_LINES: Final = 100
_DELIMITERS: Final = (",", "\t", ";", "|")
_MOST_LINES_IN_CELL: Final = 200  # a cell with more line ends than this began with a quote that nobody closed
_NUMBER: Final = re.compile(r"[+\-△▲]?[\d,]*\.?\d+ ?%?|\d{4}[-./]\d{1,2}(?:[-./]\d{1,2})?\.?")


class CsvLoader:
    """Reads ``.csv`` and ``.tsv`` like a sheet: titles, tables parted at blank lines; finds encoding and delimiter."""

    name = "csv"
    revision = 2
    media_types = (CSV,)

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        self._limits = limits

    def load(self, path: Path, *, filename: str) -> ParsedDocument:
        """Parse one table; see ``retrieval.ports.Loader``."""
        text, warnings = decode(path.read_bytes())
        text = clean(text)
        if not text.strip():
            raise LoadError(LoadReason.EMPTY, filename)
        builder = TextBuilder(self._limits)
        builder.warnings.extend(warnings)
        try:
            sheet = self._sheet(text, builder)
        except csv.Error as error:
            raise LoadError(LoadReason.DAMAGED, f"CSV: {error}") from error
        if all(len(row) <= 1 for row in sheet.rows.values()):
            builder.add_table([value.text] for row in sheet.rows.values() for value in row.values())
        else:
            for piece in _sheet_tables.pieces(sheet, max_cells=self._limits.max_table_cells):
                if piece.table is None:
                    builder.add(BlockKind.PARAGRAPH, piece.text)
                else:
                    builder.add_table(piece.table.lines())
        return builder.document(title="", filename=filename, media_type=CSV, loader=f"{self.name}/{self.revision}")

    def _sheet(self, text: str, builder: TextBuilder) -> Sheet:
        delimiter = _delimiter(text)
        sheet = Sheet("")
        taken = 0
        for number, row in enumerate(_rows(text, delimiter, builder.warnings), start=1):
            cells = {column: value for column, value in enumerate(map(_value, row), start=1) if value.text}
            taken += len(row)
            if taken > self._limits.max_table_cells:
                raise LoadError(LoadReason.TOO_COMPLEX, f"more than {self._limits.max_table_cells} cells")
            if cells:
                sheet.rows[number] = cells
        return sheet


def _value(cell: str) -> Value:
    text = cell.strip()
    return Value(text, numeric=_NUMBER.fullmatch(text) is not None)


def _rows(text: str, delimiter: str, warnings: list[str]) -> Iterator[list[str]]:
    """The rows; quotes count as letters where one of them is never closed."""
    # The default of 128 KiB for a cell is less than a long text in a table; the text's own length is bounded already.
    # The limit is one for the whole process: it is never lowered under somebody else's feet.
    csv.field_size_limit(max(csv.field_size_limit(), len(text) + 1))
    broken = any(
        cell.count("\n") > _MOST_LINES_IN_CELL
        for row in csv.reader(io.StringIO(text), delimiter=delimiter)
        for cell in row
    )
    if broken:
        warnings.append(UNQUOTED)
        return csv.reader(io.StringIO(text), delimiter=delimiter, quoting=csv.QUOTE_NONE)
    return csv.reader(io.StringIO(text), delimiter=delimiter)


def _delimiter(text: str) -> str:
    """The sign that parts the first lines into the same number of cells most often, of several the one parting more."""
    best, best_score = ",", (0.0, 0)
    for delimiter in _DELIMITERS:
        sample = islice(csv.reader(io.StringIO(text), delimiter=delimiter), _SAMPLE_LINES)
        try:
            widths = Counter(len(row) for row in sample if row)
        except csv.Error:
            continue
        wide: Counter[int] = Counter({width: count for width, count in widths.items() if width > 1})
        if wide:
            width, count = wide.most_common(1)[0]
            score = (count / widths.total(), width)
            if score > best_score:
                best, best_score = delimiter, score
    return best
