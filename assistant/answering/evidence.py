"""How strong the evidence for an answer is, from what search saw and from what the question asks for.

Fused scores are spread per query and say nothing across queries. What does, for the bundled embedding model: how close
in meaning the best passage is, and the best of the everyday questions kept with passages; how many of the question's
words the passages hold; whether they agree on one law; whether they hold such a thing as is asked for (an amount, an
hour, a telephone number); whether the question is about today, about another country or about the asker's own office. A
logistic model over these is fitted on the tuning parts of ``eval/answers`` and ``eval/retrieval`` (``eval.answers
--calibrate``) and kept in ``weights.json``. Where meaning is not to be had - the vector side is down, not installed, or
another model's cosines mean something else - the share of the question's words that the best passages hold stands in
(slope of an earlier fit on easy questions), and tells less.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Final

from assistant.answering import asking
from assistant.answering.asking import Kind
from assistant.answering.scoring import weights
from retrieval.korean import tokens

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from assistant.library.search import SearchHit, SearchResponse

CALIBRATED: Final = "e5-small/"  # fingerprints of the model whose cosines the figures belong to

# A passage that holds most of the question's words is evidence whatever its cosine: long passages on several matters
# have low ones. One that is as good as the question itself leaves no doubt.
_MANY_WORDS: Final = (-16.5, 30.0)
_TOP: Final = 3
_AGREEING: Final = 8
_TELLING: Final = frozenset({Kind.AMOUNT, Kind.COUNT, Kind.SHARE, Kind.HOUR, Kind.DAY, Kind.CONTACT, Kind.AGE})
_CARRIED_OUT: Final = re.compile(r"\s*(?:시행령|시행규칙)$")


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
    believed = fingerprint.startswith(CALIBRATED) and response.dense_top > 0
    model = weights()["gate" if believed else "gate_words"]
    weighed = _logistic(model["intercept"] + sum(model["weights"].get(n, 0.0) * value for n, value in seen.items()))
    if not any(seen[sign] for sign in ("missing", "of_the_day", "of_the_place", "elsewhere")):
        bias, slope = _MANY_WORDS
        weighed = max(weighed, _logistic(bias + slope * seen["coverage"]))
    return weighed


def _logistic(value: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, value))))


def features(query: str, response: SearchResponse) -> dict[str, float]:
    """Return what may tell strong evidence from weak, each on a scale near 1."""
    hits = response.results
    texts = [f"{hit.title} {hit.locator.article_title or ''} {hit.text}" for hit in hits[:_TOP]]
    asked = asking.kinds(query)
    telling = asked & _TELLING
    return {
        "dense": 10.0 * (response.dense_top - 0.85),
        "asked": 10.0 * (response.asked_top - 0.9) if response.asked_top > 0 else 0.0,
        "lexical": response.lexical_top / (10.0 + len(tokens(query))),
        "coverage": coverage(query, texts),
        "agreement": _agreement(hits[:_AGREEING]),
        "both": max((min(hit.dense, hit.lexical) for hit in hits[:_TOP]), default=0.0),
        "missing": float(any(not any(asking.holds(kind, text) for text in texts) for kind in telling)),
        "telling": float(bool(telling)),
        "of_the_day": float(asking.of_the_day(query)),
        "of_the_place": float(asking.of_the_place(query)),
        "elsewhere": float(asking.of_elsewhere(query, texts)),
        "of_taste": float(asking.of_taste(query)),
    }


def _agreement(hits: Sequence[SearchHit]) -> float:
    """Return the largest share of the best passages that belong to one law, its decree and rule counted with it."""
    acts: dict[str, int] = {}
    for hit in hits:
        act = _CARRIED_OUT.sub("", hit.title)
        acts[act] = acts.get(act, 0) + 1
    return max(acts.values(), default=0) / max(1, len(hits))


def coverage(query: str, texts: Sequence[str]) -> float:
    """Return the best share of the query's tokens, weighed by length, that is found in one of the texts."""
    wanted: Mapping[str, int] = {token: len(token) for token in tokens(query)}
    total = sum(wanted.values())
    if not total:
        return 0.0
    best = 0
    for text in texts:
        held = set(tokens(text))
        best = max(best, sum(weight for token, weight in wanted.items() if token in held))
    return best / total
