"""An installation as the product puts it together, with small indexes: files go in, jobs run, all of it is checked."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from assistant.accounts.identity import create_user
from assistant.db.models import Base, ChunkRow, Document, DocumentVersion, Job, JobState, VersionState
from assistant.errors import Failure
from assistant.governance.audit import verify
from assistant.jobs.worker import Worker
from assistant.library.collections import ensure_collection
from assistant.messages import reason_text
from assistant.settings import Settings
from assistant.wiring import Container

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from assistant.processes.chroma import ChromaAddress
    from retrieval.loaders.sandbox import ParserPool
    from retrieval.types import IndexEntry, ScoredId

USER = "mina"
SHELF = "자료실"


class NoVectors:
    """A vector index that only remembers what it holds: no model is at work here."""

    def __init__(self) -> None:
        self.held: dict[str, dict[str, str]] = {}

    def ping(self) -> None:
        return

    def close(self) -> None:
        return

    def upsert(self, entries: Sequence[IndexEntry], vectors: NDArray[np.float32]) -> None:
        assert len(entries) == len(vectors)
        for entry in entries:
            self.held.setdefault(entry.scope, {})[entry.chunk_id] = entry.version_id

    def delete_versions(self, version_ids: Collection[str], *, scope: str) -> None:
        self.held[scope] = {key: one for key, one in self.held.get(scope, {}).items() if one not in set(version_ids)}

    def search(self, vector: NDArray[np.float32], *, scopes: Collection[str], limit: int) -> list[ScoredId]:
        del vector, scopes, limit
        return []

    def set_asked(
        self, version_ids: Collection[str], entries: Sequence[IndexEntry], vectors: NDArray[np.float32], *, scope: str
    ) -> None:
        del version_ids, entries, vectors, scope

    def search_asked(self, vector: NDArray[np.float32], *, scopes: Collection[str], limit: int) -> list[ScoredId]:
        return self.search(vector, scopes=scopes, limit=limit)

    def asked(self, scope: str) -> dict[str, str]:
        del scope
        return {}

    def count(self, scope: str) -> int:
        return len(self.held.get(scope, {}))

    def versions(self, scope: str) -> dict[str, int]:
        return dict(Counter(self.held.get(scope, {}).values()))

    def drop(self, scope: str) -> None:
        self.held.pop(scope, None)


class Office:
    """One installation on a database, with a parser pool of the test's."""

    def __init__(self, home: Path, database_url: str, pool: ParserPool) -> None:
        self.home = home
        self.container = Container(Settings(home=home, database_url=database_url), _no_chroma)
        self.container.built.update(parser=pool, vector=NoVectors(), embedder=None)
        Base.metadata.create_all(self.container.database.engine)
        with self.container.database.write() as session:
            ensure_collection(session, name=SHELF, actor="root")
            self.person = create_user(
                session, username=USER, display_name="미나", department=None, roles=[], actor="root"
            )

    def close(self) -> None:
        del self.container.built["parser"]  # the test's own
        self.container.close()

    def take_in(self, files: Sequence[Path]) -> dict[str, str]:
        """Hand files in and work until nothing waits; return how each ended by its name: ``ready`` or the reason."""
        ends: dict[str, str] = {}
        versions: dict[str, str] = {}
        for path in files:
            try:
                one = self.container.ingestion.submit_file(path, collection=SHELF, principal_name=USER)
            except Failure as failure:
                ends[path.name] = failure.code.value
                continue
            assert one.version_id is not None
            versions[path.name] = one.version_id
        self.work()
        states = self.container.ingestion.states(list(versions.values()))
        for name, version_id in versions.items():
            status = states[version_id]
            ends[name] = status.reason or status.state.value
        return ends

    def work(self) -> None:
        """Run a worker, as the product runs it, until no job waits."""
        container = self.container
        worker = Worker(
            container.database,
            container.queue,
            self.home,
            container.handlers,
            on_failed=container.on_failed,
            threads=2,
            backoff_s=0.1,
        )
        worker.run(until_idle=True)

    def check(self) -> Counter[str]:
        """Check that nothing is stuck and nothing half done is visible; return how many versions ended how."""
        container = self.container
        with container.database.read() as session:
            open_jobs = select(func.count()).select_from(Job).where(Job.state != JobState.DONE.value)
            assert session.scalar(open_jobs) == 0, list(session.execute(select(Job.kind, Job.state, Job.error)))
            versions = list(session.scalars(select(DocumentVersion)))
            documents = {document.id: document for document in session.scalars(select(Document))}
            passages: dict[str, int] = dict(
                session.execute(select(ChunkRow.version_id, func.count()).group_by(ChunkRow.version_id)).all()
            )
            assert verify(session).ok
        words, vectors = container.lexical.counts(), _held(container.vector)
        for version in versions:
            document = documents[version.document_id]
            if version.state == VersionState.READY.value:
                assert document.active_version_id == version.id
                assert passages[version.id] == version.chunk_count == words[version.id] > 0
                continue
            assert version.state == VersionState.FAILED.value, (document.filename, version.state)
            assert document.active_version_id is None
            assert version.reason
            assert any("가" <= letter <= "힣" for letter in reason_text(version.reason)), version.reason
            assert version.id not in words
            assert version.id not in vectors
        assert set(words) == {version.id for version in versions if version.state == VersionState.READY.value}
        return Counter(version.reason or version.state for version in versions)

    def find(self, query: str) -> list[Any]:
        return list(self.container.search.search(self.person, query, k=50).results)


def _held(vector: Any) -> set[str]:
    return {version for held in vector.held.values() for version in held.values()}


def _no_chroma() -> ChromaAddress:
    raise AssertionError("these indexes are the test's own")
