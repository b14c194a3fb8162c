"""Search as a user may: the indexes propose, the database decides.

Indexes are derived and may lag behind: a withdrawn document, an old version, a collection whose readers changed. So
every proposed passage is looked up again in the database, under the rights of the person who asks, and what does not
pass is dropped. Text and titles come from the database too, never from an index.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Protocol

from sqlalchemy import bindparam, select

from assistant.accounts.access import readable
from assistant.db.models import ChunkRow, Collection, Document, DocumentVersion, VersionState
from assistant.errors import ErrorCode, Failure
from assistant.library.collections import find_collection
from assistant.library.legal import LegalState, korean_today, legal_state
from assistant.library.named import with_named
from assistant.library.ranking import Ranker
from assistant.library.reranking import RERANK, Reranking
from assistant.library.turnover import Turnover
from assistant.library.versions import counting, history_of
from retrieval.errors import IndexUnavailable
from retrieval.ranking import Weights
from retrieval.types import Locator

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Collection as AbstractCollection
    from datetime import date

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from assistant.accounts.identity import Principal
    from assistant.db.engine import Database
    from retrieval.types import Candidate, SearchOutcome

MAX_RESULTS: Final = 100
_LISTS: Final = 4  # words and meaning, of passages and of questions
_OVERFETCH: Final = 4 * _LISTS  # an article is several chunks, and some proposals do not pass the look-up
_MIN_FETCH: Final = 200
_DEEPER: Final = 5
_TEXTS_OF_A_LAW: Final = 2  # in history, the same article is found in several texts of which one counts


class Searcher(Protocol):
    """What proposes passages: ``retrieval.hybrid.HybridSearcher`` or anything like it."""

    def search(self, query: str, *, scopes: AbstractCollection[str], limit: int) -> SearchOutcome:
        """Return the best candidates among the given scopes.

        Raises:
            IndexUnavailable: no side could be asked.
        """
        ...


@dataclass(frozen=True, slots=True)
class SearchHit:
    """One passage a user may read: ``text == version.text[start:end]``.

    ``score`` is the fused score in [0, 1]; ``dense`` and ``lexical`` are its parts. ``grade`` is the collection's data
    grade: whoever hands the text to a model must look at it. ``collection`` is the collection's name.
    """

    chunk_id: str
    document_id: str
    version_id: str
    collection_id: str
    collection: str
    grade: str
    title: str
    locator: Locator
    text: str
    start: int
    end: int
    score: float
    legal_state: LegalState
    effective_on: date | None
    dense: float
    lexical: float


@dataclass(frozen=True, slots=True)
class SearchResponse:
    """Hits, best first, each article of a document once.

    ``degraded`` names the sides that could not be asked (``dense``, ``lexical``, ``rerank``); ``dense_top`` and
    ``lexical_top`` are the best raw scores the indexes saw among the scopes searched, ``asked_top`` the best raw cosine
    of an everyday question: evidence strength for the refusal gate.
    """

    results: tuple[SearchHit, ...]
    took_ms: float
    degraded: tuple[str, ...] = ()
    dense_top: float = 0.0
    lexical_top: float = 0.0
    asked_top: float = 0.0


@dataclass(frozen=True, slots=True)
class _Within:
    """What a search looks into: index partitions, collections, and the day; ``history`` when also past and future."""

    scopes: frozenset[str]
    collections: frozenset[str]
    day: date
    history: bool


class SearchService:
    """Answers searches of one installation; safe to share between threads.

    Args:
        database: where rights, texts and active versions are.
        searcher: what proposes passages.
        ranker: puts them together to articles.
        reranking: puts the best of them in order once more, where there is a reranker.
        today: gives the day in Korea.
    """

    def __init__(
        self,
        database: Database,
        searcher: Searcher,
        *,
        today: Callable[[], date] = korean_today,
        ranker: Ranker | None = None,
        reranking: Reranking | None = None,
    ) -> None:
        self._database = database
        self._searcher = searcher
        self._ranker = ranker or Ranker(Weights())
        self._reranking = reranking
        self._today = today
        self._turnover = Turnover()

    def search(
        self,
        principal: Principal,
        query: str,
        *,
        k: int = 10,
        collection: str | None = None,
        as_of: date | None = None,
        conversation: str | None = None,
    ) -> SearchResponse:
        """Return the best passages that this person may read.

        Args:
            principal: who asks.
            query: words or a question.
            k: most hits wanted, 1 to ``MAX_RESULTS``.
            collection: name of the one collection to search.
            as_of: the day whose law is asked for; today in Korea when not given. Only texts that count on it come back.
            conversation: id of a conversation of this person whose attached files are searched as well.

        Raises:
            Failure: ``question_empty``, ``input_invalid`` (k), ``collection_not_found`` (unknown or not readable),
                ``index_unavailable`` when neither index answers.
        """
        started = time.perf_counter()
        if not query.strip():
            raise Failure(ErrorCode.QUESTION_EMPTY)
        if not 1 <= k <= MAX_RESULTS:
            raise Failure(ErrorCode.INPUT_INVALID, detail=f"k 1-{MAX_RESULTS}")
        within = self._within(principal, collection, conversation, as_of)
        if not within.scopes:
            return SearchResponse((), _since(started))
        limit = max(_OVERFETCH * k, _MIN_FETCH) * (_TEXTS_OF_A_LAW if within.history else 1)
        wanted = k if self._reranking is None else max(k, self._reranking.depth)
        outcome, hits = self._round(query, within, limit, wanted)
        if len(hits) < k and len(outcome.candidates) >= limit // _LISTS:  # one list alone may have been full
            outcome, hits = self._round(query, within, limit * _DEEPER, wanted)
        degraded = outcome.degraded
        if self._reranking is not None:
            hits, answered = self._reranking.apply(query, hits)
            degraded += () if answered else (RERANK,)
        return SearchResponse(
            results=tuple(hits[:k]),
            took_ms=_since(started),
            degraded=degraded,
            dense_top=outcome.dense_top,
            lexical_top=outcome.lexical_top,
            asked_top=outcome.asked_top,
        )

    def _within(
        self, principal: Principal, collection: str | None, conversation: str | None, as_of: date | None
    ) -> _Within:
        with self._database.read() as session:
            scopes, collections = _where(session, principal, collection, conversation)
            today = self._today()
            day = as_of or today
            # Today's partitions hold what counts today, unless a text begins today and the night's job lags behind.
            history = day != today or self._turnover.pending(session, today)
        if history:
            scopes = frozenset(part for scope in scopes for part in (scope, history_of(scope)))
        return _Within(scopes, collections, day, history=history)

    def _round(self, query: str, within: _Within, limit: int, k: int) -> tuple[SearchOutcome, list[SearchHit]]:
        try:
            outcome = self._searcher.search(query, scopes=within.scopes, limit=limit)
        except IndexUnavailable as error:
            raise Failure(ErrorCode.INDEX_UNAVAILABLE) from error
        with self._database.read() as session:
            outcome = with_named(session, outcome, within.collections)
            rows = _allowed(session, [candidate.chunk_id for candidate in outcome.candidates], within)
            best = self._ranker.order(query, outcome, rows)[:k]
            texts = _texts(session, [candidate.chunk_id for candidate in best])
        return outcome, [_hit(one, rows[one.chunk_id], texts[one.chunk_id], within.day) for one in best]


def _where(
    session: Session, principal: Principal, collection: str | None, conversation: str | None
) -> tuple[frozenset[str], frozenset[str]]:
    """Return the scopes to search and the ids of the collections whose passages may come back."""
    access = readable(session, principal, conversation=conversation)
    if collection is None:
        return access.scopes, access.collection_ids
    one = find_collection(session, principal, collection)
    if conversation is None:
        return frozenset({one.scope}), frozenset({one.id})
    attached = access.collection_ids - readable(session, principal).collection_ids
    scopes = session.scalars(select(Collection.scope).where(Collection.id.in_(sorted(attached))))
    return frozenset({one.scope, *scopes}), frozenset({one.id, *attached})


def _allowed(session: Session, chunk_ids: list[str], within: _Within) -> dict[str, Any]:
    """Look the proposed chunks up: document not withdrawn, collection among those given, text that counts that day."""
    if not chunk_ids:
        return {}
    # These tests are made here and not in SQL: given a constant for an indexed column, SQLite's planner would start
    # from it and walk through every passage of the collection instead of looking up the few that were proposed.
    rows = [
        row
        for row in session.execute(_lookup(), {"chunks": chunk_ids})
        if row.collection_id in within.collections and row.state == VersionState.READY.value
    ]
    if not within.history:
        return {row.chunk_id: row for row in rows if row.active_version_id == row.version_id}
    counts = counting(session, {(row.collection_id, row.family) for row in rows}, within.day)
    return {row.chunk_id: row for row in rows if counts.get((row.collection_id, row.family)) == row.version_id}


@cache  # putting the statement together costs more than running it
def _lookup() -> Select[*tuple[Any, ...]]:
    return (
        select(
            ChunkRow.id.label("chunk_id"),
            ChunkRow.article,
            ChunkRow.article_title,
            DocumentVersion.id.label("version_id"),
            DocumentVersion.state,
            DocumentVersion.title,
            DocumentVersion.kind,
            DocumentVersion.legal_status,
            DocumentVersion.effective_on,
            Document.id.label("document_id"),
            Document.family,
            Document.active_version_id,
            Collection.id.label("collection_id"),
            Collection.name.label("collection"),
            Collection.grade,
        )
        .join(DocumentVersion, DocumentVersion.id == ChunkRow.version_id)
        .join(Document, Document.id == DocumentVersion.document_id)
        .join(Collection, Collection.id == Document.collection_id)
        .where(
            ChunkRow.id.in_(bindparam("chunks", expanding=True)),
            Document.withdrawn_at.is_(None),
            Document.deleted_at.is_(None),
        )
    )


def _texts(session: Session, chunk_ids: list[str]) -> dict[str, Any]:
    """Read what is shown of the passages that come back; hundreds are looked up for the ten that are."""
    columns = (ChunkRow.id, ChunkRow.start, ChunkRow.end, ChunkRow.text, ChunkRow.heading, ChunkRow.page)
    return {row.id: row for row in session.execute(select(*columns).where(ChunkRow.id.in_(chunk_ids)))}


def _hit(candidate: Candidate, row: Any, text: Any, day: date) -> SearchHit:  # noqa: ANN401 - rows of the look-ups
    """Return what people are shown of a candidate."""
    return SearchHit(
        chunk_id=row.chunk_id,
        document_id=row.document_id,
        version_id=row.version_id,
        collection_id=row.collection_id,
        collection=row.collection,
        grade=row.grade,
        title=row.title,
        locator=Locator(row.article, row.article_title, tuple(text.heading), text.page),
        text=text.text,
        start=text.start,
        end=text.end,
        score=candidate.score,
        legal_state=legal_state(row, day, newest=True),
        effective_on=row.effective_on,
        dense=candidate.dense,
        lexical=candidate.lexical,
    )


def _since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 2)
