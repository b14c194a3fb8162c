"""The titles a question may mean: those of the documents at hand, their usual short forms, and known abbreviations.

A title is looked for without spaces, dots and quotes, so ``민원처리에관한법률``, ``소음·진동관리법`` and
``「건축법」`` are all found.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from retrieval.query.types import Rank

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

EXACT, ABBREVIATED, BY_RULE = 1.0, 0.95, 0.8
_SUFFIXES = {Rank.DECREE: " 시행령", Rank.RULE: " 시행규칙"}
_SILENT = re.compile(r"[\s·ㆍ\u119e・‧∙･.,、「」『』〈〉《》\"'“”‘’]+")
_SHORTEST_WITHIN_A_WORD = 5  # a shorter title inside a longer word is chance (여권법 in 참여권법)
_NOT_AFTER_LAW = frozenset("률령규원인적정치관")  # 지방세법률, 법령, 법원 ...: the word goes on
_LOCAL = re.compile(r"(?:조례|규칙|예규|훈령|지침|규정)$")
_PLACE = re.compile(r"^(?:[가-힣]+(?:특별자치시|특별자치도|특별시|광역시|도)\s*)?(?:[가-힣]{1,5}(?:시|군|구)\s+)?")


@dataclass(frozen=True, slots=True)
class Title:
    """A title that a key stands for. ``base`` is the title of its act; ``rank`` what the title says of itself."""

    full: str
    base: str
    rank: Rank | None
    held: bool
    exactness: float


@dataclass(frozen=True, slots=True)
class Mention:
    """A title found in a text, ``text[start:end]``, its rank suffix not included."""

    start: int
    end: int
    title: Title


class TitleBook:
    """Titles by every way of writing them that is known. Immutable once made; safe to share between threads.

    Args:
        titles: titles of the documents at hand, of any kind.
        abbreviations: short form to full title; the list that comes with the package when not given.
    """

    def __init__(self, titles: Iterable[str] = (), abbreviations: Mapping[str, str] | None = None) -> None:
        self._held = {fold(title): title for title in titles if fold(title)}
        self._keys: dict[str, Title] = {}
        self._starts: dict[str, tuple[str, ...]] = {}
        for folded, title in self._held.items():
            self._enter(folded, self._title(title, EXACT))
        known = shipped_abbreviations() if abbreviations is None else abbreviations
        for full in dict.fromkeys(known.values()):
            self._enter(fold(full), self._title(full, EXACT))
        for short, full in known.items():
            self._enter(fold(short), self._title(full, ABBREVIATED))
        for full in [*self._held.values(), *dict.fromkeys(known.values())]:
            for short in short_forms(full):
                self._enter(fold(short), self._title(full, BY_RULE))
        self._index()

    def find(self, text: str) -> list[Mention]:
        """Return the titles in a text from left to right, the longest at each place, none overlapping."""
        folded, places = _folded(text)
        found, at = [], 0
        while at < len(folded):
            key = next((k for k in self._starts.get(folded[at : at + 2], ()) if folded.startswith(k, at)), None)
            if key is None or not _stands_alone(text, places, at, at + len(key), key):
                at += 1
                continue
            found.append(Mention(places[at], places[at + len(key) - 1] + 1, self._keys[key]))
            at += len(key)
        return found

    def resolve(self, name: str) -> Title | None:
        """Return what a name alone stands for."""
        return self._keys.get(fold(name))

    def of_rank(self, title: Title, rank: Rank) -> Title:
        """Return the decree or rule of the act that ``title`` belongs to; ``held`` says whether it is at hand."""
        full = title.base + _SUFFIXES.get(rank, "")
        kept = self._held.get(fold(full))
        return Title(kept or full, title.base, rank, kept is not None, title.exactness)

    def act_of(self, title: Title) -> Title:
        """Return the act that a decree or a rule carries out; an act itself comes back as it is."""
        return title if title.full == title.base else self._title(title.base, title.exactness)

    def keys(self) -> list[str]:
        """Return every folded name that is known."""
        return list(self._keys)

    def _title(self, full: str, exactness: float) -> Title:
        rank = rank_of(full)
        base = full[: -len(_SUFFIXES[rank])].rstrip() if rank in _SUFFIXES else full
        kept = self._held.get(fold(full))
        return Title(kept or full, base, rank, kept is not None, exactness)

    def _enter(self, key: str, title: Title) -> None:
        if len(key) > 1 and (key not in self._keys or (title.held and not self._keys[key].held)):
            self._keys[key] = title

    def _index(self) -> None:
        starts: dict[str, list[str]] = {}
        for key in self._keys:
            starts.setdefault(key[:2], []).append(key)
        self._starts = {start: tuple(sorted(keys, key=len, reverse=True)) for start, keys in starts.items()}


def fold(name: str) -> str:
    """Return a name as it is compared: NFKC, lower case, no spaces, dots and quotes."""
    return _SILENT.sub("", unicodedata.normalize("NFKC", name)).casefold()


def rank_of(title: str) -> Rank | None:
    """Return the rank a title tells of: by its suffix for decrees and rules, ``None`` where it may be either."""
    if title.endswith("시행령"):
        return Rank.DECREE
    if title.endswith("시행규칙"):
        return Rank.RULE
    if title.endswith("조례"):
        return Rank.ORDINANCE
    return Rank.ACT if title.endswith(("법", "법률")) else None


def short_forms(title: str) -> Iterator[str]:
    """Yield how people shorten a title by rule: ``…에 관한 법률`` to ``…법``, ordinances without their place."""
    if rank_of(title) in _SUFFIXES:
        return  # found as the act's name with a rank behind it
    acts = re.sub(r"(?:에|을|를)?\s*(?:관한|위한)\s*(?:특별조치법|특별법|특례법|기본법|법률)$", "법", title)
    for form in dict.fromkeys((title, acts)):
        plain = re.sub(r"\s등(?:의|에)?(?=\s|법$|$)|등(?=법$)", "", form)
        yield from (shape for shape in dict.fromkeys((form, plain)) if shape != title)
        without = re.sub(r"의\s", " ", plain)
        if without != plain:
            yield without
    if _LOCAL.search(title):
        local = _PLACE.sub("", title, count=1)
        if local != title and len(fold(local)) >= _SHORTEST_WITHIN_A_WORD:
            yield local


@cache
def shipped_abbreviations() -> dict[str, str]:
    """Return short form to full title from the package's own list (``data/abbreviations.tsv``)."""
    table = files("retrieval.query").joinpath("data", "abbreviations.tsv").read_text(encoding="utf-8")
    pairs = {}
    for line in table.splitlines():
        if line and not line.startswith("#"):
            full, shorts = line.split("\t")
            pairs.update(dict.fromkeys(shorts.split("|"), full))
    return pairs


def _folded(text: str) -> tuple[str, list[int]]:
    """Return a text without what ``fold`` leaves out, and where in the text each character stands (text is NFKC)."""
    places = [i for i, character in enumerate(text) if not _SILENT.match(character)]
    return "".join(text[i].casefold()[:1] for i in places), places


def _stands_alone(text: str, places: list[int], start: int, end: int, key: str) -> bool:
    """Whether a key at folded[start:end] is a word of its own and not a piece of a longer one."""
    first, last = places[start], places[end - 1]
    inside = first > 0 and _is_hangul(text[first - 1])
    if inside and len(key) < _SHORTEST_WITHIN_A_WORD:
        return False
    goes_on = last + 1 < len(text) and text[last + 1] in _NOT_AFTER_LAW
    return not (goes_on and key.endswith("법") and not text.startswith(("규칙", "령"), last + 1))


def _is_hangul(character: str) -> bool:
    return "가" <= character <= "힣"
