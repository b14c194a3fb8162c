"""A library in a real database, real loaders and chunker, and indexes small enough to look into."""

from __future__ import annotations

import re
import sys
import zlib
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from sqlalchemy import insert, select, update

from assistant.accounts.identity import Principal, create_department, create_user
from assistant.db.engine import Database
from assistant.db.models import Base, Job, Role, new_id
from assistant.ingestion.attachments import AttachmentIntake
from assistant.ingestion.blobs import FileBlobStore
from assistant.ingestion.run import IngestRunner, pipeline_revision
from assistant.ingestion.service import IngestionService
from assistant.library.collections import change_readers, ensure_collection
from assistant.library.index_jobs import IndexJobs
from assistant.library.indexing import Indexes
from assistant.library.search import SearchService
from assistant.settings import Settings
from guardrails.types import Entity
from retrieval.asked import chunk_of, digest, entry_digest, joined, question_id
from retrieval.errors import IndexUnavailable
from retrieval.loaders.limits import Limits
from retrieval.loaders.registry import load
from retrieval.types import Candidate, IndexEntry, ScoredId, SearchOutcome

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray
    from sqlalchemy.orm import Session

    from assistant.accounts.access import Reader
    from retrieval.types import ParsedDocument

sys.path.insert(0, str(Path(__file__).parent))  # the suite imports by path, so helpers beside the tests are found here

DIMENSION = 64
STATUTE = """---
제목: {title}
법령구분: 조례
상태: {status}
시행일자: {since}
공포일자: 2023-12-29
소관부처: 교통과
---

# {title}

## 제1장 총칙

##### 제1조 (목적)

이 조례는 주차장의 설치와 관리에 필요한 사항을 정한다.

##### 제2조 (요금)

① 공영주차장의 요금은 한 시간에 {fee}으로 한다.

② 장애인 차량은 절반을 줄인다.

## 부칙 <제10호, 2023.12.29>

제1조(시행일) 이 조례는 공포한 날부터 시행한다.
"""


def bigrams(text: str) -> list[str]:
    letters = [character for character in text if character.isalnum()]
    return [first + second for first, second in pairwise(letters)]


class Switch:
    """Something that can be switched off, and can break at the n-th call."""

    def __init__(self) -> None:
        self.down = False
        self.calls = 0
        self.break_at: int | None = None

    def touch(self) -> None:
        self.calls += 1
        if self.down:
            raise IndexUnavailable("down")
        if self.break_at is not None and self.calls >= self.break_at:
            self.break_at = None
            raise KeyboardInterrupt("power cut")


class WordIndex(Switch):
    """``LexicalIndex`` by shared bigrams."""

    def __init__(self) -> None:
        super().__init__()
        self.entries: dict[str, IndexEntry] = {}
        self.is_current = True

    def apply(self, *, upsert: Iterable[IndexEntry] = (), delete_versions: Iterable[str] = ()) -> None:
        self.touch()
        gone = set(delete_versions)
        self.entries = {key: entry for key, entry in self.entries.items() if entry.version_id not in gone}
        self.entries.update({entry.chunk_id: entry for entry in upsert})

    def search(self, query: str, *, scopes: Collection[str], limit: int) -> list[ScoredId]:
        self.touch()
        wanted = set(bigrams(query))
        found = []
        for entry in self.entries.values():
            if entry.scope in scopes:
                score = len(wanted & set(bigrams(f"{entry.title} {entry.heading} {entry.body}")))
                if score:
                    found.append(ScoredId(entry.chunk_id, score))
        return sorted(found, key=lambda one: (-one.score, one.chunk_id))[:limit]

    def search_asked(self, query: str, *, scopes: Collection[str], limit: int) -> list[ScoredId]:
        self.touch()
        wanted = set(bigrams(query))
        scores = {
            entry.chunk_id: len(wanted & set(bigrams(" ".join(entry.asked))))
            for entry in self.entries.values()
            if entry.scope in scopes
        }
        found = [ScoredId(key, score) for key, score in scores.items() if score]
        return sorted(found, key=lambda one: (-one.score, one.chunk_id))[:limit]

    def counts(self) -> dict[str, int]:
        self.touch()
        return dict(Counter(entry.version_id for entry in self.entries.values()))

    def asked(self) -> dict[str, str]:
        self.touch()
        parts: dict[str, list[str]] = {}
        for entry in self.entries.values():
            if entry.asked:
                parts.setdefault(entry.version_id, []).append(entry_digest(entry))
        return {version: joined(digests) for version, digests in parts.items()}

    def clear(self) -> None:
        self.touch()
        self.entries.clear()
        self.is_current = True


class NearIndex(Switch):
    """``VectorIndex`` by exact comparison."""

    def __init__(self) -> None:
        super().__init__()
        self.scopes: dict[str, dict[str, tuple[str, NDArray[np.float32]]]] = {}
        self.questions: dict[str, dict[str, tuple[str, NDArray[np.float32]]]] = {}

    def ping(self) -> None:
        self.touch()

    def upsert(self, entries: Sequence[IndexEntry], vectors: NDArray[np.float32]) -> None:
        self.touch()
        assert len(entries) == len(vectors)
        for entry, vector in zip(entries, vectors, strict=True):
            self.scopes.setdefault(entry.scope, {})[entry.chunk_id] = (entry.version_id, vector)

    def delete_versions(self, version_ids: Collection[str], *, scope: str) -> None:
        self.touch()
        for kept in (self.scopes, self.questions):
            held = kept.get(scope, {})
            kept[scope] = {key: value for key, value in held.items() if value[0] not in set(version_ids)}

    def set_asked(
        self, version_ids: Collection[str], entries: Sequence[IndexEntry], vectors: NDArray[np.float32], *, scope: str
    ) -> None:
        self.touch()
        gone = set(version_ids)
        held = {key: value for key, value in self.questions.get(scope, {}).items() if value[0] not in gone}
        rows = [(question_id(entry.chunk_id, one), entry.version_id) for entry in entries for one in entry.asked]
        held |= {key: (version, vector) for (key, version), vector in zip(rows, vectors, strict=True)}
        self.questions[scope] = held

    def search_asked(self, vector: NDArray[np.float32], *, scopes: Collection[str], limit: int) -> list[ScoredId]:
        self.touch()
        found = [
            ScoredId(chunk_of(key), float(vector @ other))
            for scope in scopes
            for key, (_, other) in self.questions.get(scope, {}).items()
        ]
        return sorted(found, key=lambda one: (-one.score, one.chunk_id))[:limit]

    def asked(self, scope: str) -> dict[str, str]:
        self.touch()
        parts: dict[str, list[str]] = {}
        for key, (version, _) in self.questions.get(scope, {}).items():
            parts.setdefault(version, []).append(key)
        return {version: digest(names) for version, names in parts.items()}

    def search(self, vector: NDArray[np.float32], *, scopes: Collection[str], limit: int) -> list[ScoredId]:
        self.touch()
        found = [
            ScoredId(key, float(vector @ other) / (float(np.linalg.norm(other)) or 1.0))
            for scope in scopes
            for key, (_, other) in self.scopes.get(scope, {}).items()
        ]
        return sorted(found, key=lambda one: (-one.score, one.chunk_id))[:limit]

    def count(self, scope: str) -> int:
        self.touch()
        return len(self.scopes.get(scope, {}))

    def versions(self, scope: str) -> dict[str, int]:
        self.touch()
        return dict(Counter(version for version, _ in self.scopes.get(scope, {}).values()))

    def drop(self, scope: str) -> None:
        self.touch()
        self.scopes.pop(scope, None)
        self.questions.pop(scope, None)


class BigramEmbedder:
    """Unit vectors of hashed bigrams; counts what it embeds."""

    dimension = DIMENSION

    def __init__(self, fingerprint: str = "bigrams/1") -> None:
        self.fingerprint = fingerprint
        self.texts: list[str] = []
        self.before: Callable[[], None] = lambda: None

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.before()
        self.texts.extend(texts)
        return np.stack([self.embed_query(text) for text in texts])

    def embed_query(self, text: str) -> NDArray[np.float32]:
        row = np.zeros(DIMENSION, dtype=np.float32)
        for gram in bigrams(text):
            row[zlib.crc32(gram.encode()) % DIMENSION] += 1.0
        return row / (float(np.linalg.norm(row)) or 1.0)


class Fusion:
    """A searcher over both indexes, without any knowledge of rights beyond the scopes it is given."""

    def __init__(self, indexes: Indexes) -> None:
        self.indexes = indexes
        self.limits: list[int] = []

    def search(self, query: str, *, scopes: Collection[str], limit: int) -> SearchOutcome:
        assert scopes
        self.limits.append(limit)
        words = {one.chunk_id: one.score for one in self.indexes.lexical.search(query, scopes=scopes, limit=limit)}
        near: dict[str, float] = {}
        if self.indexes.embedder is not None:
            vector = self.indexes.embedder.embed_query(query)
            near = {one.chunk_id: one.score for one in self.indexes.vector.search(vector, scopes=scopes, limit=limit)}
        top = max(words.values(), default=1.0)
        candidates = [
            Candidate(key, (words.get(key, 0) / top + near.get(key, 0)) / 2, words.get(key, 0) / top, near.get(key, 0))
            for key in {*words, *near}
        ]
        candidates.sort(key=lambda one: (-one.score, one.chunk_id))
        return SearchOutcome(tuple(candidates[:limit]), (), max(near.values(), default=0.0), top)


class RowQueue:
    """A queue that only writes the rows; ``Library.work`` runs them."""

    def add(
        self, session: Session, kind: str, payload: Mapping[str, object], *, key: str | None = None, priority: int = 0
    ) -> str:
        job_id = new_id()
        session.execute(insert(Job).values(id=job_id, kind=kind, key=key, payload=dict(payload), priority=priority))
        return job_id


class Numbers:
    """Finds mobile numbers, and names behind 성명; counts how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    def find(self, text: str) -> list[Entity]:
        self.asked += 1
        shapes = {"PHONE": r"01\d-\d{4}-\d{4}", "PERSON": r"(?<=성명: )[가-힣]{3}"}
        found = [Entity(kind, *m.span(), 1.0) for kind, shape in shapes.items() for m in re.finditer(shape, text)]
        return sorted(found, key=lambda entity: entity.start)


class InProcessParser:
    """The real loaders without their sandbox."""

    def __init__(self) -> None:
        self.parsed: list[str] = []

    def parse(self, path: Path, filename: str) -> ParsedDocument:
        self.parsed.append(filename)
        return load(path, filename=filename)


@dataclass
class Run:
    stop: bool = False

    @property
    def stopping(self) -> Callable[[], bool]:
        return lambda: self.stop


@dataclass
class Library:
    """Everything of one small installation."""

    database: Database
    home: Path
    files: Path
    words: WordIndex = field(default_factory=WordIndex)
    near: NearIndex = field(default_factory=NearIndex)
    embedder: BigramEmbedder = field(default_factory=BigramEmbedder)
    queue: RowQueue = field(default_factory=RowQueue)
    parser: InProcessParser = field(default_factory=InProcessParser)
    pii: Numbers = field(default_factory=Numbers)
    people: dict[str, Principal] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.settings = Settings(home=self.home, chunk_max_chars=400, upload_max_bytes=64 * 1024)
        self.blobs = FileBlobStore(self.home)
        self.indexes = Indexes(lexical=self.words, vector=self.near, embedder=self.embedder)
        self.fusion = Fusion(self.indexes)
        self.search = SearchService(self.database, self.fusion)
        self.ingestion = self.service()
        self.attachments = AttachmentIntake(
            self.database,
            self.queue,
            self.blobs,
            Limits(max_bytes=self.settings.upload_max_bytes),
            pipeline=pipeline_revision("bigrams/1", self.settings.chunk_max_chars),
        )
        self.runner = IngestRunner(
            self.database,
            self.blobs,
            self.parser,
            self.indexes,
            self.queue,
            self.settings,
            attachments=self.attachments,
            pii=self.pii,
        )
        self.index_jobs = IndexJobs(self.database, self.indexes, self.queue)

    def service(self, embedder: str = "bigrams/1") -> IngestionService:
        pipeline = pipeline_revision(embedder, self.settings.chunk_max_chars)
        return IngestionService(self.database, self.queue, self.blobs, self.settings, pipeline=pipeline)

    def file(self, name: str, text: str) -> Path:
        path = self.files / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def submit(self, name: str, text: str, collection: str = "open") -> Any:
        return self.ingestion.submit_file(self.file(name, text), collection=collection, principal_name="mina")

    def add(self, name: str, text: str, collection: str = "open") -> Any:
        submission = self.submit(name, text, collection)
        self.work()
        return submission

    def work(self, kind: str | None = None) -> int:
        """Run all waiting jobs, oldest first, until none is left."""
        handlers = {**self.runner.handlers(), **self.index_jobs.handlers()}
        done = 0
        while jobs := self.jobs(kind):
            for job in jobs:
                handlers[job.kind](job.payload, Run())
                with self.database.write() as session:
                    session.execute(update(Job).where(Job.id == job.id).values(state="done"))
                done += 1
        return done

    def jobs(self, kind: str | None = None) -> list[Job]:
        with self.database.read() as session:
            waiting = select(Job).where(Job.state == "waiting").order_by(Job.priority.desc(), Job.created_at, Job.id)
            return list(session.scalars(waiting if kind is None else waiting.where(Job.kind == kind)))

    def shelf(self, name: str, *, readers: list[Reader] | None = None, **more: Any) -> str:
        with self.database.write() as session:
            collection = ensure_collection(session, name=name, actor="root", **more)
            if readers is not None:
                change_readers(session, collection, readers, queue=self.queue, actor="root")
            return collection.id

    def find(self, who: str, query: str, **more: Any) -> list[Any]:
        return list(self.search.search(self.people[who], query, **more).results)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    Base.metadata.create_all(database.engine)
    yield database
    database.dispose()


@pytest.fixture
def library(database: Database, tmp_path: Path) -> Library:
    """A city with three departments, some people, and one open shelf."""
    library = Library(database, tmp_path / "home", tmp_path / "files")
    with database.write() as session:
        create_department(session, code="city", name="가온시", actor="root")
        create_department(session, code="plan", name="기획과", parent="city", actor="root")
        create_department(session, code="tax", name="세무과", parent="city", actor="root")
        people = [
            ("mina", "plan", [Role.STAFF]),
            ("taeho", "tax", [Role.STAFF]),
            ("admin", "city", [Role.ADMIN, Role.STAFF]),
            ("steward", "plan", [Role.STEWARD]),
            ("guest", None, []),
        ]
        for username, department, roles in people:
            library.people[username] = create_user(
                session, username=username, display_name=username, department=department, roles=roles, actor="root"
            )
        ensure_collection(session, name="open", title="공개 자료", actor="root")
    return library


@pytest.fixture
def law() -> Callable[..., str]:
    """Write a small statute in Markdown."""

    def write(
        title: str = "가온시 주차장 조례", *, fee: str = "삼천 원", status: str = "시행", since: str = "2024-01-02"
    ) -> str:
        return STATUTE.format(title=title, fee=fee, status=status, since=since)

    return write
