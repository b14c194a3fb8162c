"""What people say and what the law calls it: 떼다 → 발급 교부, 전단지 → 광고물.

Entries are compared by morphemes, so ``떼라고``, ``뗄 수`` and ``떼는`` are one word, in any order within a few words
of each other; entries of one longer word are also found when it is written apart. Longer entries go before shorter
ones: what ``등본 떼다`` has explained, ``떼다`` need not explain again.

The table (``data/lexicon.tsv``) has one row a line: everyday words separated by ``|``, a tab, legal terms separated by
``|``, most telling first, and where a word means several things a second tab and context words separated by ``|``, of
which one must stand in the question as well. Lines that begin with ``#`` are comments.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from retrieval import korean
from retrieval.query.types import Term, Why

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_SLACK = 3  # other words that may stand between the words of an entry
_SURFACE = 2  # syllables an entry must have to be found by its letters alone
_ALONE = 4  # syllables from which letters are looked for inside longer words as well
_COLUMNS = (2, 3)
# what may stand behind a noun of two or three syllables for it to be the word itself and not the beginning of another
_PARTICLE = re.compile(
    r"(?:들)?(?:이?라?서?도?|은|는|을|를|가|의|에|에서|에게|한테|께|로|으로|와|과|하고|이?랑|만|까지|부터|마다|처럼|보다|이?나|이?든지?"
    r"|이?면|이?라면|이?라고|이?라는|인데|인가요?|이?에요|예요|이?죠|입니다|인지|때문에?|하(?:다|는|면|고|여|려면)|한|해|했|할|된|되|돼)?"
)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: everyday forms, legal terms, and context words of which one must be there (if any)."""

    forms: tuple[str, ...]
    terms: tuple[str, ...]
    context: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One everyday form as written and as morphemes, its legal terms, and what must stand in the question besides.

    ``stems`` are first syllables of words that leave no morpheme (the 받다 of 돈 받다 is a light verb to search):
    somewhere they must stand.
    """

    words: str
    morphemes: tuple[str, ...]
    terms: tuple[str, ...]
    context: tuple[str, ...] = ()
    stems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """An entry found in a question, and the numbers of the morphemes it explains."""

    entry: Entry
    places: frozenset[int]


class Lexicon:
    """Entries by their morphemes. Immutable once made; safe to share between threads.

    Args:
        rows: everyday words and their legal terms; the same form in several rows has the terms of all.
    """

    def __init__(self, rows: Iterable[Row]) -> None:
        merged: dict[tuple[str, tuple[str, ...]], list[str]] = defaultdict(list)
        for row in rows:
            for form in row.forms:
                merged[" ".join(korean.normalise(form).split()), row.context].extend(row.terms)
        self._entries = [_entry(words, terms, context) for (words, context), terms in merged.items() if words]
        self._by_first: dict[str, list[Entry]] = defaultdict(list)
        self._by_letters: dict[str, list[Entry]] = defaultdict(list)
        for entry in self._entries:
            if entry.morphemes:
                self._by_first[entry.morphemes[0]].append(entry)
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
        plain = korean.normalise(text)
        candidates = self._by_words(places, plain) + self._by_surface(plain, places)
        candidates = [match for match in candidates if _in_context(match.entry, plain, places)]
        candidates.sort(
            key=lambda match: (-len(match.places), -len(match.entry.words), not match.entry.context, match.entry.words)
        )
        explained: dict[int, str] = {}
        kept, seen = [], set()
        for match in candidates:
            entry = match.entry
            new = [place for place in match.places if explained.get(place, entry.words) == entry.words]
            if (entry.words, entry.context) in seen or (match.places and not new):
                continue
            seen.add((entry.words, entry.context))
            for place in match.places:
                explained.setdefault(place, entry.words)
            kept.append(match)
        return kept

    def _by_words(self, places: Mapping[str, list[int]], text: str) -> list[Match]:
        found = []
        for morpheme in places:
            for entry in self._by_first.get(morpheme, ()):
                if all(one in places for one in entry.morphemes) and all(stem in text for stem in entry.stems):
                    spots = _closest([places[one] for one in entry.morphemes])
                    if spots[-1] - spots[0] < len(entry.morphemes) + _SLACK:
                        found.append(Match(entry, frozenset(spots)))
        return found

    def _by_surface(self, text: str, places: Mapping[str, list[int]]) -> list[Match]:
        """Find entries by their letters, spaces aside, from the beginning of a word."""
        letters, starts = _letters(text)
        found = []
        for start in range(len(letters) - _SURFACE + 1):
            for entry in self._by_letters.get(letters[start : start + _SURFACE], ()):
                whole = entry.words.replace(" ", "")
                if letters.startswith(whole, start) and _is_word(letters, starts, start, start + len(whole)):
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


def is_particles(rest: str) -> bool:
    """Whether what stands behind a noun leaves it the word it is: particles, a copula, 하다 and 되다, or nothing."""
    return _PARTICLE.fullmatch(rest) is not None


@cache
def shipped_lexicon() -> Lexicon:
    """Return the lexicon that comes with the package (``data/lexicon.tsv``), read once."""
    table = files("retrieval.query").joinpath("data", "lexicon.tsv").read_text(encoding="utf-8")
    return Lexicon(parse(table))


def parse(table: str) -> list[Row]:
    """Read the table described above.

    Raises:
        ValueError: a line has no legal terms or too many columns; the message names it.
    """
    rows: list[Row] = []
    for number, line in enumerate(table.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        columns = [_cells(column) for column in line.split("\t")]
        if len(columns) not in _COLUMNS or not columns[0] or not columns[1]:
            raise ValueError(f"lexicon line {number}: expected everyday words, tab, legal terms[, tab, context]")
        rows.append(Row(*columns))
    return rows


def table_of(rows: Iterable[Row]) -> str:
    """Return rows as the table described above: forms with the same terms in one row, none twice, sorted."""
    terms: dict[tuple[str, tuple[str, ...]], dict[str, None]] = {}
    for row in rows:
        for form in row.forms:
            terms.setdefault((form, tuple(sorted(row.context))), {}).update(dict.fromkeys(row.terms))
    groups: dict[tuple[tuple[str, ...], tuple[str, ...]], list[str]] = defaultdict(list)
    for (form, context), found in terms.items():
        kept = tuple(term for term in found if term != form) if len(found) > 1 else tuple(found)
        groups[kept, context].append(form)
    lines = ("\t".join("|".join(part) for part in (sorted(f), t, c) if part) for (t, c), f in groups.items())
    return "".join(f"{line}\n" for line in sorted(lines))


def main(paths: Iterable[str]) -> None:
    """Write one table made of several: ``python -m retrieval.query.lexicon FILE ... > lexicon.tsv``."""
    rows = [row for path in paths for row in parse(Path(path).read_text(encoding="utf-8"))]
    sys.stdout.write("# everyday forms separated by |, tab, legal terms separated by |, tab, context (optional)\n")
    sys.stdout.write(table_of(rows))


def _cells(column: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(cell for cell in map(str.strip, column.split("|")) if cell))


def _entry(words: str, terms: Sequence[str], context: tuple[str, ...]) -> Entry:
    stems = tuple(word[0] for word in words.split() if not korean.morphemes(word) and word[0] not in "하되있")
    return Entry(words, tuple(dict.fromkeys(korean.morphemes(words))), tuple(dict.fromkeys(terms)), context, stems)


def _in_context(entry: Entry, text: str, places: Mapping[str, list[int]]) -> bool:
    """Whether one of the context words stands in the question, by its letters or by its morphemes."""
    if not entry.context:
        return True
    for word in entry.context:
        if len(word) >= _SURFACE and word in text:
            return True
        parts = korean.morphemes(word)
        if parts and all(part in places for part in parts):
            return True
    return False


def _letters(text: str) -> tuple[str, set[int]]:
    """Return a text without spaces, and where in it words begin (its length is counted as a beginning)."""
    starts: set[int] = set()
    letters: list[str] = []
    previous = " "
    for character in text:
        if character != " ":
            if previous == " ":
                starts.add(len(letters))
            letters.append(character)
        previous = character
    return "".join(letters), {*starts, len(letters)}


def _is_word(letters: str, starts: set[int], start: int, end: int) -> bool:
    """Whether these letters are a word: long, or from the beginning of a word to its end, particles aside."""
    if end - start >= _ALONE:
        return True
    if start not in starts:
        return False
    rest = letters[end : min((one for one in starts if one >= end), default=len(letters))]
    rest = re.split(r"[^가-힣]", rest, maxsplit=1)[0]
    return is_particles(rest)


def _closest(choices: Sequence[Sequence[int]]) -> list[int]:
    """Pick one place for each word so that the places lie as close together as the first word's allow; sorted."""
    best: list[int] = []
    for first in choices[0]:
        spots = sorted(min(one, key=lambda spot: abs(spot - first)) for one in choices)
        if not best or spots[-1] - spots[0] < best[-1] - best[0]:
            best = spots
    return best


if __name__ == "__main__":
    main(sys.argv[1:])
