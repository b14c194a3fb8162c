"""What is decided about a file before it is let in: is it there, is it small enough, is it of a kind we read."""

from __future__ import annotations

import hashlib
import os
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from assistant.errors import ErrorCode, Failure
from retrieval.errors import LoadError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_LONGEST_NAME: Final = 255


@dataclass(frozen=True, slots=True)
class FileKind:
    """What a file is and which revision of which loader will read it (``markdown/1``)."""

    media_type: str
    loader: str


def inspect(path: Path, filename: str, *, max_bytes: int) -> FileKind:
    """Look at a file without reading it.

    Raises:
        Failure: ``path_not_found``, ``file_empty``, ``file_too_large``, ``file_unsupported``, or what the first bytes
            give away (``file_damaged``, ``file_encrypted``).
    """
    from retrieval.loaders import registry, sniffing  # noqa: PLC0415 - only those who take files in need the loaders

    try:
        size = path.stat().st_size
        if not path.is_file():
            raise Failure(ErrorCode.PATH_NOT_FOUND)
        if size == 0:
            raise Failure(ErrorCode.FILE_EMPTY)
        if size > max_bytes:
            raise Failure(ErrorCode.FILE_TOO_LARGE, detail=f"{max_bytes // 1024**2} MB")
        media_type = sniffing.sniff(path, filename)
        loader = registry.loader_for(media_type)
    except LoadError as error:
        raise Failure(load_code(error)) from error
    except OSError as error:
        raise Failure(ErrorCode.PATH_NOT_FOUND, detail=error.strerror or "") from error
    return FileKind(media_type, f"{loader.name}/{loader.revision}")


def loaders_revision() -> str:
    """Return the fingerprint of all loaders in force: when it changes, a file may be read in another way."""
    from retrieval.loaders import registry  # noqa: PLC0415 - as above

    loaders = (registry.loader_for(media_type) for media_type in sorted(registry.media_types()))
    return hashlib.sha256("|".join(f"{one.name}/{one.revision}" for one in loaders).encode()).hexdigest()[:16]


def load_code(error: LoadError) -> ErrorCode:
    """Return the error code of a load error; the library's reasons are named after our codes."""
    try:
        return ErrorCode(error.reason.value)
    except ValueError:
        return ErrorCode.FILE_DAMAGED


def walk(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield the files under these paths, each folder in order of names.

    Hidden files and folders inside a folder are skipped, links to folders are not followed. A path that was named
    itself is always yielded, also when it does not exist: its owner wants to hear of it.
    """
    for path in paths:
        absolute = Path(os.path.abspath(path.expanduser()))  # noqa: PTH100 - resolve() would rename what links point at
        if not absolute.is_dir():
            yield absolute
            continue
        for folder, folders, names in os.walk(absolute):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(names):
                if not name.startswith("."):
                    yield Path(folder) / name


def clean_filename(name: str) -> str:
    """Return a file's name as it is stored: composed Hangul (macOS decomposes), no folders, no control characters."""
    base = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    printable = "".join(character for character in base if unicodedata.category(character)[0] != "C").strip()
    return printable[-_LONGEST_NAME:] or "document"
