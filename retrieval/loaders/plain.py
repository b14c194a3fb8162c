"""Plain text in the encodings Korean offices use."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from retrieval.errors import LoadError, LoadReason
from retrieval.loaders._builder import TextBuilder
from retrieval.loaders._text import clean, decode
from retrieval.loaders.limits import DEFAULT_LIMITS, Limits
from retrieval.loaders.sniffing import PLAIN
from retrieval.types import BlockKind

if TYPE_CHECKING:
    from pathlib import Path

    from retrieval.types import ParsedDocument

# The first line of a statute saved as text: a short name directly above its first division.
_FIRST_DIVISION = re.compile(r"\s*제\s?1\s?(?:편|장|절|조)(?=[\s(]|\Z)")
_LAW_NAME = re.compile(r"\s*\S.{0,80}(?:법|법률|령|규칙|조례|규정|훈령|예규|지침|고시|요령)(?:\s*[<(\[].*)?\s*\Z")


class PlainTextLoader:
    """Reads ``.txt``: UTF-8 with or without mark, UTF-16 with mark, CP949/EUC-KR."""

    name = "plain"
    revision = 1
    media_types = (PLAIN,)

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        self._limits = limits

    def load(self, path: Path, *, filename: str) -> ParsedDocument:
        """Parse one text file; see ``retrieval.ports.Loader``."""
        text, warnings = decode(path.read_bytes())
        text = clean(text)
        if not text.strip():
            raise LoadError(LoadReason.EMPTY, filename)
        builder = TextBuilder(self._limits)
        builder.warnings.extend(warnings)
        lines = text.split("\n")
        filled = [index for index, line in enumerate(lines) if line.strip()]
        if len(filled) > 1 and _LAW_NAME.match(lines[filled[0]]) and _FIRST_DIVISION.match(lines[filled[1]]):
            builder.add(BlockKind.HEADING, lines[filled[0]], level=1)
            lines = lines[filled[1] :]
        builder.add_lines(lines)
        return builder.document(
            title="", filename=filename, media_type=PLAIN, loader=f"{self.name}/{self.revision}", paper=True
        )
