"""Guards on ZIP containers of documents, before any parser opens them."""

from __future__ import annotations

import re
import zipfile
import zlib
from typing import TYPE_CHECKING, Final

from retrieval.errors import LoadError, LoadReason

if TYPE_CHECKING:
    from pathlib import Path

    from retrieval.loaders.limits import Limits

# In UTF-8 and in either byte order of UTF-16.
_DECLARATION: Final = re.compile(rb"<\0?!\0?\s*\0?(?:D\0?O\0?C\0?T\0?Y\0?P\0?E|E\0?N\0?T\0?I\0?T\0?Y)", re.IGNORECASE)
_COMMENT: Final = re.compile(rb"<!--.*?(?:-->|\Z)", re.DOTALL)
_ELEMENT: Final = re.compile(rb"<\0?[A-Za-z_]")
_PARTS: Final = (".xml", ".rels", ".hpf", ".rdf", ".vml")
_MANIFEST: Final = "META-INF/manifest.xml"  # of HWPX and OpenDocument; names the members that a password locks
_LOCKED_MEMBER: Final = b"encryption-data"
_PROLOG_BYTES: Final = 16 * 1024
_MANIFEST_BYTES: Final = 1024 * 1024


def check_container(path: Path, limits: Limits) -> None:
    """Refuse containers that unpack without bound, need a password, or declare entities.

    The sizes are those of the directory; ``zipfile`` never gives out more than a member's stated size.

    Raises:
        LoadError: ``TOO_COMPLEX``, ``BOMB``, ``PASSWORD``, ``EXTERNAL_ENTITY`` or ``DAMAGED``.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            if len(entries) > limits.max_zip_entries:
                raise LoadError(LoadReason.TOO_COMPLEX, f"{len(entries)} ZIP entries")
            total = sum(entry.file_size for entry in entries)
            if total > limits.max_inflated_bytes:
                raise LoadError(LoadReason.BOMB, f"unpacks to {total} bytes")
            for entry in entries:
                _check_member(archive, entry)
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, zlib.error) as error:
        raise LoadError(LoadReason.DAMAGED, f"ZIP container: {error}") from error


def _check_member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    """Raise where one member is locked or where its XML declares a document type."""
    if entry.flag_bits & 0x1:
        raise LoadError(LoadReason.PASSWORD, entry.filename)
    if not entry.filename.lower().endswith(_PARTS):
        return
    manifest = entry.filename == _MANIFEST
    with archive.open(entry) as part:
        head = part.read(_MANIFEST_BYTES if manifest else _PROLOG_BYTES)
    if manifest and _LOCKED_MEMBER in head:
        raise LoadError(LoadReason.PASSWORD, "the manifest names locked members")
    # A declaration stands before the first element: where that has not come yet, one may still follow.
    hidden = len(head) == _PROLOG_BYTES and not _ELEMENT.search(_COMMENT.sub(b"", head))
    if hidden or _DECLARATION.search(head):
        raise LoadError(LoadReason.EXTERNAL_ENTITY, f"{entry.filename} declares entities")
