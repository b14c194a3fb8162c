"""How the four things that are known of a candidate become one score.

Signals are stretched to [0, 1] over the candidates of one question (min-max): measured on Korean law, this beats
reciprocal ranks wherever one side is much weaker than another. What has no questions of its own is judged by its
passage alone, at a discount: it must neither sink below everything that has some, nor profit from having none.

The weights were set on the tuning questions of ``eval/retrieval``; ``docs/benchmarks.md`` says what each step gave.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from retrieval.types import Candidate, ScoredId, Sides


@dataclass(frozen=True, slots=True)
class Weights:
    """Shares between 0 and 1.

    ``meaning`` against words in the passage; ``asked_meaning`` against words in the questions; ``asked`` of the
    questions in the whole; ``unasked`` what a passage without questions gets of its own score in their place.
    """

    meaning: float = 0.5
    asked_meaning: float = 0.6
    asked: float = 0.7
    unasked: float = 0.85

    def __post_init__(self) -> None:
        """Refuse what is no share."""
        if not all(0.0 <= share <= 1.0 for share in (self.meaning, self.asked_meaning, self.asked, self.unasked)):
            raise ValueError("weights must be within [0, 1]")


def combined(candidates: Iterable[Candidate], weights: Weights, sides: Sides, *, has_questions: bool) -> float:
    """Return the score in [0, 1] of an article from the candidates that are its passages: the best of each signal.

    Args:
        candidates: passages of one article; at least one.
        weights: the shares.
        sides: what was asked.
        has_questions: whether the article has questions of its own.
    """
    some = list(candidates)
    words, meaning = max(one.lexical for one in some), max(one.dense for one in some)
    passage = _mixed(words, meaning, weights.meaning, sides)
    if not sides.asked:
        return passage
    asked = weights.unasked * passage
    if has_questions:
        asked = _mixed(
            max(one.asked_words for one in some), max(one.asked_meaning for one in some), weights.asked_meaning, sides
        )
    return (1.0 - weights.asked) * passage + weights.asked * asked


def _mixed(words: float, meaning: float, share: float, sides: Sides) -> float:
    if not sides.meaning:
        return words
    return (1.0 - share) * words + share * meaning if sides.words else meaning


def stretched(hits: Sequence[ScoredId]) -> dict[str, float]:
    """Map scores to [0, 1]; candidates that are all alike count in full."""
    if not hits:
        return {}
    low, high = min(hit.score for hit in hits), max(hit.score for hit in hits)
    if high <= low:
        return {hit.chunk_id: 1.0 for hit in hits}
    return {hit.chunk_id: (hit.score - low) / (high - low) for hit in hits}
