"""XLSX: each sheet under its name, its tables with one header row, values as people see them."""

from __future__ import annotations

import re
import zipfile
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from retrieval.errors import LoadError, LoadReason
from retrieval.loaders import _sheet_tables
from retrieval.loaders._builder import TextBuilder
from retrieval.loaders._container import check_container
from retrieval.loaders._workbook import Workbook
from retrieval.loaders.limits import DEFAULT_LIMITS, Limits
from retrieval.loaders.sniffing import XLSX
from retrieval.types import BlockKind

if TYPE_CHECKING:
    from pathlib import Path

    from retrieval.loaders._workbook import Sheet
    from retrieval.types import ParsedDocument

_MIN_TITLE: Final = 3
_UNNAMED: Final = re.compile(r"\A(?:sheet|시트|工作表)\s?\d*\Z", re.IGNORECASE)
HIDDEN_SHEETS: Final = "숨긴 시트 {}개를 제외했습니다."
HIDDEN_CELLS: Final = "시트 '{}'의 숨긴 행이나 열을 제외했습니다."
UNCACHED: Final = "시트 '{}'에 계산 결과가 저장되지 않은 수식 {}개가 있어 그 값을 제외했습니다."
ERRORS: Final = "시트 '{}'에 오류 값(#REF! 등) {}개가 있어 제외했습니다."


class XlsxLoader:
    """Reads ``.xlsx``: visible sheets, tables parted at blank rows and columns, merged cells resolved, no comments."""

    name = "xlsx"
    revision = 1
    media_types = (XLSX,)

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        self._limits = limits

    def load(self, path: Path, *, filename: str) -> ParsedDocument:
        """Parse one workbook; see ``retrieval.ports.Loader``."""
        check_container(path, self._limits)
        builder = TextBuilder(self._limits)
        try:
            with zipfile.ZipFile(path) as archive:
                workbook = Workbook(archive, self._limits)
                title = workbook.title
                alone = len(workbook.sheets) - workbook.hidden_sheets == 1
                for sheet in workbook.read():
                    self._add(builder, sheet, named=not (alone and _UNNAMED.match(sheet.name)))
        except zipfile.BadZipFile as error:
            raise LoadError(LoadReason.DAMAGED, f"ZIP container: {error}") from error
        if workbook.hidden_sheets:
            builder.warnings.append(HIDDEN_SHEETS.format(workbook.hidden_sheets))
        return builder.document(
            # Names of sheets are no titles, and the file's property comes before its name only where it says something.
            title=title if len(title.strip()) >= _MIN_TITLE else PurePosixPath(filename).stem,
            filename=filename,
            media_type=XLSX,
            loader=f"{self.name}/{self.revision}",
            metadata={"Title": title} if title else {},
        )

    def _add(self, builder: TextBuilder, sheet: Sheet, *, named: bool) -> None:
        found = _sheet_tables.pieces(sheet, max_cells=self._limits.max_table_cells)
        if named and (found or sheet.boxes):
            builder.add(BlockKind.HEADING, sheet.name, level=2)
        for piece in found:
            if piece.table is not None:
                builder.add_table(piece.table.lines())
            else:
                builder.add_lines(piece.text.split("\n"))
        for text in sheet.boxes:
            builder.add_lines(text.split("\n"))
        if sheet.hidden_rows or sheet.hidden_columns:
            builder.warnings.append(HIDDEN_CELLS.format(sheet.name))
        if sheet.uncached:
            builder.warnings.append(UNCACHED.format(sheet.name, sheet.uncached))
        if sheet.errors:
            builder.warnings.append(ERRORS.format(sheet.name, sheet.errors))
