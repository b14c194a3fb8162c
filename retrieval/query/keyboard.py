"""Korean typed while the keyboard was in English layout: ``alsdnjs`` is ``민원``.

The standard two-set layout (KS X 5002), put together again by the rules of Unicode for Hangul syllables.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_KEYS = dict(
    zip(
        "rRseEfaqQtTdwWczxvgkoiOjpuPhynbml",
        "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎㅏㅐㅑㅒㅓㅔㅕㅖㅗㅛㅜㅠㅡㅣ",
        strict=True,
    )
)
FIRST = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
MIDDLE = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
LAST = ("", *"ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ")
_VOWELS = {"ㅗㅏ": "ㅘ", "ㅗㅐ": "ㅙ", "ㅗㅣ": "ㅚ", "ㅜㅓ": "ㅝ", "ㅜㅔ": "ㅞ", "ㅜㅣ": "ㅟ", "ㅡㅣ": "ㅢ"}
_CODAS = {
    "ㄱㅅ": "ㄳ", "ㄴㅈ": "ㄵ", "ㄴㅎ": "ㄶ", "ㄹㄱ": "ㄺ", "ㄹㅁ": "ㄻ", "ㄹㅂ": "ㄼ", "ㄹㅅ": "ㄽ", "ㄹㅌ": "ㄾ",
    "ㄹㅍ": "ㄿ", "ㄹㅎ": "ㅀ", "ㅂㅅ": "ㅄ",
}  # fmt: skip
_SPLIT_VOWELS = {whole: pair for pair, whole in _VOWELS.items()}
_SPLIT_CODAS = {whole: pair for pair, whole in _CODAS.items()}
_BASE, _END = 0xAC00, 0xD7A3
_LATIN = re.compile(r"[A-Za-z]+")
_SHORTEST = 4  # letters: two syllables


def jamo_of(text: str) -> str:
    """Return a text with each Hangul syllable as the jamo one types for it (``값``: ``ㄱㅏㅂㅅ``); the rest stays."""
    parts = []
    for character in text:
        if _BASE <= ord(character) <= _END:
            offset = ord(character) - _BASE
            middle, last = MIDDLE[offset // 28 % 21], LAST[offset % 28]
            parts.append(FIRST[offset // 588] + _SPLIT_VOWELS.get(middle, middle) + _SPLIT_CODAS.get(last, last))
        else:
            parts.append(character)
    return "".join(parts)


def hangul_of(jamo: str) -> str | None:
    """Put jamo together to syllables; ``None`` when something is left over that makes no syllable."""
    syllables: list[str] = []
    at = 0
    while at < len(jamo):
        if jamo[at] not in FIRST or at + 1 >= len(jamo) or jamo[at + 1] not in MIDDLE:
            return None
        first, middle = FIRST.index(jamo[at]), jamo[at + 1]
        at += 2
        if at < len(jamo) and middle + jamo[at] in _VOWELS:
            middle, at = _VOWELS[middle + jamo[at]], at + 1
        last, at = _coda(jamo, at)
        syllables.append(chr(_BASE + (first * 21 + MIDDLE.index(middle)) * 28 + LAST.index(last)))
    return "".join(syllables)


def keys_of(text: str) -> str:
    """Return the keys of the English layout that one presses for a Korean text; the rest as it is."""
    names = {jamo: key for key, jamo in _KEYS.items()}
    return "".join(names.get(character, character) for character in jamo_of(text))


def from_keys(text: str) -> str | None:
    """Return the Korean that Latin letters make on a Korean keyboard; ``None`` when they make none.

    Letters whose capitals stand for nothing else (``A`` for ``a``) count as the small ones: the capital lock was on.
    """
    jamo = [_KEYS.get(letter) or _KEYS.get(letter.lower()) for letter in text]
    return None if None in jamo else hangul_of("".join(one for one in jamo if one))


def put_right(text: str, is_korean: Callable[[str], bool]) -> list[tuple[str, str]]:
    """Return pairs (as written, as meant) of Latin words that are Korean in the wrong layout.

    Args:
        text: the question as it was typed, capitals kept.
        is_korean: whether Korean words are ones that are known. Where one long word is, and nothing else of the text
            is Korean, the short words beside it are taken for Korean as well.
    """
    words = list(dict.fromkeys(_LATIN.findall(text)))
    meant = {word: hangul for word in words if (hangul := from_keys(word)) is not None}
    sure = {word for word, hangul in meant.items() if len(word) >= _SHORTEST and is_korean(hangul)}
    if not sure:
        return []
    whole = len(meant) == len(words) and not re.search(r"[가-힣]", text)
    return [(word, hangul) for word, hangul in meant.items() if word in sure or whole]


def _coda(jamo: str, at: int) -> tuple[str, int]:
    """Return the coda that begins at ``at`` and where it ends: a consonant before a vowel begins the next syllable."""

    def is_coda(place: int) -> bool:
        ends = place + 1 >= len(jamo) or jamo[place + 1] not in MIDDLE
        return place < len(jamo) and jamo[place] in LAST[1:] and ends

    pair = jamo[at : at + 2]
    if pair in _CODAS and is_coda(at + 1):
        return _CODAS[pair], at + 2
    return (jamo[at], at + 1) if is_coda(at) else ("", at)
