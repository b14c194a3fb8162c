"""Which loader reads which media type. A new format is one module and one line here."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Final, cast

from retrieval.errors import LoadError, LoadReason
from retrieval.loaders import sniffing
from retrieval.loaders.limits import DEFAULT_LIMITS, Limits

if TYPE_CHECKING:
    from pathlib import Path

    from retrieval.ports import Loader
    from retrieval.types import ParsedDocument

# Media type -> module and class, imported when the first file of the kind arrives.
_LOADERS: Final = {
    sniffing.MARKDOWN: ("retrieval.loaders.markdown", "MarkdownLoader"),
    sniffing.PLAIN: ("retrieval.loaders.plain", "PlainTextLoader"),
    sniffing.CSV: ("retrieval.loaders.csv_table", "CsvLoader"),
    sniffing.HTML: ("retrieval.loaders.html", "HtmlLoader"),
    sniffing.PDF: ("retrieval.loaders.pdf", "PdfLoader"),
    sniffing.DOCX: ("retrieval.loaders.docx", "DocxLoader"),
    sniffing.HWPX: ("retrieval.loaders.hwpx", "HwpxLoader"),
    sniffing.HWP: ("retrieval.loaders.hwp", "HwpLoader"),
    sniffing.HWP3: ("retrieval.loaders.hwp3", "Hwp3Loader"),
    sniffing.HWPML: ("retrieval.loaders.hwpml", "HwpmlLoader"),
    sniffing.XLSX: ("retrieval.loaders.xlsx", "XlsxLoader"),
    sniffing.PPTX: ("retrieval.loaders.pptx", "PptxLoader"),
    sniffing.ZIP: ("retrieval.loaders.archive", "ArchiveLoader"),
    sniffing.PNG: ("retrieval.loaders.image", "ImageLoader"),
    sniffing.JPEG: ("retrieval.loaders.image", "ImageLoader"),
    sniffing.TIFF: ("retrieval.loaders.image", "ImageLoader"),
    sniffing.BMP: ("retrieval.loaders.image", "ImageLoader"),
    sniffing.WEBP: ("retrieval.loaders.image", "ImageLoader"),
    sniffing.MSG: ("retrieval.loaders.msg", "MsgLoader"),
    sniffing.EML: ("retrieval.loaders.email_message", "EmailLoader"),
}
SUPPORTED_ENDINGS: Final = (
    ".md",
    ".markdown",
    ".txt",
    ".csv",
    ".tsv",
    ".html",
    ".htm",
    ".pdf",
    ".docx",
    ".hwp",
    ".hml",
    ".hwpx",
    ".xlsx",
    ".pptx",
    ".zip",
    ".eml",
    ".msg",
    ".mht",
    ".mhtml",
    ".png",
    ".jpg",
    ".jpeg",
    ".tif",
    ".tiff",
    ".bmp",
    ".webp",
)


def media_types() -> tuple[str, ...]:
    """Media types that can be read."""
    return tuple(_LOADERS)


def loader_for(media_type: str, limits: Limits = DEFAULT_LIMITS) -> Loader:
    """Return a loader for a media type.

    Raises:
        LoadError: ``UNSUPPORTED`` when there is none.
    """
    try:
        module, name = _LOADERS[media_type]
    except KeyError:
        raise LoadError(LoadReason.UNSUPPORTED, media_type) from None
    return cast("Loader", getattr(importlib.import_module(module), name)(limits))


def load(path: Path, *, filename: str | None = None, limits: Limits = DEFAULT_LIMITS) -> ParsedDocument:
    """Read one file in this process. Untrusted files belong into ``sandbox.ParserPool``.

    Args:
        path: the file.
        filename: the name its owner knows it by (the stored file may be named after a hash).
        limits: ceilings on size and complexity; time and memory are the sandbox's.

    Raises:
        LoadError: always with a reason; a document that comes back has text.
    """
    filename = filename or path.name
    try:
        size = path.stat().st_size
        if size > limits.max_bytes:
            raise LoadError(LoadReason.TOO_LARGE, f"{size} bytes")
        media_type = sniffing.sniff(path, filename)
        return read(path, filename=filename, media_type=media_type, limits=limits)
    except OSError as error:
        raise LoadError(LoadReason.DAMAGED, f"cannot be read: {error.strerror}") from error
    except RecursionError as error:
        raise LoadError(LoadReason.TOO_COMPLEX, "nested too deeply") from error


def read(path: Path, *, filename: str, media_type: str, limits: Limits) -> ParsedDocument:
    """Read a file whose kind is known, and say of one that cannot be read when it is cut off.

    Raises:
        LoadError: the loader's own; ``TRUNCATED`` instead of ``DAMAGED`` where the format's end is missing;
            ``TOO_COMPLEX`` for more members than are allowed, before a library makes an object of each.
    """
    if (members := sniffing.member_count(path, media_type)) > limits.max_zip_entries:
        raise LoadError(LoadReason.TOO_COMPLEX, f"{members} members or more")
    try:
        return loader_for(media_type, limits).load(path, filename=filename)
    except LoadError as error:
        reason = error.reason
        if reason is LoadReason.PASSWORD and not sniffing.may_be_encrypted(path, media_type):
            reason = LoadReason.DAMAGED  # PDFium's last error may be that of the file before
        if reason is LoadReason.DAMAGED and sniffing.is_cut_off(path, media_type):
            reason = LoadReason.TRUNCATED
        if reason is error.reason:
            raise
        raise LoadError(reason, error.detail) from error
