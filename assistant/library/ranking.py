"""From passages to articles: what search found, put together and in order.

An article is judged by the best signals of all its passages and shown with the passage that fits best by its own words.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from retrieval.ranking import combined

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from retrieval.expressions import Expressions
    from retrieval.ranking import Weights
    from retrieval.types import Candidate, SearchOutcome

# A question that names no rank of law means the act, which states the rule; its decree and rule carry it out. Taken off
# the score; set on the tuning questions of eval/retrieval and eval/answers.
_BEHIND_THE_ACT: Final = {"decree": 0.2, "rule": 0.24}
_NAMED_ACT: Final = 0.3  # added to the articles of a law that the question names
_MOST_FOUND: Final = 0.999  # 1 is for what the question itself names
_NAMES_A_RANK: Final = ("시행령", "시행규칙", "대통령령", "부령", "총리령")


@dataclass(frozen=True, slots=True)
class Ranker:
    """Puts candidates together to articles.

    Args:
        weights: shares of the signals.
        expressions: tells which articles have everyday questions of their own.
    """

    weights: Weights
    expressions: Expressions | None = None

    def order(self, query: str, outcome: SearchOutcome, rows: Mapping[str, Any]) -> list[Candidate]:
        """Return one candidate for each article, best first, with the article's score; those that are named lead.

        Args:
            query: the question.
            outcome: what was found.
            rows: what the database knows of those passages that may come back, by chunk id.
        """
        ranked = any(name in query for name in _NAMES_A_RANK)
        acts = {act.title: act.weight for act in outcome.query.acts} if outcome.query else {}
        found: list[tuple[float, float, Candidate]] = []
        for some in _by_article(outcome.candidates, rows).values():
            row = rows[some[0].chunk_id]
            score = combined(some, self.weights, outcome.sides, has_questions=self._has_questions(row))
            if not ranked:
                score -= _BEHIND_THE_ACT.get(_rank(row.kind), 0.0)
            score += _NAMED_ACT * acts.get(row.title, 0.0)
            named = max(one.named for one in some)
            shown = max(some, key=lambda one: one.lexical + one.dense)  # the first of equals
            found.append((named, 1.0 if named else min(_MOST_FOUND, max(score, 0.0)), shown))
        found.sort(key=lambda one: (-one[0], -one[1], one[2].chunk_id))
        return [replace(shown, score=score, named=named) for named, score, shown in found]

    def _has_questions(self, row: Any) -> bool:  # noqa: ANN401 - a row of the look-up
        return self.expressions is not None and bool(self.expressions.of(row.title, row.article, row.article_title))


def _by_article(candidates: Iterable[Candidate], rows: Mapping[str, Any]) -> dict[tuple[str, str], list[Candidate]]:
    """Group the candidates that may come back; a passage outside articles stands for itself."""
    groups: dict[tuple[str, str], list[Candidate]] = {}
    for candidate in candidates:
        row = rows.get(candidate.chunk_id)
        if row is not None:
            groups.setdefault((row.document_id, row.article or f"#{row.chunk_id}"), []).append(candidate)
    return groups


def _rank(kind: str | None) -> str:
    """Return ``decree`` for a presidential decree, ``rule`` for a ministry's, empty for everything else."""
    if kind is None or not kind.endswith("령"):
        return ""
    return "decree" if kind == "대통령령" else "rule"
