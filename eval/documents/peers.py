"""Other libraries on the same files, as a user of theirs would call them. None is needed; what is absent is skipped."""

from __future__ import annotations

import importlib
import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

_MARKS: Final = re.compile(r"\[(?:IMAGE|\^e?\d+)\]")  # what hwp-hwpx-parser writes for pictures and notes
# What dochan writes for pictures, links, formulas, bookmarks and properties; no words of the document.
_DOCHAN_MARKS: Final = re.compile(
    r"\[(?:이미지|bookmark|comment \d+): [^\]]*\]|\[수식: |<(?:[a-z]+:|D:)[^<>]*>|^Author: .*$", re.MULTILINE
)
_UNSEEN: Final = ("script", "style", "head", "template", "noscript")


def _dochan(path: Path) -> str:
    return _DOCHAN_MARKS.sub(" ", str(importlib.import_module("dochan").Dochan(str(path)).to_plain_text()))


def _unhwp(path: Path) -> str:
    return str(importlib.import_module("unhwp").extract_text(path))


def _hwp_hwpx_parser(path: Path) -> str:
    with importlib.import_module("hwp_hwpx_parser").Reader(path) as reader:
        return _MARKS.sub("", str(reader.text))


def _python_docx(path: Path) -> str:
    document = importlib.import_module("docx").Document(str(path))
    lines = [paragraph.text for paragraph in document.paragraphs]
    lines += [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join(lines)


def _openpyxl(path: Path) -> str:
    book = importlib.import_module("openpyxl").load_workbook(path, data_only=True)
    cells = (cell for sheet in book.worksheets for row in sheet.iter_rows(values_only=True) for cell in row)
    return "\n".join(str(cell) for cell in cells if cell is not None)


def _python_pptx(path: Path) -> str:
    presentation = importlib.import_module("pptx").Presentation(str(path))
    return "\n".join(text for slide in presentation.slides for text in _shapes(slide.shapes))


def _shapes(shapes: Iterable[Any]) -> Iterator[str]:
    for shape in shapes:
        if getattr(shape, "has_text_frame", False):
            yield shape.text_frame.text
        if getattr(shape, "has_table", False):
            yield from (cell.text for row in shape.table.rows for cell in row.cells)
        if hasattr(shape, "shapes"):
            yield from _shapes(shape.shapes)


def _pdfplumber(path: Path) -> str:
    with importlib.import_module("pdfplumber").open(path) as document:
        return "\n".join(page.extract_text() or "" for page in document.pages)


def _lxml(path: Path) -> str:
    html = importlib.import_module("lxml.html")
    root = html.document_fromstring(path.read_bytes(), parser=html.HTMLParser(encoding="utf-8"))
    for node in root.xpath("|".join(f"//{name}" for name in _UNSEEN)):
        node.drop_tree()
    return "\n".join(root.itertext())


def _text(path: Path) -> str:
    return path.read_text("utf-8-sig").replace(",", "\n").replace(";", "\n")


PEERS: Final[dict[str, dict[str, Callable[[Path], str]]]] = {
    ".hwp": {"dochan": _dochan, "unhwp": _unhwp, "hwp-hwpx-parser": _hwp_hwpx_parser},
    ".hwpx": {"dochan": _dochan, "unhwp": _unhwp, "hwp-hwpx-parser": _hwp_hwpx_parser},
    ".docx": {"dochan": _dochan, "python-docx": _python_docx},
    ".xlsx": {"openpyxl": _openpyxl},
    ".pptx": {"python-pptx": _python_pptx},
    ".pdf": {"pdfplumber": _pdfplumber},
    ".html": {"lxml": _lxml},
    ".csv": {"the bytes": _text},
}
