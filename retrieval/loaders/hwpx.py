"""HWPX through dochan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retrieval.loaders import _office
from retrieval.loaders._builder import TextBuilder
from retrieval.loaders.limits import DEFAULT_LIMITS, Limits
from retrieval.loaders.sniffing import HWPX

if TYPE_CHECKING:
    from pathlib import Path

    from retrieval.types import ParsedDocument


class HwpxLoader:
    """Reads ``.hwpx``: headings, lists, tables with merged cells resolved, notes."""

    name = "hwpx"
    revision = 1
    media_types = (HWPX,)

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        self._limits = limits

    def load(self, path: Path, *, filename: str) -> ParsedDocument:
        """Parse one file; see ``retrieval.ports.Loader``."""
        _office.check_container(path, self._limits)
        parsed = _office.read(path, ".hwpx")
        builder = TextBuilder(self._limits)
        builder.warnings.extend(parsed.warnings)
        _office.render(builder, parsed.elements)
        return builder.document(
            title="",
            filename=filename,
            media_type=HWPX,
            loader=f"{self.name}/{self.revision}",
            metadata={"Title": parsed.title} if parsed.title else {},
            paper=True,
            property_title=parsed.title,
        )
