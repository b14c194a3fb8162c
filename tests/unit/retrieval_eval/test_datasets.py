"""Other kinds of text: how they are read, split and counted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from eval.retrieval import datasets
from eval.retrieval.datasets import Query
from eval.retrieval.engine import Engine
from eval.retrieval.kinds import ndcg

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray


class _Letters:
    """Embeds a text as the counts of its letters: meaning enough to be told apart."""

    fingerprint = "letters"
    dimension = 64

    def embed_query(self, text: str) -> NDArray[np.float32]:
        vector = np.zeros(self.dimension, dtype=np.float32)
        for letter in text:
            vector[ord(letter) % self.dimension] += 1
        unit: NDArray[np.float32] = vector / np.linalg.norm(vector)
        return unit

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.stack([self.embed_query(text) for text in texts])


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    corpus = [
        {"id": f"e{i}", "title": "", "text": text}
        for i, text in enumerate(("벌점은 소멸됩니다.", "등본은 무료입니다."))
    ]
    queries = [{"id": f"q{i}", "text": text, "gold": [f"e{i}"]} for i, text in enumerate(("벌점 소멸", "등본 무료"))]
    path = tmp_path / "small.json"
    path.write_text(json.dumps({"corpus": corpus, "queries": queries}), encoding="utf-8")
    return path


def test_the_engine_finds_what_it_was_given(pairs: Path, tmp_path: Path) -> None:
    dataset = datasets.pairs(pairs)
    assert [passage.answers for passage in dataset.passages] == ["e0", "e1"]
    engine = Engine(dataset, _Letters(), tmp_path / "index", tmp_path / "cache")
    assert [engine.search(query.text)[0] for query in dataset.queries] == ["e0", "e1"]
    assert set(engine.by_meaning("등본은 무료입니다.")) == {"e0", "e1"}


def test_the_split_is_by_passage_and_always_the_same(pairs: Path) -> None:
    first, second = datasets.pairs(pairs), datasets.pairs(pairs)
    assert first.queries == second.queries
    assert {query.split for query in first.queries} <= {"tuning", "test"}


@pytest.mark.parametrize(
    ("found", "expected"), [(["a"], 1.0), (["x", "a"], 0.6309), (["x"] * 10 + ["a"], 0.0), ([], 0.0)]
)
def test_ndcg_by_hand(found: list[str], expected: float) -> None:
    assert ndcg(Query("", frozenset({"a"}), "test"), found) == pytest.approx(expected, abs=1e-4)


def test_the_questions_of_other_kinds_are_whole() -> None:
    rows = [json.loads(line) for line in datasets.KINDS.read_text(encoding="utf-8").splitlines()]
    assert len({row["id"] for row in rows}) == len(rows)
    assert {row["kind"] for row in rows} == {"ordinance", "precedent", "catalogue"}
    assert all(row["gold"] and row["question"].strip() for row in rows)
