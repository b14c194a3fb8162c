"""Small tables kept as CSV; data sets to be computed with belong into the catalogue."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from retrieval.errors import LoadError, LoadReason
from retrieval.loaders._builder import TextBuilder
from retrieval.loaders._text import clean, decode
from retrieval.loaders.limits import DEFAULT_LIMITS, Limits
from retrieval.loaders.sniffing import CSV

if TYPE_CHECKING:
    from pathlib import Path

    from retrieval.types import ParsedDocument

_SAMPLE_CHARS = 16_384
_DELIMITERS = ",;\t|"


class CsvLoader:
    """Reads ``.csv`` and ``.tsv`` as one table; the delimiter is found, the encoding too."""

    name = "csv"
    revision = 1
    media_types = (CSV,)

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        self._limits = limits

    def load(self, path: Path, *, filename: str) -> ParsedDocument:
        """Parse one table; see ``retrieval.ports.Loader``."""
        text, warnings = decode(path.read_bytes())
        text = clean(text)
        if not text.strip():
            raise LoadError(LoadReason.EMPTY, filename)
        builder = TextBuilder(self._limits)
        builder.warnings.extend(warnings)
        try:
            dialect: type[csv.Dialect] = csv.Sniffer().sniff(text[:_SAMPLE_CHARS], _DELIMITERS)
        except csv.Error:
            dialect = csv.excel  # one column, or nothing to tell by
        try:
            builder.add_table(csv.reader(io.StringIO(text), dialect))
        except csv.Error as error:
            raise LoadError(LoadReason.DAMAGED, f"CSV: {error}") from error
        return builder.document(title="", filename=filename, media_type=CSV, loader=f"{self.name}/{self.revision}")
