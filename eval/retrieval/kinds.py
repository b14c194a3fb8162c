"""``python -m eval.retrieval kinds``: other kinds of text than statutes, ours beside BM25 and the embedding alone."""

from __future__ import annotations

import argparse
import math
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from eval.retrieval import datasets
from eval.retrieval.engine import Engine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from eval.retrieval.datasets import Dataset, Query
    from retrieval.ports import Embedder

_PAIRS = ("easylaw", "statute", "prec10k")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m eval.retrieval kinds", description=__doc__)
    parser.add_argument("data", type=Path, help="folder with retrieval_dev, busan_ordinances, precedents, …")
    parser.add_argument("--only", action="append", help="easylaw, statute, prec10k, korquad, ordinance, …")
    parser.add_argument("--model", type=Path, help="a built model folder other than the installation's own")
    parser.add_argument("--most", type=int, default=1500, help="questions asked of one dataset and split")
    parser.add_argument("--ours-only", action="store_true")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "eval-retrieval")
    options = parser.parse_args(arguments)
    embedder = _embedder(options.model)
    lines = ["| dataset | split | questions | system | nDCG@10 | hit@1 | hit@5 | p50 ms |", "|" + " --- |" * 8]
    for dataset in _datasets(options.data, options.only):
        with tempfile.TemporaryDirectory() as folder:
            engine = Engine(dataset, embedder, Path(folder), options.cache)
            for name, search in _systems(dataset, engine, ours_only=options.ours_only):
                lines.extend(_lines(dataset, name, search, options.most))
    sys.stdout.write("\n".join(lines) + "\n")


def _embedder(model: Path | None) -> Embedder:
    from assistant.embedding import build_embedder  # noqa: PLC0415 - heavy
    from assistant.settings import settings  # noqa: PLC0415
    from retrieval.embedders.e5 import E5Embedder  # noqa: PLC0415

    embedder = E5Embedder(model) if model is not None else build_embedder(settings())
    if embedder is None:
        raise SystemExit("the local embedding model is not installed")
    return embedder


def _datasets(data: Path, only: Sequence[str] | None) -> Iterator[Dataset]:
    sources: dict[str, Callable[[], Dataset]] = {
        **{name: lambda name=name: datasets.pairs(data / "retrieval_dev" / f"{name}.json") for name in _PAIRS},  # type: ignore[misc]
        "korquad": lambda: datasets.korquad(data / "retrieval_dev" / "KorQuAD_v1.0_dev.json"),
        "ordinance": lambda: datasets.kind("ordinance", data / "busan_ordinances"),
        "precedent": lambda: datasets.kind("precedent", data / "precedents"),
        "catalogue": lambda: datasets.kind("catalogue", data / "datago_catalog_busan"),
    }
    for name in only or sources:
        yield sources[name]()


def _systems(
    dataset: Dataset, engine: Engine, *, ours_only: bool
) -> Iterator[tuple[str, Callable[[str], list[str]]]]:  # fmt: skip
    yield "ours", engine.search
    if ours_only:
        return
    yield "bundled e5 alone", engine.by_meaning
    from eval.retrieval.peers import systems  # noqa: PLC0415 - needs more packages

    passages = [
        systems.Passage(f"{one.title}\n{one.heading}\n{one.text}", frozenset({(one.answers, "")}))
        for one in dataset.passages
    ]
    for name, split in (("BM25, white space", str.split), ("BM25, Kiwi", systems.kiwi_words())):
        words = systems.WordSearch(passages, split)
        yield name, lambda question, words=words: [next(iter(keys))[0] for keys in words.search(question)]  # type: ignore[misc]


def _lines(dataset: Dataset, name: str, search: Callable[[str], list[str]], most: int) -> Iterator[str]:
    for split in dict.fromkeys(query.split for query in dataset.queries):
        queries = [query for query in dataset.queries if query.split == split][:most]
        scores, firsts, fives, times = [], [], [], []
        for query in queries:
            started = time.perf_counter()
            found = search(query.text)
            times.append((time.perf_counter() - started) * 1000)
            scores.append(ndcg(query, found))
            firsts.append(bool(query.gold & set(found[:1])))
            fives.append(bool(query.gold & set(found[:5])))
        quality = " | ".join(f"{statistics.fmean(values):.3f}" for values in (scores, firsts, fives))
        yield f"| {dataset.name} | {split} | {len(queries)} | {name} | {quality} | {statistics.median(times):.1f} |"


def ndcg(query: Query, found: Sequence[str]) -> float:
    """NDCG@10 with binary gains (Järvelin and Kekäläinen 2002); the ideal list has all gold answers first."""
    gain = sum(1 / math.log2(rank + 2) for rank, name in enumerate(found[:10]) if name in query.gold)
    return gain / sum(1 / math.log2(rank + 2) for rank in range(min(len(query.gold), 10)))
