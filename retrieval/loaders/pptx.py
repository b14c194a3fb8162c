"""PPTX: each slide under its title, with tables, charts, diagrams and the speaker's notes; pages are slides."""

from __future__ import annotations

import zipfile
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from retrieval.errors import LoadError, LoadReason
from retrieval.loaders import _charts
from retrieval.loaders._builder import TextBuilder
from retrieval.loaders._container import check_container
from retrieval.loaders._ooxml import Package, Relation, local, reference, true
from retrieval.loaders._tables import Cell, resolve
from retrieval.loaders._text import one_line
from retrieval.loaders.limits import DEFAULT_LIMITS, Limits
from retrieval.loaders.sniffing import PPTX
from retrieval.types import BlockKind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from retrieval.types import ParsedDocument

HIDDEN_SLIDES: Final = "숨긴 슬라이드 {}장을 제외했습니다."
UNTITLED: Final = "슬라이드 {}"
NOTES: Final = "[발표자 노트] {}"
_TITLES: Final = frozenset({"title", "ctrTitle"})
_FURNITURE: Final = frozenset({"dt", "ftr", "hdr", "sldNum", "sldImg"})
_STRUCTURAL_POINTS: Final = frozenset({"pres", "parTrans", "sibTrans", "doc"})  # of a diagram: lines and layout
_MAX_DEPTH: Final = 64
_MIN_TITLE: Final = 3
_CIRCLED: Final = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"


class PptxLoader:
    """Reads ``.pptx``: what a slide shows, not what its master adds to every slide (date, footer, number)."""

    name = "pptx"
    revision = 1
    media_types = (PPTX,)

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        self._limits = limits

    def load(self, path: Path, *, filename: str) -> ParsedDocument:
        """Parse one presentation; see ``retrieval.ports.Loader``."""
        check_container(path, self._limits)
        builder = TextBuilder(self._limits)
        try:
            with zipfile.ZipFile(path) as archive:
                package = Package(archive)
                property_title = package.title()
                title, count, hidden = property_title, 0, 0
                for slide, parts in _slides(package, self._limits):
                    count += 1
                    if slide.get("show") in {"0", "false"}:
                        hidden += 1
                    else:
                        first = _Slide(package, builder, parts, count).read(slide)
                        title = title if len(title) >= _MIN_TITLE else first
        except zipfile.BadZipFile as error:
            raise LoadError(LoadReason.DAMAGED, f"ZIP container: {error}") from error
        if hidden:
            builder.warnings.append(HIDDEN_SLIDES.format(hidden))
        return builder.document(
            title=title or PurePosixPath(filename).stem,
            filename=filename,
            media_type=PPTX,
            loader=f"{self.name}/{self.revision}",
            metadata={"Title": property_title} if property_title else {},
            page_count=count,
        )


def _slides(package: Package, limits: Limits) -> Iterator[tuple[Any, dict[str, Relation]]]:
    """The slides in the order of the show, each with what it refers to."""
    main = package.main("ppt/presentation.xml")
    root = package.tree(main)
    if root is None:
        raise LoadError(LoadReason.DAMAGED, "no presentation part")
    parts = {one.id: one for one in package.relations(main)}
    listed = [parts[key] for node in root.iter("{*}sldId") if (key := reference(node, "id")) in parts]
    if len(listed) > limits.max_pages:
        raise LoadError(LoadReason.TOO_COMPLEX, f"{len(listed)} slides")
    for one in listed:
        slide = package.tree(one.path)
        if slide is None:
            raise LoadError(LoadReason.DAMAGED, f"{one.path} is missing")
        yield slide, {part.id: part for part in package.relations(one.path)}


class _Slide:
    """Writes one slide down."""

    def __init__(self, package: Package, builder: TextBuilder, parts: dict[str, Relation], number: int) -> None:
        self._package = package
        self._builder = builder
        self._parts = parts
        self._number = number

    def read(self, slide: Any) -> str:  # noqa: ANN401 - an lxml element
        """Add the slide and return its title, or nothing.

        Raises:
            LoadError: ``TOO_COMPLEX`` for groups nested too deeply.
        """
        shapes = [shape for tree in slide.iter("{*}spTree") for shape in self._shapes(tree, 0)]
        titles = [shape for shape in shapes if _placeholder(shape) in _TITLES]
        title = one_line(" ".join(line for shape in titles for line, _ in self._lines(shape)))
        start = self._builder.length
        self._add(BlockKind.HEADING, title or UNTITLED.format(self._number), level=2)
        before = self._builder.length
        for shape in shapes:
            if shape not in titles:
                self._shape(shape)
        self._notes()
        if not title and self._builder.length == before:
            self._builder.drop_last(start)  # a picture only: its number alone says nothing
        return title

    def _shapes(self, tree: Any, depth: int) -> Iterator[Any]:  # noqa: ANN401
        """Visible shapes in reading order, those of groups among them."""
        if depth > _MAX_DEPTH:
            raise LoadError(LoadReason.TOO_COMPLEX, "groups nested too deeply")
        for node in tree:
            tag = local(node)
            if tag == "AlternateContent":
                for choice in node.iterchildren("{*}Choice", "{*}Fallback"):
                    found = list(self._shapes(choice, depth + 1))
                    yield from found
                    if found:
                        break
            elif tag == "grpSp":
                if not _is_hidden(node):
                    yield from self._shapes(node, depth + 1)
            elif tag in {"sp", "graphicFrame", "pic"} and not _is_hidden(node) and _placeholder(node) not in _FURNITURE:
                yield node

    def _shape(self, shape: Any) -> None:  # noqa: ANN401
        if local(shape) != "graphicFrame":
            for index, (line, listed) in enumerate(self._lines(shape)):
                self._add(BlockKind.LIST_ITEM if listed else BlockKind.PARAGRAPH, line, tight=index > 0)
            return
        for table in shape.iter("{*}tbl"):
            self._table(table)
        for node in shape.iter("{*}chart"):
            self._chart(self._parts.get(reference(node, "id")))
        for node in shape.iter("{*}relIds"):
            self._diagram(self._parts.get(reference(node, "dm")))

    def _lines(self, shape: Any) -> Iterator[tuple[str, bool]]:  # noqa: ANN401
        """Paragraphs of a shape with their marks, and whether each is an item of a list."""
        body = next(shape.iterchildren("{*}txBody"), None)
        numbers: dict[int, int] = {}
        for paragraph in () if body is None else body.iterchildren("{*}p"):
            text = _text(paragraph)
            if not text.strip():
                continue
            properties = next(paragraph.iterchildren("{*}pPr"), None)
            level = _level(properties)
            mark = "" if properties is None else _mark(properties, level, numbers)
            if not mark and level:
                mark = "- "
            yield "  " * level + mark + text.strip(), bool(mark)

    def _table(self, table: Any) -> None:  # noqa: ANN401
        rows = []
        for row in table.iterchildren("{*}tr"):
            cells = []
            for cell in row.iterchildren("{*}tc"):
                if not (true(cell.get("hMerge")) or true(cell.get("vMerge"))):
                    text = " ".join(_text(paragraph) for paragraph in cell.iter("{*}p"))
                    cells.append(Cell(text, _span(cell.get("rowSpan")), _span(cell.get("gridSpan"))))
            rows.append(cells)
        self._builder.add_table(resolve(rows, max_cells=self._builder.limits.max_table_cells), page=self._number)

    def _chart(self, part: Relation | None) -> None:
        root = self._package.tree(part.path) if part and part.kind == "chart" else None
        if root is None:
            return
        chart = _charts.read(root, max_cells=self._builder.limits.max_table_cells)
        self._add(BlockKind.PARAGRAPH, chart.title)
        self._builder.add_table(chart.rows, page=self._number)

    def _diagram(self, part: Relation | None) -> None:
        root = self._package.tree(part.path) if part else None
        for point in () if root is None else root.iter("{*}pt"):
            if point.get("type") not in _STRUCTURAL_POINTS:
                text = " ".join(_text(paragraph) for paragraph in point.iter("{*}p")).strip()
                self._add(BlockKind.LIST_ITEM, f"- {text}" if text else "", tight=True)

    def _notes(self) -> None:
        for part in self._parts.values():
            root = self._package.tree(part.path) if part.kind == "notesSlide" else None
            if root is None:
                continue
            shapes = [shape for tree in root.iter("{*}spTree") for shape in self._shapes(tree, 0)]
            lines = [line for shape in shapes for line, _ in self._lines(shape)]
            if lines:
                self._add(BlockKind.FOOTNOTE, NOTES.format("\n".join(lines)))

    def _add(self, kind: BlockKind, text: str, *, level: int = 0, tight: bool = False) -> None:
        self._builder.add(kind, text, level=level, page=self._number, tight=tight)


def _placeholder(shape: Any) -> str:  # noqa: ANN401
    """What a shape stands for in the layout (``title``, ``body``, ``ftr`` …); nothing for free shapes."""
    for head in shape:
        if local(head).startswith("nv"):
            found = next(head.iter("{*}ph"), None)
            return "" if found is None else found.get("type") or "obj"
    return ""


def _is_hidden(shape: Any) -> bool:  # noqa: ANN401
    for head in shape:
        if local(head).startswith("nv"):
            return any(true(node.get("hidden")) for node in head.iterchildren("{*}cNvPr"))
    return False


def _text(paragraph: Any) -> str:  # noqa: ANN401
    """Text of a paragraph; fields for the date or the slide's number are furniture."""
    parts = []
    for node in paragraph.iter("{*}t", "{*}br"):
        parent = node.getparent()
        if local(node) == "br":
            parts.append("\n")
        elif not (local(parent) == "fld" and (parent.get("type") or "").startswith(("slidenum", "datetime"))):
            parts.append(node.text or "")
    return "".join(parts)


def _level(properties: Any) -> int:  # noqa: ANN401
    value = "" if properties is None else properties.get("lvl") or ""
    return min(int(value), 8) if value.isdecimal() else 0


def _mark(properties: Any, level: int, numbers: dict[int, int]) -> str:  # noqa: ANN401
    """The bullet or number that a paragraph sets for itself; what the master would add is not looked up."""
    for node in properties:
        tag = local(node)
        if tag == "buAutoNum":
            start = node.get("startAt") or "1"
            numbers[level] = numbers[level] + 1 if level in numbers else int(start) if start.isdecimal() else 1
            for deeper in [key for key in numbers if key > level]:
                del numbers[deeper]
            return _numeral(numbers[level], node.get("type") or "")
        if tag in {"buChar", "buBlip"}:
            return "- "
        if tag == "buNone":
            return ""
    return ""


def _numeral(number: int, scheme: str) -> str:
    if scheme.startswith("circle") and number <= len(_CIRCLED):
        return f"{_CIRCLED[number - 1]} "
    text = str(number)
    if scheme.startswith("alpha"):
        text = chr(ord("A" if scheme.startswith("alphaUc") else "a") + (number - 1) % 26)
    return f"({text}) " if scheme.endswith("ParenBoth") else f"{text}) " if scheme.endswith("ParenR") else f"{text}. "


def _span(value: str | None) -> int:
    return min(int(value), 1000) if value and value.isdecimal() else 1
