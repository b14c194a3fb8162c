"""Numbering, bullets and outline as an HWPX file declares them, in ``Contents/header.xml``.

KS X 6101: ``paraPr/heading`` refers to a ``numbering`` or ``bullet``; ``secPr`` names the numbering of the outline.
"""

from __future__ import annotations

import re
import zipfile
from typing import TYPE_CHECKING, Any

from retrieval.loaders._numbering import BULLET, NUMBER, OUTLINE, Bullet, Head, Numbering, Scheme, Shape

if TYPE_CHECKING:
    from pathlib import Path

_HEADER = "Contents/header.xml"
_SECTION = re.compile(r"Contents/section(\d+)\.xml")
_OUTLINE = re.compile(rb'outlineShapeIDRef="(\d+)"')


def scheme(path: Path) -> Scheme | None:
    """Read the shapes of a file; ``None`` where its header cannot be read, which leaves the words as they are."""
    import lxml.etree  # noqa: PLC0415 - a heavy vendor library

    try:
        with zipfile.ZipFile(path) as archive:
            parser = lxml.etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
            header = lxml.etree.fromstring(archive.read(_HEADER), parser)
            sections = sorted(filter(_SECTION.fullmatch, archive.namelist()), key=_section_number)
            outlines = [_outline_reference(archive.read(name)) for name in sections]
    except (KeyError, zipfile.BadZipFile, lxml.etree.XMLSyntaxError):
        return None
    return Scheme(_shapes(header), _numberings(header), _bullets(header), outlines)


def _section_number(name: str) -> int:
    match = _SECTION.fullmatch(name)
    return int(match.group(1)) if match else 0


def _shapes(header: Any) -> dict[str, Shape]:  # noqa: ANN401 - an lxml element
    shapes = {}
    for shape in header.iterfind(".//{*}paraPr"):
        heading = shape.find("{*}heading")
        if heading is not None and heading.get("type") in {NUMBER, BULLET, OUTLINE}:
            level = _integer(heading.get("level"), 0) + 1
            checked = shape.get("checked") in {"1", "true"}
            shapes[shape.get("id", "")] = Shape(heading.get("type"), heading.get("idRef", ""), level, checked)
    return shapes


def _numberings(header: Any) -> dict[str, Numbering]:  # noqa: ANN401
    return {
        item.get("id", ""): Numbering(
            {
                _integer(head.get("level"), 1): Head(
                    head.text or "", head.get("numFormat", "DIGIT"), _integer(head.get("start"), 1)
                )
                for head in item.iterfind("{*}paraHead")
            }
        )
        for item in header.iterfind(".//{*}numbering")
    }


def _bullets(header: Any) -> dict[str, Bullet]:  # noqa: ANN401
    return {
        item.get("id", ""): Bullet(item.get("char", ""), item.get("checkedChar", ""))
        for item in header.iterfind(".//{*}bullet")
    }


def _outline_reference(section: bytes) -> str:
    match = _OUTLINE.search(section)
    return match.group(1).decode() if match else ""


def _integer(value: str | None, default: int) -> int:
    return int(value) if value and value.isdecimal() else default
