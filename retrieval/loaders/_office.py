"""What DOCX and HWPX share: guards on the ZIP container, and dochan's tree rendered into blocks.

dochan never raises; whatever it lists under ``errors`` as ``ERR`` means that text may be missing, which is a failure
here. Its own Markdown blanks merged cells, so its structured output is rendered instead.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from typing import TYPE_CHECKING, Any, NamedTuple

from retrieval.errors import LoadError, LoadReason
from retrieval.loaders import _hwpx_numbering, numbering
from retrieval.loaders._tables import Cell, resolve
from retrieval.types import BlockKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from retrieval.loaders._builder import TextBuilder
    from retrieval.loaders.limits import Limits

_LOCKED = re.compile(r"암호|password|encrypt", re.IGNORECASE)
_OVER_LIMIT = re.compile(r"한도|상한|초과|limit|exceed|too (?:large|many|deep)|budget", re.IGNORECASE)
_DTD = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_PROLOG_BYTES = 2048
_MAX_NESTING = 32
_FURNITURE = frozenset({"header", "footer", "comment", "image", "unknown"})
_NOTES = frozenset({"footnote", "endnote"})


def check_container(path: Path, limits: Limits) -> None:
    """Refuse containers that would unpack without bound or that carry a document type definition.

    Raises:
        LoadError: ``TOO_COMPLEX``, ``ENCRYPTED`` or ``DAMAGED``.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            if len(entries) > limits.max_zip_entries:
                raise LoadError(LoadReason.TOO_COMPLEX, f"{len(entries)} ZIP entries")
            total = sum(entry.file_size for entry in entries)
            if total > limits.max_inflated_bytes:
                raise LoadError(LoadReason.TOO_COMPLEX, f"unpacks to {total} bytes")
            for entry in entries:
                if entry.flag_bits & 0x1:
                    raise LoadError(LoadReason.ENCRYPTED, entry.filename)
                if entry.filename.endswith((".xml", ".rels", ".hpf")):
                    with archive.open(entry) as part:
                        if _DTD.search(part.read(_PROLOG_BYTES)):
                            raise LoadError(LoadReason.DAMAGED, f"{entry.filename} declares entities")
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, zlib.error) as error:
        raise LoadError(LoadReason.DAMAGED, f"ZIP container: {error}") from error


class Parsed(NamedTuple):
    """dochan's result: the top-level elements of all sections, the title among the properties, warnings."""

    elements: list[dict[str, Any]]
    title: str
    warnings: tuple[str, ...]


def read(path: Path, ending: str) -> Parsed:
    """Parse with dochan.

    Args:
        path: the file.
        ending: the format's ending; dochan consults it only where the container does not tell.
    """
    from dochan import Dochan  # noqa: PLC0415 - a vendor library

    try:
        parsed = Dochan(str(path), include_assets=False) if ending == ".hwpx" else Dochan(str(path))
    except ValueError as error:  # its only way to say that a container looks like two formats, or like none
        raise LoadError(LoadReason.DAMAGED, str(error)) from error
    problems = [str(problem) for problem in parsed.doc.errors]
    errors = [problem for problem in problems if not problem.startswith("WARN")]
    if errors:
        detail = "; ".join(errors)[:500]
        if _LOCKED.search(detail):
            raise LoadError(LoadReason.ENCRYPTED, detail)
        raise LoadError(LoadReason.TOO_COMPLEX if _OVER_LIMIT.search(detail) else LoadReason.DAMAGED, detail)
    from dochan.output.json_out import to_dict  # noqa: PLC0415

    if ending == ".hwpx":
        _hwpx_numbering.restore(path, parsed.doc)
    tree = to_dict(parsed.doc)
    elements = [element for section in tree["sections"] for element in section["elements"]]
    # dochan puts the properties of a DOCX before its text: the title as a heading, the author as "Author: …". Neither
    # is text, and the author is a person's name that nobody chose to publish.
    properties = [element for element in elements if _is_property(element)]
    title = next((str(element["text"]) for element in properties if element.get("heading_level")), "")
    return Parsed([element for element in elements if not _is_property(element)], title, tuple(problems))


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
            builder.add(BlockKind.PARAGRAPH, str(element.get("latex") or element.get("script") or ""))
        elif kind in _NOTES:
            number = element.get("number") or ""
            builder.add(BlockKind.FOOTNOTE, f"{number}) {element['text']}" if number else str(element["text"]))
        elif kind not in _FURNITURE:
            raise LoadError(LoadReason.UNSUPPORTED, f"element {kind}")


def _paragraph(builder: TextBuilder, element: Mapping[str, Any]) -> None:
    text = str(element["text"])
    level = int(element.get("heading_level") or 0)
    if level and text.strip() and len(text) <= 200:  # noqa: PLR2004 - outline styles are also put on whole paragraphs
        builder.add(BlockKind.HEADING, text, level=min(level, 6))
        return
    listed = numbering.ANY.match(text) is not None
    builder.add(BlockKind.LIST_ITEM if listed else BlockKind.PARAGRAPH, text, tight=listed)


def _table(builder: TextBuilder, element: Mapping[str, Any], depth: int) -> None:
    caption = element.get("caption")
    if caption and str(caption.get("text", "")).strip():
        builder.add(BlockKind.PARAGRAPH, str(caption["text"]))
    rows = element["rows"]
    visible = [cell for row in rows for cell in row if not cell.get("merged_away")]
    if len(visible) == 1:  # a frame around text, usual for titles and notes in Korean papers
        render(builder, visible[0]["paragraphs"], depth + 1)
        return
    grid = [[_cell(cell) for cell in row if not cell.get("merged_away")] for row in rows]
    builder.add_table(resolve(grid, max_cells=builder.limits.max_table_cells))
    notes = [note for cell in visible for note in cell["paragraphs"] if note["type"] in _NOTES]
    render(builder, notes, depth + 1)


def _cell(cell: Mapping[str, Any]) -> Cell:
    return Cell(str(cell["text"]), int(cell.get("row_span") or 1), int(cell.get("col_span") or 1))
