"""What is written: a paper as a title and blocks, the same for every format."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

# XML 1.0 allows no other control characters, and no surrogates or the two non-characters
_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")


class Kind(StrEnum):
    """How a paragraph is set."""

    BODY = "body"
    QUOTE = "quote"  # the words of a source
    NOTE = "note"  # small print: a label, a place, a date


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of one look."""

    text: str
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; ``level`` counts from 1 below the title."""

    text: str
    level: int = 1


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph; line ends within it stay."""

    runs: tuple[Run, ...]
    kind: Kind = Kind.BODY

    @property
    def text(self) -> str:
        """Its text without looks."""
        return "".join(run.text for run in self.runs)


@dataclass(frozen=True, slots=True)
class Item:
    """A line of a list; ``mark`` is what stands before it (``-``, ``1.``)."""

    runs: tuple[Run, ...]
    mark: str = "-"

    @property
    def text(self) -> str:
        """Its text without mark and looks."""
        return "".join(run.text for run in self.runs)


@dataclass(frozen=True, slots=True)
class Table:
    """A table, row by row; the first row is its head where ``head`` says so. Rows may be of different lengths."""

    rows: tuple[tuple[str, ...], ...]
    head: bool = True

    @property
    def width(self) -> int:
        """Number of its columns."""
        return max((len(row) for row in self.rows), default=0)


Block = Heading | Paragraph | Item | Table


@dataclass(frozen=True, slots=True)
class Paper:
    """A document to be written.

    ``properties`` go into the file where programs look for them, not people: among them the mark of generated text
    (인공지능 발전과 신뢰 기반 조성 등에 관한 기본법 제31조). ``created`` is ISO 8601 in UTC.
    """

    title: str
    blocks: tuple[Block, ...]
    author: str = ""
    created: str = ""
    properties: Mapping[str, str] = field(default_factory=dict)


def plain(text: str, kind: Kind = Kind.BODY) -> Paragraph:
    """Return a paragraph of one look."""
    return Paragraph((Run(text),), kind)


def clean(text: str) -> str:
    """Return a text that may stand in XML."""
    return _FORBIDDEN.sub("", text)
