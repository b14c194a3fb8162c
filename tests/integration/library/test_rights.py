"""What the database does not allow is never shown, whatever the indexes hold. Every person against every shelf."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from assistant.accounts.access import Reader
from assistant.accounts.identity import deactivate
from assistant.db.models import Collection, Document, DocumentVersion
from assistant.errors import ErrorCode, Failure
from assistant.library.collections import change_readers, find_collection, list_collections
from assistant.library.documents import list_documents, original, view
from retrieval.types import IndexEntry

if TYPE_CHECKING:
    from collections.abc import Callable

SHELVES = {
    "everyone": [Reader("everyone", "*")],
    "planners": [Reader("department", "plan")],
    "whole-city": [Reader("department", "city")],
    "stewards": [Reader("role", "steward")],
    "taeho-only": [Reader("user", "taeho")],
    "two-lines": [Reader("department", "tax"), Reader("role", "admin")],
    "nobody": [],
}
MAY = {
    "mina": {"everyone", "planners", "whole-city"},
    "taeho": {"everyone", "whole-city", "taeho-only", "two-lines"},
    "admin": {"everyone", "whole-city", "two-lines"},
    "steward": {"everyone", "planners", "whole-city", "stewards"},
    "guest": {"everyone"},
}


@pytest.fixture
def city(library: Any, law: Callable[..., str]) -> Any:
    """One document with the same words on every shelf, its title the shelf's name."""
    library.documents = {}
    for name, readers in SHELVES.items():
        library.shelf(name, readers=readers)
        library.documents[name] = library.add(f"{name}.md", law(f"{name} 조례", fee=f"{name} 원"), name)
    return library


def plant_everywhere(library: Any) -> None:
    """Put every passage under every scope of both indexes, as if all of them had gone stale at once."""
    entries = list(library.words.entries.values())
    scopes = {entry.scope for entry in entries} | set(library.near.scopes)

    class Leaky(type(library.words)):  # type: ignore[misc]
        def search(self, query: str, *, scopes: Any, limit: int) -> Any:
            return super().search(query, scopes={entry.scope for entry in self.entries.values()}, limit=limit)

    library.words.__class__ = Leaky
    every = {key: value for held in library.near.scopes.values() for key, value in held.items()}
    for scope in scopes:
        library.near.scopes[scope] = dict(every)
    foreign = IndexEntry("foreign-chunk", "foreign-version", "foreign", next(iter(scopes)), "주차장", "", "주차장 요금")
    library.words.apply(upsert=[foreign])
    library.near.upsert([foreign], library.embedder.embed_passages(["주차장 요금"]))


@pytest.mark.parametrize("stale", [False, True])
def test_every_person_against_every_shelf(city: Any, stale: bool) -> None:  # noqa: FBT001
    if stale:
        plant_everywhere(city)
    for who, may in MAY.items():
        person = city.people[who]
        hits = city.find(who, "공영주차장 요금 한 시간", k=100)
        assert {hit.collection for hit in hits} == may, who
        with city.database.read() as session:
            shelves = {shelf.name: shelf for shelf in list_collections(session, person)}
            assert set(shelves) == may | {"open"}, who
            assert all(shelves[name].documents == 1 for name in may)
            page = list_documents(session, person)
            assert {item.collection for item in page.items} == may, who
            assert page.total == len(may)
        for name, submission in city.documents.items():
            if name in may:
                open_everything(city, who, name, submission.document_id)
            else:
                refuse_everything(city, who, name, submission)


def open_everything(library: Any, who: str, name: str, document_id: str) -> None:
    person = library.people[who]
    with library.database.read() as session:
        assert f"{name} 원" in view(session, person, document_id).text
        assert original(session, person, document_id, blobs=library.blobs).path.is_file()
        assert find_collection(session, person, name).name == name
    assert {hit.collection for hit in library.find(who, "공영주차장 요금", collection=name)} == {name}


def refuse_everything(library: Any, who: str, name: str, submission: Any) -> None:
    person = library.people[who]
    with library.database.read() as session:
        for attempt in (
            lambda: view(session, person, submission.document_id),
            lambda: view(session, person, submission.document_id, submission.version_id),
            lambda: original(session, person, submission.document_id, blobs=library.blobs),
            lambda: view(session, person, "unknown"),
        ):
            assert refusal(attempt) is ErrorCode.DOCUMENT_NOT_FOUND
        for shelf in (name, "unknown"):
            assert (
                refusal(lambda shelf=shelf: find_collection(session, person, shelf)) is ErrorCode.COLLECTION_NOT_FOUND
            )
            assert (
                refusal(lambda shelf=shelf: list_documents(session, person, collection=shelf))
                is ErrorCode.COLLECTION_NOT_FOUND
            )
    assert refusal(lambda: library.find(who, "요금", collection=name)) is ErrorCode.COLLECTION_NOT_FOUND
    assert refusal(lambda: library.ingestion.withdraw(submission.document_id, person)) is ErrorCode.DOCUMENT_NOT_FOUND
    assert refusal(lambda: library.ingestion.retry(submission.version_id, person)) is ErrorCode.DOCUMENT_NOT_FOUND


def refusal(attempt: Callable[[], object]) -> ErrorCode:
    with pytest.raises(Failure) as refused:
        attempt()
    return refused.value.code


def test_a_closed_account_finds_nothing(city: Any) -> None:
    with city.database.write() as session:
        deactivate(session, "taeho", actor="root")
    assert city.find("taeho", "공영주차장 요금") == []
    with city.database.read() as session:
        assert list_collections(session, city.people["taeho"]) == []
        assert list_documents(session, city.people["taeho"]).total == 0


def test_rights_taken_away_hold_before_the_indexes_know(city: Any) -> None:
    with city.database.write() as session:
        collection = session.get(Collection, city.find("mina", "요금", collection="planners")[0].collection_id)
        assert change_readers(session, collection, [Reader("user", "taeho")], queue=city.queue, actor="root")
    assert "planners" not in {hit.collection for hit in city.find("mina", "공영주차장 요금", k=100)}
    city.work()
    assert "planners" in {hit.collection for hit in city.find("taeho", "공영주차장 요금", k=100)}
    assert "planners" not in {hit.collection for hit in city.find("steward", "공영주차장 요금", k=100)}
    version = city.documents["planners"].version_id
    holding = [scope for scope, held in city.near.scopes.items() if any(value[0] == version for value in held.values())]
    assert len(holding) == 1


def test_readers_changed_between_indexing_and_activation(library: Any, law: Callable[..., str]) -> None:
    collection_id = library.shelf("moving")
    library.submit("parking.md", law(), "moving")
    apply = library.words.apply

    def change_then_apply(**more: Any) -> None:
        library.words.apply = apply
        apply(**more)
        with library.database.write() as session:
            change_readers(
                session,
                session.get(Collection, collection_id),
                [Reader("user", "taeho")],
                queue=library.queue,
                actor="r",
            )

    library.words.apply = change_then_apply
    library.work("ingest.version")
    assert library.find("taeho", "공영주차장 요금", collection="moving")
    assert refusal(lambda: library.find("mina", "요금", collection="moving")) is ErrorCode.COLLECTION_NOT_FOUND


def test_a_withdrawn_document_is_gone_at_once_and_can_come_back(library: Any, law: Callable[..., str]) -> None:
    submission = library.add("parking.md", law())
    with pytest.raises(Failure) as refused:
        library.ingestion.withdraw(submission.document_id, library.people["taeho"])
    assert refused.value.code is ErrorCode.FORBIDDEN
    library.ingestion.withdraw(submission.document_id, library.people["steward"])
    assert library.words.entries, "the indexes do not know yet"
    assert library.find("mina", "공영주차장 요금") == []
    with library.database.read() as session:
        assert list_documents(session, library.people["mina"]).items == ()
        assert list_collections(session, library.people["mina"])[0].documents == 0
        assert refusal(lambda: view(session, library.people["mina"], submission.document_id, submission.version_id))
    library.work()
    assert library.words.entries == {}
    assert not any(library.near.scopes.values())
    back = library.add("parking.md", law())
    assert back.version_id == submission.version_id
    assert library.find("mina", "공영주차장 요금")
    assert library.parser.parsed == ["parking.md"]


def test_withdrawn_while_it_is_being_read(library: Any, law: Callable[..., str]) -> None:
    submission = library.submit("parking.md", law())
    library.embedder.before = lambda: library.ingestion.withdraw(submission.document_id, library.people["mina"])
    library.work()
    assert library.find("mina", "공영주차장 요금") == []
    assert library.words.entries == {}
    with library.database.read() as session:
        assert session.get_one(Document, submission.document_id).active_version_id is None
        assert session.get_one(DocumentVersion, submission.version_id).state == "superseded"
