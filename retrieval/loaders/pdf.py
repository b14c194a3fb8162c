"""PDF with a text layer, page by page, through PDFium."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING, Any

from retrieval.errors import LoadError, LoadReason
from retrieval.loaders import numbering
from retrieval.loaders._builder import TextBuilder
from retrieval.loaders._text import clean, one_line
from retrieval.loaders.limits import DEFAULT_LIMITS, Limits
from retrieval.loaders.sniffing import PDF

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from retrieval.types import MetadataValue, ParsedDocument

# PDFium marks a hyphen that it took for one of line breaking with U+0002 or U+FFFE.
_HYPHENATED = re.compile("[\x02\ufffe]\\s*\\n?")
_PAGE_NUMBER = re.compile(r"\s*(?:[-–—]\s*\d{1,4}\s*[-–—]|\d{1,4}\s*/\s*\d{1,4})\s*\Z")
_BARE_NUMBER = re.compile(r"\s*\d{1,4}\s*\Z")
_STARTS_UNIT = re.compile(r"\s*(?:제\d+(?:조|장|절|관|편)|부\s*칙|\[?별표|\[?별지)")
_ENDS_SENTENCE = re.compile(r"(?:[.!?。:]|[>〉)\]])\s*\Z")
_SHORT_LINE = 0.7  # of the widest line of the page: a line this short ends its paragraph
_ERR_PASSWORD = 4  # FPDF_ERR_PASSWORD, FPDF_ERR_SECURITY: fpdfview.h
_ERR_SECURITY = 5
_PDFIUM = threading.Lock()  # PDFium is not thread-safe, not even across documents


class PdfLoader:
    """Reads ``.pdf``. A document without a text layer is ``NO_TEXT``: it needs character recognition first."""

    name = "pdf"
    revision = 1
    media_types = (PDF,)

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        self._limits = limits

    def load(self, path: Path, *, filename: str) -> ParsedDocument:
        """Parse one PDF; see ``retrieval.ports.Loader``."""
        with _PDFIUM:
            pages, properties = self._read(path)
        builder = TextBuilder(self._limits)
        texts = [_HYPHENATED.sub("", page) for page in pages]
        blank = []
        for number, text in enumerate(texts, start=1):
            lines = _without_page_number(clean(text).split("\n"))
            if not any(line.strip() for line in lines):
                blank.append(number)
            builder.add_lines(paragraphs(lines), page=number)
        if blank and len(blank) < len(pages):
            shown = ", ".join(str(number) for number in blank[:10]) + (" …" if len(blank) > 10 else "")  # noqa: PLR2004
            builder.warnings.append(f"글자를 읽을 수 없는 쪽이 있습니다: {shown}쪽")
        return builder.document(
            title="",
            filename=filename,
            media_type=PDF,
            loader=f"{self.name}/{self.revision}",
            metadata=_metadata(properties),
            page_count=len(pages),
            paper=True,
            property_title=properties.get("Title", ""),
        )

    def _read(self, path: Path) -> tuple[list[str], dict[str, str]]:
        import pypdfium2  # noqa: PLC0415 - a heavy vendor library
        from pypdfium2 import PdfiumError  # noqa: PLC0415

        try:
            document: Any = pypdfium2.PdfDocument(path)
        except PdfiumError as error:
            code = getattr(error, "err_code", None)
            locked = code in {_ERR_PASSWORD, _ERR_SECURITY} or "assword" in str(error)
            raise LoadError(LoadReason.ENCRYPTED if locked else LoadReason.DAMAGED, f"PDF: {error}") from error
        try:
            if len(document) > self._limits.max_pages:
                raise LoadError(LoadReason.TOO_COMPLEX, f"{len(document)} pages")
            if len(document) == 0:
                raise LoadError(LoadReason.DAMAGED, "PDF without pages")
            return [_page_text(document, index) for index in range(len(document))], document.get_metadata_dict()
        except PdfiumError as error:
            raise LoadError(LoadReason.DAMAGED, f"PDF: {error}") from error
        finally:
            document.close()


def _page_text(document: Any, index: int) -> str:  # noqa: ANN401 - pypdfium2 is untyped
    page = document[index]
    text_page = page.get_textpage()
    try:
        return str(text_page.get_text_range())
    finally:
        text_page.close()
        page.close()


def _metadata(properties: dict[str, str]) -> dict[str, MetadataValue]:
    return {key: one_line(value) for key, value in properties.items() if value and value.strip()}


def _without_page_number(lines: list[str]) -> list[str]:
    """Drop the page number that stands alone in the first or last line."""
    filled = [index for index, line in enumerate(lines) if line.strip()]
    drop = {index for index in (*filled[:1], *filled[-1:]) if _PAGE_NUMBER.match(lines[index])}
    if len(filled) > 1 and _BARE_NUMBER.match(lines[filled[-1]]):
        drop.add(filled[-1])  # at the foot only: a number at the head begins a list as often
    return [line for index, line in enumerate(lines) if index not in drop]


def paragraphs(lines: Sequence[str]) -> list[str]:
    """Insert blank lines where a paragraph ends: PDF knows lines only.

    A line begins a paragraph when it is numbered or names a division of a law, or when the line before it ended a
    sentence and stopped short of the page's width.
    """
    width = max((len(line.strip()) for line in lines), default=0)
    result: list[str] = []
    before = ""
    for line in lines:
        short = len(before.strip()) < _SHORT_LINE * width
        starts = numbering.ANY.match(line) or _STARTS_UNIT.match(line)
        if before.strip() and (starts or (short and _ENDS_SENTENCE.search(before))) and not numbering.ANY.match(line):
            result.append("")
        result.append(line)
        before = line
    return result
