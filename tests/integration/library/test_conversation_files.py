"""A file attached in a conversation is private to it: found there by its owner, nowhere else by anybody."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import delete, func, select

from assistant.accounts.access import Reader, openable, readable, readers_of, scope_of
from assistant.answering import files as conversation_files
from assistant.answering.files import MOST_FILES, ConversationFiles
from assistant.db.models import AuditEvent, Collection, Conversation, Document
from assistant.errors import ErrorCode, Failure
from assistant.library.collections import change_readers, ensure_collection, find_collection, list_collections
from assistant.library.documents import list_documents, original, view
from assistant.library.index_check import check
from assistant.library.private_vectors import PrivateVectors
from assistant.library.versions import history_of

if TYPE_CHECKING:
    from pathlib import Path

PLAN = "# 야간 주차 단속 계획\n\n단속반은 달빛조와 별빛조로 나누어 운영한다.\n"
QUERY = "달빛조와 별빛조 단속반"


@pytest.fixture
def library(library: Any) -> Any:
    """The small city with the vectors of private files where the product has them."""
    near = PrivateVectors(type(library.near)(), library.database, library.embedder.fingerprint)
    return type(library)(library.database, library.home, library.files, near=near, people=library.people)


@pytest.fixture
def files(library: Any) -> ConversationFiles:
    return ConversationFiles(library.database, lambda: library.ingestion, library.queue, grade="S")


@pytest.fixture
def plan(library: Any) -> Path:
    return library.file("plan.md", PLAN)


def refusal(attempt: Any) -> ErrorCode:
    with pytest.raises(Failure) as refused:
        attempt()
    return refused.value.code


def test_only_its_own_conversation_finds_it(library: Any, files: ConversationFiles, plan: Path) -> None:
    mina = library.people["mina"]
    talk, attached = files.attach(mina, plan, "야간 단속.md")
    assert (attached.name, attached.state) == ("야간 단속.md", "queued")
    assert library.jobs()[0].priority > 0
    library.work()
    elsewhere, _ = files.attach(
        mina, library.file("other.md", "# 다른 파일\n\n전혀 다른 이야기를 적는다.\n"), "other.md"
    )
    library.work()

    (hit, *_) = library.find("mina", QUERY, conversation=talk)
    assert hit.document_id == attached.document_id
    assert hit.grade == "S"
    for more in ({}, {"conversation": elsewhere}, {"conversation": "0" * 22}):
        assert attached.document_id not in {one.document_id for one in library.find("mina", QUERY, k=100, **more)}
    for other in ("taeho", "admin", "steward"):
        assert library.find(other, QUERY, k=100, conversation=talk) == []
    with library.database.read() as session:
        (own,) = files.list(session, mina, talk)
        assert (own.state, own.chunks > 0) == ("ready", True)
        assert {shelf.name for shelf in list_collections(session, mina)} == {"open"}
        assert list_documents(session, mina).total == 0
        assert refusal(lambda: find_collection(session, mina, f"conversation-{talk}")) is ErrorCode.COLLECTION_NOT_FOUND
        assert "달빛조" in view(session, mina, attached.document_id).text, "the owner opens what an answer cites"
        assert original(session, mina, attached.document_id, blobs=library.blobs).filename == "야간 단속.md"
        for other in ("taeho", "admin", "steward"):
            person = library.people[other]
            for attempt in (
                lambda person=person: view(session, person, attached.document_id),
                lambda person=person: original(session, person, attached.document_id, blobs=library.blobs),
            ):
                assert refusal(attempt) is ErrorCode.DOCUMENT_NOT_FOUND
            assert refusal(lambda person=person: files.list(session, person, talk)) is ErrorCode.CONVERSATION_NOT_FOUND


def test_it_is_searched_beside_the_chosen_collection(
    library: Any, files: ConversationFiles, plan: Path, law: Any
) -> None:
    library.shelf("laws")
    library.shelf("rules")
    library.add("law.md", law(), "laws")
    library.add("rule.md", law("가온시 주차장 규칙"), "rules")
    talk, _ = files.attach(library.people["mina"], plan, "plan.md")
    library.work()
    found = {
        hit.collection for hit in library.find("mina", "주차 단속 요금", k=100, collection="laws", conversation=talk)
    }
    assert found == {"laws", f"conversation-{talk}"}


def test_the_text_before_is_found_by_meaning_on_its_day(library: Any, files: ConversationFiles, law: Any) -> None:
    mina = library.people["mina"]
    old = law("주차장 조례", fee="삼천 원", since="2020-01-02")
    talk, before = files.attach(mina, library.file("old.md", old), "old.md")
    new = law("주차장 조례", fee="오천 원")
    _, after = files.attach(mina, library.file("new.md", new), "new.md", conversation_id=talk)
    library.work()
    report = check(library.database, library.indexes)
    assert report.ok, report
    with library.database.read() as session:
        scope = session.scalars(select(Collection.scope).where(Collection.conversation_id == talk)).one()
    assert set(library.near.versions(scope)) == {after.version_id}
    assert set(library.near.versions(history_of(scope))) == {before.version_id}
    hits = library.find("mina", "공영주차장 요금", conversation=talk, as_of=date(2021, 1, 1))
    assert {hit.version_id for hit in hits if hit.dense > 0} == {before.version_id}


def test_meaning_is_compared_without_a_partition_in_the_vector_index(
    library: Any, files: ConversationFiles, plan: Path, law: Any
) -> None:
    mina = library.people["mina"]
    library.add("law.md", law())
    talk, attached = files.attach(mina, plan, "plan.md")
    library.work()
    with library.database.read() as session:
        private = session.scalars(select(Collection.scope).where(Collection.conversation_id == talk)).one()
        shared = session.scalars(select(Collection.scope).where(Collection.conversation_id.is_(None))).one()
    assert set(library.near._index.scopes) == {shared}
    assert library.near.versions(private) == {attached.version_id: library.near.count(private)}
    assert library.near.count(private) > 0
    question = library.embedder.embed_query(QUERY)
    (best, *_) = found = library.near.search(question, scopes={private, shared}, limit=100)
    assert best.score == pytest.approx(max(one.score for one in found))
    alone = library.near.search(question, scopes={private}, limit=1)
    assert [one.chunk_id for one in alone] == [best.chunk_id]
    report = check(library.database, library.indexes)
    assert report.ok, report
    files.remove(mina, talk, attached.document_id)
    assert library.near.search(question, scopes={private}, limit=1) == []
    library.work()
    assert check(library.database, library.indexes).ok


def test_partitions_are_not_shared(library: Any, files: ConversationFiles, plan: Path) -> None:
    mina = library.people["mina"]
    own_shelf = library.shelf("mina-only", readers=[Reader("user", "mina")])
    talks = [files.attach(mina, plan, "plan.md")[0] for _ in range(2)]
    with library.database.read() as session:
        scopes = set(session.scalars(select(Collection.scope)))
        assert len(scopes) == 4, "open, mina's shelf, and one for each conversation"
        assert readable(session, mina).scopes == {
            scope_of([Reader("everyone", "*")]),
            scope_of([Reader("user", "mina")]),
        }
        assert own_shelf in readable(session, mina, conversation=talks[0]).collection_ids
        assert len(readable(session, mina, conversation=talks[0]).scopes) == 3
        assert len(openable(session, mina).scopes) == 4


def test_removed_it_is_gone_at_once_and_may_come_again(library: Any, files: ConversationFiles, plan: Path) -> None:
    mina = library.people["mina"]
    talk, attached = files.attach(mina, plan, "plan.md")
    library.work()
    assert refusal(lambda: files.remove(library.people["taeho"], talk, attached.document_id)) is (
        ErrorCode.CONVERSATION_NOT_FOUND
    )
    assert refusal(lambda: files.remove(mina, talk, "unknown")) is ErrorCode.DOCUMENT_NOT_FOUND
    files.remove(mina, talk, attached.document_id)
    assert library.words.entries, "the indexes do not know yet"
    assert library.find("mina", QUERY, conversation=talk) == []
    assert refusal(lambda: files.remove(mina, talk, attached.document_id)) is ErrorCode.DOCUMENT_NOT_FOUND
    library.work()
    assert library.words.entries == {}
    with library.database.read() as session:
        assert files.list(session, mina, talk) == []
        assert refusal(lambda: view(session, mina, attached.document_id)) is ErrorCode.DOCUMENT_NOT_FOUND
        assert "document.deleted" in set(session.scalars(select(AuditEvent.action)))
    files.attach(mina, plan, "plan.md", conversation_id=talk)
    library.work()
    assert len(library.find("mina", QUERY, conversation=talk)) == 1


def test_a_file_of_one_conversation_is_not_removed_through_another(
    library: Any, files: ConversationFiles, plan: Path
) -> None:
    mina = library.people["mina"]
    talk, attached = files.attach(mina, plan, "plan.md")
    other, _ = files.attach(mina, plan, "plan.md")
    assert refusal(lambda: files.remove(mina, other, attached.document_id)) is ErrorCode.DOCUMENT_NOT_FOUND
    with library.database.read() as session:
        assert len(files.list(session, mina, talk)) == 1


def test_with_its_conversation_it_goes(library: Any, files: ConversationFiles, plan: Path) -> None:
    mina = library.people["mina"]
    talk, attached = files.attach(mina, plan, "plan.md")
    library.work()
    with library.database.write() as session:
        conversation_files.discard_all(session, talk, queue=library.queue, actor="mina")
        session.execute(delete(Conversation).where(Conversation.id == talk))
    library.work()
    assert library.words.entries == {}
    assert not any(library.near._index.scopes.values())
    with library.database.read() as session:
        document = session.get_one(Document, attached.document_id)
        assert document.deleted_at is not None
        assert readers_of(session, document.collection_id) == frozenset()
        assert {shelf.name for shelf in list_collections(session, mina)} == {"open"}
        assert refusal(lambda: view(session, mina, attached.document_id)) is ErrorCode.DOCUMENT_NOT_FOUND


def test_a_file_turned_away_opens_no_conversation(library: Any, files: ConversationFiles) -> None:
    mina = library.people["mina"]
    empty = library.file("empty.md", "")
    assert refusal(lambda: files.attach(mina, empty, "empty.md")) is ErrorCode.FILE_EMPTY
    with library.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Conversation)) == 0
        assert session.scalar(select(func.count()).where(Collection.conversation_id.is_not(None))) == 0


def test_no_more_than_so_many(library: Any, files: ConversationFiles) -> None:
    mina = library.people["mina"]
    talk = None
    for number in range(MOST_FILES):
        text = f"# 파일 {number}\n\n내용 {number}입니다.\n"
        talk, _ = files.attach(mina, library.file(f"{number}.md", text), f"{number}.md", conversation_id=talk)
    more = library.file("more.md", "# 하나 더\n\n내용.\n")
    assert refusal(lambda: files.attach(mina, more, "more.md", conversation_id=talk)) is (
        ErrorCode.CONVERSATION_FILES_FULL
    )


def test_nobody_gets_at_it_as_a_shelf(library: Any, files: ConversationFiles, plan: Path) -> None:
    talk, _ = files.attach(library.people["mina"], plan, "plan.md")
    name = f"conversation-{talk}"
    with library.database.write() as session:
        assert refusal(lambda: ensure_collection(session, name=name, actor="admin")) is ErrorCode.INPUT_INVALID
        shelf = session.scalars(select(Collection).where(Collection.name == name)).one()
        everyone = [Reader("everyone", "*")]
        assert refusal(lambda: change_readers(session, shelf, everyone, queue=library.queue, actor="admin")) is (
            ErrorCode.COLLECTION_NOT_FOUND
        )
    assert refusal(lambda: files.attach(library.people["taeho"], plan, "x.md", conversation_id=talk)) is (
        ErrorCode.CONVERSATION_NOT_FOUND
    )
