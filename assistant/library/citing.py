"""How an official paper names a passage: 「민원 처리에 관한 법률」 제23조제1항제2호.

Names of laws stand in 「」 and the levels follow each other without a space (법령 입안·심사 기준, 법령 인용 방식).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from assistant.library.units import UnitKind, named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.library.documents import OutlineEntry

_PARAGRAPHS: Final = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
_PARAGRAPH: Final = re.compile(rf"(?m)(?:^|(?<=[)）])[ \t]*)[ \t]*([{_PARAGRAPHS}])")
_ITEM: Final = re.compile(r"(?m)^[ \t]*(\d{1,3})(?:의(\d{1,2}))?\.[ \t]")


def cite(title: str, text: str, outline: Sequence[OutlineEntry], span: tuple[int, int]) -> str:
    """Name the passage ``text[start:end]``: the article with 항 and 호 where it lies within one, else the heading.

    Args:
        title: of the document.
        text: the canonical text.
        outline: its table of contents, in order.
        span: offsets of the passage.
    """
    start, end = span
    start += len(text[start:end]) - len(text[start:end].lstrip())
    zone, entry = "", None
    for one in outline:
        if one.start > start:
            break
        kind, _, _ = named(one.text)
        if kind in {UnitKind.SUPPLEMENT, UnitKind.APPENDIX}:
            zone = " ".join(one.text.split())
        entry = one
    parts = [f"「{title}」"]
    if entry is None or " ".join(entry.text.split()) == " ".join(title.split()):
        return parts[0]
    kind, number, name = named(entry.text)
    if kind is UnitKind.ARTICLE:
        parts += [zone] if zone else []
        return " ".join([*parts, number + _below(text, entry.start, (start, end))])
    return " ".join([*parts, zone if kind is UnitKind.SUPPLEMENT else " ".join(name.split())])


def _below(text: str, article: int, span: tuple[int, int]) -> str:
    """Return 항 and 호 of a passage that begins and ends within one of them."""
    start, end = span
    found = ""
    begin = article
    for pattern, unit in ((_PARAGRAPH, "항"), (_ITEM, "호")):
        mark = None
        for match in pattern.finditer(text, begin, end):
            if match.start(1) > start:
                if text[match.start(1) : end].strip():
                    return found  # the passage goes on into the next one
                break
            mark = match
        if mark is None:
            continue
        begin = mark.end()
        if unit == "항":
            found += f"제{_PARAGRAPHS.index(mark[1]) + 1}항"
        else:
            found += f"제{mark[1]}호" + (f"의{mark[2]}" if mark[2] else "")
    return found
