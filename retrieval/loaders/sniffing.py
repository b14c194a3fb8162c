"""What a file is, by what is in it; its name only decides between kinds of text."""

from __future__ import annotations

import zipfile
from pathlib import Path, PurePosixPath
from typing import Final

from retrieval.errors import LoadError, LoadReason

MARKDOWN: Final = "text/markdown"
PLAIN: Final = "text/plain"
CSV: Final = "text/csv"
HTML: Final = "text/html"
PDF: Final = "application/pdf"
DOCX: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PPTX: Final = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
HWPX: Final = "application/hwp+zip"
HWP: Final = "application/x-hwp"
OLE: Final = "application/x-ole-storage"
ZIP: Final = "application/zip"
XML: Final = "application/xml"
BINARY: Final = "application/octet-stream"

_HEAD_BYTES: Final = 4096
_MAGIC: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"{\\rtf", "application/rtf"),
    (b"HWP Document File V3", "application/x-hwp-v3"),
    (b"\x1f\x8b", "application/gzip"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"\x7fELF", BINARY),
)
_TEXT_ENDINGS: Final = {
    ".md": MARKDOWN,
    ".markdown": MARKDOWN,
    ".csv": CSV,
    ".tsv": CSV,
    ".htm": HTML,
    ".html": HTML,
    ".xhtml": HTML,
}
_BINARY_ENDINGS: Final = frozenset(
    {".pdf", ".docx", ".xlsx", ".pptx", ".hwp", ".hwpx", ".doc", ".xls", ".ppt", ".zip", ".png", ".jpg", ".jpeg"}
)
_TEXT_BOMS: Final = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_OLE_MAGIC: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HTML_MARKS: Final = (b"<!doctype html", b"<html", b"<head", b"<body")


def sniff(path: Path, filename: str) -> str:
    """Return the media type of the file at ``path``; ``filename`` is the name its owner knows it by.

    Raises:
        LoadError: ``EMPTY`` for no bytes, ``ENCRYPTED`` for a locked Office file, ``DAMAGED`` when the name promises
            a binary format and the bytes are none, or when a ZIP container cannot be opened.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if not head:
        raise LoadError(LoadReason.EMPTY, filename)
    ending = PurePosixPath(filename.lower()).suffix
    if b"%PDF-" in head[:1024]:  # the mark may stand behind other bytes (ISO 32000-1, annex H.3.4.1)
        return PDF
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _sniff_zip(path)
    if head.startswith(_OLE_MAGIC):
        return _sniff_ole(path)
    for magic, media_type in _MAGIC:
        if head.startswith(magic):
            return media_type
    return _sniff_text(head, ending, filename)


def _sniff_text(head: bytes, ending: str, filename: str) -> str:
    lowered = head.lower().lstrip(b"\xef\xbb\xbf \t\r\n")
    if ending not in {".md", ".markdown"} and any(mark in lowered[:1024] for mark in _HTML_MARKS):
        return HTML
    if ending in _BINARY_ENDINGS:
        raise LoadError(LoadReason.DAMAGED, f"{filename} does not begin like its format")
    if ending in _TEXT_ENDINGS:
        return _TEXT_ENDINGS[ending]
    if lowered.startswith(b"<?xml"):
        return XML
    if b"\0" in head and not head.startswith(_TEXT_BOMS) and ending != ".txt":
        return BINARY
    return PLAIN


def _sniff_zip(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            mimetype = archive.read("mimetype")[:64].strip() if _is_small(archive, "mimetype") else b""
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        # RuntimeError and NotImplementedError: zipfile's words for encrypted entries and unknown compression.
        raise LoadError(LoadReason.DAMAGED, f"ZIP container: {error}") from error
    if mimetype == HWPX.encode() or "Contents/content.hpf" in names:
        return HWPX
    for member, media_type in (("word/", DOCX), ("xl/", XLSX), ("ppt/", PPTX)):
        if "[Content_Types].xml" in names and any(name.startswith(member) for name in names):
            return media_type
    return ZIP


def _is_small(archive: zipfile.ZipFile, name: str) -> bool:
    try:
        return archive.getinfo(name).file_size <= _HEAD_BYTES
    except KeyError:
        return False


def _sniff_ole(path: Path) -> str:
    # The directory of a compound file lists its streams in UTF-16; searching it needs no parser and no trust.
    data = path.read_bytes()
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise LoadError(LoadReason.ENCRYPTED, "password-protected Office file")
    if "BodyText".encode("utf-16-le") in data or b"HWP Document File" in data:
        return HWP
    return OLE
