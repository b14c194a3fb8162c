"""Comparing the indexes with the database: what is missing, what is stale, and whether what is there can be found.

Indexes are read before the database. So a version that becomes live meanwhile looks missing, and writing it again does
no harm; the other way round it would look stale, and removing it would.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from sqlalchemy import case, func, select

from assistant.db.models import ChunkRow, Collection, Document, DocumentVersion, VersionState
from assistant.library.index_asked import expected_digests
from assistant.library.vectors import decode, load_vectors
from assistant.library.versions import history_of, partition_of, visible
from retrieval.errors import IndexUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy.orm import Session

    from assistant.db.engine import Database
    from assistant.library.indexing import Indexes

IN_FLIGHT: Final = (VersionState.QUEUED.value, VersionState.PROCESSING.value)
_SAME: Final = (
    0.995  # a passage finds itself, or its word-for-word twin, at least this near (float16 and HNSW rounding)
)
_SAMPLE_LENGTH: Final = 80  # characters; shorter passages have too many twins to find themselves
_SAMPLE_DEPTH: Final = 50


@dataclass(frozen=True, slots=True)
class LiveVersion:
    """A version that search may show on some day, and what the indexes should hold of it.

    ``scope`` is its partition: that of the readers' scope while it counts today, else that of the scope's history.
    ``asked`` is the digest of its everyday questions, empty for those that have none.
    """

    version_id: str
    scope: str
    chunks: int
    embedded: int
    asked: str = ""


@dataclass(frozen=True, slots=True)
class SideReport:
    """One index against the database.

    ``missing`` are live versions of which it holds too little or too much, or other questions than it should;
    ``reasked`` those of them of which nothing but the questions differs; ``stale``
    (version, scope) pairs it should not hold (the scope is empty for the lexical index); ``lost`` the scopes in which
    sampled passages did not find themselves though the counts are right. ``available`` is false when the index did not
    answer; for the lexical index, whose files lie in the home, that means damaged or made by an older release.
    """

    expected: int = 0
    found: int = 0
    missing: tuple[str, ...] = ()
    reasked: tuple[str, ...] = ()
    stale: tuple[tuple[str, str], ...] = ()
    lost: tuple[str, ...] = ()
    available: bool = True

    @property
    def ok(self) -> bool:
        """Whether there is nothing to mend."""
        return self.available and not (self.missing or self.stale or self.lost)


@dataclass(frozen=True, slots=True)
class IndexReport:
    """Both indexes against the database. ``dense`` is ``None`` where no embedding model is installed."""

    versions: int
    scopes: int
    sampled: int
    lexical: SideReport
    dense: SideReport | None

    @property
    def ok(self) -> bool:
        """Whether both indexes hold exactly what they should."""
        return self.lexical.ok and (self.dense is None or self.dense.ok)


@dataclass(frozen=True, slots=True)
class _Sample:
    chunk_id: str
    scope: str
    text: str
    embed_hash: str


def check(database: Database, indexes: Indexes, *, samples: int = 3) -> IndexReport:
    """Compare counts per version, and let some passages of each scope search for themselves.

    Args:
        database: the truth.
        indexes: what is compared with it.
        samples: passages per scope, picked anew each time; 0 for counts only.
    """
    words = _lexical_counts(indexes)
    with database.read() as session:
        held = session.scalars(select(Collection.scope).distinct().order_by(Collection.scope))
        scopes = [partition for scope in held for partition in (scope, history_of(scope))]
    near = {} if indexes.embedder is None else _dense_counts(indexes, scopes)
    with database.read() as session:
        live = with_questions(session, indexes, live_versions(session))
        busy = set(session.scalars(select(DocumentVersion.id).where(DocumentVersion.state.in_(IN_FLIGHT))))
        picked = [sample for scope in scopes for sample in _samples(session, scope, samples)]
        vectors = _sample_vectors(session, indexes, picked)
    return IndexReport(
        versions=len(live),
        scopes=len(scopes),
        sampled=len(picked),
        lexical=_lexical_side(indexes, words, live, busy, picked),
        dense=None if indexes.embedder is None else _dense_side(indexes, near, live, busy, vectors),
    )


def live_versions(session: Session) -> dict[str, LiveVersion]:
    """Return every version that search may show, by id."""
    statement = (
        select(DocumentVersion.id, partition_of(), func.count(ChunkRow.id), func.count(ChunkRow.embed_hash))
        .join(Document, Document.id == DocumentVersion.document_id)
        .join(Collection, Collection.id == Document.collection_id)
        .outerjoin(ChunkRow, ChunkRow.version_id == DocumentVersion.id)
        .where(visible(), DocumentVersion.state == VersionState.READY.value)
        .group_by(DocumentVersion.id, Document.active_version_id, Collection.scope)
        .order_by(DocumentVersion.id)
    )
    return {row[0]: LiveVersion(*row) for row in session.execute(statement)}


def with_questions(session: Session, indexes: Indexes, live: dict[str, LiveVersion]) -> dict[str, LiveVersion]:
    """Return live versions with the digest of the questions that the indexes should hold of them."""
    asked = expected_digests(session, indexes.expressions, {name: one.scope for name, one in live.items()})
    return live | {name: replace(live[name], asked=digest) for name, digest in asked.items()}


@dataclass(frozen=True, slots=True)
class _Held:
    """What an index, or a partition of it, holds: passages and the digest of questions, by version."""

    passages: Mapping[str, int]
    asked: Mapping[str, str]

    def agrees(self, version: LiveVersion, passages: int) -> bool:
        """Whether it holds so many passages of a version and the questions it should."""
        name = version.version_id
        return self.passages.get(name, 0) == passages and self.asked.get(name, "") == version.asked


_EMPTY: Final = _Held({}, {})


def _lexical_counts(indexes: Indexes) -> _Held | None:
    try:
        if not indexes.lexical.is_current:
            return None
        return _Held(indexes.lexical.counts(), indexes.lexical.asked())
    except IndexUnavailable:
        return None


def _dense_counts(indexes: Indexes, scopes: Iterable[str]) -> dict[str, _Held] | None:
    try:
        indexes.vector.ping()
        return {scope: _Held(indexes.vector.versions(scope), indexes.vector.asked(scope)) for scope in scopes}
    except IndexUnavailable:
        return None


def _samples(session: Session, scope: str, number: int) -> list[_Sample]:
    """Pick passages of live versions by where a random point falls among their hashes."""
    if number <= 0:
        return []
    statement = (
        select(ChunkRow.id, partition_of(), ChunkRow.text, ChunkRow.embed_hash)
        .join(DocumentVersion, DocumentVersion.id == ChunkRow.version_id)
        .join(Document, Document.id == DocumentVersion.document_id)
        .join(Collection, Collection.id == Document.collection_id)
        .where(
            partition_of() == scope,
            visible(),
            DocumentVersion.state == VersionState.READY.value,
            func.length(ChunkRow.text) >= _SAMPLE_LENGTH,
            ChunkRow.embed_hash.is_not(None),
        )
        .order_by(case((ChunkRow.embed_hash >= secrets.token_hex(4), 0), else_=1), ChunkRow.embed_hash)
        .limit(number)
    )
    return [_Sample(chunk_id, where, text, key or "") for chunk_id, where, text, key in session.execute(statement)]


def _sample_vectors(session: Session, indexes: Indexes, picked: list[_Sample]) -> list[tuple[_Sample, bytes]]:
    if indexes.embedder is None:
        return []
    stored = load_vectors(session, indexes.embedder.fingerprint, [sample.embed_hash for sample in picked])
    return [(sample, stored[sample.embed_hash]) for sample in picked if sample.embed_hash in stored]


def _lexical_side(
    indexes: Indexes,
    held: _Held | None,
    live: Mapping[str, LiveVersion],
    busy: set[str],
    picked: list[_Sample],
) -> SideReport:
    expected = sum(version.chunks for version in live.values())
    if held is None:
        return SideReport(expected=expected, available=False)
    counts = held.passages
    missing = tuple(name for name, version in live.items() if not held.agrees(version, version.chunks))
    stale = tuple((name, "") for name in sorted(counts) if name not in live and name not in busy)
    found: dict[str, list[bool]] = {}
    try:
        for sample in picked:
            hits = indexes.lexical.search(sample.text, scopes={sample.scope}, limit=_SAMPLE_DEPTH)
            found.setdefault(sample.scope, []).append(any(hit.chunk_id == sample.chunk_id for hit in hits))
    except IndexUnavailable:
        return SideReport(expected=expected, available=False)
    # Words are shared: one passage that does not find itself among its twins proves nothing, all of them do.
    lost = tuple(sorted(scope for scope, answers in found.items() if not any(answers)))
    total = sum(counts.values())
    return SideReport(expected, total, missing, (), stale, lost if not missing else ())


def _dense_side(
    indexes: Indexes,
    held: Mapping[str, _Held] | None,
    live: Mapping[str, LiveVersion],
    busy: set[str],
    picked: list[tuple[_Sample, bytes]],
) -> SideReport:
    expected = sum(version.embedded for version in live.values())
    if held is None or indexes.embedder is None:
        return SideReport(expected=expected, available=False)
    missing = tuple(
        name for name, version in live.items() if not held.get(version.scope, _EMPTY).agrees(version, version.embedded)
    )
    reasked = tuple(
        name for name in missing if held.get(live[name].scope, _EMPTY).passages.get(name) == live[name].embedded
    )
    stale = tuple(
        (name, scope)
        for scope in sorted(held)
        for name in sorted({*held[scope].passages, *held[scope].asked})
        if name not in busy and (name not in live or live[name].scope != scope)
    )
    lost: set[str] = set()
    gone = set(missing)
    try:
        for sample, data in picked:
            vector = decode([data], indexes.embedder.dimension)[0]
            hits = indexes.vector.search(vector, scopes={sample.scope}, limit=1)
            if not any(hit.score >= _SAME for hit in hits):
                lost.add(sample.scope)
    except IndexUnavailable:
        return SideReport(expected=expected, available=False)
    total = sum(sum(one.passages.values()) for one in held.values())
    return SideReport(expected, total, missing, reasked, stale, tuple(sorted(lost)) if not gone else ())
