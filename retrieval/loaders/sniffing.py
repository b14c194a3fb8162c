"""What a file is, by what is in it; its name only decides between kinds of text.

Runs in the process that takes files in: it reads the beginning of a file and the directory of a container, both
bounded, and parses nothing. What it can already tell of why a file will not be read, it says here.
"""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from typing import Final

from retrieval.errors import LoadError, LoadReason
from retrieval.loaders import _ole_peek, _zip_peek

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
HWP3: Final = "application/x-hwp-v3"
HWPML: Final = "application/x-hwpml"
DOC: Final = "application/msword"
XLS: Final = "application/vnd.ms-excel"
PPT: Final = "application/vnd.ms-powerpoint"
MSG: Final = "application/vnd.ms-outlook"
EML: Final = "message/rfc822"  # also saved web pages (.mht), which are messages
OLE: Final = "application/x-ole-storage"
ZIP: Final = "application/zip"
XML: Final = "application/xml"
PNG: Final = "image/png"
JPEG: Final = "image/jpeg"
TIFF: Final = "image/tiff"
GIF: Final = "image/gif"
BMP: Final = "image/bmp"
WEBP: Final = "image/webp"
BINARY: Final = "application/octet-stream"
IMAGES: Final = frozenset({PNG, JPEG, TIFF, GIF, BMP, WEBP})

_ZIPPED: Final = frozenset({DOCX, XLSX, PPTX, HWPX, ZIP})

_HEAD_BYTES: Final = 4096
_TAIL_BYTES: Final = 2048
_MAGIC: Final = (
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"\xff\xd8\xff", JPEG),
    (b"GIF8", GIF),
    (b"II*\0", TIFF),
    (b"MM\0*", TIFF),
    (b"II+\0", TIFF),
    (b"MM\0+", TIFF),
    (b"{\\rtf", "application/rtf"),
    (b"HWP Document File V3", HWP3),
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
_MAIL_ENDINGS: Final = frozenset({".eml", ".mht", ".mhtml"})
_BINARY_ENDINGS: Final = frozenset(
    {".pdf", ".docx", ".xlsx", ".pptx", ".hwp", ".hwpx", ".doc", ".xls", ".ppt", ".msg", ".zip"}
    | {".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".gif", ".webp"}
)
_TEXT_BOMS: Final = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_WIDE_BOMS: Final = ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_OLE_MAGIC: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP_MAGICS: Final = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_HTML_MARKS: Final = (b"<!doctype html", b"<html", b"<head", b"<body")
_PDF_MARK: Final = re.compile(rb"%PDF-\d")
# A message begins with lines "Name: value"; two of those that only messages have tell it from other text.
_HEADER_LINE: Final = re.compile(rb"[A-Za-z][A-Za-z0-9-]*:")
_MAIL_HEADER: Final = re.compile(
    rb"(?im)^(?:received|return-path|message-id|mime-version|from|to|subject|date|delivered-to|content-type|x-mailer):"
)

# How document-security software of Korean offices marks what it has locked: the vendors' headers, seen at the start.
_DRM_STARTS: Final = (b"\x9b DRMONE", b"<DOCUMENT SAFER", b"SCDSA0", b"<## NASCA DRM FILE", b"FasooSecureContainer")
_DRM_MARKS: Final = (b"encrypted and protected by Fasoo DRM", b"FasooSecureContainer")
_DRM_MARK_BYTES: Final = 512
_RIGHTS_STREAMS: Final = ("DRMEncryptedDataSpace", "DRMEncryptedTransform", "\tDRMContent", "\tDRMDataSpace")
_MACRO_PARTS: Final = re.compile(r"(?i)(?:^|/)vbaProject\.bin$|^xl/macrosheets/|^xl/intlmacrosheets/")
_MACRO_TYPES: Final = re.compile(rb"(?i)macroEnabled|vnd\.ms-office\.vbaProject|vnd\.ms-excel\.(?:intl)?macrosheet")
_OLE_KINDS: Final = (
    ("WordDocument", DOC),
    ("Workbook", XLS),
    ("Book", XLS),
    ("PowerPoint Document", PPT),
)


def sniff(path: Path, filename: str) -> str:
    """Return the media type of the file at ``path``; ``filename`` is the name its owner knows it by.

    Raises:
        LoadError: ``EMPTY`` for no bytes; ``PASSWORD``, ``DRM``, ``MACRO`` or ``EXTERNAL_ENTITY`` where the file shows
            it; ``TRUNCATED`` for a container that ends too early; ``DAMAGED`` when the name promises a binary format
            and the bytes are none, or when a container has no directory.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if not head:
        raise LoadError(LoadReason.EMPTY, filename)
    ending = PurePosixPath(filename.lower()).suffix
    _refuse_drm(head, ending)
    if head.startswith(_ZIP_MAGICS):
        return _sniff_zip(path)
    if head.startswith(_OLE_MAGIC):
        return _sniff_ole(path)
    return _by_magic(head, ending) or _sniff_text(head, ending, filename)


def _by_magic(head: bytes, ending: str) -> str:
    for magic, media_type in _MAGIC:
        if head.startswith(magic):
            return media_type
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return WEBP
    if head.startswith(b"BM") and head[6:10] == bytes(4):
        return BMP
    return PDF if _is_pdf(head, ending) else ""


def member_count(path: Path, media_type: str) -> int:
    """Return how many members a ZIP container lists (no more than 20,000 are counted), 0 for any other kind.

    Raises:
        LoadError: ``TRUNCATED`` or ``DAMAGED``, like ``sniff``.
    """
    return _zip_peek.peek(path).count if media_type in _ZIPPED else 0


def is_cut_off(path: Path, media_type: str) -> bool:
    """Whether a file that could not be read lacks the end that its format demands: the mark of a broken transfer."""
    end = {PDF: b"%%EOF", PNG: b"IEND", JPEG: b"\xff\xd9"}.get(media_type)
    if end is None:
        return False
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _TAIL_BYTES))
        tail = file.read(_TAIL_BYTES)
    return end not in tail


def may_be_encrypted(path: Path, media_type: str) -> bool:
    """Whether a file can need a password at all: a PDF that does names its encryption in clear (ISO 32000-1, 7.6.1)."""
    return media_type != PDF or b"/Encrypt" in path.read_bytes()


def _refuse_drm(head: bytes, ending: str) -> None:
    marked = head[:_DRM_MARK_BYTES]
    locked = head.startswith(_DRM_STARTS) or any(mark in marked for mark in _DRM_MARKS)
    # MarkAny wraps what it locks into something that begins like a comment; a web page may name the product as well.
    if locked or (ending in _BINARY_ENDINGS and marked.lstrip().startswith(b"<!--") and b"MarkAny" in marked):
        raise LoadError(LoadReason.DRM, "marked by document-security software")


def _is_pdf(head: bytes, ending: str) -> bool:
    """Tell a PDF; its mark may stand behind other bytes (ISO 32000-1, annex H.3.4.1), in text it is only mentioned."""
    found = _PDF_MARK.search(head, 0, 1024 + 6)
    if found is None:
        return False
    before = head[: found.start()].strip(b"\xef\xbb\xbf \t\r\n\0")
    return not before or (ending == ".pdf" and b"Microsoft" not in before) or b"\0" in head[:_HEAD_BYTES]


def _sniff_text(head: bytes, ending: str, filename: str) -> str:
    text = _narrow(head)
    lowered = text.lower().lstrip(b"\xef\xbb\xbf \t\r\n")
    if lowered.startswith((b"<?xml", b"<!doctype")) and b"<!entity" in lowered:
        raise LoadError(LoadReason.EXTERNAL_ENTITY, "declares entities")
    if _is_mail(text, ending):
        return EML
    if b"<hwpml" in lowered[:2048] and ending not in _TEXT_ENDINGS:
        return _without_dtd(lowered, HWPML)
    if ending not in {".md", ".markdown"} and any(mark in lowered[:1024] for mark in _HTML_MARKS):
        return HTML
    if ending in _BINARY_ENDINGS or ending in _MAIL_ENDINGS or ending == ".hml":
        raise LoadError(LoadReason.DAMAGED, f"{filename} does not begin like its format")
    if ending not in _TEXT_ENDINGS and lowered.startswith(b"<?xml"):
        return _without_dtd(lowered, XML)
    binary = b"\0" in head and not head.startswith(_TEXT_BOMS) and ending != ".txt"
    return _TEXT_ENDINGS.get(ending, BINARY if binary else PLAIN)


def _without_dtd(lowered: bytes, media_type: str) -> str:
    if b"<!doctype" in lowered:
        raise LoadError(LoadReason.EXTERNAL_ENTITY, "carries a document type definition")
    return media_type


def _narrow(head: bytes) -> bytes:
    """Return the beginning of a text as UTF-8, so that marks are found in UTF-16 too."""
    for mark, encoding in _WIDE_BOMS:
        if head.startswith(mark):
            return head[2:].decode(encoding, "replace").encode("utf-8", "replace")
    return head


def _is_mail(text: bytes, ending: str) -> bool:
    start = text.lstrip(b"\xef\xbb\xbf\r\n")
    if ending in _MAIL_ENDINGS:
        return b"\0" not in start[:512]
    if ending in _TEXT_ENDINGS or ending == ".txt":
        return False
    first = start.split(b"\n", 1)[0]
    headers = start.replace(b"\r\n", b"\n").split(b"\n\n", 1)[0]
    begins = _HEADER_LINE.match(first) is not None or first.startswith(b"From ")
    return begins and len(set(_MAIL_HEADER.findall(headers.lower()))) >= 3  # noqa: PLR2004 - of those that messages have


def _sniff_zip(path: Path) -> str:
    summary = _zip_peek.peek(path)
    names = summary.names
    if any(_MACRO_PARTS.search(name) for name in names) or _MACRO_TYPES.search(summary.content_types):
        raise LoadError(LoadReason.MACRO, "carries a macro project")
    if summary.mimetype == HWPX.encode() or "Contents/content.hpf" in names:
        return HWPX
    if "[Content_Types].xml" in names:
        for member, media_type in (("word/", DOCX), ("xl/", XLSX), ("ppt/", PPTX)):
            if any(name.startswith(member) for name in names):
                return media_type
    return ZIP


def _sniff_ole(path: Path) -> str:
    names = _ole_peek.names(path)
    if not names.isdisjoint(_RIGHTS_STREAMS):
        raise LoadError(LoadReason.DRM, "protected by rights management")
    if "EncryptedPackage" in names:
        raise LoadError(LoadReason.PASSWORD, "password-protected Office file")
    if "FileHeader" in names or "BodyText" in names:
        return HWP
    if any(name.startswith(("__substg1.0_", "__properties_version1.0")) for name in names):
        return MSG
    return next((media_type for name, media_type in _OLE_KINDS if name in names), OLE)
