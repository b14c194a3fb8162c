"""The numbers that Hangul draws but does not store: automatic numbering, bullets and outline of an HWPX file.

dochan gives the words of a paragraph without the ``1.``, ``가.`` or ``□`` that its shape puts in front, yet a reader
cites by exactly these. The shapes stand in ``Contents/header.xml`` (KS X 6101: ``paraPr/heading`` refers to a
``numbering`` or ``bullet``); they are counted here in reading order and written in front of the words.
"""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from retrieval.loaders import numbering
from retrieval.loaders._text import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_HEADER = "Contents/header.xml"
_SECTION = re.compile(r"Contents/section\d+\.xml")
_PLACE = re.compile(r"\^(\d{1,2}|[nN])")
_MAX_NESTING = 32
_PLAIN_BULLET = "•"

_SYLLABLES = "가나다라마바사아자차카타파하거너더러머버서어저처커터퍼허고노도로모보소오조초코토포호"
_SERIES: Final = {
    "HANGUL_SYLLABLE": _SYLLABLES,
    "CIRCLED_HANGUL_SYLLABLE": "㉮㉯㉰㉱㉲㉳㉴㉵㉶㉷㉸㉹㉺㉻",
    "HANGUL_JAMO": "ㄱㄴㄷㄹㅁㅂㅅㅇㅈㅊㅋㅌㅍㅎ",
    "CIRCLED_HANGUL_JAMO": "㉠㉡㉢㉣㉤㉥㉦㉧㉨㉩㉪㉫㉬㉭",
    "CIRCLED_DIGIT": "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳㉑㉒㉓㉔㉕㉖㉗㉘㉙㉚㉛㉜㉝㉞㉟㊱㊲㊳㊴㊵㊶㊷㊸㊹㊺㊻㊼㊽㊾㊿",
    "ROMAN_CAPITAL": "ⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩⅪⅫ",
    "ROMAN_SMALL": "ⅰⅱⅲⅳⅴⅵⅶⅷⅸⅹⅺⅻ",
    "LATIN_CAPITAL": "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "LATIN_SMALL": "abcdefghijklmnopqrstuvwxyz",
    "CIRCLED_LATIN_CAPITAL": "ⒶⒷⒸⒹⒺⒻⒼⒽⒾⒿⓀⓁⓂⓃⓄⓅⓆⓇⓈⓉⓊⓋⓌⓍⓎⓏ",
    "CIRCLED_LATIN_SMALL": "ⓐⓑⓒⓓⓔⓕⓖⓗⓘⓙⓚⓛⓜⓝⓞⓟⓠⓡⓢⓣⓤⓥⓦⓧⓨⓩ",
    "HANGUL_PHONETIC": "일이삼사오육칠팔구십",
    "IDEOGRAPH": "一二三四五六七八九十",
}


@dataclass(frozen=True, slots=True)
class _Head:
    """One level of a numbering: ``^1.`` with ``DIGIT`` starting at 1."""

    template: str
    series: str
    start: int


@dataclass(slots=True)
class _Numbering:
    """The levels of one numbering and how far each has counted."""

    heads: dict[int, _Head] = field(default_factory=dict)
    counts: dict[int, int] = field(default_factory=dict)

    def next(self, level: int) -> str:
        """Count one paragraph at a level (from 1) and return its label, empty where the level draws none."""
        head = self.heads.get(level)
        if head is None:
            return ""
        self.counts = {known: count for known, count in self.counts.items() if known <= level}
        for skipped, above in self.heads.items():
            if skipped < level:  # a level that was jumped over counts as begun
                self.counts.setdefault(skipped, above.start)
        self.counts[level] = self.counts.get(level, head.start - 1) + 1
        return _PLACE.sub(lambda place: self._number(place.group(1), level), head.template)

    def _number(self, place: str, level: int) -> str:
        if not place.isdecimal():  # ^n and ^N: the whole path down to this level
            return ".".join(self._number(str(known), level) for known in range(1, level + 1))
        wanted = int(place)
        head = self.heads.get(wanted)
        if head is None:
            return ""
        return label(self.counts.get(wanted, head.start), head.series)


@dataclass(frozen=True, slots=True)
class _Shape:
    """What a paragraph shape puts in front: kind (``NUMBER``, ``BULLET``, ``OUTLINE``), reference, level from 1."""

    kind: str
    reference: str
    level: int


def label(count: int, series: str) -> str:
    """Write a number in one of Hangul's series; beyond its end, and for series unknown here, in digits."""
    signs = _SERIES.get(series, "")
    return signs[count - 1] if 0 < count <= len(signs) else str(count)


def restore(path: Path, document: Any) -> None:  # noqa: ANN401 - dochan's untyped model
    """Put the drawn numbers in front of the paragraphs of ``document``, in place.

    A file whose header cannot be read keeps its words as they are.
    """
    import lxml.etree  # noqa: PLC0415 - a heavy vendor library
    from dochan.model.document import Paragraph, TextRun  # noqa: PLC0415

    try:
        with zipfile.ZipFile(path) as archive:
            parser = lxml.etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
            header = lxml.etree.fromstring(archive.read(_HEADER), parser)
            sections = sorted(name for name in archive.namelist() if _SECTION.fullmatch(name))
            outline = _outline_reference(archive.read(sections[0])) if sections else ""
    except (KeyError, zipfile.BadZipFile, lxml.etree.XMLSyntaxError):
        return
    shapes, numberings, bullets = _shapes(header), _numberings(header), _bullets(header)
    for paragraph in _paragraphs((element for section in document.sections for element in section.elements), Paragraph):
        shape = shapes.get(str(paragraph.para_shape_id))
        if shape is None or not paragraph.text.strip():
            continue
        if shape.kind == "BULLET":
            mark = bullets.get(shape.reference, "")
        else:
            found = numberings.get(shape.reference if shape.kind == "NUMBER" else outline)
            mark = found.next(shape.level) if found else ""
            if shape.kind == "OUTLINE" and numbering.ANY.match(paragraph.text):
                mark = ""  # typed by hand over an outline style that counts on its own
        if mark.strip():
            paragraph.runs.insert(0, TextRun(f"{mark} "))


def _paragraphs(elements: Iterable[Any], kind: type, depth: int = 0) -> Iterator[Any]:
    """Paragraphs in reading order, those in cells included; notes and page headers count for themselves."""
    if depth > _MAX_NESTING:
        return
    for element in elements:
        if isinstance(element, kind):
            yield element
        elif hasattr(element, "rows"):
            for row in element.rows:
                for cell in row:
                    yield from _paragraphs(cell.paragraphs, kind, depth + 1)


def _shapes(header: Any) -> dict[str, _Shape]:  # noqa: ANN401 - an lxml element
    shapes = {}
    for shape in header.iterfind(".//{*}paraPr"):
        heading = shape.find("{*}heading")
        if heading is not None and heading.get("type") in {"NUMBER", "BULLET", "OUTLINE"}:
            level = _integer(heading.get("level"), 0) + 1
            shapes[shape.get("id", "")] = _Shape(heading.get("type"), heading.get("idRef", ""), level)
    return shapes


def _numberings(header: Any) -> dict[str, _Numbering]:  # noqa: ANN401
    return {
        item.get("id", ""): _Numbering(
            {
                _integer(head.get("level"), 1): _Head(
                    head.text or "", head.get("numFormat", "DIGIT"), _integer(head.get("start"), 1)
                )
                for head in item.iterfind("{*}paraHead")
            }
        )
        for item in header.iterfind(".//{*}numbering")
    }


def _bullets(header: Any) -> dict[str, str]:  # noqa: ANN401
    """Bullets; one from a symbol font's private area, which no other font can draw, becomes a plain one."""
    signs = {item.get("id", ""): item.get("char", "") for item in header.iterfind(".//{*}bullet")}
    return {key: sign if clean(sign) else _PLAIN_BULLET for key, sign in signs.items()}


def _outline_reference(section: bytes) -> str:
    match = re.search(rb'outlineShapeIDRef="(\d+)"', section)
    return match.group(1).decode() if match else ""


def _integer(value: str | None, default: int) -> int:
    return int(value) if value and value.isdecimal() else default
