"""Word search on disk: BM25 by tantivy over the tokens of ``retrieval.korean``.

Several processes may search while one writes: a commit replaces ``meta.json`` atomically, and a searcher looks at that
file's stamp before every query. The files are derived from the database; damaged ones raise ``IndexUnavailable`` until
``clear()`` makes them anew.
"""

from __future__ import annotations

import json
import shutil
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retrieval import korean
from retrieval.asked import entry_digest, joined
from retrieval.errors import IndexUnavailable
from retrieval.types import ChunkKind, IndexEntry, ScoredId

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

SCHEMA_REVISION = 2
_META, _WORDS = "meta.json", "words.json"
_TEXT_FIELDS = ("title", "heading", "body")
_ASKED = "asked"
_ID_FIELDS = ("chunk_id", "version_id", "scope", "kind")
_MARK = "asked_mark"  # version and digest of the questions of a chunk, for those that have any
_SUPPLEMENTARY_FACTOR = 0.5
_MAX_TERMS = 64  # of a long pasted question only the rarest words are asked
_MAX_ADDED = 32  # and of the words added to it
_COMMON = 0.5  # words of more than half of the passages only cost time ...
_FEW_PASSAGES = 2000  # ... where there are many: in a small index every word may tell something
_WRITER_HEAP = 64 << 20
_RETRY_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Boosts:
    """Weights of the BM25 scores by field; ``article`` is for a named article in the heading of its own passage."""

    title: float = 1.0
    heading: float = 0.5
    body: float = 1.0
    article: float = 8.0


class TantivyIndex:
    """A ``LexicalIndex`` in one folder. Thread-safe; one writer at a time over all processes."""

    def __init__(self, path: Path, *, lock_timeout: float = 30.0, boosts: Boosts | None = None) -> None:
        """Name the folder; nothing is read or written before the first call.

        ``lock_timeout`` is how many seconds a write waits for the writer of another thread or process.
        """
        self._path = Path(path)
        self._lock_timeout = lock_timeout
        self._boosts = boosts or Boosts()
        self._guard = threading.RLock()
        self._index: Any = None
        self._stamp: tuple[int, int, int] | None = None

    @property
    def is_current(self) -> bool:
        """Whether the files were made with today's schema and tokens (an empty folder is current)."""
        if not (self._path / _META).exists():
            return True
        try:
            return bool(json.loads((self._path / _WORDS).read_text(encoding="utf-8")) == _made_with())
        except (OSError, ValueError):
            return False

    def apply(self, *, upsert: Iterable[IndexEntry] = (), delete_versions: Iterable[str] = ()) -> None:
        """Delete, then add, then commit durably; nothing at all is changed when an entry cannot be read.

        Raises:
            IndexUnavailable: the files are damaged, cannot be written, or another writer held them too long.
        """
        import tantivy  # noqa: PLC0415 - heavy

        # Nearly all of the work is in the words, and it needs no lock: others may write meanwhile.
        fresh = [(entry.chunk_id, tantivy.Document(**_fields(entry))) for entry in upsert]
        with _as_unavailable("write"), self._writer() as writer:
            for version_id in delete_versions:
                writer.delete_documents_by_term("version_id", version_id)
            for chunk_id, document in fresh:
                writer.delete_documents_by_term("chunk_id", chunk_id)
                writer.add_document(document)
            writer.commit()

    def search(
        self, query: str, *, scopes: Collection[str], limit: int, added: Mapping[str, float] | None = None
    ) -> list[ScoredId]:
        """Best chunks by BM25 among those whose scope is listed; supplementary provisions count half.

        Args:
            query: what was asked.
            scopes: partitions to search.
            limit: most chunks wanted.
            added: more search words (tokens) and what each counts, where a word of the query counts 1.

        Raises:
            IndexUnavailable: the files are damaged.
        """
        if not scopes or limit < 1:
            return []
        words, more = _weighted(query, added)
        with _as_unavailable("search"):
            searcher = self._searcher()
            if searcher is None or not words:
                return []
            parts = self._term_queries(searcher, words, _MAX_TERMS) + self._term_queries(searcher, more, _MAX_ADDED)
            if not parts:
                return []
            main = self._best(searcher, parts, scopes, limit, supplementary=False)
            extra = self._best(searcher, parts, scopes, limit, supplementary=True)
        merged = main + [ScoredId(hit.chunk_id, hit.score * _SUPPLEMENTARY_FACTOR) for hit in extra]
        return sorted(merged, key=lambda hit: (-hit.score, hit.chunk_id))[:limit]

    def search_asked(
        self, query: str, *, scopes: Collection[str], limit: int, added: Mapping[str, float] | None = None
    ) -> list[ScoredId]:
        """Best chunks by BM25 over the everyday questions kept with them; chunks without any are never found.

        Raises:
            IndexUnavailable: the files are damaged.
        """
        if not scopes or limit < 1:
            return []
        words, more = _weighted(query, added)
        with _as_unavailable("search"):
            searcher = self._searcher()
            if searcher is None or not words:
                return []
            parts = _asked_queries(searcher, words, _MAX_TERMS) + _asked_queries(searcher, more, _MAX_ADDED)
            return self._best(searcher, parts, scopes, limit, supplementary=False) if parts else []

    def counts(self) -> dict[str, int]:
        """Number of live chunks by version id."""
        return dict(self._terms("version_id"))

    def asked(self) -> dict[str, str]:
        """Digest of the everyday questions held by version id, for those that have any."""
        parts: dict[str, list[str]] = {}
        for mark, _ in self._terms(_MARK):
            version_id, _, part = mark.rpartition(" ")
            parts.setdefault(version_id, []).append(part)
        return {version_id: joined(some) for version_id, some in parts.items()}

    def _terms(self, field: str) -> list[tuple[str, int]]:
        """Return every value of a field and the number of live chunks that have it."""
        import tantivy  # noqa: PLC0415 - heavy

        with _as_unavailable("count"):
            searcher = self._searcher()
            if searcher is None or not searcher.num_docs:
                return []
            ask = {"values": {"terms": {"field": field, "size": searcher.num_docs}}}
            found = searcher.aggregate(tantivy.Query.all_query(), ask)
        return [(bucket["key"], int(bucket["doc_count"])) for bucket in found["values"]["buckets"]]

    def clear(self) -> None:
        """Remove everything, durably; damaged or outdated files are thrown away and made anew."""
        with self._guard:
            self._index, self._stamp = None, None
            if self._path.exists():
                aside = self._path.with_name(f".{self._path.name}.{time.monotonic_ns()}")
                self._path.rename(aside)
                shutil.rmtree(aside, ignore_errors=True)
            with _as_unavailable("clear"):
                self._open(create=True)

    def _open(self, *, create: bool) -> Any | None:  # noqa: ANN401 - tantivy is untyped here
        """Return the index, opened once; ``None`` where there is none yet and none is to be made."""
        import tantivy  # noqa: PLC0415 - heavy

        with self._guard:
            if self._index is None:
                if (self._path / _META).exists():
                    self._index = tantivy.Index.open(str(self._path))
                elif create:
                    self._path.mkdir(parents=True, exist_ok=True)
                    self._index = tantivy.Index(_schema(), path=str(self._path), reuse=True)
                else:
                    return None
                self._index.config_reader(reload_policy="manual")
            if create:
                self._sign(self._index)
            return self._index

    def _sign(self, index: Any) -> None:  # noqa: ANN401 - tantivy is untyped here
        """Say with which schema and tokens the index is made, as long as nothing is in it.

        Done before every first write, not only when the index is made: a process killed in between must not leave
        an index that nobody vouches for.
        """
        signature = self._path / _WORDS
        if not signature.exists() and index.searcher().num_docs == 0:
            fresh = signature.with_suffix(f".{time.monotonic_ns()}")
            fresh.write_text(json.dumps(_made_with()), encoding="utf-8")
            fresh.replace(signature)

    def _searcher(self) -> Any | None:  # noqa: ANN401 - tantivy is untyped here
        """Return a searcher over the last commit of any process."""
        try:
            found = (self._path / _META).stat()
        except FileNotFoundError:
            if (self._path / _WORDS).exists():
                raise  # there was an index here: its head is gone
            with self._guard:
                self._index, self._stamp = None, None
            return None
        stamp = (found.st_mtime_ns, found.st_ino, found.st_size)
        with self._guard:
            index = self._open(create=False)
            if index is None:
                return None
            if stamp != self._stamp:
                index.reload()
                self._stamp = stamp
            return index.searcher()

    @contextmanager
    def _writer(self) -> Iterator[Any]:
        """Hold the one writer; whatever was not committed is rolled back."""
        index = self._open(create=True)
        assert index is not None  # noqa: S101 - create=True gives one or raises
        deadline = time.monotonic() + self._lock_timeout
        while True:
            try:
                writer = index.writer(heap_size=_WRITER_HEAP, num_threads=1)
                break
            except ValueError as error:
                if "lock" not in str(error).lower() or time.monotonic() > deadline:
                    raise
            time.sleep(_RETRY_SECONDS)
        try:
            yield writer
        except BaseException:
            writer.rollback()
            raise
        finally:
            writer.wait_merging_threads()  # gives the lock back

    def _term_queries(self, searcher: Any, words: Mapping[str, float], most: int) -> list[Any]:  # noqa: ANN401 - untyped
        """One weighted query per field for the rarest words; articles that are named weigh more in headings."""
        import tantivy  # noqa: PLC0415 - heavy

        schema, boosts, total = _schema(), self._boosts, searcher.num_docs
        known: list[tuple[int, str, dict[str, int]]] = []
        for word in words:
            frequencies = {field: searcher.doc_freq(field, word) for field in _TEXT_FIELDS}
            if any(frequencies.values()):
                known.append((frequencies["body"], word, frequencies))
        known.sort()
        rare = [item for item in known if item[0] <= max(_FEW_PASSAGES, total * _COMMON)]
        queries = []
        for _, word, frequencies in (rare or known)[:most]:
            for field in _TEXT_FIELDS:
                if frequencies[field]:
                    boost = getattr(boosts, field)
                    if field == "heading" and korean.is_article(word):
                        boost = boosts.article
                    boost *= words[word]
                    term = tantivy.Query.term_query(schema, field, word, index_option="freq")
                    queries.append(term if boost == 1.0 else tantivy.Query.boost_query(term, boost))
        return queries

    def _best(
        self, searcher: Any, parts: Sequence[Any], scopes: Collection[str], limit: int, *, supplementary: bool  # noqa: ANN401
    ) -> list[ScoredId]:  # fmt: skip
        import tantivy  # noqa: PLC0415 - heavy

        query, occur, schema = tantivy.Query, tantivy.Occur, _schema()
        allowed = query.const_score_query(query.term_set_query(schema, "scope", sorted(scopes)), 0.0)
        kind = query.const_score_query(query.term_query(schema, "kind", ChunkKind.SUPPLEMENTARY.value, "basic"), 0.0)
        asked = query.boolean_query(
            [
                (occur.Must, query.boolean_query([(occur.Should, part) for part in parts])),
                (occur.Must, allowed),
                (occur.Must if supplementary else occur.MustNot, kind),
            ]
        )
        hits = searcher.search(asked, limit, count=False).hits
        return [ScoredId(searcher.doc(address).get_first("chunk_id"), float(score)) for score, address in hits]


def _weighted(query: str, added: Mapping[str, float] | None) -> tuple[dict[str, float], dict[str, float]]:
    """Return the words of a query, which count 1 each, and those added to it that it does not have itself."""
    words = dict.fromkeys(korean.tokens(query), 1.0)
    return words, {word: weight for word, weight in (added or {}).items() if word not in words}


def _asked_queries(searcher: Any, words: Mapping[str, float], most: int) -> list[Any]:  # noqa: ANN401 - untyped
    """One weighted query for each of the rarest words that stand in everyday questions."""
    import tantivy  # noqa: PLC0415 - heavy

    schema, query = _schema(), tantivy.Query
    known = sorted((count, word) for word in words if (count := searcher.doc_freq(_ASKED, word)))[:most]
    return [
        query.boost_query(query.term_query(schema, _ASKED, word, index_option="freq"), words[word]) for _, word in known
    ]


@contextmanager
def _as_unavailable(action: str) -> Iterator[None]:
    """Turn what tantivy and the file system raise into the one error callers handle."""
    try:
        yield
    except (ValueError, OSError, KeyError) as error:  # tantivy raises ValueError for all of its own errors
        raise IndexUnavailable(f"word index: cannot {action}: {error}") from error
    except BaseException as error:
        # A panic in Rust is no Exception, lest somebody catch it by accident; an index of an older schema ends in one.
        if type(error).__name__ != "PanicException":
            raise
        raise IndexUnavailable(f"word index: cannot {action}: made by another version") from error


def _made_with() -> dict[str, object]:
    return {"schema": SCHEMA_REVISION, "tokens": korean.fingerprint()}


@cache
def _schema() -> Any:  # noqa: ANN401 - tantivy is untyped here
    import tantivy  # noqa: PLC0415 - heavy

    builder = tantivy.SchemaBuilder()
    for field in (*_TEXT_FIELDS, _ASKED):
        builder.add_text_field(field, stored=False, tokenizer_name="whitespace", index_option="freq")
    for field in _ID_FIELDS:
        stored, fast = field == "chunk_id", field == "version_id"
        builder.add_text_field(field, stored=stored, fast=fast, tokenizer_name="raw", index_option="basic")
    builder.add_text_field(_MARK, stored=False, fast=True, tokenizer_name="raw", index_option="basic")
    return builder.build()


def _fields(entry: IndexEntry) -> dict[str, str]:
    words = {field: " ".join(korean.tokens(getattr(entry, field))) for field in _TEXT_FIELDS}
    if entry.asked:
        words[_ASKED] = " ".join(word for question in entry.asked for word in korean.tokens(question))
        words[_MARK] = f"{entry.version_id} {entry_digest(entry)}"
    return words | {
        "chunk_id": entry.chunk_id,
        "version_id": entry.version_id,
        "scope": entry.scope,
        "kind": entry.kind.value,
    }
