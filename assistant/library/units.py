"""The parts of a text that are compared: articles, divisions, supplementary provisions, sections, in their order.

They are read from the outline that was stored with the text, so a part begins where the table of contents says.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from assistant.library.documents import OutlineEntry

_ARTICLE: Final = re.compile(r"제\s?(\d{1,4})\s?조(?:의\s?(\d{1,3}))?(?![가-힣\d])\s*(?:[(（〔](.*)[)）〕]|(.*))")
_SUPPLEMENT: Final = re.compile(r"부\s?칙(?![가-힣])")
_APPENDIX: Final = re.compile(r"[\[〔<【(]?\s*(?:별표|별지)")
_STUB: Final = re.compile(r"삭\s?제\s*(?:[<〈\[(].*)?$", re.DOTALL)  # 제45조 삭제 <2020.2.4>
_SPACES: Final = re.compile(r"\s+")


class UnitKind(StrEnum):
    """What a part is."""

    FRONT = "front"  # what stands before the first heading
    ARTICLE = "article"
    SUPPLEMENT = "supplement"
    APPENDIX = "appendix"
    SECTION = "section"  # any other heading and what stands below it


@dataclass(frozen=True, slots=True)
class Unit:
    """One part: ``text[start:end]`` of its version, heading included.

    ``number`` is ``제12조의2`` for an article, ``name`` its title or the heading itself, ``zone`` the 부칙 or 별표 it
    belongs to; ``lines`` are its lines without the blank ones.
    """

    kind: UnitKind
    number: str
    name: str
    label: str
    zone: str
    start: int
    end: int
    lines: tuple[str, ...]

    @property
    def plain(self) -> str:
        """The text without its number and with single spaces: equal for a part that only moved."""
        return _SPACES.sub(" ", "\n".join(self.lines)).removeprefix(self.label).strip()

    @property
    def bare(self) -> bool:
        """Whether it is a heading and nothing else."""
        return len(self.lines) == 1 and _SPACES.sub(" ", self.lines[0]) == self.label

    @property
    def stub(self) -> bool:
        """Whether it only says that it was deleted (삭제)."""
        return self.kind is UnitKind.ARTICLE and any(_STUB.match(part) for part in (self.name, self.plain))


def units(text: str, outline: Sequence[OutlineEntry]) -> list[Unit]:
    """Cut a text at the entries of its outline; without an outline the whole text is one part."""
    found: list[Unit] = []
    zone, zone_level = "", 0
    for label, level, start, end in _pieces(text, outline):
        kind, number, name = named(label)
        if kind in {UnitKind.SUPPLEMENT, UnitKind.APPENDIX}:
            zone, zone_level = label, level
        elif zone and kind is not UnitKind.ARTICLE and level <= zone_level:
            zone = ""
        lines = tuple(line.strip() for line in text[start:end].split("\n") if line.strip())
        if lines:
            found.append(Unit(kind, number, name, label, zone, start, end, lines))
    return found


def _pieces(text: str, outline: Sequence[OutlineEntry]) -> Iterator[tuple[str, int, int, int]]:
    """Yield label, level, start and end of each part."""
    entries = sorted((entry for entry in outline if 0 <= entry.start < len(text)), key=lambda entry: entry.start)
    first = entries[0].start if entries else len(text)
    if first:
        yield "", 0, 0, first
    for index, entry in enumerate(entries):
        end = entries[index + 1].start if index + 1 < len(entries) else len(text)
        yield _SPACES.sub(" ", entry.text).strip(), entry.level, entry.start, end


def named(label: str) -> tuple[UnitKind, str, str]:
    """Tell the kind, the number and the name of a heading."""
    if not label:
        return UnitKind.FRONT, "", ""
    if found := _ARTICLE.match(label):
        number, branch, title, rest = found.groups()
        name = f"제{number}조의{branch}" if branch else f"제{number}조"
        return UnitKind.ARTICLE, name, (title or rest or "").strip()
    if _SUPPLEMENT.match(label):
        return UnitKind.SUPPLEMENT, "", label
    if _APPENDIX.match(label):
        return UnitKind.APPENDIX, "", label
    return UnitKind.SECTION, "", label
