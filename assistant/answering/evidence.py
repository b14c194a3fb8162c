"""How strong the evidence for an answer is, from what search saw.

Fused scores are spread per query and say nothing across queries. What does: how close in meaning the best
passage is, and which share of the question's words, rare ones counting more, the best passages hold.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from retrieval.korean import tokens

if TYPE_CHECKING:
    from assistant.library.search import SearchResponse

# Logistic model over (dense_top, coverage); see ``eval/answers`` for the questions it was fitted on.
_BIAS: Final = -31.0
_DENSE: Final = 34.0
_COVERAGE: Final = 4.5
_TOP: Final = 3
_DENSE_UNKNOWN: Final = 0.86  # stands in when the vector side could not be asked


def strength(query: str, response: SearchResponse) -> float:
    """Return the strength of the evidence in [0, 1]; 0 when nothing was found."""
    if not response.results:
        return 0.0
    dense = _DENSE_UNKNOWN if "dense" in response.degraded else response.dense_top
    texts = [f"{hit.title} {hit.text}" for hit in response.results[:_TOP]]
    x = _BIAS + _DENSE * dense + _COVERAGE * coverage(query, texts)
    return _logistic(x)


def coverage(query: str, texts: list[str]) -> float:
    """Return the best share of the query's tokens found in one of the texts, longer tokens weighing more."""
    wanted = {token: len(token) for token in tokens(query)}
    total = sum(wanted.values())
    if not total:
        return 0.0
    best = 0
    for text in texts:
        held = set(tokens(text))
        best = max(best, sum(weight for token, weight in wanted.items() if token in held))
    return best / total


def _logistic(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, x))))
