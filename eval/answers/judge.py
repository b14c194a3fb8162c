"""What became of one question, and of all."""

from __future__ import annotations

import re
import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eval.answers.questions import Question, plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_MARK = re.compile(r"\[\d{1,2}\]")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one question."""

    question: Question
    status: str
    answer: str
    cited: tuple[tuple[str, str], ...]
    took_ms: float
    not_verbatim: int
    unsupported: tuple[str, ...]
    doubtful: bool = False

    @property
    def refused(self) -> bool:
        """Whether the product said that it found nothing, or asked back."""
        return self.status.startswith(("unanswerable", "clarify"))

    @property
    def right(self) -> bool:
        """Whether a gold article was cited, or rightly none."""
        return self.refused if not self.question.gold else any(pair in self.question.gold for pair in self.cited)

    @property
    def first(self) -> bool:
        """Whether the first citation is a gold article."""
        return bool(self.cited) and self.cited[0] in self.question.gold

    @property
    def says(self) -> bool:
        """Whether the answer holds the words that had to be quoted."""
        return plain(self.question.answer) in plain(self.answer)


def cited_pairs(turn: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return the articles a turn cites, in the order in which its answer names them."""
    order = [int(mark[1:-1]) for mark in _MARK.findall(turn["answer"])]
    citations = sorted(turn["citations"], key=lambda c: order.index(c["n"]) if c["n"] in order else len(order))
    return tuple((c["title"], c["locator"].get("article") or "") for c in citations)


def unsupported_numbers(turn: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the numbers of an answer that stand in no quote, title, place or date of what it cites."""
    held = set()
    for citation in turn["citations"]:
        place = f"{citation['title']} {citation['locator'].get('article')} {citation['locator'].get('article_title')}"
        held |= set(_NUMBER.findall(f"{citation['quote']} {place}"))
        held |= {str(int(part)) for part in (citation["effective_on"] or "").split("-") if part}
    if not turn["citations"]:
        return ()
    return tuple(number for number in _NUMBER.findall(_MARK.sub("", turn["answer"])) if number not in held)


def summary(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Return counts and medians over the outcomes; lengths in characters, times in milliseconds."""
    answerable = [o for o in outcomes if o.question.gold]
    unanswerable = [o for o in outcomes if not o.question.gold]
    worded = [o for o in answerable if o.question.answer]
    answered = [o for o in outcomes if not o.refused]
    return {
        "answerable": len(answerable),
        "gold_cited": sum(o.right for o in answerable),
        "gold_cited_first": sum(o.first for o in answerable),
        "with_answer_words": len(worded),
        "answer_words_quoted": sum(o.says for o in worded),
        "over_refused": sum(o.refused for o in answerable),
        "doubtful": sum(o.doubtful for o in answerable),
        "unanswerable": len(unanswerable),
        "refused": sum(o.refused for o in unanswerable),
        "near": sum(o.question.near for o in unanswerable),
        "near_refused": sum(o.refused for o in unanswerable if o.question.near),
        "unanswerable_doubtful": sum(o.doubtful for o in unanswerable),
        "quotes_not_verbatim": sum(o.not_verbatim for o in outcomes),
        "unsupported_numbers": sum(len(o.unsupported) for o in outcomes),
        "median_length": round(statistics.median(len(o.answer) for o in answered)) if answered else None,
        "longest": max((len(o.answer) for o in answered), default=None),
        "citations_each": round(statistics.fmean(len(o.cited) for o in answered), 2) if answered else None,
        "median_ms": round(statistics.median(o.took_ms for o in outcomes), 1) if outcomes else None,
    }
