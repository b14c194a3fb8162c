"""References to the law in a question: ``민원처리법 23조 2항``, ``같은 법 시행령 5조의2``, ``제15조부터 제17조까지``.

Titles and articles are found apart and then joined from left to right: an article belongs to the title before it, and
``같은 법`` is the title named last. Text must be in NFKC (full-width digits are digits then).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from retrieval.query.types import ActMention, Rank, Reference

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from retrieval.query.titles import Mention, Title, TitleBook

_CARRIED = 0.8  # a title taken over from elsewhere in the question is likely, not certain
_GAP = 12  # characters between a title and its article: 민원처리법(약칭) 제23조
_ARTICLE = re.compile(
    r"(?:제\s*(?P<of>\d{1,4})\s*조(?:\s*의\s*(?P<of_sub>\d{1,3})(?!\d))?"
    r"|(?<![\d.,])(?P<bare>\d{1,4})\s?조(?!\s*(?:원|달러|\d+\s*[천백십]*\s*[억만원]|각|명|개|치|건))"
    r"(?:\s*의\s*(?P<bare_sub>\d{1,3})(?!\d))?"
    r"|(?<![\d.,-])(?P<dash>\d{1,4})-(?P<dash_sub>\d{1,2})\s*조)"
    r"(?:\s*의?\s*제?\s*(?P<paragraph>\d{1,3})\s*항)?"
)
_SAME_ARTICLE = re.compile(r"(?:같은|동)\s*조(?:문|항)?\s*제?\s*(?P<paragraph>\d{1,3})\s*항")
_SAME_LAW = re.compile(r"(?<![가-힣])(?:(?:같은|이|그|해당|위)\s*법률?|동\s?법)(?![가-힣]*(?:원|인))")
_RANK = re.compile(r"\s*[」』)]?\s*(?:의\s*)?(?P<name>시행\s*령|시행\s*규칙|령(?=\s*제?\s*\d)|규칙(?=\s*제?\s*\d))")
_DECREE_ALONE = re.compile(r"(?<![가-힣])(?:같은|동)\s*(?P<name>영|령|시행\s*령|규칙|시행\s*규칙)(?![가-힣]*행)")


@dataclass(frozen=True, slots=True)
class _Law:
    """A title at a place in the text; ``title`` is ``None`` for a 같은 법 of which nobody knows which."""

    start: int
    end: int
    title: Title | None
    rank: Rank | None
    exactness: float


def find_references(text: str, book: TitleBook, *, before: str = "") -> list[Reference]:
    """Return the titles and articles that a text names, in order.

    Args:
        text: the question, NFKC.
        book: titles that may be meant.
        before: what was asked before; ``같은 법`` may mean a title of it.
    """
    earlier = _laws(before, book)[-1:] if before else []
    laws = _laws(text, book, earlier[0].title if earlier else None)
    articles = list(_ARTICLE.finditer(text))
    references, taken = [], set()
    last: Reference | None = None
    for match in articles:
        law = _owner(match, laws)
        reference = _reference(match, law, text)
        if law is not None and 0 <= match.start() - law.end <= _GAP and law.start not in taken:
            taken.add(law.start)
            reference = replace(reference, start=law.start)
        references.append(reference)
        last = reference
    references.extend(_law_only(law) for law in laws if law.start not in taken and law.title is not None)
    if last is not None:
        references.extend(
            replace(last, start=m.start(), end=m.end(), paragraph=int(m["paragraph"]), exactness=_CARRIED)
            for m in _SAME_ARTICLE.finditer(text)
            if m.start() >= last.end
        )
    return sorted(references, key=lambda reference: (reference.start, reference.end))


def acts_of(references: Iterable[Reference]) -> tuple[ActMention, ...]:
    """Return each title that references name once, with its best exactness, in the order of first mention."""
    best: dict[str, ActMention] = {}
    for one in references:
        if one.title is not None and (one.title not in best or best[one.title].weight < one.exactness):
            best[one.title] = ActMention(one.title, one.exactness, one.rank, one.held)
    return tuple(best.values())


def _laws(text: str, book: TitleBook, known: Title | None = None) -> list[_Law]:
    """Return titles, and words that stand for one, from left to right."""
    mentions = book.find(text)
    spots: list[tuple[int, int, Mention | str]] = [(m.start, m.end, m) for m in mentions]
    covered = [(m.start, m.end) for m in mentions]
    for pattern in (_SAME_LAW, _DECREE_ALONE):
        spots.extend(
            (m.start(), m.end(), (m.groupdict().get("name") or "").replace(" ", ""))
            for m in pattern.finditer(text)
            if not any(start < m.end() and m.start() < end for start, end in covered)
        )
    laws: list[_Law] = []
    for start, end, what in sorted(spots, key=lambda spot: spot[:2]):
        if laws and start < laws[-1].end:
            continue
        if isinstance(what, str):
            title, exactness, named = book.act_of(known) if known else None, _CARRIED, what
        else:
            title, exactness, named = what.title, what.title.exactness, ""
        law = _ranked(text, book, _Law(start, end, title, title.rank if title else None, exactness), named)
        laws.append(law)
        known = law.title or known
    return _without_glosses(text, laws)


def _ranked(text: str, book: TitleBook, law: _Law, named: str) -> _Law:
    """Take up a rank that stands behind a title (``… 시행령``) or is all that is said (``같은 영``)."""
    end = law.end
    if not named:
        behind = _RANK.match(text, law.end)
        if behind is None or (law.title is not None and law.title.rank not in {None, Rank.ACT}):
            return law
        named, end = behind["name"].replace(" ", ""), behind.end()
    rank = Rank.DECREE if named in {"시행령", "령", "영"} else Rank.RULE
    title = book.of_rank(law.title, rank) if law.title is not None else None
    return replace(law, end=end, title=title, rank=rank)


def _without_glosses(text: str, laws: Sequence[_Law]) -> list[_Law]:
    """Leave out a name in brackets that says again which law it is: ``청탁금지법(김영란법) 8조``."""
    kept: list[_Law] = []
    for law in laws:
        again = kept and kept[-1].title is not None and law.title is not None and kept[-1].title.base == law.title.base
        if kept and again and text[kept[-1].end : law.start].strip() in {"(", "[", "「", "(약칭", "(약칭:", "=", "/"}:
            kept[-1] = replace(kept[-1], end=law.end, title=law.title if law.rank else kept[-1].title)
            continue
        kept.append(law)
    return kept


def _owner(match: re.Match[str], laws: Sequence[_Law]) -> _Law | None:
    """Return the law an article belongs to: the one before it, or the only one there is."""
    before = [law for law in laws if law.end <= match.start()]
    if before:
        return before[-1]
    return laws[0] if len(laws) == 1 else None


def _reference(match: re.Match[str], law: _Law | None, text: str) -> Reference:
    number = match["of"] or match["bare"] or match["dash"]
    sub = match["of_sub"] or match["bare_sub"] or match["dash_sub"]
    article = f"제{int(number)}조" + (f"의{int(sub)}" if sub else "")
    paragraph = int(match["paragraph"]) if match["paragraph"] else None
    plain = Reference(match.start(), match.end(), article=article, paragraph=paragraph)
    if law is None:
        return plain
    if law.title is None:
        return replace(plain, rank=law.rank)
    near = law.end <= match.start() and "?" not in text[law.end : match.start()]
    exactness = law.exactness if near else min(law.exactness, _CARRIED)
    return replace(plain, title=law.title.full, rank=law.rank, held=law.title.held, exactness=exactness)


def _law_only(law: _Law) -> Reference:
    assert law.title is not None  # noqa: S101 - the caller looked
    return Reference(law.start, law.end, law.title.full, law.rank, held=law.title.held, exactness=law.exactness)
