"""How far a version is: written seldom, gone when the work is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event, select, update

from assistant.db.engine import Database
from assistant.db.models import Base, Collection, Document, DocumentVersion, IngestProgress
from assistant.ingestion.progress import ProgressLog, Stage, Step, steps, sweep

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    Base.metadata.create_all(database.engine)
    with database.write() as session:
        session.add(Collection(id="c", name="c", title="c", scope="s"))
        session.flush()
        session.add(Document(id="d", collection_id="c", source_key="k", filename="f", title="t"))
        session.flush()
        session.add(DocumentVersion(id="v", document_id="d", number=1, content_sha256="0", size=1, state="processing"))
    yield database
    database.dispose()


def _steps(database: Database) -> dict[str, Step]:
    with database.read() as session:
        return steps(session, ["v", "unknown"])


def test_stages_follow_each_other_and_the_row_goes_at_the_end(database: Database) -> None:
    log = ProgressLog(database, silent_s=0)
    log.at("v", Stage.READ)
    assert _steps(database) == {"v": Step(Stage.READ, 0, 0)}
    log.at("v", Stage.EMBED, 64, 200)
    assert _steps(database) == {"v": Step(Stage.EMBED, 64, 200)}
    log.over("v")
    assert _steps(database) == {}


def test_within_a_stage_and_in_the_first_second_little_is_written(database: Database) -> None:
    writes: list[str] = []
    event.listen(
        database.engine,
        "before_cursor_execute",
        lambda _connection, _cursor, statement, *_: (
            writes.append(statement) if "ingest_progress" in statement else None
        ),
    )
    quick = ProgressLog(database, silent_s=3600)
    for done in range(100):
        quick.at("v", Stage.EMBED, done, 100)
    quick.over("v")
    assert writes == []
    slow = ProgressLog(database, silent_s=0, every_s=3600)
    for done in range(100):
        slow.at("v", Stage.EMBED, done, 100)
    assert len(writes) == 1
    eager = ProgressLog(database, silent_s=0, every_s=0)
    for done in range(5):
        eager.at("v", Stage.EMBED, done, 100)
    assert len(writes) == 6


def test_what_a_killed_worker_left_is_taken_over_or_swept_away(database: Database) -> None:
    ProgressLog(database, silent_s=0).at("v", Stage.INDEX, 7, 9)  # and then it died
    after = ProgressLog(database, silent_s=0)
    after.at("v", Stage.READ)
    assert _steps(database) == {"v": Step(Stage.READ, 0, 0)}
    with database.write() as session:
        assert sweep(session) == 0
        session.execute(update(DocumentVersion).values(state="ready"))
        assert sweep(session) == 1
    with database.read() as session:
        assert list(session.scalars(select(IngestProgress))) == []
