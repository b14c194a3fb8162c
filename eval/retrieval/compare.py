"""One table: the product's own search and what others would install, over the same statutes and questions.

    python -m eval.retrieval compare PATH/TO/statutes/md --minilm FOLDER

Every system runs in a process of its own, one after the other, so that memory and time are its own.
"""

from __future__ import annotations

import multiprocessing
import resource
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eval.retrieval.run import DEPTH, Found, Question, load, summary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from eval.retrieval.peers.statutes import Key, Statute
    from eval.retrieval.peers.systems import System


@dataclass(frozen=True, slots=True)
class Options:
    """What to compare: where the statutes and the MiniLM weights are, a folder to keep vectors in, which questions."""

    statutes: Path
    minilm: Path | None
    cache: Path
    dataset: Path
    split: str | None
    collection: str | None
    everything: bool


def compare(options: Options, names: Sequence[str]) -> list[dict[str, Any]]:
    """Measure the named systems, each in a fresh process."""
    context = multiprocessing.get_context("spawn")
    rows = []
    for name in names:
        with context.Pool(1) as pool:
            rows.append(pool.apply(measure, (name, options)))
    return rows


def names(options: Options) -> list[str]:
    """Return the systems that can be measured with what is there."""
    return [name for name in _SYSTEMS if options.minilm is not None or name not in _NEED_MINILM]


def measure(name: str, options: Options) -> dict[str, Any]:
    """Build one system, ask it everything, and return its figures by split."""
    questions = load(options.dataset, options.split)
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        system, files = _SYSTEMS[name](options, Path(folder))
        built = time.perf_counter() - started
        system.search("준비")
        found = [_ask(system, question) for question in questions]
        size = sum(path.stat().st_size for place in files for path in place.rglob("*") if path.is_file())
    times = sorted(one.took_ms for one in found)
    return {
        "system": name,
        "splits": {
            split: summary([one for one in found if one.question.split == split])
            for split in dict.fromkeys(question.split for question in questions)
        },
        "p50_ms": round(statistics.median(times), 1),
        "p95_ms": round(times[int(len(times) * 0.95)], 1),
        "build_s": round(built, 1),
        "memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "index_mb": round(size / 2**20, 1),
    }


def table(rows: Iterable[dict[str, Any]]) -> str:
    """Return the rows as a Markdown table, one line a system and split."""
    head = ("system", "split", "nDCG@10", "hit@1", "hit@5", "hit@10", "p50 ms", "p95 ms", "memory MB", "index MB")
    lines = [head, tuple("---" for _ in head)]
    for row in rows:
        for split, values in row["splits"].items():
            quality = tuple(f"{values[key]:.3f}" for key in ("ndcg@10", "hit@1", "hit@5", "hit@10"))
            cost = tuple(str(row[key]) for key in ("p50_ms", "p95_ms", "memory_mb", "index_mb"))
            lines.append((row["system"], split, *quality, *cost))
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def _ask(system: System, question: Question) -> Found:
    started = time.perf_counter()
    answers = system.search(question.text)
    took = (time.perf_counter() - started) * 1000
    gold = set(question.gold)
    rank = next((number for number, keys in enumerate(answers[:DEPTH]) if keys & gold), None)
    return Found(question, rank, took)


def _some(options: Options) -> list[Statute]:
    """Return the statutes for the slow embeddings: those that hold an answer, unless everything is asked for."""
    from eval.retrieval.peers.statutes import read  # noqa: PLC0415 - peers need more packages

    answering = {title for question in load(options.dataset, None) for title, _ in question.gold}
    return [one for one in read(options.statutes) if options.everything or one.title in answering]


class _Ours:
    """The product's own search, as the command line's user."""

    def __init__(self, collection: str | None) -> None:
        from assistant.accounts.identity import load_principal  # noqa: PLC0415 - heavy
        from assistant.settings import settings  # noqa: PLC0415
        from assistant.wiring import build_container  # noqa: PLC0415

        self.container = build_container(settings())
        self._collection = collection
        with self.container.database.read() as session:
            self._principal = load_principal(session, self.container.settings.cli_user)

    def search(self, question: str) -> list[frozenset[Key]]:
        found = self.container.search.search(self._principal, question, k=DEPTH, collection=self._collection)
        return [frozenset({(hit.title, hit.locator.article or "")}) for hit in found.results]


class _MeaningAlone:
    """The bundled embedding over the product's own passages, no words."""

    def __init__(self, ours: _Ours) -> None:
        self._ours = ours

    def search(self, question: str) -> list[frozenset[Key]]:
        from assistant.accounts.access import readable  # noqa: PLC0415 - heavy
        from assistant.db.models import ChunkRow, DocumentVersion  # noqa: PLC0415

        container = self._ours.container
        embedder = container.embedder
        if embedder is None:
            raise SystemExit("the local embedding model is not installed")
        with container.database.read() as session:
            scopes = readable(session, self._ours._principal).scopes  # noqa: SLF001 - two halves of one thing
            nearest = container.vector.search(embedder.embed_query(question), scopes=scopes, limit=DEPTH * 4)
            keys: dict[Key, None] = {}
            for hit in nearest:
                chunk = session.get(ChunkRow, hit.chunk_id)
                version = session.get(DocumentVersion, chunk.version_id) if chunk else None
                if chunk is not None and version is not None:
                    keys[version.title, chunk.article or chunk.id] = None
        return [frozenset({key}) for key in list(keys)[:DEPTH]]


def _ours(options: Options, _folder: Path) -> tuple[System, list[Path]]:
    ours = _Ours(options.collection)
    return ours, [ours.container.home / "lexical", ours.container.home / "chroma"]


def _meaning(options: Options, _folder: Path) -> tuple[System, list[Path]]:
    ours = _Ours(options.collection)
    return _MeaningAlone(ours), [ours.container.home / "chroma"]


def _words(kiwi: bool) -> Callable[[Options, Path], tuple[System, list[Path]]]:  # noqa: FBT001 - one of two
    def build(options: Options, _folder: Path) -> tuple[System, list[Path]]:
        from eval.retrieval.peers import systems  # noqa: PLC0415 - needs more packages
        from eval.retrieval.peers.statutes import read  # noqa: PLC0415

        passages = systems.articles(read(options.statutes))
        return systems.WordSearch(passages, systems.kiwi_words() if kiwi else str.split), []

    return build


def _langchain(options: Options, folder: Path) -> tuple[System, list[Path]]:
    from eval.retrieval.peers import minilm, systems  # noqa: PLC0415 - needs more packages

    assert options.minilm is not None  # noqa: S101 - names() looked
    passages = systems.langchain_passages(_some(options))
    return systems.MeaningSearch(passages, minilm.MiniLM(options.minilm), folder, options.cache), [folder]


def _open_webui(hybrid: bool) -> Callable[[Options, Path], tuple[System, list[Path]]]:  # noqa: FBT001 - one of two
    def build(options: Options, folder: Path) -> tuple[System, list[Path]]:
        from eval.retrieval.peers import minilm, systems  # noqa: PLC0415 - needs more packages

        assert options.minilm is not None  # noqa: S101 - names() looked
        passages = systems.open_webui_passages(_some(options))
        meaning = systems.MeaningSearch(passages, minilm.MiniLM(options.minilm), folder, options.cache)
        return (systems.OpenWebUIHybrid(passages, meaning) if hybrid else meaning), [folder]

    return build


_SYSTEMS: dict[str, Callable[[Options, Path], tuple[System, list[Path]]]] = {
    "ours": _ours,
    "bundled e5 alone": _meaning,
    "BM25, white space": _words(kiwi=False),
    "BM25, Kiwi": _words(kiwi=True),
    "LangChain + Chroma defaults": _langchain,
    "Open WebUI defaults": _open_webui(hybrid=False),
    "Open WebUI hybrid": _open_webui(hybrid=True),
}
_NEED_MINILM = frozenset(name for name in _SYSTEMS if name.startswith(("LangChain", "Open WebUI")))
