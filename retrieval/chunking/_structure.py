"""From blocks to units: the articles, sections, supplementary provisions and appendices of a document, in order."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING, NamedTuple

from retrieval.chunking import _patterns
from retrieval.types import BlockKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from retrieval.types import Block, ParsedDocument

_SUPPLEMENT = "부칙"
_SUPPLEMENT_LEVEL = 2
_MAX_MARKED_APPENDIX_CHARS = 80


class UnitKind(Enum):
    """What a unit is in the order of a document."""

    SECTION = auto()
    ARTICLE = auto()
    SUPPLEMENT = auto()
    APPENDIX = auto()


class OutlineEntry(NamedTuple):
    """One line of a table of contents: level from 1, text, offset into ``ParsedDocument.text``."""

    level: int
    text: str
    start: int


class Element(NamedTuple):
    """A heading, a table, or one line of text, by offsets."""

    start: int
    end: int
    kind: BlockKind
    level: int


class _Step(NamedTuple):
    """One step of the current path: block level, text, and the rank of a 편/장/절/관 (0 for other headings)."""

    level: int
    text: str
    division: int


@dataclass(slots=True)
class Unit:
    """Consecutive elements that belong under one heading path."""

    kind: UnitKind
    heading: tuple[str, ...]
    article: str | None = None
    article_title: str | None = None
    elements: list[Element] = field(default_factory=list)

    @property
    def start(self) -> int:
        """Offset of the first character."""
        return self.elements[0].start

    @property
    def end(self) -> int:
        """Offset behind the last character."""
        return self.elements[-1].end

    @property
    def bare(self) -> bool:
        """Whether there are headings only."""
        return all(element.kind is BlockKind.HEADING for element in self.elements)


def read(document: ParsedDocument) -> tuple[list[Unit], list[OutlineEntry]]:
    """Return the units of a document, which together hold all its text in order, and its outline."""
    reader = _Reader(document)
    for element in _elements(document):
        reader.take(element)
    return [unit for unit in reader.units if unit.elements], reader.outline


def _elements(document: ParsedDocument) -> Iterator[Element]:
    """Headings and tables as they are, everything else line by line; text outside of blocks is not lost."""
    position = 0
    for block in document.blocks:
        yield from _lines(document.text, position, block.start, BlockKind.PARAGRAPH)
        if block.kind in {BlockKind.HEADING, BlockKind.TABLE}:
            if document.text[block.start : block.end].strip():
                yield Element(block.start, block.end, block.kind, block.level)
        else:
            yield from _lines(document.text, block.start, block.end, block.kind)
        position = block.end
    yield from _lines(document.text, position, len(document.text), BlockKind.PARAGRAPH)


def _lines(text: str, start: int, end: int, kind: BlockKind) -> Iterator[Element]:
    while start < end:
        stop = text.find("\n", start, end)
        stop = end if stop < 0 else stop
        if text[start:stop].strip():
            yield Element(start, stop, kind, 0)
        start = stop + 1


def _as_heading(element: Element) -> Element:
    return element._replace(kind=BlockKind.HEADING)


def _is_article_heading(document: ParsedDocument, block: Block) -> bool:
    return block.kind is BlockKind.HEADING and bool(_patterns.heading_article(document.text[block.start : block.end]))


class _Reader:
    """The state while reading: the path of headings, the unit being filled, and the zone (부칙, 별표) we are in."""

    def __init__(self, document: ParsedDocument) -> None:
        self._text = document.text
        # Where headings name the articles, a line of text that looks like one is a reference.
        self._marked = any(_is_article_heading(document, block) for block in document.blocks)
        headings = [block for block in document.blocks if block.kind is BlockKind.HEADING]
        top = [block for block in headings if block.level == 1]
        first = headings[0] if headings else None
        alone = first is not None and top == [first] and not _is_article_heading(document, first)
        self._title_start = first.start if first is not None and alone else -1
        self._path: list[_Step] = []
        self._zone_level = 0
        self._last = (0, 0)
        self.outline: list[OutlineEntry] = []
        self._unit = Unit(UnitKind.SECTION, ())
        self.units = [self._unit]

    def take(self, element: Element) -> None:
        """Put the next element where it belongs."""
        line = self._text[element.start : element.end]
        if element.kind is BlockKind.HEADING:
            self._heading(element, " ".join(line.split()))
        elif element.kind is BlockKind.TABLE or not self._opens(element, line):
            self._unit.elements.append(element)

    def _heading(self, element: Element, text: str) -> None:
        zone = self._unit.kind
        if (name := _patterns.supplement(text, inside=True)) is not None:
            self._supplement(element, name, element.level)
        elif (name := _patterns.appendix(text)) is not None:
            self._begin(UnitKind.APPENDIX, element, element.level, text, (name,))
            self._zone_level = element.level
        elif zone in {UnitKind.SUPPLEMENT, UnitKind.APPENDIX} and self._stays(element, text):
            self._unit.elements.append(element)
            self.outline.append(OutlineEntry(element.level, text, element.start))
        elif (mark := _patterns.heading_article(text)) is not None:
            self._article(element, mark, text, element.level)
        elif zone is UnitKind.ARTICLE and self._zone_level and element.level > self._zone_level:
            self._unit.elements.append(element)  # a heading within an article
            self.outline.append(OutlineEntry(element.level, text, element.start))
        else:
            self._section(element, text, element.level, _patterns.division_level(text))

    def _stays(self, element: Element, text: str) -> bool:
        """Whether a heading still belongs to the 부칙 or 별표 before it."""
        if self._unit.kind is UnitKind.SUPPLEMENT and _patterns.heading_article(text):
            return True  # 제1조(시행일) of the 부칙, whatever its level
        return element.level > self._zone_level

    def _opens(self, element: Element, line: str) -> bool:
        """Start a unit when a line of running text does; tell whether it did."""
        inside = self._unit.kind is UnitKind.SUPPLEMENT
        if (name := _patterns.supplement(line, inside=inside)) is not None:
            if " ".join(line.split()) == name:
                element = _as_heading(element)
            self._supplement(element, name, _SUPPLEMENT_LEVEL + 1 if inside else _SUPPLEMENT_LEVEL)
            return True
        if (name := self._appendix(line)) is not None:
            self._begin(UnitKind.APPENDIX, element, _SUPPLEMENT_LEVEL, name, (name,))
            self._zone_level = _SUPPLEMENT_LEVEL
            return True
        plain = not (self._marked or inside or self._unit.kind is UnitKind.APPENDIX)
        return plain and self._opens_plain(element, line)

    def _opens_plain(self, element: Element, line: str) -> bool:
        """Divisions and articles in text whose headings name none."""
        if (level := _patterns.division_level(line)) > 0:
            self._section(_as_heading(element), " ".join(line.split()), level, level)
            return True
        if _patterns.report_heading(line):
            self._section(_as_heading(element), " ".join(line.split()), 1, 0)
            return True
        mark = _patterns.plain_article(line, self._text[element.end : element.end + 20].lstrip())
        if mark is None or not (mark.key > self._last or mark.key == (1, 0)):
            return False
        label = f"{mark.name}({mark.title})" if mark.title else mark.name
        bare = mark.title is not None and line.rstrip().endswith((")", "）", "〕"))
        self._article(_as_heading(element) if bare else element, mark, label, 0)
        return True

    def _appendix(self, line: str) -> str | None:
        name = _patterns.appendix(line)
        if name is not None and self._marked and (name[0] not in "[〔<【" or len(name) > _MAX_MARKED_APPENDIX_CHARS):
            return None
        return name

    def _begin(self, kind: UnitKind, element: Element, level: int, text: str, heading: tuple[str, ...]) -> None:
        self.outline.append(OutlineEntry(level, text, element.start))
        self._unit = Unit(kind, heading, elements=[element])
        self.units.append(self._unit)

    def _supplement(self, element: Element, name: str, level: int) -> None:
        """부칙 <제1호, …>, below a general heading 부칙 or on its own."""
        if self._unit.kind is UnitKind.SUPPLEMENT and self._unit.bare and self._unit.heading == (_SUPPLEMENT,):
            self._unit.elements.append(element)
            self._unit.heading = (name,)
            self.outline.append(OutlineEntry(level, name, element.start))
            return
        zone_level = self._zone_level if self._unit.kind is UnitKind.SUPPLEMENT else level
        self._begin(UnitKind.SUPPLEMENT, element, level, name, (name,))
        self._zone_level = zone_level
        self._path = []

    def _article(self, element: Element, mark: _patterns.ArticleMark, label: str, level: int) -> None:
        kept = [step for step in self._path if step.division or not level or step.level < level]
        self._begin(
            UnitKind.ARTICLE, element, level or _patterns.ARTICLE_LEVEL, label, (*(s.text for s in kept), label)
        )
        self._unit.article, self._unit.article_title = mark.name, mark.title
        self._zone_level = level
        self._path = kept
        self._last = mark.key

    def _section(self, element: Element, text: str, level: int, division: int) -> None:
        if element.start == self._title_start:
            self._path = []
        else:
            kept = [
                step
                for step in self._path
                if (step.division < division if step.division and division else step.level < level)
            ]
            self._path = [*kept, _Step(level, text, division)]
        heading = tuple(step.text for step in self._path)
        if self._unit.kind is UnitKind.SECTION and self._unit.bare and self._unit.elements:
            # Headings that follow each other are read together with what comes below the last of them.
            self._unit.elements.append(element)
            self._unit.heading = heading
            self.outline.append(OutlineEntry(level, text, element.start))
            return
        self._begin(UnitKind.SECTION, element, level, text, heading)
