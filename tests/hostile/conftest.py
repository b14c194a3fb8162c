"""Hostile files and what reads them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

_HERE = Path(__file__).parent
sys.path.insert(0, str(_HERE))  # test helpers beside the tests; the import mode adds no path itself
sys.path.insert(0, str(_HERE.parent / "unit" / "loaders"))  # the writer of compound files

from hostile_kinds import BODY, LIMITS  # noqa: E402 - after the path is known

from retrieval.loaders.sandbox import ParserPool  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def pool() -> Iterator[ParserPool]:
    """One pool of one child for all files of a module: what a file does to it, the next one would feel."""
    with ParserPool(LIMITS, size=1) as pool:
        yield pool


@pytest.fixture(scope="session")
def good_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that is always read."""
    path = tmp_path_factory.mktemp("good") / "조례.md"
    path.write_text(f"# 가온시 주차장 조례\n\n{BODY}\n", encoding="utf-8")
    return path
