"""DOCX through dochan, with Word's numbering restored and what Word does not show left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from retrieval.loaders import _office
from retrieval.loaders._docx_numbering import WordLists
from retrieval.loaders.limits import DEFAULT_LIMITS, Limits
from retrieval.loaders.sniffing import DOCX

if TYPE_CHECKING:
    from pathlib import Path

    from retrieval.types import ParsedDocument


class DocxLoader:
    """Reads ``.docx``: headings, numbering, lists, tables with merged cells resolved, notes, text boxes."""

    name = "docx"
    revision = 2
    media_types = (DOCX,)

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        self._limits = limits

    def load(self, path: Path, *, filename: str) -> ParsedDocument:
        """Parse one file; see ``retrieval.ports.Loader``."""
        _office.check_container(path, self._limits)
        return _office.document(
            _office.finish(_parse(path)),
            self._limits,
            filename=filename,
            media_type=DOCX,
            loader=f"{self.name}/{self.revision}",
        )


def _parse(path: Path) -> Any:  # noqa: ANN401 - dochan's untyped model
    """Run dochan's reader; page headers and footers, comments and pictures are not even read."""
    from dochan.model.document import TextRun  # noqa: PLC0415 - vendor libraries
    from dochan.ooxml.docx import NS, DOCXReader, _w_attr, _w_on_off_enabled  # noqa: PLC0415

    lists = WordLists(path)

    class Reader(DOCXReader):  # type: ignore[misc] # untyped vendor
        """dochan's, which shows comments and hidden words, and knows few of Word's numbers."""

        def _apply_numbering(self, para: Any, p_elem: Any, numbering: Any) -> None:  # noqa: ANN401, ARG002
            style = _w_attr(p_elem.find("w:pPr/w:pStyle", namespaces=NS), "val")
            numbers = p_elem.find("w:pPr/w:numPr", namespaces=NS)
            own = level = ""
            if numbers is not None:
                own, level = (_w_attr(numbers.find(f"w:{name}", namespaces=NS), "val") for name in ("numId", "ilvl"))
            mark = lists.mark(
                style or self._default_paragraph_style, own or None, int(level) if level.isdecimal() else None
            )
            if mark:
                para.runs.insert(0, TextRun(text=f"{mark} "))

        def _heading_level_from_style_id(self, style: str) -> int:
            return lists.heading(style) or int(super()._heading_level_from_style_id(style))

        def _parse_run(self, r_elem: Any, depth: int = 0) -> Any:  # noqa: ANN401
            hidden = _w_on_off_enabled(r_elem.find("w:rPr/w:vanish", namespaces=NS))
            return [] if hidden else super()._parse_run(r_elem, depth)

        def _register_comment_reference(self, comment_id: str) -> None:  # noqa: ARG002
            return None

        def _comment_annotation(self, comment_id: str) -> str:  # noqa: ARG002
            return ""

        def _read_headers_footers(self, package: Any, document_root: Any) -> Any:  # noqa: ANN401, ARG002
            return [], []

        def _preload_image_bytes(self, package: Any) -> Any:  # noqa: ANN401, ARG002
            return {}

    return Reader().read(str(path))
