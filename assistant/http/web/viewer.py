"""A document's canonical text as HTML: headings, tables, paragraphs, and the cited passage marked.

Blocks cut the text; the passage is marked by offsets, so what is marked is what was quoted, never a look-alike.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from markupsafe import Markup, escape

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from assistant.library.documents import ViewBlock

AROUND: Final = 30  # blocks shown on either side of the passage in the panel
CELL: Final = " | "  # how loaders part cells in the canonical text
_AGAIN: Final = Markup(' class="again"')
_SECTION: Final = 40  # blocks of a stretch without headings that a browser lays out at once


@dataclass(frozen=True, slots=True)
class Body:
    """The rendered text; ``before`` and ``after`` tell whether more of the document stands around it."""

    html: Markup
    marked: bool
    before: bool
    after: bool


def render(
    text: str,
    blocks: Sequence[ViewBlock],
    span: tuple[int, int] | None,
    *,
    around: int | None = None,
    anchors: Mapping[int, str] = MappingProxyType({}),
) -> Body:
    """Render a document, in sections that a browser need not lay out before they are scrolled to.

    Args:
        text: the canonical text.
        blocks: its pieces, in order.
        span: offsets of the passage to mark; ``None`` or a span that does not fit marks nothing.
        around: blocks on either side of the passage; ``None`` renders all.
        anchors: what links of a table of contents lead to: labels (제1조(목적)) by offset; where a label begins a
            paragraph it is set off from it. Headings have theirs without being named.
    """
    fitting = span is not None and fits(text, span)
    start, end = span if fitting and span is not None else (0, 0)
    touched = [i for i, block in enumerate(blocks) if block.start < end and start < block.end]
    first, last = 0, len(blocks)
    if around is not None:
        middle = touched or [0]
        first, last = max(0, middle[0] - around), min(len(blocks), middle[-1] + around + 1)
    shown = blocks[first:last]
    headings = {block.start for block in shown if block.kind == "heading"}
    writer = _Writer(text, start, end, {at: label for at, label in anchors.items() if at not in headings})
    html = writer.blocks(shown)
    return Body(html, writer.marked, first > 0, last < len(blocks))


def fits(text: str, span: tuple[int, int]) -> bool:
    """Whether a span lies in the text and holds more than white space."""
    start, end = span
    return 0 <= start < end <= len(text) and bool(text[start:end].strip())


def _sections(blocks: Iterable[ViewBlock]) -> Iterator[list[ViewBlock]]:
    """Yield the blocks between headings, long stretches cut."""
    section: list[ViewBlock] = []
    for block in blocks:
        bare = all(one.kind == "heading" for one in section)
        if section and ((block.kind == "heading" and not bare) or len(section) >= _SECTION):
            yield section
            section = []
        section.append(block)
    if section:
        yield section


class _Writer:
    def __init__(self, text: str, start: int, end: int, labels: Mapping[int, str]) -> None:
        self.text, self.start, self.end, self.labels = text, start, end, labels
        self.anchors = sorted(labels)
        self.marked = False
        self.page: int | None = None

    def blocks(self, blocks: Iterable[ViewBlock]) -> Markup:
        sections = (Markup("\n").join(self._section(section)) for section in _sections(blocks))
        return Markup("\n").join(Markup('<section class="part">{}</section>').format(one) for one in sections)

    def _section(self, blocks: Iterable[ViewBlock]) -> Iterator[Markup]:
        for block in blocks:
            if block.page is not None and block.page != self.page:
                self.page = block.page
                yield Markup('<p class="page" id="page-{0}"><span>{0}쪽</span></p>').format(block.page)
            yield self._block(block)

    def _block(self, block: ViewBlock) -> Markup:
        if block.kind == "table":
            return self._table(block)
        inner = self.piece(block.start, block.end)
        if block.kind == "heading":
            level = min(max(block.level, 1) + 1, 6)  # h1 is the page's own
            return Markup('<h{0} id="p{1}">{2}</h{0}>').format(level, block.start, inner)
        if block.kind == "footnote":
            return Markup('<p class="footnote">{}</p>').format(inner)
        return Markup('<p class="{}">{}</p>').format("item" if block.kind == "list_item" else "para", inner)

    def _table(self, block: ViewBlock) -> Markup:
        """Lay the lines of a table out again; a line without separators was one merged cell.

        Loaders repeat a merged cell wherever it reaches. The text is kept, a repetition is only drawn more softly.
        """
        rows: list[list[tuple[int, int]]] = []
        at = block.start
        for line in self.text[block.start : block.end].split("\n"):
            cells, left = [], at
            for cell in line.split(CELL):
                cells.append((left, left + len(cell)))
                left += len(cell) + len(CELL)
            rows.append(cells)
            at += len(line) + 1
        width = max(len(row) for row in rows)
        above: list[tuple[int, int]] = []
        body: list[Markup] = []
        for i, row in enumerate(rows):
            body.append(self._row(row, width, above, head=i == 0 and len(rows) > 1))
            above = row
        frame = Markup('<div class="table" tabindex="0" role="region" aria-label="표"><table>{}</table></div>')
        return frame.format(Markup("").join(body))

    def _row(self, cells: list[tuple[int, int]], width: int, above: list[tuple[int, int]], *, head: bool) -> Markup:
        tag = Markup("th") if head and len(cells) == width else Markup("td")
        merged = Markup(' colspan="{}"').format(width) if len(cells) == 1 and width > 1 else Markup("")
        pad = Markup("<td></td>") * (0 if merged else width - len(cells))
        out: list[Markup] = []
        for column, (left, right) in enumerate(cells):
            attributes = merged or (_AGAIN if self._again(cells, above, column) else Markup(""))
            out.append(Markup("<{0}{1}>{2}</{0}>").format(tag, attributes, self.piece(left, right)))
        return Markup("<tr>{}{}</tr>").format(Markup("").join(out), pad)

    def _again(self, cells: list[tuple[int, int]], above: list[tuple[int, int]], column: int) -> bool:
        """Whether a cell repeats words of the row above, with everything left of it repeated too: a merged label."""
        same = len(above) == len(cells) and all(
            self.text[slice(*cells[i])] == self.text[slice(*above[i])] for i in range(column + 1)
        )
        cell = self.text[slice(*cells[column])].strip()
        return same and column < len(cells) - 1 and any(character.isalpha() for character in cell)

    def piece(self, left: int, right: int) -> Markup:
        """Escape ``text[left:right]``, with the part of the passage that lies in it marked."""
        start, end = max(left, self.start), min(right, self.end)
        if start >= end:
            return self._lines(left, right)
        anchor = Markup("") if self.marked else Markup(' id="mark" tabindex="-1"')
        self.marked = True
        return Markup("{}<mark{}>{}</mark>{}").format(
            self._lines(left, start), anchor, self._lines(start, end), self._lines(end, right)
        )

    def _lines(self, left: int, right: int) -> Markup:
        """Escape a stretch, with the targets of links that lie in it."""
        out: list[Markup] = []
        at = left
        for anchor in self.anchors[bisect_left(self.anchors, left) : bisect_left(self.anchors, right)]:
            label = self.labels[anchor]
            whole = self.text.startswith(label, anchor) and anchor + len(label) <= right
            name = label if whole else ""
            out += [self._broken(at, anchor), Markup('<b class="anchor" id="p{}">{}</b>').format(anchor, name)]
            at = anchor + len(name)
        return Markup("").join([*out, self._broken(at, right)])

    def _broken(self, left: int, right: int) -> Markup:
        return Markup("<br>").join(escape(line) for line in self.text[left:right].split("\n"))
