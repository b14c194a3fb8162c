"""How strong the evidence for an answer is, from what search saw.

Fused scores are spread per query and say nothing across queries. What does: how close in meaning the best
passage is, and which share of the question's words, longer ones counting more, the best passages hold.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from retrieval.korean import tokens

if TYPE_CHECKING:
    from assistant.library.search import SearchResponse

# Logistic model, fitted on the tuning part of ``eval/answers`` (``python -m eval.answers --split tuning --features``).
_BIAS: Final = -31.0
_DENSE: Final = 34.0
_COVERAGE: Final = 4.5
_TOP: Final = 3
_DENSE_UNKNOWN: Final = 0.86  # stands in when the vector side could not be asked


def strength(query: str, response: SearchResponse) -> float:
    """Return the strength of the evidence in [0, 1]; 0 when nothing was found."""
    if not response.results:
        return 0.0
    seen = features(query, response)
    x = _BIAS + _DENSE * seen["dense"] + _COVERAGE * seen["coverage"]
    return 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, x))))


def features(query: str, response: SearchResponse) -> dict[str, float]:
    """Return what the strength is computed from: ``dense`` (best cosine) and ``coverage`` (see :func:`coverage`)."""
    dense = response.dense_top or _DENSE_UNKNOWN  # 0: the vector side is down, empty or not installed
    texts = [f"{hit.title} {hit.text}" for hit in response.results[:_TOP]]
    return {"dense": dense, "coverage": coverage(query, texts), "lexical": response.lexical_top}


def coverage(query: str, texts: list[str]) -> float:
    """Return the best share of the query's tokens, weighed by length, that is found in one of the texts."""
    wanted = {token: len(token) for token in tokens(query)}
    total = sum(wanted.values())
    if not total:
        return 0.0
    best = 0
    for text in texts:
        held = set(tokens(text))
        best = max(best, sum(weight for token, weight in wanted.items() if token in held))
    return best / total
