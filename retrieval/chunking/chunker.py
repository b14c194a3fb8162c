"""From units to chunks: whole where they fit, cut by their own levels where they do not."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Final

from retrieval.chunking import _split, _structure, _tables
from retrieval.chunking._structure import OutlineEntry, Unit, UnitKind
from retrieval.types import BlockKind, Chunk, ChunkKind, Locator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from retrieval.types import ParsedDocument

CHUNKER: Final = "structure/2"
"""Name and revision: stored with a version, since other boundaries are other chunks."""

MAX_CHARS: Final = 900
MAX_TABLE_CHARS: Final = 2400
SHORT_CHARS: Final = 150
_JOINED_LABELS = " · "


def chunk(
    document: ParsedDocument,
    *,
    max_chars: int = MAX_CHARS,
    max_table_chars: int = MAX_TABLE_CHARS,
    short_chars: int = SHORT_CHARS,
) -> list[Chunk]:
    """Cut a document into passages, in order, without overlap; every visible character is in exactly one.

    An article (조) is one chunk, or several with the same locator when it is longer than ``max_chars``: cut at 항, 호,
    목, sentences, never inside a word. Provisions of a 부칙 are ``SUPPLEMENTARY`` and name no article. So are the bare
    headings between articles (제2장 …): they are found by their words, but are no evidence.

    A table stays with its caption and notes; one that is longer than ``max_table_chars`` is cut between its rows, and
    from the second part on the row that heads its columns is the last step of ``locator.heading``.

    Args:
        document: what a loader read.
        max_chars: largest passage of text.
        max_table_chars: largest table kept whole; longer ones are cut between rows.
        short_chars: sections (not articles) shorter than this are joined with a sibling.

    Raises:
        ValueError: for a limit below 1.
    """
    if min(max_chars, max_table_chars) < 1:
        raise ValueError("limits must be positive")
    units, _ = _structure.read(document)
    pages = [(block.start, block.page) for block in document.blocks]
    starts = [start for start, _ in pages]
    chunks: list[Chunk] = []
    legal = any(unit.kind is UnitKind.ARTICLE for unit in units)
    for unit in _joined(units, short_chars, max_chars):
        # In a statute a heading without text of its own (제2장 …) is found by its words but is no evidence.
        aside = unit.kind is UnitKind.SUPPLEMENT or (legal and unit.kind is UnitKind.SECTION and unit.bare)
        for (start, end), kind, columns in _pieces(document.text, unit, max_chars, max_table_chars, aside=aside):
            index = bisect_right(starts, start) - 1
            page = pages[index][1] if index >= 0 else None
            heading = (*unit.heading, columns) if columns else unit.heading
            locator = Locator(unit.article, unit.article_title, heading, page)
            chunks.append(Chunk(len(chunks), start, end, document.text[start:end], kind, locator))
    return chunks


def outline(document: ParsedDocument) -> list[OutlineEntry]:
    """The table of contents: headings, and the divisions, articles, 부칙 and 별표 found in running text."""
    return _structure.read(document)[1]


def _joined(units: list[Unit], short: int, limit: int) -> Iterator[Unit]:
    """Join short sections with the sibling behind them; their labels are joined too."""
    waiting: Unit | None = None
    for unit in units:
        if waiting is not None and _siblings(waiting, unit, short, limit):
            waiting.elements.extend(unit.elements)
            waiting.heading = (*unit.heading[:-1], waiting.heading[-1] + _JOINED_LABELS + unit.heading[-1])
            continue
        if waiting is not None:
            yield waiting
        waiting = unit
    if waiting is not None:
        yield waiting


def _siblings(first: Unit, second: Unit, short: int, limit: int) -> bool:
    return (
        first.kind is UnitKind.SECTION
        and second.kind is UnitKind.SECTION
        and bool(first.heading)
        and len(first.heading) == len(second.heading)
        and first.heading[:-1] == second.heading[:-1]
        and min(first.end - first.start, second.end - second.start) < short
        and second.end - first.start <= limit
        and not second.bare
    )


def _pieces(
    text: str, unit: Unit, limit: int, table_limit: int, *, aside: bool
) -> Iterator[tuple[_split.Span, ChunkKind, str]]:
    """Cut one unit: whole if it fits, else tables apart from the text around them.

    With each piece comes what heads the columns of the table that it continues.
    """
    body = ChunkKind.SUPPLEMENTARY if aside else ChunkKind.BODY
    table = ChunkKind.SUPPLEMENTARY if aside else ChunkKind.TABLE
    content = {element.kind for element in unit.elements} - {BlockKind.HEADING}
    whole = _split.trim(text, unit.start, unit.end)
    if whole[1] - whole[0] <= limit:
        yield whole, (table if content == {BlockKind.TABLE} else body), ""
        return
    lead = _lead_end(unit)
    solid = _tables.solid(text, unit.elements, limit=limit)
    for segment in _tables.segments(text, unit.elements, small=limit // 2):
        part = _split.trim(text, segment.start, segment.end)
        if segment.table is not None:
            columns = _tables.header(text, segment.table)
            spans = _split.split_lines(text, part, limit=table_limit, lead=lead)
            rows_from = segment.table.start + 1
            yield from ((span, table, columns if span[0] >= rows_from else "") for span in spans)
        else:
            spans = _split.split(
                text,
                part,
                limit=limit,
                lead=lead,
                legal=unit.kind in {UnitKind.ARTICLE, UnitKind.SUPPLEMENT},
                articles=unit.kind is UnitKind.SUPPLEMENT,
                solid=solid,
            )
            yield from ((span, body, "") for span in spans)


def _lead_end(unit: Unit) -> int:
    """Offset behind the headings with which the unit begins."""
    end = unit.start
    for element in unit.elements:
        if element.kind is not BlockKind.HEADING:
            break
        end = element.end
    return end
