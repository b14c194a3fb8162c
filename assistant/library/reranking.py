"""The best hits put in order once more by a reranker: an endpoint that the settings name, and nothing without them.

Passages whose grade the endpoint may not receive are not sent and keep their places; so do articles that the question
itself names. Personal data is taken out of what is sent.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from assistant.library.collections import GRADES
from retrieval.errors import IndexUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from assistant.library.search import SearchHit
    from retrieval.ports import Reranker

RERANK: Final = "rerank"
_LONGEST: Final = 2000  # characters of a passage that are sent


@dataclass(frozen=True, slots=True)
class Reranking:
    """Reorders hits.

    Args:
        reranker: the endpoint.
        max_grade: highest data grade it may receive.
        redact: takes personal data out of a text.
        depth: hits that are looked at.
    """

    reranker: Reranker
    max_grade: str
    redact: Callable[[str], str]
    depth: int = 30

    def apply(self, query: str, hits: Sequence[SearchHit]) -> tuple[list[SearchHit], bool]:
        """Return the hits in their new order, and whether the reranker answered; otherwise the order is as it was."""
        allowed = GRADES[: GRADES.index(self.max_grade) + 1]
        places = [n for n, hit in enumerate(hits[: self.depth]) if hit.grade in allowed and hit.score < 1.0]
        if len(places) < 2:  # noqa: PLR2004 - one passage has one order
            return list(hits), True
        texts = [self._text(hits[n]) for n in places]
        try:
            scores = self.reranker.scores(self.redact(query), texts)
        except IndexUnavailable:
            return list(hits), False
        order = [n for _, n in sorted(zip(scores, places, strict=True), key=lambda pair: (-pair[0], pair[1]))]
        moved = list(hits)
        for place, source in zip(places, order, strict=True):
            moved[place] = replace(hits[source], score=hits[place].score)
        return moved, True

    def _text(self, hit: SearchHit) -> str:
        head = " ".join(part for part in (hit.title, hit.locator.article, hit.locator.article_title) if part)
        return self.redact(f"{head}\n{hit.text}"[:_LONGEST])
