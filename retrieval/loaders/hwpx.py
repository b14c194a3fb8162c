"""HWPX through dochan."""

from __future__ import annotations

import io
import re
import zipfile
from typing import TYPE_CHECKING, Any, Final

from retrieval.loaders import _hwpx_numbering, _office
from retrieval.loaders.limits import DEFAULT_LIMITS, Limits
from retrieval.loaders.sniffing import HWPX

if TYPE_CHECKING:
    from pathlib import Path

    from retrieval.types import ParsedDocument

_MARK: Final = "mimetype"
_PACKAGE: Final = "Contents/content.hpf"
_STRAY_TABLE: Final = re.compile(rb"<(?:/\w+:(?:p|tbl)|\w+:(?:sec|subList)\b[^>]*)>\s*<\w+:tbl\b")
_PICTURED_LINE_ENDS: Final = {0x240D: " ", 0x240A: " "}  # text art writes them as the signs ␍ and ␊
# Captions say "표 3", where the 3 is counted by Hangul and written by it into the file; page numbers are furniture, and
# notes are numbered by dochan.
_CAPTION_NUMBERS: Final = frozenset({"TABLE", "PICTURE", "FIGURE", "EQUATION"})


class HwpxLoader:
    """Reads ``.hwpx``: headings, numbering, lists, tables with merged cells resolved, notes, text boxes."""

    name = "hwpx"
    revision = 2
    media_types = (HWPX,)

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        self._limits = limits

    def load(self, path: Path, *, filename: str) -> ParsedDocument:
        """Parse one file; see ``retrieval.ports.Loader``."""
        _office.check_container(path, self._limits)
        return _office.document(
            _office.finish(_parse(path), _hwpx_numbering.scheme(path)),
            self._limits,
            filename=filename,
            media_type=HWPX,
            loader=f"{self.name}/{self.revision}",
            title=_title(path),
        )


def _parse(path: Path) -> Any:  # noqa: ANN401 - dochan's untyped model
    """Run dochan's parser, taught to keep the numbers of captions; what was deleted under tracking stays out."""
    from dochan.hwpx.parser import HWPXParser  # noqa: PLC0415 - a vendor library
    from dochan.model.document import TextRun  # noqa: PLC0415

    class Parser(HWPXParser):  # type: ignore[misc] # untyped vendor
        """dochan's, with the captions of shapes and the numbers that captions count."""

        def _parse_section_xml(self, xml_data: bytes, *args: Any, **keywords: Any) -> Any:  # noqa: ANN401
            return super()._parse_section_xml(_repaired(xml_data), *args, **keywords)

        def _parse_ctrl(self, ctrl_elem: Any, context: Any = None) -> Any:  # noqa: ANN401
            for child in ctrl_elem:
                tag = child.tag.rpartition("}")[2] if isinstance(child.tag, str) else ""
                if tag == "autoNum" and child.get("numType") in _CAPTION_NUMBERS:
                    return TextRun(text=child.get("num") or "")
            return super()._parse_ctrl(ctrl_elem, context)

        def _parse_drawing_elem(self, elem: Any, depth: int = 0) -> Any:  # noqa: ANN401
            found = super()._parse_drawing_elem(elem, depth)
            for child in elem:
                if isinstance(child.tag, str) and child.tag.endswith("}caption"):
                    found.extend(self._sublist_paragraphs(child))
            return found

    return Parser().parse(_marked(path), include_assets=False, revision_mode="final")


def _repaired(section: bytes) -> bytes:
    """Put in order what dochan would pass by.

    Words drawn as a picture (글맵시), used for titles, become the text of a box; a table that a writer has put between
    paragraphs instead of into one gets a paragraph of its own.
    """
    if b"textart" not in section and not _STRAY_TABLE.search(section):
        return section
    import lxml.etree  # noqa: PLC0415 - a heavy vendor library

    parser = lxml.etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        root = lxml.etree.fromstring(section, parser)
    except lxml.etree.XMLSyntaxError:
        return section  # dochan says what is wrong with it
    for art in root.iterfind(".//{*}textart"):
        space = art.tag.rpartition("}")[0] + "}"
        art.tag = f"{space}rect"
        node = art
        for name in ("drawText", "subList", "p", "run", "t"):
            node = lxml.etree.SubElement(node, space + name)
        node.text = " ".join(art.get("text", "").translate(_PICTURED_LINE_ENDS).split())
    for table in [*root.iterfind("{*}tbl"), *root.iterfind(".//{*}subList/{*}tbl")]:
        space = table.tag.rpartition("}")[0] + "}"
        paragraph = lxml.etree.Element(space + "p")
        table.getparent().replace(table, paragraph)
        lxml.etree.SubElement(paragraph, space + "run").append(table)
    written: bytes = lxml.etree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return written


def _title(path: Path) -> str:
    """The title among the package's properties, empty where there is none."""
    import lxml.etree  # noqa: PLC0415 - a heavy vendor library

    parser = lxml.etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        with zipfile.ZipFile(path) as archive:
            package = lxml.etree.fromstring(archive.read(_PACKAGE), parser)
    except (KeyError, zipfile.BadZipFile, lxml.etree.XMLSyntaxError):
        return ""
    return (package.findtext(".//{*}metadata/{*}title") or "").strip()


def _marked(path: Path) -> str | io.BytesIO:
    """The file, or where a writer left out the type mark that dochan asks for, a copy that has it."""
    with zipfile.ZipFile(path) as archive:
        if _MARK in archive.namelist():
            return str(path)
    copy = io.BytesIO(path.read_bytes())
    with zipfile.ZipFile(copy, "a") as archive:
        archive.writestr(_MARK, HWPX)
    copy.seek(0)
    return copy
