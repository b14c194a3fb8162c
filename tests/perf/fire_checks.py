"""Whether an import is whole: counts and contents in the database against the files, and both indexes against it."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from assistant.db.models import (
    ChunkRow,
    Collection,
    Document,
    DocumentVersion,
    IngestProgress,
    Job,
    VersionState,
    VersionText,
)
from retrieval.loaders.registry import load

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.orm import Session

    from assistant.db.engine import Database


def ready(database: Database, collection: str) -> int:
    """How many versions of a collection are complete."""
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(_versions(collection, VersionState.READY))) or 0


def expected_texts(paths: list[Path]) -> dict[str, str]:
    """The canonical text of each file, read here and now, by file name."""
    return {path.name: load(path).text for path in paths}


def problems(database: Database, collection: str, paths: list[Path], texts: dict[str, str]) -> list[str]:
    """Everything that is not as it should be after an import of these files into an empty collection."""
    with database.read() as session:
        return [*_documents(session, collection, paths, texts), *_chunks(session, collection), *_work(session)]


def _versions(collection: str, *states: VersionState) -> Any:
    return (
        select(DocumentVersion.id)
        .join(Document, Document.id == DocumentVersion.document_id)
        .join(Collection, Collection.id == Document.collection_id)
        .where(Collection.name == collection, *([DocumentVersion.state.in_(states)] if states else []))
        .subquery()
    )


def _documents(session: Session, collection: str, paths: list[Path], texts: dict[str, str]) -> list[str]:
    found = session.execute(
        select(
            Document.source_key,
            Document.active_version_id,
            DocumentVersion.id,
            DocumentVersion.state,
            DocumentVersion.content_sha256,
            VersionText.text,
        )
        .join(DocumentVersion, DocumentVersion.document_id == Document.id)
        .outerjoin(VersionText, VersionText.version_id == DocumentVersion.id)
        .join(Collection, Collection.id == Document.collection_id)
        .where(Collection.name == collection)
    ).all()
    by_key = Counter(row.source_key for row in found)
    numbers = ((path.name, by_key[str(path)]) for path in paths)
    wrong = [f"{name}: {number} versions instead of one" for name, number in numbers if number != 1]
    if extra := set(by_key) - {str(path) for path in paths}:
        wrong.append(f"{len(extra)} documents nobody handed in")
    files = {str(path): path for path in paths}
    for row in found:
        path = files.get(row.source_key)
        if path is None:
            continue
        if row.state != VersionState.READY.value or row.active_version_id != row.id:
            wrong.append(f"{path.name}: {row.state}, active: {row.active_version_id == row.id}")
        if row.content_sha256 != hashlib.sha256(path.read_bytes()).hexdigest():
            wrong.append(f"{path.name}: another original")
        if row.text != texts[path.name]:
            wrong.append(f"{path.name}: another text")
    return wrong


def _chunks(session: Session, collection: str) -> list[str]:
    """Passages stand in the text where they say, in order, and leave nothing out but white space."""
    versions = _versions(collection)
    rows = session.execute(
        select(ChunkRow, VersionText.text)
        .join(VersionText, VersionText.version_id == ChunkRow.version_id)
        .where(ChunkRow.version_id.in_(select(versions.c.id)))
        .order_by(ChunkRow.version_id, ChunkRow.ordinal)
    )
    wrong, at, ordinal, last, text_before = [], 0, 0, "", ""
    for chunk, text in rows:
        if chunk.version_id != last:
            if text_before[at:].strip():
                wrong.append(f"{last}: the end is in no passage")
            at, ordinal, last, text_before = 0, 0, chunk.version_id, text
        if chunk.ordinal != ordinal or text[chunk.start : chunk.end] != chunk.text or text[at : chunk.start].strip():
            wrong.append(f"{last}: passage {chunk.ordinal} does not follow")
        at, ordinal = chunk.end, ordinal + 1
    if text_before[at:].strip():
        wrong.append(f"{last}: the end is in no passage")
    return wrong


def _work(session: Session) -> list[str]:
    states = {
        state: int(number) for state, number in session.execute(select(Job.state, func.count()).group_by(Job.state))
    }
    stuck = {state: number for state, number in states.items() if state != "done"}
    left = session.scalar(select(func.count()).select_from(IngestProgress)) or 0
    return [*([f"jobs not done: {stuck}"] if stuck else []), *([f"{left} rows of progress left"] if left else [])]
