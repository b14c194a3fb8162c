"""The numbers that Hangul draws but does not store: automatic numbering, bullets, check boxes and outline.

dochan gives the words of a paragraph without the ``1.``, ``가.`` or ``□`` that its shape puts in front, yet a reader
cites by exactly these. Each format says in its own way which shapes there are (``_hwpx_numbering``, ``_hwp_docinfo``);
here they are counted in reading order and written in front of the words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from retrieval.loaders import numbering
from retrieval.loaders._text import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

NUMBER: Final = "NUMBER"
BULLET: Final = "BULLET"
OUTLINE: Final = "OUTLINE"

_PLACE = re.compile(r"\^(\d{1,2}|[nN:])")
_LAST_LEVEL = 10  # written ^: in HWP 5, the sign after 9
_MAX_NESTING = 32
_PLAIN_BULLET = "•"

_SYLLABLES = "가나다라마바사아자차카타파하거너더러머버서어저처커터퍼허고노도로모보소오조초코토포호"
_ROMAN: Final = tuple(
    tens + ones
    for tens in ("", "X", "XX", "XXX", "XL")
    for ones in ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")
)[1:]
_SERIES: Final[dict[str, str | tuple[str, ...]]] = {
    "ASCII_ROMAN_CAPITAL": _ROMAN,
    "ASCII_ROMAN_SMALL": tuple(map(str.lower, _ROMAN)),
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
    "CIRCLED_IDEOGRAPH": "㊀㊁㊂㊃㊄㊅㊆㊇㊈㊉",
    "DECAGON_CIRCLE": "갑을병정무기경신임계",
    "DECAGON_CIRCLE_HANJA": "甲乙丙丁戊己庚辛壬癸",
}


@dataclass(frozen=True, slots=True)
class Head:
    """One level of a numbering: ``^1.`` with ``DIGIT`` starting at 1."""

    template: str
    series: str
    start: int


@dataclass(slots=True)
class Numbering:
    """The levels of one numbering and how far each has counted."""

    heads: dict[int, Head] = field(default_factory=dict)
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
        if place in "nN":  # ^n and ^N: the whole path down to this level
            return ".".join(self._number(str(known), level) for known in range(1, level + 1))
        wanted = _LAST_LEVEL if place == ":" else int(place)
        head = self.heads.get(wanted)
        if head is None:
            return ""
        return label(self.counts.get(wanted, head.start), head.series)


@dataclass(frozen=True, slots=True)
class Bullet:
    """A bullet's sign, and the one it takes when its box is ticked (empty where it is no box)."""

    sign: str
    checked: str = ""

    def mark(self, *, checked: bool) -> str:
        """The sign to write; one from a symbol font's private area, which no other font draws, becomes a plain one."""
        sign = self.checked if checked and clean(self.checked) else self.sign
        return sign if clean(sign).strip() else _PLAIN_BULLET


@dataclass(frozen=True, slots=True)
class Shape:
    """What a paragraph shape puts in front: ``NUMBER``, ``BULLET`` or ``OUTLINE``, its reference, level from 1."""

    kind: str
    reference: str
    level: int
    checked: bool = False


@dataclass(frozen=True, slots=True)
class Scheme:
    """All shapes of a document by paragraph shape id; ``outlines`` names each section's outline numbering."""

    shapes: Mapping[str, Shape]
    numberings: Mapping[str, Numbering]
    bullets: Mapping[str, Bullet]
    outlines: Sequence[str] = ()

    def apply(self, document: Any) -> None:  # noqa: ANN401 - dochan's untyped model
        """Put the drawn numbers in front of the paragraphs of ``document``, in place."""
        from dochan.model.document import Paragraph, TextRun  # noqa: PLC0415 - a vendor library

        for index, section in enumerate(document.sections):
            outline = self.outlines[index] if index < len(self.outlines) else ""
            for paragraph in _paragraphs(section.elements, Paragraph):
                mark = self.mark(str(paragraph.para_shape_id), paragraph.text, outline)
                if mark.strip():
                    paragraph.runs.insert(0, TextRun(f"{mark} "))

    def mark(self, shape_id: str, text: str, outline: str) -> str:
        """Count one paragraph and return what is drawn before its words; ``outline`` is its section's."""
        shape = self.shapes.get(shape_id)
        if shape is None or not text.strip():
            return ""
        if shape.kind == BULLET:
            bullet = self.bullets.get(shape.reference)
            return bullet.mark(checked=shape.checked) if bullet else ""
        found = self.numberings.get(shape.reference if shape.kind == NUMBER else outline)
        mark = found.next(shape.level) if found else ""
        if shape.kind == OUTLINE and numbering.ANY.match(text):
            return ""  # typed by hand over an outline style that counts on its own
        return mark


def label(count: int, series: str) -> str:
    """Write a number in one of Hangul's series; beyond its end, and for series unknown here, in digits."""
    if series == "NONE":
        return ""
    if series == "ZERO_DIGIT":
        return f"{count:02d}"
    signs = _SERIES.get(series, "")
    return signs[count - 1] if 0 < count <= len(signs) else str(count)


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
