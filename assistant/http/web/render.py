"""Text to safe HTML: answers with their chips and marks, documents with the cited passage.

Everything a person, a model or a document wrote is escaped here, character for character; the only tags are ours.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from markupsafe import Markup, escape

from assistant.library.legal import LABELS, LegalState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_CHIP = re.compile(r"\s?\[(\d{1,2}(?:\s*,\s*\d{1,2})*)\]")
_BOLD = re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*")
_BULLET = re.compile(r"\s{0,6}[-*•·○□ㅇ]\s+")
_NUMBER = re.compile(r"\s{0,6}(\d{1,3})[.)]\s+")
_HEADING = re.compile(r"\s{0,3}#{1,4}\s+")


def source_url(source: Mapping[str, Any]) -> str:
    """Return the address of a source's passage in the viewer; empty where the reader may not open it any more."""
    if not source["document_id"]:
        return ""
    query = urlencode({"version": source["version_id"], "start": source["start"], "end": source["end"]})
    return f"/documents/{source['document_id']}?{query}#mark"


def place(locator: Mapping[str, Any]) -> str:
    """Return where a passage stands, as people say it: 제12조(정의), the innermost heading, or the page."""
    parts: list[str] = []
    if article := locator.get("article"):
        name = locator.get("article_title")
        parts.append(f"{article}({name})" if name else str(article))
    elif heading := locator.get("heading"):
        parts.append(str(heading[-1] if isinstance(heading, list | tuple) else heading))
    if page := locator.get("page"):
        parts.append(f"{page}쪽")
    return " · ".join(parts)


def legal_label(state: str) -> str:
    """Return the Korean word for a legal state."""
    try:
        return LABELS[LegalState(state)]
    except ValueError:
        return LABELS[LegalState.UNKNOWN]


@dataclass(slots=True)
class _Answer:
    """Builds an answer line by line; offsets of marks count in the whole text."""

    text: str
    sources: Mapping[int, Mapping[str, Any]]
    marks: Sequence[tuple[int, int]]
    out: list[Markup] = field(default_factory=list)
    kind: str = ""  # the open list: "ul", "ol" or ""

    def html(self) -> Markup:
        position = 0
        paragraph: list[Markup] = []
        for line in self.text.split("\n"):
            self._line(line, position, paragraph)
            position += len(line) + 1
        self._flush(paragraph)
        self._list("")
        return Markup("").join(self.out)

    def _line(self, line: str, at: int, paragraph: list[Markup]) -> None:
        bullet, number, heading = _BULLET.match(line), _NUMBER.match(line), _HEADING.match(line)
        if not line.strip():
            self._flush(paragraph)
        elif found := bullet or number:
            self._flush(paragraph)
            self._list("ul" if bullet else "ol")
            value = Markup(' value="{}"').format(number[1]) if number and not bullet else Markup("")
            self.out.append(Markup("<li{}>{}</li>").format(value, self._inline(line, found.end(), at)))
        elif heading:
            self._flush(paragraph)
            self._list("")
            self.out.append(Markup('<p class="head">{}</p>').format(self._inline(line, heading.end(), at)))
        else:
            self._list("")
            paragraph.append(self._inline(line, 0, at))

    def _flush(self, paragraph: list[Markup]) -> None:
        if paragraph:
            self.out.append(Markup("<p>{}</p>").format(Markup("<br>").join(paragraph)))
            paragraph.clear()

    def _list(self, kind: str) -> None:
        if self.kind != kind:
            if self.kind:
                self.out.append(Markup("</{}>").format(self.kind))
            if kind:
                self.out.append(Markup("<{}>").format(kind))
            self.kind = kind

    def _inline(self, line: str, skip: int, at: int) -> Markup:
        """Render one line from ``skip`` on, cut at the edges of unsupported spans."""
        edges = {skip, len(line)}
        for start, end in self.marks:
            edges |= {min(max(start - at, skip), len(line)), min(max(end - at, skip), len(line))}
        cuts = sorted(edges)
        parts: list[Markup] = []
        for left, right in pairwise(cuts):
            html = self._rich(line[left:right])
            if any(start < at + right and at + left < end for start, end in self.marks):
                html = Markup('<span class="unsupported">{}</span>').format(html)
            parts.append(html)
        return Markup("").join(parts)

    def _rich(self, text: str) -> Markup:
        """Render chips and bold in a stretch without edges."""
        parts: list[Markup] = []
        done = 0
        for match in _CHIP.finditer(text):
            numbers = [int(n) for n in match[1].split(",")]
            if not all(n in self.sources for n in numbers):
                continue  # [3] that no source stands behind is text, not a citation
            parts += [_bold(text[done : match.start()]), *(self._chip(n) for n in numbers)]
            done = match.end()
        parts.append(_bold(text[done:]))
        return Markup("").join(parts)

    def _chip(self, number: int) -> Markup:
        source = self.sources[number]
        name = " ".join(filter(None, [str(source["title"]), place(source["locator"])]))
        url = source_url(source)
        if not url:
            return Markup('<span class="chip" title="{}">{}</span>').format(name, number)
        return Markup('<a class="chip" href="{}" data-n="{}" aria-label="근거 {}: {}">{}</a>').format(
            url, number, number, name, number
        )


def _bold(text: str) -> Markup:
    parts: list[Markup] = []
    done = 0
    for match in _BOLD.finditer(text):
        parts += [escape(text[done : match.start()]), Markup("<strong>{}</strong>").format(match[1])]
        done = match.end()
    parts.append(escape(text[done:]))
    return Markup("").join(parts)


def answer_html(turn: Mapping[str, Any]) -> Markup:
    """Return the answer of a turn view: paragraphs, lists, chips after the sentence, unsupported spans marked."""
    sources = {int(source["n"]): source for source in [*turn.get("sources", ()), *turn.get("citations", ())]}
    marks = [(int(mark["start"]), int(mark["end"])) for mark in turn.get("marks", ())]
    return _Answer(str(turn.get("answer") or ""), sources, marks).html()
