"""Names of files inside files: decoded, brought into one form, and kept from leading outside."""

from __future__ import annotations

import re
from typing import Final

from retrieval.loaders._text import clean

_DRIVE: Final = re.compile(r"\A[A-Za-z]:")
_JUNK_FOLDERS: Final = frozenset({"__MACOSX", "$RECYCLE.BIN", "System Volume Information"})
_JUNK_NAMES: Final = frozenset({".ds_store", "thumbs.db", "ehthumbs.db", "desktop.ini", ".gitkeep"})
_HANGUL: Final = re.compile("[가-힣]")
_LONGEST_PATH: Final = 1_000
_LONGEST_NAME: Final = 200
_UNITS: Final = ("B", "KB", "MB", "GB")


def safe_path(name: str) -> str | None:
    """Return a member's path with forward slashes, relative, or ``None`` for one that leads out of its archive.

    Letters are composed and control characters dropped, as in every name that the product shows.
    """
    path = _DRIVE.sub("", clean(name).replace("\\", "/").replace("\n", " "))
    parts = [part.strip() for part in path.split("/")]
    if ".." in parts:
        return None
    kept = [part[-_LONGEST_NAME:] for part in parts if part not in {"", "."}]
    joined = "/".join(kept)
    return joined if kept and len(joined) <= _LONGEST_PATH else (kept[-1] if kept else None)


def is_junk(path: str) -> bool:
    """Whether a member is what operating systems leave in archives, and nobody's document."""
    parts = path.split("/")
    name = parts[-1].lower()
    return not _JUNK_FOLDERS.isdisjoint(parts) or name in _JUNK_NAMES or name.startswith("._")


def unique(path: str, taken: set[str]) -> str:
    """Return the path, numbered where another member has it already, and note it as taken."""
    stem, dot, ending = path.rpartition(".") if "." in path.rpartition("/")[2][1:] else (path, "", "")
    candidate = path
    number = 2
    while candidate in taken:
        candidate = f"{stem} ({number}){dot}{ending}"
        number += 1
    taken.add(candidate)
    return candidate


def old_name(raw: bytes) -> str:
    """Decode a name that does not say how it is encoded: UTF-8 (macOS), else CP949 (Korean Windows), else DOS."""
    for encoding in ("utf-8", "cp949"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding == "utf-8" or _HANGUL.search(text):
            return text
    return raw.decode("cp437")


def size_text(size: int) -> str:
    """A number of bytes as people write it (``12.3 KB``)."""
    amount = float(size)
    for unit in _UNITS:
        if amount < 1024 or unit == _UNITS[-1]:  # noqa: PLR2004 - bytes in a kilobyte
            return f"{size} B" if unit == "B" else f"{amount:,.1f} {unit}"
        amount /= 1024
    raise AssertionError("unreachable")
