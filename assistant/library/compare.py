"""Two versions of a text side by side: which parts stayed, changed, moved, came or went, and which words.

Pure: two texts with their outlines in, rows out. Articles are matched by number and title, then by their wording, by
title, by number alone and last by similarity, so that an article that an insertion pushed from 제5조 to 제6조 is shown
as moved and not as two rewritten ones. Word marks are looked for inside one paragraph of one part only: comparing is
quadratic in what is compared at once.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from assistant.library.units import Unit, UnitKind, units

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Sequence

    from assistant.library.documents import OutlineEntry

_SIMILAR: Final = 0.55  # of the words of two parts that share neither number nor title
_RELATED: Final = 0.3  # of the words of two parts with one title, or of two paragraphs in one place
_MAX_PAIRS: Final = 40_000  # parts or paragraphs tried against each other
_MAX_WORD_PAIRS: Final = 4_000_000  # words of one paragraph against those of another
_WORD: Final = re.compile(r"[^\Wㆍ]+\s*|ㆍ\s*|[^\w\s]\s*|\s+")


class Change(StrEnum):
    """What became of a part."""

    SAME = "same"
    CHANGED = "changed"
    MOVED = "moved"  # the same words under another number or in another place
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Piece:
    """Words of a paragraph; ``changed`` marks those the other side does not have."""

    text: str
    changed: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph on both sides; ``None`` where it does not exist."""

    old: tuple[Piece, ...] | None
    new: tuple[Piece, ...] | None

    @property
    def same(self) -> bool:
        """Whether both sides say the same."""
        return self.old is not None and self.new is not None and not any(p.changed for p in (*self.old, *self.new))


@dataclass(frozen=True, slots=True)
class Side:
    """Where a row's part stands in its version: ``text[start:end]``, under this heading."""

    label: str
    number: str
    zone: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Row:
    """One part on both sides.

    ``renumbered`` tells that the article carries another number now; ``heading`` that the part is a heading without
    text of its own.
    """

    change: Change
    kind: UnitKind
    old: Side | None
    new: Side | None
    lines: tuple[Line, ...]
    renumbered: bool = False
    heading: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """The rows in the order of the new text, what was removed standing where it stood."""

    rows: tuple[Row, ...]

    def count(self, change: Change) -> int:
        """Return how many parts changed in this way; headings without text count only where they changed."""
        return sum(row.change is change and not (row.heading and change is Change.SAME) for row in self.rows)

    @property
    def summary(self) -> dict[str, int]:
        """Number of parts by kind of change."""
        return {change.value: self.count(change) for change in Change}


def compare(
    old: str, old_outline: Sequence[OutlineEntry], new: str, new_outline: Sequence[OutlineEntry], *, words: bool = True
) -> Comparison:
    """Compare two texts.

    Args:
        old: the earlier text.
        old_outline: its table of contents; parts begin at its entries.
        new: the later text.
        new_outline: its table of contents.
        words: whether to mark words; without, only the parts are told apart (a summary needs no more).
    """
    before, after = units(old, old_outline), units(new, new_outline)
    partner = _match(before, after)
    still = _in_order([partner[j] for j in sorted(partner)])
    rows: list[Row] = []
    waiting = _removed_after(before, set(partner.values()))
    rows.extend(_gone(unit) for unit in waiting.get(-1, []))
    for j, unit in enumerate(after):
        i = partner.get(j)
        rows.append(_row(before[i], unit, moved=i not in still, words=words) if i is not None else _came(unit))
        if i is not None:
            rows.extend(_gone(gone) for gone in waiting.get(i, []))
    return Comparison(tuple(rows))


def _match(before: Sequence[Unit], after: Sequence[Unit]) -> dict[int, int]:
    """Return the index in ``before`` by the index in ``after``."""
    partner: dict[int, int] = {}
    keys: list[Callable[[Unit], Hashable]] = [
        lambda unit: (unit.kind, unit.zone, unit.number, _squeezed(unit.name), unit.plain),
        lambda unit: (unit.kind, unit.zone, unit.number, _squeezed(unit.name)),
        lambda unit: (unit.kind, unit.zone, unit.plain) if len(unit.plain) > 1 and not unit.stub else None,
    ]
    for key in keys:
        _pair(before, after, partner, key)
    _pair(before, after, partner, _by_title, least=_RELATED)
    _pair(before, after, partner, lambda unit: (unit.zone, unit.number) if unit.number else None)
    _pair_similar(before, after, partner)
    return partner


def _squeezed(text: str) -> str:
    return "".join(text.split())  # 제1조 (목적) and 제1조(목적) are written both ways


def _by_title(unit: Unit) -> Hashable:
    return (unit.kind, unit.zone, _squeezed(unit.name)) if unit.name and unit.name != "삭제" else None


def _pair(
    before: Sequence[Unit],
    after: Sequence[Unit],
    partner: dict[int, int],
    key: Callable[[Unit], Hashable],
    *,
    least: float = 0.0,
) -> None:
    """Pair the parts that are still alone and have the same key, the first with the first and so on."""
    taken = set(partner.values())
    free: dict[Hashable, list[int]] = {}
    for i, unit in enumerate(before):
        if i not in taken and (name := key(unit)) is not None:
            free.setdefault(name, []).append(i)
    for j, unit in enumerate(after):
        if j in partner or not (candidates := free.get(key(unit))):
            continue
        i = candidates[0]
        if not least or _likeness(_bag(before[i].lines), _bag(unit.lines)) >= least:
            partner[j] = i
            candidates.pop(0)


def _pair_similar(before: Sequence[Unit], after: Sequence[Unit], partner: dict[int, int]) -> None:
    """Pair what is left by its words, the most alike first."""
    taken = set(partner.values())
    old = [(i, _bag(unit.lines)) for i, unit in enumerate(before) if i not in taken and not unit.bare]
    new = [(j, _bag(unit.lines)) for j, unit in enumerate(after) if j not in partner and not unit.bare]
    if len(old) * len(new) > _MAX_PAIRS:
        return
    likely = sorted(
        ((_likeness(bag, other), i, j) for i, bag in old for j, other in new if before[i].kind is after[j].kind),
        key=lambda found: (-found[0], found[1], found[2]),
    )
    used: set[int] = set()
    for score, i, j in likely:
        if score < _SIMILAR:
            break
        if i not in used and j not in partner:
            used.add(i)
            partner[j] = i


def _bag(lines: Iterable[str]) -> Counter[str]:
    return Counter(word for line in lines for word in re.findall(r"\w+", line))


def _likeness(one: Counter[str], other: Counter[str]) -> float:
    """Return Dice's coefficient of two bags of words."""
    total = one.total() + other.total()
    return 2 * (one & other).total() / total if total else 0.0


def _in_order(old: Sequence[int]) -> set[int]:
    """Return the parts of the longest rising run of old indices: those did not move, the others did."""
    best: list[int] = []  # index into old of the smallest last member of a run of each length
    previous: list[int] = []
    for k, value in enumerate(old):
        low, high = 0, len(best)
        while low < high:
            middle = (low + high) // 2
            if old[best[middle]] < value:
                low = middle + 1
            else:
                high = middle
        previous.append(best[low - 1] if low else -1)
        best[low:] = [k] if low == len(best) else [k, *best[low + 1 :]]
    kept: set[int] = set()
    k = best[-1] if best else -1
    while k >= 0:
        kept.add(old[k])
        k = previous[k]
    return kept


def _removed_after(before: Sequence[Unit], taken: set[int]) -> dict[int, list[Unit]]:
    """Return the parts without a partner, by the last part before them that has one (-1 at the very start)."""
    waiting: dict[int, list[Unit]] = {}
    last = -1
    for i, unit in enumerate(before):
        if i in taken:
            last = i
        else:
            waiting.setdefault(last, []).append(unit)
    return waiting


def _side(unit: Unit) -> Side:
    return Side(unit.label, unit.number, unit.zone, unit.start, unit.end)


def _gone(unit: Unit) -> Row:
    lines = tuple(Line((Piece(line, changed=True),), None) for line in unit.lines)
    return Row(Change.REMOVED, unit.kind, _side(unit), None, lines, heading=unit.bare)


def _came(unit: Unit) -> Row:
    lines = tuple(Line(None, (Piece(line, changed=True),)) for line in unit.lines)
    return Row(Change.ADDED, unit.kind, None, _side(unit), lines, heading=unit.bare)


def _row(old: Unit, new: Unit, *, moved: bool, words: bool) -> Row:
    renumbered = old.number != new.number
    bare = old.bare and new.bare
    if old.plain == new.plain and _squeezed(old.label) == _squeezed(new.label):
        change = Change.MOVED if moved and not bare else Change.SAME
        lines = tuple(_unmarked(line) for line in new.lines)
        return Row(change, new.kind, _side(old), _side(new), lines, heading=bare)
    if renumbered and old.plain == new.plain and _squeezed(old.name) == _squeezed(new.name):
        change = Change.MOVED
    elif old.stub != new.stub:
        change = Change.REMOVED if new.stub else Change.ADDED
    else:
        change = Change.CHANGED
    lines = tuple(_lines(old, new)) if words else ()
    return Row(change, new.kind, _side(old), _side(new), lines, renumbered=renumbered, heading=bare)


def _unmarked(line: str) -> Line:
    piece = (Piece(line, changed=False),)
    return Line(piece, piece)


def _lines(old: Unit, new: Unit) -> list[Line]:
    """Lay the paragraphs of one part side by side, heading beside heading."""
    headed = int(bool(old.label and new.label))
    found = [_line(old.lines[0], new.lines[0])] if headed else []
    before, after = old.lines[headed:], new.lines[headed:]
    left, right = [" ".join(line.split()) for line in before], [" ".join(line.split()) for line in after]
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, left, right).get_opcodes():
        if tag == "equal":
            found.extend(_unmarked(line) for line in after[j1:j2])
        else:
            found.extend(_replaced(before[i1:i2], after[j1:j2]))
    return found


def _line(old: str, new: str) -> Line:
    return _unmarked(new) if old.split() == new.split() else Line(*_words(old, new))


def _replaced(old: Sequence[str], new: Sequence[str]) -> list[Line]:
    """Pair the paragraphs of a changed stretch in order, so that the paired ones are as alike as can be."""
    if len(old) * len(new) > _MAX_PAIRS:
        pairs = [(i, i) for i in range(min(len(old), len(new)))]
    else:
        pairs = _aligned([_bag([line]) for line in old], [_bag([line]) for line in new])
    found: list[Line] = []
    for (i1, j1), (i2, j2) in pairwise([(-1, -1), *pairs, (len(old), len(new))]):
        found.extend(Line((Piece(line, changed=True),), None) for line in old[i1 + 1 : i2])
        found.extend(Line(None, (Piece(line, changed=True),)) for line in new[j1 + 1 : j2])
        if i2 < len(old) and j2 < len(new):
            found.append(_line(old[i2], new[j2]))
    return found


def _aligned(old: Sequence[Counter[str]], new: Sequence[Counter[str]]) -> list[tuple[int, int]]:
    """Return the pairs of indices, rising on both sides, with the greatest sum of likeness."""
    rows, columns = len(old), len(new)
    like = [[_likeness(one, other) for other in new] for one in old]
    best = [[0.0] * (columns + 1) for _ in range(rows + 1)]
    for i in range(rows - 1, -1, -1):
        for j in range(columns - 1, -1, -1):
            paired = like[i][j] + best[i + 1][j + 1] if like[i][j] >= _RELATED else 0.0
            best[i][j] = max(paired, best[i + 1][j], best[i][j + 1])
    pairs: list[tuple[int, int]] = []
    i = j = 0
    while i < rows and j < columns:
        if best[i][j] == best[i + 1][j]:
            i += 1
        elif best[i][j] == best[i][j + 1]:
            j += 1
        else:
            pairs.append((i, j))
            i, j = i + 1, j + 1
    return pairs


def _words(old: str, new: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Mark the words that differ. A word reaches to the next space or punctuation: a particle belongs to it."""
    left, right = _WORD.findall(old), _WORD.findall(new)
    if len(left) * len(right) > _MAX_WORD_PAIRS:
        return (Piece(old, changed=True),), (Piece(new, changed=True),)
    matcher = SequenceMatcher(None, [word.strip() for word in left], [word.strip() for word in right], autojunk=False)
    before: list[Piece] = []
    after: list[Piece] = []
    opcodes = matcher.get_opcodes()
    for index, (tag, i1, i2, j1, j2) in enumerate(opcodes):
        changed = tag != "equal" or (0 < index < len(opcodes) - 1 and _speck(right[j1:j2]))
        _append(before, "".join(left[i1:i2]), changed=changed)
        _append(after, "".join(right[j1:j2]), changed=changed)
    return tuple(before), tuple(after)


def _speck(words: Sequence[str]) -> bool:
    """Whether what two sides share between two changes is a mere mark: showing it apart would only flicker."""
    return len("".join(words).strip()) <= 1


def _append(pieces: list[Piece], text: str, *, changed: bool) -> None:
    if not text:
        return
    if pieces and pieces[-1].changed is changed:
        text = pieces.pop().text + text
    pieces.append(Piece(text, changed))
