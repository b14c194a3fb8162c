"""Who may read what: the whole matrix of rules and people, and nobody where no line fits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from assistant.accounts import identity
from assistant.accounts.access import EVERYONE, NOBODY, Reader, readable, readers_of, scope_of, set_readers
from assistant.db.models import AuditEvent, Collection
from assistant.errors import ErrorCode, Failure
from assistant.governance import audit

PEOPLE = ("mayor", "kim", "lee", "park", "guest")
# Each rule with those who may read. A department's line holds for the departments below it, never for those above.
RULES: dict[str, tuple[list[Reader], set[str]]] = {
    "nobody": ([], set()),
    "everyone": ([EVERYONE], set(PEOPLE)),
    "root": ([Reader("department", "0")], {"mayor", "kim", "lee", "park"}),
    "branch": ([Reader("department", "1")], {"kim", "lee"}),
    "leaf": ([Reader("department", "11")], {"kim"}),
    "middle": ([Reader("department", "12")], {"lee"}),
    "deepest": ([Reader("department", "121")], {"lee"}),
    "staff": ([Reader("role", "staff")], {"mayor", "kim", "lee", "park"}),
    "steward": ([Reader("role", "steward")], {"lee"}),
    "governance": ([Reader("role", "governance")], set()),
    "person": ([Reader("user", "guest")], {"guest"}),
    "mixed": (
        [Reader("department", "2"), Reader("role", "steward"), Reader("user", "guest")],
        {"park", "lee", "guest"},
    ),
    "wide": ([Reader("user", "kim"), EVERYONE], set(PEOPLE)),
}


@pytest.fixture
def shelves(city):
    """Give a collection for every rule; its id is the rule's name."""
    with city.write() as session:
        for name, (readers, _) in RULES.items():
            collection = Collection(id=name, name=name, title=name, scope=NOBODY)
            session.add(collection)
            set_readers(session, collection, readers, "system")
    return city


def _access(database, username: str):
    with database.read() as session:
        return readable(session, identity.load_principal(session, username))


def test_the_whole_matrix(shelves) -> None:
    seen = {username: _access(shelves, username).collection_ids for username in PEOPLE}
    meant = {username: {name for name, (_, who) in RULES.items() if username in who} for username in PEOPLE}
    assert seen == meant


def test_scopes_are_those_of_the_readable_collections(shelves) -> None:
    for username in PEOPLE:
        access = _access(shelves, username)
        assert access.scopes == {scope_of(RULES[name][0]) for name in access.collection_ids}
        assert NOBODY not in access.scopes


def test_one_query_answers_however_many_collections(shelves, statements) -> None:
    with shelves.read() as session:
        principal = identity.load_principal(session, "lee")
        statements.clear()
        readable(session, principal)
    assert len([statement for statement in statements if statement.startswith("SELECT")]) == 1


def test_a_closed_account_reads_nothing_at_once(shelves) -> None:
    with shelves.read() as session:
        principal = identity.load_principal(session, "kim")
    with shelves.write() as session:
        identity.deactivate(session, "kim", actor="park")
    with shelves.read() as session:
        assert readable(session, principal).collection_ids == frozenset()
        assert readable(session, principal).scopes == frozenset()


def test_a_move_to_another_department_changes_what_is_read(shelves) -> None:
    with shelves.write() as session:
        identity.set_department(session, "kim", "2", actor="park")
    assert {"leaf", "branch"}.isdisjoint(_access(shelves, "kim").collection_ids)
    assert {"root", "mixed"} <= _access(shelves, "kim").collection_ids


def test_a_new_rule_holds_at_once_and_is_recorded(shelves) -> None:
    with shelves.write() as session:
        collection = session.get(Collection, "leaf")
        assert set_readers(session, collection, [Reader("user", "guest")], "park") is True
        assert collection.scope == scope_of([Reader("user", "guest")])
    assert "leaf" in _access(shelves, "guest").collection_ids
    assert "leaf" not in _access(shelves, "kim").collection_ids
    with shelves.read() as session:
        assert session.get(Collection, "leaf").scope == scope_of([Reader("user", "guest")])
        event = session.execute(select(AuditEvent).order_by(AuditEvent.seq.desc()).limit(1)).scalar_one()
        assert (event.actor, event.action) == ("park", "collection.readers_changed")
        assert '"before":["department:11"]' in event.data
        assert audit.verify(session).ok


def test_the_same_rule_again_changes_and_records_nothing(shelves) -> None:
    with shelves.write() as session:
        events = audit.verify(session).events
        for name, (readers, _) in RULES.items():
            assert set_readers(session, session.get(Collection, name), reversed(readers), "park") is False
        assert audit.verify(session).events == events


def test_a_line_beside_everyone_is_kept_but_changes_no_scope(shelves) -> None:
    with shelves.write() as session:
        collection = session.get(Collection, "everyone")
        assert set_readers(session, collection, [EVERYONE, Reader("role", "staff")], "park") is False
        assert readers_of(session, "everyone") == {EVERYONE, Reader("role", "staff")}


def test_a_line_that_names_nothing_is_refused(city) -> None:
    with city.write() as session:
        session.add(Collection(id="c", name="c", title="c", scope=NOBODY))
    lines = {
        Reader("department", "99"): ErrorCode.DEPARTMENT_NOT_FOUND,
        Reader("user", "nobody"): ErrorCode.USER_NOT_FOUND,
        Reader("role", "king"): ErrorCode.INPUT_INVALID,
        Reader("everyone", "1"): ErrorCode.INPUT_INVALID,
        Reader("planet", "*"): ErrorCode.INPUT_INVALID,
    }
    for line, code in lines.items():
        with pytest.raises(Failure) as raised, city.write() as session:
            set_readers(session, session.get(Collection, "c"), [EVERYONE, line], "park")
        assert raised.value.code is code
    assert "c" not in _access(city, "kim").collection_ids


_READERS = st.builds(
    Reader, st.sampled_from(["department", "role", "user"]), st.text(st.characters(codec="utf-8"), max_size=4)
)


@given(st.lists(_READERS, max_size=5), st.randoms())
def test_the_order_of_lines_does_not_matter(readers: list[Reader], random) -> None:
    shuffled = [*readers, *readers[:1]]
    random.shuffle(shuffled)
    assert scope_of(shuffled) == scope_of(readers)
    assert (scope_of(readers) == NOBODY) is (not readers)


@given(st.sets(_READERS, max_size=3), st.sets(_READERS, max_size=3))
def test_other_readers_have_another_scope(one: set[Reader], other: set[Reader]) -> None:
    assert (scope_of(one) == scope_of(other)) is (one == other)
