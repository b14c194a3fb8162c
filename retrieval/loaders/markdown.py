r"""Markdown with YAML front matter, as statutes, ordinances and manuals are published.

The words stay as they were written; marks that only steer the rendering go: ``#`` of headings, ``**``, backslash
escapes (``1\.``, ``가\.``), HTML comments. Indentation of 호 and 목 lines stays.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from retrieval.errors import LoadError, LoadReason
from retrieval.loaders import _front_matter
from retrieval.loaders._builder import TextBuilder
from retrieval.loaders._text import clean, decode
from retrieval.loaders.limits import DEFAULT_LIMITS, Limits
from retrieval.loaders.sniffing import MARKDOWN
from retrieval.types import BlockKind

if TYPE_CHECKING:
    from pathlib import Path

    from retrieval.types import ParsedDocument

_HEADING = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*\Z")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_RULE = re.compile(r" {0,3}([-*_])(?:[ \t]*\1){2,}[ \t]*\Z")
_QUOTE = re.compile(r"\A {0,3}(?:>[ \t]?)+")
_TABLE_RULE = re.compile(r"\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*\|?\s*\Z")
_DRAWN_ROW = re.compile(r"\s*[│┃|┌├└┏┣┗╔╠╚]")  # tables drawn with characters, usual in older statutes
_CELL_PARTS = re.compile(r"(?<!\\)\|")
_IMAGE = re.compile(r"(?<!\\)!\[([^\]\n]{0,300})\]\([^)\n]{0,2000}\)")
# Only targets that look like one: "[별표 1](제3조 관련)" is the law's own text.
_LINK = re.compile(r"(?<!\\)\[([^\]\n]{1,300})\]\((?:https?://|mailto:|tel:|/|#|\.{1,2}/)[^)\s]*(?:\s+\"[^\"\n]*\")?\)")
_BOLD = re.compile(r"(?<![\\*])\*\*(?=\S)([^*\n]+?)(?<=\S)\*\*(?!\*)")
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_TAG = re.compile(
    r"</?(?:img|span|u|b|i|em|strong|sup|sub|font|div|p|center|a|mark|small|del|ins)\b[^<>\n]*>", re.IGNORECASE
)
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")


class MarkdownLoader:
    """Reads ``.md``. The title is front matter 제목/title/자치법규명, else the first heading, else the file name."""

    name = "markdown"
    revision = 1
    media_types = (MARKDOWN,)

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        self._limits = limits

    def load(self, path: Path, *, filename: str) -> ParsedDocument:
        """Parse one Markdown file; see ``retrieval.ports.Loader``."""
        text, warnings = decode(path.read_bytes())
        if not text.strip():
            raise LoadError(LoadReason.EMPTY, filename)
        metadata, body, broken = _front_matter.split(clean(text))
        builder = TextBuilder(self._limits)
        builder.warnings.extend((*warnings, *broken))
        _Body(builder).read(_without_comments(body).split("\n"))
        return builder.document(
            title=_front_matter.title_of(metadata),
            filename=filename,
            media_type=MARKDOWN,
            loader=f"{self.name}/{self.revision}",
            metadata=metadata,
        )


def _without_comments(text: str) -> str:
    """Drop ``<!-- … -->``; one that never ends is text."""
    kept = []
    position = 0
    while (start := text.find("<!--", position)) >= 0 and (end := text.find("-->", start + 4)) >= 0:
        kept.append(text[position:start])
        position = end + 3
    kept.append(text[position:])
    return "".join(kept)


class _Body:
    """One pass over the lines; text lines wait until a heading, table or the end shows that they are complete."""

    def __init__(self, builder: TextBuilder) -> None:
        self._builder = builder
        self._waiting: list[str] = []

    def read(self, lines: list[str]) -> None:
        index = 0
        while index < len(lines):
            line = lines[index]
            if fence := _FENCE.match(line):
                index = self._code(lines, index + 1, fence.group(1))
            elif heading := _HEADING.match(line):
                self._flush()
                level = len(heading.group(1))
                self._builder.add(BlockKind.HEADING, inline(heading.group(2) or ""), level=level)
                index += 1
            elif "|" in line and _is_table_rule(lines[index + 1 : index + 2]):
                index = self._pipe_table(lines, index)
            elif _DRAWN_ROW.match(line):
                index = self._drawn_table(lines, index)
            else:
                self._waiting.append("" if _RULE.match(line) else inline(_QUOTE.sub("", line)))
                index += 1
        self._flush()

    def _flush(self) -> None:
        self._builder.add_lines([part for line in self._waiting for part in line.split("\n")])
        self._waiting = []

    def _code(self, lines: list[str], index: int, mark: str) -> int:
        self._flush()
        end = index
        while end < len(lines) and not lines[end].strip().startswith(mark):
            end += 1
        self._builder.add(BlockKind.PARAGRAPH, "\n".join(lines[index:end]))
        return end + 1

    def _pipe_table(self, lines: list[str], index: int) -> int:
        self._flush()
        rows = [_cells(lines[index])]
        end = index + 2
        while end < len(lines) and "|" in lines[end] and lines[end].strip():
            rows.append(_cells(lines[end]))
            end += 1
        self._builder.add_table(rows)
        return end

    def _drawn_table(self, lines: list[str], index: int) -> int:
        self._flush()
        end = index
        while end < len(lines) and _DRAWN_ROW.match(lines[end]):
            end += 1
        self._builder.add(BlockKind.TABLE, "\n".join(inline(line) for line in lines[index:end]))
        return end


def _is_table_rule(following: list[str]) -> bool:
    return any("|" in line and _TABLE_RULE.match(line) for line in following)


def _cells(row: str) -> list[str]:
    return [inline(cell) for cell in _CELL_PARTS.split(row.strip().removeprefix("|").removesuffix("|"))]


def inline(line: str) -> str:
    """One line without Markdown's marks: images become their description, links their text, escapes their character."""
    if "<" in line:
        line = _TAG.sub("", _BREAK.sub("\n", line))
    if "[" in line:
        line = _LINK.sub(r"\1", _IMAGE.sub(r"\1", line))
    if "**" in line:
        line = _BOLD.sub(r"\1", line)
    if "\\" in line:
        line = _ESCAPE.sub(r"\1", line)
    if "&" in line:
        line = _ENTITY.sub(lambda match: html.unescape(match.group()), line)
    return line
