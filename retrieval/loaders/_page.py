"""What stands on one page, in reading order, and what of it repeats on every page: heads, feet, page numbers."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from retrieval.loaders._lines import is_page_number, paragraphs, without_page_number
from retrieval.types import BlockKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from retrieval.loaders._builder import TextBuilder
    from retrieval.loaders._ruled import Grid
    from retrieval.loaders.ocr import Line

_MARGIN: Final = 0.12  # of the page's height, at the head and at the foot
_MIN_PAGES: Final = 3  # that repeat a line before it is furniture
_REPEATED: Final = 0.4  # of the pages: left and right pages differ
_SAME_HEIGHT: Final = 50  # lines at the same fiftieth of the page are at the same place
_FIGURES = re.compile(r"\d+")
_LARGER: Final = 1.15  # than the body: a heading
_MAX_HEADING: Final = 70  # characters
_MAX_LEVELS: Final = 3
_ENDS_SENTENCE = re.compile(r"(?:다\.?|[.。,;:])\s*\Z")
_HEADING_WORD = re.compile(r"[가-힣A-Za-z]{2}")
_FRAME_CHARS: Final = 600  # in one cell that holds most of a table: a frame around text, no table
_FRAME_SHARE: Final = 0.7


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line: its letters' size (0 when unknown) and how far down the page it stands (0 head, 1 foot)."""

    text: str
    size: float = 0.0
    down: float = 0.5


@dataclass(frozen=True, slots=True)
class TableRows:
    """A table, merged cells resolved."""

    rows: tuple[tuple[str, ...], ...]


Item = TextLine | TableRows


def is_table(grid: Grid) -> bool:
    """Whether a grid with its texts is a table and not a frame around running text, nor rules without words."""
    lengths = sorted(len("".join(parts).strip()) for parts in grid.texts.values())
    if grid.filled < 2:  # noqa: PLR2004 - two cells to be a table
        return False
    return not (lengths[-1] > _FRAME_CHARS and lengths[-1] > _FRAME_SHARE * sum(lengths))


def recognised(lines: Sequence[Line], tables: Sequence[Grid]) -> list[Item]:
    """Put recognised words into the cells they stand in; the others stay lines."""
    for line in lines:
        for word in line.words:
            grid, cell = _cell(tables, (word.box.left + word.box.right) / 2, (word.box.top + word.box.bottom) / 2)
            if grid is not None and cell is not None:
                grid.put(cell, word.text + " ")
    real = [grid for grid in tables if is_table(grid)]
    items: list[Item] = []
    placed: set[int] = set()
    for line in lines:
        outside = []
        for word in line.words:
            grid, _ = _cell(real, (word.box.left + word.box.right) / 2, (word.box.top + word.box.bottom) / 2)
            if grid is None:
                outside.append(word.text)
            elif id(grid) not in placed:
                placed.add(id(grid))
                items.append(TableRows(tuple(map(tuple, grid.rows()))))
        if outside:
            items.append(TextLine(" ".join(outside)))
    return items


def _cell(tables: Sequence[Grid], x: float, y: float) -> tuple[Grid | None, int | None]:
    for grid in tables:
        cell = grid.cell_at(x, y)
        if cell is not None:
            return grid, cell
    return None, None


def without_furniture(pages: Sequence[Sequence[Item]]) -> list[list[Item]]:
    """Drop lines that stand at the same place of the margin on many pages, their figures apart, and page numbers."""
    seen = Counter(key for page in pages for key in {_place(item) for item in page} if key is not None)
    least = max(_MIN_PAGES, _REPEATED * len(pages))
    result = []
    for page in pages:
        kept = [item for item in page if seen[_place(item) or ("", 0)] < least]
        result.append(_without_number(kept))
    return result


def empty(pages: Sequence[Sequence[Item]]) -> list[int]:
    """Numbers of the pages without a word."""
    return [
        number
        for number, items in enumerate(pages, start=1)
        if not any(isinstance(item, TableRows) or item.text.strip() for item in items)
    ]


def _place(item: Item) -> tuple[str, int] | None:
    if not isinstance(item, TextLine) or not item.text.strip() or _MARGIN < item.down < 1 - _MARGIN:
        return None
    return _FIGURES.sub("0", "".join(item.text.split())), round(item.down * _SAME_HEIGHT)


def _without_number(items: list[Item]) -> list[Item]:
    """Drop the page number in the first or last line, wherever the format's own order has put it."""
    lines = [item.text for item in items if isinstance(item, TextLine)]
    kept = iter(without_page_number(lines))
    wanted = next(kept, None)
    result: list[Item] = []
    for item in items:
        if isinstance(item, TableRows):
            result.append(item)
        elif wanted is not None and item.text == wanted:
            in_margin = not _MARGIN < item.down < 1 - _MARGIN
            if not (in_margin and is_page_number(item.text)):
                result.append(item)
            wanted = next(kept, None)
    return result


def body_size(pages: Sequence[Sequence[Item]]) -> float:
    """The size of most of the letters (0 when unknown)."""
    sizes: Counter[float] = Counter()
    for item in _lines(pages):
        if item.size > 0:
            sizes[round(item.size * 2) / 2] += len(item.text)
    return max(sizes, key=lambda size: sizes[size]) if sizes else 0.0


def heading_sizes(pages: Sequence[Sequence[Item]]) -> list[float]:
    """Sizes of headings, largest first; the place in the list is the level. Empty where sizes tell nothing."""
    body = body_size(pages)
    found = Counter(round(item.size * 2) / 2 for item in _lines(pages) if _may_head(item, body))
    return sorted(found, reverse=True)[:_MAX_LEVELS] if body else []


def add_page(
    builder: TextBuilder, items: Sequence[Item], number: int, *, headings: Sequence[float], body: float
) -> None:
    """Add a page to the document: lines joined to paragraphs, headings by size, tables as tables."""
    waiting: list[str] = []

    def flush() -> None:
        builder.add_lines(paragraphs(waiting), page=number)
        waiting.clear()

    title: list[str] = []
    level = 0
    for item in [*items, None]:
        rank = 0
        if isinstance(item, TextLine) and headings and _may_head(item, body):
            size = round(item.size * 2) / 2
            rank = 1 + next((index for index, one in enumerate(headings) if size >= one), len(headings) - 1)
        if title and rank != level:
            builder.add(BlockKind.HEADING, " ".join(title), level=level, page=number)
            title = []
        if rank:
            flush()
            assert isinstance(item, TextLine)  # noqa: S101 - a rank says so; for the type checker
            title.append(item.text)
            level = rank
        elif isinstance(item, TableRows):
            flush()
            builder.add_table(item.rows, page=number)
        elif isinstance(item, TextLine):
            waiting.append(item.text)
    flush()


def _may_head(item: TextLine, body: float) -> bool:
    text = item.text.strip()
    return (
        body > 0
        and item.size >= _LARGER * body
        and len(text) <= _MAX_HEADING
        and bool(_HEADING_WORD.search(text))
        and not _ENDS_SENTENCE.search(text)
    )


def _lines(pages: Sequence[Sequence[Item]]) -> Iterator[TextLine]:
    return (item for page in pages for item in page if isinstance(item, TextLine) and item.text.strip())
