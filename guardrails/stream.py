"""``SentenceGate``: cuts a stream of model text into whole sentences or list lines.

So each can be guarded before it is shown. Nothing is lost: the pieces joined are the text fed in. A sentence keeps the
citation marks after it ("…합니다. [1]"). No cut inside ``[1]``, ``3.5``, ``2026. 4. 6.``, ``1. 항목`` or ``가. 항목``.
The buffer is bounded: a run without any sentence end is cut at a space.
"""

from __future__ import annotations

import re
from typing import Final

MAX_BUFFER: Final = 1200  # characters; a Korean sentence of law rarely passes 500
_END: Final = re.compile(r"[.!?。！？…]+[\"'”’」』)\]]*(?:[ \t]*(?:\[\d{1,3}(?:[,~-] ?\d{1,3})*\]|\(출처 ?\d{1,3}\)))*")
_CITED_END: Final = re.compile(r"(?:\[\d{1,3}\])+[.!?。]?")
_QUOTES: Final = "\"'”’」』"
_QUOTED_ON: Final = re.compile(r"이?라|고[ \t]|하고|는|를|을|와|과|의|에")
_QUOTED_ON_CHARS: Final = 2  # how much of the next word shows whether the quotation goes on
_OPEN_MARK: Final = re.compile(r"\[[^\]\n]{0,40}$")
_ABBREVIATION: Final = re.compile(
    r"(?:^|[\s(\[·,])(?:[가-하A-Za-z]|No|no|Mr|Ms|Dr|vs|etc|Tel|Fax|Vol|pp|e\.g|i\.e|Art|Co|Ltd|Inc)$"
)


class SentenceGate:
    """Feed pieces of a stream, get complete sentences; ``flush`` at the end."""

    def __init__(self, max_buffer: int = MAX_BUFFER) -> None:
        """Bound how many characters may wait for a sentence end."""
        if max_buffer < 1:
            raise ValueError("max_buffer must be positive")
        self._max = max_buffer
        self._buffer = ""
        self._scanned = 0  # no end begins before this offset

    def feed(self, text: str) -> list[str]:
        """Take more text; return the sentences it completed, with the white space after them."""
        self._buffer += text
        out: list[str] = []
        while (cut := self._cut()) is not None:
            out.append(self._buffer[:cut])
            self._buffer = self._buffer[cut:]
            self._scanned = 0
        return out

    def flush(self) -> list[str]:
        """Return what is left, as one piece, and start anew."""
        rest, self._buffer, self._scanned = self._buffer, "", 0
        return [rest] if rest else []

    def _cut(self) -> int | None:
        """Return where the first complete sentence ends, or None while it may go on."""
        buffer = self._buffer
        lead = len(buffer) - len(buffer.lstrip())  # blank lines go with the line after them
        newline = buffer.find("\n", lead)
        limit = newline if newline >= 0 else len(buffer)
        for match in _END.finditer(buffer, self._scanned, limit):
            if not _is_end(buffer, match):
                continue
            after = _skip_blanks(buffer, match.end())
            if after >= len(buffer):  # a citation, or a digit of 3.5, may still come
                self._scanned = match.start()
                return self._overflow()
            if buffer[after] == "\n":
                break
            if match.group()[-1] in _QUOTES and len(buffer) - after < _QUOTED_ON_CHARS and newline < 0:
                self._scanned = match.start()
                return self._overflow()
            if match.group()[-1] in _QUOTES and _QUOTED_ON.match(buffer, after):  # "그렇습니다."라고 했다
                continue
            if after > match.end() or buffer[after] == "[" or match.group()[0] in "。！？":
                if buffer[after] == "[" and _OPEN_MARK.match(buffer, after):  # an unfinished mark
                    self._scanned = match.start()
                    return self._overflow()
                return after
        if newline < 0:
            return self._overflow()
        return newline + 1

    def _overflow(self) -> int | None:
        """Return a cut at a space once the buffer is full, never inside a mark."""
        if len(self._buffer) <= self._max:
            return None
        head = self._buffer[: self._max]
        open_mark = _OPEN_MARK.search(head)
        if open_mark is not None and open_mark.start() > 0:
            head = head[: open_mark.start()]
        space = head.rfind(" ")
        return space + 1 if space > 0 else len(head)


def _skip_blanks(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t":
        at += 1
    return at


def _is_end(text: str, match: re.Match[str]) -> bool:
    """Tell a sentence end from the point of a number, a date, a list mark or an abbreviation."""
    at = match.start()
    if text[at] != ".":
        return True
    before = text[at - 1] if at else ""
    if before.isdigit() or before == "" or before.isspace():
        return match.group().startswith("...")
    following = text[at + 1] if at + 1 < len(text) else " "
    if following.isalnum():  # korea.kr, e.g.this
        return False
    return _ABBREVIATION.search(text, max(0, at - 6), at) is None
