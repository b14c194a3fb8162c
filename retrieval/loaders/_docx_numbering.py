"""What Word counts and ranks by styles: list numbers, bullets and heading levels.

dochan knows numbers that a paragraph asks for itself, in Western series, and headings by the English ids of styles.
Here are also those that a style brings (numbered headings), Korean series (가나다, ㄱㄴㄷ), lists that go on over
several definitions, and headings of a Korean Word, whose styles have the ids 1, 2, 3. Source: ECMA-376 part 1, 17.9
(numbering) and 17.7 (styles).
"""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from retrieval.loaders._numbering import Bullet, Head, Numbering

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_SERIES: Final = {
    "ganada": "HANGUL_SYLLABLE",
    "chosung": "HANGUL_JAMO",
    "koreanCounting": "HANGUL_PHONETIC",
    "koreanDigital": "HANGUL_PHONETIC",
    "koreanDigital2": "IDEOGRAPH",
    "ideographDigital": "IDEOGRAPH",
    "chineseCounting": "IDEOGRAPH",
    "japaneseCounting": "IDEOGRAPH",
    "ideographTraditional": "DECAGON_CIRCLE_HANJA",
    "ideographEnclosedCircle": "CIRCLED_IDEOGRAPH",
    "decimalEnclosedCircle": "CIRCLED_DIGIT",
    "decimalEnclosedCircleChinese": "CIRCLED_DIGIT",
    "decimalZero": "ZERO_DIGIT",
    "lowerLetter": "LATIN_SMALL",
    "upperLetter": "LATIN_CAPITAL",
    "lowerRoman": "ASCII_ROMAN_SMALL",
    "upperRoman": "ASCII_ROMAN_CAPITAL",
    "none": "NONE",
}
_BULLET: Final = "bullet"
_SYMBOL_FONTS: Final = re.compile(r"wingdings|symbol|webdings|courier", re.IGNORECASE)  # their letters are drawings
_HEADING: Final = re.compile(r"(?:heading|제목|개요)\s*([1-9])", re.IGNORECASE)
_TITLES: Final = frozenset({"title", "제목"})
_PLACE: Final = re.compile(r"%([1-9])")
_MAX_CHAIN: Final = 32
_DEEPEST: Final = 6


@dataclass(slots=True)
class _List:
    """One numbering: what it counts, its bullets by level, and the levels that styles bring along."""

    numbering: Numbering = field(default_factory=Numbering)
    bullets: dict[int, Bullet] = field(default_factory=dict)
    by_style: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Style:
    based_on: str
    list_id: str
    level: int | None
    heading: int


class WordLists:
    """The lists and styles of one document; counts paragraphs in the order in which they are asked for."""

    def __init__(self, path: Path) -> None:
        import lxml.etree  # noqa: PLC0415 - a heavy vendor library

        parser = lxml.etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
        trees = {}
        with zipfile.ZipFile(path) as archive:
            for name in ("numbering", "styles"):
                try:
                    trees[name] = lxml.etree.fromstring(archive.read(f"word/{name}.xml"), parser)
                except (KeyError, lxml.etree.XMLSyntaxError):
                    continue  # a document without lists; broken parts are dochan's to tell
        self._styles = _styles(trees.get("styles"))
        self._lists, self._starts = _lists(trees.get("numbering"))

    def heading(self, style: str) -> int:
        """The level of headings of a style itself, 0 for none (the styles it is based on are asked for apart)."""
        found = self._styles.get(style)
        return found.heading if found else 0

    def mark(self, style: str, list_id: str | None, level: int | None) -> str:
        """Count one paragraph.

        Args:
            style: the id of its style.
            list_id: the list that it names itself (``0`` for none at all), or ``None``.
            level: the level that it names itself, from 0, or ``None``.

        Returns:
            What Word draws before its words, or nothing.
        """
        brought, brought_level = self._brought(style)
        list_id = brought if list_id is None else list_id
        found = self._lists.get(list_id)
        if found is None:
            return ""
        if level is None:
            level = found.by_style.get(style, brought_level or 0)
        bullet = found.bullets.get(level + 1)
        if bullet is not None:
            return bullet.mark(checked=False)
        for restarted, start in self._starts.pop(list_id, {}).items():
            found.numbering.counts[restarted] = start - 1
        return found.numbering.next(level + 1).strip()

    def _brought(self, style: str) -> tuple[str, int | None]:
        for _ in range(_MAX_CHAIN):
            found = self._styles.get(style)
            if found is None:
                break
            if found.list_id:
                return found.list_id, found.level
            style = found.based_on
        return "", None


def _styles(root: Any) -> dict[str, _Style]:  # noqa: ANN401 - an lxml element, or none
    styles = {}
    for node in _each(root, "style"):
        properties = node.find(f"{_W}pPr")
        numbers = properties.find(f"{_W}numPr") if properties is not None else None
        level = _value(numbers, "ilvl")
        styles[node.get(f"{_W}styleId", "")] = _Style(
            _value(node, "basedOn"), _value(numbers, "numId"), int(level) if level.isdecimal() else None, _rank(node)
        )
    return styles


def _rank(style: Any) -> int:  # noqa: ANN401
    name = _value(style, "name").strip().lower()
    match = _HEADING.fullmatch(name)
    if match:
        return min(int(match.group(1)), _DEEPEST)
    if name in _TITLES:
        return 1
    outline = _value(style.find(f"{_W}pPr"), "outlineLvl")
    return int(outline) + 1 if outline.isdecimal() and int(outline) < _DEEPEST else 0


def _lists(root: Any) -> tuple[dict[str, _List], dict[str, dict[int, int]]]:  # noqa: ANN401
    """Lists by the ids that paragraphs use, and where each of those begins anew when it is first used."""
    abstract = {node.get(f"{_W}abstractNumId", ""): node for node in _each(root, "abstractNum")}
    shared = {key: _list(node) for key, node in abstract.items()}
    by_style = {_value(node, "styleLink"): shared[key] for key, node in abstract.items() if _value(node, "styleLink")}
    lists: dict[str, _List] = {}
    starts: dict[str, dict[int, int]] = {}
    for node in _each(root, "num"):
        key, list_id = _value(node, "abstractNumId"), node.get(f"{_W}numId", "")
        if key not in shared:
            continue
        linked = _value(abstract[key], "numStyleLink")
        found = by_style.get(linked, shared[key]) if linked else shared[key]
        for change in node.iterfind(f"{_W}lvlOverride"):
            start, level = _value(change, "startOverride"), change.get(f"{_W}ilvl", "")
            redefined = change.find(f"{_W}lvl")
            if redefined is not None:  # levels of its own: it counts for itself
                found = _list(abstract[key])
                _add_level(found, redefined)
            if start.isdecimal() and level.isdecimal():
                starts.setdefault(list_id, {})[int(level) + 1] = int(start)
        lists[list_id] = found
    return lists, starts


def _list(abstract: Any) -> _List:  # noqa: ANN401
    found = _List()
    for node in abstract.iterfind(f"{_W}lvl"):
        _add_level(found, node)
    return found


def _add_level(found: _List, node: Any) -> None:  # noqa: ANN401
    raw = node.get(f"{_W}ilvl", "")
    if not raw.isdecimal():
        return
    level, text, kind, start = int(raw) + 1, _value(node, "lvlText"), _value(node, "numFmt"), _value(node, "start")
    style = _value(node, "pStyle")
    if style:
        found.by_style[style] = level - 1
    if kind == _BULLET:
        fonts = node.find(f"{_W}rPr/{_W}rFonts")
        drawn = fonts is not None and any(_SYMBOL_FONTS.search(name) for name in fonts.attrib.values())
        found.bullets[level] = Bullet("" if drawn and text.isascii() else text)
        return
    template = _PLACE.sub(r"^\1", text.replace("^", ""))
    found.numbering.heads[level] = Head(template, _SERIES.get(kind, "DIGIT"), int(start) if start.isdecimal() else 1)


def _each(root: Any, name: str) -> Iterator[Any]:  # noqa: ANN401
    return iter(()) if root is None else root.iterfind(_W + name)


def _value(node: Any, name: str) -> str:  # noqa: ANN401
    """The value of a child such as ``<w:name w:val="…"/>``, empty where there is none."""
    child = None if node is None else node.find(_W + name)
    return "" if child is None else str(child.get(f"{_W}val") or "")
