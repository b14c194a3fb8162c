"""Sentences of administrative text, by offsets.

Statutes and official papers break lines where items begin and end sentences in ``다.``; that and a few
closing marks find the same boundaries as a morphological splitter at a thousandth of its cost.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_END = re.compile(r"(?<=[다요음함임됨까라오])[.?!](?=[\s<(\[]|$)|[?!](?=\s|$)")
_ITEM_MARK = re.compile(r"^\s*(?:[①-⑳]|\d{1,2}(?:의\d{1,2})?[.)]|[가-하][.)]|\(\d{1,2}\)|\([가-하]\)|[-*•·ㆍ○□▪◦※])\s*")
_AMENDMENT = re.compile(r"\s*(?:<[^<>\n]{0,200}>|\[[^\[\]\n]{0,80}(?:개정|신설|제목|이동|삭제)[^\[\]\n]{0,80}\])\s*$")
_HEADING = re.compile(r"^\s*제\d+(?:조|장|절|관|편)(?:의\d+)?\s*(?:\([^)\n]*\))?\s*$")
_OPENS_LIST = re.compile(r"다음 각 [호목]|다음과 같다|다음의? (?:각 )?(?:사항|서류|구분)")

_INLINE_ARTICLE = re.compile(r"^\s*제\d+조(?:의\d+)?\s*\([^)\n]{1,60}\)\s*")
_CLOSING = re.compile(r"[)\]]")
_TABLE_RULE = re.compile(r"^\s*\|[\s:|-]+\|?\s*$")

_SHORTEST = 6
_SHORTEST_ITEM = 2  # "1. 사망" is an item of a list like any other
_DELETED = "삭제"


class Sentence(NamedTuple):
    """A sentence cut from a text: ``text == source[start:end]``, item marks and amendment notes left out.

    ``opens_list`` says that the items below belong to it (``다음 각 호``); ``item`` that it is such an item;
    ``header`` is the header row of the table whose row it is; ``complete`` that it ends as a sentence does.
    """

    start: int
    end: int
    text: str
    opens_list: bool = False
    item: bool = False
    header: str = ""
    complete: bool = True


def sentences(text: str) -> list[Sentence]:
    """Cut a text into sentences, in order; without headings and fragments under six characters (items: two)."""
    found: list[Sentence] = []
    offset = 0
    header: str | None = None
    for line in text.splitlines(keepends=True):
        if line.lstrip().startswith("|") or " | " in line:  # Markdown's own form, and the loaders' form of a row
            row = line.strip().strip("|").strip()
            if header is None:
                header = row
            elif not _TABLE_RULE.match(line) and len(row) >= _SHORTEST:
                start = offset + line.index(row)
                found.append(Sentence(start, start + len(row), row, header=header))
        else:
            header = None
            if not _HEADING.match(line):
                found.extend(_of_line(line, offset))
        offset += len(line)
    return found


def _of_line(line: str, offset: int) -> list[Sentence]:
    article = _INLINE_ARTICLE.match(line)
    lead = article.end() if article else 0
    mark = _ITEM_MARK.match(line[lead:])
    cursor = lead + (mark.end() if mark else 0)
    item = bool(mark and mark.group().strip()[0] not in "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳")
    result: list[Sentence] = []
    ends = [end for end in (match.end() for match in _END.finditer(line, cursor)) if not _within(line, cursor, end)]
    ends.append(len(line))
    for end in ends:
        raw = line[cursor:end]
        stripped = raw.strip()
        start = cursor + raw.index(stripped) if stripped else cursor
        cursor = end
        note = _AMENDMENT.search(stripped)
        body = stripped[: note.start()] if note else stripped
        if len(body) < (_SHORTEST_ITEM if item and not result else _SHORTEST) or body == _DELETED:
            continue
        opens, ends_well = bool(_OPENS_LIST.search(body)), body[-1] in ".?!"
        result.append(Sentence(offset + start, offset + start + len(body), body, opens, item, complete=ends_well))
    return result


def _within(line: str, start: int, end: int) -> bool:
    """Whether a place lies in brackets that close later: "(법정민원을 제외한다. 이하 같다)" is no end of a sentence."""
    depth = 0
    for character in line[start:end]:
        if character in "([":
            depth += 1
        elif character in ")]" and depth:
            depth -= 1
    return depth > 0 and bool(_CLOSING.search(line, end))


def without_mark(line: str) -> str:
    """Return a line without the item mark or number at its head."""
    mark = _ITEM_MARK.match(line)
    return line[mark.end() :].strip() if mark else line.strip()


def list_below(found: list[Sentence], index: int, text: str, *, most: int = 8) -> list[str]:
    """Return the item lines, marks included, that follow the list-opening sentence ``found[index]``."""
    lines: list[str] = []
    for sentence in found[index + 1 :]:
        if not sentence.item or len(lines) >= most:
            break
        begin = text.rfind("\n", 0, sentence.start) + 1
        line = text[begin : sentence.end].rstrip()
        if not lines or begin > text.rfind(lines[-1]):
            lines.append(line)
    return lines
