"""The characters of HWP 3: 16 bits each, Hangul as letters put together (상용 조합형), the rest by Hancom's numbers.

Signs stand in the order of KS X 1001, 96 numbers to a row, hanja 94 to a row; syllables are KS X 1001's supplement 3
(Johab). The rows were checked on a document that exists as HWP 3 and as HWPX. Quotation marks and a few more have
numbers of their own; numbers known to nobody but one font are left out.
"""

from __future__ import annotations

from typing import Final

_ASCII: Final = range(0x20, 0x7F)
_SIGNS: Final = 0x3401
_SIGN_ROW: Final = 96
_SIGN_ROWS: Final = 12  # rows 1 to 12: what KS X 1001 has before its syllables
_HANJA: Final = 0x4000
_HANJA_ROW: Final = 94
_HANJA_ROWS: Final = 52
_FIRST_HANJA_ROW: Final = 0xCA
_HIRAGANA: Final = range(0x1F01, 0x1F01 + 83)
_HIRAGANA_ROW: Final = 0xAA
_FIRST: Final = 0xA1
_CELLS: Final = 94
_JOHAB: Final = 0x8000
_ARAEA: Final = 30  # the vowel ㆍ, which no syllable of today has
_OWN: Final = {0x81: "“", 0x82: "”", 0x83: "‘", 0x84: "’", 0x203B: "※", 0x2F67: "▸", 0x3366: "□"} | {
    0x37C0 + at: char for at, char in enumerate("한글과컴퓨터")
}
_LETTERS: Final = 19
_TAILS: Final = 28


def decode(data: bytes) -> str:
    """Characters up to the first zero, unknown ones left out."""
    units = (int.from_bytes(data[at : at + 2], "little") for at in range(0, len(data) - 1, 2))
    text = []
    for unit in units:
        if not unit:
            break
        text.append(character(unit))
    return "".join(text)


def character(code: int) -> str:
    """One character (several letters for a syllable with ㆍ), empty where nothing is known about the number."""
    if code in _ASCII:
        return chr(code)
    if code >= _JOHAB:
        return _syllable(code)
    return _OWN.get(code) or _tabled(code)


def _tabled(code: int) -> str:
    if code in _HIRAGANA:
        return _standard(_HIRAGANA_ROW, code - _HIRAGANA.start)
    row, cell = divmod(code - _HANJA, _HANJA_ROW)
    if 0 <= row < _HANJA_ROWS:
        return _standard(_FIRST_HANJA_ROW + row, cell)
    row, cell = divmod(code - _SIGNS, _SIGN_ROW)
    return _standard(_FIRST + row, cell) if 0 <= row < _SIGN_ROWS else ""


def _standard(row: int, cell: int) -> str:
    if cell >= _CELLS:
        return ""
    return bytes((row, _FIRST + cell)).decode("euc_kr", "ignore")


def _syllable(code: int) -> str:
    lead, vowel, tail = (code >> 10) & 31, (code >> 5) & 31, code & 31
    if vowel != _ARAEA:
        return code.to_bytes(2, "big").decode("johab", "ignore")
    lead -= 2  # 1 stands for none
    tail -= 1 if tail <= 17 else 2  # noqa: PLR2004 - 18 is not used
    if not (0 <= lead < _LETTERS and 0 <= tail < _TAILS):
        return ""
    return chr(0x1100 + lead) + "\u119e" + (chr(0x11A7 + tail) if tail else "")
