"""How strong the evidence for an answer is, from what search saw.

Fused scores are spread per query and say nothing across queries. What does, for the bundled embedding model: how close
in meaning the best passage is (on the tuning questions it alone tells answerable from unanswerable ones as well as all
features together). Where that is not to be had - the vector side is down, not installed, or another model's cosines
mean something else - the share of the question's words that the best passages hold stands in, and tells less.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from retrieval.korean import tokens

if TYPE_CHECKING:
    from assistant.library.search import SearchResponse

CALIBRATED: Final = "e5-small/"  # fingerprints of the model whose cosines the figures below belong to

# Logistic models, fitted on the tuning part of ``eval/answers``: 30 answerable and 16 unanswerable questions over 454
# statutes (``python -m eval.answers --split tuning --features``).
_DENSE: Final = (-62.7, 73.7)
_WORDS: Final = (-1.7, 6.9)
# A passage that holds most of the question's words is evidence whatever its cosine: no unanswerable tuning question
# reaches a coverage of .53, and long passages on several matters have low cosines.
_MANY_WORDS: Final = (-16.5, 30.0)
_TOP: Final = 3


def strength(query: str, response: SearchResponse, *, fingerprint: str = "") -> float:
    """Return the strength of the evidence in [0, 1]; 0 when nothing was found.

    Args:
        query: what was searched for.
        response: what search found.
        fingerprint: of the embedding model in force; only a calibrated one's cosines are believed.
    """
    if not response.results:
        return 0.0
    seen = features(query, response)
    believed = fingerprint.startswith(CALIBRATED) and seen["dense"] > 0
    if not believed:
        return _logistic(_WORDS, seen["coverage"])
    return max(_logistic(_DENSE, seen["dense"]), _logistic(_MANY_WORDS, seen["coverage"]))


def _logistic(weights: tuple[float, float], value: float) -> float:
    bias, slope = weights
    return 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, bias + slope * value))))


def features(query: str, response: SearchResponse) -> dict[str, float]:
    """Return what may tell strong evidence from weak: best cosine, :func:`coverage`, best BM25."""
    texts = [f"{hit.title} {hit.text}" for hit in response.results[:_TOP]]
    return {"dense": response.dense_top, "coverage": coverage(query, texts), "lexical": response.lexical_top}


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
