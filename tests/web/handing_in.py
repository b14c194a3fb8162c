"""Ingestion whose worker is the test: files become documents at once, and go on when they are told to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, update

from assistant.db.models import (
    Collection,
    Document,
    DocumentVersion,
    IngestProgress,
    VersionState,
    derived_id,
    now,
)
from assistant.errors import ErrorCode, Failure
from assistant.ingestion.submissions import Submission

if TYPE_CHECKING:
    from pathlib import Path


class HandWork:
    """Takes files in as the real service does; the name of a file says what becomes of it."""

    def __init__(self, database: Any) -> None:
        self.database = database
        self.keys: list[str] = []
        self.retried: list[str] = []

    def submit_file(self, path: Path, *, collection: str, source_key: str, filename: str, **_: Any) -> Submission:
        if "암호" in filename:
            raise Failure(ErrorCode.FILE_PASSWORD)
        self.keys.append(source_key)
        with self.database.write() as session:
            shelf = session.scalars(select(Collection.id).where(Collection.name == collection)).one()
            document, version = derived_id(shelf, source_key), derived_id(shelf, source_key, "1")
            if session.get(Document, document) is None:
                session.add(
                    Document(
                        id=document, collection_id=shelf, source_key=source_key, filename=filename, title=filename,
                        family=document,
                    )
                )  # fmt: skip
                session.flush()
                session.add(
                    DocumentVersion(
                        id=version, document_id=document, number=1, content_sha256="0", size=path.stat().st_size
                    )
                )
                return Submission(path, document, version, VersionState.QUEUED)
            state = session.get_one(DocumentVersion, version).state
        return Submission(path, document, version, VersionState(state), duplicate="사본" in filename)

    def retry(self, version_id: str, _principal: Any) -> VersionState:
        self.retried.append(version_id)
        self._set(version_id, state=VersionState.QUEUED.value, reason=None)
        return VersionState.QUEUED

    # -- the worker

    def version(self, name: str) -> str:
        with self.database.read() as session:
            return session.scalars(
                select(DocumentVersion.id)
                .join(Document, Document.id == DocumentVersion.document_id)
                .where(Document.filename == name)
            ).one()

    def read(self, name: str, stage: str = "read", done: int = 0, total: int = 0) -> None:
        version = self.version(name)
        self._set(version, state=VersionState.PROCESSING.value)
        row = {"version_id": version, "stage": stage, "done": done, "total": total, "updated_at": now()}
        with self.database.write() as session:
            session.execute(delete(IngestProgress).where(IngestProgress.version_id == version))
            session.execute(insert(IngestProgress).values(row))

    def finish(self, name: str, pages: int | None = 3, chunks: int = 12) -> None:
        self._set(self.version(name), state=VersionState.READY.value, page_count=pages, chunk_count=chunks)

    def fail(self, name: str, reason: ErrorCode) -> None:
        self._set(self.version(name), state=VersionState.FAILED.value, reason=reason.value)

    def _set(self, version_id: str, **values: Any) -> None:
        with self.database.write() as session:
            session.execute(update(DocumentVersion).where(DocumentVersion.id == version_id).values(**values))
            if values["state"] != VersionState.PROCESSING.value:
                session.execute(delete(IngestProgress).where(IngestProgress.version_id == version_id))
