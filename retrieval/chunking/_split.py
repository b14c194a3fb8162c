"""Cutting one stretch of text into passages of a given size, at the outermost boundary that serves."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from itertools import pairwise
from typing import TYPE_CHECKING

from retrieval.chunking._patterns import SENTENCE_GAP
from retrieval.loaders import numbering

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Span = tuple[int, int]

_PARAGRAPH_GAP = re.compile(r"\n[ \t]*\n\s*")
_LINE_GAP = re.compile(r"\n")
_VISIBLE = re.compile(r"\S")
_WORD_GAP = re.compile(r"\s+")
_CELL_GAP = re.compile(r" \| ")
_INNER_ARTICLE = re.compile(r"^[ \t]*제\s?\d{1,4}\s?조(?:의\s?\d{1,3})?[ \t]*[(（]", re.MULTILINE)
_JOINER = "\u200d"
_GAPS = (_PARAGRAPH_GAP, SENTENCE_GAP, _LINE_GAP, _WORD_GAP)


def trim(text: str, start: int, end: int) -> Span:
    """Move both ends inwards over white space."""
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), end - (len(piece) - len(piece.rstrip()))


def split(
    text: str,
    span: Span,
    *,
    limit: int,
    lead: int,
    legal: bool,
    articles: bool = False,
    solid: Sequence[Span] = (),
) -> list[Span]:
    """Cut ``span`` of ``text`` into trimmed spans of at most ``limit`` characters, in order, without loss.

    Boundaries are tried from the outside in: numbered levels, paragraphs, sentences, lines, words. Only a single
    word longer than ``limit`` is cut inside.

    Args:
        text: the document's text.
        span: what to cut.
        limit: largest passage, in characters.
        lead: offset up to which the text is a heading, which is never left alone while it is shorter than ``limit``.
        legal: use the statutes' order of levels (항, 호, 목 …); else the order in which the levels appear.
        articles: cut at lines that look like articles first (inside 부칙).
        solid: spans, in order, each no longer than ``limit``, to cut around and not inside (tables).
    """
    levels = _levels(text, span, legal=legal)
    steps: list[Callable[[Span], list[int]]] = []
    if articles:
        steps.append(lambda part: [match.start() for match in _INNER_ARTICLE.finditer(text, *_from_line(text, part))])
    steps.extend(_starts(text, level) for level in levels)
    steps.extend(_ends(text, gap) for gap in _GAPS)
    if solid:
        steps = [_around(step, solid) for step in steps]
    return _without_scraps(_cut(text, trim(text, *span), limit, lead, steps), limit)


def _without_scraps(spans: list[Span], limit: int) -> list[Span]:
    """Join what is too short to be understood (a last 호 of one line) with its predecessor where both fit."""
    result: list[Span] = []
    for start, end in spans:
        if result and end - start < limit // 8 and end - result[-1][0] <= limit:
            result[-1] = (result[-1][0], end)
        else:
            result.append((start, end))
    return result


def _from_line(text: str, part: Span) -> Span:
    """The part without its first line when it begins within a line: ``^`` would match at its start otherwise."""
    start, end = part
    return (start, end) if start == 0 or text[start - 1] == "\n" else (text.find("\n", start, end) + 1 or end, end)


def _levels(text: str, span: Span, *, legal: bool) -> Sequence[re.Pattern[str]]:
    if legal:
        return numbering.LEVELS
    found = [(match.start(), level) for level in numbering.LEVELS if (match := level.search(text, *span))]
    return [level for _, level in sorted(found, key=lambda pair: pair[0])]


def _starts(text: str, level: re.Pattern[str]) -> Callable[[Span], list[int]]:
    return lambda part: [match.start() for match in level.finditer(text, *_from_line(text, part))]


def _ends(text: str, gap: re.Pattern[str]) -> Callable[[Span], list[int]]:
    return lambda part: [match.end() for match in gap.finditer(text, *part)]


def _around(step: Callable[[Span], list[int]], solid: Sequence[Span]) -> Callable[[Span], list[int]]:
    """The same boundaries without those inside a solid span."""
    starts = [start for start, _ in solid]

    def inside(position: int) -> bool:
        index = bisect_right(starts, position) - 1
        return index >= 0 and starts[index] < position < solid[index][1]

    return lambda part: [position for position in step(part) if not inside(position)]


def _whole(text: str, start: int, end: int, limit: int) -> list[Span]:
    """Cut a word that does not fit, never between a character and the marks that belong to it."""
    result = []
    while end - start > limit:
        stop = start + limit
        while stop > start + 1 and _belongs(text, stop):
            stop -= 1
        stop = start + limit if stop == start + 1 and limit > 1 and _belongs(text, stop) else stop
        result.append((start, stop))
        start = stop
    return [*result, (start, end)]


def _belongs(text: str, position: int) -> bool:
    """Whether a character is drawn together with the one before it: accents, joiners, vowels of decomposed Hangul."""
    char, before = text[position], text[position - 1]
    return (
        unicodedata.combining(char) > 0
        or unicodedata.category(char) in {"Mn", "Me", "Mc"}
        or _JOINER in {char, before}
        or "\u1160" <= char <= "\u11ff"
        or "\U0001f3fb" <= char <= "\U0001f3ff"
    )


def _cut(text: str, span: Span, limit: int, lead: int, steps: Sequence[Callable[[Span], list[int]]]) -> list[Span]:
    start, end = span
    if end <= start:
        return []
    if end - start <= limit:
        return [span]
    if not steps:
        return _whole(text, start, end, limit)
    floor = lead if lead - start < limit else start
    visible = _VISIBLE.search(text, max(start, floor), end)
    first = visible.start() if visible else end
    cuts = [position for position in steps[0](span) if first < position < end]
    if not cuts:
        return _cut(text, span, limit, lead, steps[1:])
    edges = [start, *cuts, end]
    parts = [trim(text, left, right) for left, right in pairwise(edges)]
    parts = [part for part in parts if part[1] > part[0]]
    return _pack(parts, limit, lambda part: _cut(text, part, limit, lead, steps[1:]))


def _pack(parts: list[Span], limit: int, deeper: Callable[[Span], list[Span]]) -> list[Span]:
    """Join neighbours while they fit; a part that does not fit alone is cut further and joined with nothing."""
    result: list[Span] = []
    run: list[Span] = []
    before: list[Span] = []

    def flush() -> None:
        nonlocal run, before
        _balance(before, run, limit)
        if before:
            result.append((before[0][0], before[-1][1]))
        before, run = run, []

    for part in parts:
        if part[1] - part[0] > limit:
            flush()
            flush()
            result.extend(deeper(part))
        elif run and part[1] - run[0][0] > limit:
            flush()
            run = [part]
        else:
            run.append(part)
    flush()
    flush()
    return result


def _balance(before: list[Span], run: list[Span], limit: int) -> None:
    """Move parts from a full run into a short one behind it, so that no passage is a scrap."""
    while len(before) > 1 and run:
        longer, shorter = before[-1][1] - before[0][0], run[-1][1] - run[0][0]
        moved = run[-1][1] - before[-1][0]
        left = before[-2][1] - before[0][0]
        if shorter >= limit // 4 or moved > limit or left < moved or longer <= shorter:
            return
        run.insert(0, before.pop())


def split_lines(text: str, span: Span, *, limit: int, lead: int) -> list[Span]:
    """Cut a table between its rows; a row longer than ``limit`` at its cells and words."""
    return _cut(text, trim(text, *span), limit, lead, [_ends(text, gap) for gap in (_LINE_GAP, _CELL_GAP, _WORD_GAP)])
