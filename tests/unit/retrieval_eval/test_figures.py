"""The figures of eval/retrieval, worked out by hand, and what its questions must be."""

from __future__ import annotations

import math

import pytest

from eval.retrieval.run import DATASET, Found, Question, load, summary


def found(rank: int | None) -> Found:
    return Found(Question("q", "test", "물음", (("법", "제1조"),), "글"), rank, 10.0)


def test_ndcg_and_hits_by_hand() -> None:
    figures = summary([found(0), found(1), found(9), found(None)])

    assert figures["ndcg@10"] == pytest.approx((1 + 1 / math.log2(3) + 1 / math.log2(11)) / 4, abs=1e-4)
    assert (figures["hit@1"], figures["hit@5"], figures["hit@10"]) == (0.25, 0.5, 0.75)


def test_no_questions_have_no_figures() -> None:
    with pytest.raises(ValueError, match="no questions"):
        summary([])


def test_no_law_is_in_both_parts() -> None:
    laws = {split: {title for q in load(DATASET, split) for title, _ in q.gold} for split in ("tuning", "test")}

    assert not laws["tuning"] & laws["test"]


def test_questions_are_whole_and_told_apart() -> None:
    questions = load(DATASET, None)

    assert len({q.id for q in questions}) == len({q.text for q in questions}) == len(questions) >= 150
    assert all(
        q.text and q.quote and q.gold and all(article.startswith("제") for _, article in q.gold) for q in questions
    )
