"""Documents for the chunker, made as the loaders make them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from retrieval.loaders import load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from retrieval.types import ParsedDocument


@pytest.fixture
def markdown(tmp_path: Path) -> Callable[[str], ParsedDocument]:
    """Read a text as a Markdown file."""

    def read(text: str) -> ParsedDocument:
        path = tmp_path / "문서.md"
        path.write_text(text, encoding="utf-8")
        return load(path)

    return read


@pytest.fixture
def plain(tmp_path: Path) -> Callable[[str], ParsedDocument]:
    """Read a text as a plain text file."""

    def read(text: str) -> ParsedDocument:
        path = tmp_path / "문서.txt"
        path.write_text(text, encoding="utf-8")
        return load(path)

    return read
