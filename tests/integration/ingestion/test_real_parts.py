"""Ingest over the real parts, with the worker killed in the middle."""

from __future__ import annotations

import importlib.util
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select

from assistant.accounts.identity import create_user
from assistant.db.engine import Database
from assistant.db.models import Base, Collection, Job
from assistant.governance.audit import verify
from assistant.ingestion.blobs import FileBlobStore
from assistant.ingestion.service import IngestionService
from assistant.jobs.queue import HueyJobQueue
from assistant.library.collections import ensure_collection
from assistant.library.index_care import repair
from assistant.library.index_check import check
from assistant.library.search import SearchService
from assistant.processes.basics import free_port
from assistant.processes.chroma import ChromaAddress
from assistant.settings import Settings
from retrieval.hybrid import HybridSearcher

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAM = Path(__file__).with_name("ingest_program.py")
ROOT = Path(__file__).resolve().parents[3]
DOCUMENTS = 8
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}

pytestmark = pytest.mark.heavy


def program() -> Any:
    spec = importlib.util.spec_from_file_location("ingest_program", PROGRAM)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def chroma_port(tmp_path: Path) -> Iterator[int]:
    port = free_port()
    command = [str(Path(sys.executable).with_name("chroma")), "run", "--path", str(tmp_path / "chroma")]
    command += ["--host", "127.0.0.1", "--port", str(port)]
    environment = {**os.environ, "ANONYMIZED_TELEMETRY": "False"}
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdout=quiet, stderr=quiet, cwd=tmp_path, env=environment) as server:
        try:
            deadline = time.monotonic() + 60
            while not ChromaAddress("127.0.0.1", port).alive():
                assert server.poll() is None
                assert time.monotonic() < deadline, "the Chroma server did not come up"
                time.sleep(0.1)
            yield port
        finally:
            server.terminate()


def start(home: Path, port: int) -> subprocess.Popen[str]:
    command = [sys.executable, str(PROGRAM), str(home), str(port)]
    worker = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT, start_new_session=True)
    assert worker.stdout is not None
    assert worker.stdout.readline() == "up\n"
    return worker


def statute(number: int, edition: str) -> str:
    head = f"---\n제목: 시설 {number}호 조례\n상태: 시행\n시행일자: 2024-01-01\n---\n\n# 시설 {number}호 조례\n\n"
    return head + "".join(
        f"##### 제{n}조 (항목{n})\n\n"
        f"{edition} {number}호 시설의 {n}번째 사용료는 {number * 100 + n}원으로 정하여 징수한다.\n"
        "다만, 시장이 필요하다고 인정하는 경우에는 그러하지 아니하다.\n\n"
        for n in range(1, 31)
    )


def test_killed_again_and_again_nothing_is_lost_and_nothing_half_done_is_shown(
    home: Path, chroma_port: int, tmp_path: Path
) -> None:
    settings = Settings(home=home)
    database = Database(settings.database)
    Base.metadata.create_all(database.engine)
    with database.write() as session:
        ensure_collection(session, name="laws", actor="root")
        person = create_user(session, username="mina", display_name="미나", department=None, roles=[], actor="root")
    queue = HueyJobQueue(database, home)
    service = IngestionService(database, queue, FileBlobStore(home), settings, pipeline="test")
    indexes = program().real_indexes(home, chroma_port)
    searcher = HybridSearcher(indexes.lexical, indexes.vector, indexes.embedder)
    search = SearchService(database, searcher)
    folder = tmp_path / "laws"
    folder.mkdir()
    chance = random.Random(7)  # noqa: S311 - moments of a kill, not a secret
    try:
        versions: list[str | None] = []
        for edition in ("구판", "신판"):
            for number in range(DOCUMENTS):
                (folder / f"{number}.md").write_text(statute(number, edition), encoding="utf-8")
            submitted = service.submit_tree([folder], collection="laws", principal_name="mina")
            versions = [one.version_id for one in submitted]
            with start(home, chroma_port) as worker:
                time.sleep(chance.uniform(0.5, 4))
                os.killpg(worker.pid, signal.SIGKILL)
            for hit in search.search(person, "사용료 징수", k=50).results:
                assert hit.text.startswith("제")
            with start(home, chroma_port) as worker:
                assert worker.wait(timeout=180) == 0
        states = service.states([version for version in versions if version is not None])
        assert {status.state.value for status in states.values()} == {"ready"}
        assert len(states) == DOCUMENTS
        with database.read() as session:
            assert session.scalar(select(func.count()).select_from(Job).where(Job.state != "done")) == 0
            assert verify(session).ok
        assert check(database, indexes).ok
        hits = search.search(person, "시설 3호의 5번째 사용료", k=50).results
        assert {hit.version_id for hit in hits} <= set(versions)
        assert "신판 3호 시설의 5번째 사용료는 305원" in hits[0].text
        indexes.vector.drop(hits_scope(database))
        assert not check(database, indexes).ok
        assert repair(database, indexes, queue).dense_written == DOCUMENTS
        assert check(database, indexes).ok
    finally:
        searcher.close()
        indexes.vector.close()  # type: ignore[attr-defined]
        queue.close()
        database.dispose()


def hits_scope(database: Database) -> str:
    with database.read() as session:
        scope = session.scalar(select(Collection.scope))
    assert scope is not None
    return scope
