"""PDF page by page through PDFium: its text layer, and character recognition where a page has none that can be read."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from retrieval.errors import LoadError, LoadReason
from retrieval.loaders import _page, _pdf_text, ocr
from retrieval.loaders._builder import TextBuilder
from retrieval.loaders._scan import Scanner
from retrieval.loaders._text import clean, one_line
from retrieval.loaders.limits import DEFAULT_LIMITS, Limits
from retrieval.loaders.sniffing import PDF

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from retrieval.loaders._page import Item
    from retrieval.loaders._raster import Gray
    from retrieval.types import MetadataValue, ParsedDocument

_ERR_PASSWORD: Final = 4  # FPDF_ERR_PASSWORD, FPDF_ERR_SECURITY: fpdfview.h
_ERR_SECURITY: Final = 5
_PDFIUM = threading.Lock()  # PDFium is not thread-safe, not even across documents

_POINTS: Final = 72
_MAX_SIDE: Final = 6_000  # pixels of a rendered page, whatever size it says it has
_FEW: Final = 40  # characters: a stamp or a page number over a scan
_PICTURE_SHARE: Final = 0.5  # of the page that one picture covers: a scan


class PdfLoader:
    """Reads ``.pdf``. Pages without readable text layer are recognised; without recognition they are named."""

    name = "pdf"
    revision = 2
    media_types = (PDF,)

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        self._limits = limits

    def load(self, path: Path, *, filename: str) -> ParsedDocument:
        """Parse one PDF; see ``retrieval.ports.Loader``."""
        builder = TextBuilder(self._limits)
        scanner = Scanner(self._limits)
        with _PDFIUM:
            try:
                document = _open(path, self._limits)
                try:
                    properties = document.get_metadata_dict()
                    count = len(document)
                    pages = list(self._pages(document, scanner))
                finally:
                    document.close()
            finally:
                scanner.close()
        pages = _page.without_furniture(pages)
        headings, body = _page.heading_sizes(pages), _page.body_size(pages)
        for number, items in enumerate(pages, start=1):
            _page.add_page(builder, items, number, headings=headings, body=body)
        if not builder.length:
            scanner.refuse()
        builder.warnings.extend(scanner.warnings(_page.empty(pages)))
        return builder.document(
            title="",
            filename=filename,
            media_type=PDF,
            loader=f"{self.name}/{self.revision}",
            metadata={**_metadata(properties), **scanner.metadata()},
            page_count=count,
            paper=True,
            property_title=properties.get("Title", ""),
        )

    def _pages(self, document: Any, scanner: Scanner) -> Iterator[list[Item]]:  # noqa: ANN401 - pypdfium2 is untyped
        from pypdfium2 import PdfiumError  # noqa: PLC0415 - a heavy vendor library

        try:
            for index in range(len(document)):
                page = document[index]
                try:
                    yield _read(page, index + 1, scanner)
                finally:
                    page.close()
        except PdfiumError as error:
            raise LoadError(LoadReason.DAMAGED, f"PDF: {error}") from error


def _open(path: Path, limits: Limits) -> Any:  # noqa: ANN401 - pypdfium2 is untyped
    import pypdfium2  # noqa: PLC0415 - a heavy vendor library
    from pypdfium2 import PdfiumError  # noqa: PLC0415

    try:
        document: Any = pypdfium2.PdfDocument(path)
    except PdfiumError as error:
        code = getattr(error, "err_code", None)
        if code == _ERR_SECURITY:
            raise LoadError(LoadReason.ENCRYPTED, f"PDF: {error}") from error
        locked = code == _ERR_PASSWORD or "assword" in str(error)
        raise LoadError(LoadReason.PASSWORD if locked else LoadReason.DAMAGED, f"PDF: {error}") from error
    count = len(document)
    if not 0 < count <= limits.max_pages:
        document.close()
        raise LoadError(LoadReason.TOO_COMPLEX if count else LoadReason.DAMAGED, f"{count} pages")
    return document


def _read(page: Any, number: int, scanner: Scanner) -> list[Item]:  # noqa: ANN401 - pypdfium2 is untyped
    text_page = page.get_textpage()
    try:
        raw = _pdf_text.text_of(text_page)
        visible = len("".join(clean(raw).split()))
        garbled = _pdf_text.garbled(text_page, raw)
        if garbled or (visible < _FEW and _is_scan(page, blank=not visible)):
            gray, dpi = render(page)
            result = scanner.page(gray, number, dpi=dpi)
            if result is not None:
                return _page.recognised(result.lines, result.tables)
            if garbled:
                return []
        return _pdf_text.items(page, text_page, raw, render)
    finally:
        text_page.close()


def _is_scan(page: Any, *, blank: bool) -> bool:  # noqa: ANN401 - pypdfium2 is untyped
    """Whether a page (nearly) without text shows something: any picture or drawing, or one picture over most of it."""
    import pypdfium2.raw as pdfium  # noqa: PLC0415 - a heavy vendor library

    width, height = page.get_size()
    for item in page.get_objects(filter=(pdfium.FPDF_PAGEOBJ_IMAGE, pdfium.FPDF_PAGEOBJ_PATH), max_depth=4):
        if blank:
            return True
        left, bottom, right, top = item.get_bounds()
        covers = max(0.0, right - left) * max(0.0, top - bottom) > _PICTURE_SHARE * width * height
        if item.type == pdfium.FPDF_PAGEOBJ_IMAGE and covers:
            return True
    return False


def render(page: Any, dpi: int = ocr.DPI) -> tuple[Gray, int]:  # noqa: ANN401 - pypdfium2 is untyped
    """Draw a page in grey; a page that says it is huge is drawn coarser. Returns the picture and its resolution."""
    scale = min(dpi / _POINTS, _MAX_SIDE / max(1.0, *page.get_size()))
    bitmap = page.render(scale=scale, grayscale=True, may_draw_forms=True)
    try:
        pixels = bitmap.to_numpy()
        gray = np.array(pixels.reshape(pixels.shape[0], -1)[:, : bitmap.width], dtype=np.uint8)
    finally:
        bitmap.close()
    return gray, round(scale * _POINTS)


def _metadata(properties: dict[str, str]) -> dict[str, MetadataValue]:
    return {key: one_line(value) for key, value in properties.items() if value and value.strip()}
