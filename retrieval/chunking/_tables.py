"""Tables among text: which lines are their caption or note, and what heads their columns."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from retrieval.types import BlockKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from retrieval.chunking._structure import Element

_CELL: Final = " | "
# <표 1> 예산, [표 2], 【표 3-1】, 표 4. 현황, (단위: 백만원), < 사업 추진일정 >
_CAPTION = re.compile(
    r"\s*(?:[<〈《\[【(（]?\s*(?:표|도표|그림|Table)\s?[\d.ⅠⅡⅢⅣⅤ-]{1,8}(?![가-힣])|[\[(（<〈]\s*단위\s*[:：])",
    re.IGNORECASE,
)
_BRACKETED = re.compile(r"\s*[<〈《\[【].{1,60}[>〉》\]】]\s*\Z")
_NOTE = re.compile(r"\s*(?:주\s?\d?\s?[):：]|(?:자료|출처|비고|근거)\s*[:：]|※|\*{1,3}\s?\S|[\[(（<]\s*단위\s*[:：])")
_MAX_CAPTION: Final = 120
_MAX_NOTE: Final = 240
_MAX_LINES: Final = 3
_MAX_HEADER_CELL: Final = 30
_MAX_HEADER: Final = 150
_HEADER_ROWS: Final = 3  # a title row or two may stand above
_FIGURE = re.compile(r"\d[\d.,%~\s-]*\Z")


class Segment(NamedTuple):
    """A stretch of a unit: a table with its caption and notes, or the text between tables."""

    start: int
    end: int
    table: Element | None


def segments(text: str, elements: Sequence[Element], *, small: int) -> Iterator[Segment]:
    """Part a unit into text and tables of more than ``small`` characters (a formula in a frame stays in its text).

    The caption of a table and the notes below go with it; so does a short text above that is all there is.
    """
    run: list[Element] = []
    position = 0
    while position < len(elements):
        element = elements[position]
        position += 1
        if element.kind is not BlockKind.TABLE or element.end - element.start <= small:
            run.append(element)
            continue
        caption = run if run and run[-1].end - run[0].start <= _MAX_CAPTION else _captions(text, run)
        before = run[: len(run) - len(caption)]
        if before:
            yield Segment(before[0].start, before[-1].end, None)
        notes = _notes(text, elements[position : position + _MAX_LINES])
        position += len(notes)
        yield Segment((caption or [element])[0].start, (notes or [element])[-1].end, element)
        run = []
    if run:
        yield Segment(run[0].start, run[-1].end, None)


def solid(text: str, elements: Sequence[Element], *, limit: int) -> list[tuple[int, int]]:
    """Spans that are not to be cut inside: tables with caption and notes, as far as they fit into ``limit``."""
    result = []
    for index, element in enumerate(elements):
        if element.kind is not BlockKind.TABLE:
            continue
        start = (_captions(text, elements[max(0, index - _MAX_LINES) : index]) or [element])[0].start
        end = (_notes(text, elements[index + 1 : index + 1 + _MAX_LINES]) or [element])[-1].end
        for span in ((start, end), (start, element.end), (element.start, element.end)):
            if span[1] - span[0] <= limit:
                result.append(span)
                break
    return [span for left, span in pairwise([(0, 0), *result]) if span[0] >= left[1]]


def header(text: str, table: Element) -> str:
    """The row that heads a table's columns, shortened; nothing where its first rows do not look like one."""
    for line in text[table.start : table.end].split("\n")[:_HEADER_ROWS]:
        cells = line.split(_CELL)
        if len(cells) == 1:
            continue
        named = [cell.strip() for cell in cells if cell.strip()]
        figures = sum(1 for cell in named if _FIGURE.match(cell))
        if not named or figures * 2 > len(named) or max(map(len, named)) > _MAX_HEADER_CELL:
            return ""
        whole = _CELL.join(cell.strip() for cell in cells)
        return whole if len(whole) <= _MAX_HEADER else whole[:_MAX_HEADER].rsplit(_CELL, 1)[0] + _CELL + "…"
    return ""


def _captions(text: str, run: Sequence[Element]) -> list[Element]:
    """The lines at the end of a run that caption what follows."""
    result: list[Element] = []
    for element in reversed(run[-_MAX_LINES:]):
        line = text[element.start : element.end]
        heads = element.kind is BlockKind.HEADING or _CAPTION.match(line) or _BRACKETED.match(line)
        if element.kind is BlockKind.TABLE or not heads or len(line) > _MAX_CAPTION:
            break
        result.insert(0, element)
    return result


def _notes(text: str, following: Sequence[Element]) -> list[Element]:
    result: list[Element] = []
    for element in following:
        line = text[element.start : element.end]
        if element.kind in {BlockKind.TABLE, BlockKind.HEADING} or not _NOTE.match(line) or len(line) > _MAX_NOTE:
            break
        result.append(element)
    return result
