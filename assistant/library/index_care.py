"""Mending, rebuilding and moving index entries, always from the database and never by embedding what has a vector."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import and_, or_, select, update

from assistant.db.models import Collection, Document, DocumentVersion, VersionState
from assistant.errors import ErrorCode, Failure
from assistant.governance.audit import AuditAction, record
from assistant.library.index_asked import drop_unused_vectors
from assistant.library.index_check import IN_FLIGHT, IndexReport, LiveVersion, SideReport, check, live_versions
from assistant.library.job_names import JOB_INGEST
from assistant.library.versions import counterpart, history_of, partition_of
from retrieval.errors import IndexUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sqlalchemy.orm import Session

    from assistant.db.engine import Database
    from assistant.library.indexing import Indexes, VersionContent
    from assistant.ports import JobQueue

    Progress = Callable[[int, int], None]

_WRITE_CHUNKS: Final = 500  # passages written at once: a durable commit each, some seconds of the one writer
_REMOVE_VERSIONS: Final = 200
_ALIVE: Final = (*IN_FLIGHT, VersionState.READY.value)


@dataclass(frozen=True, slots=True)
class RepairReport:
    """What a repair found, and how many versions it wrote to and removed from each index."""

    before: IndexReport
    lexical_written: int
    dense_written: int
    removed: int
    embedded: int


def repair(
    database: Database,
    indexes: Indexes,
    queue: JobQueue,
    *,
    samples: int = 3,
    progress: Progress | None = None,
) -> RepairReport:
    """Compare the indexes with the database and mend only what differs; an index that was wiped is filled again.

    A lexical index that is damaged or was made by an older release is made anew. Meanwhile search goes on with what
    there is.

    Args:
        database: the truth.
        indexes: what is mended.
        queue: takes a version that came back to life while it was being removed.
        samples: as for :func:`check`.
        progress: called with (versions done, versions to do), once per index that needs it.

    Raises:
        Failure: ``index_unavailable`` when an index did not answer; the other one is mended all the same.
    """
    report = check(database, indexes, samples=samples)
    try:
        words = _repair_lexical(database, indexes, queue, report.lexical, progress)
    except IndexUnavailable:
        words = None
    near, embedded = 0, 0
    if report.dense is not None and report.dense.available:
        near, embedded = _repair_dense(database, indexes, queue, report.dense, progress)
        if near:
            drop_unused_vectors(database, indexes.asked_keys())
    if words is None or (report.dense is not None and not report.dense.available):
        raise Failure(ErrorCode.INDEX_UNAVAILABLE)
    removed = len(report.lexical.stale) + (len(report.dense.stale) if report.dense is not None else 0)
    return RepairReport(report, words, near, removed, embedded)


def rebuild(database: Database, indexes: Indexes, *, actor: str, progress: Progress | None = None) -> int:
    """Empty both indexes and fill them from the database; return the number of versions written.

    Nothing is embedded that has a vector. Until it is done search finds only part of the documents.

    Raises:
        IndexUnavailable: an index did not answer; starting again is safe.
    """
    with database.read() as session:
        scopes = list(session.scalars(select(Collection.scope).distinct()))
    if indexes.embedder is not None:
        indexes.vector.ping()  # before anything is emptied
    indexes.lexical.clear()
    if indexes.embedder is not None:
        for scope in scopes:
            indexes.vector.drop(scope)
            indexes.vector.drop(history_of(scope))
    names = list(_unmark(database))
    _write(database, indexes, names, dense=None, progress=progress)
    after = check(database, indexes, samples=0)  # a worker may have written at the very moment of emptying
    _write(database, indexes, after.lexical.missing, dense=False)
    if after.dense is not None:
        _write(database, indexes, after.dense.missing, dense=True)
    with database.write() as session:
        record(
            session,
            actor=actor,
            action=AuditAction.INDEX_REBUILT,
            subject="index:all",
            data={"versions": len(names), "embedder": indexes.embedder.fingerprint if indexes.embedder else None},
        )
    return len(names)


def move_collection(database: Database, indexes: Indexes, collection_id: str, old_scope: str) -> int:
    """Write a collection's live versions under its present scope, then take all its versions out of the old one.

    Return the number of versions written. Done again, it does the same again.

    Raises:
        IndexUnavailable: an index did not answer; the job comes back.
    """
    with database.read() as session:
        scope = session.scalar(select(Collection.scope).where(Collection.id == collection_id))
        every = list(
            session.scalars(
                select(DocumentVersion.id)
                .join(Document, Document.id == DocumentVersion.document_id)
                .where(Document.collection_id == collection_id)
                .order_by(DocumentVersion.id)
            )
        )
        live = live_versions(session)
    if scope is None:
        return 0
    names = [name for name in every if name in live]
    _write(database, indexes, names, dense=None)
    if scope != old_scope and indexes.embedder is not None:
        for some in _slices(every, _REMOVE_VERSIONS):
            indexes.vector.delete_versions(some, scope=old_scope)
            indexes.vector.delete_versions(some, scope=history_of(old_scope))
    return len(names)


def remove_version(database: Database, indexes: Indexes, queue: JobQueue, version_id: str) -> bool:
    """Take a version that is no longer live out of both indexes; return whether it was removed.

    Raises:
        IndexUnavailable: an index did not answer; the job comes back.
    """
    with database.read() as session:
        scope = session.scalar(
            select(Collection.scope)
            .join(Document, Document.collection_id == Collection.id)
            .join(DocumentVersion, DocumentVersion.document_id == Document.id)
            .where(DocumentVersion.id == version_id)
        )
    removed = _remove_dead(database, indexes, queue, [version_id], scope=None)
    if removed and scope is not None:
        for part in (scope, history_of(scope)):
            _remove_dead(database, indexes, queue, [version_id], scope=part)
    return removed > 0


def _embed(database: Database, indexes: Indexes, version_id: str) -> int:
    with database.read() as session:
        title = session.scalar(select(DocumentVersion.title).where(DocumentVersion.id == version_id))
    return 0 if title is None else indexes.embed_version(database, version_id, title)


def _repair_lexical(
    database: Database, indexes: Indexes, queue: JobQueue, side: SideReport, progress: Progress | None
) -> int:
    if side.available:
        with database.read() as session:
            names = _to_write(side, live_versions(session))
    else:
        indexes.lexical.clear()
        names = list(_unmark(database))
    _write(database, indexes, names, dense=False, progress=progress)
    _remove_dead(database, indexes, queue, [name for name, _ in side.stale], scope=None)
    return len(names)


def _repair_dense(
    database: Database, indexes: Indexes, queue: JobQueue, side: SideReport, progress: Progress | None
) -> tuple[int, int]:
    with database.read() as session:
        names = _to_write(side, live_versions(session))
    embedded = _write(database, indexes, names, dense=True, reasked=side.reasked, progress=progress)
    for scope in sorted({scope for _, scope in side.stale}):
        _remove_dead(database, indexes, queue, [name for name, where in side.stale if where == scope], scope=scope)
    return len(names), embedded


def _unmark(database: Database) -> dict[str, LiveVersion]:
    """Make workers write again what they wrote before an index was emptied; return the versions live now."""
    with database.write() as session:
        session.execute(update(DocumentVersion).where(DocumentVersion.state.in_(IN_FLIGHT)).values(indexed=False))
    with database.read() as session:
        return live_versions(session)


def _to_write(side: SideReport, live: Mapping[str, LiveVersion]) -> list[str]:
    """Return the live versions to write: those missing and all of the scopes in which passages were lost."""
    missing = set(side.missing)
    return [name for name, version in live.items() if name in missing or version.scope in side.lost]


def _write(
    database: Database,
    indexes: Indexes,
    version_ids: Sequence[str],
    *,
    dense: bool | None,
    reasked: Sequence[str] = (),
    progress: Progress | None = None,
) -> int:
    """Write versions in batches, to one index or (``dense=None``) to both; return how many texts were embedded.

    Of the versions in ``reasked`` the vector index has all passages; only their questions are written.
    """
    batch: list[VersionContent] = []
    embedded = 0
    there = set(reasked)
    for done, version_id in enumerate(version_ids, start=1):
        if dense is not False:
            embedded += _embed(database, indexes, version_id)
        with database.read() as session:
            content = indexes.content(session, version_id)
        if content is not None:
            batch.append(content if version_id not in there else content.without_passages())
        if sum(len(content.entries) for content in batch) >= _WRITE_CHUNKS or done == len(version_ids):
            if dense is not True:
                indexes.write_lexical(batch)
            if dense is not False:
                indexes.write_dense(batch)
            batch = []
            if progress is not None:
                progress(done, len(version_ids))
    return embedded


def _remove_dead(
    database: Database,
    indexes: Indexes,
    queue: JobQueue,
    version_ids: Sequence[str],
    *,
    scope: str | None,
) -> int:
    """Remove versions that are not live from one index; return how many.

    ``scope`` is a partition of the vector index, ``None`` stands for the lexical index. A version may come back to life
    (the earlier content submitted again) after we looked and before we removed it: its mark is taken away and it is
    queued, so that it is written again.
    """
    removed = 0
    for some in _slices(version_ids, _REMOVE_VERSIONS):
        with database.read() as session:
            alive = _alive(session, some, scope)
        dead = [version_id for version_id in some if version_id not in alive]
        if not dead:
            continue
        if scope is None:
            indexes.lexical.apply(delete_versions=dead)
        elif indexes.embedder is not None:
            indexes.vector.delete_versions(dead, scope=scope)
        with database.write() as session:
            back = sorted(_alive(session, dead, scope))
            unmarked = [*back, *set(dead).difference(_alive(session, dead, None))]
            session.execute(update(DocumentVersion).where(DocumentVersion.id.in_(unmarked)).values(indexed=False))
            for version_id in back:
                queue.add(session, JOB_INGEST, {"version_id": version_id}, key=version_id)
        removed += len(dead)
    return removed


def _alive(session: Session, version_ids: Sequence[str], scope: str | None) -> set[str]:
    """Return those of the versions that are live or on their way, in this partition when one is given.

    A version on its way may end up in either partition of its scope.
    """
    statement = (
        select(DocumentVersion.id)
        .join(Document, Document.id == DocumentVersion.document_id)
        .join(Collection, Collection.id == Document.collection_id)
        .where(DocumentVersion.id.in_(version_ids), DocumentVersion.state.in_(_ALIVE))
    )
    if scope is not None:
        coming = and_(DocumentVersion.state.in_(IN_FLIGHT), Collection.scope.in_((scope, counterpart(scope))))
        statement = statement.where(or_(partition_of() == scope, coming))
    return set(session.scalars(statement))


def _slices(items: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
