"""The words of a rich text, for messages of Outlook that keep nothing else.

Decompression after MS-OXRTFCP, control words after the RTF specification 1.9.1; layout is not wanted, so what has no
words is skipped.
"""

from __future__ import annotations

import re
import struct
from typing import Final

_COMPRESSED: Final = 0x75465A4C  # "LZFu"
_PLAIN: Final = 0x414C454D  # "MELA"
_HEADER: Final = struct.Struct("<IIII")
_WINDOW: Final = 4096
_DICTIONARY: Final = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS "
    b"Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b"
    b"\\i\\u\\tab\\tx"
)
_MAX_TEXT: Final = 50 * 1024 * 1024
_TOKEN: Final = re.compile(
    rb"\\(?P<word>[a-zA-Z]{1,32})(?P<number>-?\d{1,10})? ?|\\'(?P<hex>[0-9a-fA-F]{2})|\\(?P<sign>[^a-zA-Z'])"
    rb"|(?P<brace>[{}])|(?P<text>[^\\{}\r\n]+)|[\r\n]+|\\",
)
_SKIPPED: Final = frozenset(
    {b"fonttbl", b"colortbl", b"stylesheet", b"info", b"pict", b"object", b"header", b"footer", b"themedata"}
    | {b"listtable", b"listoverridetable", b"rsidtbl", b"generator", b"xmlnstbl", b"mhtmltag", b"htmltag", b"fldinst"}
)
_BREAKS: Final = {b"par": "\n", b"line": "\n", b"row": "\n", b"sect": "\n", b"tab": " ", b"cell": " | "}
_SIGNS: Final = {b"~": " ", b"_": "-", b"\\": "\\", b"{": "{", b"}": "}"}


def plain_of(compressed: bytes) -> str:
    """Return the words of a compressed rich text; nothing where it cannot be read."""
    return words(decompress(compressed))


def decompress(data: bytes) -> bytes:
    """Unpack a compressed rich text; nothing where it is none.

    Bounded by the size that it states and by a limit of its own, whichever is less.
    """
    if len(data) < _HEADER.size:
        return b""
    _, size, kind, _ = _HEADER.unpack_from(data)
    body = data[_HEADER.size :]
    if kind == _PLAIN:
        return body[:size]
    if kind != _COMPRESSED:
        return b""
    return _unpack(body, min(size, _MAX_TEXT))


def _unpack(body: bytes, limit: int) -> bytes:
    """Literal bytes and references into a window of the last 4,096 bytes, eight to a byte of flags."""
    window = bytearray(_DICTIONARY.ljust(_WINDOW, b" "))
    write = len(_DICTIONARY)
    out = bytearray()
    position = 0
    while position < len(body) and len(out) < limit:
        flags = body[position]
        position += 1
        for bit in range(8):
            if flags >> bit & 1:
                pair = int.from_bytes(body[position : position + 2].ljust(2, b"\0"), "big")
                source, length, position = pair >> 4, (pair & 0xF) + 2, position + 2
                if source == write:  # the mark of the end
                    return bytes(out)
            else:
                source, length = write, 1
                window[write] = body[position] if position < len(body) else 0
                position += 1
            if position > len(body):
                return bytes(out)
            for step in range(length):
                byte = window[(source + step) % _WINDOW]
                window[write] = byte
                write = (write + 1) % _WINDOW
                out.append(byte)
    return bytes(out)


def words(rtf: bytes) -> str:
    """Return what a rich text says, line by line; nothing for what is no rich text."""
    if not rtf.startswith(b"{\\rtf"):
        return ""
    reader = _Reader()
    for match in _TOKEN.finditer(rtf):
        reader.take(match)
    return reader.text()


class _Reader:
    """One pass over the tokens; a group inherits from the one around it."""

    def __init__(self) -> None:
        self._out: list[str] = []
        self._bytes = bytearray()
        self._encoding = "cp949"
        self._skip = [False]
        self._skip_characters = 0
        self._after = 1  # characters that stand in for a Unicode one, for old programs
        self._starred = False

    def take(self, match: re.Match[bytes]) -> None:
        """Take the next token."""
        kind = match.lastgroup
        if match["brace"]:
            self._flush()
            if match["brace"] == b"{":
                self._skip.append(self._skip[-1])
            elif len(self._skip) > 1:
                self._skip.pop()
        elif match["word"]:
            self._word(match["word"], match["number"])
        elif match["sign"] == b"*":
            self._skip[-1] = True  # a destination that may be ignored
        elif not self._skip[-1] and kind is not None:
            self._characters(match)

    def text(self) -> str:
        """What was read so far."""
        self._flush()
        return "".join(self._out).strip()

    def _word(self, word: bytes, number: bytes | None) -> None:
        if word == b"ansicpg" and number:
            self._encoding = "utf-8" if number == b"65001" else f"cp{int(number)}"
        elif word in _SKIPPED:
            self._skip[-1] = True
        elif word == b"uc" and number:
            self._after = int(number)
        elif self._skip[-1]:
            return
        elif word == b"u" and number:
            self._flush()
            self._out.append(chr(int(number) % 0x10000))
            self._skip_characters = self._after
        elif word in _BREAKS:
            self._flush()
            self._out.append(_BREAKS[word])

    def _characters(self, match: re.Match[bytes]) -> None:
        data = bytes([int(match["hex"], 16)]) if match["hex"] else match["text"] or b""
        if match["sign"]:
            self._flush()
            self._out.append(_SIGNS.get(match["sign"], ""))
            return
        dropped = min(self._skip_characters, len(data))
        self._skip_characters -= dropped
        self._bytes += data[dropped:]

    def _flush(self) -> None:
        if self._bytes:
            try:
                self._out.append(self._bytes.decode(self._encoding, "replace"))
            except LookupError:
                self._out.append(self._bytes.decode("cp949", "replace"))
            self._bytes.clear()
