"""Folded views of a text for pattern guards, each with the way back to the original offsets.

``squeeze`` keeps only letters and digits, after NFKC and lower case: ``이 전 지.시 무-시`` and zero-width tricks
become 이전지시무시. ``plain`` keeps single spaces and punctuation.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_TENSED = str.maketrans("ㄲㄸㅃㅆㅉ", "ㄱㄷㅂㅅㅈ")
_HANGUL_FIRST, _HANGUL_LAST = 0xAC00, 0xD7A3
_PER_INITIAL = 588  # syllables per initial consonant in the Unicode block
_SOFTENED = {1: 0, 4: 3, 8: 7, 10: 9, 13: 12}  # ㄲ ㄸ ㅃ ㅆ ㅉ → ㄱ ㄷ ㅂ ㅅ ㅈ by index of the initial
_CLUSTER = re.compile("[\u1100-\u115f][\u1160-\u11a7]?[\u11a8-\u11ff]?|.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class View:
    """A folded text; ``origin[i]`` is the (start, end) in the original of its character ``i``."""

    text: str
    origin: tuple[tuple[int, int], ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the original span of ``[start, end)``."""
        if start >= end or not self.origin:
            return (0, 0)
        return self.origin[start][0], self.origin[end - 1][1]


def squeeze(text: str) -> View:
    """Return letters and digits only: NFKC, lower case, no spaces, marks, punctuation or invisible characters."""
    return _view(text, keep_spaces=False)


def plain(text: str) -> View:
    """Return NFKC lower case with invisible characters dropped and runs of white space as one space."""
    return _view(text, keep_spaces=True)


def soften(text: str) -> str:
    """Return the text with tensed initials as plain ones (찌시 → 지시): a common disguise. Same length."""
    if not any(_is_tensed(char) for char in text):
        return text
    return "".join(_soft(char) for char in text)


def _view(text: str, *, keep_spaces: bool) -> View:
    out: list[str] = []
    origin: list[tuple[int, int]] = []
    for match in _CLUSTER.finditer(text):
        start, end = match.span()
        for char in unicodedata.normalize("NFKC", match.group()).lower():
            kind = unicodedata.category(char)
            if kind[0] in "LN" or (keep_spaces and kind[0] in "PS"):
                out.append(char)
            elif keep_spaces and (kind[0] == "Z" or char in "\t\n\r"):
                mark = "\n" if char == "\n" else " "
                if out and out[-1] in " \n":
                    continue
                out.append(mark)
            else:
                continue
            origin.append((start, end))
    return View("".join(out), tuple(origin))


def _is_tensed(char: str) -> bool:
    code = ord(char)
    return char in "ㄲㄸㅃㅆㅉ" or (
        _HANGUL_FIRST <= code <= _HANGUL_LAST and (code - _HANGUL_FIRST) // _PER_INITIAL in _SOFTENED
    )


def _soft(char: str) -> str:
    code = ord(char)
    if not _HANGUL_FIRST <= code <= _HANGUL_LAST:
        return char.translate(_TENSED)
    initial, rest = divmod(code - _HANGUL_FIRST, _PER_INITIAL)
    return chr(_HANGUL_FIRST + _SOFTENED.get(initial, initial) * _PER_INITIAL + rest)
