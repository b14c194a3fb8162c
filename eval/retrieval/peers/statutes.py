"""Reads a folder of statutes as Markdown and says which articles a stretch of a file belongs to."""

from __future__ import annotations

import bisect
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

Key = tuple[str, str]

_TITLE = re.compile(r"^제목: *(.+)$", re.MULTILINE)
_HEADING = re.compile(r"^#{1,6} +(.+)$", re.MULTILINE)
_ARTICLE = re.compile(r"(제\d+조(?:의\d+)*)")
_ENOUGH = 100  # characters of an article that a passage must hold to count as that article, or half of a shorter one


@dataclass(frozen=True, slots=True)
class Article:
    """An article of the main part: ``text[start:end]`` of its file, heading included."""

    key: Key
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Statute:
    """One file: its title, its text without front matter, and its articles in order."""

    title: str
    text: str
    articles: tuple[Article, ...]

    def within(self, start: int, end: int) -> frozenset[Key]:
        """Return the articles that a passage at ``text[start:end]`` holds enough of."""
        first = max(0, bisect.bisect_right([article.start for article in self.articles], start) - 1)
        found = set()
        for article in self.articles[first:]:
            if article.start >= end:
                break
            shared = min(end, article.end) - max(start, article.start)
            if shared >= min(_ENOUGH, (article.end - article.start) / 2):
                found.add(article.key)
        return frozenset(found)


def read(folder: Path) -> list[Statute]:
    """Read every ``*.md`` below a folder, in the order of their paths.

    Raises:
        FileNotFoundError: there is none.
    """
    statutes = [_statute(path.read_text(encoding="utf-8"), path.stem) for path in sorted(folder.rglob("*.md"))]
    if not statutes:
        raise FileNotFoundError(f"no Markdown files below {folder}")
    return statutes


def _statute(source: str, name: str) -> Statute:
    front, _, text = source.partition("\n---\n") if source.startswith("---") else ("", "", source)
    title = _TITLE.search(front)
    plain = title[1].strip().strip("'\"") if title else name
    headings = list(_HEADING.finditer(text))
    articles = []
    for number, heading in enumerate(headings):
        words = heading[1].strip()
        if words.startswith("부칙"):
            break
        match = _ARTICLE.match(words)
        if match:
            end = headings[number + 1].start() if number + 1 < len(headings) else len(text)
            articles.append(Article((plain, match[1]), heading.start(), end))
    return Statute(plain, text, tuple(articles))
