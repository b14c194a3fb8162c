"""Departments, people, roles, and the events they leave in the trail."""

from __future__ import annotations

import json
import threading

import pytest
from sqlalchemy import select, update

from assistant.accounts import demo, identity, sessions
from assistant.db.engine import Database
from assistant.db.models import AuditEvent, Department, Role, SignInSession, User, now
from assistant.errors import ErrorCode, Failure
from assistant.governance import audit


def _load(database, username: str) -> identity.Principal:
    with database.read() as session:
        return identity.load_principal(session, username)


def _last_event(database) -> tuple[str, str, dict[str, object]]:
    with database.read() as session:
        event = session.execute(select(AuditEvent).order_by(AuditEvent.seq.desc()).limit(1)).scalar_one()
        return event.actor, event.action, json.loads(event.data)


def test_a_principal_carries_its_departments_up_to_the_root(city) -> None:
    lee = _load(city, "lee")
    assert (lee.department_code, lee.departments) == ("121", ("121", "12", "1", "0"))
    assert lee.roles == {Role.STAFF, Role.STEWARD}
    assert lee.has(Role.STEWARD, Role.ADMIN)
    assert not lee.has(Role.ADMIN)
    assert _load(city, "mayor").departments == ("0",)
    assert _load(city, "guest").departments == ()


def test_a_circle_in_the_tree_ends(city) -> None:
    with city.write() as session:
        session.execute(update(Department).where(Department.code == "0").values(parent_code="121"))
    assert set(_load(city, "lee").departments) == {"121", "12", "1", "0"}


def test_unknown_and_closed_accounts_look_alike(city) -> None:
    with city.write() as session:
        identity.deactivate(session, "kim", actor="park")
    for username in ("kim", "nobody", ""):
        with pytest.raises(Failure) as raised:
            _load(city, username)
        assert raised.value.code is ErrorCode.USER_NOT_FOUND
    with city.write() as session:
        identity.reactivate(session, "kim", actor="park")
    assert _load(city, "kim").roles == {Role.STAFF}


def test_a_taken_name_leaves_the_transaction_usable(city) -> None:
    with city.write() as session:
        for _ in range(2):
            with pytest.raises(Failure) as raised:
                identity.create_user(
                    session, username="kim", display_name="다른 사람", department=None, roles=[], actor="park"
                )
            assert raised.value.code is ErrorCode.NAME_TAKEN
        with pytest.raises(Failure) as raised:
            identity.create_department(session, code="11", name="다른 과", actor="park")
        assert raised.value.code is ErrorCode.NAME_TAKEN
        identity.create_user(session, username="choi", display_name="최", department="2", roles=[], actor="park")
    assert _load(city, "choi").display_name == "최"
    assert _load(city, "kim").display_name == "kim"


def test_unusable_input_is_refused(city) -> None:
    cases = [
        ("", "이름", None, ErrorCode.INPUT_INVALID),
        ("a b", "이름", None, ErrorCode.INPUT_INVALID),
        ("a\x00b", "이름", None, ErrorCode.INPUT_INVALID),
        ("x" * 201, "이름", None, ErrorCode.INPUT_INVALID),
        ("new", " \n ", None, ErrorCode.INPUT_INVALID),
        ("new", "이\u202e름", None, ErrorCode.INPUT_INVALID),
        ("new", "이름", "99", ErrorCode.DEPARTMENT_NOT_FOUND),
    ]
    for username, display_name, department, code in cases:
        with pytest.raises(Failure) as raised, city.write() as session:
            identity.create_user(
                session, username=username, display_name=display_name, department=department, roles=[], actor="park"
            )
        assert raised.value.code is code, (username, display_name)


def test_roles_are_replaced_and_recorded_once(city) -> None:
    with city.write() as session:
        identity.set_roles(session, "kim", [Role.GOVERNANCE, Role.STAFF, Role.STAFF], actor="park")
    assert _load(city, "kim").roles == {Role.STAFF, Role.GOVERNANCE}
    assert _last_event(city) == (
        "park",
        "user.changed",
        {"roles": ["governance", "staff"], "before": ["staff"]},
    )
    with city.write() as session:
        events = audit.verify(session).events
        identity.set_roles(session, "kim", [Role.STAFF, Role.GOVERNANCE], actor="park")
        assert audit.verify(session).events == events
        identity.set_roles(session, "kim", [], actor="park")
    assert _load(city, "kim").roles == frozenset()


def test_the_list_of_users(city) -> None:
    with city.write() as session:
        identity.deactivate(session, "lee", actor="park")
    with city.read() as session:
        users = identity.list_users(session)
        active = identity.list_users(session, include_inactive=False)
    assert [user.username for user in users] == ["guest", "kim", "lee", "mayor", "park"]
    assert [user.username for user in active] == ["guest", "kim", "mayor", "park"]
    lee = users[2]
    assert (lee.department_name, lee.roles, lee.active, lee.demo) == (
        "부서 121",
        (Role.STAFF, Role.STEWARD),
        False,
        False,
    )


def test_every_change_is_in_the_trail(city) -> None:
    with city.read() as session:
        actions = list(session.execute(select(AuditEvent.action).order_by(AuditEvent.seq)).scalars())
        assert audit.verify(session).ok
    assert actions == ["department.created"] * 6 + ["user.created"] * 5


def test_base_and_demo_are_made_once(database) -> None:
    for _ in range(2):
        with database.write() as session:
            demo.ensure_base(session, "나루시")
            demo.ensure_demo(session)
    with database.read() as session:
        users = {user.username: user for user in identity.list_users(session)}
        root = session.get(Department, demo.ROOT_DEPARTMENT)
    assert root.name == "나루시"
    assert set(users) == {"operator"} | {person.username for person in demo.DEMO_PEOPLE}
    assert [name for name, user in users.items() if not user.demo] == ["operator"]
    assert {role for user in users.values() for role in user.roles} == set(Role)
    assert _load(database, "operator").roles == {Role.ADMIN, Role.STAFF}
    assert all(_load(database, name).departments[-1] == demo.ROOT_DEPARTMENT for name in users)


def test_what_the_city_changed_is_not_set_back(database) -> None:
    with database.write() as session:
        demo.ensure_base(session)
        identity.set_roles(session, "operator", [Role.STAFF], actor="operator")
        demo.ensure_base(session, "다른 이름")
    assert _load(database, "operator").roles == {Role.STAFF}


def test_programs_that_start_together_make_one_base(database, database_url: str) -> None:
    databases = [Database(database_url) for _ in range(4)]
    start, problems = threading.Barrier(len(databases)), []

    def begin(own: Database) -> None:
        start.wait()
        try:
            with own.write() as session:
                demo.ensure_base(session)
                demo.ensure_demo(session)
        except Exception as error:  # noqa: BLE001 - whatever it is, the test shall show it
            problems.append(error)

    threads = [threading.Thread(target=begin, args=(own,)) for own in databases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for own in databases:
        own.dispose()
    assert problems == []
    with database.read() as session:
        assert len(identity.list_users(session)) == 1 + len(demo.DEMO_PEOPLE)
        assert audit.verify(session).ok


def test_a_session_lives_from_sign_in_to_sign_out(city) -> None:
    with city.write() as session:
        token = sessions.create(session, "kim")
        other = sessions.create(session, "kim")
    with city.read() as session:
        assert sessions.lookup(session, token).username == "kim"
        stored = session.execute(select(SignInSession)).scalars().all()
        assert all(token not in row.token_hash for row in stored)
        assert {row.expires_at - row.created_at for row in stored} == {sessions.LIFETIME}
    with city.write() as session:
        assert sessions.revoke(session, token) is True
        assert sessions.revoke(session, token) is False
        assert sessions.lookup(session, token) is None
        assert sessions.lookup(session, other).username == "kim"
    assert _last_event(city)[:2] == ("kim", "sign_out")


def test_an_invented_token_opens_nothing(city) -> None:
    with city.write() as session:
        sessions.create(session, "kim")
        for token in ("", "x", "가\ud800", "x" * 100_000):
            assert sessions.lookup(session, token) is None
            assert sessions.revoke(session, token) is False


def test_a_session_ends_with_its_time_or_its_account(city) -> None:
    with city.write() as session:
        old, fresh = sessions.create(session, "kim"), sessions.create(session, "lee")
        kim = session.execute(select(User.id).where(User.username == "kim")).scalar_one()
        session.execute(update(SignInSession).where(SignInSession.user_id == kim).values(expires_at=now()))
    with city.read() as session:
        assert sessions.lookup(session, old) is None
        assert sessions.lookup(session, fresh) is not None
    with city.write() as session:
        identity.deactivate(session, "lee", actor="park")
        assert sessions.lookup(session, fresh) is None
        identity.reactivate(session, "lee", actor="park")
        assert sessions.lookup(session, fresh) is None  # closing the account ended it
        sessions.create(session, "kim")
        assert len(session.execute(select(SignInSession)).scalars().all()) == 1  # the expired one went
    with pytest.raises(Failure) as raised, city.write() as session:
        sessions.create(session, "nobody")
    assert raised.value.code is ErrorCode.USER_NOT_FOUND
