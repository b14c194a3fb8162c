"""Personal data in documents: counted in all of them, replaced or refused where the collection's policy says so.

``keep``: readers of the document see it as it is; no model does, whatever the policy: answers hide it before they send.
``pseudonymise``: text, title and metadata are kept with numbered placeholders, one number per value and document; the
values are kept nowhere but in the original file, which is then handed out to stewards, administrators and whoever
submitted it only. ``refuse``: a document in which somebody can be identified is not taken in.

What this does not do: it finds what has the form of personal data, and names where something speaks for one. A person
described without any of these stays described, and no placeholder keeps a reader who knows the matter from guessing.
So a pseudonymised collection still needs its readers' rule (개인정보 보호법 제28조의4, 제29조).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Final, Protocol

from assistant.db.models import PiiPolicy
from assistant.errors import ErrorCode, Failure
from assistant.library.originals import PSEUDONYMISED
from guardrails.pii.engine import replace_spans
from guardrails.pii.labels import label_of
from guardrails.pii.pseudonymise import value_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from guardrails.types import Entity
    from retrieval.types import MetadataValue, ParsedDocument

_NOTE: Final = "가명처리"

# What tells by itself who somebody is. Names alone do not refuse a document: officials sign theirs (정보공개법
# 제9조제1항제6호 라목).
_IDENTIFYING: Final = frozenset(
    {
        "KR_RRN",
        "KR_FRN",
        "KR_PASSPORT",
        "KR_DRIVER_LICENSE",
        "PHONE",
        "EMAIL",
        "CREDIT_CARD",
        "KR_BANK_ACCOUNT",
        "KR_ADDRESS",
    }
)
_MOBILE: Final = re.compile(r"(?:\+?82|0082)?\D{0,3}0?1[016789]")
_OFFICIAL_MAIL: Final = re.compile(r"@\s*(?:[\w.-]+\.)?(?:go\.kr|korea\.kr)$", re.IGNORECASE)
_SERVICE_LINE: Final = re.compile(r"1[568]\d\d\D{0,2}\d{4}$")
_UNIT: Final = re.compile(r"\d\s?동(?![가-힣])|\d\s?호(?:실)?(?![가-힣])")
_CUT: Final = re.compile(r"[\n|]")
_MOST_ECHOES: Final = 500
_SHORTEST_ECHO: Final = 3


@dataclass(frozen=True, slots=True)
class Screened:
    """A document as it may be stored, and how often each kind of personal data was found in it."""

    document: ParsedDocument
    found: dict[str, int]


class PiiFinder(Protocol):
    """What finds personal data: ``guardrails.pii.engine.PiiEngine``."""

    def find(self, text: str) -> list[Entity]:
        """Return what was found, sorted by start, free of overlaps."""
        ...


def screen(document: ParsedDocument, policy: str, engine: PiiFinder) -> Screened:
    """Count the personal data of a document and do with it what the policy says.

    Args:
        document: as it was read.
        policy: one of :class:`PiiPolicy`.
        engine: finds personal data.

    Raises:
        Failure: ``file_personal_data`` under ``refuse``.
    """
    entities = engine.find(document.text)
    found = dict(sorted(Counter(entity.type for entity in entities).items()))
    if policy == PiiPolicy.REFUSE.value:
        if any(_identifies(entity, document.text) for entity in entities):
            raise Failure(ErrorCode.FILE_PERSONAL_DATA)
    elif policy == PiiPolicy.PSEUDONYMISE.value:
        return Screened(_pseudonymised(document, entities, engine), found)
    return Screened(document, found)


def _identifies(entity: Entity, text: str) -> bool:
    """Whether this alone tells who somebody is.

    An office's line and mailbox are no citizen's: only mobile numbers and mail outside government domains count, and
    of addresses those down to 동 and 호.
    """
    value = text[entity.start : entity.end]
    if entity.type == "PHONE":
        return _MOBILE.match(value.lstrip("( ")) is not None
    if entity.type == "EMAIL":
        return not _is_official(entity, value)
    if entity.type == "KR_ADDRESS":
        return _UNIT.search(value) is not None
    return entity.type in _IDENTIFYING


def _is_official(entity: Entity, value: str) -> bool:
    """Whether it is a government mailbox or a service line, which belong to no person."""
    if entity.type == "EMAIL":
        return _OFFICIAL_MAIL.search(value) is not None
    return entity.type == "PHONE" and _SERVICE_LINE.match(value) is not None


class _Numbers:
    """Gives every value its placeholder, ``[전화번호_1]``, the same for all writings of it in one document."""

    def __init__(self) -> None:
        self._marks: dict[tuple[str, str], str] = {}
        self._counts: Counter[str] = Counter()

    def mark(self, type_: str, value: str) -> str:
        key = value_key(type_, value)
        if key not in self._marks:
            label = label_of(type_)
            self._counts[label] += 1
            self._marks[key] = f"[{label}_{self._counts[label]}]"
        return self._marks[key]


def _pseudonymised(document: ParsedDocument, entities: Sequence[Entity], engine: PiiFinder) -> ParsedDocument:
    numbers = _Numbers()
    names: dict[str, str] = {}

    def mask(text: str) -> str:
        return replace_spans(text, _spans(text, engine.find(text), names, numbers, cuts=()))

    cuts = sorted({edge for block in document.blocks for edge in (block.start, block.end)})
    spans = _spans(document.text, entities, names, numbers, cuts=cuts)
    moved = _Shift(spans)
    blocks = tuple(replace(block, start=moved.at(block.start), end=moved.at(block.end)) for block in document.blocks)
    metadata: dict[str, MetadataValue] = {key: _masked(value, mask) for key, value in document.metadata.items()}
    return replace(
        document,
        text=replace_spans(document.text, spans),
        blocks=blocks,
        title=mask(document.title),
        metadata=metadata | {PSEUDONYMISED: _NOTE},
        warnings=tuple(mask(warning) for warning in document.warnings),
    )


def _masked(value: MetadataValue, mask: Callable[[str], str]) -> MetadataValue:
    if isinstance(value, str):
        return mask(value)
    return [mask(item) for item in value] if isinstance(value, list) else value


_Span = tuple[int, int, str]


def _spans(
    text: str, entities: Sequence[Entity], names: dict[str, str], numbers: _Numbers, *, cuts: Sequence[int]
) -> list[_Span]:
    """Return what is replaced by what, sorted, apart, and crossing neither a cut, a line nor the border of a cell.

    A name that was found once with something that speaks for it is replaced wherever it stands (``names`` collects
    them over the parts of a document).
    """
    wanted = [entity for entity in entities if not _is_official(entity, text[entity.start : entity.end])]
    for entity in wanted:
        value = text[entity.start : entity.end]
        if entity.type == "PERSON" and len(value) >= _SHORTEST_ECHO and len(names) < _MOST_ECHOES:
            names[value] = numbers.mark(entity.type, value)
    spans: list[_Span] = []
    for entity in wanted:
        mark = numbers.mark(entity.type, text[entity.start : entity.end])
        spans += [(start, end, mark) for start, end in _pieces(text, entity.start, entity.end, cuts)]
    return sorted([*spans, *_echoes(text, names, spans, cuts)])


def _echoes(text: str, names: Mapping[str, str], taken: Sequence[_Span], cuts: Sequence[int]) -> list[_Span]:
    if not names:
        return []
    either = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    starts, ends = [span[0] for span in taken], [span[1] for span in taken]
    found: list[_Span] = []
    for match in re.finditer(rf"(?<![가-힣])(?:{either})", text):
        before = bisect_right(starts, match.end() - 1) - 1  # the last one that begins before this name ends
        if before >= 0 and ends[before] > match.start():
            continue
        mark = names[match.group()]
        found += [(start, end, mark) for start, end in _pieces(text, *match.span(), cuts)]
    return found


def _pieces(text: str, start: int, end: int, cuts: Sequence[int]) -> Iterable[tuple[int, int]]:
    """Yield a span in pieces between the cuts, line ends and cell borders inside it, without white space around."""
    inside = [cut for cut in cuts[bisect_right(cuts, start) : bisect_right(cuts, end - 1)] if start < cut < end]
    borders = [match.start() for match in _CUT.finditer(text, start, end)]
    edges = sorted({start, *inside, *borders, *(border + 1 for border in borders), end})
    for left, right in pairwise(edges):
        piece = text[left:right]
        body = piece.strip("\n|").strip()
        if body:
            at = left + piece.index(body)
            yield at, at + len(body)


class _Shift:
    """Says where an offset of the text lies after its spans were replaced; no offset lies inside a span."""

    def __init__(self, spans: Sequence[_Span]) -> None:
        self._ends = [end for _, end, _ in spans]
        self._shifts = [0, *accumulate(len(mark) - (end - start) for start, end, mark in spans)]

    def at(self, offset: int) -> int:
        """Return the new offset."""
        return offset + self._shifts[bisect_right(self._ends, offset)]
