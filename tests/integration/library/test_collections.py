from __future__ import annotations

import threading
import unicodedata
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select

from assistant.accounts.access import Reader, readers_of
from assistant.db.models import AuditEvent, Collection
from assistant.errors import ErrorCode, Failure
from assistant.library.collections import ensure_collection, list_collections

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    ("more", "readers"),
    [
        ({}, {Reader("everyone", "*")}),
        ({"grade": "O", "department": "tax"}, {Reader("everyone", "*")}),
        ({"grade": "S", "department": "tax"}, {Reader("department", "tax")}),
        ({"grade": "C", "department": "tax"}, {Reader("department", "tax")}),
        ({"grade": "S"}, set()),
        ({"grade": "C"}, set()),
    ],
)
def test_readers_follow_from_the_grade(library: Any, more: dict[str, str], readers: set[Reader]) -> None:
    collection_id = library.shelf("new", **more)
    with library.database.read() as session:
        assert readers_of(session, collection_id) == readers
        assert "collection.created" in set(session.scalars(select(AuditEvent.action)))


def test_asking_again_gives_the_same_and_changes_nothing(library: Any) -> None:
    first = library.shelf("laws", title="법령", grade="S", department="tax")
    assert library.shelf("laws") == first
    assert library.shelf("laws", grade="O") == first, "a lower grade than the shelf's is no danger"
    with library.database.read() as session:
        assert session.get_one(Collection, first).grade == "S"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"name": "open", "grade": "S"}, ErrorCode.INPUT_INVALID),
        ({"name": "open", "department": "tax"}, ErrorCode.INPUT_INVALID),
        ({"name": "new", "grade": "X"}, ErrorCode.INPUT_INVALID),
        ({"name": "new", "department": "none"}, ErrorCode.DEPARTMENT_NOT_FOUND),
        ({"name": ""}, ErrorCode.INPUT_INVALID),
        ({"name": "a/b"}, ErrorCode.INPUT_INVALID),
        ({"name": "../x"}, ErrorCode.INPUT_INVALID),
        ({"name": "두 낱말"}, ErrorCode.INPUT_INVALID),
        ({"name": "가" * 65}, ErrorCode.INPUT_INVALID),
    ],
)
def test_what_does_not_fit(library: Any, more: dict[str, str], code: ErrorCode) -> None:
    with pytest.raises(Failure) as refused:
        library.shelf(**more)
    assert refused.value.code is code


def test_a_name_typed_on_a_mac_is_the_same_name(library: Any) -> None:
    composed = "조례"
    decomposed = unicodedata.normalize("NFD", composed)
    assert composed != decomposed
    assert library.shelf(composed) == library.shelf(decomposed)


def test_counts_are_of_what_can_be_searched(library: Any, law: Callable[..., str]) -> None:
    library.add("one.md", law("하나"))
    library.submit("two.md", law("둘"))
    with library.database.read() as session:
        (shelf,) = list_collections(session, library.people["mina"])
    assert (shelf.name, shelf.documents) == ("open", 1)
    assert shelf.chunks == sum(library.words.counts().values())


def test_made_by_several_at_once_it_is_one(library: Any) -> None:
    ids: list[str] = []

    def make() -> None:
        with library.database.write() as session:
            ids.append(ensure_collection(session, name="race", actor="root").id)

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ids) == 4
    assert len(set(ids)) == 1
    with library.database.read() as session:
        assert session.scalar(select(func.count()).where(Collection.name == "race")) == 1
