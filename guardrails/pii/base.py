r"""The shape of a recognizer: pure Python over folded text, one entity type each, one file each.

``ShapeRecognizer`` covers identifiers: shapes (regular expressions with digit look-arounds, never ``\b``, which does
not match between a digit and 입니다), words before that raise or are needed, words around that veto, and a three-valued
check (valid, invalid, cannot tell). ``guardrails.pii.engine`` plugs them into presidio-analyzer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CONTEXT_CHARS = 24  # how far back a context word may stand (FACTS of the trade: one short clause)
CONTEXT_GAIN = 0.2
VALID_GAIN = 0.2
THRESHOLD = 0.4  # hits below are not reported

# A number that these introduce or that 호 follows is a document's, a law's, a parcel's or a budget's, not a person's.
NUMBER_OF_THING = re.compile(
    r"(?:(?<![가-힣])제|문서\s?번호|접수\s?번호|신청\s?번호|관리\s?번호|사건\s?번호|"
    r"공고\s?번호|고시|공고|훈령|예규|법률|대통령령|조례"
    r"|송장\s?번호|운송장|등기\s?번호|바코드|주문\s?번호|품번|품목\s?번호|모델명?|시리얼|일련\s?번호|"
    r"물품\s?번호|자산\s?번호|ISBN|ISSN|좌표|필지\s?번호"
    r"|사업비|예산액?|금액|수량|코드|버전|[vV]er\.?)\s*(?:은|는|이|가)?\s*(?:제\s*)?[:=(]?\s*$"
)
COUNTED = re.compile(r"\s?(?:호(?![가-힣]*\s?(?:실|집))|억|만\s?원|천\s?원|원|톤|개|건|명)")


class Hit(NamedTuple):
    """A candidate in the text that was read: offsets and a score in [0, 1]."""

    start: int
    end: int
    score: float


class Recognizer(Protocol):
    """Finds one entity type. Offsets refer to the text handed in."""

    @property
    def entity(self) -> str:
        """Name the entity type, such as ``PHONE``."""
        ...

    def find(self, text: str) -> Iterator[Hit]:
        """Yield candidates; overlaps are settled by the engine."""
        ...


@dataclass(frozen=True, slots=True)
class Shape:
    """One way to write an identifier. Group ``v`` is the value when the expression also reads around it."""

    regex: re.Pattern[str]
    score: float
    needs_context: bool = False
    needs_valid: bool = False  # drop when the check says "invalid" and no context speaks for it


@dataclass(frozen=True, slots=True)
class ShapeRecognizer:
    """Recognizer made of shapes, context and a three-valued check (True valid, False impossible, None cannot tell)."""

    entity: str
    shapes: tuple[Shape, ...]
    context: re.Pattern[str] | None = None
    veto_before: re.Pattern[str] | None = NUMBER_OF_THING
    veto_after: re.Pattern[str] | None = COUNTED
    validate: Callable[[re.Match[str]], bool | None] | None = None
    reject: Callable[[re.Match[str]], bool] | None = None
    gate: re.Pattern[str] | None = None  # cheap test that lets whole texts pass unread

    def find(self, text: str) -> Iterator[Hit]:
        """Yield every shape's hits with their scores."""
        if self.gate is not None and not self.gate.search(text):
            return
        for shape in self.shapes:
            for match in shape.regex.finditer(text):
                hit = self._judge(text, shape, match)
                if hit is not None:
                    yield hit

    def _judge(self, text: str, shape: Shape, match: re.Match[str]) -> Hit | None:
        """Score one match, or None when something speaks against it."""
        start, end = match.span("v") if "v" in shape.regex.groupindex else match.span()
        if self.reject is not None and self.reject(match):
            return None
        floor = max(0, start - CONTEXT_CHARS)
        known = self.context is not None and self.context.search(text, floor, start) is not None
        if not known:
            if shape.needs_context:
                return None
            if self.veto_before is not None and self.veto_before.search(text, floor, start):
                return None
            if self.veto_after is not None and self.veto_after.match(text, end):
                return None
        verdict = None if self.validate is None else self.validate(match)
        if verdict is False and shape.needs_valid and not known:
            return None
        score = shape.score + (CONTEXT_GAIN if known else 0.0) + (VALID_GAIN if verdict else 0.0)
        return Hit(start, end, min(1.0, round(score, 3)))


def digits_of(text: str) -> str:
    """Return only the decimal digits of ``text``."""
    return "".join(char for char in text if char.isdecimal())
