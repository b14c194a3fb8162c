"""How Korean statutes, ordinances and official papers number themselves.

Statutes divide into 편 > 장 > 절 > 관 > 조 > 항 (①) > 호 (1.) > 목 (가.), after the drafting standard of the
Ministry of Government Legislation (법령 입안·심사 기준). What stands below the article is in
``retrieval.loaders.numbering``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

# 제12조, 제12조의2, also spaced as in scans (제 12 조).
_NUMBER = r"제\s?(?P<number>\d{1,4})\s?조(?:의\s?(?P<branch>\d{1,3}))?"
_TITLE = r"[(（〔](?P<title>[^()（）〔〕\n]{0,80}(?:[(（][^()（）\n]{0,60}[)）][^()（）\n]{0,60})*)[)）〕]"

ARTICLE_HEADING: Final = re.compile(rf"\s*{_NUMBER}(?!\s?제?\d|[가-힣]|\s+관련)\s*(?:{_TITLE})?")
# In running text an article begins a line, and what follows its title is its text, a paragraph or nothing; a sentence
# that merely begins with a reference goes on with a particle, a comma or "제1항".
_PLAIN_ARTICLE = re.compile(
    rf"[ \t]*{_NUMBER}[ \t]*"
    rf"(?:{_TITLE}(?=[ \t]*\Z|[ \t]*[①<〈\[]|[ \t]+(?!또는|및|내지|부터|까지|제\d+[항호]|[,.)ㆍ·]))"
    r"|[ \t]+(?P<deleted>삭[ \t]*제)(?=[ \t]*(?:[<〈\[(]|\Z|\.)))"
)
_NUMBER_ALONE = re.compile(rf"[ \t]*{_NUMBER}[ \t]*\Z")
_DELETED_RANGE = re.compile(
    rf"[ \t]*{_NUMBER}(?:부터|[ \t]*내지|[ \t]*및|[ \t]*[,∼~-])[ \t]*제\d[^\n]{{0,40}}삭제[ \t]*(?:[<〈\[]|\Z)"
)
_DIVISION = re.compile(r"[ \t]*제\s?\d{1,3}\s?(?P<kind>[편장절관])(?:의\s?\d{1,2})?(?=[ \t]+\S|[ \t]*\Z)")
_SUPPLEMENT = re.compile(r"[ \t]*부[ \t]?칙(?=[ \t]*\Z|[ \t]*[<(（\[〈【]|[ \t]{1,})")
_SUPPLEMENT_NAME = re.compile(
    r"부[ \t]?칙(?:[ \t]*[(（][^()（）\n]*(?:\([^()\n]*\)[^()\n]*)*[)）])?(?:[ \t]*[<〈\[【][^>〉\]】\n]*[>〉\]】])?"
)
_APPENDIX = re.compile(
    r"[ \t]*(?:[\[〔<【(][ \t]*)?"
    r"(?P<name>(?:별표|별지)(?:[ \t]?제?\d{1,3}(?:호(?:의\d{1,2})?|의\d{1,2})?)?(?:[ \t]?서식)?)"
    r"(?:[ \t]*[\]〕>】)])?(?=[ \t]*\Z|[ \t]+\S|[ \t]*[<(（\[])"
)
_ROMAN = re.compile(r"[ \t]*[ⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩ]+(?:[.．][ \t]*|[ \t]+(?:\|[ \t]*)?)[^\s|]")
_SENTENCE_END = re.compile(r"다\.?\s*\Z|[.。]\s*\Z")

DIVISION_LEVELS: Final = {"편": 1, "장": 2, "절": 3, "관": 4}
ARTICLE_LEVEL: Final = 5
_MAX_DIVISION_CHARS = 60
_MAX_APPENDIX_CHARS = 120
_MAX_BARE_TITLE_CHARS = 40

# A sentence ends at a full stop behind a letter or a closing mark: never inside 2026. 4. 6. or "제1호."; an amendment
# note (<개정 …>, [전문개정 …]) stays with the sentence that it dates.
SENTENCE_GAP: Final = re.compile(r"(?:(?<=[가-힣A-Za-z)\]”’\"'」』〉>][.!?。])|(?<=\d[>〉\]]))[ \t\n]+(?=[^\s<〈\[])")


@dataclass(frozen=True, slots=True)
class ArticleMark:
    """An article's own line: key for order (``(12, 2)``), name (``제12조의2``) and title, if it has one."""

    key: tuple[int, int]
    name: str
    title: str | None


def article(match: re.Match[str] | None) -> ArticleMark | None:
    """Read a match of an article pattern."""
    if match is None:
        return None
    groups = match.groupdict()
    number, branch = int(groups["number"]), int(groups["branch"] or 0)
    name = f"제{number}조의{branch}" if branch else f"제{number}조"
    title = groups.get("title") or ("삭제" if groups.get("deleted") else None)
    return ArticleMark((number, branch), name, " ".join(title.split()) if title else None)


def heading_article(text: str) -> ArticleMark | None:
    """An article named by a heading: ``제12조의2 (정의)``, ``제3조 목적``, ``제45조``."""
    match = ARTICLE_HEADING.match(text)
    mark = article(match)
    if match is None or mark is None or mark.title is not None:
        return mark
    rest = " ".join(text[match.end() :].split())
    return replace(mark, title=rest) if 0 < len(rest) <= _MAX_BARE_TITLE_CHARS else mark


def plain_article(line: str, following: str = "") -> ArticleMark | None:
    """An article that begins in running text: ``제1조(목적) 이 법은 …`` or ``제45조 삭제 <2020.2.4>``.

    Args:
        line: the line.
        following: what comes below it; a number alone in its line is an article when ``삭제`` follows.
    """
    if following.startswith("삭제") and (alone := _NUMBER_ALONE.match(line)):
        return article(alone)
    return article(_PLAIN_ARTICLE.match(line)) or article(_DELETED_RANGE.match(line))


def division_level(line: str) -> int:
    """1-4 for a line that is the heading of a 편, 장, 절 or 관; 0 for any other."""
    match = _DIVISION.match(line)
    if match is None or len(line.strip()) > _MAX_DIVISION_CHARS or _SENTENCE_END.search(line):
        return 0
    return DIVISION_LEVELS[match["kind"]]


def report_heading(line: str) -> bool:
    """Whether a line of running text is a main heading of a report: ``Ⅰ. 추진 배경``, ``Ⅱ 현황``."""
    return bool(_ROMAN.match(line)) and len(line.strip()) <= _MAX_DIVISION_CHARS and not _SENTENCE_END.search(line)


def supplement(line: str, *, inside: bool) -> str | None:
    """The name of the 부칙 that begins in this line (``부칙 <제10465호,2011.3.29>``), else ``None``.

    Args:
        line: one line of text or a heading.
        inside: whether the line already stands among supplementary provisions, where a bare "부칙 이 조례는 …" is
            trusted too; elsewhere only a line of its own or one with brackets is.
    """
    match = _SUPPLEMENT.match(line)
    if match is None:
        return None
    stripped = line.strip()
    named = _SUPPLEMENT_NAME.match(stripped)
    if named is None:
        return None
    rest = stripped[named.end() :]
    if rest and not inside and (not rest[0].isspace() or len(named.group()) <= 3):  # noqa: PLR2004 - the word alone
        return None
    return re.sub(r"\A부\s?칙", "부칙", " ".join(named.group().split()))


def appendix(line: str) -> str | None:
    """The line itself when it opens a 별표 or 별지, else ``None``."""
    stripped = line.strip()
    match = _APPENDIX.match(stripped)
    if match is None or len(stripped) > _MAX_APPENDIX_CHARS or _SENTENCE_END.search(stripped):
        return None
    bracketed = stripped[0] in "[〔<【("
    alone = match.end() == len(stripped)
    titled = any(char.isdigit() for char in match["name"]) and not re.match(
        r"\s*(?:의|에|와|과|및|중)\s", stripped[match.end() :]
    )
    return " ".join(stripped.split()) if bracketed or alone or titled else None
