"""Tables as CSV and as XLSX (Office Open XML, ECMA-376); no cell is ever a formula."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape, quoteattr

from assistant.writers._package import HEAD, packed
from assistant.writers.paper import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.writers.paper import Table

MEDIA_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV_TYPE: Final = "text/csv; charset=utf-8"

_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_KIND: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_LONGEST_NAME: Final = 31  # of a sheet
_LONGEST_CELL: Final = 32_767
_NO_NAME: Final = re.compile(r"[\\/*?:\[\]]")
_NUMBER: Final = re.compile(r"-?(?:0|[1-9]\d{0,2}(?:,\d{3})+|[1-9]\d{0,14})(?:\.\d{1,10})?")
_RISKY: Final = frozenset("=+-@\t\r")


def to_csv(table: Table) -> bytes:
    """Return a table as CSV that spreadsheets open: UTF-8 with a mark, no cell that is a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    for row in table.rows:
        writer.writerow([_text_cell(cell) for cell in (*row, *[""] * (table.width - len(row)))])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def to_xlsx(sheets: Sequence[tuple[str, Table]]) -> bytes:
    """Return named tables as a workbook, one sheet each; numbers are numbers, all else is text."""
    names = _names([name for name, _ in sheets])
    numbers = range(1, len(sheets) + 1)
    overrides = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{_KIND}.worksheet+xml"/>' for n in numbers
    )
    listed = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{n}" r:id="r{n}"/>' for n, name in zip(numbers, names, strict=True)
    )
    relations = "".join(
        f'<Relationship Id="r{n}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in numbers
    )
    parts = {
        "[Content_Types].xml": f'{HEAD}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_KIND}.sheet.main+xml"/>{overrides}'
        f'<Override PartName="/xl/styles.xml" ContentType="{_KIND}.styles+xml"/></Types>',
        "_rels/.rels": f'{HEAD}<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="r1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'{HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'{HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{relations}'
        f'<Relationship Id="styles" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": _STYLES,
    }
    parts |= {f"xl/worksheets/sheet{n}.xml": _sheet(table) for n, (_, table) in zip(numbers, sheets, strict=True)}
    return packed(parts)


_STYLES: Final = (
    f'{HEAD}<styleSheet xmlns="{_MAIN}"><fonts count="2"><font><sz val="11"/><name val="맑은 고딕"/></font>'
    '<font><b/><sz val="11"/><name val="맑은 고딕"/></font></fonts><fills count="2"><fill><patternFill/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border><left/><right/><top/><bottom/>'
    '<diagonal/></border></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="2">'
    '<xf xfId="0" applyAlignment="1"><alignment vertical="top" wrapText="1"/></xf>'
    '<xf xfId="0" fontId="1" applyFont="1" applyAlignment="1"><alignment vertical="top" wrapText="1"/></xf></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


def _sheet(table: Table) -> str:
    rows = []
    for number, row in enumerate(table.rows, start=1):
        style = ' s="1"' if table.head and number == 1 else ' s="0"'
        cells = "".join(_cell(f"{_column(at)}{number}", text, style) for at, text in enumerate(row))
        rows.append(f'<row r="{number}">{cells}</row>')
    columns = f'<cols><col min="1" max="{table.width}" width="24" customWidth="1"/></cols>' if table.width else ""
    return f'{HEAD}<worksheet xmlns="{_MAIN}">{columns}<sheetData>{"".join(rows)}</sheetData></worksheet>'


def _cell(place: str, text: str, style: str) -> str:
    stripped = text.strip()
    if _NUMBER.fullmatch(stripped):
        return f'<c r="{place}"{style}><v>{stripped.replace(",", "")}</v></c>'
    shown = escape(clean(text)[:_LONGEST_CELL])
    return f'<c r="{place}"{style} t="inlineStr"><is><t xml:space="preserve">{shown}</t></is></c>'


def _text_cell(text: str) -> str:
    """Return a cell that a spreadsheet takes for text; it would run one that begins with ``=``."""
    text = text.strip("\n")
    return f"'{text}" if text[:1] in _RISKY and not _NUMBER.fullmatch(text) else text


def _column(at: int) -> str:
    """Return the letters of a column, ``A`` for 0, ``AA`` for 26."""
    letters = ""
    at += 1
    while at:
        at, rest = divmod(at - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _names(wanted: Sequence[str]) -> list[str]:
    """Return names that sheets may bear, each once."""
    made: list[str] = []
    for number, name in enumerate(wanted, start=1):
        base = _NO_NAME.sub(" ", clean(name)).strip().strip("'")[:_LONGEST_NAME] or f"표 {number}"
        while base.casefold() in {one.casefold() for one in made}:
            tail = f" ({number})"
            base = base[: _LONGEST_NAME - len(tail)] + tail
        made.append(base)
    return made
