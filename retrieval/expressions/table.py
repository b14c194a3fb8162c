"""The form in which everyday expressions are kept: tab-separated text that a spreadsheet opens and saves.

UTF-8, one question a line, four columns: title of the law, article (``제15조의2``), title of the article (may be
empty), question. Empty lines and lines that begin with ``#`` are passed over. A line that cannot be used is reported
with its number and a code, and the others are used all the same.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

SHORTEST: Final = 4  # characters of a question; less is a word that stands in a hundred articles
LONGEST: Final = 200
_COLUMNS: Final = 4
_DOTS: Final = dict.fromkeys(map(ord, "ㆍᆞ"), " ")  # letters to Unicode, the dot between two words to the law
_ARTICLE: Final = re.compile(r"제\d{1,4}조(?:의\d{1,3})?")


class ProblemCode(StrEnum):
    """Why a line of a file is not used. Stable codes; the application has a Korean sentence for each."""

    COLUMNS = "expressions_columns"  # not four columns
    TITLE = "expressions_title"  # no title of a law
    ARTICLE = "expressions_article"  # not an article as 제15조의2
    LENGTH = "expressions_length"  # the question is too short or too long
    ENCODING = "expressions_encoding"  # the file is not UTF-8


@dataclass(frozen=True, slots=True, order=True)
class Line:
    """One question of one article, as it stands in a file."""

    title: str
    article: str
    article_title: str
    question: str


@dataclass(frozen=True, slots=True)
class Problem:
    """A line that is not used: its number from 1 (0: the file as a whole) and why."""

    number: int
    code: ProblemCode


def read(path: Path) -> tuple[list[Line], list[Problem]]:
    """Return what a file says and what of it cannot be used.

    Raises:
        OSError: the file cannot be opened.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        return [], [Problem(0, ProblemCode.ENCODING)]
    lines: list[Line] = []
    problems: list[Problem] = []
    for number, raw in enumerate(unicodedata.normalize("NFC", text).split("\n"), start=1):
        row = raw.rstrip("\r")
        if not row.strip() or row.startswith("#"):
            continue
        found = _line(row)
        if isinstance(found, Line):
            lines.append(found)
        else:
            problems.append(Problem(number, found))
    return lines, problems


def write(path: Path, lines: Iterable[Line]) -> int:
    """Write a file, sorted and each line once; return how many lines it has."""
    rows = sorted(set(lines), key=_order)
    body = "".join(f"{row.title}\t{row.article}\t{row.article_title}\t{row.question}\n" for row in rows)
    path.write_text(body, encoding="utf-8")
    return len(rows)


def folded(text: str) -> str:
    """Return what two spellings of one text have in common: letters and digits, composed, in lower case."""
    composed = unicodedata.normalize("NFKC", text.translate(_DOTS)).casefold()
    return "".join(character for character in composed if character.isalnum())


def _line(row: str) -> Line | ProblemCode:
    columns = [column.strip() for column in row.split("\t")]
    if len(columns) != _COLUMNS:
        return ProblemCode.COLUMNS
    title, article, article_title, question = columns
    if not title:
        return ProblemCode.TITLE
    if not _ARTICLE.fullmatch(article):
        return ProblemCode.ARTICLE
    if not SHORTEST <= len(question) <= LONGEST:
        return ProblemCode.LENGTH
    return Line(title, article, article_title, question)


def _order(line: Line) -> tuple[str, list[int], str, str]:
    """By law, then by article as the law counts: 제2조, 제2조의2, 제10조."""
    return line.title, [int(number) for number in re.findall(r"\d+", line.article)], line.article_title, line.question
