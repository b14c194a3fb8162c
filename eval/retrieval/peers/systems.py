"""The systems compared: each takes the statutes and gives, for a question, the articles of its passages, best first.

All settings are the defaults of the named product, read from its source (versions in README.md). Where a passage spans
articles it counts as each of them, and a passage that only repeats articles already given takes no rank: both favour
the peers, whose passages are cut by length.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from eval.retrieval.peers.minilm import MiniLM
    from eval.retrieval.peers.statutes import Key, Statute

_DEPTH = 10
_REPEATS = 4  # passages fetched for one rank: several passages of an article take one rank


class System(Protocol):
    """Something that finds articles."""

    def search(self, question: str) -> list[frozenset[Key]]:
        """Return the articles of the best passages, at most ten ranks."""
        ...


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage as a peer cuts it, and the articles it holds."""

    text: str
    keys: frozenset[Key]


def articles(statutes: Iterable[Statute]) -> list[Passage]:
    """Return one passage an article, the title of the statute before it: what a careful hand would index."""
    return [
        Passage(f"{statute.title}\n{statute.text[article.start : article.end]}", frozenset({article.key}))
        for statute in statutes
        for article in statute.articles
    ]


def langchain_passages(statutes: Iterable[Statute]) -> list[Passage]:
    """Cut as LangChain's own retrieval tutorial does: 1,000 characters, 200 of them shared with the next."""
    from langchain_text_splitters import RecursiveCharacterTextSplitter  # noqa: PLC0415 - heavy

    splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200, add_start_index=True)
    return [passage for statute in statutes for passage in _cut(statute, splitter, [(0, statute.text)])]


def open_webui_passages(statutes: Iterable[Statute]) -> list[Passage]:
    """Cut as Open WebUI does: at Markdown headings, which stay in the text, then 1,000 characters, 100 shared."""
    from langchain_text_splitters import RecursiveCharacterTextSplitter  # noqa: PLC0415 - heavy

    splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=100, add_start_index=True)
    return [passage for statute in statutes for passage in _cut(statute, splitter, _sections(statute))]


def _sections(statute: Statute) -> list[tuple[int, str]]:
    """Split at Markdown headings. LangChain's header splitter strips the place of a piece, so it is found again."""
    from langchain_text_splitters import MarkdownHeaderTextSplitter  # noqa: PLC0415 - heavy

    headers = [("#" * level, f"Header {level}") for level in range(1, 7)]
    pieces, place = [], 0
    for piece in MarkdownHeaderTextSplitter(headers, strip_headers=False).split_text(statute.text):
        first = piece.page_content.split("\n", 1)[0].strip()
        found = statute.text.find(first, place)
        place = found if found >= 0 else place
        pieces.append((place, piece.page_content))
        place += max(1, len(first))
    return pieces


def _cut(statute: Statute, splitter: Any, pieces: Sequence[tuple[int, str]]) -> list[Passage]:  # noqa: ANN401
    result = []
    for start, text in pieces:
        for document in splitter.create_documents([text]):
            content = document.page_content
            begin = start + max(0, document.metadata["start_index"])
            result.append(Passage(content, statute.within(begin, begin + len(content))))
    return result


def ranks(passages: Iterable[Passage]) -> list[frozenset[Key]]:
    """Return the article sets in order; a passage that adds no article takes no rank."""
    seen: set[Key] = set()
    result = []
    for passage in passages:
        if passage.keys and passage.keys <= seen:
            continue
        seen |= passage.keys
        result.append(passage.keys)
    return result[:_DEPTH]


class WordSearch:
    """BM25 (Okapi, k1 1.5, b .75) of ``rank_bm25``, the library that LangChain and Open WebUI use."""

    def __init__(self, passages: Sequence[Passage], split: Callable[[str], list[str]]) -> None:
        """Index the passages."""
        from rank_bm25 import BM25Okapi  # noqa: PLC0415 - only here

        self._passages, self._split = passages, split
        self._bm25 = BM25Okapi([split(passage.text) for passage in passages])

    def best(self, question: str, count: int) -> list[int]:
        """Return the places of the best passages."""
        scores = self._bm25.get_scores(self._split(question))
        return [int(place) for place in np.argsort(-scores, kind="stable")[:count]]

    def search(self, question: str) -> list[frozenset[Key]]:
        """See ``System``."""
        return ranks(self._passages[place] for place in self.best(question, _DEPTH * _REPEATS))


def kiwi_words() -> Callable[[str], list[str]]:
    """Return a tokenizer that keeps the content morphemes Kiwi finds, as Korean guides to BM25 advise."""
    from kiwipiepy import Kiwi  # noqa: PLC0415 - heavy

    kiwi = Kiwi()
    keep = ("NN", "NR", "SL", "SN", "SH", "VV", "VA", "MAG", "XR")
    return lambda text: [token.form for token in kiwi.tokenize(text) if token.tag.startswith(keep)]


class MeaningSearch:
    """Chroma over MiniLM vectors, as ``Chroma.from_documents`` or Open WebUI without hybrid search."""

    def __init__(self, passages: Sequence[Passage], model: MiniLM, folder: Path, cache: Path) -> None:
        """Embed (kept in ``cache`` by the hash of all texts) and write the collection below ``folder``."""
        import chromadb  # noqa: PLC0415 - heavy

        self._passages, self._model = passages, model
        self.vectors = _kept(cache, [passage.text for passage in passages], model)
        client = chromadb.PersistentClient(str(folder))
        self._collection = client.get_or_create_collection("peer", configuration={"hnsw": {"space": "cosine"}})
        for start in range(0, len(passages), 2000):
            part = range(start, min(start + 2000, len(passages)))
            self._collection.add([str(place) for place in part], embeddings=self.vectors[part.start : part.stop])

    def best(self, vector: NDArray[np.float32], count: int) -> list[int]:
        """Return the places of the nearest passages."""
        found = self._collection.query(query_embeddings=vector[None, :], n_results=count, include=[])
        return [int(place) for place in found["ids"][0]]

    def embed(self, question: str) -> NDArray[np.float32]:
        """Return the vector of a question."""
        vector: NDArray[np.float32] = self._model.embed([question])[0]
        return vector

    def search(self, question: str) -> list[frozenset[Key]]:
        """See ``System``."""
        return ranks(self._passages[place] for place in self.best(self.embed(question), _DEPTH * _REPEATS))


class OpenWebUIHybrid:
    """Open WebUI with hybrid search on: BM25 on white space and vectors, ranks fused, then ordered by cosine.

    Weight .5, reciprocal ranks with constant 60 (LangChain's ``EnsembleRetriever``); without a reranking model Open
    WebUI orders what was fused by the cosine of the same embedding.
    """

    def __init__(self, passages: Sequence[Passage], meaning: MeaningSearch) -> None:
        """Index the words as well."""
        self._passages, self._meaning = passages, meaning
        self._words = WordSearch(passages, str.split)

    def search(self, question: str) -> list[frozenset[Key]]:
        """See ``System``."""
        count = _DEPTH * _REPEATS
        vector = self._meaning.embed(question)
        fused: dict[int, float] = {}
        for order in (self._words.best(question, count), self._meaning.best(vector, count)):
            for rank, place in enumerate(order, start=1):
                fused[place] = fused.get(place, 0.0) + 0.5 / (60 + rank)
        cosine = {place: float(self._meaning.vectors[place] @ vector) for place in fused}
        return ranks(self._passages[place] for place in sorted(fused, key=lambda place: -cosine[place]))


def _kept(cache: Path, texts: Sequence[str], model: MiniLM) -> NDArray[np.float32]:
    digest = hashlib.sha256("\x00".join(texts).encode()).hexdigest()[:16]
    path = cache / f"minilm-{digest}.npy"
    if path.exists():
        kept: NDArray[np.float32] = np.load(path)
        return kept
    vectors = model.embed(texts)
    cache.mkdir(parents=True, exist_ok=True)
    np.save(path, vectors)
    return vectors
