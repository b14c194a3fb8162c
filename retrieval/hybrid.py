"""Hybrid search: words and meaning asked side by side, of the passages and of the everyday questions kept with them.

What comes back are passages with four signals and a score of their own. Whoever knows which passages belong to one
article puts them together with ``retrieval.ranking.combined``.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from retrieval.errors import IndexUnavailable, RetrievalError
from retrieval.query.types import Query
from retrieval.ranking import Weights, combined, stretched
from retrieval.types import Candidate, ScoredId, SearchOutcome, Sides

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from retrieval.ports import Embedder, LexicalIndex, VectorIndex
    from retrieval.query.understand import QueryReader

LEXICAL, DENSE = "lexical", "dense"
_WORKERS = 8  # questions whose dense side may be under way at once
_LISTS = 4
_ASKED_DEPTH = 2  # an article has several questions, and is found once
_ADDED = 1.5  # weight of words that understanding added, in units of its own; set on tuning questions


@dataclass(frozen=True, slots=True)
class Found:
    """What one index found: passages, and passages by their questions."""

    passages: Sequence[ScoredId]
    asked: Sequence[ScoredId]


class HybridSearcher:
    """Asks both indexes in parallel and fuses what they say. Thread-safe.

    ``weights`` are the shares of the signals (``weight`` alone sets that of meaning in a passage); ``depth`` is the
    fewest candidates taken from each list. ``asked`` says whether questions are kept in the indexes at all. ``reader``
    gives what understands a question before it is searched (asked for with the first question); without one it is
    searched as it stands. Without an embedder only words are searched, and nothing counts as degraded.
    """

    def __init__(
        self,
        lexical: LexicalIndex,
        vector: VectorIndex,
        embedder: Embedder | None,
        *,
        weight: float | None = None,
        weights: Weights | None = None,
        depth: int = 100,
        asked: bool = True,
        reader: Callable[[], QueryReader] | None = None,
    ) -> None:
        """Keep the parts; no call is made yet.

        Raises:
            ValueError: ``weight`` is outside [0, 1] or ``depth`` below 1.
        """
        if depth < 1:
            raise ValueError("weight must be within [0, 1] and depth at least 1")
        self._lexical, self._vector, self._embedder = lexical, vector, embedder
        self.weights = weights or (Weights() if weight is None else Weights(meaning=weight))
        self._depth, self._asked, self._reader = depth, asked, reader
        self._lock = threading.Lock()
        self._pools: tuple[ThreadPoolExecutor, ThreadPoolExecutor] | None = None

    def search(self, query: str, *, scopes: Collection[str], limit: int) -> SearchOutcome:
        """Return the best candidates among the given scopes; a side that is down is named in ``degraded``.

        Raises:
            IndexUnavailable: no side could be asked.
        """
        if not scopes or limit < 1 or not query.strip():
            return SearchOutcome(())
        depth = max(self._depth, limit // _LISTS)
        dense, words = None, None
        asked = Query(query, query) if self._reader is None else self._reader().understand(query)
        under_way = self._executors()[0].submit(self._ask_dense, asked, scopes, depth) if self._embedder else None
        failures: list[tuple[str, RetrievalError]] = []
        try:
            words = self._ask_words(asked, scopes, depth)
        except RetrievalError as error:
            failures.append((LEXICAL, error))
        if under_way is not None:
            try:
                dense = under_way.result()
            except RetrievalError as error:
                failures.append((DENSE, error))
        if words is None and dense is None:
            raise IndexUnavailable("; ".join(str(error) for _, error in failures)) from failures[0][1]
        outcome = self._outcome(words, dense, tuple(sorted(name for name, _ in failures)))
        return replace(outcome, candidates=outcome.candidates[:limit], query=asked)

    def _outcome(self, words: Found | None, dense: Found | None, degraded: tuple[str, ...]) -> SearchOutcome:
        asked = bool((words and words.asked) or (dense and dense.asked))
        sides = Sides(words=words is not None, meaning=dense is not None, asked=asked)
        return SearchOutcome(
            candidates=tuple(fuse(words, dense, weights=self.weights, sides=sides)),
            degraded=degraded,
            dense_top=_top(dense.passages if dense else ()),
            lexical_top=_top(words.passages if words else ()),
            asked_top=_top(dense.asked if dense else ()),
            sides=sides,
        )

    def close(self) -> None:
        """End the worker threads; the searcher may still be used afterwards."""
        with self._lock:
            pools, self._pools = self._pools, None
        for pool in pools or ():
            pool.shutdown()

    def _ask_words(self, query: Query, scopes: Collection[str], depth: int) -> Found:
        text, added = query.cleaned or query.text, {word: weight * _ADDED for word, weight in query.added.items()}
        passages = self._lexical.search(text, scopes=scopes, limit=depth, added=added)
        if not self._asked:
            return Found(passages, ())
        return Found(passages, self._lexical.search_asked(text, scopes=scopes, limit=depth, added=added))

    def _ask_dense(self, query: Query, scopes: Collection[str], depth: int) -> Found:
        assert self._embedder is not None  # noqa: S101 - the caller looked
        vector = self._embedder.embed_query(query.expanded() or query.text)
        if not self._asked:
            return Found(self._vector.search(vector, scopes=scopes, limit=depth), ())
        asked = self._executors()[1].submit(
            self._vector.search_asked, vector, scopes=scopes, limit=depth * _ASKED_DEPTH
        )
        return Found(self._vector.search(vector, scopes=scopes, limit=depth), asked.result())

    def _executors(self) -> tuple[ThreadPoolExecutor, ThreadPoolExecutor]:
        """Return the threads of the dense side and those they wait for: one pool for both could wait for itself."""
        with self._lock:
            if self._pools is None:
                self._pools = (
                    ThreadPoolExecutor(_WORKERS, thread_name_prefix="hybrid"),
                    ThreadPoolExecutor(_WORKERS, thread_name_prefix="hybrid-asked"),
                )
            return self._pools


def fuse(words: Found | None, dense: Found | None, *, weights: Weights, sides: Sides) -> list[Candidate]:
    """Fuse the lists of candidates by per-query min-max scores, best first.

    ``None`` means a side that was not asked: the other then counts in full. A chunk that one list did not propose gets
    nothing from it. Equal scores are ordered by chunk id so that results are the same every time.
    """
    lists = [
        stretched(hits)
        for hits in (
            words.passages if words else (),
            dense.passages if dense else (),
            words.asked if words else (),
            dense.asked if dense else (),
        )
    ]
    found = []
    for chunk_id in set().union(*lists):
        raw = Candidate(chunk_id, 0.0, *(one.get(chunk_id, 0.0) for one in lists))
        has_questions = chunk_id in lists[2] or chunk_id in lists[3]
        found.append(replace(raw, score=combined([raw], weights, sides, has_questions=has_questions)))
    return sorted(found, key=lambda candidate: (-candidate.score, candidate.chunk_id))


def _top(hits: Sequence[ScoredId]) -> float:
    return max((hit.score for hit in hits), default=0.0)
