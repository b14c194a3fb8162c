"""What DOCX, HWP and HWPX share: dochan's tree rendered into blocks.

dochan never raises; whatever it lists under ``errors`` as ``ERR`` means that text may be missing, which is a failure
here. Its own Markdown blanks merged cells, so its structured output is rendered instead.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from retrieval.errors import LoadError, LoadReason
from retrieval.loaders import numbering
from retrieval.loaders._builder import TextBuilder
from retrieval.loaders._container import check_container
from retrieval.loaders._tables import Cell, resolve
from retrieval.types import BlockKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from retrieval.loaders._numbering import Scheme
    from retrieval.loaders.limits import Limits
    from retrieval.types import ParsedDocument

__all__ = ["Parsed", "check_container", "document", "finish", "render"]

_LOCKED: Final = re.compile(r"암호|password|encrypt", re.IGNORECASE)
_OVER_LIMIT: Final = re.compile(r"한도|상한|초과|\blimits?\b|exceed|too (?:large|many|deep)|budget", re.IGNORECASE)
_BOMB: Final = re.compile(r"압축률|\bratio\b|decompressed size|uncompressed size|size limit exhausted", re.IGNORECASE)
_ENTITY: Final = re.compile(r"doctype|entity|\bDTD\b", re.IGNORECASE)
# Tracked changes that cannot be told apart stay in the text: that hides nothing, so it is worth a word, not a failure.
_HARMLESS: Final = re.compile(r"WARN|ERR: HWPX? revision ")
_BOOKMARK: Final = re.compile(r"\[bookmark: [^\]]*\] ?")
_MAX_NESTING = 32
_LONGEST_HEADING = 200  # characters; outline styles are also put on whole paragraphs
_LAYOUT_PARAGRAPHS = 4
_LAYOUT_CHARS = 400
_ONCE_A_ROW = 40  # characters of a cell; headers of columns are shorter
_ONCE_IN_ALL = 120
_MIN_TITLE = 3  # characters; shorter ones are left over from writing
_FURNITURE = frozenset({"header", "footer", "comment", "unknown"})
_NOTES = frozenset({"footnote", "endnote"})


class Parsed(NamedTuple):
    """dochan's result: the top-level elements of all sections, the title among the properties, warnings."""

    elements: list[dict[str, Any]]
    title: str
    warnings: tuple[str, ...]


def finish(model: Any, scheme: Scheme | None = None) -> Parsed:  # noqa: ANN401 - dochan's untyped model
    """Turn dochan's document into its structured output, or its errors into ours.

    Args:
        model: dochan's document; its paragraphs get the numbers that ``scheme`` says.
        scheme: the automatic numbering, where the format's reader does not resolve it itself.

    Raises:
        LoadError: when dochan says that text may be missing.
    """
    from dochan.output.json_out import to_dict  # noqa: PLC0415

    problems = [str(problem) for problem in model.errors]
    errors = "; ".join(problem for problem in problems if not _HARMLESS.match(problem))[:500]
    if errors:
        raise LoadError(_reason(errors), errors)
    _drop_bookmarks(section.elements for section in model.sections)
    if scheme is not None:
        scheme.apply(model)
    tree = to_dict(model)
    elements = [element for section in tree["sections"] for element in section["elements"]]
    # dochan puts the properties of a DOCX before its text: the title as a heading, the author as "Author: …". Neither
    # is text, and the author is a person's name that nobody chose to publish.
    properties = [element for element in elements if _is_property(element)]
    title = next((str(element["text"]) for element in properties if element.get("heading_level")), "")
    return Parsed([element for element in elements if not _is_property(element)], title, tuple(problems))


def _reason(errors: str) -> LoadReason:
    for pattern, reason in (
        (_LOCKED, LoadReason.PASSWORD),
        (_ENTITY, LoadReason.EXTERNAL_ENTITY),
        (_BOMB, LoadReason.BOMB),
        (_OVER_LIMIT, LoadReason.TOO_COMPLEX),
    ):
        if pattern.search(errors):
            return reason
    return LoadReason.DAMAGED


def document(
    parsed: Parsed, limits: Limits, *, filename: str, media_type: str, loader: str, title: str = ""
) -> ParsedDocument:
    """Render what was parsed; ``title`` is one that the format's own properties give."""
    builder = TextBuilder(limits)
    builder.warnings.extend(parsed.warnings)
    render(builder, parsed.elements)
    title = title or parsed.title
    title = title if len(title) >= _MIN_TITLE else ""
    return builder.document(
        title="",
        filename=filename,
        media_type=media_type,
        loader=loader,
        metadata={"Title": title} if title else {},
        paper=True,
        property_title=title,
    )


def _drop_bookmarks(stories: Iterable[Any], depth: int = 0) -> None:
    """Dochan writes each bookmark's name into the text, as a run of its own; nobody sees that in the document."""
    if depth > _MAX_NESTING:
        return
    for elements in stories:
        for element in elements:
            runs = getattr(element, "runs", None)
            if runs:
                element.runs = [run for run in runs if not _BOOKMARK.fullmatch(run.text)]
            for row in getattr(element, "rows", None) or ():
                _drop_bookmarks((cell.paragraphs for cell in row), depth + 1)
            _drop_bookmarks(
                (getattr(element, "paragraphs", None) or (), getattr(element, "caption", None) or ()), depth + 1
            )


def _is_property(element: Mapping[str, Any]) -> bool:
    return str((element.get("provenance") or {}).get("path") or "").startswith("docProps/")


def render(builder: TextBuilder, elements: Iterable[Mapping[str, Any]], depth: int = 0) -> None:
    """Add dochan's elements to ``builder``; page headers and footers, pictures and comments are left out."""
    if depth > _MAX_NESTING:
        raise LoadError(LoadReason.TOO_COMPLEX, "tables nested too deeply")
    for element in elements:
        kind = element["type"]
        if kind == "paragraph":
            _paragraph(builder, element)
        elif kind == "table":
            _table(builder, element, depth)
        elif kind == "equation":
            builder.add(BlockKind.PARAGRAPH, _equation(element))
        elif kind in _NOTES:
            _note(builder, element)
        elif kind == "image":
            builder.add(BlockKind.PARAGRAPH, _caption(element))
        elif kind not in _FURNITURE:
            raise LoadError(LoadReason.UNSUPPORTED, f"element {kind}")


def _paragraph(builder: TextBuilder, element: Mapping[str, Any]) -> None:
    text = str(element["text"])
    level = int(element.get("heading_level") or 0)
    if level and text.strip() and len(text) <= _LONGEST_HEADING:
        builder.add(BlockKind.HEADING, text, level=min(level, 6))
        return
    listed = numbering.ANY.match(text) is not None
    builder.add(BlockKind.LIST_ITEM if listed else BlockKind.PARAGRAPH, text, tight=listed)


def _note(builder: TextBuilder, element: Mapping[str, Any]) -> None:
    text, number = str(element["text"]).strip(), element.get("number")
    if text:
        builder.add(BlockKind.FOOTNOTE, f"{number}) {text}" if number else text)


def _equation(element: Mapping[str, Any]) -> str:
    return str(element.get("latex") or element.get("script") or "")


def _caption(element: Mapping[str, Any]) -> str:
    return str((element.get("caption") or {}).get("text") or "")


def _table(builder: TextBuilder, element: Mapping[str, Any], depth: int) -> None:
    builder.add(BlockKind.PARAGRAPH, _caption(element))
    visible = _visible(element)
    if len(visible) == 1 or _is_layout(element):  # a frame around text, usual for titles and notes in Korean papers
        for cell in visible:
            render(builder, cell["paragraphs"], depth + 1)
        return
    if depth >= _MAX_NESTING:
        raise LoadError(LoadReason.TOO_COMPLEX, "tables nested too deeply")
    builder.add_table(_grid(element, builder.limits.max_table_cells))
    # What a cell cannot hold as a line of words follows the table: tables inside it, and its notes.
    for cell in visible:
        render(builder, _apart(cell["paragraphs"]), depth + 1)


def _is_layout(table: Mapping[str, Any]) -> bool:
    """Whether a table of at most two columns holds running text in a cell: a page set in a frame, not a table."""
    widest = max((sum(not cell.get("merged_away") for cell in row) for row in table["rows"]), default=0)
    if widest > 2:  # noqa: PLR2004 - a label and its text
        return False
    return any(
        sum(1 for element in cell["paragraphs"] if element["type"] == "paragraph") >= _LAYOUT_PARAGRAPHS
        and len(cell["text"]) >= _LAYOUT_CHARS
        for cell in _visible(table)
    )


def _visible(table: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [cell for row in table["rows"] for cell in row if not cell.get("merged_away")]


def _grid(table: Mapping[str, Any], max_cells: int) -> Iterator[list[str]]:
    """The rows as written: a merged cell stands wherever it reaches, so that columns and rows can be read alone.

    Three exceptions keep forms legible, which are drawn on a fine grid: where most cells span columns, each is written
    once a row; long words are written once a row in any table; and very long ones once in all.
    """
    texts: list[str] = []
    cells: list[list[Cell]] = []
    for row in table["rows"]:
        cells.append([])
        for cell in row:
            if not cell.get("merged_away"):
                cells[-1].append(Cell(str(len(texts)), int(cell.get("row_span") or 1), int(cell.get("col_span") or 1)))
                texts.append("\n".join(_words(cell["paragraphs"])))
    form = 2 * sum(cell.columns > 1 for row in cells for cell in row) > len(texts)
    above: set[str] = set()
    for slots in resolve(cells, max_cells=max_cells):
        written = []
        before = ""
        for slot in slots:
            text = texts[int(slot)] if slot else ""
            if slot != before or not slot or not (form or len(text) > _ONCE_A_ROW):
                written.append("" if slot in above and len(text) > _ONCE_IN_ALL else text)
            before = slot
        above.update(slots)
        yield written


def _words(elements: Iterable[Mapping[str, Any]], depth: int = 0) -> Iterator[str]:
    """The lines of a cell; a frame of one cell inside it is part of them."""
    for element in elements if depth <= _MAX_NESTING else ():
        if element["type"] == "paragraph":
            yield str(element["text"])
        elif element["type"] == "equation":
            yield _equation(element)
        elif element["type"] == "image":
            yield _caption(element)
        elif element["type"] == "table" and len(_visible(element)) == 1:
            yield _caption(element)
            yield from _words(_visible(element)[0]["paragraphs"], depth + 1)


def _apart(elements: Iterable[Mapping[str, Any]], depth: int = 0) -> Iterator[Mapping[str, Any]]:
    """What ``_words`` leaves out."""
    for element in elements if depth <= _MAX_NESTING else ():
        if element["type"] in _NOTES:
            yield element
        elif element["type"] == "table":
            visible = _visible(element)
            if len(visible) == 1:
                yield from _apart(visible[0]["paragraphs"], depth + 1)
            else:
                yield element
