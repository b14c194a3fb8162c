"""Tables of a text as they were read: rows and cells, with the place of each table."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from assistant.answering.tasks.points import Point
from assistant.writers.paper import Table
from retrieval.types import BlockKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.answering.turn import Source

MOST: Final = 200  # tables of one document
_RULE: Final = re.compile(r"^\s*\|?[\s:|-]+\|[\s:|-]*$")
_UPRIGHT: Final = re.compile("[│┃]")
_BORDER: Final = re.compile("[\\s─━┌┐└┘├┤┬┴┼┏┓┗┛┣┫┳┻╋│┃]*[─━][\\s─━┌┐└┘├┤┬┴┼┏┓┗┛┣┫┳┻╋│┃]*")
_LINES: Final = re.compile("[│┃─━]")
_CLOSES: Final = re.compile("[└┗]")
_OPENS: Final = re.compile("[┌┏]")
_NAME: Final = 40


@dataclass(frozen=True, slots=True)
class Found:
    """A table and where it stands: ``text[start:end]`` of its version; ``name`` is the line before it, if short."""

    name: str
    start: int
    end: int
    table: Table


def tables(text: str, blocks: Sequence[Sequence[Any]]) -> list[Found]:
    """Return the tables of a text in order.

    Args:
        text: the stored text of a version.
        blocks: its blocks, ``[kind, start, end, level, page]``.
    """
    found: list[Found] = []
    before = ""
    at = 0
    while at < len(blocks):
        kind, start, end = blocks[at][:3]
        at += 1
        if kind != BlockKind.TABLE.value:
            before = text[start:end].strip()
            continue
        while at < len(blocks) and blocks[at][0] == kind and _goes_on(text, end, *blocks[at][1:3]):
            end = blocks[at][2]  # loaders that read lines make a block of each row
            at += 1
        rows = _rows(text[start:end])
        if rows and len(found) < MOST:
            name = before.rsplit("\n", 1)[-1].strip() if before else ""
            found.append(Found(name if 0 < len(name) <= _NAME else "", start, end, Table(rows)))
        before = ""
    return found


def points(found: Sequence[Found], sources: Sequence[Source]) -> list[Point]:
    """Return a line for each table, cited at its first row within a passage."""
    made = []
    for number, one in enumerate(found, start=1):
        source = next((s for s in sources if s.chunk_start <= one.start < s.chunk_start + len(s.text)), None)
        if source is None:
            continue
        start = one.start - source.chunk_start
        end = min(one.end - source.chunk_start, len(source.text))
        head = ", ".join(cell for cell in one.table.rows[0] if cell.strip())
        told = f"{len(one.table.rows)}행 {one.table.width}열. 첫 행: {head}" if head else f"{len(one.table.rows)}행"
        lead = f"표 {number}{f' {one.name}' if one.name else ''}:"
        made.append(Point(told, ((source, start, end),), lead=lead))
    return made


def _goes_on(text: str, end: int, start: int, after: int) -> bool:
    """Whether a block of rows goes on with the table that ends at ``end``."""
    between, last, following = text[end:start], text[:end].rsplit("\n", 1)[-1], text[start:after].lstrip()
    if between.strip():
        return False
    if _LINES.search(last) and _LINES.search(following):
        return not (_CLOSES.search(last) and _OPENS.match(following))
    return between.count("\n") <= 1


def _rows(piece: str) -> tuple[tuple[str, ...], ...]:
    """Return the rows of a table as it stands in the text: Markdown, ``가 | 나``, or drawn with box characters."""
    lines = [line for line in piece.split("\n") if line.strip()]
    if not any(_UPRIGHT.search(line) for line in lines):
        return tuple(_cells(line) for line in lines if not _RULE.match(line))
    rows: list[list[str]] = []
    fresh = True
    for line in lines:
        if _BORDER.fullmatch(line.strip()):
            fresh = True
            continue
        cells = [cell.strip() for cell in _UPRIGHT.split(line.strip().strip("│┃"))]
        if fresh or len(cells) != len(rows[-1]):
            rows.append(cells)
        else:
            rows[-1] = [f"{above} {cell}".strip() for above, cell in zip(rows[-1], cells, strict=True)]
        fresh = False
    return tuple(map(tuple, rows))


def _cells(line: str) -> tuple[str, ...]:
    """Return the cells of a row as loaders write it: ``가 | 나`` or ``| 가 | 나 |``."""
    inner = line.strip()
    if inner.startswith("|") and inner.endswith("|"):
        inner = inner[1:-1]
    return tuple(cell.strip() for cell in inner.split(" | " if " | " in inner else "|"))
