"""Withdraw, restore, delete, purge: rights, parts, and that nothing is left lying in the home."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select

from assistant.accounts.access import Reader
from assistant.answering.turn import Status
from assistant.db.models import (
    AuditEvent,
    ChunkRow,
    Conversation,
    Document,
    DocumentVersion,
    TurnEvent,
    TurnRow,
    TurnSource,
    VectorRow,
    VersionText,
    now,
)
from assistant.errors import ErrorCode, Failure
from assistant.library.browse import browse
from assistant.library.documents import view
from assistant.library.index_check import check
from assistant.library.lifecycle import Lifecycle
from assistant.library.lines import Filters
from assistant.library.purge import GONE_ANSWER, GONE_TITLE, PurgeJobs

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MARKER = "자두빛고래언덕"


@pytest.fixture
def acts(library: Any) -> Lifecycle:
    return Lifecycle(library.database, library.queue)


def purge(library: Any, *, days: int = 30, later: int = 31) -> int:
    jobs = PurgeJobs(
        library.database,
        library.indexes,
        library.blobs,
        days=days,
        clock=lambda: now() + timedelta(days=later),
        grace_s=-1,
    )
    return jobs.purge()


def titles(library: Any) -> set[str]:
    return {hit.title for hit in library.find("mina", "주차장 요금 한 시간")}


def test_withdrawn_is_gone_and_restored_is_back(library: Any, law: Callable[..., str], acts: Lifecycle) -> None:
    added = library.add("a.md", law("주차장 조례"))
    acts.withdraw(added.document_id, library.people["steward"])
    assert titles(library) == set()
    library.work()
    assert not library.words.entries
    acts.restore(added.document_id, library.people["steward"])
    library.work()
    assert titles(library) == {"주차장 조례"}
    assert library.parser.parsed == ["a.md"]  # it was read once only
    assert check(library.database, library.indexes).ok
    acts.restore(added.document_id, library.people["steward"])  # it is there: nothing happens
    with library.database.read() as session:
        actions = list(session.scalars(select(AuditEvent.action).order_by(AuditEvent.seq)))
    assert actions.count("document.withdrawn") == actions.count("document.restored") == 1


def test_work_cut_off_by_a_withdrawal_goes_on_when_it_is_restored(
    library: Any, law: Callable[..., str], acts: Lifecycle
) -> None:
    added = library.submit("a.md", law("주차장 조례"))
    acts.withdraw(added.document_id, library.people["steward"])
    library.work()
    assert library.parser.parsed == []
    acts.restore(added.document_id, library.people["steward"])
    library.work()
    assert titles(library) == {"주차장 조례"}


@pytest.mark.parametrize("act", ["withdraw", "restore", "delete"])
def test_who_may(library: Any, law: Callable[..., str], acts: Lifecycle, act: str) -> None:
    library.shelf("planners", readers=[Reader("department", "plan"), Reader("user", "admin")])
    added = library.add("a.md", law("주차장 조례"), "planners")
    do = getattr(acts, act)
    for who, code in (("taeho", ErrorCode.DOCUMENT_NOT_FOUND), ("guest", ErrorCode.DOCUMENT_NOT_FOUND)):
        with pytest.raises(Failure) as refused:
            do(added.document_id, library.people[who])
        assert refused.value.code is code
    library.shelf("open2", readers=[Reader("everyone", "*")])
    open_one = library.add("b.md", law("공원 조례"), "open2")
    with pytest.raises(Failure) as refused:
        do(open_one.document_id, library.people["taeho"])
    assert refused.value.code is ErrorCode.FORBIDDEN
    for who in ("mina", "steward", "admin"):
        if act == "restore":
            acts.withdraw(added.document_id, library.people["admin"])
        do(added.document_id, library.people[who])
        acts.restore(added.document_id, library.people["admin"])


def test_parts_go_and_come_with_what_they_came_out_of(library: Any, law: Callable[..., str], acts: Lifecycle) -> None:
    whole = library.add("mail.md", law("주차장 조례"))
    part = library.add("part.md", law("주차장 규칙", fee="오천 원"))
    own_way = library.add("other.md", law("주차장 지침", fee="육천 원"))
    with library.database.write() as session:
        for one in (part, own_way):
            session.get_one(Document, one.document_id).parent_id = whole.document_id
    acts.withdraw(own_way.document_id, library.people["steward"])
    acts.delete(whole.document_id, library.people["steward"])
    assert titles(library) == set()
    with pytest.raises(Failure) as gone, library.database.read() as session:
        view(session, library.people["mina"], part.document_id)
    assert gone.value.code is ErrorCode.DOCUMENT_NOT_FOUND
    acts.restore(whole.document_id, library.people["steward"])
    library.work()
    assert titles(library) == {"주차장 조례", "주차장 규칙"}  # what went by itself before stays away


@pytest.mark.parametrize("first", ["delete the part", "withdraw the whole"])
@pytest.mark.parametrize("purged", [False, True])
def test_a_part_deleted_by_itself_stays_deleted(
    library: Any, law: Callable[..., str], acts: Lifecycle, first: str, *, purged: bool
) -> None:
    steward = library.people["steward"]
    whole = library.add("mail.md", law("주차장 조례"))
    part = library.add("part.md", law("주차장 규칙", fee="오천 원"))
    with library.database.write() as session:
        session.get_one(Document, part.document_id).parent_id = whole.document_id
    steps = [lambda: acts.delete(part.document_id, steward), lambda: acts.withdraw(whole.document_id, steward)]
    for step in steps if first == "delete the part" else reversed(steps):
        step()
    if purged:
        assert purge(library) == 1
    acts.restore(whole.document_id, steward)
    library.work()
    assert titles(library) == {"주차장 조례"}
    with library.database.read() as session:
        kept = session.get_one(Document, part.document_id)
        assert None not in {kept.withdrawn_at, kept.deleted_at}
        assert browse(session, steward, Filters()).inside == 0
    assert purge(library) == (0 if purged else 1)  # its retention went on


def test_a_deleted_document_stays_until_its_retention_has_passed(
    library: Any, law: Callable[..., str], acts: Lifecycle
) -> None:
    added = library.add("a.md", law("주차장 조례"))
    acts.delete(added.document_id, library.people["steward"])
    assert titles(library) == set()
    assert purge(library, later=29) == 0
    acts.restore(added.document_id, library.people["steward"])
    library.work()
    assert titles(library) == {"주차장 조례"}
    assert purge(library) == 0  # it is not deleted any more
    acts.delete(added.document_id, library.people["steward"])
    assert purge(library) == 1
    with pytest.raises(Failure) as gone:
        acts.restore(added.document_id, library.people["steward"])
    assert gone.value.code is ErrorCode.DOCUMENT_NOT_FOUND


def test_what_is_restored_while_a_purge_runs_is_found(
    library: Any, law: Callable[..., str], acts: Lifecycle, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ["주차장 조례", "주차장 규칙"]
    added = {library.add(f"{name}.md", law(name)).document_id: name for name in names}
    for document_id in added:
        acts.delete(document_id, library.people["steward"])
    library.work()
    last, remove = max(added), library.words.apply

    def apply(**changes: Any) -> None:
        monkeypatch.setattr(library.words, "apply", remove)
        acts.restore(last, library.people["steward"])  # the purge has seen both, and removed neither
        library.work()
        remove(**changes)

    monkeypatch.setattr(library.words, "apply", apply)
    assert purge(library) == 1
    assert titles(library) == {added[last]}
    assert check(library.database, library.indexes).ok


def _asked_about(library: Any, document_id: str) -> str:
    """Write a turn that cites the document and repeats it."""
    with library.database.write() as session:
        version = session.scalars(select(DocumentVersion).where(DocumentVersion.document_id == document_id)).one()
        passage = session.scalars(select(ChunkRow).where(ChunkRow.version_id == version.id)).first()
        mina = library.people["mina"]
        conversation = Conversation(user_id=mina.user_id, title="질문")
        session.add(conversation)
        session.flush()
        turn = TurnRow(
            conversation_id=conversation.id,
            user_id=mina.user_id,
            ordinal=1,
            question_sealed=b"",
            status=Status.ANSWERED_EXTRACTIVE.value,
            answer=f"{passage.text} [1]",
        )
        session.add(turn)
        session.flush()
        document = session.get_one(Document, document_id)
        source = {"document_id": document_id, "title": version.title, "quote": passage.text, "locator": {}}
        session.add_all(
            [
                TurnEvent(turn_id=turn.id, seq=1, type="sources", data={"items": [source]}),
                TurnEvent(turn_id=turn.id, seq=2, type="delta", data={"text": passage.text}),
                TurnSource(
                    turn_id=turn.id,
                    n=1,
                    cited=True,
                    chunk_id=passage.id,
                    document_id=document_id,
                    version_id=version.id,
                    collection_id=document.collection_id,
                    title=version.title,
                    locator={},
                    start=passage.start,
                    end=passage.end,
                    quote=passage.text,
                    score=1.0,
                ),
            ]
        )
        return turn.id


def _holding(home: Path, marker: str) -> list[str]:
    data = marker.encode()
    return [path.name for path in home.parent.rglob("*") if path.is_file() and data in path.read_bytes()]


def test_a_purge_leaves_nothing(library: Any, law: Callable[..., str], acts: Lifecycle) -> None:
    kept = library.add("kept.md", law("주차장 조례"))
    secret = library.add(f"{MARKER}.md", law(f"{MARKER} 조례", fee=f"{MARKER} 원"))
    turn_id = _asked_about(library, secret.document_id)
    (library.files / f"{MARKER}.md").unlink()
    assert _holding(library.home, MARKER) or not library.database.is_sqlite
    acts.delete(secret.document_id, library.people["steward"])
    library.work()
    assert purge(library) == 1
    library.database.dispose()
    assert _holding(library.home, MARKER) == []
    with library.database.read() as session:
        assert session.scalar(select(func.count()).select_from(DocumentVersion)) == 1
        assert session.scalar(select(func.count()).select_from(VersionText)) == 1
        hashes = set(session.scalars(select(ChunkRow.embed_hash).where(ChunkRow.embed_hash.is_not(None))))
        assert set(session.scalars(select(VectorRow.text_hash))) == hashes
        tombstone = session.get_one(Document, secret.document_id)
        assert tombstone.purged_at is not None
        assert (tombstone.title, tombstone.filename) == ("", "")
        turn = session.get_one(TurnRow, turn_id)
        source = session.scalars(select(TurnSource)).one()
        assert (turn.answer, source.title, source.quote) == (GONE_ANSWER, GONE_TITLE, "")
    assert purge(library) == 0
    assert check(library.database, library.indexes).ok
    assert titles(library) == {"주차장 조례"}
    assert library.blobs.path(_sha(library, kept.document_id)).is_file()


def _sha(library: Any, document_id: str) -> str:
    with library.database.read() as session:
        found = session.scalar(select(DocumentVersion.content_sha256).where(DocumentVersion.document_id == document_id))
    assert found is not None
    return str(found)


def test_the_original_stays_while_something_else_is_the_same_file(
    library: Any, law: Callable[..., str], acts: Lifecycle
) -> None:
    library.shelf("second", readers=[Reader("everyone", "*")])
    one = library.add("a.md", law("주차장 조례"))
    two = library.add("a.md", law("주차장 조례"), "second")
    sha = _sha(library, one.document_id)
    acts.delete(one.document_id, library.people["steward"])
    assert purge(library) == 1
    assert library.blobs.path(sha).is_file()
    assert titles(library) == {"주차장 조례"}
    assert check(library.database, library.indexes).ok  # the vectors are shared as well
    acts.delete(two.document_id, library.people["steward"])
    assert purge(library) == 1
    with pytest.raises(Failure):
        library.blobs.path(sha)


def test_what_was_purged_can_be_handed_in_again(library: Any, law: Callable[..., str], acts: Lifecycle) -> None:
    one = library.add("a.md", law("주차장 조례"))
    acts.delete(one.document_id, library.people["steward"])
    purge(library)
    again = library.add("a.md", law("주차장 조례"))
    assert again.document_id == one.document_id
    assert titles(library) == {"주차장 조례"}
    with library.database.read() as session:
        document = session.get_one(Document, one.document_id)
    assert (document.filename, document.purged_at, document.deleted_at) == ("a.md", None, None)
