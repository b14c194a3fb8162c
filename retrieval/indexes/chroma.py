"""Vectors on a Chroma server: one Chroma collection per access scope and embedding model.

Scopes are separate Chroma collections because a filter on every query costs a hundred times more than asking the right
collection. Only ids, vectors and two short metadata values are stored, never text. Everything here can be made again
from the database.
"""

from __future__ import annotations

import hashlib
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from retrieval.asked import chunk_of, digest, question_id
from retrieval.errors import IndexUnavailable
from retrieval.types import IndexEntry, ScoredId

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

_BATCH = 100  # a larger upsert holds the interpreter lock long enough to stop every stream of the process
_PAGE = 5000  # entries of one listing
_DELETE_BATCH = 50  # versions named in one filter
_PARALLEL_SCOPES = 8
_ASKED = "?"
_HNSW = {"space": "cosine", "ef_construction": 200, "ef_search": 200, "max_neighbors": 24}


class ChromaVectorIndex:
    """A ``VectorIndex`` on a Chroma server. Thread-safe; connects at the first call.

    ``fingerprint`` names the embedding model: vectors of another model live in other Chroma collections and are never
    mixed in. ``timeout`` bounds each request in seconds, ``connect_timeout`` each connection.
    """

    def __init__(
        self,
        host: str,
        port: int,
        fingerprint: str,
        *,
        ssl: bool = False,
        headers: Mapping[str, str] | None = None,
        connect_timeout: float = 2.0,
        timeout: float = 30.0,
    ) -> None:
        """Keep the address; no connection is made yet."""
        self._host, self._port, self._ssl = host, port, ssl
        self._headers = dict(headers or {})
        self._connect_timeout, self._timeout = connect_timeout, timeout
        self._fingerprint = fingerprint
        self._lock = threading.RLock()
        self._connected: Any = None
        self._collections: dict[str, Any] = {}
        self._pool: ThreadPoolExecutor | None = None

    def upsert(self, entries: Sequence[IndexEntry], vectors: NDArray[np.float32]) -> None:
        """Write vectors under the scope of their entry; the same id again replaces.

        Raises:
            ValueError: the rows of ``vectors`` do not match ``entries`` or are not finite.
            IndexUnavailable: the server does not answer or refuses.
        """
        if vectors.ndim != 2 or len(vectors) != len(entries) or not np.isfinite(vectors).all():  # noqa: PLR2004
            raise ValueError("one finite vector per entry is needed")
        by_scope: dict[str, list[int]] = {}
        for row, entry in enumerate(entries):
            by_scope.setdefault(entry.scope, []).append(row)
        for scope, rows in by_scope.items():
            self._write(scope, [(entries[row].chunk_id, entries[row]) for row in rows], vectors[rows])

    def set_asked(
        self, version_ids: Collection[str], entries: Sequence[IndexEntry], vectors: NDArray[np.float32], *, scope: str
    ) -> None:
        """Let these be all the questions held of these versions in a scope; one row for each question of ``entries``.

        Raises:
            ValueError: the rows of ``vectors`` do not match the questions or are not finite.
            IndexUnavailable: the server does not answer or refuses.
        """
        rows = [(question_id(entry.chunk_id, question), entry) for entry in entries for question in entry.asked]
        if len(vectors) != len(rows) or not np.isfinite(vectors).all():
            raise ValueError("one finite vector per question is needed")
        partition, wanted = _questions(scope), {name for name, _ in rows}
        for some in _parts(sorted(set(version_ids)), _DELETE_BATCH):
            held = self._call(partition, "get", {"where": {"version": {"$in": some}}, "include": []}) or {"ids": []}
            for stale in _parts(sorted(set(held["ids"]) - wanted), _BATCH):
                self._call(partition, "delete", {"ids": stale})
        if rows:
            self._write(partition, rows, vectors)

    def _write(self, scope: str, rows: Sequence[tuple[str, IndexEntry]], vectors: NDArray[np.float32]) -> None:
        for start in range(0, len(rows), _BATCH):
            part = rows[start : start + _BATCH]
            arguments = {
                "ids": [name for name, _ in part],
                "embeddings": vectors[start : start + _BATCH],
                "metadatas": [{"version": entry.version_id, "collection": entry.collection_id} for _, entry in part],
            }
            self._call(scope, "upsert", arguments, create=True)

    def delete_versions(self, version_ids: Collection[str], *, scope: str) -> None:
        """Remove every vector of these versions from one scope, passages and questions."""
        for some in _parts(sorted(set(version_ids)), _DELETE_BATCH):
            for part in (scope, _questions(scope)):
                self._call(part, "delete", {"where": {"version": {"$in": some}}})

    def search_asked(self, vector: NDArray[np.float32], *, scopes: Collection[str], limit: int) -> list[ScoredId]:
        """Chunks with the nearest questions, each with the cosine of its best one; at most ``limit`` questions."""
        best: dict[str, float] = {}
        for hit in self.search(vector, scopes=[_questions(scope) for scope in scopes], limit=limit):
            best.setdefault(chunk_of(hit.chunk_id), hit.score)
        return [ScoredId(chunk_id, score) for chunk_id, score in best.items()]

    def search(self, vector: NDArray[np.float32], *, scopes: Collection[str], limit: int) -> list[ScoredId]:
        """Nearest chunks by cosine similarity in [-1, 1] among the listed scopes, best first."""
        if not scopes or limit < 1:
            return []

        def ask(scope: str) -> list[ScoredId]:
            arguments = {"query_embeddings": vector[None, :], "n_results": limit, "include": ["distances"]}
            found = self._call(scope, "query", arguments)
            if found is None:
                return []
            pairs = zip(found["ids"][0], found["distances"][0], strict=True)
            return [ScoredId(chunk_id, 1.0 - float(distance)) for chunk_id, distance in pairs]

        wanted = sorted(set(scopes))
        parts = [ask(wanted[0])] if len(wanted) == 1 else list(self._executor().map(ask, wanted))
        hits = [hit for part in parts for hit in part]
        return sorted(hits, key=lambda hit: (-hit.score, hit.chunk_id))[:limit]

    def count(self, scope: str) -> int:
        """Number of passages stored under a scope (0 when it does not exist)."""
        return int(self._call(scope, "count", {}) or 0)

    def versions(self, scope: str) -> dict[str, int]:
        """Number of passages by version id under a scope (empty when it does not exist), read page by page."""
        return dict(Counter(version_id for _, version_id in self._listing(scope)))

    def asked(self, scope: str) -> dict[str, str]:
        """Digest of the questions held by version id under a scope, for the versions that have any."""
        held: dict[str, list[str]] = {}
        for name, version_id in self._listing(_questions(scope)):
            held.setdefault(version_id, []).append(name)
        return {version_id: digest(names) for version_id, names in held.items()}

    def _listing(self, scope: str) -> Iterator[tuple[str, str]]:
        """Yield id and version of everything in a partition, read page by page."""
        offset = 0
        while found := self._call(scope, "get", {"include": ["metadatas"], "limit": _PAGE, "offset": offset}):
            for name, metadata in zip(found["ids"], found["metadatas"], strict=True):
                yield str(name), str((metadata or {}).get("version", ""))
            offset += len(found["ids"])
            if len(found["ids"]) < _PAGE:
                break

    def drop(self, scope: str) -> None:
        """Remove a scope and all its vectors, passages and questions; one that does not exist is no error."""
        for part in (scope, _questions(scope)):
            self._drop(part)

    def _drop(self, scope: str) -> None:
        from chromadb.errors import NotFoundError  # noqa: PLC0415 - heavy

        with _as_unavailable("drop a scope"):
            client = self._client()
            with self._lock:
                self._collections.pop(scope, None)
            try:
                client.delete_collection(self._name(scope))
            except NotFoundError:
                return

    def scopes(self) -> list[str]:
        """Return the scopes that exist on the server for this embedding model, sorted."""
        with _as_unavailable("list scopes"):
            found = self._client().list_collections()
            kept = [(item.metadata or {}) for item in found]
        names = {str(item["scope"]) for item in kept if item.get("fingerprint") == self._fingerprint}
        return sorted({name.removesuffix(_ASKED) for name in names})

    def ping(self) -> None:
        """Raise ``IndexUnavailable`` when the server does not answer."""
        with _as_unavailable("ping"):
            self._heartbeat()

    def close(self) -> None:
        """End the worker threads and connections; the index may still be used afterwards."""
        with self._lock:
            pool, self._pool = self._pool, None
            client, self._connected = self._connected, None
            self._collections.clear()
        if pool is not None:
            pool.shutdown()
        if client is not None:
            client._server._session.close()  # noqa: SLF001 - ours, see ``_connect``
            client.close()

    def _name(self, scope: str) -> str:
        """Name the Chroma collection: scopes are free text, names are not (3 to 512 of ``[a-zA-Z0-9._-]``)."""
        return f"scope-{_short(scope)}-model-{_short(self._fingerprint)}"

    def _call(self, scope: str, method: str, arguments: Mapping[str, Any], *, create: bool = False) -> Any | None:  # noqa: ANN401
        """Call a method of a scope's collection; ``None`` where the scope does not exist and is not to be created.

        A cached collection may have been dropped and made anew by another process: it is looked up once more.
        """
        from chromadb.errors import NotFoundError  # noqa: PLC0415 - heavy

        with _as_unavailable(method):
            for _ in range(2):
                collection = self._collection(scope, create=create)
                if collection is None:
                    return None
                try:
                    return getattr(collection, method)(**arguments)
                except NotFoundError:
                    with self._lock:
                        self._collections.pop(scope, None)
            return None

    def _collection(self, scope: str, *, create: bool) -> Any | None:  # noqa: ANN401 - chromadb is untyped here
        from chromadb.errors import NotFoundError  # noqa: PLC0415 - heavy

        with self._lock:
            if scope in self._collections:
                return self._collections[scope]
        client = self._client()
        try:
            # no embedding function: Chroma's default one would download a model
            if create:
                found = client.get_or_create_collection(
                    self._name(scope),
                    configuration={"hnsw": _HNSW},
                    metadata={"scope": scope, "fingerprint": self._fingerprint},
                    embedding_function=None,
                )
            else:
                found = client.get_collection(self._name(scope), embedding_function=None)
        except NotFoundError:
            return None
        with self._lock:
            self._collections[scope] = found
        return found

    def _client(self) -> Any:  # noqa: ANN401 - chromadb is untyped here
        with self._lock:
            if self._connected is None:
                self._heartbeat()  # chromadb's own first request has no time limit
                self._connected = self._connect()
            return self._connected

    def _connect(self) -> Any:  # noqa: ANN401 - chromadb is untyped here
        import chromadb  # noqa: PLC0415 - heavy
        from chromadb.config import Settings  # noqa: PLC0415 - heavy

        client = chromadb.HttpClient(
            host=self._host,
            port=self._port,
            ssl=self._ssl,
            headers=self._headers,
            settings=Settings(anonymized_telemetry=False),
        )
        # chromadb sets no timeout, lets proxy variables of the environment reroute it, never closes its connections,
        # and has no setting for any of it: its session is replaced by ours, its second one (administration) closed
        client._admin_client._server._session.close()  # noqa: SLF001 - see above
        theirs = client._server._session  # noqa: SLF001 - see above
        client._server._session = self._session(dict(theirs.headers))  # noqa: SLF001 - see above
        theirs.close()
        return client

    def _session(self, headers: Mapping[str, str]) -> Any:  # noqa: ANN401 - httpx is imported lazily
        import httpx  # noqa: PLC0415 - heavy

        timeout = httpx.Timeout(self._timeout, connect=self._connect_timeout)
        limits = httpx.Limits(max_connections=32, max_keepalive_connections=_PARALLEL_SCOPES)
        return httpx.Client(timeout=timeout, limits=limits, headers=dict(headers), verify=self._ssl, trust_env=False)

    def _heartbeat(self) -> None:
        import httpx  # noqa: PLC0415 - heavy

        address = f"{'https' if self._ssl else 'http'}://{self._host}:{self._port}/api/v2/heartbeat"
        # certificates are loaded (30 ms) only where they are needed
        with httpx.Client(
            timeout=self._connect_timeout, headers=self._headers, verify=self._ssl, trust_env=False
        ) as session:
            session.get(address).raise_for_status()

    def _executor(self) -> ThreadPoolExecutor:
        with self._lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(_PARALLEL_SCOPES, thread_name_prefix="chroma")
            return self._pool


def _questions(scope: str) -> str:
    """Return the partition that holds the questions of a scope: apart, because they would crowd out the passages."""
    return scope + _ASKED


def _parts(items: list[str], size: int) -> Iterator[list[str]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _short(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:20]


@contextmanager
def _as_unavailable(action: str) -> Iterator[None]:
    """Turn whatever the client raises into the one error callers handle."""
    try:
        yield
    # chromadb raises bare ``Exception`` for server errors it does not know and ``ValueError`` for refused connections
    except Exception as error:
        raise IndexUnavailable(f"vector index: cannot {action}: {type(error).__name__}: {error}") from error
