"""HWP 5 through dochan, with Hangul's numbering restored."""

from __future__ import annotations

import itertools
import struct
from typing import TYPE_CHECKING, Any, Final

from retrieval.errors import LoadError, LoadReason
from retrieval.loaders import _hwp_docinfo, _hwp_file, _office
from retrieval.loaders.limits import DEFAULT_LIMITS, Limits
from retrieval.loaders.sniffing import HWP

if TYPE_CHECKING:
    from pathlib import Path

    from retrieval.loaders._hwp_file import HwpStreams
    from retrieval.types import ParsedDocument

_TEXT_ART: Final = 0x5A
_LIST_HEADER: Final = 0x48
_AUTO_NUMBER: Final = b"onta"  # 'atno', little-endian
_CAPTION_KINDS: Final = frozenset({3, 4, 5})  # figure, table, equation; 0 to 2 are pages and notes
_MAX_REPORTED: Final = 300


class HwpLoader:
    """Reads ``.hwp`` of Hangul 2002 and later: headings, numbering, tables, notes, text boxes.

    Pages are not given: the file stores an estimate of its layout that another printer or font changes, and of 72
    sample files one stated how many pages it has.
    """

    name = "hwp"
    revision = 1
    media_types = (HWP,)

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        self._limits = limits

    def load(self, path: Path, *, filename: str) -> ParsedDocument:
        """Parse one file; see ``retrieval.ports.Loader``."""
        with _hwp_file.open_compound(path) as ole:
            streams = _hwp_file.read(ole, self._limits)
            model = _parse(streams, ole)
        scheme = _hwp_docinfo.scheme(streams.doc_info, streams.sections)
        return _office.document(
            _office.finish(model, scheme),
            self._limits,
            filename=filename,
            media_type=HWP,
            loader=f"{self.name}/{self.revision}",
            title=streams.title,
        )


def _parse(streams: HwpStreams, ole: Any) -> Any:  # noqa: ANN401 - dochan's untyped model
    """Run dochan's parsers on the unpacked streams.

    BodyText holds what stands after tracked changes are accepted; ViewText of a file for distribution may hold the
    deleted words too, so they are taken out there.
    """
    from dochan.hwp.charts import resolve_charts  # noqa: PLC0415 - vendor libraries
    from dochan.hwp.doc_info import DocInfoParser  # noqa: PLC0415
    from dochan.model.document import Document  # noqa: PLC0415

    model = Document(source_format="hwp")
    try:
        info = DocInfoParser().parse_stream(streams.doc_info, is_compressed=False)
        model.char_shapes, model.para_shapes, model.styles = info.char_shapes, info.para_shapes, info.styles
        model.errors.extend(info.errors)
        parser = _section_parser()(doc_info=info, revision_mode="final", project_revisions=streams.distribution)
        model.sections.extend(parser.parse_stream(section, is_compressed=False) for section in streams.sections)
        model.errors.extend(parser.errors)
        parser.finalize_font_headings(model)
        pictures = _embedded(ole, streams, model) if parser.charts else {}
        resolve_charts(model, pictures, info.bin_data_entries, existing_cells=parser._document_cells)  # noqa: SLF001
    except (ValueError, IndexError, KeyError, TypeError, AttributeError, OSError, struct.error) as error:
        raise LoadError(LoadReason.DAMAGED, f"{type(error).__name__}: {error}"[:_MAX_REPORTED]) from error
    return model


def _embedded(ole: Any, streams: HwpStreams, model: Any) -> Any:  # noqa: ANN401
    """What charts are drawn from. Pictures lie in the same place, so it is opened only where there is a chart."""
    from dochan.hwp.bin_data import extract_bin_data  # noqa: PLC0415

    return extract_bin_data(ole, streams.compressed, warnings=model.errors)


def _section_parser() -> Any:  # noqa: ANN401 - a subclass of an untyped vendor class, made when it is needed
    from dochan.hwp.section import SectionParser  # noqa: PLC0415
    from dochan.model.document import Paragraph, TextRun  # noqa: PLC0415

    class Sections(SectionParser):  # type: ignore[misc] # untyped vendor
        """dochan's, and the numbers that captions count: it leaves "표 1" as "표 "."""

        @property
        def charts(self) -> bool:
            """Whether an embedded object was met that may be a chart."""
            return bool(self._chart_count)

        def _form_text_result(self, text_result: Any, ctrl_nodes: Any) -> Any:  # noqa: ANN401
            numbers = [node["record"].data for node in ctrl_nodes if node["record"].data[:4] == _AUTO_NUMBER]
            return super()._form_text_result(_with_numbers(text_result, numbers), ctrl_nodes)

        def _parse_shape_component(self, node: Any, depth: int = 0) -> Any:  # noqa: ANN401
            found = super()._parse_shape_component(node, depth)
            for child in node["children"]:
                text = _text_art(child["record"].data) if child["record"].tag_id == _TEXT_ART else ""
                if text:
                    found.append(Paragraph(runs=[TextRun(text=text)]))
            return found

        def _parse_table_impl(self, ctrl_node: Any) -> Any:  # noqa: ANN401
            table = super()._parse_table_impl(ctrl_node)
            _mark_covered(table.rows)
            return table

        def _parse_equation(self, ctrl_node: Any) -> Any:  # noqa: ANN401
            # A caption's list takes the records that follow it as its own, the equation's script among them.
            lists = [child for child in ctrl_node["children"] if child["record"].tag_id == _LIST_HEADER]
            equations = (super(Sections, self)._parse_equation(node) for node in (ctrl_node, *lists))
            equation = next(filter(None, equations), None)
            return [*filter(None, [equation]), *self._list_blocks(ctrl_node)] if lists else equation

    return Sections


def _mark_covered(rows: list[list[Any]]) -> None:
    """Tell the slots that a merged cell reaches (spans of 0, as dochan has them for HWPX) from cells that are empty."""
    covered: set[tuple[int, int]] = set()
    left = 2 * sum(map(len, rows))  # a sound table covers each slot once; a hostile one shall not cost more than that
    for at, row in enumerate(rows):
        for column, cell in enumerate(row):
            if (at, column) in covered:
                cell.row_span = cell.col_span = 0
                continue
            area = cell.row_span * cell.col_span
            if area > 1 and area <= left:
                left -= area
                reach = itertools.product(range(at, at + cell.row_span), range(column, column + cell.col_span))
                covered.update(reach)


def _text_art(data: bytes) -> str:
    """The words of a text art (글맵시): four points (32 bytes), the text, then the font's name, both counted strings.

    Empty where the record is not laid out so: what cannot be told to be words is no text.
    """
    texts = []
    position = 32
    for _ in ("text", "font"):
        if position + 2 > len(data):
            return ""
        length = 2 * int.from_bytes(data[position : position + 2], "little")
        raw = data[position + 2 : position + 2 + length]
        if not length or len(raw) < length:
            return ""
        texts.append(raw.decode("utf-16-le", "replace"))
        position += 2 + length
    return "" if "\ufffd" in "".join(texts) else " ".join(texts[0].split())


def _with_numbers(text: dict[str, Any], controls: list[bytes]) -> dict[str, Any]:
    """Write the number of each caption at the place of its control.

    Args:
        text: dochan's paragraph: ``text``, ``inline_controls`` (start, end, id in UTF-16 units), ``raw_to_text`` (the
            text offset of each unit), ``field_marks`` and ``field_raw_marks``.
        controls: the paragraph's number controls in order (표 144: id, kind in the low 4 bits, number).
    """
    places = [end for _start, end, kind in text.get("inline_controls", ()) if kind == _AUTO_NUMBER]
    units, words = text["raw_to_text"], text["text"]
    new_units: list[int] = []
    parts: list[str] = []
    done = taken = shift = 0
    for end, control in zip(places, controls, strict=False):
        if len(control) < 10 or control[4] & 0xF not in _CAPTION_KINDS or end >= len(units):  # noqa: PLR2004
            continue
        number = str(int.from_bytes(control[8:10], "little"))
        new_units.extend(unit + shift for unit in units[done:end])
        parts += [words[taken : units[end]], number]
        done, taken, shift = end, units[end], shift + len(number)
    if not parts:
        return text
    new_units.extend(unit + shift for unit in units[done:])
    parts.append(words[taken:])
    marks = text.get("field_raw_marks", ())
    return {
        **text,
        "text": "".join(parts),
        "raw_to_text": new_units,
        "field_marks": [(new_units[at], kind, name) for at, kind, name in marks if at < len(new_units)],
    }
