"""The product's search engine over passages in memory, without database, rights and articles of law."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from retrieval.chunking.breadcrumb import embed_text
from retrieval.hybrid import HybridSearcher
from retrieval.indexes.lexical import TantivyIndex
from retrieval.types import IndexEntry, ScoredId

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from eval.retrieval.datasets import Dataset
    from retrieval.ports import Embedder

SCOPE = "all"
_DEPTH = 10
_FETCHED = 100
_AT_ONCE = 512


class ExactVectors:
    """Every cosine, computed: what an approximate index is an approximation of."""

    def __init__(self, vectors: NDArray[np.float32]) -> None:
        """Take one row a passage; the id of a passage is its row."""
        self._vectors = vectors

    def search(self, vector: NDArray[np.float32], *, scopes: Collection[str], limit: int) -> list[ScoredId]:
        """Return the nearest passages."""
        del scopes
        scores = self._vectors @ vector
        return [ScoredId(f"{row}", float(scores[row])) for row in np.argsort(-scores, kind="stable")[:limit]]


class Engine:
    """Words and meaning of one dataset, fused as the product does."""

    def __init__(self, dataset: Dataset, embedder: Embedder, folder: Path, cache: Path) -> None:
        """Index the passages below ``folder``; vectors are kept in ``cache``."""
        self._answers = [passage.answers for passage in dataset.passages]
        self.embedder = embedder
        lexical = TantivyIndex(folder)
        lexical.apply(upsert=entries(dataset))
        self.vectors = ExactVectors(_vectors(dataset, embedder, cache))
        self._searcher = HybridSearcher(lexical, self.vectors, embedder, asked=False)  # type: ignore[arg-type]

    def search(self, question: str) -> list[str]:
        """Return the names of the ten best answers."""
        found = self._searcher.search(question, scopes={SCOPE}, limit=_FETCHED)
        return self._distinct([candidate.chunk_id for candidate in found.candidates])

    def by_meaning(self, question: str) -> list[str]:
        """Return the same by the embedding alone."""
        vector = self.embedder.embed_query(question)
        return self._distinct([hit.chunk_id for hit in self.vectors.search(vector, scopes={SCOPE}, limit=_FETCHED)])

    def _distinct(self, chunk_ids: Sequence[str]) -> list[str]:
        return list(dict.fromkeys(self._answers[int(chunk_id)] for chunk_id in chunk_ids))[:_DEPTH]


def entries(dataset: Dataset) -> list[IndexEntry]:
    """Return the passages as the indexes take them."""
    return [
        IndexEntry(str(row), passage.answers, SCOPE, SCOPE, passage.title, passage.heading, passage.text)
        for row, passage in enumerate(dataset.passages)
    ]


def _vectors(dataset: Dataset, embedder: Embedder, cache: Path) -> NDArray[np.float32]:
    texts = [embed_text(p.title, [p.heading] if p.heading else [], p.text) for p in dataset.passages]
    digest = hashlib.sha256("\x00".join([embedder.fingerprint, *texts]).encode()).hexdigest()[:16]
    path = cache / f"{dataset.name}-{digest}.npy"
    if path.exists():
        kept: NDArray[np.float32] = np.load(path)
        return kept
    parts = [embedder.embed_passages(texts[start : start + _AT_ONCE]) for start in range(0, len(texts), _AT_ONCE)]
    vectors: NDArray[np.float32] = np.concatenate(parts)
    cache.mkdir(parents=True, exist_ok=True)
    np.save(path, vectors)
    return vectors
