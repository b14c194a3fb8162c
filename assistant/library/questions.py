"""Understanding questions about what this installation holds: it reads the titles of its documents now and then."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select

from assistant.db.models import Document, DocumentVersion

if TYPE_CHECKING:
    from assistant.db.engine import Database
    from retrieval.query import QueryReader

_LOOK_AGAIN_S: Final = 60.0
_MOST_TITLES: Final = 50_000  # more are no laws but files, which nobody calls by their titles


class QuestionReaders:
    """Gives readers of questions that know the titles of the documents at hand. Thread-safe.

    A title that came in less than a minute ago may not be known yet; the known short names of laws always are.
    """

    def __init__(self, database: Database) -> None:
        """Keep the database; titles are read at the first question."""
        self._database = database
        self._lock = threading.Lock()
        self._reader: QueryReader | None = None
        self._seen: tuple[int, str] | None = None
        self._looked_at = 0.0

    def __call__(self) -> QueryReader:
        """Return what understands a question before anything is searched."""
        now = time.monotonic()
        with self._lock:
            if self._reader is None or now - self._looked_at > _LOOK_AGAIN_S:
                self._looked_at = now
                self._reader = self._renewed() or self._reader
            assert self._reader is not None  # noqa: S101 - the first look makes one
            return self._reader

    def _renewed(self) -> QueryReader | None:
        """Return a reader with today's titles; ``None`` where nothing changed since the last look."""
        from retrieval.query import QueryReader, TitleBook  # noqa: PLC0415 - reads its tables

        live = Document.active_version_id == DocumentVersion.id
        kept = Document.withdrawn_at.is_(None) & Document.deleted_at.is_(None)
        with self._database.read() as session:
            count, newest = session.execute(
                select(func.count(), func.max(DocumentVersion.id)).select_from(Document).join(DocumentVersion, live)
            ).one()
            if self._seen == (count, newest or ""):
                return None
            titles = session.scalars(
                select(DocumentVersion.title).join(Document, live).where(kept).distinct().limit(_MOST_TITLES)
            ).all()
        self._seen = (count, newest or "")
        return QueryReader(TitleBook(titles))
