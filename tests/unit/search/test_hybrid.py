from __future__ import annotations

import numpy as np
import pytest

from retrieval.errors import IndexUnavailable
from retrieval.hybrid import HybridSearcher, fuse
from retrieval.types import ScoredId


def hits(**scores):
    return [ScoredId(name, score) for name, score in scores.items()]


class Side:
    """Answers with fixed hits or fails, and remembers how it was asked."""

    fingerprint, dimension = "fake", 2

    def __init__(self, found=(), failure=None):
        self.found, self.failure, self.asked = list(found), failure, []

    def search(self, query, *, scopes, limit):
        self.asked.append((query, tuple(scopes), limit))
        if self.failure:
            raise self.failure
        return self.found[:limit]

    def embed_query(self, _):
        if self.failure:
            raise self.failure
        return np.array([1.0, 0.0], dtype=np.float32)


DOWN = IndexUnavailable("down")


def test_scores_are_stretched_per_side_and_weighted():
    fused = fuse(hits(a=30.0, b=20.0, c=10.0), hits(c=0.9, b=0.85, d=0.8), weight=0.4)
    by_id = {candidate.chunk_id: candidate for candidate in fused}
    assert [candidate.chunk_id for candidate in fused] == ["a", "b", "c", "d"]
    assert by_id["a"].score == pytest.approx(0.6)
    assert by_id["b"].score == pytest.approx(0.6 * 0.5 + 0.4 * 0.5)
    assert by_id["c"].score == pytest.approx(0.4)
    assert (by_id["c"].lexical, by_id["c"].dense) == (0.0, 1.0)
    assert by_id["d"].score == 0.0


def test_a_missing_side_leaves_the_other_whole():
    assert fuse(hits(a=2.0, b=1.0), None, weight=0.4)[0].score == 1.0
    assert fuse(None, hits(a=0.9, b=0.8), weight=0.4)[0].score == 1.0
    assert fuse(None, None, weight=0.4) == []


def test_equal_scores_count_in_full_and_are_ordered_by_id():
    fused = fuse(hits(b=1.0, a=1.0), hits(), weight=0.4)
    assert [(candidate.chunk_id, candidate.score) for candidate in fused] == [("a", 0.6), ("b", 0.6)]


def test_asks_both_sides_in_the_scopes_given():
    lexical, vector = Side(hits(a=9.0, b=3.0)), Side(hits(b=0.91, a=0.8))
    searcher = HybridSearcher(lexical, vector, Side(), weight=0.4, depth=50)
    outcome = searcher.search("민원", scopes=["s1"], limit=1)
    searcher.close()
    assert [candidate.chunk_id for candidate in outcome.candidates] == ["a"]
    assert (outcome.dense_top, outcome.lexical_top, outcome.degraded) == (0.91, 9.0, ())
    assert lexical.asked == [("민원", ("s1",), 50)]
    assert vector.asked[0][1:] == (("s1",), 50)


def test_depth_never_falls_below_the_limit():
    lexical = Side(hits(a=1.0))
    HybridSearcher(lexical, Side(), None, depth=10).search("민원", scopes=["s1"], limit=70)
    assert lexical.asked[0][2] == 70


@pytest.mark.parametrize(
    ("lexical", "vector", "embedder", "degraded", "best"),
    [
        (Side(failure=DOWN), Side(hits(d=0.9)), Side(), ("lexical",), "d"),
        (Side(hits(w=5.0)), Side(failure=DOWN), Side(), ("dense",), "w"),
        (Side(hits(w=5.0)), Side(hits(d=0.9)), Side(failure=DOWN), ("dense",), "w"),
        (Side(hits(w=5.0)), Side(failure=DOWN), None, (), "w"),
    ],
)
def test_a_side_that_is_down_is_named_and_the_other_answers(lexical, vector, embedder, degraded, best):
    outcome = HybridSearcher(lexical, vector, embedder).search("민원", scopes=["s1"], limit=5)
    assert outcome.degraded == degraded
    assert [(candidate.chunk_id, candidate.score) for candidate in outcome.candidates] == [(best, 1.0)]


@pytest.mark.parametrize("embedder", [Side(), None])
def test_no_side_left_is_unavailable(embedder):
    with pytest.raises(IndexUnavailable, match="down"):
        HybridSearcher(Side(failure=DOWN), Side(failure=DOWN), embedder).search("민원", scopes=["s1"], limit=5)


def test_a_fault_of_our_own_is_not_hidden():
    with pytest.raises(ZeroDivisionError):
        HybridSearcher(Side(), Side(failure=ZeroDivisionError()), Side()).search("민원", scopes=["s1"], limit=5)


def test_nothing_is_asked_for_nothing():
    lexical = Side(hits(a=1.0))
    searcher = HybridSearcher(lexical, Side(), Side())
    assert searcher.search("민원", scopes=[], limit=5).candidates == ()
    assert searcher.search("  ", scopes=["s1"], limit=5).candidates == ()
    assert lexical.asked == []


@pytest.mark.parametrize("wrong", [{"weight": -0.1}, {"weight": 1.1}, {"depth": 0}])
def test_settings_out_of_range_are_refused(wrong):
    with pytest.raises(ValueError, match="weight"):
        HybridSearcher(Side(), Side(), None, **wrong)
