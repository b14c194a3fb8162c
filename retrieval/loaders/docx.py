"""DOCX through dochan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retrieval.loaders import _office
from retrieval.loaders.limits import DEFAULT_LIMITS, Limits
from retrieval.loaders.sniffing import DOCX

if TYPE_CHECKING:
    from pathlib import Path

    from retrieval.types import ParsedDocument


class DocxLoader:
    """Reads ``.docx``: headings, numbering, lists, tables with merged cells resolved, notes, text boxes."""

    name = "docx"
    revision = 2
    media_types = (DOCX,)

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        self._limits = limits

    def load(self, path: Path, *, filename: str) -> ParsedDocument:
        """Parse one file; see ``retrieval.ports.Loader``."""
        _office.check_container(path, self._limits)
        return _office.document(
            _office.read(path, ".docx"),
            self._limits,
            filename=filename,
            media_type=DOCX,
            loader=f"{self.name}/{self.revision}",
        )
