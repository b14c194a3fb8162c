from __future__ import annotations

import numpy as np
import pytest

from retrieval.errors import IndexUnavailable
from retrieval.hybrid import Found, HybridSearcher, fuse
from retrieval.ranking import Weights, combined
from retrieval.types import Candidate, ScoredId, Sides


def hits(**scores):
    return [ScoredId(name, score) for name, score in scores.items()]


class Side:
    """Answers with fixed hits or fails, and remembers how it was asked."""

    fingerprint, dimension = "fake", 2

    def __init__(self, found=(), failure=None, questions=()):
        self.found, self.failure, self.asked, self.questions = list(found), failure, [], list(questions)

    def search(self, query, *, scopes, limit, added=None):
        self.asked.append((query, tuple(scopes), limit))
        if self.failure:
            raise self.failure
        return self.found[:limit]

    def search_asked(self, query, *, scopes, limit, added=None):
        return self.questions[:limit]

    def embed_query(self, _):
        if self.failure:
            raise self.failure
        return np.array([1.0, 0.0], dtype=np.float32)


DOWN = IndexUnavailable("down")


def fused(words, dense, *, asked=((), ()), weight=0.4, **more):
    sides = Sides(words is not None, dense is not None, any(asked))
    one = None if words is None else Found(words, asked[0])
    other = None if dense is None else Found(dense, asked[1])
    return fuse(one, other, weights=Weights(meaning=weight, **more), sides=sides)


def test_scores_are_stretched_per_side_and_weighted():
    found = fused(hits(a=30.0, b=20.0, c=10.0), hits(c=0.9, b=0.85, d=0.8))
    by_id = {candidate.chunk_id: candidate for candidate in found}
    assert [candidate.chunk_id for candidate in found] == ["a", "b", "c", "d"]
    assert by_id["a"].score == pytest.approx(0.6)
    assert by_id["b"].score == pytest.approx(0.6 * 0.5 + 0.4 * 0.5)
    assert by_id["c"].score == pytest.approx(0.4)
    assert (by_id["c"].lexical, by_id["c"].dense) == (0.0, 1.0)
    assert by_id["d"].score == 0.0


def test_a_missing_side_leaves_the_other_whole():
    assert fused(hits(a=2.0, b=1.0), None)[0].score == 1.0
    assert fused(None, hits(a=0.9, b=0.8))[0].score == 1.0
    assert fused(None, None) == []


def test_equal_scores_count_in_full_and_are_ordered_by_id():
    found = fused(hits(b=1.0, a=1.0), hits())
    assert [(candidate.chunk_id, candidate.score) for candidate in found] == [("a", 0.6), ("b", 0.6)]


def test_questions_lift_their_passage_and_others_keep_a_share_of_their_own_score():
    asked = (hits(q=5.0, r=1.0), hits(q=0.95, r=0.9))
    best = fused(hits(a=9.0, q=3.0), hits(a=0.9, q=0.85), asked=asked)
    scores = {candidate.chunk_id: candidate for candidate in best}
    weights = Weights(meaning=0.4)
    assert (scores["q"].asked_words, scores["q"].asked_meaning) == (1.0, 1.0)
    assert scores["q"].score == pytest.approx(weights.asked)
    assert scores["a"].score == pytest.approx(1 - weights.asked + weights.asked * weights.unasked)
    assert scores["r"].score == 0.0


def test_an_article_is_judged_by_the_best_signals_of_its_passages():
    some = [Candidate("a", 0.0, lexical=1.0), Candidate("b", 0.0, dense=1.0, asked_words=1.0, asked_meaning=1.0)]
    sides = Sides(asked=True)
    assert combined(some, Weights(), sides, has_questions=True) == pytest.approx(1.0)
    assert combined(some, Weights(), sides, has_questions=False) < 1.0
    assert combined(some, Weights(), Sides(), has_questions=True) == pytest.approx(1.0)


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
    HybridSearcher(lexical, Side(), None, depth=10).search("민원", scopes=["s1"], limit=80)
    assert lexical.asked[0][2] == 20, "four lists give the candidates"


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


def test_both_kinds_of_questions_are_asked_unless_there_are_none():
    lexical, vector = Side(hits(a=9.0, b=3.0), questions=hits(q=4.0)), Side(hits(b=0.91), questions=hits(q=0.93))
    outcome = HybridSearcher(lexical, vector, Side()).search("민원", scopes=["s1"], limit=9)
    assert outcome.candidates[0].chunk_id == "q"
    assert (outcome.asked_top, outcome.sides) == (0.93, Sides(asked=True))
    without = HybridSearcher(lexical, vector, Side(), asked=False).search("민원", scopes=["s1"], limit=9)
    assert {candidate.chunk_id for candidate in without.candidates} == {"a", "b"}
    assert not without.sides.asked


@pytest.mark.parametrize("wrong", [{"weight": -0.1}, {"weight": 1.1}, {"depth": 0}])
def test_settings_out_of_range_are_refused(wrong):
    with pytest.raises(ValueError, match="weight"):
        HybridSearcher(Side(), Side(), None, **wrong)
