"""Lines of a page to paragraphs: PDF and recognised pictures know lines only."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from retrieval.loaders import numbering

if TYPE_CHECKING:
    from collections.abc import Sequence

_PAGE_NUMBER = re.compile(r"\s*(?:[-–—]\s*\d{1,4}\s*[-–—]|\d{1,4}\s*/\s*\d{1,4})\s*\Z")
_BARE_NUMBER = re.compile(r"\s*\d{1,4}\s*\Z")
_STARTS_UNIT = re.compile(r"\s*(?:제\d+(?:조|장|절|관|편)|부\s*칙|\[?별표|\[?별지)")
_ENDS_SENTENCE = re.compile(r"(?:[.!?。:]|[>〉)\]])\s*\Z")
_SHORT_LINE: Final = 0.7  # of the widest line of the page: a line this short ends its paragraph


def without_page_number(lines: Sequence[str]) -> list[str]:
    """Drop the page number that stands alone in the first or last line."""
    filled = [index for index, line in enumerate(lines) if line.strip()]
    drop = {index for index in (*filled[:1], *filled[-1:]) if is_page_number(lines[index])}
    if len(filled) > 1 and _BARE_NUMBER.match(lines[filled[-1]]):
        drop.add(filled[-1])  # at the foot only: a number at the head begins a list as often
    return [line for index, line in enumerate(lines) if index not in drop]


def is_page_number(line: str) -> bool:
    """Whether a line is ``- 3 -`` or ``3 / 12``."""
    return bool(_PAGE_NUMBER.match(line))


def paragraphs(lines: Sequence[str]) -> list[str]:
    """Insert blank lines where a paragraph ends.

    A line begins a paragraph when it is numbered or names a division of a law, or when the line before it ended a
    sentence and stopped short of the page's width.
    """
    width = max((len(line.strip()) for line in lines), default=0)
    result: list[str] = []
    before = ""
    for line in lines:
        short = len(before.strip()) < _SHORT_LINE * width
        starts = numbering.ANY.match(line) or _STARTS_UNIT.match(line)
        if before.strip() and (starts or (short and _ENDS_SENTENCE.search(before))) and not numbering.ANY.match(line):
            result.append("")
        result.append(line)
        before = line
    return result
