"""What people say and what the law calls it: 떼다 → 발급 교부, 전단지 → 광고물.

Entries are compared by morphemes, so ``떼라고``, ``뗄 수`` and ``떼는`` are one word, in any order within a few words
of each other; entries of one longer word are also found when it is written apart. Longer entries go before shorter
ones: what ``등본 떼다`` has explained, ``떼다`` need not explain again.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from retrieval import korean
from retrieval.query.types import Term, Why

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_SLACK = 3  # other words that may stand between the words of an entry
_SURFACE = 3  # syllables an entry must have to be found by its letters alone


@dataclass(frozen=True, slots=True)
class Entry:
    """Everyday words, as written and as morphemes, and the legal terms for them."""

    words: str
    morphemes: tuple[str, ...]
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """An entry found in a question, and the numbers of the morphemes it explains."""

    entry: Entry
    places: frozenset[int]


class Lexicon:
    """Entries by their morphemes. Immutable once made; safe to share between threads.

    Args:
        rows: everyday words and their legal terms.
    """

    def __init__(self, rows: Iterable[tuple[str, Sequence[str]]]) -> None:
        merged: dict[str, list[str]] = defaultdict(list)
        for words, terms in rows:
            merged[" ".join(korean.normalise(words).split())].extend(terms)
        self._entries = [
            Entry(words, tuple(dict.fromkeys(korean.morphemes(words))), tuple(dict.fromkeys(terms)))
            for words, terms in merged.items()
        ]
        self._by_first: dict[str, list[Entry]] = defaultdict(list)
        self._by_letters: dict[str, list[Entry]] = defaultdict(list)
        for entry in self._entries:
            for morpheme in entry.morphemes:
                self._by_first[morpheme].append(entry)
            letters = entry.words.replace(" ", "")
            if len(letters) >= _SURFACE:
                self._by_letters[letters[:_SURFACE]].append(entry)

    def __len__(self) -> int:
        return len(self._entries)

    def everyday(self) -> list[str]:
        """Return the everyday words of all entries, for the vocabulary of the spelling side."""
        return [entry.words for entry in self._entries]

    def legal(self) -> list[str]:
        """Return all legal terms, for the same."""
        return [term for entry in self._entries for term in entry.terms]

    def find(self, text: str) -> list[Match]:
        """Return the entries found in a text, longest first, each explaining something no longer one has explained."""
        asked = korean.morphemes(text)
        places: dict[str, list[int]] = defaultdict(list)
        for number, morpheme in enumerate(asked):
            places[morpheme].append(number)
        candidates = self._by_words(places) + self._by_surface(korean.normalise(text), places)
        candidates.sort(key=lambda match: (-len(match.places), -len(match.entry.words), match.entry.words))
        explained: set[int] = set()
        kept, seen = [], set()
        for match in candidates:
            new = match.places - explained
            if match.entry.words in seen or (match.places and not new):
                continue
            seen.add(match.entry.words)
            explained |= match.places
            kept.append(match)
        return kept

    def _by_words(self, places: dict[str, list[int]]) -> list[Match]:
        found = []
        for morpheme in places:
            for entry in self._by_first.get(morpheme, ()):
                if entry.morphemes[0] == morpheme and all(one in places for one in entry.morphemes):
                    spots = _closest([places[one] for one in entry.morphemes])
                    if spots[-1] - spots[0] < len(entry.morphemes) + _SLACK:
                        found.append(Match(entry, frozenset(spots)))
        return found

    def _by_surface(self, text: str, places: dict[str, list[int]]) -> list[Match]:
        """Find entries by their letters, spaces aside, from the beginning of a word."""
        starts: set[int] = set()
        letters: list[str] = []
        previous = " "
        for character in text:
            if character != " ":
                if previous == " ":
                    starts.add(len(letters))
                letters.append(character)
            previous = character
        joined = "".join(letters)
        found = []
        for start in range(len(joined) - _SURFACE + 1):
            for entry in self._by_letters.get(joined[start : start + _SURFACE], ()):
                whole = entry.words.replace(" ", "")
                if joined.startswith(whole, start) and (start in starts or len(whole) > _SURFACE):
                    spots = frozenset(spot for one in entry.morphemes for spot in places.get(one, ())[:1])
                    found.append(Match(entry, spots))
        return found


def terms_of(matches: Sequence[Match], *, weight: float) -> list[Term]:
    """Return what matches say; where an entry offers several terms, each weighs a little less."""
    return [
        Term(term, round(weight / max(1, len(match.entry.terms)) ** 0.5, 4), Why.LEXICON, match.entry.words)
        for match in matches
        for term in match.entry.terms
    ]


@cache
def shipped_lexicon() -> Lexicon:
    """Return the lexicon that comes with the package (``data/lexicon.tsv``), read once."""
    table = files("retrieval.query").joinpath("data", "lexicon.tsv").read_text(encoding="utf-8")
    return Lexicon(parse(table))


def parse(table: str) -> list[tuple[str, list[str]]]:
    """Read rows ``everyday|everyday<TAB>term|term``; lines that begin with ``#`` are comments."""
    rows: list[tuple[str, list[str]]] = []
    for line in table.splitlines():
        if line and not line.startswith("#"):
            words, terms = line.split("\t")
            rows.extend((word, terms.split("|")) for word in words.split("|"))
    return rows


def _closest(choices: Sequence[Sequence[int]]) -> list[int]:
    """Pick one place for each word so that the places lie as close together as the first word's allow; sorted."""
    best: list[int] = []
    for first in choices[0]:
        spots = sorted(min(one, key=lambda spot: abs(spot - first)) for one in choices)
        if not best or spots[-1] - spots[0] < best[-1] - best[0]:
            best = spots
    return best
