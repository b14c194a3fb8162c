"""What the retrieval library expects of its adapters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from retrieval.types import IndexEntry, ParsedDocument, ScoredId


class Loader(Protocol):
    """Reads one family of formats. Raises ``LoadError`` with a reason code, never returns empty text."""

    name: str
    revision: int
    media_types: tuple[str, ...]

    def load(self, path: Path, *, filename: str) -> ParsedDocument:
        """Parse the file at ``path``; ``filename`` is the name its owner knows it by."""
        ...


class Embedder(Protocol):
    """Turns text into unit vectors. ``fingerprint`` changes whenever the vectors would."""

    fingerprint: str

    @property
    def dimension(self) -> int:
        """Length of the vectors."""
        ...

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one unit row per text, shape ``(len(texts), dimension)``."""
        ...

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """Return one unit vector, shape ``(dimension,)``."""
        ...


class Reranker(Protocol):
    """Says how well passages answer a question, reading both together."""

    fingerprint: str

    def scores(self, query: str, passages: Sequence[str]) -> list[float]:
        """Return one score per passage, in their order; higher is better. Raises ``IndexUnavailable``."""
        ...


class LexicalIndex(Protocol):
    """Word search that is updated in place. One writer at a time; readers see the last commit."""

    def apply(self, *, upsert: Iterable[IndexEntry] = (), delete_versions: Iterable[str] = ()) -> None:
        """Delete, then add, then commit durably. Adding the same chunk again replaces it."""
        ...

    def search(
        self, query: str, *, scopes: Collection[str], limit: int, added: Mapping[str, float] | None = None
    ) -> list[ScoredId]:
        """Best chunks by BM25 among those whose scope is listed. No scope, no result.

        ``added`` are more search words with their weights; a word of the query weighs 1.
        """
        ...

    def search_asked(
        self, query: str, *, scopes: Collection[str], limit: int, added: Mapping[str, float] | None = None
    ) -> list[ScoredId]:
        """Best chunks by BM25 over the everyday questions kept with them; chunks without any are never found."""
        ...

    @property
    def is_current(self) -> bool:
        """Whether what lies on disk was made with today's schema and tokens; otherwise it is to be made anew."""
        ...

    def counts(self) -> dict[str, int]:
        """Number of live chunks by version id."""
        ...

    def asked(self) -> dict[str, str]:
        """Digest of the everyday questions held (``retrieval.asked.digest``) by version id, for those that have any."""
        ...

    def clear(self) -> None:
        """Remove everything, durably."""
        ...


class VectorIndex(Protocol):
    """Nearest neighbours, partitioned by scope. Passages and everyday questions are kept and searched apart."""

    def upsert(self, entries: Sequence[IndexEntry], vectors: NDArray[np.float32]) -> None:
        """Write vectors under the scope of their entry; the same id again replaces."""
        ...

    def set_asked(
        self, version_ids: Collection[str], entries: Sequence[IndexEntry], vectors: NDArray[np.float32], *, scope: str
    ) -> None:
        """Let these be all the questions held of these versions in a scope.

        ``vectors`` has one row for each question of ``entries``, in their order.
        """
        ...

    def delete_versions(self, version_ids: Collection[str], *, scope: str) -> None:
        """Remove every vector of these versions from one scope, passages and questions."""
        ...

    def search(self, vector: NDArray[np.float32], *, scopes: Collection[str], limit: int) -> list[ScoredId]:
        """Nearest chunks by cosine similarity among the listed scopes. No scope, no result."""
        ...

    def search_asked(self, vector: NDArray[np.float32], *, scopes: Collection[str], limit: int) -> list[ScoredId]:
        """Chunks with the nearest questions, each with its best one. No scope, no result."""
        ...

    def count(self, scope: str) -> int:
        """Number of passages stored under a scope (0 when it does not exist)."""
        ...

    def versions(self, scope: str) -> dict[str, int]:
        """Number of passages by version id under a scope (empty when it does not exist); slower than ``count``."""
        ...

    def asked(self, scope: str) -> dict[str, str]:
        """Digest of the questions held (``retrieval.asked.digest``) by version id, for those that have any."""
        ...

    def drop(self, scope: str) -> None:
        """Remove a scope and all its vectors, passages and questions."""
        ...

    def ping(self) -> None:
        """Raise ``IndexUnavailable`` when the server does not answer."""
        ...
