"""Folding that keeps offsets: what a recognizer reads, and where it stands in the text as given.

Folded away: full-width ASCII, digits of other scripts, exotic spaces and dashes, invisible characters inside a
number, decomposed Hangul. Circled digits (①) stay: they number clauses and would glue onto a following number.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_SPACES = "\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_DASHES = "\u2010-\u2015\u2212\ufe58\ufe63\u30fc"
_INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff"
)
_JAMO_RUN = "[\u1100-\u115e\u1161-\u11ff]{2,}"
# one alternative per kind, so that ``lastgroup`` names the fold
_FOLD = re.compile(
    f"(?P<wide>[\uff01-\uff5e])|(?P<space>[{_SPACES}])|(?P<dash>[{_DASHES}])|(?P<drop>[{_INVISIBLE}])"
    f"|(?P<jamo>{_JAMO_RUN})|(?P<digit>[^\\W\\D0-9])",
)
_WIDE_SHIFT = 0xFF01 - 0x21


@dataclass(frozen=True, slots=True)
class Folded:
    """Folded text with the way back. ``starts``/``ends`` are None when folding changed nothing."""

    text: str
    starts: tuple[int, ...] | None
    ends: tuple[int, ...] | None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the span in the original text of ``[start, end)`` in the folded text."""
        if self.starts is None or self.ends is None:
            return start, end
        if start >= end:
            at = self.starts[start] if start < len(self.starts) else (self.ends[-1] if self.ends else 0)
            return at, at
        return self.starts[start], self.ends[end - 1]


def fold(text: str) -> Folded:
    """Fold ``text`` for matching, remembering for every folded character where it came from."""
    if text.isascii() or not _FOLD.search(text):
        return Folded(text, None, None)
    out: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for piece, start, end in _pieces(text):
        if end - start == len(piece):  # character for character
            starts.extend(range(start, end))
            ends.extend(range(start + 1, end + 1))
        else:
            starts.extend([start] * len(piece))
            ends.extend([end] * len(piece))
        out.append(piece)
    return Folded("".join(out), tuple(starts), tuple(ends))


def _pieces(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield (folded piece, start, end): long unchanged runs, and single folds between them."""
    at = 0
    for match in _FOLD.finditer(text):
        start, end = match.span()
        if start > at:
            yield text[at:start], at, start
        at = end
        if match.lastgroup == "jamo":
            yield from _composed(text, start, end)
        else:
            yield _fold_one(match.group(), match.lastgroup or ""), start, end
    if at < len(text):
        yield text[at:], at, len(text)


def _fold_one(char: str, kind: str) -> str:
    """Fold one character of the named kind."""
    if kind == "wide":
        return chr(ord(char) - _WIDE_SHIFT)
    if kind == "digit":
        value = unicodedata.digit(char, -1)
        return str(value) if value >= 0 else char
    return {"space": " ", "dash": "-"}.get(kind, "")


def _composed(text: str, start: int, end: int) -> Iterator[tuple[str, int, int]]:
    """Compose a run of conjoining jamo, syllable by syllable (what macOS file names and pastes bring)."""
    at = start
    while at < end:
        for size in (3, 2, 1):
            piece = unicodedata.normalize("NFC", text[at : min(at + size, end)])
            if len(piece) == 1:
                step = min(size, end - at)
                yield piece, at, at + step
                at += step
                break
