"""Builds the canonical text and its blocks together, so that offsets are right by construction."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from retrieval.errors import LoadError, LoadReason
from retrieval.loaders import numbering
from retrieval.loaders._text import clean, one_line
from retrieval.types import Block, BlockKind, MetadataValue, ParsedDocument

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from retrieval.loaders.limits import Limits
    from retrieval.types import Attachment

CELL_SEPARATOR = " | "

# The subject of an official paper (행정업무규정 시행규칙 제4조: 본문은 제목, 내용 및 붙임으로 구성).
_SUBJECT = re.compile(r"^[ \t]*제[ \t]*목[ \t]*[:：|]?[ \t]+(\S[^\n]{2,120})$", re.MULTILINE)
_JUNK_TITLE = re.compile(
    r"\A(?:untitled|제목 ?없음|無題|(?:microsoft )?word\b.*|.*\.(?:hwp|hwpx|docx?|pdf|pptx?|xlsx?))?\Z", re.IGNORECASE
)
_TITLE_ZONE = 2000
_MIN_TITLE_CHARS = 3
_BLANK_TOP = re.compile(r"\A(?:[ \t]*+\n)+")
_TRAILING = re.compile(r"(?<![ \t])[ \t]++(?=\n)")  # begins at a run's first blank only: linear on any input
_LETTER = re.compile(r"[^\W\d_]")
_BLANK_RUN = re.compile(r"\n{3,}")


class TextBuilder:
    """Collects the pieces of one document in reading order.

    Every piece is cleaned (``_text.clean``), so no loader can forget it. Pieces are set apart by a blank line, or by
    a single line end where ``tight`` says that they belong together.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._parts: list[str] = []
        self._blocks: list[Block] = []
        self._length = 0
        self._cells = 0
        self.warnings: list[str] = []

    def add(self, kind: BlockKind, text: str, *, level: int = 0, page: int | None = None, tight: bool = False) -> None:
        """Append one piece; blank text is ignored. Headings are put on one line."""
        text = one_line(text) if kind is BlockKind.HEADING else self._tidy(text)
        if not text:
            return
        if self._parts:
            gap = "\n" if tight else "\n\n"
            self._parts.append(gap)
            self._length += len(gap)
        start = self._length
        self._parts.append(text)
        self._length += len(text)
        if self._length > self.limits.max_chars:
            raise LoadError(LoadReason.TOO_COMPLEX, f"more than {self.limits.max_chars} characters")
        self._blocks.append(Block(kind, start, self._length, level=level, page=page))

    def add_lines(self, lines: Sequence[str], *, page: int | None = None) -> None:
        """Append plain lines: blank lines part paragraphs, a numbered or bulleted line starts its own item."""
        group: list[str] = []
        tight = False
        for line in [*lines, ""]:
            blank = not line.strip()
            if group and (blank or numbering.ANY.match(line)):
                kind = BlockKind.LIST_ITEM if numbering.ANY.match(group[0]) else BlockKind.PARAGRAPH
                self.add(kind, "\n".join(group), page=page, tight=tight)
                tight = not blank
                group = []
            elif blank:
                tight = False
            if not blank:
                group.append(line)

    def add_table(self, rows: Iterable[Sequence[str]], *, page: int | None = None) -> None:
        """Append a table, one line a row, cells parted by `` | ``; a row that is one merged cell is written once."""
        lines = []
        for row in rows:
            self._cells += len(row)
            if self._cells > self.limits.max_table_cells:
                raise LoadError(LoadReason.TOO_COMPLEX, f"more than {self.limits.max_table_cells} table cells")
            cells = [one_line(cell) for cell in row]
            if any(cells):
                # One phrase in every cell is one merged cell; one figure or mark in every cell is a row of them.
                merged = len(set(cells)) == 1 and len(_LETTER.findall(cells[0])) > 1
                lines.append(cells[0] if merged else CELL_SEPARATOR.join(cells))
        self.add(BlockKind.TABLE, "\n".join(lines), page=page)

    @property
    def length(self) -> int:
        """Characters so far."""
        return self._length

    @property
    def has_tables(self) -> bool:
        """Whether there is a table among the pieces."""
        return any(block.kind is BlockKind.TABLE for block in self._blocks)

    def drop_last(self, length: int) -> None:
        """Take the last piece back, which began when there were ``length`` characters."""
        del self._parts[-2 if length else -1 :]
        self._blocks.pop()
        self._length = length

    def append(self, other: TextBuilder) -> None:
        """Add all pieces of another builder behind our own, as they are."""
        text = "".join(other._parts)
        for index, block in enumerate(other._blocks):
            tight = index > 0 and block.start - other._blocks[index - 1].end == 1
            piece = text[block.start : block.end]
            self.add(block.kind, piece, level=block.level, page=block.page, tight=tight)
        self._cells += other._cells
        self.warnings.extend(other.warnings)

    def document(
        self,
        *,
        title: str,
        filename: str,
        media_type: str,
        loader: str,
        metadata: Mapping[str, MetadataValue] | None = None,
        page_count: int | None = None,
        paper: bool = False,
        property_title: str = "",
        attachments: Sequence[Attachment] = (),
    ) -> ParsedDocument:
        """Finish. ``title`` falls back to the heading near the top, then to the file name without its ending.

        Args:
            title: what the format itself says, or nothing.
            filename: the name its owner knows the file by.
            media_type: of the file.
            loader: name and revision.
            metadata: front matter or properties.
            page_count: for formats with pages.
            paper: an office paper, whose ``제목`` line names it where there is one.
            property_title: the title among the file's properties; often left over from a template, so it comes last
                before the file name.
            attachments: the files it carries.

        Raises:
            LoadError: ``NO_TEXT`` when nothing readable was added.
        """
        text = "".join(self._parts)
        if not text.strip():
            raise LoadError(LoadReason.NO_TEXT, filename)
        return ParsedDocument(
            text=text,
            blocks=tuple(self._blocks),
            title=one_line(title)
            or (_subject(text) if paper else "")
            or self._top_heading(text)
            or ("" if _JUNK_TITLE.match(one_line(property_title)) else one_line(property_title))
            or one_line(PurePosixPath(filename).stem)
            or filename,
            media_type=media_type,
            loader=loader,
            metadata=dict(metadata or {}),
            page_count=page_count,
            warnings=tuple(self.warnings),
            attachments=tuple(attachments),
        )

    def _top_heading(self, text: str) -> str:
        """The first heading of level 1 near the top, else a heading that is the very first block."""
        for block in self._blocks:
            top = block.level == 1 and block.start < _TITLE_ZONE
            first = block is self._blocks[0] and block.end - block.start > _MIN_TITLE_CHARS
            if block.kind is BlockKind.HEADING and (top or first):
                return text[block.start : block.end]
        return ""

    @staticmethod
    def _tidy(text: str) -> str:
        text = _BLANK_TOP.sub("", clean(text).rstrip())
        return _BLANK_RUN.sub("\n\n", _TRAILING.sub("", text))


def _subject(text: str) -> str:
    match = _SUBJECT.search(text, 0, _TITLE_ZONE)
    return one_line(match.group(1).replace(CELL_SEPARATOR, " ")) if match else ""
